"""What a caller chooses of a picture: direction, engine, the statuses shown, links, labels; and captions that say what is there."""

from __future__ import annotations

import re
import sys
from enum import Enum
from typing import Any

import pytest
from transitions import Machine

from job_status import JOB_LIFECYCLE, JobStatus, RunningStatus
from job_status.diagrams import MissingExtra, Numbers, render
from job_status.diagrams._drafting import drawing, drawings
from job_status.diagrams._drawing import Arrow, Box, Drawing
from job_status.diagrams._gallery import traced_job
from job_status.diagrams._numbers import times
from tests.drawables import OWN, S
from tests.test_source import COFFEE, sack

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus
NAMES = {status.name for status in RunningStatus}


def arrows(drawn: Drawing) -> dict[tuple[str, str], list[str]]:
    """The lines of each arrow, by the statuses that it leaves and the one that it leads to."""

    def source(arrow: Arrow) -> str:
        return " ".join(sorted(arrow.source.members)) if isinstance(arrow.source, Box) else arrow.source

    return {(source(arrow), arrow.dest): [str(line) for line in arrow.lines] for arrow in drawn.arrows}


# -- direction and engine


def spread(svg: str) -> tuple[float, float]:
    """How far apart the statuses of a picture are, across and down."""
    corners = [(float(x), float(y)) for x, y in re.findall(r'<rect class="frame"[^>]* x="([\d.]+)" y="([\d.]+)"', svg)]
    across, down = zip(*corners, strict=True)
    return max(across) - min(across), max(down) - min(down)


def test_a_direction_is_followed() -> None:
    machine = Machine(model=None, states=list("abcdef"), initial="a", auto_transitions=False)
    machine.add_ordered_transitions(loop=False)
    across, down = spread(render(machine, "svg", direction="right"))
    assert across > 4 * down
    across, down = spread(render(machine, "svg", direction="down"))
    assert down > 4 * across
    assert [render(machine, "mermaid", direction=way).splitlines()[1] for way in (None, "down", "right")] == [
        "flowchart TB",
        "flowchart TB",
        "flowchart LR",
    ]
    assert ["rankdir=TB" in render(machine, "dot", direction=way) for way in (None, "right", "down")] == [False, False, True]


def test_graphviz_lays_out_what_it_is_asked_to() -> None:
    pytest.importorskip("pygraphviz")
    assert 'class="cluster"' in render(JOB_LIFECYCLE, "svg", engine="dot")
    assert 'class="cluster"' in render(JOB_LIFECYCLE, "html", engine="dot", direction="down")
    assert 'class="cluster"' not in render(JOB_LIFECYCLE, "svg")


@pytest.mark.parametrize("form", ["svg", "html", "png", "pdf"])
def test_graphviz_where_it_is_not_installed_is_an_error_that_names_the_extra(monkeypatch: pytest.MonkeyPatch, form: Any) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    with pytest.raises(MissingExtra, match=r"pip install 'job_status\[diagrams\]'$"):
        render(JOB_LIFECYCLE, form, engine="dot")


# -- only


@pytest.mark.parametrize(
    ("only", "shown"),
    [
        pytest.param("SUSPENDED", NAMES - {"WAITING", "SUCCESS"}, id="one, with its neighbours"),
        pytest.param(SUSPENDED, NAMES - {"WAITING", "SUCCESS"}, id="as a member"),
        pytest.param(["WAITING", SUCCESS], {"WAITING", "SUCCESS"}, id="several"),
        pytest.param(["WAITING"], {"WAITING"}, id="a list of one"),
        pytest.param("not UNKNOWN", NAMES - {"UNKNOWN"}, id="all but one"),
        pytest.param(("not UNKNOWN", "not ERROR"), NAMES - {"UNKNOWN", "ERROR"}, id="all but two"),
        pytest.param(None, NAMES, id="all"),
    ],
)
def test_only_some_statuses_are_shown_with_the_moves_between_them(only: Any, shown: set[str]) -> None:
    drawn = drawing(JOB_LIFECYCLE, only=only)
    assert set(drawn.nodes) == shown
    assert {status for box in drawn.boxes for status in box.members} <= shown
    found = arrows(drawn)
    whole = arrows(drawing(JOB_LIFECYCLE, box_size=None))
    between = {(source, dest) for source, dest in whole if {source, dest} <= shown}
    assert {(source, dest) for sources, dest in found for source in sources.split()} == between


