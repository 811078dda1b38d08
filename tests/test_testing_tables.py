"""What cells mean, on jobs of the user's own, and on tables that say more than a status per cell."""

from __future__ import annotations

from typing import Any

import pytest
from transitions import Machine, MachineError

from job_status import Guard, JobStatus, Lifecycle, Observation, RunningStatus, Transition
from job_status.testing import check_document
from job_status.testing._checks import checks
from job_status.testing._subject import Subject
from job_status.testing._tables import TableError, parse, rewrite

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus

#: a lifecycle small enough for its tables to be typed here
SMALL = Lifecycle(
    (
        Transition("start_run", WAITING, RUNNING),
        Transition("request_cancel", WAITING, CANCEL_REQUESTED),
        Transition("stop_run", WAITING, ERROR),
        Transition("stop_run", WAITING, CANCELED),
        Transition("stop_run", RUNNING, ERROR),
        Transition("stop_run", RUNNING, CANCELED),
        Transition("requeue", CANCEL_REQUESTED, RUNNING),
        Transition("requeue", RUNNING, WAITING, Guard.NO_CANCEL_REQUESTED),
        Transition("stop_run", CANCEL_REQUESTED, ERROR),
        Transition("stop_run", CANCEL_REQUESTED, CANCELED),
    )
)

HEADINGS = ("status", *SMALL.labels)
HEAD = f"""\
<!-- job-status: lifecycle=ours:SMALL -->

| {" | ".join(HEADINGS)} |
|---|---|---|---|---|---|
| `WAITING` | RUNNING | CANCEL_REQUESTED | ERROR | CANCELED | - |
"""
RUNNING_ROW = "| RUNNING | - | - | ERROR | CANCELED | `WAITING` |\n"
ASKED_ROW = "| RUNNING (cancel requested) | - | - | ERROR | CANCELED | - |\n"
TAIL = """\
| CANCEL_REQUESTED | - | - | ERROR | CANCELED | RUNNING |
| ERROR | - | - | - | - | - |
| CANCELED | - | - | - | - | - |
"""

OBSERVATIONS = """\
<!-- job-status: lifecycle=ours:SMALL kind=observations -->
| known | WAITING | RUNNING | ERROR | CANCELED | CANCEL_REQUESTED |
|---|---|---|---|---|---|
| WAITING | = | > | > | > | > |
| RUNNING | < | = | > | > | < |
| CANCEL_REQUESTED | < | > | > | > | = |
| ERROR | < | < | = | ! | < |
| CANCELED | < | < | ! | = | < |
"""

#: two statuses that reach each other, and one without rows of `observe` out of UNKNOWN
HALTED = Lifecycle(
    (
        Transition("start_run", WAITING, RUNNING),
        Transition("suspend", RUNNING, SUSPENDED),
        Transition("resume", SUSPENDED, RUNNING),
        Transition("stop_run", RUNNING, ERROR),
        Transition("observe", SUSPENDED, UNKNOWN),
        Transition("observe", RUNNING, UNKNOWN),
        Transition("observe", UNKNOWN, RUNNING),
        Transition("stop_run", UNKNOWN, ERROR),
    )
)
HALTED_OBSERVATIONS = """\
<!-- job-status: lifecycle=ours:HALTED kind=observations -->
| known | WAITING | RUNNING | SUSPENDED | ERROR | UNKNOWN |
|---|---|---|---|---|---|
| WAITING | = | > | > | > | = |
| RUNNING | < | = | > (t) | > | > |
| SUSPENDED | < | > | = | > | > |
| ERROR | < | < | < | = | = |
"""


def names(text: str) -> list[str]:
    return [check.name for table in parse(text) for check in checks(table, SMALL)]


def test_a_row_may_be_that_of_a_job_with_a_cancel_request() -> None:
    text = HEAD + RUNNING_ROW + ASKED_ROW + TAIL
    assert check_document(text, SMALL) == []
    assert "RUNNING (cancel requested)-requeue" in names(text)
    wrong = check_document(text.replace("CANCELED | - |\n| CANCEL_R", "CANCELED | WAITING |\n| CANCEL_R"), SMALL)
    assert wrong == [
        "expected WAITING, got -\n  cell: RUNNING (cancel requested)-requeue, line 7\n"
        "  walk: WAITING -request_cancel-> CANCEL_REQUESTED -requeue-> RUNNING"
    ]


@pytest.mark.parametrize("word", ["refused", "-", "`-`"])
def test_a_footnote_may_say_what_holds_with_a_cancel_request(word: str) -> None:
    text = HEAD + RUNNING_ROW.replace("`WAITING`", "WAITING (*) (see)") + TAIL + f"\n(*) {word} when a cancel was requested.\n"
    assert check_document(text, SMALL) == []
    assert "RUNNING (cancel requested)-requeue" in names(text)
    assert len(check_document(text.replace(f"(*) {word}", "(*) WAITING"), SMALL)) == 1


