from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any
from xml.dom import minidom

import pytest
from transitions import Machine

from job_status import JOB_LIFECYCLE, Guard, JobStatus, Lifecycle, Move, RunningStatus, Transition
from job_status._source import definition
from job_status.diagrams import FORMATS, Drawable, render
from job_status.diagrams._drafting import drawing
from job_status.diagrams._drawing import Box
from job_status.diagrams._gallery import traced_job
from job_status.diagrams._table import Cell, TextTable, html, markdown, markdown_text
from job_status.diagrams._text import moment, shown, span
from job_status.diagrams._trace import trace
from job_status.perceval import JobStatus as PercevalJobStatus
from job_status.testing import check_document
from tests.drawables import BOTH, HOSTILE, LEGEND, LIFECYCLES, OWN, Tags, hostile_machine, large_machine

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus

# -- which formats and sources there are


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_renders_every_kind_of_source(form: Any) -> None:
    for source in (JOB_LIFECYCLE, JOB_LIFECYCLE.machine, traced_job(), JobStatus(), OWN, JobStatus(lifecycle=OWN)):
        assert render(source, form)


def test_an_unknown_format_names_those_there_are() -> None:
    formats = "mermaid, dot, svg, markdown, html, json, png, pdf, timeline"
    with pytest.raises(ValueError, match=f"^there is no format 'gif'; the formats are: {formats}$"):
        render(JOB_LIFECYCLE, "gif")  # type: ignore[call-overload]


def test_what_is_no_source_is_refused() -> None:
    with pytest.raises(TypeError, match=r"expected a Lifecycle or a transitions\.Machine"):
        render(3, "dot")  # type: ignore[call-overload]


def test_anything_with_the_read_interface_is_drawn_with_its_trace() -> None:
    job = traced_job()
    names = ("name", "status", "lifecycle", "history", "creation_timestamp", "progress", "phase", "stop_message")
    copy: Any = SimpleNamespace(**{name: getattr(job, name) for name in names})
    assert render(copy, "dot") == render(job, "dot")


# -- what a drawing shows


@BOTH
@pytest.mark.parametrize("lifecycle", LIFECYCLES)
@pytest.mark.parametrize("box_size", [3, 4])
def test_a_drawing_has_each_move_of_the_lifecycle_once(lifecycle: Lifecycle, full: bool, box_size: int) -> None:
    drawn = drawing(lifecycle, full=full, box_size=box_size)
    arrows = [
        (source, arrow.dest, line.text, line.condition)
        for arrow in drawn.arrows
        for source in (arrow.source.members if isinstance(arrow.source, Box) else [arrow.source])
        for line in arrow.lines
    ]
    assert len(set(arrows)) == len(arrows)
    for edge in definition(lifecycle).edges:
        lines = [str(line) for line in drawn.nodes[edge.source].lines]
        written = any(
            edge.trigger in line and edge.condition in line and (edge.dest in line or "any other" in line or "↻" in line)
            for line in lines
        )
        assert written is not ((edge.source, edge.dest, edge.label, edge.condition) in arrows), edge
    assert len(arrows) == sum(
        edge.source != edge.dest and (full or edge.source != "UNKNOWN") for edge in definition(lifecycle).edges
    )


def test_the_compact_drawing_has_nine_arrows() -> None:
    live = "CANCEL_REQUESTED RUNNING SUSPENDED WAITING"
    assert [
        (" ".join(sorted(arrow.source.members)) if isinstance(arrow.source, Box) else arrow.source, arrow.dest)
        for arrow in drawing(JOB_LIFECYCLE).arrows
    ] == [
        ("WAITING", "RUNNING"),
        ("RUNNING SUSPENDED WAITING", "CANCEL_REQUESTED"),
        (live, "ERROR"),
        (live, "CANCELED"),
        (live, "UNKNOWN"),
        ("RUNNING", "SUSPENDED"),
        ("RUNNING", "SUCCESS"),
        ("SUSPENDED", "RUNNING"),
        ("CANCEL_REQUESTED", "SUCCESS"),
    ]


def test_the_path_to_success_is_marked() -> None:
    assert [(arrow.tail, arrow.dest) for arrow in drawing(JOB_LIFECYCLE).arrows if arrow.main] == [
        ("WAITING", "RUNNING"),
        ("RUNNING", "SUCCESS"),
    ]


