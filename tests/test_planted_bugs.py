"""Bugs that real job classes have, each planted into a class written by hand, and which parts of the testing kit catch it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from threading import RLock
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from job_status import JOB_LIFECYCLE, JobStatus, Observation, RunningStatus
from job_status.testing import assert_invariants, check_document, covering_walks, races, thread_races
from job_status.testing.strategies import LifecycleMachine

DOCUMENT = (Path(__file__).parent / "job_lifecycle.transitions.md").read_text(encoding="utf-8")
WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus
FINALS = (SUCCESS, ERROR, CANCELED)
RANKS = {WAITING: 0, RUNNING: 1, SUSPENDED: 1, CANCEL_REQUESTED: 2, SUCCESS: 3, ERROR: 3, CANCELED: 3}


class Audit:
    def __init__(self) -> None:
        self.entries: deque[str] = deque(maxlen=5)


class Job:
    """A job class as a runner might have one, without any use of ours: each method has its own `if`, under a lock."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.status = WAITING
        self.known = WAITING  # under UNKNOWN, what was known before
        self.cancel_requested = False
        self.attempts = 0
        self.stopped = False
        self.message: str | None = None
        self.reported: float | None = None
        self.audit = Audit()

    @property
    def completed(self) -> bool:
        return self.status in FINALS

    def move(self, status: RunningStatus) -> bool:
        if status in FINALS:
            self.stopped = True
        if status is CANCEL_REQUESTED:
            self.cancel_requested = True
        if status is not UNKNOWN:
            self.known = status
        self.status = status
        self.audit.entries.append(status.name)
        self.listen()
        return True

    def listen(self) -> None:
        assert self.stopped or not self.completed, "a listener was called in the midst of a move"

    def start_run(self) -> bool:
        with self.lock:
            if self.status is not WAITING:
                return False
            self.attempts += 1
            return self.move(RUNNING)

    def update_progress(self, _progress: float) -> bool:
        with self.lock:
            if self.status is SUSPENDED or self.completed:
                return False
            return self.move(CANCEL_REQUESTED if self.cancel_requested else RUNNING)

    def request_cancel(self) -> bool:
        with self.lock:
            if self.completed or self.cancel_requested:
                return False
            return self.move(CANCEL_REQUESTED)

    def suspend(self) -> bool:
        with self.lock:
            return self.status is RUNNING and self.move(SUSPENDED)

    def resume(self) -> bool:
        with self.lock:
            return self.status is SUSPENDED and self.move(RUNNING)

    def stop_run(self, cause: RunningStatus) -> bool:
        with self.lock:
            if self.completed or (cause is SUCCESS and self.status in (WAITING, SUSPENDED)):
                return False
            self.message = f"stopped by {cause.name}"
            return self.move(cause)

    def observe(self, status: RunningStatus, at: float | None = None) -> Observation:
        with self.lock:
            verdict = self.judge(status, at)
            if verdict is Observation.MOVED:
                self.move(status)
            if verdict is not Observation.STALE and at is not None:
                self.reported = at
            return verdict

    def judge(self, status: RunningStatus, at: float | None) -> Observation:
        if status is self.status or (status is UNKNOWN and self.completed):
            return Observation.UNCHANGED
        if status is UNKNOWN or status is self.known:
            return Observation.MOVED
        if RANKS[status] < RANKS[self.known]:
            return Observation.STALE
        if self.known in FINALS:
            return Observation.CONTRADICTORY
        older = at is not None and self.reported is not None and at < self.reported
        return Observation.STALE if older and RANKS[status] == RANKS[self.known] else Observation.MOVED


# -- the bugs


class DoubleStart(Job):
    def start_run(self) -> bool:
        with self.lock:
            return self.status is RUNNING or super().start_run()


class StartAfterTheEnd(Job):
    def start_run(self) -> bool:
        return self.completed or super().start_run()  # a retry that comes late is waved through


class FinishOverCancel(Job):
    def stop_run(self, cause: RunningStatus) -> bool:
        with self.lock:
            return self.move(SUCCESS) if (self.status, cause) == (CANCELED, SUCCESS) else super().stop_run(cause)


