"""How good the pictures are, measured: over real machines of others, and over our own.

tests/benchmarks/beauty.py prints the same measures beside those of other tools.
"""

from __future__ import annotations

from functools import cache, reduce
from operator import add
from pathlib import Path
from typing import Any

import pytest

from job_status import JOB_LIFECYCLE
from job_status.diagrams import layout, render
from job_status.diagrams._drafting import drawing
from job_status.diagrams._gallery import traced_job
from job_status.diagrams._look import OUTCOMES, PALETTE
from job_status.diagrams._plan import plan
from job_status.diagrams._style import RULES
from job_status.diagrams._svg import svg
from job_status.diagrams.layout import lay_out
from tests.corpus import corpus
from tests.pictures import Arrow, Measures, Picture, measure, ours

MACHINES = corpus()
FOLDER = Path(__file__).parent.parent / "diagrams"


@cache
def drawn(name: str) -> str:
    origin, source = MACHINES[name]
    return render(source, "svg", title=origin)


def measured(name: str) -> Measures:
    return measure(ours(drawn(name)))


def test_there_are_enough_machines_of_others_and_each_says_where_it_comes_from() -> None:
    assert len(MACHINES) >= 15
    assert len({origin for origin, _ in MACHINES.values()}) == len(MACHINES)


@pytest.mark.parametrize("name", MACHINES)
def test_the_contact_sheet_is_up_to_date(name: str) -> None:
    remedy = "stale: run python tests/benchmarks/beauty.py diagrams/"
    assert (FOLDER / "machines" / f"{name}.svg").read_text(encoding="utf-8") == drawn(name), remedy
    assert f"![{MACHINES[name][0]}](machines/{name}.svg)" in (FOLDER / "contact_sheet.md").read_text(encoding="utf-8"), remedy


def test_the_contact_sheet_has_no_other_pictures() -> None:
    assert {file.stem for file in (FOLDER / "machines").iterdir()} == set(MACHINES)


@pytest.mark.parametrize("name", MACHINES)
def test_a_picture_has_all_labels_in_place_no_arrow_through_a_status_and_fits_a_page(name: str) -> None:
    measures = measured(name)
    assert (measures.misplaced, measures.through, measures.frames) == (0, 0, 0), measures
    assert measures.width <= 1200


def test_all_of_them_together_have_few_crossings() -> None:
    assert reduce(add, map(measured, MACHINES)).crossings <= 10


@pytest.mark.parametrize(
    ("source", "full", "most"),
    [
        pytest.param(JOB_LIFECYCLE, False, 0, id="lifecycle"),
        pytest.param(JOB_LIFECYCLE, True, 2, id="full"),
        pytest.param(traced_job(), False, 2, id="trace"),
    ],
)
def test_our_own_pictures(source: Any, full: bool, most: int) -> None:
    measures = measure(ours(render(source, "svg", full=full)))
    assert (measures.misplaced, measures.through, measures.frames) == (0, 0, 0), measures
    assert measures.crossings <= most
    assert measures.width <= 1200


@pytest.mark.parametrize("name", ["airflow", "dask", "rq", "tcp"])
def test_what_is_drawn_is_what_was_laid_out(name: str) -> None:
    planned = plan(drawing(MACHINES[name][1]))
    laid_out = lay_out(planned.graph)
    seen, expected = measure(ours(svg(planned.drawing))), layout.measure(planned.graph, laid_out)
    assert (seen.crossings, seen.through, seen.bends) == (expected.crossings, expected.through_shapes, expected.bends)
    assert (seen.misplaced == 0) is (expected.misplaced == 0)


# -- the measures themselves


def picture(*arrows: Arrow, **statuses: tuple[float, float, float, float]) -> Picture:
    return Picture((0, 0, 200, 200), statuses, list(arrows))


ACROSS = [(0.0, 50.0), (100.0, 50.0)]
DOWN = [(50.0, 0.0), (50.0, 100.0)]


def test_a_crossing_is_counted_and_so_is_a_line_on_a_line() -> None:
    assert measure(picture(Arrow(ACROSS), Arrow(DOWN))).crossings == 1
    assert measure(picture(Arrow(ACROSS), Arrow([(80.0, 50.0), (150.0, 50.0)]))).crossings == 1
    assert measure(picture(Arrow(ACROSS), Arrow([(0.0, 60.0), (100.0, 60.0)]))).crossings == 0


