"""The kit on statuses of one's own, by meaning and not by name, and on names that are markup elsewhere."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections import Counter
from contextlib import suppress
from enum import Enum, IntEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from transitions import Machine

from job_status import JobStatus, Lifecycle, RunningStatus, Superseded, Transition
from job_status.diagrams import render
from job_status.testing import (
    Coverage,
    Recorder,
    assert_invariants,
    check_document,
    covering_walks,
    races,
    replay,
    shortest_walk,
)
from job_status.testing._plain import lifecycle_of, named, plain
from job_status.testing._reports import RENDERERS, text
from job_status.testing._subject import Subject
from job_status.testing.strategies import LifecycleMachine


class S(IntEnum):
    """The first member is 0, and so false."""

    QUEUED = 0
    STARTED = 1
    HELD = 2
    LOST = 3
    STOPPING = 4
    FINISHED = 5
    SKIPPED = 6
    ABORTED = 7


MEANS = {
    S.QUEUED: RunningStatus.WAITING,
    S.STARTED: RunningStatus.RUNNING,
    S.HELD: RunningStatus.SUSPENDED,
    S.LOST: RunningStatus.UNKNOWN,
    S.STOPPING: RunningStatus.CANCEL_REQUESTED,
    S.FINISHED: RunningStatus.SUCCESS,
    S.SKIPPED: RunningStatus.SUCCESS,
    S.ABORTED: RunningStatus.CANCELED,
}
QUEUE = Lifecycle(
    (
        Transition("start_run", S.QUEUED, S.STARTED),
        Transition("stop_run", S.QUEUED, S.SKIPPED),
        Transition("update_progress", S.STARTED, S.STARTED),
        Transition("request_cancel", S.STARTED, S.STOPPING),
        Transition("suspend", S.STARTED, S.HELD),
        Transition("stop_run", S.STARTED, S.FINISHED),
        Transition("retry", S.STARTED, S.QUEUED),
        Transition("resume", S.HELD, S.STARTED),
        Transition("stop_run", S.STOPPING, S.FINISHED),
        Transition("stop_run", S.STOPPING, S.ABORTED),
        Transition("retry", S.STOPPING, S.QUEUED, words="the worker is gone, and the request with it"),
        Transition("observe", S.STARTED, S.LOST),
        Transition("observe", S.LOST, S.STARTED),
        Transition("stop_run", S.LOST, S.ABORTED),
    ),
    MEANS,
)
TRANSITIONS = """\
<!-- job-status: lifecycle=ours:QUEUE -->
| status   | start_run | update_progress | request_cancel | suspend | resume  | stop_run(SKIPPED) | stop_run(FINISHED) | stop_run(ABORTED) | retry  |
|----------|-----------|-----------------|----------------|---------|---------|-------------------|--------------------|-------------------|--------|
| QUEUED   | STARTED   | -               | -              | -       | -       | SKIPPED           | -                  | -                 | -      |
| STARTED  | -         | STARTED         | STOPPING       | HELD    | -       | -                 | FINISHED           | -                 | QUEUED |
| HELD     | -         | -               | -              | -       | STARTED | -                 | -                  | -                 | -      |
| LOST     | -         | -               | -              | -       | -       | -                 | -                  | ABORTED           | -      |
| STOPPING | -         | -               | -              | -       | -       | -                 | FINISHED           | ABORTED           | QUEUED |
| SKIPPED  | -         | -               | -              | -       | -       | -                 | -                  | -                 | -      |
| FINISHED | -         | -               | -              | -       | -       | -                 | -                  | -                 | -      |
| ABORTED  | -         | -               | -              | -       | -       | -                 | -                  | -                 | -      |
"""  # noqa: E501
OBSERVATIONS = """\
<!-- job-status: lifecycle=ours:QUEUE kind=observations -->
| known    | QUEUED | STARTED | HELD  | STOPPING | FINISHED | SKIPPED | ABORTED | LOST |
|----------|--------|---------|-------|----------|----------|---------|---------|------|
| QUEUED   | =      | >       | >     | >        | >        | >       | >       | =    |
| STARTED  | <      | =       | > (t) | >        | >        | >       | >       | >    |
| HELD     | <      | > (t)   | =     | >        | >        | >       | >       | =    |
| STOPPING | <      | <       | <     | =        | >        | >       | >       | =    |
| FINISHED | <      | <       | <     | <        | =        | !       | !       | =    |
| SKIPPED  | <      | !       | !     | !        | !        | =       | !       | =    |
| ABORTED  | <      | <       | <     | <        | !        | !       | =       | =    |
"""


#: statuses whose names are markup elsewhere
ODD = Enum("ODD", {"a|b": 1, "<b>": 2, "the end": 3, "x_": 4})
ODD_MEANS = dict(zip(ODD, (RunningStatus.WAITING, RunningStatus.RUNNING, RunningStatus.SUCCESS, RunningStatus.ERROR), strict=True))
ODD_LIFECYCLE: Lifecycle[Any] = Lifecycle(
    (
        Transition("start_run", ODD["a|b"], ODD["<b>"]),
        Transition("stop_run", ODD["<b>"], ODD["the end"]),
        Transition("stop_run", ODD["<b>"], ODD["x_"]),
    ),
    ODD_MEANS,
)


# -- tables


def test_the_tables_of_ones_own_statuses_are_tests() -> None:
    assert check_document(TRANSITIONS + "\n" + OBSERVATIONS, QUEUE) == []
    wrong = TRANSITIONS.replace("| STARTED  | -         | STARTED ", "| STARTED  | -         | HELD    ")
    assert check_document(wrong, QUEUE) == [
        "expected HELD, got STARTED\n  cell: STARTED-update_progress, line 5\n  walk: QUEUED -start_run-> STARTED"
    ]


def test_a_requeue_of_a_job_to_be_canceled_forgets_the_request_rightfully() -> None:
    job = shortest_walk(QUEUE, S.STOPPING).take()
    assert job.cancel_requested
    assert Subject(QUEUE).fire(job, "retry")
    assert not job.cancel_requested
    assert_invariants(races(QUEUE, ["start_run", "stop_run(FINISHED)"], ["request_cancel", "retry"], ["retry", "start_run"]))


def test_a_request_that_is_forgotten_otherwise_is_found() -> None:
    class Forgetful(JobStatus[S]):
        def __init__(self) -> None:
            super().__init__(lifecycle=QUEUE)

        def request_cancel(self, mesg: str | None = None, attempt: int | None = None, *, quiet: bool = False) -> bool:
            return self.status is S.STARTED

    with pytest.raises(AssertionError, match=r"the cancel request was forgotten: STARTED after 2:request_cancel, in the order 1:"):
        assert_invariants(races(QUEUE, ["start_run"], ["request_cancel"], factory=Forgetful))


def test_a_race_takes_a_cause_as_a_column_a_member_or_a_meaning() -> None:
    for stop in ("stop_run(FINISHED)", ("stop_run", S.FINISHED), ("stop_run", RunningStatus.SUCCESS), "stop_run(SUCCESS)"):
        (order,) = races(QUEUE, ["start_run", stop], [])
        assert (order.final, order.refused) == ("FINISHED", ())
        assert order.steps[1].label.trigger == "stop_run"


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_what_is_rendered_of_odd_names_can_be_read(form: Any) -> None:
    written = render(ODD_LIFECYCLE, form)
    assert "<b>" not in written
    if form == "markdown":
        document = "<!-- job-status: lifecycle=x:y -->\n\n" + written
        assert check_document(document, ODD_LIFECYCLE) == []
        assert check_document(document.replace("the end", "`the end`"), ODD_LIFECYCLE) == []


def test_odd_names_are_rewritten_as_they_are_read(pytester: pytest.Pytester) -> None:
    code = Path(__file__).read_text(encoding="utf-8")
    odd = code[code.index("ODD = Enum(") : code.index("# -- tables")]
    pytester.makepyfile(odd=f"from enum import Enum\nfrom typing import Any\nfrom job_status import *\n\n{odd}")
    pytester.makeini("[pytest]\npythonpath = .\n")
    right = "<!-- job-status: lifecycle=odd:ODD_LIFECYCLE -->\n\n" + render(ODD_LIFECYCLE, "markdown")
    file = pytester.path / "odd.transitions.md"
    row = "| a\\|b | &lt;b&gt; | - | - |"
    wrong = right.replace(row, "| a\\|b | `a\\|b` | x\\_ (see) | - |").replace("| the end | x\\_ |", "| - | ? |")
    assert wrong.count("?") == wrong.count("(see)") == 1
    file.write_text(wrong)
    pytester.runpytest("-p", "no:cacheprovider", "--update-transition-tables").assert_outcomes(passed=12)
    assert file.read_text().split() == right.replace(row, "| a\\|b | &lt;b&gt; | - (see) | - |").split()


# -- a machine of somebody else's that has a trigger named observe

SKY = Machine(
    model=None,
    states=["clear", "cloudy", "night"],
    initial="clear",
    transitions=[["observe", "clear", "cloudy"], ["wait", "cloudy", "clear"], ["observe", "cloudy", "night"]],
    auto_transitions=False,
)
SKY_TABLE = """\
<!-- job-status: lifecycle=sky:SKY -->
| sky    | observe | wait  |
|--------|---------|-------|
| clear  | cloudy  | -     |
| cloudy | night   | clear |
| night  | -       | -     |
"""


def test_a_trigger_named_observe_is_one_like_any_other() -> None:
    assert check_document(SKY_TABLE, SKY) == []
    (walk,) = covering_walks(SKY)
    assert str(walk) == "clear -observe-> cloudy -wait-> clear -observe-> cloudy -observe-> night"
    assert walk.take().state == "night"
    assert races(SKY, ["observe"], ["observe"])[0].final == "night"
    grids = [(grid.corner, grid.labels) for grid in Coverage("sky", SKY).grids()]
    assert grids == [("status", ("observe", "wait"))]
    assert replay(SKY, [("moon", "clear", 0), ("moon", "night", 1)]).skipped == {("clear", "night"): ("cloudy",)}


def test_a_trigger_named_observe_is_counted() -> None:
    recorder = Recorder({"sky": SKY})
    recorder.install()
    covering_walks(SKY)[0].take()
    recorder.uninstall()
    ((_, hits),) = recorder.machines()
    assert Coverage("sky", SKY, hits).untested_moves == ()


class SkyMachine(LifecycleMachine):
    source = SKY


SkyMachine.TestCase.settings = settings(max_examples=20, database=None)
TestSky = SkyMachine.TestCase


# -- triggers with the names of other methods


def test_a_trigger_with_the_name_of_a_method_is_fired() -> None:
    rows = (Transition(name, S.STARTED, S.FINISHED) for name in ("wait", "run", "name", "from_dict", "can", "status"))
    lifecycle = Lifecycle((Transition("start_run", S.QUEUED, S.STARTED), *rows), MEANS)

    class Delegating:
        """A job class of somebody's own, which passes on what it does not have."""

        def __init__(self) -> None:
            self.status = JobStatus(lifecycle=lifecycle)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.status, name)

    for factory in (None, Delegating):
        for name in ("wait", "run", "name", "from_dict", "can", "status"):
            subject = Subject(lifecycle, factory)
            job = subject.new()
            assert not subject.fire(job, name)
            assert subject.fire(job, "start_run")
            assert subject.fire(job, name), name
            assert subject.status(job) == "FINISHED"