def test_every_outcome_has_a_colour_and_a_sign_of_its_own() -> None:
    text = render(JOB_LIFECYCLE, "dot")
    nodes = [line for line in text.splitlines() if "peripheries=2" in line]
    assert [re.findall("[✓✗⊘]", line) for line in nodes] == [["✓"], ["✗"], ["⊘"]]
    assert len({re.findall('fillcolor="(.*?)"', line)[0] for line in nodes}) == 3


# -- by meaning


def test_a_status_looks_like_what_it_means_whatever_its_name() -> None:
    nodes = drawing(OWN).nodes
    assert {name: node.outcome for name, node in nodes.items() if node.outcome} == {
        "FINISHED": "success",
        "SUCCESS": "error",
        "ERROR": "canceled",
    }
    dot = render(OWN, "dot")
    assert [sign in dot for sign in ("✓ FINISHED", "✗ SUCCESS", "⊘ ERROR")] == [True, True, True]
    mermaid = render(OWN, "mermaid")
    assert 'FINISHED(["✓ FINISHED"]):::success' in mermaid
    assert 'SUCCESS(["✗ SUCCESS"]):::error' in mermaid


def test_the_main_path_leads_to_the_first_status_that_means_success() -> None:
    main = [(arrow.tail, arrow.dest) for arrow in drawing(OWN).arrows if arrow.main]
    assert main == [("CREATED", "QUEUED"), ("QUEUED", "RUNNING"), ("RUNNING", "FINISHED")]
    assert drawing(OWN).notes[0] == "Bold: the path to FINISHED."


def test_aside_is_what_only_observations_lead_into_whatever_its_name() -> None:
    assert [node.name for node in drawing(OWN).nodes.values() if node.aside] == ["LOST"]
    assert [str(line) for line in drawing(OWN).nodes["LOST"].lines] == ["observe(RUNNING | SUCCESS)", "stop_run(SUCCESS)"]
    assert [arrow.dest for arrow in drawing(OWN, full=True).arrows if arrow.source == "LOST"] == ["RUNNING", "SUCCESS"]


def unbroken(text: str) -> str:
    """A text without what breaks its lines in the various formats, and without blanks."""
    return re.sub(r'<BR ALIGN="LEFT"/>|<br/>|</?text[^>]*>|\s', "", text.replace("#59;", ";"))


@pytest.mark.parametrize("form", FORMATS)
def test_a_legend_says_what_statuses_mean_that_are_named_otherwise(form: Any) -> None:
    text = render(OWN, form)
    if form == "json":
        found = {status["name"]: status["meaning"] for status in json.loads(text)["statuses"]}
        assert found == {status.name: OWN.meaning(status).name for status in OWN.statuses}
    else:
        assert unbroken(LEGEND) in unbroken(text[text.index("</desc>") :] if form == "svg" else text)
    assert "RUNNING means" not in text
    assert " means " not in render(JOB_LIFECYCLE, form)


def test_the_description_has_the_legend_too() -> None:
    assert f"Meanings: {LEGEND}." in drawing(OWN).description
    assert f"Meanings: {LEGEND.replace(';', ',')}." in render(OWN, "mermaid").splitlines()[3]


def observing_machine() -> Machine:
    """A machine of somebody else's, in which observe is a trigger like any other."""
    machine = Machine(model=None, states=["hidden", "seen", "done"], initial="hidden", auto_transitions=False)
    machine.add_transition("observe", "hidden", "seen")
    machine.add_transition("observe", "seen", "hidden")
    machine.add_transition("finish", "seen", "done")
    return machine


def test_a_trigger_of_a_machine_that_is_called_observe_is_a_trigger_like_any_other() -> None:
    drawn = drawing(observing_machine())
    assert [(arrow.tail, arrow.dest, arrow.main, arrow.light) for arrow in drawn.arrows] == [
        ("hidden", "seen", True, False),
        ("seen", "hidden", False, False),
        ("seen", "done", True, False),
    ]
    assert not any(node.aside or node.lines for node in drawn.nodes.values())
    assert drawn.nodes["done"].outcome == "success"
    assert render(observing_machine(), "markdown").splitlines()[4:] == [
        "| status | observe | finish |",
        "| --- | --- | --- |",
        "| hidden | seen | - |",
        "| seen | hidden | done |",
        "| done | - | - |",
    ]


# -- the name of a job


