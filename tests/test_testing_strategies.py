"""The Hypothesis strategies, and the state machine, which finds what it has to find."""

from __future__ import annotations

from collections import Counter
from enum import Enum
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis.stateful import invariant, run_state_machine_as_test
from transitions import Machine

from job_status import JOB_LIFECYCLE, InvalidTransition, JobStatus, Lifecycle, Observation, RunningStatus, Transition
from job_status.testing import Walk
from job_status.testing.strategies import LifecycleMachine, Report, histories, observations, triggers
from tests.lifecycles.slurm_jobs import SLURM


class Stage(Enum):
    QUEUED = "queued"
    STARTED = "started"
    LOST = "lost"
    STOPPING = "stopping"
    FINISHED = "finished"
    ABORTED = "aborted"


#: a lifecycle over statuses of one's own, in which a cancel request is served by a requeue too
QUEUE = Lifecycle(
    (
        Transition("start_run", Stage.QUEUED, Stage.STARTED),
        Transition("lose", Stage.STARTED, Stage.QUEUED),
        Transition("request_cancel", Stage.STARTED, Stage.STOPPING),
        Transition("stop_run", Stage.STARTED, Stage.FINISHED),
        Transition("stop_run", Stage.STARTED, Stage.ABORTED),
        Transition("stop_run", Stage.STOPPING, Stage.ABORTED),
        Transition("lose", Stage.STOPPING, Stage.QUEUED),
        Transition("observe", Stage.STARTED, Stage.LOST),
        Transition("observe", Stage.STOPPING, Stage.LOST),
        Transition("observe", Stage.LOST, Stage.STARTED),
        Transition("stop_run", Stage.LOST, Stage.ABORTED),
    ),
    means={
        Stage.QUEUED: RunningStatus.WAITING,
        Stage.STARTED: RunningStatus.RUNNING,
        Stage.LOST: RunningStatus.UNKNOWN,
        Stage.STOPPING: RunningStatus.CANCEL_REQUESTED,
        Stage.FINISHED: RunningStatus.SUCCESS,
        Stage.ABORTED: RunningStatus.CANCELED,
    },
)

MOVES: list[Any] = [["go", "new", "busy"], ["end", ["new", "busy"], "gone"], ["back", "busy", "new"]]
RELAY = Machine(model=None, states=["new", "busy", "gone"], initial="new", transitions=MOVES, auto_transitions=False)


@given(walk=histories(JOB_LIFECYCLE))
def test_histories_are_legal(walk: Walk) -> None:
    assert len(walk) <= 12
    assert walk.take().status.name == walk.end


@given(walk=histories(RELAY, max_length=3))
def test_histories_of_a_machine(walk: Walk) -> None:
    assert len(walk) <= 3
    assert walk.take().state == walk.end


def test_histories_reach_every_status_and_end_in_a_final_one() -> None:
    seek = settings(max_examples=10_000, database=None)
    for status in RunningStatus:
        strategy = histories(JOB_LIFECYCLE).map(lambda walk: walk.end)
        assert find(strategy, status.name.__eq__, settings=seek) == status.name


@given(labels=triggers(JOB_LIFECYCLE, max_length=5))
def test_triggers_are_any_columns_of_the_table(labels: list[str]) -> None:
    assert len(labels) <= 5
    assert set(labels) <= set(JOB_LIFECYCLE.labels)


@given(reported=observations(JOB_LIFECYCLE))
def test_reports_never_raise_and_a_job_that_ended_stays_so(reported: tuple[tuple[Report, ...], Walk]) -> None:
    reports, walk = reported
    job = JobStatus()
    for report in reports:
        completed = job.completed and job.status
        job.observe(report.status, at=report.at)
        assert not completed or job.status is completed
    assert {report.status.name for report in reports} <= {walk.start, *(move.dest for move in walk)}
    assert all(0.0 <= report.at <= len(walk) for report in reports)


@pytest.mark.parametrize("shape", ["twice", "out of order", "with gaps"])
def test_reports_come_in_every_shape(shape: str) -> None:
    def has_shape(reported: tuple[tuple[Report, ...], Walk]) -> bool:
        times = [report.at for report in reported[0]]
        if shape == "twice":
            return len(times) > len(set(times))
        if shape == "out of order":
            return times != sorted(times)
        return bool(times) and set(times) < set(map(float, range(len(reported[1]) + 1)))

    assert has_shape(find(observations(RELAY), has_shape, settings=settings(database=None)))


def test_reports_of_a_machine_have_the_names_of_its_states() -> None:
    reports, _ = find(observations(RELAY), lambda reported: bool(reported[0]), settings=settings(database=None))
    assert reports[0].status == "new"


def test_reports_of_a_lifecycle_are_members_of_its_own_enum() -> None:
    reports, _ = find(observations(QUEUE), lambda reported: len(reported[0]) > 1, settings=settings(database=None))
    assert all(isinstance(report.status, Stage) for report in reports)


class JobMachine(LifecycleMachine):
    pass


class RelayMachine(LifecycleMachine):
    source = RELAY


class OwnLifecycle(LifecycleMachine):
    source = JOB_LIFECYCLE.extend(Transition("requeue", RunningStatus.RUNNING, RunningStatus.WAITING))


class OwnStatuses(LifecycleMachine):
    source = QUEUE


class Lenient(LifecycleMachine):
    @staticmethod
    def factory() -> JobStatus:
        return JobStatus(on_invalid="warn")


for machine in (JobMachine, RelayMachine, OwnLifecycle, OwnStatuses, Lenient):
    machine.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None, database=None)

TestJob = JobMachine.TestCase
TestRelay = RelayMachine.TestCase
TestOwnLifecycle = OwnLifecycle.TestCase
TestOwnStatuses = OwnStatuses.TestCase
TestLenient = Lenient.TestCase


