"""How long jobs stayed, by percentiles that are exact for few stays and close for many; and the log on the state diagram."""

from __future__ import annotations

import json
import random
import re
import statistics
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job_status import JOB_LIFECYCLE
from job_status.diagrams import Numbers, render
from job_status.testing import Replay, replay
from job_status.testing._percentiles import EXACT, Stays, percentiles
from tests.test_testing_reports import RED, arrows


def stays(*values: float) -> Stays:
    made = Stays()
    made.extend(values)
    made.settle()
    return made


@given(st.lists(st.floats(0, 1e9), min_size=2, max_size=30), st.integers(0, 30))
def test_few_stays_are_exact(values: list[float], cut: int) -> None:
    found = percentiles([stays(*values[:cut]), stays(*values[cut:])])
    centiles = statistics.quantiles(values, n=100, method="inclusive")
    assert found == pytest.approx({50: statistics.median(values), 90: centiles[89], 99: centiles[98]}, rel=1e-9, abs=1e-300)


def test_no_stays_and_one() -> None:
    assert percentiles([stays(), stays()]) == {}
    assert percentiles([stays(7.5)]) == {50: 7.5, 90: 7.5, 99: 7.5}


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_many_stays_are_off_by_less_than_half_a_percent(scale: float) -> None:
    made, source = [Stays(), Stays()], random.Random(3)
    values = [source.lognormvariate(0, 3) * scale for _ in range(3 * EXACT)]
    for number, value in enumerate(values):
        made[number % 2].add(value)
    for one in made:
        one.settle()
    centiles = statistics.quantiles(values, n=100, method="inclusive")
    exact = {50: statistics.median(values), 90: centiles[89], 99: centiles[98]}
    assert percentiles(made) == pytest.approx(exact, rel=0.004)
    assert sum(map(len, made)) == len(values)
    assert sum(len(one.counts()) for one in made) < 7000


def test_many_stays_of_no_length_have_none() -> None:
    assert percentiles([stays(*[0.0] * (EXACT + 1))]) == {50: 0, 90: 0, 99: 0}


def test_what_is_added_after_many_counts_too() -> None:
    made = stays(*[1.0] * (EXACT + 1))
    made.extend([3.0] * EXACT)
    assert (len(made), list(made.counts().values())) == (2 * EXACT + 1, [EXACT + 1, EXACT])


def test_buckets_do_not_take_memory_for_each_stay() -> None:
    made = Stays()
    for _ in range(50):
        made.extend([1.0] * EXACT)
        made.settle()
    assert sys.getsizeof(made._values) < 8 * 2 * EXACT


# -- the log on the state diagram

LOG = [
    *(
        (f"a{number}", status, 100 * number + at)
        for number in range(16)
        for at, status in enumerate(("WAITING", "RUNNING", "SUCCESS"))
    ),
    *((f"b{number}", status, at) for number in range(4) for at, status in enumerate(("RUNNING", "ERROR"))),
    ("c", "SUCCESS", 0),
    ("c", "RUNNING", 90),
    ("d", "UNKNOWN", 0),
    ("d", "RUNNING", 5),
]


@pytest.fixture(scope="module")
def found() -> Replay:
    return replay(JOB_LIFECYCLE, LOG)


def widths(picture: str) -> dict[tuple[str, str], float]:
    """Return how thick the arrows of an SVG are."""
    groups = re.findall(r'<g class="move[^"]*" data-source="([^"]*)" data-dest="([^"]*)"(.*?)</g>', picture, re.S)
    return {(source, dest): float(re.findall(r"stroke-width:([\d.]+)px", group)[0]) for source, dest, group in groups}


def test_arrows_are_the_thicker_the_more_often_they_were_taken(found: Replay) -> None:
    thick = widths(found.diagram())
    assert (
        thick["WAITING", "RUNNING"] == thick["RUNNING", "SUCCESS"] > thick["RUNNING", "ERROR"] > thick["RUNNING", "SUSPENDED"] >= 1
    )
    assert thick["RUNNING", "ERROR"] - 1.2 == pytest.approx((thick["RUNNING", "SUCCESS"] - 1.2) / 2)  # a quarter as often


def test_moves_that_are_not_in_the_table_are_red_and_dashed(found: Replay) -> None:
    drawn = arrows(found.diagram())
    assert [ends for ends, look in drawn.items() if look == (RED, True)] == [("SUCCESS", "RUNNING")]
    assert "! 1 \u00d7" in found.diagram()
    assert ("UNKNOWN", "RUNNING") in drawn  # though the compact picture of the lifecycle lists what leads out of UNKNOWN


def test_statuses_show_how_long_jobs_stayed(found: Replay) -> None:
    picture = found.diagram()
    assert ">stay 1 s (p90 1 s, p99 1 s)<" in picture
    assert ">stay 1 min 30 s (p90 1 min 30 s, p99 1 min 30 s)<" in picture
    assert "The thicker an arrow, the more often" in picture


def test_every_format_has_the_numbers(found: Replay) -> None:
    assert "linkStyle" in found.diagram("mermaid")
    assert "stroke-width:6.20px" in found.diagram("mermaid")
    assert "penwidth=6.20" in found.diagram("dot")
    numbers = json.loads(found.diagram("json"))["numbers"]
    assert {"source": "SUCCESS", "dest": "RUNNING", "count": 1} in numbers["moves"]
    assert numbers["stays"]["WAITING"] == {"p50": 1.0, "p90": 1.0, "p99": 1.0}
    assert numbers["visits"]["SUCCESS"] == 17


def test_numbers_from_anywhere_can_be_drawn() -> None:
    picture = render(
        JOB_LIFECYCLE, "svg", numbers=Numbers({("WAITING", "RUNNING"): 7}, stays={"WAITING": {50: 3.0}, "RUNNING": {90: 4.0}})
    )
    assert ">7 \u00d7<" in picture
    assert ">stay 3 s<" in picture
    assert ">stay p90 4 s<" in picture
    assert ">stay" not in render(JOB_LIFECYCLE, "svg", numbers=Numbers({}))


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        (Numbers({("WAITING", "LOST"): 1}), "there is a number for LOST, which is none of WAITING, RUNNING, "),
        (Numbers({}, visits={"LOST": 1}), "there is a number for LOST, "),
        (Numbers({("RUNNING", "RUNNING"): 1}), "a number is for a move to another status, not for one from RUNNING to itself"),
    ],
)
def test_numbers_that_cannot_be_drawn_are_named(numbers: Numbers, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        render(JOB_LIFECYCLE, "svg", numbers=numbers)


def test_the_same_log_gives_the_same_picture(found: Replay) -> None:
    assert replay(JOB_LIFECYCLE, LOG).diagram() == found.diagram()