def test_the_title_names_a_job_that_has_a_name() -> None:
    job = JobStatus(lifecycle=OWN, name="thumbnail 17")
    job.trigger("enqueue")
    assert drawing(job).title == "thumbnail 17: QUEUED"
    assert drawing(JobStatus()).title == "A job that is WAITING"
    assert ">thumbnail 17: QUEUED</title>" in render(job, "svg")
    assert "accTitle: thumbnail 17: QUEUED" in render(job, "mermaid")
    assert render(job, "markdown").startswith("# thumbnail 17: QUEUED\n")
    assert "<p>thumbnail 17: <strong>QUEUED</strong>" in render(job, "html")
    assert json.loads(render(job, "json"))["trace"]["name"] == "thumbnail 17"
    assert json.loads(render(JobStatus(), "json"))["trace"]["name"] is None


@pytest.mark.parametrize("name", ["a\x00b", "<i>", "x|y", "\u202eevil"])
def test_the_name_of_a_job_is_no_markup(name: str) -> None:
    job = JobStatus(name=name)
    minidom.parseString(render(job, "svg").encode())
    page = render(job, "html")
    assert "<i>" not in page
    assert "\u202e" not in page
    assert "\x00" not in page


# -- Mermaid and Graphviz themselves


def test_a_mermaid_text_is_described_for_those_who_cannot_see_it() -> None:
    lines = render(JOB_LIFECYCLE, "mermaid").splitlines()
    assert lines[2] == "  accTitle: The lifecycle of a job"
    assert lines[3].startswith("  accDescr: A state diagram of 8 statuses and 36 moves. It starts in WAITING.")


@BOTH
@pytest.mark.parametrize("source", [*LIFECYCLES, pytest.param(traced_job(), id="trace"), pytest.param(OWN, id="own")])
def test_graphviz_reads_the_text(source: Drawable, full: bool) -> None:
    pygraphviz: Any = pytest.importorskip("pygraphviz")
    graph = pygraphviz.AGraph(render(source, "dot", full=full))
    drawn = drawing(source, full=full)
    assert set(graph.nodes()) == {*drawn.nodes, "start"}
    assert graph.number_of_edges() == len(drawn.arrows) + 1


# -- the trace


def test_a_trace_numbers_the_moves_and_marks_what_is_inferred() -> None:
    drawn = drawing(traced_job())
    taken = {(arrow.tail, arrow.dest): arrow for arrow in drawn.arrows if arrow.taken}
    assert {key: [str(line) for line in arrow.lines if line.steps] for key, arrow in taken.items()} == {
        ("WAITING", "RUNNING"): ["1 start_run"],
        ("RUNNING", "SUSPENDED"): ["2 observe(SUSPENDED)"],
        ("SUSPENDED", "RUNNING"): ["3 resume"],
        ("RUNNING", "UNKNOWN"): ["4 observe(UNKNOWN)"],
        ("UNKNOWN", "RUNNING"): ["5 observe(RUNNING)"],
        ("RUNNING", "CANCEL_REQUESTED"): ["6 request_cancel"],
        ("CANCEL_REQUESTED", "CANCELED"): ["7 stop_run(CANCELED)"],
    }
    assert [key for key, arrow in taken.items() if arrow.inferred] == [("WAITING", "RUNNING")]
    assert [node.name for node in drawn.nodes.values() if node.current] == ["CANCELED"]
    assert [node.name for node in drawn.nodes.values() if not node.visited] == ["SUCCESS", "ERROR"]
    assert drawn.refused == ("Refused while RUNNING: start_run",)


def test_a_trace_is_seen_in_every_picture() -> None:
    svg, dot, mermaid = (render(traced_job(), form) for form in ("svg", "dot", "mermaid"))
    for text in (svg, dot, mermaid):
        assert "Refused while RUNNING" in text
        assert "1 start_run" in text
        assert "10 min" in text
    assert 'class="move taken inferred"' in svg
    assert "style=dotted" in dot
    assert 'WAITING -.->|"1 start_run<br/>update_progress"| RUNNING' in mermaid


def test_a_move_that_no_row_declares_is_drawn_too() -> None:
    job = PercevalJobStatus()
    job.status = SUCCESS
    job.status = RUNNING
    job.start_run()
    drawn = drawing(job)
    taken = {(arrow.tail, arrow.dest): [str(line) for line in arrow.lines] for arrow in drawn.arrows if arrow.taken}
    assert taken == {("WAITING", "SUCCESS"): ["1 override"], ("SUCCESS", "RUNNING"): ["2 override"]}
    assert [str(line) for line in drawn.nodes["RUNNING"].lines] == ["↻ update_progress", "3 ↻ start_run"]