#: as many examples and steps as Hypothesis has by default, and none to make the one that fails simpler
FOUND = settings(max_examples=100, stateful_step_count=50, phases=[Phase.generate], derandomize=True)


class Refuses(JobStatus):
    def suspend(self, mesg: str | None = None, attempt: int | None = None) -> bool:
        return False


class Wanders(JobStatus):
    def start_run(self, attempt: int | None = None) -> bool:
        return self.waiting and super().start_run() and super().suspend()


class Hasty(JobStatus):
    """It starts whatever is suspended once more."""

    def start_run(self, attempt: int | None = None) -> bool:
        return self.resume() if self.suspended else super().start_run()


class Marked(JobStatus):
    def resume(self, attempt: int | None = None) -> bool:
        try:
            return super().resume()
        except InvalidTransition:
            self._progress, self._phase = 0.0, "resumed"
            raise


class Gullible(JobStatus):
    def observe(
        self, status: RunningStatus, mesg: str | None = None, at: float | None = None, attempt: int | None = None
    ) -> Observation:
        super().observe(status, mesg, at)
        return Observation.MOVED


class Drifting(JobStatus):
    def observe(
        self, status: RunningStatus, mesg: str | None = None, at: float | None = None, attempt: int | None = None
    ) -> Observation:
        verdict = super().observe(status, mesg, at)
        self._position = self.lifecycle.position(RunningStatus.SUSPENDED)
        return verdict


class Forgetting(JobStatus):
    def stop_run(self, cause: RunningStatus = RunningStatus.SUCCESS, mesg: str | None = None, attempt: int | None = None) -> bool:
        stopped = super().stop_run(cause, mesg)
        self._position = self.lifecycle.position(cause)
        return stopped


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (Refuses, "^expected SUSPENDED, got a refusal: suspend while RUNNING"),
        (Wanders, "^expected RUNNING, got SUSPENDED: start_run while WAITING"),
        (Hasty, "^expected a refusal, got RUNNING: start_run while SUSPENDED"),
        (Marked, r"^expected a refusal, got one and a change: resume while .*\n(  .*\n)?  phase: None -> 'resumed'"),
        (Gullible, "^expected Observation.*, got Observation.MOVED: a report of .* while "),
        (Drifting, "^expected .*, got SUSPENDED"),
        (Forgetting, "^expected a cancel request, got none: it was forgotten"),
    ],
)
def test_a_job_class_that_does_not_obey_is_found_out(job: type[JobStatus], words: str) -> None:
    driven: Any = type("Driven", (LifecycleMachine,), {"factory": job})
    with pytest.raises(AssertionError, match=words):
        run_state_machine_as_test(driven, settings=FOUND)


def test_a_job_class_that_observes_nothing_is_driven_by_triggers_alone() -> None:
    class Plain:
        def __init__(self) -> None:
            self._job = JobStatus()

        def __getattr__(self, name: str) -> Any:
            if name == "observe":
                raise AttributeError(name)
            return getattr(self._job, name)

    driven: Any = type("Driven", (LifecycleMachine,), {"factory": Plain})
    run_state_machine_as_test(driven, settings=settings(max_examples=20, database=None, deadline=None))


# -- where it goes


class Third(JobStatus):
    """Its third suspend fails."""

    count = 0

    def suspend(self, mesg: str | None = None, attempt: int | None = None) -> bool:
        if not self.can("suspend"):
            return super().suspend(mesg)
        self.count += 1
        return self.count != 3 and super().suspend(mesg)


def test_what_comes_late_is_found_within_the_usual_number_of_examples() -> None:
    driven: Any = type("Driven", (LifecycleMachine,), {"factory": Third})
    with pytest.raises(AssertionError, match=r"^expected SUSPENDED, got a refusal: suspend while RUNNING"):
        run_state_machine_as_test(driven, settings=FOUND)


@pytest.mark.parametrize("lifecycle", [JOB_LIFECYCLE, QUEUE, SLURM], ids=["ours", "queue", "slurm"])
def test_it_visits_every_status_and_no_final_one_too_often(lifecycle: Lifecycle[Any]) -> None:
    visits: Counter[str] = Counter()

    class Noted(LifecycleMachine):
        source = lifecycle

        @invariant()
        def visited(self) -> None:
            visits[self.place.status] += 1

    run_state_machine_as_test(Noted, settings=settings(max_examples=100, stateful_step_count=50, derandomize=True))
    total = visits.total()
    assert set(visits) == {status.name for status in lifecycle.statuses}
    assert sum(visits[status.name] for status in lifecycle.finals) < 0.4 * total
    assert all(visits[status.name] > 0.002 * total for status in lifecycle.statuses if status not in lifecycle.finals)


def test_where_it_has_been_is_in_the_statistics(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from job_status.testing.strategies import LifecycleMachine
        TestJob = LifecycleMachine.TestCase
        """
    )
    result = pytester.runpytest_subprocess("--hypothesis-show-statistics", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*[0-9]%, visited SUSPENDED", "*[0-9]%, visited ERROR"], consecutive=False)


class Startable:
    """A job class that can be started, and nothing else."""

    def __init__(self) -> None:
        self.status = RunningStatus.WAITING

    def start_run(self) -> bool:
        started, self.status = self.status is RunningStatus.WAITING, RunningStatus.RUNNING
        return started


def test_a_missing_method_is_named() -> None:
    driven: Any = type("Driven", (LifecycleMachine,), {"factory": Startable})
    with pytest.raises(AssertionError, match=r"^got no method \w+: Startable needs it, or trigger\(name\)"):
        run_state_machine_as_test(driven, settings=settings(FOUND, report_multiple_bugs=False))