def test_a_subclass_may_write_the_method_of_such_a_trigger() -> None:
    lifecycle = Lifecycle((Transition("start_run", S.QUEUED, S.STARTED), Transition("again", S.STARTED, S.FINISHED)), MEANS)

    class Job(JobStatus[S]):
        def again(self) -> Any:
            return self.trigger("again", "once more")

    subject = Subject(lifecycle, lambda: Job(lifecycle=lifecycle))
    job = subject.new()
    assert subject.fire(job, "start_run")
    assert subject.fire(job, "again")
    assert job.history[-1].mesg == "once more"


# -- coverage


def test_what_is_not_told_by_a_status_is_counted_by_its_row() -> None:
    recorder = Recorder(lifecycles=[QUEUE])
    recorder.install()
    for walk in covering_walks(QUEUE):
        walk.take()
    JobStatus().start_run()
    recorder.uninstall()
    ((lifecycle, hits),) = recorder.lifecycles()
    assert lifecycle is QUEUE
    coverage = Coverage("queue", QUEUE, hits)
    assert coverage.percent_moves == 100.0
    assert hits["LOST", "observe(STARTED)", "STARTED"] == 1
    assert [grid.corner for grid in coverage.grids()] == ["status", "known"]


def test_a_superseded_call_counts_as_nothing() -> None:
    recorder = Recorder(lifecycles=[QUEUE])
    recorder.install()
    modes: tuple[Any, ...] = ("raise", "warn")
    for on_invalid in modes:
        job = JobStatus(lifecycle=QUEUE, on_invalid=on_invalid)
        job.start_run()
        job.trigger("retry")
        job.start_run()
        with suppress(Superseded):
            job.resume(attempt=1)
        with suppress(Superseded):
            job.update_progress(0.5, attempt=1)
        job.update_progress(0.5, attempt=2)
    recorder.uninstall()
    ((_, hits),) = recorder.lifecycles()
    assert hits == {
        ("QUEUED", "start_run", "STARTED"): 4,
        ("STARTED", "retry", "QUEUED"): 2,
        ("STARTED", "update_progress", "STARTED"): 2,
    }