def test_an_attempt_at_anything_is_shown_as_it_was_stored() -> None:
    attempt = {"source": "WAITING", "dest": "RUNNING", "timestamp": None, "mesg": None, "inferred": False, "refused": True}
    history = [{"trigger": trigger, **attempt} for trigger in ("fly away", "stop_run", "resume")]
    assert drawing(JobStatus.from_dict(JobStatus().to_dict() | {"history": history})).refused == (
        "Refused while WAITING: fly away",
        "Refused while WAITING: stop_run(RUNNING)",
        "Refused while WAITING: resume",
    )


def times(created: float | None, *moves: tuple[RunningStatus, RunningStatus, float | None]) -> dict[str, str]:
    history: Sequence[Move] = [Move("observe", source, dest, at) for source, dest, at in moves]
    job: Any = SimpleNamespace(
        name=None,
        status=moves[-1][1] if moves else WAITING,
        lifecycle=JOB_LIFECYCLE,
        history=history,
        creation_timestamp=created,
        progress=0.0,
        phase=None,
        stop_message=None,
    )
    return trace(job, definition(JOB_LIFECYCLE)).times


def test_times_add_up_over_visits() -> None:
    assert times(0.0, (WAITING, RUNNING, 5.0), (RUNNING, SUSPENDED, 10.0), (SUSPENDED, RUNNING, 70.0), (RUNNING, ERROR, 72.5)) == {
        "WAITING": "5 s",
        "RUNNING": "7.5 s",
        "SUSPENDED": "1 min",
        "ERROR": "at 1970-01-01 00:01:12 UTC",
    }


def test_a_time_that_is_not_known_is_said_to_be_unknown_and_none_is_negative() -> None:
    assert times(0.0, (WAITING, RUNNING, None), (RUNNING, SUCCESS, 9.0)) == {
        "WAITING": "time unknown",
        "RUNNING": "time unknown",
        "SUCCESS": "at 1970-01-01 00:00:09 UTC",
    }
    assert times(100.0, (WAITING, RUNNING, 50.0)) == {"WAITING": "time unknown", "RUNNING": "since 1970-01-01 00:00:50 UTC"}
    assert times(None) == {"WAITING": "since an unknown time"}


def test_the_time_of_a_return_includes_the_earlier_visit() -> None:
    spent = times(0.0, (WAITING, RUNNING, 1.0), (RUNNING, SUSPENDED, 4.0), (SUSPENDED, RUNNING, 6.0))
    assert spent["RUNNING"] == "3 s, then since 1970-01-01 00:00:06 UTC"


def test_the_time_before_a_forgotten_beginning_is_unknown() -> None:
    assert times(0.0, (SUSPENDED, RUNNING, 6.0))["SUSPENDED"] == "time unknown"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (0.25, "0.25 s"),
        (59.9, "59.9 s"),
        (59.99, "1 min"),
        (184, "3 min 4 s"),
        (7500, "2 h 5 min"),
        (90000, "1 d 1 h"),
    ],
)
def test_spans_have_the_two_units_that_matter(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_a_moment_that_no_calendar_has_is_unknown() -> None:
    assert moment(1e300) == "unknown"
    assert moment(None) == "unknown"


# -- stable


def test_the_text_is_the_same_under_any_hash_seed() -> None:
    script = (
        "import sys, hashlib\n"
        "from job_status.diagrams import render\n"
        "from job_status.diagrams._gallery import traced_job\n"
        "from job_status import JOB_LIFECYCLE\n"
        "for source in (JOB_LIFECYCLE, JOB_LIFECYCLE.machine, traced_job()):\n"
        "    for form in ('mermaid', 'dot', 'markdown', 'json', 'html'):\n"
        "        for full in (False, True):\n"
        "            sys.stdout.write(hashlib.sha256(render(source, form, full=full).encode()).hexdigest() + '\\n')\n"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True
        ).stdout
        for seed in ("0", "1", "42")
    }
    assert len(texts) == 1


def test_importing_the_package_imports_no_diagrams() -> None:
    script = "import sys, job_status; print([name for name in sys.modules if 'diagrams' in name or 'graphviz' in name])"
    assert subprocess.run([sys.executable, "-c", script], check=True, capture_output=True).stdout.strip() == b"[]"


