"""The pictures that we draw ourselves: what is in them, and that it is there whatever the names are and wherever they are shown."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.dom import minidom
from xml.dom.minidom import Element

import pytest
from hypothesis import given, settings
from transitions import Machine
from transitions.extensions import HierarchicalMachine

from job_status import JOB_LIFECYCLE, Lifecycle
from job_status._source import load
from job_status.diagrams import render
from job_status.diagrams._drafting import drawing, drawings
from job_status.diagrams._gallery import gallery, traced_job
from job_status.diagrams._numbers import Numbers
from job_status.diagrams._svg import svg
from job_status.perceval import PERCEVAL_LIFECYCLE
from tests.drawables import BOTH, EXTENDED, HOSTILE, LEGEND, LIFECYCLES, OWN, Tags, hostile_machine, large_machine
from tests.pictures import Picture, measure, ours
from tests.random_lifecycles import lifecycles

FOLDER = Path(__file__).parent.parent / "diagrams"


def groups(text: str, kind: str) -> list[Element]:
    root = minidom.parseString(text.encode()).documentElement
    assert root is not None
    return [group for group in root.getElementsByTagName("g") if kind in group.getAttribute("class").split()]


def texts(group: Element, kind: str = "") -> list[str]:
    """The lines of text in a group, of one class if that is named."""
    found = group.getElementsByTagName("text")
    return [text.firstChild.data for text in found if kind in text.getAttribute("class").split() or not kind]  # type: ignore[union-attr]


def title(group: Element) -> str:
    return str(group.getElementsByTagName("title")[0].firstChild.data)  # type: ignore[union-attr]


def moves(text: str) -> dict[tuple[str, ...], Element]:
    """The arrows by their sources, destinations and triggers, each of which may be several."""
    names = ("data-source", "data-dest", "data-trigger")
    return {tuple(map(group.getAttribute, names)): group for group in groups(text, "move")}


# -- what is in it


@BOTH
@pytest.mark.parametrize("lifecycle", [*LIFECYCLES, pytest.param(OWN, id="own")])
def test_it_shows_each_status_and_each_line_of_the_drawing(lifecycle: Lifecycle, full: bool) -> None:
    drawn = drawing(lifecycle, full=full)
    text = svg(drawn)
    assert [group.getAttribute("data-status") for group in groups(text, "status")] == list(drawn.nodes)
    for group, node in zip(groups(text, "status"), drawn.nodes.values(), strict=True):
        assert texts(group, "name") == [node.name]
        assert " ".join(texts(group, "detail")) == " ".join(map(str, node.lines))
    assert len(groups(text, "region")) == len(drawn.boxes)
    shown = [" ".join(texts(group, "label")) for group in groups(text, "move")]
    assert sorted(shown) == sorted(" ".join(map(str, arrow.lines)) for arrow in drawn.arrows)
    assert all(len(group.getElementsByTagName("path")) == 2 for group in groups(text, "move"))


def test_the_default_picture_says_what_it_shows() -> None:
    found = moves(svg(drawing(JOB_LIFECYCLE)))
    assert list(found) == [
        ("WAITING\nRUNNING\nSUSPENDED", "CANCEL_REQUESTED", "request_cancel"),
        ("WAITING\nRUNNING\nSUSPENDED\nCANCEL_REQUESTED", "ERROR", "stop_run"),
        ("WAITING\nRUNNING\nSUSPENDED\nCANCEL_REQUESTED", "CANCELED", "stop_run"),
        ("WAITING\nRUNNING\nSUSPENDED\nCANCEL_REQUESTED", "UNKNOWN", "observe"),
        ("RUNNING", "SUSPENDED", "suspend"),
        ("SUSPENDED", "RUNNING", "resume"),
        ("CANCEL_REQUESTED", "SUCCESS", "stop_run"),
        ("WAITING", "RUNNING", "start_run\nupdate_progress"),
        ("RUNNING", "SUCCESS", "stop_run"),
    ]
    strong = [key[:2] for key, group in found.items() if "main" in group.getAttribute("class").split()]
    assert strong == [("WAITING", "RUNNING"), ("RUNNING", "SUCCESS")]


def test_who_points_at_something_is_told_in_words() -> None:
    text = svg(drawing(JOB_LIFECYCLE))
    found = {key[:2]: title(group) for key, group in moves(text).items()}
    assert found["WAITING", "RUNNING"] == (
        "start_run: WAITING → RUNNING (a platform takes the job)\nupdate_progress: WAITING → RUNNING (progress implies running)"
    )
    assert found["WAITING\nRUNNING\nSUSPENDED", "CANCEL_REQUESTED"].startswith(
        "request_cancel: WAITING, RUNNING or SUSPENDED → CANCEL_REQUESTED"
    )
    statuses = {group.getAttribute("data-status"): title(group) for group in groups(text, "status")}
    assert statuses["WAITING"] == "WAITING: recorded, and waiting for a place to run; initial"
    assert statuses["SUCCESS"] == "SUCCESS: completed, full results are to be expected; final"
    assert [title(group) for group in groups(text, "region")] == [
        "WAITING, RUNNING, SUSPENDED and CANCEL_REQUESTED",
        "WAITING, RUNNING and SUSPENDED",
    ]


def test_a_machine_says_what_it_declares() -> None:
    machine = Machine(model=None, states=["a", "b"], initial="a", auto_transitions=False)
    machine.add_transition("go", "a", "b", conditions=["is_open"])
    text = svg(drawing(machine))
    assert [title(group) for group in groups(text, "status")] == ["a: initial", "b: final"]
    assert [title(group) for group in groups(text, "move")] == ["go: a → b, only if is_open"]


def test_an_own_status_is_told_by_its_meaning_and_the_legend_is_below() -> None:
    text = svg(drawing(OWN))
    titles = {group.getAttribute("data-status"): title(group) for group in groups(text, "status")}
    assert titles["FINISHED"] == "FINISHED: completed, full results are to be expected; final"
    notes = re.findall(r'<text class="note"[^>]*>(.*?)</text>', text)
    assert f"{LEGEND}." in " ".join(notes)
    assert not re.search(r' class="note"[^>]*>[^<]* means? ', svg(drawing(JOB_LIFECYCLE)))


def test_each_outcome_has_a_sign_and_a_double_frame() -> None:
    text = svg(drawing(JOB_LIFECYCLE))
    signs = {
        group.getAttribute("data-status"): [path.getAttribute("class") for path in group.getElementsByTagName("path")]
        for group in groups(text, "status")
    }
    assert {name: sign for name, sign in signs.items() if sign} == {
        "SUCCESS": ["sign sign-success"],
        "ERROR": ["sign sign-error"],
        "CANCELED": ["sign sign-canceled"],
    }
    assert [group.getAttribute("data-status") for group in groups(text, "status") if 'class="inner"' in group.toxml()] == [
        name for name, sign in signs.items() if sign
    ]


def test_the_start_is_a_dot_with_an_arrow() -> None:
    (start,) = groups(svg(drawing(JOB_LIFECYCLE)), "start")
    assert len(start.getElementsByTagName("circle")) == 1
    assert len(start.getElementsByTagName("path")) == 2


def test_the_path_to_success_is_straight() -> None:
    for lifecycle in (JOB_LIFECYCLE, PERCEVAL_LIFECYCLE, EXTENDED):
        picture = ours(render(lifecycle, "svg", direction="right"))
        heights = [sum(picture.statuses[name][1::2]) / 2 for name in ("WAITING", "RUNNING", "SUCCESS")]
        assert max(heights) - min(heights) < 2


def test_a_direction_can_be_chosen() -> None:
    right, down = (ours(render(JOB_LIFECYCLE, "svg", direction=direction)) for direction in ("right", "down"))
    assert right.statuses["WAITING"][2] < right.statuses["RUNNING"][0]
    assert down.statuses["WAITING"][3] < down.statuses["RUNNING"][1]


def test_of_several_drawings_the_best_is_drawn() -> None:
    boxed, unboxed = drawings(JOB_LIFECYCLE)
    assert "An arrow that leaves a box" in svg(unboxed, boxed)
    assert svg(unboxed, boxed) == svg(boxed)
    assert len(groups(svg(unboxed), "region")) == 0


def test_without_labels_the_texts_go_and_the_rest_stays() -> None:
    text = render(JOB_LIFECYCLE, "svg", labels=False)
    assert 'class="label"' not in text
    assert 'class="detail"' not in text
    assert 'data-trigger="request_cancel"' in text
    assert "request_cancel: WAITING, RUNNING or SUSPENDED → CANCEL_REQUESTED" in text


def test_a_state_with_states_in_it_is_a_box_with_its_name() -> None:
    name = "B" * 200
    states = ["idle", {"name": name, "initial": "on", "children": ["on"]}, {"name": "shop", "initial": "a", "children": ["a", "b"]}]
    machine = HierarchicalMachine(model=None, states=states, initial="idle", auto_transitions=False)
    machine.add_transition("go", "idle", name)
    machine.add_transition("visit", "idle", "shop")
    text = svg(drawing(machine))
    for group in groups(text, "region"):
        (title_line,) = group.getElementsByTagName("text")
        (frame,) = group.getElementsByTagName("rect")
        right = float(title_line.getAttribute("x")) + float(title_line.getAttribute("textLength"))
        assert right < float(frame.getAttribute("x")) + float(frame.getAttribute("width"))
    assert [texts(group)[0][:5] for group in groups(text, "region")] == ["shop", "BBBBB"]
    assert texts(groups(text, "region")[1])[0].endswith("B…")
    assert title(groups(text, "region")[0]) == "shop: shop_a and shop_b"


def test_a_status_leads_to_its_page() -> None:
    text = render(JOB_LIFECYCLE, "svg", links={"RUNNING": "running.html?a=1&b=2"})
    assert '<a href="running.html?a=1&amp;b=2">\n<g class="status" data-status="RUNNING">' in text
    assert ' role="graphics-document" ' in text
    minidom.parseString(text.encode())


def test_what_the_job_of_a_trace_took_stands_out() -> None:
    text = render(traced_job(), "svg")
    kinds = {key[:2]: group.getAttribute("class").split()[1:] for key, group in moves(text).items()}
    assert kinds["WAITING", "RUNNING"] == ["taken", "inferred"]
    assert kinds["SUSPENDED", "RUNNING"] == ["taken"]
    assert kinds["RUNNING", "SUCCESS"] == ["passed-by"]
    statuses = {group.getAttribute("data-status"): group for group in groups(text, "status")}
    assert statuses["CANCELED"].getAttribute("class") == "status visited current canceled"
    assert statuses["SUCCESS"].getAttribute("class") == "status success faded"
    assert texts(statuses["SUSPENDED"], "detail") == ["10 min"]
    assert "the job was here: 10 min" in title(statuses["SUSPENDED"])
    assert "Refused while RUNNING: start_run" in text
    assert [line.count('font-weight="700"') for line in re.findall("<text.*?>1 start_run<", text)] == [1]


def test_numbers_make_arrows_thick_and_strange_moves_red() -> None:
    counts = {("WAITING", "RUNNING"): 400, ("RUNNING", "SUCCESS"): 100, ("SUCCESS", "RUNNING"): 3}
    text = svg(drawing(JOB_LIFECYCLE, numbers=Numbers(counts, {"WAITING": 400})))
    found = {key[:2]: group for key, group in moves(text).items()}
    thick = {
        ends: float(re.findall(r"stroke-width:([\d.]+)px", group.toxml())[0])
        for ends, group in found.items()
        if ends in (("WAITING", "RUNNING"), ("RUNNING", "SUCCESS"), ("SUSPENDED", "RUNNING"))
    }
    assert thick == {("WAITING", "RUNNING"): 6.2, ("RUNNING", "SUCCESS"): 3.7, ("SUSPENDED", "RUNNING"): 1.2}
    assert found["WAITING", "RUNNING"].getAttribute("data-count") == "400"
    assert "400" in found["WAITING", "RUNNING"].toxml().partition("</title>")[0]
    assert found["WAITING", "RUNNING"].getAttribute("data-trigger") == "start_run\nupdate_progress"
    strange = found["SUCCESS", "RUNNING"]
    assert "alarming" in strange.getAttribute("class").split()
    assert 'stroke-dasharray="6 4"' in strange.toxml()
    assert "passed-by" in found["SUSPENDED", "RUNNING"].getAttribute("class").split()


def test_moves_that_no_test_took_are_red() -> None:
    text = svg(drawing(JOB_LIFECYCLE, untested=[("RUNNING", "suspend", "SUSPENDED")]))
    (group,) = [group for key, group in moves(text).items() if key[2] == "suspend"]
    assert "alarming" in group.getAttribute("class").split()
    assert texts(group, "alarm") == ["! suspend"]


# -- described, and at home in a page with others


def test_it_is_described_for_those_who_cannot_see_it() -> None:
    text = render(JOB_LIFECYCLE, "svg", title="Jobs & more")
    (name,) = re.findall(r'^<svg xmlns="http://www.w3.org/2000/svg" id="(js-[0-9a-f]{10})"', text)
    assert f'role="img" aria-labelledby="{name}-title {name}-desc"' in text
    assert f'<title id="{name}-title">Jobs &amp; more</title>' in text
    assert f'<desc id="{name}-desc">A state diagram of 8 statuses and 36 moves. It starts in WAITING.' in text


def test_the_texts_are_legible_at_900_pixels() -> None:
    text = render(JOB_LIFECYCLE, "svg")
    (width,) = re.findall(r'<svg[^>]* width="([\d.]+)"', text)
    smallest = min(float(size) for size in re.findall(r'font-size="([\d.]+)"', text))
    assert smallest * min(1, 900 / float(width)) >= 10


def test_two_pictures_in_a_page_share_no_id() -> None:
    one, other = render(JOB_LIFECYCLE, "svg"), render(JOB_LIFECYCLE, "svg", full=True)
    ids = [set(re.findall(r'\bid="([^"]*)"', text)) for text in (one, other)]
    assert len(ids[0]) == len(ids[1]) == 3
    assert not ids[0] & ids[1]
    for text, own in ((one, ids[0]), (other, ids[1])):  # a stylesheet has no effect outside of its picture
        rules = text.partition("<style>\n")[2].partition("</style>")[0].splitlines()
        assert all(any(f"#{name}" in rule for name in own) for rule in rules if rule)
        assert not {name for rule in rules for name in re.findall(r"#(js-\w+)", rule)} - own


def test_the_bytes_are_the_same_under_any_hash_seed_and_need_nothing_but_transitions() -> None:
    script = """
