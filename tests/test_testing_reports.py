"""The reports of transition coverage as documents: what they show, that nothing of it acts as markup, and that it fits a page."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from typing import Any

import pytest
from transitions import Machine

from job_status import JOB_LIFECYCLE, JobStatus, RunningStatus
from job_status.testing import Coverage, Recorder, covering_walks
from job_status.testing._reports import RENDERERS
from tests.lifecycles.github_actions import GITHUB
from tests.lifecycles.slurm_jobs import SLURM

PNG_WIDTH = 1200
NAMESPACE = {"svg": "http://www.w3.org/2000/svg"}
RED = "#c1121f"


def relay() -> Machine:
    moves: list[Any] = [
        ["take", "idle", "busy"],
        ["finish", "busy", "done"],
        ["fail", ["idle", "busy"], "broken"],
        ["beat", "busy", "busy"],
    ]
    return Machine(model=None, states=["idle", "busy", "done", "broken"], initial="idle", transitions=moves, auto_transitions=False)


HITS: Any = Counter({("idle", "take", "busy"): 3, ("busy", "finish", "done"): 1, ("busy", "take", None): 2})

RELAY = Coverage("relay:machine", relay(), HITS)


def rendered(suffix: str, *coverages: Coverage) -> str:
    return RENDERERS[suffix](coverages)


def exercised(source: Any, walks: int) -> Coverage:
    """Return the coverage of a lifecycle by the first of its covering walks."""
    recorder = Recorder(lifecycles=[source])
    recorder.install()
    try:
        for walk in covering_walks(source)[:walks]:
            walk.take()
    finally:
        recorder.uninstall()
    ((_, hits),) = recorder.lifecycles()
    return Coverage("a:lifecycle", source, hits)


def arrows(document: str) -> dict[tuple[str, str], tuple[str, bool]]:
    """Return the arrows of a state graph by their sources and destination: the colour of each, and whether it is dashed."""
    found = {}
    for source, dest, group in re.findall(
        r'<g class="move[^"]*" data-source="([^"]*)" data-dest="([^"]*)"(.*?)</g>', document, re.S
    ):
        line = re.search(r'<path class="line"[^>]* stroke="([^"]*)"[^>]*>', group)
        assert line is not None
        found[source.replace("&#10;", " "), dest] = line.group(1), "stroke-dasharray" in line.group()
    return found


@pytest.mark.parametrize("suffix", [".svg", ".html"])
def test_the_state_graph_has_moves_that_no_test_took_in_red_and_dashed(suffix: str) -> None:
    document = rendered(suffix, RELAY)
    found = arrows(document)
    assert {ends for ends, look in found.items() if look == (RED, True)} == {("idle", "broken"), ("busy", "broken")}
    assert {ends for ends, (colour, dashed) in found.items() if colour != RED and not dashed} == {
        ("idle", "busy"),
        ("busy", "done"),
    }
    texts = re.findall(r"<text [^>]*>(.*?)</text>", document)
    assert texts.count("! fail") == 2
    assert "! ↻ beat" in texts
    assert "Red, dashed, and marked with !: never taken." in " ".join(texts)


def test_moves_that_were_taken_do_not_share_an_arrow_with_those_that_were_not() -> None:
    moves = [["fail", source, "broken"] for source in "abcdef"] + [["step", a, b] for a, b in zip("abcde", "bcdef", strict=True)]
    machine = Machine(model=None, states=[*"abcdef", "broken"], initial="a", transitions=moves, auto_transitions=False)
    hits = {("a", "fail", "broken"): 1, ("b", "fail", "broken"): 1, ("c", "fail", "broken"): 1}
    found = arrows(rendered(".html", Coverage("m", machine, Counter(hits))))
    failing = [(source, look) for (sources, dest), look in found.items() if dest == "broken" for source in sources.split()]
    assert sorted(source for source, look in failing if look == (RED, True)) == ["d", "e", "f"]
    assert sorted(source for source, look in failing if look != (RED, True)) == ["a", "b", "c"]


def test_what_was_all_tested_has_nothing_red() -> None:
    machine = Machine(model=None, states=["a", "b"], initial="a", transitions=[["go", "a", "b"]], auto_transitions=False)
    whole = Coverage("m", machine, Counter({("a", "go", "b"): 1, ("b", "go", None): 1}))
    for suffix in (".svg", ".html"):
        assert RED not in rendered(suffix, whole).partition("</style>")[2 if suffix == ".html" else 0]


@pytest.mark.parametrize("suffix", [".svg", ".html"])
def test_refusals_are_listed_by_status(suffix: str) -> None:
    text = re.sub(r"<(?:style|title)>.*?</(?:style|title)>|<[^>]*>", " ", rendered(suffix, RELAY), flags=re.S)
    words = " ".join(text.split())
    assert "Refusals that were exercised, by status" in words
    if suffix == ".svg":
        assert "idle: 0 of 2; never: all busy: 1 of 1 done: 0 of 4; never: all broken: 0 of 4; never: all" in words
    else:
        assert "idle 0 of 2 all busy 1 of 1 done 0 of 4 all broken 0 of 4 all" in words
    some = Coverage("m", relay(), Counter({("done", "take", None): 1}))
    assert "finish, fail, beat" in rendered(suffix, some)


def test_the_grid_is_beside_the_graph_and_red_where_something_is_untested() -> None:
    root = ET.fromstring(rendered(".svg", RELAY))
    cells = [box for box in root.iterfind(".//svg:rect", NAMESPACE) if box.find("svg:title", NAMESPACE) is not None]
    red = {box.findtext("svg:title", namespaces=NAMESPACE) for box in cells if box.get("fill") == RED}
    assert len(cells) == 16
    assert len(red) == 13
    assert "busy-fail -> broken: 0" in red
    html = rendered(".html", RELAY)
    assert html.count('class="untested"') == 13
    assert '<td class="untested" title="busy-fail -&gt; broken: 0"><strong>!</strong></td>' in html
    parents = {child: parent for parent in root.iter() for child in parent}
    graph = root.find(".//svg:svg", NAMESPACE)
    assert graph is not None
    grid = next(parent for child, parent in parents.items() if child in cells)
    assert abscissa(grid, parents) > abscissa(graph, parents) + float(graph.get("width", "0"))


def abscissa(element: ET.Element, parents: dict[ET.Element, ET.Element]) -> float:
    """Return how far to the right of the whole picture's left edge the origin of an element is."""
    total = 0.0
    while element in parents:
        moved = re.match(r"translate\(([\d.]+)", element.get("transform", ""))
        total += float(moved.group(1)) if moved else 0.0
        element = parents[element]
    return total


