"""Deliberate faults in the lifecycle and in JobStatus, each of which the tables or the races alone must catch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from job_status import JOB_LIFECYCLE, Guard, JobStatus, Lifecycle, Move, Observation, RunningStatus, Transition
from job_status._engine import Step
from job_status.testing import assert_invariants, check_document, races

DOCUMENT = (Path(__file__).parent / "job_lifecycle.transitions.md").read_text(encoding="utf-8")
WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus

SCRIPTS = (
    ["start_run", ("update_progress", 0.5), "stop_run(SUCCESS)"],
    ["request_cancel", "stop_run(CANCELED)"],
    [("observe", UNKNOWN), ("observe", ERROR)],
)


class LockedListener(BaseException):
    """Raised by a listener that is called while the lock is held: no Exception, for those are logged and forgotten."""


def listened(factory: Callable[..., JobStatus], lifecycle: Lifecycle) -> Callable[[], JobStatus]:
    """Jobs with a listener that would hang if it asked the job for anything while the lock is held."""

    def check(status: JobStatus, move: Move) -> None:
        if status._lock._is_owned():  # type: ignore[attr-defined]  # as threading.Condition asks
            raise LockedListener(move)

    def job() -> JobStatus:
        status = factory(lifecycle=lifecycle)
        status.subscribe(check)
        return status

    return job


def caught_by_tables(lifecycle: Lifecycle, factory: Callable[..., JobStatus] = JobStatus) -> bool:
    try:
        return bool(check_document(DOCUMENT, lifecycle, listened(factory, lifecycle)))
    except LockedListener:
        return True


def caught_by_races(lifecycle: Lifecycle, factory: Callable[..., JobStatus] = JobStatus) -> bool:
    try:
        assert_invariants(races(lifecycle, *SCRIPTS, factory=listened(factory, lifecycle)))
    except (AssertionError, LockedListener):
        return True
    return False


def test_what_is_right_is_not_caught() -> None:
    assert check_document(DOCUMENT, JOB_LIFECYCLE, listened(JobStatus, JOB_LIFECYCLE)) == []
    assert not caught_by_races(JOB_LIFECYCLE)


# -- mutants of the lifecycle: the rows, but for one


def find(label: str, source: RunningStatus, guard: Guard | None = None) -> Transition:
    (row,) = (
        row for row in JOB_LIFECYCLE.rows if row.label == label and row.source is source and guard in (None, row.guard)
    )  # fmt: skip
    return row


def without(label: str, source: RunningStatus) -> Lifecycle:
    return Lifecycle(row for row in JOB_LIFECYCLE.rows if row != find(label, source))


def changed(label: str, source: RunningStatus, of: Guard | None = None, **fields: Any) -> Lifecycle:
    old = find(label, source, of)
    return Lifecycle(row.__replace__(**fields) if row == old else row for row in JOB_LIFECYCLE.rows)


def with_rows(rows: Iterable[Transition]) -> Lifecycle:
    return JOB_LIFECYCLE.extend(*rows)


def with_swapped_guards() -> Lifecycle:
    other = {Guard.CANCEL_REQUESTED: Guard.NO_CANCEL_REQUESTED, Guard.NO_CANCEL_REQUESTED: Guard.CANCEL_REQUESTED}
    return Lifecycle(
        row.__replace__(guard=other[row.guard]) if row.trigger == "update_progress" and row.guard in other else row
        for row in JOB_LIFECYCLE.rows
    )


def with_a_way_out_of_success() -> Lifecycle:
    """A Lifecycle refuses to be built with such a row, so the fault is seeded behind its back."""
    lifecycle = Lifecycle(JOB_LIFECYCLE.rows)
    for asked in (False, True):
        success, error = lifecycle.position(SUCCESS, None, asked), lifecycle.position(ERROR, None, asked)
        success.steps[ERROR] = success.steps["stop_run(ERROR)"] = Step("stop_run", ERROR, success, error)
    return lifecycle


LIFECYCLES = {
    "row dropped: a running job cannot succeed": lambda: without("stop_run(SUCCESS)", RUNNING),
    "row dropped: a suspended job cannot be resumed": lambda: without("resume", SUSPENDED),
    "row dropped: an unknown job cannot be canceled": lambda: without("stop_run(CANCELED)", UNKNOWN),
    "row added: a suspended job starts again": lambda: with_rows([Transition("start_run", SUSPENDED, RUNNING)]),
    "row added: a job that is to be canceled is suspended": lambda: with_rows([Transition("suspend", CANCEL_REQUESTED, SUSPENDED)]),
    "destination swapped: a cancel before the start": lambda: changed("request_cancel", WAITING, dest=CANCELED),
    "destination swapped: progress forgets the request": lambda: changed("update_progress", CANCEL_REQUESTED, dest=RUNNING),
    "destination swapped: a resumed job waits": lambda: changed("resume", SUSPENDED, dest=WAITING),
    "guard dropped: a cancel is requested twice": lambda: changed("request_cancel", UNKNOWN, guard=None),
    "guards swapped: progress under UNKNOWN": with_swapped_guards,
    "destination swapped: a request is lost under UNKNOWN": lambda: changed(
        "update_progress", UNKNOWN, Guard.CANCEL_REQUESTED, dest=RUNNING
    ),
    "row added behind the check: SUCCESS is left": with_a_way_out_of_success,
}


@pytest.mark.parametrize("mutant", LIFECYCLES)
def test_a_mutant_of_the_lifecycle_is_caught_by_the_tables(mutant: str) -> None:
    assert caught_by_tables(LIFECYCLES[mutant]())


@pytest.mark.parametrize(
    "mutant",
    [
        "destination swapped: progress forgets the request",
        "destination swapped: a request is lost under UNKNOWN",
        "guards swapped: progress under UNKNOWN",
        "row added behind the check: SUCCESS is left",
    ],
)
def test_a_mutant_that_breaks_an_invariant_is_caught_by_the_races_alone(mutant: str) -> None:
    lifecycle = LIFECYCLES[mutant]()
    runner = ["start_run", ("update_progress", 0.5), "stop_run(SUCCESS)"]
    race = races(lifecycle, runner, ["request_cancel", ("observe", UNKNOWN)], ["stop_run(ERROR)", ("update_progress", 0.7)])
    with pytest.raises(AssertionError, match=r"forgotten|was left|finish"):
        assert_invariants(race)


# -- mutants of JobStatus


class RefusalLosesProgress(JobStatus[RunningStatus]):
    __slots__ = ()

    def _refusal(self, step: Step, attempt: int | None) -> Any:
        self._progress = 0.0
        return super()._refusal(step, attempt)


class RefusalSetsMessage(JobStatus[RunningStatus]):
    __slots__ = ()

    def _refusal(self, step: Step, attempt: int | None) -> Any:
        self._stop_message = "refused"
        return super()._refusal(step, attempt)


class RefusalIsNotRecorded(JobStatus[RunningStatus]):
    __slots__ = ()

    def _refusal(self, step: Step, attempt: int | None) -> Any:
        self._history = self._history and self._history[0]
        return super()._refusal(step, attempt)


class RefusalIsRecordedAsMove(JobStatus[RunningStatus]):
    __slots__ = ()

    def _refusal(self, step: Step, attempt: int | None) -> Any:
        assert self._history is not None
        before, _, timestamp, mesg = self._history
        self._history = (before, Step(step.trigger, step.cause, step.before, step.after, step.dest), timestamp, mesg)
        return super()._refusal(step, attempt)


class LostRequest(JobStatus[RunningStatus]):
    __slots__ = ()

    def stop_run(self, cause: RunningStatus = SUCCESS, mesg: str | None = None, attempt: int | None = None) -> bool:
        stopped = super().stop_run(cause, mesg)
        self._position = self.lifecycle.position(self.status)
        return stopped


class RequestThatDoesNothing(JobStatus[RunningStatus]):
    __slots__ = ()

    def request_cancel(self, mesg: str | None = None, attempt: int | None = None, *, quiet: bool = False) -> bool:
        position = self._position
        asked = super().request_cancel(mesg)
        self._position = position
        return asked


class CanceledAtOnce(JobStatus[RunningStatus]):
    __slots__ = ()

    def request_cancel(self, mesg: str | None = None, attempt: int | None = None, *, quiet: bool = False) -> bool:
        return super().request_cancel(mesg) and self.stop_run(CANCELED, mesg)


class ListenerUnderTheLock(JobStatus[RunningStatus]):
    __slots__ = ()

    def _tell(self, calls: Any) -> None:
        with self._lock:
            super()._tell(calls)


class ProgressReopens(JobStatus[RunningStatus]):
    __slots__ = ()

    def update_progress(self, progress: float, phase: str | None = None, attempt: int | None = None) -> bool:
        if self.completed:
            self._position = self.lifecycle.position(RUNNING)
            return True
        return super().update_progress(progress, phase)


class LastFinishWins(JobStatus[RunningStatus]):
    __slots__ = ()

    def stop_run(self, cause: RunningStatus = SUCCESS, mesg: str | None = None, attempt: int | None = None) -> bool:
        if self.completed:
            self._position = self.lifecycle.position(cause, None, self.cancel_requested)
            return True
        return super().stop_run(cause, mesg)


class BelievesAllReports(JobStatus[RunningStatus]):
    __slots__ = ()

    def observe(
        self, status: RunningStatus, mesg: str | None = None, at: float | None = None, *, attempt: int | None = None
    ) -> Observation:
        verdict = super().observe(status, mesg, at)
        if verdict in (Observation.STALE, Observation.CONTRADICTORY):
            self._position = self.lifecycle.position(status, None, self.cancel_requested)
            return Observation.MOVED
        return verdict


class IgnoresTheTimeOfReports(JobStatus[RunningStatus]):
    __slots__ = ()

    def observe(
        self, status: RunningStatus, mesg: str | None = None, at: float | None = None, *, attempt: int | None = None
    ) -> Observation:
        return super().observe(status, mesg)


class ForgetsWhatWasKnown(JobStatus[RunningStatus]):
    __slots__ = ()

    def observe(
        self, status: RunningStatus, mesg: str | None = None, at: float | None = None, *, attempt: int | None = None
    ) -> Observation:
        verdict = super().observe(status, mesg, at)
        if self.unknown:
            self._position = self.lifecycle.position(UNKNOWN, WAITING, self.cancel_requested)
        return verdict


class ContradictionIsNotRecorded(JobStatus[RunningStatus]):
    __slots__ = ()

    def observe(
        self, status: RunningStatus, mesg: str | None = None, at: float | None = None, *, attempt: int | None = None
    ) -> Observation:
        history = self._history
        verdict = super().observe(status, mesg, at)
        if verdict is Observation.CONTRADICTORY:
            self._history = history
        return verdict


MUTANTS = [mutant for mutant in JobStatus.__subclasses__() if mutant.__module__ == __name__]


def test_there_are_mutants_enough() -> None:
    assert len(LIFECYCLES) == 12
    assert len(MUTANTS) == 14


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_of_job_status_is_caught_by_the_tables(mutant: type[JobStatus]) -> None:
    assert caught_by_tables(JOB_LIFECYCLE, mutant)


@pytest.mark.parametrize("mutant", [LostRequest, ListenerUnderTheLock, ProgressReopens, LastFinishWins, BelievesAllReports])
def test_a_mutant_of_job_status_is_caught_by_the_races_alone(mutant: type[JobStatus]) -> None:
    assert caught_by_races(JOB_LIFECYCLE, mutant)