import hashlib, sys
from job_status import JOB_LIFECYCLE
from job_status.diagrams import render
from job_status.diagrams._gallery import traced_job
for source in (JOB_LIFECYCLE, JOB_LIFECYCLE.machine, traced_job()):
    print(hashlib.sha256(render(source, "svg", full=True).encode()).hexdigest())
print([name for name in ("pygraphviz", "fontTools", "click", "rich") if name in sys.modules])
"""
    said = {
        subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True, text=True
        ).stdout
        for seed in ("0", "42")
    }
    (lines,) = said
    assert lines.splitlines()[-1] == "[]"


# -- of any machine


@pytest.mark.parametrize(
    ("states", "rows"),
    [
        pytest.param(["only"], [], id="one status"),
        pytest.param(["a", "b"], [], id="no moves"),
        pytest.param(["a"], [("again", "a", "a")], id="a loop alone"),
        pytest.param(["a", "b"], [(f"trigger_{number}", "a", "b") for number in range(12)], id="parallel moves"),
        pytest.param(["a", "b", "c", "d"], [("x", "a", "b"), ("y", "c", "d")], id="two parts"),
        pytest.param(["a", "N" * 200], [("t" * 200, "a", "N" * 200)], id="200 characters"),
        pytest.param(["שלום עולם", "مرحبا"], [("שלח", "שלום עולם", "مرحبا")], id="right to left"),
        pytest.param(["漢字", "🎉🎉"], [("行く", "漢字", "🎉🎉")], id="wide"),
    ],
)
def test_nothing_overlaps_and_nothing_leaves_the_canvas(states: list[str], rows: list[tuple[str, str, str]]) -> None:
    machine = Machine(model=None, states=states, initial=states[0], auto_transitions=False)
    for row in rows:
        machine.add_transition(*row)
    assert_sound(render(machine, "svg"), states)


def test_a_machine_without_states_has_an_empty_picture() -> None:
    text = render(Machine(model=None, states=[], initial=None, auto_transitions=False), "svg")
    assert "<text" not in text
    minidom.parseString(text.encode())


def test_hostile_names_are_shown_and_inject_nothing() -> None:
    text = render(hostile_machine(), "svg", title='<script>"x"\n')
    tags = Tags(text)
    assert tags.names <= {"svg", "title", "desc", "style", "rect", "g", "path", "circle", "text"}
    assert not {name for name in tags.attributes if name.startswith("on") or "href" in name}
    assert len(groups(text, "status")) == len(HOSTILE)
    minidom.parseString(text.encode())


@settings(max_examples=30, deadline=None)
@given(lifecycles())
def test_any_lifecycle_is_drawn_soundly(lifecycle: Lifecycle[Any]) -> None:
    assert_sound(render(lifecycle, "svg"), [status.name for status in lifecycle.statuses])


def assert_sound(text: str, names: list[str]) -> None:
    minidom.parseString(text.encode())
    picture = ours(text)
    assert len(picture.statuses) == len(names)
    measures = measure(picture)
    assert (measures.misplaced, measures.through, measures.frames) == (0, 0, 0), measures
    assert not overlapping(picture)


def overlapping(picture: Picture) -> list[str]:
    """The statuses on others, or outside of the canvas."""
    return [
        name
        for name, (left, top, right, bottom) in picture.statuses.items()
        if not (0 <= left < right <= picture.canvas[2] and 0 <= top < bottom <= picture.canvas[3])
        or any(
            left < other[2] and other[0] < right and top < other[3] and other[1] < bottom
            for another, other in picture.statuses.items()
            if another != name
        )
    ]


def test_too_many_moves_become_a_table_with_a_warning() -> None:
    drawn = drawing(large_machine(200, 1000))
    with pytest.warns(
        UserWarning, match=r"^A state machine: \d+ arrows are too many for a picture; it has a table of the moves instead$"
    ):
        text = svg(drawn)
    rows = groups(text, "status")
    assert len(rows) == 200
    assert texts(rows[0])[0] == "status_0"
    assert "next → status_1" in texts(rows[0])[1]
    (width,) = re.findall(r'<svg[^>]* width="([\d.]+)"', text)
    assert float(width) == 1000
    shown = sum(" ".join(texts(row)).count("→") for row in rows)
    assert shown == len(drawn.arrows)


# -- those that are committed

README = (FOLDER / "README.md").read_text(encoding="utf-8")
#: the sources beside this package's own, as the command in the README names them
OTHERS = dict(re.findall(r"^ +(\w+)=(tests\.\S+:\w+)", README, re.MULTILINE))


@pytest.fixture(scope="module")
def pictures() -> dict[str, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER.parent))
        return gallery({name: load(source) for name, source in OTHERS.items()})


def committed() -> list[str]:
    return sorted(file.name for file in FOLDER.iterdir() if file.is_file() and file.name not in ("README.md", "contact_sheet.md"))


def test_the_command_in_the_readme_makes_every_committed_diagram(pictures: dict[str, str]) -> None:
    assert sorted(pictures) == committed()
    assert [name for name in pictures if f"({name})" not in README] == []


@pytest.mark.parametrize("name", committed())
def test_the_committed_diagrams_are_up_to_date(name: str, pictures: dict[str, str]) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == pictures[name], "stale: run the command in diagrams/README.md"