class SecondFinishWins(Job):
    def stop_run(self, cause: RunningStatus) -> bool:
        with self.lock:
            return self.move(cause) if self.completed else super().stop_run(cause)


class SuspendedSucceeds(Job):
    def stop_run(self, cause: RunningStatus) -> bool:
        with self.lock:
            return self.move(cause) if self.status is SUSPENDED else super().stop_run(cause)


class RefusalIsAudited(Job):
    def start_run(self) -> bool:
        with self.lock:
            started = super().start_run()
            if not started:
                self.audit.entries.append("start_run refused")
            return started


class RefusedStartIsCounted(Job):
    def start_run(self) -> bool:
        with self.lock:
            self.attempts += self.status is SUSPENDED
            return super().start_run()


class RefusalSetsTheMessage(Job):
    def stop_run(self, cause: RunningStatus) -> bool:
        with self.lock:
            stopped = super().stop_run(cause)
            self.message = f"stopped by {cause.name}"
            return stopped


class ThirdSuspendFails(Job):
    def suspend(self) -> bool:
        with self.lock:
            if self.audit.entries.count("SUSPENDED") == 2:
                return False
            return super().suspend()


class ResumeSaysNo(Job):
    def resume(self) -> bool:
        super().resume()
        return False


class CancelIsLostUnderUnknown(Job):
    def update_progress(self, progress: float) -> bool:
        with self.lock:
            return self.move(RUNNING) if self.status is UNKNOWN else super().update_progress(progress)


class CancelBeforeTheStartIsLost(Job):
    def request_cancel(self) -> bool:
        with self.lock:
            return self.status is WAITING or super().request_cancel()


class CancelAfterTheEnd(Job):
    def request_cancel(self) -> bool:
        with self.lock:
            return self.move(CANCEL_REQUESTED) if self.status is ERROR else super().request_cancel()


class EndForgetsTheCancel(Job):
    def stop_run(self, cause: RunningStatus) -> bool:
        with self.lock:
            stopped = super().stop_run(cause)
            self.cancel_requested = self.cancel_requested and not stopped
            return stopped


class SuspendHidesTheCancel(Job):
    def suspend(self) -> bool:
        with self.lock:
            return self.move(SUSPENDED) if self.status is CANCEL_REQUESTED else super().suspend()


class ProgressReopens(Job):
    def update_progress(self, progress: float) -> bool:
        with self.lock:
            return self.move(RUNNING) if self.completed else super().update_progress(progress)


class StaleReportIsBelieved(Job):
    def judge(self, status: RunningStatus, at: float | None) -> Observation:
        return Observation.MOVED if self.status is RUNNING and status is WAITING else super().judge(status, at)


class SecondFinalIsBelieved(Job):
    def judge(self, status: RunningStatus, at: float | None) -> Observation:
        verdict = super().judge(status, at)
        return Observation.MOVED if verdict is Observation.CONTRADICTORY else verdict


class ListenerSeesHalfAMove(Job):
    def move(self, status: RunningStatus) -> bool:
        before, self.status = self.status, status
        self.listen()
        self.status = before
        return super().move(status)


class SharedByAllJobs(Job):
    audit = Audit()  # one for the class

    def __init__(self) -> None:
        super().__init__()
        del self.audit

    def suspend(self) -> bool:
        with self.lock:
            return len(self.audit.entries) < 3 and super().suspend()


class CheckThenStart(Job):
    def start_run(self) -> bool:
        if self.status is not WAITING:
            return False
        with self.lock:
            self.attempts += 1
            return self.move(RUNNING)


class CheckThenFinish(Job):
    def stop_run(self, cause: RunningStatus) -> bool:
        if self.completed or (cause is SUCCESS and self.status in (WAITING, SUSPENDED)):
            return False
        with self.lock:
            return self.move(cause)