# -- hostile and large


def test_hostile_names_inject_nothing_into_html_and_svg() -> None:
    title = '<script>"x"\n'
    for form in ("html", "svg"):
        text = render(hostile_machine(), form, title=title, full=True)
        friendly = Tags(render(JOB_LIFECYCLE, form, full=True) + render(JOB_LIFECYCLE.machine, form))
        tags = Tags(text)
        assert tags.names - friendly.names <= {"bdi"}
        assert tags.attributes <= friendly.attributes
        minidom.parseString((text if form == "svg" else text.replace("<details open>", '<details open="">')).encode())


def test_hostile_names_break_neither_mermaid_nor_dot() -> None:
    mermaidx = pytest.importorskip("mermaidx")
    pygraphviz: Any = pytest.importorskip("pygraphviz")
    svg = mermaidx.render(render(hostile_machine(failing=False), "mermaid", title='"<x>\n%%')).svg()
    assert "<script" not in svg
    assert "<img" not in svg
    assert "Unsupported markdown" not in svg
    graph = pygraphviz.AGraph(render(hostile_machine(), "dot"))
    assert len(graph.nodes()) == len(HOSTILE) + 1
    for name in (name for name in HOSTILE if name.strip() and len(name) < 30):
        assert shown(name).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").split()[0] in svg, name


def test_hostile_names_stay_in_their_cells() -> None:
    lines = render(hostile_machine(), "markdown").splitlines()
    rows = [line for line in lines if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}
    assert not [line for line in lines if "<" in line]


@pytest.mark.parametrize("form", FORMATS)
def test_a_machine_of_200_states_and_1000_moves_renders(form: Any) -> None:
    machine = large_machine(200, 1000)
    assert sum(len(group) for event in machine.events.values() for group in event.transitions.values()) == 1000
    drawn = form in ("svg", "html")
    with pytest.warns(UserWarning, match="too many for a picture") if drawn else nullcontext():
        text = render(machine, form)
    assert len(re.findall(r"status(?:\\|#95;)?_199\b", text)) >= 1
    if form == "svg":
        minidom.parseString(text.encode())


# -- the renderer of tables

TABLE = TextTable(
    ("a|b", "<c>"),
    (("__x__", Cell("-3 !", bold=True, css='un"tested', title="<3>")), ("x\ny", "-"), (Cell("1. x", title="one"), "")),
    caption="- a *caption*",
    notes=("1. a note", "(1) another"),
)


def test_a_table_as_markdown() -> None:
    assert markdown(TABLE).splitlines() == [
        r"\- a \*caption\*.",
        "",
        r"| a\|b | &lt;c&gt; |",
        "| --- | --- |",
        r"| \_\_x\_\_ | **-3 !** |",
        r"| x\\ny | - |",
        "| 1. x |  |",
        "",
        r"* 1\. a note",
        "* (1) another",
    ]


def test_a_table_as_html() -> None:
    assert html(TABLE).splitlines() == [
        "<table>",
        "<caption>- a *caption*.</caption>",
        '<thead><tr><th scope="col">a|b</th><th scope="col">&lt;c&gt;</th></tr></thead>',
        "<tbody>",
        '<tr><th scope="row">__x__</th><td class="un&quot;tested" title="&lt;3&gt;"><strong>-3 !</strong></td></tr>',
        r'<tr><th scope="row">x\ny</th><td>-</td></tr>',
        '<tr><th scope="row" title="one">1. x</th><td></td></tr>',
        "</tbody>",
        "</table>",
        "<ul><li>1. a note</li><li>(1) another</li></ul>",
    ]


def test_a_table_without_caption_and_notes_is_its_grid() -> None:
    grid = TextTable(("a",), (("b",),))
    assert markdown(grid) == "| a |\n| --- |\n| b |"
    assert html(grid).startswith("<table>\n<thead>")
    assert html(grid).endswith("</table>\n")


@pytest.mark.parametrize(
    ("text", "escaped"),
    [("+ a", r"\+ a"), ("12) a", r"12\) a"), ("12.", r"12\."), ("12.5 s", "12.5 s"), ("5 - 3", "5 - 3"), ("# a", r"\# a")],
)
def test_a_line_of_markdown_is_no_list_and_no_heading(text: str, escaped: str) -> None:
    assert markdown_text(text) == escaped


