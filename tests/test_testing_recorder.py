"""What transition coverage counts, what it does not, and what it leaves behind: nothing."""

from __future__ import annotations

import gc
from collections import Counter
from enum import Enum
from typing import Any

import pytest
from transitions import Machine, MachineError
from transitions.extensions.nesting import HierarchicalMachine

from job_status import JOB_LIFECYCLE, InvalidTransition, JobStatus, Lifecycle, Observation, RunningStatus
from job_status._engine import Step
from job_status.testing import Coverage, Recorder
from job_status.testing._subject import Subject

SUCCESS, ERROR, UNKNOWN = RunningStatus.SUCCESS, RunningStatus.ERROR, RunningStatus.UNKNOWN


def relay(**options: Any) -> Machine:
    moves = [["go", "new", "old"], ["end", "old", "gone"]]
    return Machine(states=["new", "old", "gone"], initial="new", transitions=moves, auto_transitions=False, **options)


class MovingLock:
    """A lock that another thread takes first, and moves the job, once."""

    def __init__(self, job: JobStatus, to: RunningStatus) -> None:
        self.job, self.to, self.moved = job, to, False
        self.lock = job._lock

    def acquire(self) -> bool:
        if not self.moved:
            self.moved = True
            there = self.job.lifecycle.position(self.to)
            step = Step("observe", self.to, self.job._position, there)
            self.job._position, self.job._history = there, (self.job._history, step, None, None)
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


# -- machines, by what they declare


class Relay:
    """It makes its machine itself."""

    def __init__(self, initial: str = "new") -> None:
        moves = [["go", "new", "old"], ["end", "old", "gone"]]
        self.machine = Machine(
            model=self, states=["new", "old", "gone"], initial=initial, transitions=moves, auto_transitions=False
        )


def test_machines_that_declare_the_same_are_one_wherever_they_start(recorder: Recorder) -> None:
    for initial in ("new", "new", "old"):
        getattr(Relay(initial), "go" if initial == "new" else "end")()
    ((name, counts),) = recorder.machines()
    assert name.endswith("test_testing_recorder:Relay")
    assert counts == {("new", "go", "old"): 2, ("old", "end", "gone"): 1}


def test_a_machine_that_a_module_has_is_called_as_there(recorder: Recorder) -> None:
    model = Bare()
    SHARED.set_state("a", model)
    SHARED.events["go"].trigger(model)
    ((name, _),) = recorder.machines()
    assert name.endswith("test_testing_recorder:SHARED")


class Bare:
    pass


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


SHARED = Machine(model=None, states=["a", "b"], initial="a", transitions=[["go", "a", "b"]], auto_transitions=False)


def test_states_may_be_members_of_an_enum(recorder: Recorder) -> None:
    moves: list[Any] = [["grow", Size.SMALL, Size.LARGE]]
    machine = Machine(states=Size, initial=Size.SMALL, transitions=moves, auto_transitions=False)
    model: Any = machine.models[0]
    model.grow()
    ((_, counts),) = recorder.machines()
    assert Coverage("sizes", machine, counts).percent_moves == 100.0


def test_machines_with_nested_states_are_not_counted(recorder: Recorder) -> None:
    states: Any = ["a", {"name": "b", "children": ["c"]}]
    machine = HierarchicalMachine(states=states, initial="a", transitions=[["go", "a", "b_c"]], auto_transitions=False)
    model: Any = machine.models[0]
    assert model.go()
    assert list(recorder.machines()) == []


def test_a_machine_that_was_collected_is_not_taken_for_the_next_at_its_address(recorder: Recorder) -> None:
    expected: Counter[str] = Counter()
    for number in range(200):
        moves = [["go", "a", "b"]] if number % 2 else [["go", "a", "c"]]
        machine = Machine(states=["a", "b", "c"], initial="a", transitions=moves, auto_transitions=False)
        machine.models[0].go()
        expected[moves[0][2]] += 1
        del machine
        gc.collect(0)
    assert {dest: hits for _, counts in recorder.machines() for (_, _, dest), hits in counts.items()} == expected


# -- what the kit fires at other objects