class CheckThenCancel(Job):
    def request_cancel(self) -> bool:
        if self.completed or self.cancel_requested:
            return False
        with self.lock:
            return self.move(CANCEL_REQUESTED)


# -- the catchers

FEW = settings(
    max_examples=60,
    stateful_step_count=50,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)

Factory = Callable[[], Any]

RUNNER = ["start_run", ("update_progress", 0.5), "stop_run(SUCCESS)"]
RACES: tuple[tuple[list[Any], ...], ...] = (
    (RUNNER, ["request_cancel", "stop_run(CANCELED)"], ["stop_run(ERROR)"]),
    (RUNNER, ["start_run", "suspend", "resume"], ["request_cancel"]),
    (RUNNER, [("observe", UNKNOWN), ("observe", ERROR)], ["request_cancel"]),
    (RUNNER, ["suspend", "stop_run(SUCCESS)"], [("observe", WAITING)]),
)
THREADS = (RUNNER, ["start_run", "stop_run(ERROR)"], ["request_cancel"])


def by_table(factory: Factory) -> None:
    assert check_document(DOCUMENT, JOB_LIFECYCLE, factory) == []


def by_walks(factory: Factory) -> None:
    for walk in covering_walks(JOB_LIFECYCLE):
        walk.take(factory=factory)


def by_races(factory: Factory) -> None:
    for scripts in RACES:
        assert_invariants(races(JOB_LIFECYCLE, *scripts, factory=factory))


def by_threads(factory: Factory) -> None:
    assert_invariants(thread_races(JOB_LIFECYCLE, *THREADS, factory=factory, rounds=150))


def by_hypothesis(factory: Factory) -> None:
    machine = type("PlantedMachine", (LifecycleMachine,), {"source": JOB_LIFECYCLE, "factory": factory})
    run_state_machine_as_test(machine, settings=FEW)


CATCHERS: dict[str, Callable[[Factory], None]] = {
    "table": by_table,
    "walks": by_walks,
    "races": by_races,
    "threads": by_threads,
    "hypothesis": by_hypothesis,
}

#: which of them have to catch each; others may by chance
BUGS: dict[type[Job], str] = {
    DoubleStart: "table races threads hypothesis",
    StartAfterTheEnd: "table races",
    FinishOverCancel: "table races",
    SecondFinishWins: "table races threads",
    SuspendedSucceeds: "table races hypothesis",
    RefusalIsAudited: "table races hypothesis",
    RefusedStartIsCounted: "table races",
    RefusalSetsTheMessage: "table races",
    ThirdSuspendFails: "hypothesis",
    ResumeSaysNo: "table walks races",
    CancelIsLostUnderUnknown: "table walks races",
    CancelBeforeTheStartIsLost: "table races",
    CancelAfterTheEnd: "table races",
    EndForgetsTheCancel: "table races",
    SuspendHidesTheCancel: "table races hypothesis",
    ProgressReopens: "table races hypothesis",
    StaleReportIsBelieved: "table races hypothesis",
    SecondFinalIsBelieved: "table races hypothesis",
    ListenerSeesHalfAMove: "table walks races",
    SharedByAllJobs: "table walks",
    CheckThenStart: "threads",
    CheckThenFinish: "threads",
    CheckThenCancel: "threads",
}


def test_each_bug_is_in_the_list_and_most_are_caught() -> None:
    assert set(BUGS) == set(Job.__subclasses__())
    assert len(BUGS) == 23
    assert sum(map(bool, BUGS.values())) >= 22


@pytest.mark.parametrize(
    ("bug", "catcher"),
    [pytest.param(bug, name, id=f"{bug.__name__}-{name}") for bug, names in BUGS.items() for name in names.split()],
)
def test_a_bug_is_caught(bug: type[Job], catcher: str) -> None:
    with pytest.raises(AssertionError):
        CATCHERS[catcher](bug)


@pytest.mark.parametrize("right", [Job, JobStatus])
@pytest.mark.parametrize("catcher", CATCHERS)
def test_what_is_right_is_not_caught(right: Factory, catcher: str) -> None:
    CATCHERS[catcher](right)