def test_reports_of_coverage_survive_any_names() -> None:
    hits = Counter({("a|b", "start_run", "<b>"): 1, ("a|b", "stop_run(the end)", None): 2})
    coverage = Coverage("<x>|y", ODD_LIFECYCLE, hits)
    reports = {suffix: renderer([coverage]) for suffix, renderer in RENDERERS.items()}
    assert "## &lt;x&gt;\\|y" in reports[".md"]
    assert "| a\\|b | 1 | -2 | **-!** |\n| &lt;b&gt; | **-!** | **!** | **!** |" in reports[".md"]
    assert "<b>" not in reports[".html"] + reports[".md"] + reports[".svg"]
    assert '<td class="moved" title="a|b-start_run -&gt; &lt;b&gt;: 1">1</td>' in reports[".html"]
    assert {"svg", "html"} <= {ET.fromstring(reports[".svg"]).tag.rpartition("}")[2], "html"}
    assert json.loads(reports[".json"])["<x>|y"]["moves"]["exercised"] == 1
    assert "  a|b" in "\n".join(text([coverage]))


# -- a session with workers


def test_a_lifecycle_goes_from_process_to_process_as_plain_values() -> None:
    assert lifecycle_of(json.loads(json.dumps(plain(QUEUE)))) == QUEUE
    assert named(QUEUE) == f"{__name__}:QUEUE"
    module, _, *others = plain(QUEUE)
    strange: Any = (module, "test.<locals>.S", *others)
    known, again = lifecycle_of(strange), lifecycle_of(strange)
    assert known == again != QUEUE
    assert [status.name for status in known.statuses] == [status.name for status in QUEUE.statuses]
    assert known.unknown is not None
    assert known.unknown.name == "LOST"
    nowhere: Any = ("no.such.module", "S", *others)
    assert lifecycle_of(nowhere) != known