def test_a_guard_that_asks_for_a_request_needs_one_of_both() -> None:
    assert check_document(HEAD + RUNNING_ROW + TAIL, SMALL) == [
        "line 6: requeue depends on whether a cancel was requested: add a row RUNNING (cancel requested), "
        "or a footnote such as: (*) refused when a cancel was requested"
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            HEAD + RUNNING_ROW + ASKED_ROW + TAIL + ASKED_ROW.replace("RUNNING", "WAITING"),
            "line 11: no walk leads to WAITING after a cancel",
        ),
        (
            HEAD + RUNNING_ROW.replace("`WAITING`", "WAITING (*)") + TAIL + "(*) GONE when a cancel was requested\n",
            "line 10: the cell RUNNING-requeue has 'GONE', which is none of: - WAITING ",
        ),
        (OBSERVATIONS.replace("| ! |", "| ? |", 1), "line 7: the cell ERROR-CANCELED has '?', which is none of: = > < !"),
        (OBSERVATIONS.replace("| ERROR | <", "| UNKNOWN | <"), "line 7: the row 'UNKNOWN' is not a status; there are: WAITING, "),
        (
            OBSERVATIONS + "| RUNNING (cancel requested) | < | = | > | > | > |\n",
            "line 9: the row 'RUNNING (cancel requested)' is not a status; ",
        ),
        (
            OBSERVATIONS.replace("| RUNNING |", "| WALKING |", 1),
            "line 2: the column 'WALKING' is not a status; there are: WAITING, ",
        ),
    ],
)
def test_what_does_not_fit_is_named_with_its_line(text: str, words: str) -> None:
    (problem,) = check_document(text, SMALL)
    assert problem.startswith(words)


def test_an_observation_table_of_ones_own() -> None:
    assert check_document(OBSERVATIONS, SMALL) == []
    assert not any("UNKNOWN" in name for name in names(OBSERVATIONS))  # no report leads there in this lifecycle


def test_what_reaches_each_other_is_decided_by_times() -> None:
    assert check_document(HALTED_OBSERVATIONS, HALTED) == []
    assert [check.name for table in parse(HALTED_OBSERVATIONS) for check in checks(table, HALTED) if "er)" in check.name] == [
        "RUNNING-observe(SUSPENDED, older)",
        "RUNNING-observe(SUSPENDED, later)",
        "SUSPENDED-observe(RUNNING, older)",
        "SUSPENDED-observe(RUNNING, later)",
    ]


def test_under_unknown_a_report_that_no_row_leads_out_by_is_judged_by_the_lifecycle() -> None:
    derived = {
        check.name: check.expected
        for table in parse(HALTED_OBSERVATIONS)
        for check in checks(table, HALTED)
        if check.name.startswith("UNKNOWN over RUNNING")
    }
    assert derived == {
        "UNKNOWN over RUNNING-observe(WAITING)": "<",
        "UNKNOWN over RUNNING-observe(RUNNING)": ">",
        "UNKNOWN over RUNNING-observe(SUSPENDED)": "!",
        "UNKNOWN over RUNNING-observe(ERROR)": "!",
        "UNKNOWN over RUNNING-observe(UNKNOWN)": "=",
    }


def test_what_is_fenced_as_code_is_no_table() -> None:
    text = HEAD + RUNNING_ROW + ASKED_ROW + TAIL
    assert len(parse(f"```\n{text}```\n\n{text}")) == 1
    with pytest.raises(TableError, match="line 1: this document has no transition table"):
        parse(f"~~~\n{text}~~~\n")


def test_a_table_without_outer_pipes_is_rewritten_in_place() -> None:
    text = "<!-- job-status: lifecycle=x:y -->\nstate | go\n:--|--:\na | b (1)\nb | -"
    (table,) = parse(text)
    assert [(cell.row, cell.column, cell.split({})) for cell in table.cells] == [("a", "go", ("b", ("1",))), ("b", "go", ("-", ()))]
    assert rewrite(text, [(cell, "longer (1)") for cell in table.cells]).splitlines()[3:] == ["a | longer (1) ", "b | longer (1) "]


# -- the objects under test


class OwnJob:
    """A job class of somebody's own, around a JobStatus, with triggers that do more than move it."""

    def __init__(self) -> None:
        self.status = JobStatus(lifecycle=SMALL)
        self.log: list[str] = []
        self.extra = {"tries": [0], "names": {"a"}}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.status, name)

    def start_run(self) -> None:
        self.status.start_run()
        self.log.append("started")