# -- tables, HTML, notebooks


def test_the_table_is_the_table_of_the_lifecycle() -> None:
    lines = render(JOB_LIFECYCLE, "markdown").splitlines()
    assert lines[4:7] == [
        "| status | start_run | update_progress | request_cancel | suspend | resume | stop_run(SUCCESS) | stop_run(ERROR) "
        "| stop_run(CANCELED) |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        "| WAITING | RUNNING | RUNNING | CANCEL_REQUESTED | - | - | - | ERROR | CANCELED |",
    ]
    assert lines[13:16] == [
        "| UNKNOWN | - | RUNNING | CANCEL_REQUESTED | - | - | SUCCESS | ERROR | CANCELED |",
        "| UNKNOWN (cancel requested) | - | CANCEL_REQUESTED | - | - | - | SUCCESS | ERROR | CANCELED |",
        "",
    ]


def test_a_condition_of_a_machine_is_a_note() -> None:
    machine = Machine(model=None, states=["a", "b", "c"], initial="a", auto_transitions=False)
    machine.add_transition("go", "a", "b", conditions=["is_open"])
    machine.add_transition("go", "a", "c", unless=["is_open"])
    lines = render(machine, "markdown").splitlines()
    assert "| a | b (1), c (2) |" in lines
    assert lines[-2:] == ["* (1) only if: is_open", "* (2) only if: not is_open"]


#: rows with guards, where a job is only ever with a cancel request, and where it is only ever without
GUARDED = Lifecycle(
    (
        Transition("start_run", WAITING, RUNNING),
        Transition("suspend", RUNNING, SUSPENDED, Guard.NO_CANCEL_REQUESTED),
        Transition("resume", SUSPENDED, RUNNING, Guard.CANCEL_REQUESTED),
        Transition("stop_run", SUSPENDED, ERROR),
        Transition("request_cancel", RUNNING, CANCEL_REQUESTED),
        Transition("stop_run", CANCEL_REQUESTED, CANCELED, Guard.CANCEL_REQUESTED),
        Transition("stop_run", CANCEL_REQUESTED, SUCCESS, Guard.NO_CANCEL_REQUESTED),
        Transition("stop_run", RUNNING, SUCCESS),
    )
)


@pytest.mark.parametrize("lifecycle", [*LIFECYCLES, pytest.param(OWN, id="own"), pytest.param(GUARDED, id="guarded")])
def test_the_table_passes_as_a_test(lifecycle: Lifecycle[Any]) -> None:
    text = "<!-- job-status: lifecycle=somewhere:SOMETHING -->\n" + render(lifecycle, "markdown")
    assert check_document(text, lifecycle) == []
    assert check_document(text.replace("| RUNNING |", "| - |", 1), lifecycle) != []


def test_there_is_a_second_row_only_where_a_job_can_be_with_and_without_a_cancel_request() -> None:
    assert render(GUARDED, "markdown").splitlines()[6:13] == [
        "| WAITING | RUNNING | - | - | - | - | - | - |",
        "| RUNNING | - | CANCEL_REQUESTED | SUSPENDED | - | SUCCESS | - | - |",
        "| SUCCESS | - | - | - | - | - | - | - |",
        "| ERROR | - | - | - | - | - | - | - |",
        "| CANCELED | - | - | - | - | - | - | - |",
        "| SUSPENDED | - | - | - | - | - | ERROR | - |",
        "| CANCEL_REQUESTED | - | - | - | - | - | - | CANCELED |",
    ]


def test_a_notebook_shows_the_picture_and_the_progress() -> None:
    job = JobStatus()
    job.update_progress(0.25, "<sampling>")
    bundle = job._repr_mimebundle_()
    assert bundle["text/plain"].startswith("<JobStatus RUNNING, 25% '<sampling>'")
    assert "\n" not in repr(job)
    html = bundle["text/html"]
    assert '<progress max="1" value="0.25" aria-label="progress">25%</progress>' in html
    assert "&lt;sampling&gt;" in html
    assert "<svg" in html
    assert JOB_LIFECYCLE._repr_mimebundle_()["text/plain"] == repr(JOB_LIFECYCLE)


def test_html_fetches_nothing() -> None:
    tags = Tags(render(traced_job(), "html", full=True))
    assert not {"script", "img", "link", "iframe", "object", "image", "use"} & tags.names
    assert not {"src", "href", "xlink:href", "onload"} & tags.attributes