@pytest.mark.parametrize(
    ("label", "misplaced"),
    [
        pytest.param((10, 30, 60, 45), 0, id="over its line"),
        pytest.param((10, 10, 60, 25), 1, id="too far off"),
        pytest.param((60, 30, 120, 45), 1, id="on a status"),
        pytest.param((10, 54, 60, 64), 1, id="nearer to another"),
        pytest.param((-10, 30, 60, 45), 1, id="outside of the canvas"),
    ],
)
def test_a_label_is_misplaced_where_one_could_take_it_for_another(label: Any, misplaced: int) -> None:
    other = Arrow([(0.0, 66.0), (100.0, 66.0)])
    measures = measure(picture(Arrow(ACROSS, [label]), other, there=(100, 20, 160, 70)))
    assert measures.misplaced == misplaced
    assert measures.off == (label == (10, 10, 60, 25))


def test_labels_on_each_other_are_misplaced_both() -> None:
    other = Arrow([(0.0, 30.0), (100.0, 30.0)], [(20, 32, 60, 46)])
    assert measure(picture(Arrow(ACROSS, [(10, 34, 50, 48)]), other)).misplaced == 2


def test_a_line_through_a_status_is_counted() -> None:
    assert measure(picture(Arrow(ACROSS), there=(40, 40, 60, 60))).through == 1
    assert measure(picture(Arrow(ACROSS), there=(100, 40, 160, 60))).through == 0


def test_a_frame_is_astray_across_another_around_a_stranger_and_off_a_member() -> None:
    there = (40.0, 40.0, 60.0, 60.0)
    for frames, astray in (
        ([((30.0, 30.0, 70.0, 70.0), {"there"}), ((20.0, 20.0, 80.0, 80.0), {"there"})], 0),
        ([((30.0, 30.0, 70.0, 70.0), {"there"}), ((65.0, 20.0, 80.0, 80.0), set[str]())], 1),
        ([((30.0, 30.0, 70.0, 70.0), set[str]())], 1),
        ([((50.0, 30.0, 70.0, 70.0), {"there"})], 1),
    ):
        assert measure(Picture((0, 0, 200, 200), {"there": there}, [], frames)).frames == astray


def test_a_round_corner_is_one_bend() -> None:
    corner = [(0.0, 0.0), (40.0, 0.0), (44.0, 1.0), (47.0, 3.0), (49.0, 6.0), (50.0, 10.0), (50.0, 60.0)]
    assert measure(picture(Arrow(corner))).bends == 1
    assert measure(picture(Arrow(ACROSS))).bends == 0


# -- contrast

#: white; the dark of GitHub, and of Material for MkDocs (its slate)
PAGES = (("#ffffff",), ("#0d1117", "#1e2129"))


def luminance(color: str) -> float:
    shares = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, by WCAG 2.2."""
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


#: what a text or a line may stand on, whatever the picture
GROUNDS = ("paper", "ground", "ground-2", "ground-3")
TEXTS = [(look["fill"], 4.5) for _, part, look in RULES if part in ("name", "detail", "label", "note", "title", "inside", "alarm")]
LINES = [(look["stroke"], 3.0) for *_, look in RULES if look.get("stroke") in PALETTE]


@pytest.mark.parametrize("dark", [pytest.param(False, id="light"), pytest.param(True, id="dark")])
@pytest.mark.parametrize(("color", "least"), sorted({*TEXTS, *LINES}))
def test_every_text_and_line_stands_out_against_every_ground(color: str, least: float, dark: bool) -> None:
    grounds = {*PAGES[dark], *(PALETTE[ground][dark] for ground in GROUNDS)}
    assert min(contrast(PALETTE[color][dark], ground) for ground in grounds) >= least


@pytest.mark.parametrize("dark", [pytest.param(False, id="light"), pytest.param(True, id="dark")])
def test_texts_and_signs_stand_out_against_the_fill_of_a_status(dark: bool) -> None:
    for fill in (*(f"{outcome}-fill" for outcome in OUTCOMES), "current-fill"):
        assert contrast(PALETTE["ink"][dark], PALETTE[fill][dark]) >= 4.5
        assert contrast(PALETTE["faint"][dark], PALETTE[fill][dark]) >= 4.5
    for outcome in OUTCOMES:
        assert contrast(PALETTE[outcome][dark], PALETTE[f"{outcome}-fill"][dark]) >= 3


def test_no_two_outcomes_look_alike() -> None:
    for ground in (0, 1):
        assert len({(PALETTE[outcome][ground], PALETTE[f"{outcome}-fill"][ground]) for outcome in OUTCOMES}) == len(OUTCOMES)