class HastyJob(OwnJob):
    """It writes into its log before it knows whether it may start."""

    def start_run(self) -> None:
        self.log.append("started")
        self.status.start_run()


class Slotted(OwnJob):
    __slots__ = ("unset",)


def test_a_job_class_of_ones_own() -> None:
    text = HEAD + RUNNING_ROW + ASKED_ROW + TAIL
    assert check_document(text, SMALL, OwnJob) == []
    assert check_document(text, SMALL, Slotted) == []
    hasty = check_document(text, SMALL, HastyJob)
    assert len(hasty) == 5
    assert hasty[0].startswith("expected -, got - and a change\n  log[1]: nothing -> 'started'\n")


class PlainJob:
    """A job that has nothing of ours but the words: its own status, own refusals, and no history."""

    __slots__ = ("cancel_requested", "me", "status")

    def __init__(self) -> None:
        self.status = WAITING
        self.cancel_requested = False
        self.me = (self,)

    def trigger(self, name: str) -> bool:
        dest = SMALL.destination(name, self.status, None, self.cancel_requested)
        return self._to(dest)

    def request_cancel(self) -> bool:
        moved = self.trigger("request_cancel")
        self.cancel_requested |= moved
        return moved

    def stop_run(self, cause: RunningStatus) -> bool:
        if not self._to(SMALL.destination("stop_run", self.status, cause)):
            raise MachineError("too late")
        return True

    def update_progress(self, progress: float) -> bool:
        return self._to(SMALL.destination("update_progress", self.status))

    def _to(self, dest: RunningStatus | None) -> bool:
        self.status = dest or self.status
        return dest is not None


class ForgetfulJob(PlainJob):
    """A requeue makes it forget that a cancel was requested."""

    __slots__ = ()

    def requeue(self) -> bool:
        moved = self.trigger("requeue")
        if moved:
            self.cancel_requested = False
        return moved


class Observer(PlainJob):
    __slots__ = ()

    def observe(self, status: RunningStatus, at: float | None = None) -> Any:
        return Observation.MOVED if status is ERROR else "noted"


def test_a_job_that_has_nothing_of_ours() -> None:
    text = HEAD + RUNNING_ROW + ASKED_ROW + TAIL
    assert check_document(text, SMALL, PlainJob) == []
    failures = check_document(text, SMALL, ForgetfulJob)
    assert failures[-1].startswith(
        "expected RUNNING, got RUNNING, but the cancel request was forgotten\n  cell: CANCEL_REQUESTED-requeue, line 8\n"
    )


def test_an_object_that_does_not_get_to_a_row_is_named() -> None:
    class Stuck(PlainJob):
        __slots__ = ()

        def start_run(self) -> bool:
            return False

    failures = check_document(HEAD + RUNNING_ROW + ASKED_ROW + TAIL, SMALL, Stuck)
    assert any(
        "got no object there\n  expected RUNNING, got a refusal: start_run from WAITING, move 1 of the walk " in line
        for line in failures
    )


def test_a_report_that_an_object_takes_wrongly_is_named() -> None:
    failures = check_document(OBSERVATIONS, SMALL, Observer)
    assert failures[0].startswith("expected =, got 'noted', which is not an Observation\n  cell: WAITING-observe(WAITING), ")
    assert any(line.startswith("expected >, got >, but the job is WAITING\n  cell: WAITING-observe(ERROR), ") for line in failures)


def test_the_model_of_a_machine_may_have_conditions_and_a_state_of_another_name() -> None:
    class Door:
        def __init__(self) -> None:
            self.locked = True

        def unlocked(self) -> bool:
            return not self.locked

        def unlock(self) -> None:
            self.locked = False

    machine = Machine(
        model=None,
        states=["shut", "open"],
        initial="shut",
        model_attribute="leaf",
        transitions=[{"trigger": "pull", "source": "shut", "dest": "open", "conditions": "unlocked"}],
        auto_transitions=False,
    )
    table = "<!-- job-status: lifecycle=x:y -->\n| leaf | pull |\n|--|--|\n| shut | {} |\n| open | - |\n"

    def unlocked() -> Door:
        door = Door()
        door.unlock()
        return door

    assert check_document(table.format("open"), machine, unlocked) == []
    locked = check_document(table.format("-"), machine, Door)
    assert len(locked) == 1  # there is no way to the row `open` for a door that is locked
    assert locked[0].startswith(
        "expected -, got no object there\n  expected open, got a refusal: pull from shut, move 1 of the walk "
    )


def test_whether_a_cancel_was_requested_is_asked_of_the_object_or_its_status() -> None:
    subject = Subject(SMALL)
    job = OwnJob()
    job.status.request_cancel()
    assert subject.cancel_requested(job) is True
    assert subject.cancel_requested(object()) is None