@pytest.mark.parametrize("lifecycle", [JOB_LIFECYCLE, GITHUB, SLURM], ids=["job", "github", "slurm"])
def test_a_picture_fits_a_page(lifecycle: Any) -> None:
    document = rendered(".svg", exercised(lifecycle, 3), RELAY)
    root = ET.fromstring(document)
    assert float(root.get("width", "0")) <= PNG_WIDTH
    identifiers = re.findall(r' id="([^"]*)"', document)
    assert len(identifiers) == len(set(identifiers))


@pytest.mark.parametrize("suffix", [".svg", ".html"])
def test_the_graph_is_as_light_as_the_page_around_it(suffix: str) -> None:
    """A picture turns dark by itself where the reader prefers that, unless what is around it says that it is light."""
    document = rendered(suffix, RELAY)
    assert 'data-color-mode="light"' in document.partition("<style>")[0].partition("<head>")[0]
    assert "[data-color-mode=light]" in document


@pytest.mark.parametrize("suffix", RENDERERS)
def test_every_report_says_why_nothing_was_recorded(suffix: str) -> None:
    empty = rendered(suffix, Coverage("m", relay(), None, "no <test> ran"))
    if suffix == ".json":
        return
    assert re.search(r"nothing was recorded: no .?<?.*test.* ran", empty)
    assert "<test>" not in empty.replace("\\<test>", "")
    assert "Nothing was recorded." in rendered(suffix)


def test_observed_moves_have_a_grid_of_their_own() -> None:
    job = JobStatus()
    recorder = Recorder()
    recorder.install()
    job.observe(RunningStatus.UNKNOWN)
    recorder.uninstall()
    ((_, hits),) = recorder.lifecycles()
    html = rendered(".html", Coverage("jobs", JOB_LIFECYCLE, hits))
    assert html.count('<div class="grid">') == 2
    assert 'title="WAITING-observe(UNKNOWN) -&gt; UNKNOWN: 1">1</td>' in html