@pytest.mark.parametrize("form", ["svg", "dot", "mermaid", "html", "json"])
def test_every_picture_shows_only_these(form: Any) -> None:
    text = render(JOB_LIFECYCLE, form, only=["RUNNING", "SUSPENDED", "CANCEL_REQUESTED"])
    if form == "html":
        text = text.partition("</figure>")[0]  # the tables below it are whole
    said = re.sub(r"<desc.*?</desc>|accDescr.*|\"description\".*|Not shown: [A-Z, ]+", "", text)
    for hidden in ("WAITING", "SUCCESS", "start ->", "start -->", 'class="start"'):
        assert hidden not in said
    assert "suspend" in said


def test_what_is_not_shown_is_said() -> None:
    drawn = drawing(JOB_LIFECYCLE, only=["RUNNING", "SUCCESS"])
    assert drawn.notes == ("Bold: the path to SUCCESS.", "Double frame: final.", "↻: the status stays.", LEFT_OUT)
    assert "It shows RUNNING, SUCCESS." in drawn.description
    assert not drawing(OWN, only=[S.RUNNING, S.UNKNOWN]).legend.startswith("CREATED")


LEFT_OUT = "Not shown: WAITING, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN."


def test_a_status_that_seems_to_stand_aside_among_those_shown_does_not() -> None:
    nodes = drawing(JOB_LIFECYCLE, only=["SUSPENDED", "UNKNOWN"], full=True).nodes
    assert {name: node.aside for name, node in nodes.items()} == {"SUSPENDED": False, "UNKNOWN": True}


def test_of_a_job_only_the_steps_between_what_is_shown_are_drawn() -> None:
    drawn = drawing(traced_job(), only="not UNKNOWN")
    taken = {(arrow.tail, arrow.dest) for arrow in drawn.arrows if arrow.taken}
    assert len(taken) == 5
    assert not any("UNKNOWN" in pair for pair in taken)


def test_a_status_whose_name_begins_with_not_can_be_shown() -> None:
    machine = Machine(model=None, states=["ready", "not ready"], initial="ready", auto_transitions=False)
    assert list(drawing(machine, only="not ready").nodes) == ["not ready"]


# -- links and labels

#: where a status leads to, and its name
LINK = r'<a [^>]*href="([^"]*)"[^>]*>\s*<g class="status[^>]* data-status="([^"]*)"'

LINKS = {"RUNNING": "jobs.html#running", "ERROR": 'https://example.org/?a=1&b="2";c'}


def test_statuses_lead_to_their_links() -> None:
    found = re.findall(LINK, render(JOB_LIFECYCLE, "svg", links=LINKS))
    assert {status: url for url, status in found} == {
        "RUNNING": "jobs.html#running",
        "ERROR": "https://example.org/?a=1&amp;b=&quot;2&quot;;c",
    }
    lines = render(JOB_LIFECYCLE, "mermaid", links=LINKS).splitlines()
    assert '  click RUNNING href "jobs.html#running"' in lines
    assert '  click ERROR href "https://example.org/?a=1&b=%222%22%3Bc"' in lines
    assert 'URL="jobs.html#running"' in render(JOB_LIFECYCLE, "dot", links={RUNNING: LINKS["RUNNING"]})


def test_graphviz_reads_a_link_with_quotes() -> None:
    pygraphviz: Any = pytest.importorskip("pygraphviz")
    url = 'https://example.org/"\\'
    graph = pygraphviz.AGraph(render(JOB_LIFECYCLE, "dot", links={"ERROR": url}))
    assert graph.get_node("ERROR").attr["URL"].replace("\\\\", "\\") == url
    assert "<a " in render(JOB_LIFECYCLE, "svg", engine="dot", links=LINKS)


def test_a_picture_without_labels_has_none() -> None:
    for form in ("svg", "dot", "mermaid"):
        text = render(traced_job(), form, labels=False)
        shown = re.sub(r'<title.*?</title>|<desc.*?</desc>|data-trigger="[^"]*"', "", text, flags=re.S)
        shown = re.sub(r"acc\w+: .*|Refused while RUNNING: start_run", "", shown)
        assert "start_run" not in shown
        assert "update_progress" not in shown
        assert "10 min" in shown
    drawn = drawing(JOB_LIFECYCLE, labels=False)
    assert "↻: the status stays." not in drawn.notes
    assert arrows(drawn) == arrows(drawing(JOB_LIFECYCLE))  # what is on them is known all the same


def test_without_labels_the_moves_of_a_job_are_not_numbered() -> None:
    assert "Numbered: the moves that the job took, in order." in drawing(traced_job()).notes
    notes = drawing(traced_job(), labels=False).notes
    assert notes[:2] == ("Bold: the moves that the job took.", "Dotted: inferred.")