SHOP = '''
from enum import Enum
from job_status import JobStatus, Lifecycle, RunningStatus, Transition

def lifecycle():
    class S(Enum):
        """It can be imported from nowhere."""
        OPEN = "open"
        SOLD = "sold"

    rows = Transition("start_run", S.OPEN, S.OPEN), Transition("stop_run", S.OPEN, S.SOLD)
    return Lifecycle(rows, {S.OPEN: RunningStatus.RUNNING, S.SOLD: RunningStatus.SUCCESS})

SHOP, OTHER = lifecycle(), lifecycle()

def test_sold():
    JobStatus(lifecycle=SHOP).stop_run()

def test_sold_elsewhere():
    JobStatus(lifecycle=OTHER).stop_run()

def test_nobody_has_a_name_for_it():
    JobStatus(lifecycle=lifecycle()).stop_run()
'''


def test_workers_hand_on_what_the_main_process_cannot_import(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_shop=SHOP)
    options = ("-p", "no:cacheprovider", "-p", "no:randomly", "--transition-coverage-report=cover.json")
    for workers in (("-p", "no:xdist"), ("-n", "2")):
        result = pytester.runpytest_subprocess(*options, *workers)
        result.assert_outcomes(passed=3)
        report = json.loads((pytester.path / "cover.json").read_text(encoding="utf-8"))
        moves = sum(cell["hits"] for part in report.values() for cell in part["cells"] if not cell["refused"])
        assert moves == 3
    assert list(report) == ["test_shop:OTHER"]  # there, those that look alike are one


# -- logs


def test_a_log_may_have_the_words_of_the_system() -> None:
    class Word(Enum):
        WAITS = "in the queue"
        RUNS = "running"
        OVER = 7

    means = {Word.WAITS: RunningStatus.WAITING, Word.RUNS: RunningStatus.RUNNING, Word.OVER: RunningStatus.SUCCESS}
    lifecycle = Lifecycle((Transition("start_run", Word.WAITS, Word.RUNS), Transition("stop_run", Word.RUNS, Word.OVER)), means)
    found = replay(lifecycle, [("a", "In the Queue", 0), ("a", "runs", 1), ("b", Word.RUNS, 0), ("b", "OVER", 5)])
    assert found.ok
    assert found.seen == {("WAITS", "RUNS"): 1, ("RUNS", "OVER"): 1}
    with pytest.raises(ValueError, match="the status '7' is none of WAITS, RUNS, OVER"):
        replay(lifecycle, [("a", "7", 0)])