class HandWritten:
    """It knows nothing of us but the words."""

    def __init__(self) -> None:
        self.status = RunningStatus.WAITING

    def start_run(self) -> bool:
        started = self.status is RunningStatus.WAITING
        self.status = RunningStatus.RUNNING if started else self.status
        return started

    def stop_run(self, cause: RunningStatus) -> bool:
        self.status = cause
        return True

    def observe(self, status: RunningStatus, at: float | None = None) -> Observation:
        self.status, before = status, self.status
        return Observation.UNCHANGED if status is before else Observation.MOVED


class Wrapped(HandWritten):
    """It moves a JobStatus, which is counted by itself."""

    def __init__(self) -> None:
        self.status: Any = JobStatus()

    def start_run(self) -> bool:
        return bool(self.status.start_run())


def test_what_the_kit_fires_at_a_class_that_is_hand_written_is_counted(recorder: Recorder) -> None:
    subject, job = Subject(JOB_LIFECYCLE, HandWritten), HandWritten()
    assert subject.fire(job, "start_run")
    assert not subject.fire(job, "start_run")
    assert subject.fire(job, "stop_run(SUCCESS)")
    assert subject.fire(job, "stop_run(ERROR)")  # which the table does not have
    assert hits(recorder) == {
        ("WAITING", "start_run", "RUNNING"): 1,
        ("RUNNING", "start_run", None): 1,
        ("RUNNING", "stop_run(SUCCESS)", "SUCCESS"): 1,
    }


def test_observations_of_a_class_that_is_hand_written_are_counted_where_they_are_rows(recorder: Recorder) -> None:
    subject, job = Subject(JOB_LIFECYCLE, HandWritten), HandWritten()
    subject.observe(job, UNKNOWN)
    subject.observe(job, UNKNOWN)
    subject.observe(job, SUCCESS)
    subject.observe(job, ERROR)
    counts = hits(recorder)
    assert {case: number for case, number in counts.items() if case[2]} == {
        ("WAITING", "observe(UNKNOWN)", "UNKNOWN"): 1,
        ("UNKNOWN", "observe(SUCCESS)", "SUCCESS"): 1,
    }


def test_what_a_job_status_or_a_machine_counted_is_not_counted_again(recorder: Recorder) -> None:
    Subject(JOB_LIFECYCLE, Wrapped).fire(Wrapped(), "start_run")
    assert hits(recorder) == {("WAITING", "start_run", "RUNNING"): 1}
    model = Bare()
    SHARED.set_state("a", model)
    Subject(SHARED).fire(model, "go")
    ((_, counts),) = recorder.machines()
    assert counts == {("a", "go", "b"): 1}


def test_a_class_that_moves_by_a_lifecycle_within_is_counted_under_the_table_too(recorder: Recorder) -> None:
    """A user's table may be about the user's own words, and the job within about ours."""
    small = Lifecycle([row for row in JOB_LIFECYCLE.rows if UNKNOWN not in (row.source, row.dest)])
    Subject(small, Wrapped).fire(Wrapped(), "start_run")
    assert {lifecycle: sum(counts.values()) for lifecycle, counts in recorder.lifecycles()} == {small: 1, JOB_LIFECYCLE: 1}


class Lamps:
    def table(self) -> Any:
        return ("off", "on"), [("press", "off", "on")]

    def fire(self, lamp: Any, trigger: str, *args: Any) -> bool:
        lamp.lit, before = True, lamp.lit
        return not before

    def snapshot(self, lamp: Any) -> tuple[str, object]:
        return "on" if lamp.lit else "off", None


class Lamp:
    lit = False


LAMPS = Lamps()


def test_what_an_adapter_fires_is_counted(recorder: Recorder) -> None:
    lamp = Lamp()
    subject = Subject(LAMPS, Lamp)
    assert subject.fire(lamp, "press")
    assert not subject.fire(lamp, "press")
    ((name, counts),) = recorder.machines()
    assert name.endswith("test_testing_recorder:LAMPS")
    assert counts == {("off", "press", "on"): 1, ("on", "press", None): 1}
    assert Coverage("lamps", LAMPS, counts).percent_refusals == 100.0


def test_another_adapter_is_called_by_its_class(recorder: Recorder) -> None:
    Subject(Lamps(), Lamp).fire(Lamp(), "press")
    ((name, _),) = recorder.machines()
    assert name.endswith("test_testing_recorder:Lamps")