# -- bad values


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"direction": "up"}, "direction must be 'right' or 'down', or left out, not 'up'"),
        ({"engine": "neato"}, "engine must be 'dot', or left out, not 'neato'"),
        ({"only": "NOPE"}, f"only names 'NOPE', which is none of the statuses: {', '.join(RunningStatus.__members__)}"),
        ({"only": ["not NOPE"]}, f"only names 'NOPE', which is none of the statuses: {', '.join(RunningStatus.__members__)}"),
        ({"only": S.LOST}, f"only names 'LOST', which is none of the statuses: {', '.join(RunningStatus.__members__)}"),
        ({"only": ["RUNNING", "not ERROR"]}, "only names statuses to show, or with 'not' statuses to leave out, but not both: "
         "['RUNNING', 'not ERROR']"),
        ({"only": []}, "only leaves no status to show"),
        ({"only": [f"not {name}" for name in RunningStatus.__members__]}, "only leaves no status to show"),
        ({"only": 3}, "only must be a status, or several, not 3"),
        ({"only": [3]}, f"only names '3', which is none of the statuses: {', '.join(RunningStatus.__members__)}"),
        ({"links": {"NOPE": "x"}}, f"links names 'NOPE', which is none of the statuses: {', '.join(RunningStatus.__members__)}"),
        ({"links": {"RUNNING": 3}}, "a link must be a relative URL, or one of http, https, mailto, not 3"),
        ({"links": {"RUNNING": ""}}, "a link must be a relative URL, or one of http, https, mailto, not ''"),
        ({"links": {"RUNNING": "a\nb"}}, r"a link must be a relative URL, or one of http, https, mailto, not 'a\nb'"),
        *(({"links": {"RUNNING": url}}, f"a link must be a relative URL, or one of http, https, mailto, not {url!r}")
          for url in ("javascript:alert(1)", "JavaScript:1", " javascript:1", "data:text/html,x", "vbscript:x", "file:///etc/passwd")),
        ({"links": ["RUNNING"]}, "links must map statuses to URLs, not ['RUNNING']"),
    ],
)  # fmt: skip
def test_a_bad_value_gets_a_sentence_that_says_what_would_be_right(choices: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        render(JOB_LIFECYCLE, "svg", **choices)


@pytest.mark.parametrize(
    ("form", "choices", "message"),
    [
        ("markdown", {"direction": "down"}, "direction is for mermaid, dot, svg, html, png, pdf, not for markdown"),
        ("dot", {"engine": "dot"}, "engine is for svg, html, png, pdf, not for dot"),
        ("markdown", {"only": "RUNNING"}, "only is for mermaid, dot, json, svg, html, png, pdf, not for markdown"),
        ("png", {"links": LINKS}, "links is for mermaid, dot, json, svg, html, not for png"),
        ("json", {"labels": False}, "labels is for mermaid, dot, svg, html, png, pdf, not for json"),
    ],
)
def test_a_choice_that_would_make_no_difference_is_refused(form: Any, choices: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        render(JOB_LIFECYCLE, form, **choices)


# -- what the captions say is there


def test_an_else_branch_is_no_move_from_every_status() -> None:
    """With `ok` from a and b and, otherwise, from c, no box says that it can be taken from each of them."""
    machine = sack()
    machine.add_transition("ok", "b", "d")
    drawn = drawing(machine)
    assert drawn.boxes == ()
    assert arrows(drawn)["c", "d"] == ["ok [else]", "skip"]
    assert arrows(drawn)["a", "d"] == ["ok"]
    assert arrows(drawn)["c", "b"] == ["ok [full]"]
    assert ("c", "c") not in arrows(drawn)
    assert drawn.nodes["c"].lines == ()
    for form in ("svg", "dot", "mermaid"):
        assert re.search(r"ok (\[|#91;)else", render(machine, form))
    assert "| ok | c | d | else |  |" in render(machine, "markdown", full=True)


def test_no_caption_speaks_of_what_is_not_there() -> None:
    machine = Machine(model=None, states=["a", "b"], initial="a", auto_transitions=False)
    machine.add_transition("go", "a", "b")
    machine.add_transition("back", "b", "a")
    assert drawing(machine).notes == ()
    machine.add_transition("stay", "b", "=")
    assert drawing(machine).notes == ("↻: the status stays.",)
    assert drawing(machine, only=["a"]).notes == ("Not shown: b.",)


class P(Enum):
    A = 1
    B = 2
    C = 3
    DONE = 4


def test_the_path_to_success_is_bold_where_it_leaves_a_box() -> None:
    machine = Machine(model=None, states=P, initial=P.A, auto_transitions=False)
    machine.add_transition("finish", [P.A, P.B, P.C], P.DONE)
    boxed, plain = drawings(machine)
    for drawn in (boxed, plain):
        assert drawn.notes[0] == "Bold: the path to DONE."
        assert [arrow.dest for arrow in drawn.arrows if arrow.main] == ["DONE"]
    assert isinstance(boxed.arrows[0].source, Box)


def test_a_trace_without_a_move_speaks_of_none() -> None:
    assert drawing(JobStatus()).notes == (
        "Double frame: final.",
        "An arrow that leaves a box can be taken from every status in it.",
        "↻: the status stays.",
    )


def test_two_drawings_of_one_job_are_of_the_same_moment() -> None:
    boxed, plain = drawings(traced_job())
    assert boxed.trace is plain.trace
    assert plain.boxes == ()


# -- nested machines


def test_the_nesting_is_drawn_as_boxes_that_moves_leave() -> None:
    drawn = drawing(COFFEE)
    titles = {box.title: box for box in drawn.boxes if box.title}
    assert set(titles) == {"walking", "walking_fast", "awake", "away", "busy", "busy_typing"}
    inner, outer = titles["walking_fast"], titles["walking"]
    assert inner.members < outer.members
    found = {(arrow.source, arrow.dest): [str(line) for line in arrow.lines] for arrow in drawn.arrows}
    assert "drink" in found[outer, "awake"]
    assert found[inner, "walking_slow"] == ["stop [late]", "change"]
    assert found[outer, "standing"] == ["stop [full]"]
    assert "busy: in all its parts at once." in drawn.notes
    assert drawings(JOB_LIFECYCLE)[1].boxes == ()
    assert {box.title for box in drawings(COFFEE)[-1].boxes} == set(titles)  # with the boxes of shared moves or without


@pytest.mark.parametrize("form", ["svg", "dot", "mermaid", "html"])
def test_every_picture_names_the_states_that_contain_others(form: Any) -> None:
    text = render(COFFEE, form)
    assert re.search(r'["<>]walking["<>]', text)
    assert re.search(r'["<>]walking_fast["<>]', text)


def test_a_nested_machine_has_a_list_of_moves_in_place_of_a_table() -> None:
    lines = render(COFFEE, "markdown").splitlines()
    assert lines[2] == "Each move. First status: standing; final: awake_done."
    assert "| hop | walking_fast_jog | walking_fast_sprint |  |  |" in lines


def test_a_machine_that_nests_deeper_than_there_are_grounds_is_drawn() -> None:
    from transitions.extensions import HierarchicalMachine

    state: Any = "e"
    for name in "dcba":
        state = {"name": name, "children": [state], "initial": state if isinstance(state, str) else state["name"]}
    machine = HierarchicalMachine(model=None, states=[state, "z"], initial="a")
    machine.add_transition("go", "a", "z")
    for form in ("svg", "dot", "mermaid"):
        assert "a_b_c_d_e" in render(machine, form).replace("&#95;", "_")


# -- numbers


def test_a_log_shows_how_often_each_move_was_made() -> None:
    counts = {("WAITING", "RUNNING"): 8, ("UNKNOWN", "RUNNING"): 2, ("SUCCESS", "RUNNING"): 1}
    drawn = drawing(JOB_LIFECYCLE, numbers=Numbers(moves=counts))
    found = arrows(drawn)
    assert found["WAITING", "RUNNING"] == ["start_run", "update_progress", times(8)]
    assert found["UNKNOWN", "RUNNING"] == ["update_progress [no cancel was requested]", "observe(RUNNING)", times(2)]
    assert found["SUCCESS", "RUNNING"] == [f"! {times(1)}"]
    assert [arrow.dest for arrow in drawn.arrows if arrow.unknown] == ["RUNNING"]
    dot = render(JOB_LIFECYCLE, "dot", numbers=Numbers(moves=counts))
    assert sorted(set(re.findall(r"penwidth=([\d.]+)", dot.partition("start ->")[2]))) == ["1.20", "2.97", "3.70", "6.20"]


def test_moves_that_no_test_took_are_marked() -> None:
    drawn = drawing(JOB_LIFECYCLE, untested=[("RUNNING", "suspend", "SUSPENDED"), ("RUNNING", "update_progress", "RUNNING")])
    assert drawn.notes[-1] == "Red, dashed, and marked with !: never taken."
    assert arrows(drawn)["RUNNING", "SUSPENDED"] == ["! suspend"]
    assert [str(line) for line in drawn.nodes["RUNNING"].lines] == ["! ↻ update_progress"]
