"""What transition coverage counts, what it does not, and what it leaves behind: nothing."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from transitions import Machine, MachineError

from job_status import JOB_LIFECYCLE, InvalidTransition, JobStatus, Lifecycle, RunningStatus
from job_status.testing import Coverage, Recorder

SUCCESS, ERROR, UNKNOWN = RunningStatus.SUCCESS, RunningStatus.ERROR, RunningStatus.UNKNOWN


def relay(**options: Any) -> Machine:
    moves = [["go", "new", "old"], ["end", "old", "gone"]]
    return Machine(states=["new", "old", "gone"], initial="new", transitions=moves, auto_transitions=False, **options)


class MovingLock:
    """A lock that another thread takes first, and moves the job, once."""

    def __init__(self, job: JobStatus, to: RunningStatus) -> None:
        self.job, self.to = job, to
        self.lock = job._lock

    def acquire(self) -> bool:
        self.job._position = self.job.lifecycle.position(self.to)
        return self.lock.acquire()

    def release(self) -> None:
        self.lock.release()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


@pytest.fixture
def recorder() -> Any:
    recorder = Recorder()
    recorder.install()
    yield recorder
    recorder.uninstall()


def hits(recorder: Recorder) -> dict[tuple[str, str, str | None], int]:
    return dict(sum((counts for _, counts in recorder.lifecycles()), Counter()))


def overtaken(at: RunningStatus, to: RunningStatus) -> JobStatus:
    job = JobStatus()
    job._position = JOB_LIFECYCLE.position(at)
    job._lock = MovingLock(job, to)  # type: ignore[assignment]
    return job


def test_what_another_thread_overtook_is_credited_to_no_cell(recorder: Recorder) -> None:
    with pytest.raises(InvalidTransition):
        overtaken(RunningStatus.WAITING, SUCCESS).start_run()
    assert overtaken(SUCCESS, RunningStatus.WAITING).start_run()
    with pytest.raises(InvalidTransition):
        overtaken(RunningStatus.RUNNING, SUCCESS).update_progress(0.5)
    assert hits(recorder) == {("SUCCESS", "update_progress", None): 1}  # the report was a move, and that came late for all to see


def test_an_observation_that_is_no_row_of_the_table_is_not_counted(recorder: Recorder) -> None:
    job = JobStatus()
    job.observe(SUCCESS)
    job.observe(ERROR)
    job.observe(UNKNOWN)
    assert hits(recorder) == {}


def test_reports_of_progress_are_counted_as_moves(recorder: Recorder) -> None:
    job = JobStatus()
    for progress in (0.1, 0.2, 0.3):
        job.update_progress(progress)
    job.request_cancel()
    job.update_progress(0.4)
    assert hits(recorder) == {
        ("WAITING", "update_progress", "RUNNING"): 1,
        ("RUNNING", "update_progress", "RUNNING"): 2,
        ("RUNNING", "request_cancel", "CANCEL_REQUESTED"): 1,
        ("CANCEL_REQUESTED", "update_progress", "CANCEL_REQUESTED"): 1,
    }


def test_equal_lifecycles_are_one(recorder: Recorder) -> None:
    for _ in range(2):
        JobStatus(lifecycle=Lifecycle(JOB_LIFECYCLE.rows)).start_run()
    ((lifecycle, counts),) = recorder.lifecycles()
    assert lifecycle == JOB_LIFECYCLE
    assert counts == {("WAITING", "start_run", "RUNNING"): 2}


def test_the_methods_look_as_before(recorder: Recorder) -> None:
    assert JobStatus.update_progress.__name__ == "update_progress"
    assert "never completes one" in (JobStatus.update_progress.__doc__ or "")


def test_models_registered_before_are_counted_and_nothing_is_left_behind() -> None:
    machine = relay()
    model: Any = machine.models[0]
    classes, event = dict(vars(JobStatus)), dict(vars(machine.events["go"]))
    recorder = Recorder({"relay": machine})
    recorder.install()
    assert dict(vars(JobStatus)) != classes
    model.go()
    with pytest.raises(MachineError):
        model.go()
    recorder.uninstall()
    assert dict(vars(JobStatus)) == classes
    assert dict(vars(machine.events["go"])) == event
    model.end()
    assert dict(recorder.machines()) == {"relay": {("new", "go", "old"): 1, ("old", "go", None): 1}}


def test_a_refusal_inside_a_callback_is_that_of_the_inner_trigger_alone() -> None:
    machine = relay(after_state_change="go")
    model: Any = machine.models[0]
    recorder = Recorder({"relay": machine})
    recorder.install()
    with pytest.raises(MachineError):
        model.go()
    recorder.uninstall()
    assert dict(recorder.machines())["relay"] == {("old", "go", None): 1}


def test_conditions_that_do_not_hold_and_internal_moves() -> None:
    moves: list[Any] = [
        {"trigger": "go", "source": "a", "dest": "b", "unless": lambda: True},
        {"trigger": "note", "source": "a", "dest": None},
    ]
    machine = Machine(states=["a", "b"], initial="a", transitions=moves, auto_transitions=False)
    recorder = Recorder({"m": machine})
    recorder.install()
    model: Any = machine.models[0]
    assert not model.go()
    assert model.note()
    recorder.uninstall()
    ((_, counts),) = recorder.machines()
    assert counts == {("a", "go", None): 1, ("a", "note", "a"): 1}
    coverage = Coverage("m", machine, counts)
    assert coverage.moves == (("a", "go", "b"), ("a", "note", "a"))
    assert coverage.refusals == (("a", "go", None), ("b", "go", None), ("b", "note", None))
    assert (coverage.percent_moves, round(coverage.percent_refusals, 1)) == (50.0, 33.3)


def test_a_machine_without_refusals_is_covered() -> None:
    machine = Machine(model=None, states=["a"], initial="a", transitions=[["stay", "a", "a"]], auto_transitions=False)
    assert Coverage("m", machine).percent_refusals == 100.0
