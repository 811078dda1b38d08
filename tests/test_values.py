"""Jobs as values: what pickles, copies and dicts hold, what is refused, and errors about values of any size."""

from __future__ import annotations

import copy
import json
import math
import os
import pickle
import sys
import threading
import time
import warnings
from collections.abc import Callable
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job_status import (
    JOB_LIFECYCLE,
    Guard,
    History,
    InvalidTransition,
    JobCompleted,
    JobStatus,
    Lifecycle,
    Move,
    RunningStatus,
    Transition,
)

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus


class S(Enum):
    QUEUED = 101
    STARTED = 102
    DONE = 103
    BROKEN = 104


ROWS = (
    Transition("start_run", S.QUEUED, S.STARTED, words="a worker takes it"),
    Transition("requeue", S.STARTED, S.QUEUED, Guard.NO_CANCEL_REQUESTED),
    Transition("stop_run", S.STARTED, S.DONE),
    Transition("stop_run", S.STARTED, S.BROKEN),
)
MEANS = {S.QUEUED: WAITING, S.STARTED: RUNNING, S.DONE: SUCCESS, S.BROKEN: ERROR}

#: what a pickle refers to by its name
NAMED = Lifecycle(ROWS, means=MEANS)


def unnamed() -> Lifecycle[S]:
    """Return one that no variable of this module refers to."""
    return Lifecycle(ROWS, means=MEANS)


def lived(lifecycle: Lifecycle[Any]) -> JobStatus[Any]:
    job = JobStatus(lifecycle=lifecycle, name="a job")
    job.start_run()
    job.stop_run(ERROR, "no")
    return job


# -- pickles


PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_pickle_holds_names_and_the_lifecycle_by_reference(protocol: int) -> None:
    for lifecycle, module, name in (
        (JOB_LIFECYCLE, b"job_status._lifecycle", b"JOB_LIFECYCLE"),
        (NAMED, __name__.encode(), b"NAMED"),
    ):
        pickled = pickle.dumps(lived(lifecycle), protocol)
        assert name in pickled
        assert module in pickled
        assert b"requeue" not in pickled
        assert pickle.loads(pickled).lifecycle is lifecycle
    assert b"STARTED" in pickled
    assert b"K\x66" not in pickled, "no number of a member"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_lifecycle_that_has_no_name_is_pickled_by_its_rows(protocol: int) -> None:
    job = lived(unnamed())
    pickled = pickle.dumps(job, protocol)
    assert b"requeue" in pickled
    assert b"NO_CANCEL_REQUESTED" in pickled, "guards by their names"
    assert b"K\x66" not in pickled, "no number of a member"
    twin = pickle.loads(pickled)
    assert (twin.lifecycle, twin.lifecycle.means, twin.lifecycle.initial) == (NAMED, NAMED.means, S.QUEUED)
    assert twin.to_dict() == job.to_dict()
    assert pickle.loads(pickled).lifecycle is twin.lifecycle, "one for all that are unpickled"


def test_a_pickle_is_hardly_larger_than_the_dict_as_json() -> None:
    for job in (JobStatus(), lived(JOB_LIFECYCLE), lived(NAMED)):
        assert len(pickle.dumps(job)) < len(json.dumps(job.to_dict())) + 250


def test_a_pickled_status_is_a_name() -> None:
    for status in RunningStatus:
        for protocol in PROTOCOLS:
            pickled = pickle.dumps(status, protocol)
            assert status.name.encode() in pickled
            assert pickle.loads(pickled) is status


def test_a_pickled_history_is_its_moves() -> None:
    history = lived(NAMED).history
    twin = pickle.loads(pickle.dumps(history))
    assert history == twin
    assert [move.dest for move in twin] == [S.STARTED, S.BROKEN]
    assert b"requeue" not in pickle.dumps(history)
    assert copy.deepcopy(history) == history


def test_pickling_a_job_that_runs_or_is_listened_to_warns(caplog: pytest.LogCaptureFixture) -> None:
    job = JobStatus(name="a job")
    pickle.dumps(job)
    copy.copy(job)
    assert caplog.messages == []
    undo = job.subscribe(lambda _, __: None)
    pickle.dumps(job)
    undo()
    job.start_run()
    pickle.dumps(job)
    assert len(caplog.messages) == 2
    assert {message[:7] for message in caplog.messages} == {"a job: "}


# -- subclasses


class Attributed(JobStatus[RunningStatus]):
    """Its attributes are in its `__dict__`."""

    def __init__(self, host: str, tags: list[str]) -> None:
        super().__init__(name=f"on {host}")
        self.host = host
        self.tags = tags
        self.__hidden = "hidden"

    @property
    def hidden(self) -> str:
        return self.__hidden


class Slotted(JobStatus[RunningStatus]):
    """Its attributes are in slots, one of them of its own class alone, and one is never filled."""

    __slots__ = ("__hidden", "empty", "host", "tags")

    def __init__(self, host: str, tags: list[str]) -> None:
        super().__init__(name=f"on {host}")
        self.host = host
        self.tags = tags
        self.__hidden = "hidden"

    @property
    def hidden(self) -> str:
        return self.__hidden


class Single(Slotted):
    """It has one slot, as a string, and its base the others."""

    __slots__ = "extra"  # as some write it


@pytest.mark.parametrize("kind", [Attributed, Slotted, Single])
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda job: pickle.loads(pickle.dumps(job))])
def test_attributes_of_a_subclass_survive(
    kind: type[Attributed | Slotted], duplicate: Callable[[Attributed | Slotted], Attributed | Slotted]
) -> None:
    job = kind("node 7", ["a"])
    if isinstance(job, Single):
        job.extra = 5  # type: ignore[attr-defined]  # a slot
    job.update_progress(0.5, "half way")
    twin = duplicate(job)
    assert type(twin) is kind
    assert (twin.host, twin.tags, twin.hidden, twin.name, twin.progress) == ("node 7", ["a"], "hidden", "on node 7", 0.5)
    assert (twin.tags is job.tags) is (duplicate is copy.copy)
    assert not hasattr(twin, "empty")
    assert getattr(twin, "extra", 5) == 5
    job.stop_run(ERROR)
    assert twin.running


def test_a_deep_copy_of_what_refers_to_itself() -> None:
    job = Attributed("node 7", [])
    pair = [job.tags, job]
    tags, twin = copy.deepcopy(pair)
    assert isinstance(twin, Attributed)
    assert twin.tags is tags


def test_an_option_survives() -> None:
    job = JobStatus(on_invalid="warn")
    for twin in (copy.copy(job), copy.deepcopy(job), pickle.loads(pickle.dumps(job))):
        assert twin.resume() is False


# -- what is refused


def facts(**changes: Any) -> dict[str, Any]:
    """Return the dict of a job that ran for 100 seconds and failed, changed."""
    job = JobStatus()
    job.update_times(creation_datetime=900.0)
    job.start_run()
    job.update_times(start_time=1000.0)
    job.request_cancel("why")
    job.stop_run(ERROR, "no")
    data = job.to_dict() | {"completion_timestamp": 1100.0, "duration": 100.0}
    return data | changes


def move(trigger: str, source: str, dest: str, *, refused: bool = False) -> dict[str, Any]:
    return {
        "trigger": trigger, "source": source, "dest": dest, "timestamp": None, "mesg": None, "inferred": False, "refused": refused,
    }  # fmt: skip


def test_the_facts_that_are_changed_below_are_right() -> None:
    data = facts()
    assert JobStatus.from_dict(data).to_dict() == data


START = move("start_run", "WAITING", "RUNNING")
REQUEST = move("request_cancel", "RUNNING", "CANCEL_REQUESTED")
waiting = {
    "status": "WAITING", "meaning": "WAITING", "started": "no", "attempt": 0, "stop_message": None, "cancel_requested": False,
    "start_timestamp": None, "completion_timestamp": None, "duration": None, "history": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        pytest.param(
            {"history": [START, move("stop_run", "RUNNING", "CANCELED"), move("start_run", "CANCELED", "RUNNING"), REQUEST]},
            r"impossible: history\[2\] leaves CANCELED, which is final",
            id="a history that leaves a final status",
        ),
        pytest.param(
            {"history": [START, move("resume", "RUNNING", "WAITING")]},
            r"history\[1\] takes resume from RUNNING to WAITING, which is not a move of this lifecycle",
            id="a move that the lifecycle does not know",
        ),
        pytest.param(
            {"history": [move("observe", "RUNNING", "WAITING")]},
            r"history\[0\] takes observe from RUNNING to WAITING, which is not a move of this lifecycle",
            id="an observation that no move explains",
        ),
        pytest.param(
            {"history": [START, REQUEST, move("stop_run", "RUNNING", "ERROR")]},
            r"history\[2\] leaves RUNNING, but the job was CANCEL_REQUESTED",
            id="a gap",
        ),
        pytest.param({"history": [START]}, "ERROR, but the history ends in RUNNING", id="an end that is another"),
        pytest.param(
            {"cancel_requested": False},
            "cancel_requested is false, but the history has a request",
            id="a request that was accepted",
        ),
        pytest.param(waiting | {"progress": 0.5}, "WAITING with a progress report", id="waiting with progress"),
        pytest.param(waiting | {"phase": "sampling"}, "WAITING with a progress report", id="waiting with a phase"),
        pytest.param(waiting | {"stop_message": "no"}, "WAITING with a stop_message", id="waiting with a stop message"),
        pytest.param(
            {"duration": 90.0}, "a duration of 90.0 seconds, but 100.0 seconds from", id="times that contradict the duration"
        ),
        pytest.param({"duration": 102.5}, "a duration of 102.5 seconds, but 100.0 seconds from", id="clocks that differ by more"),
        pytest.param({"completion_timestamp": 1000.0, "duration": 2.5}, "a duration of 2.5 seconds, but 0.0 ", id="no time at all"),
        pytest.param({"duration": -1.0}, "a duration of -1.0 seconds", id="a negative duration"),
        pytest.param({"suspended_time": -1.0}, "a suspended_time of -1.0 seconds", id="a negative suspension"),
        pytest.param({"history": [START] * 10**6}, r"history must have at most \d+ moves, .* not 1000000", id="a million entries"),
        pytest.param({"history": [START] * 257}, r"history must have at most 256 moves, .* not 257", id="one move too many"),
        pytest.param({"status": "SUCCESS", "meaning": "SUCCESS"}, "SUCCESS with a progress of 0.0", id="a success halfway"),
        pytest.param(
            {"status": "SUCCESS", "meaning": "SUCCESS", "progress": 1.0, "history": []},
            "SUCCESS with a stop_message",
            id="a reason",
        ),
        pytest.param({"attempt": 0}, "it has started, but attempt is 0", id="no attempt"),
        pytest.param({"start_timestamp": None}, "but there is no start_timestamp", id="no start"),
        pytest.param({"started": "untimed"}, "a start_timestamp, but started is 'untimed'", id="a start that has no time"),
        pytest.param({"started": "no"}, "a duration of 100.0 seconds, but it has not started", id="a duration of nothing"),
        pytest.param({"meaning": "CANCELED"}, "ERROR with the meaning 'CANCELED'; in this lifecycle it means ERROR", id="meaning"),
        pytest.param({"last_known": "RUNNING"}, "ERROR with a last_known of RUNNING", id="last known"),
        pytest.param({"version": 2}, "version 2 is unknown", id="version"),
        pytest.param({"version": True}, "version True is unknown", id="version true"),
        pytest.param({"attempt": -1}, "attempt must be a whole number from 0, not -1", id="attempt"),
        pytest.param({"started": "perchance"}, "started must be one of no, perhaps, ", id="started"),
        pytest.param({"progress": math.inf}, "progress must be a finite number, not inf", id="infinite progress"),
        pytest.param({"start_timestamp": -math.inf}, "start_timestamp must be a finite number, not -inf", id="an infinite past"),
        pytest.param({"progress": 10**400}, "progress must be a finite number, not 1000", id="progress beyond every float"),
        pytest.param({"status": "DONE"}, "status must be one of WAITING, ", id="status"),
        pytest.param({"name": 17}, "name must be a string or null, not 17", id="name"),
        pytest.param({"history": None}, "history must be a list of moves, not None", id="history"),
        pytest.param({"history": [17]}, r"history\[0\]: a move must be a mapping, not 17", id="a move"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text) as raised:
        JobStatus.from_dict(facts(**changes))
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"history": [move("resume", "RUNNING", "SUSPENDED", refused=True), *facts()["history"]]}, id="a refusal"),
        pytest.param({"history": facts()["history"][1:]}, id="a beginning that is forgotten"),
        pytest.param({"history": [], "cancel_requested": False}, id="no history"),
        pytest.param({"started": "reported", "duration": 101.5}, id="clocks that differ a little"),
        pytest.param({"duration": None}, id="a duration that nobody knows"),
        pytest.param({"completion_timestamp": None}, id="an end that nobody knows"),
        pytest.param({"started": "untimed", "start_timestamp": None}, id="a start that nobody knows"),
        pytest.param({"history": [move("resume", "RUNNING", "SUSPENDED", refused=True)] * 256}, id="as many moves as may be"),
        pytest.param({"started": "reported", "completion_timestamp": 900.0, "duration": 0.0}, id="an end before the start"),
        pytest.param(waiting | {"attempt": 3}, id="the next attempt"),
    ],
)
def test_what_can_be_is_restored(changes: dict[str, Any]) -> None:
    data = facts(**changes)
    assert JobStatus.from_dict(data).to_dict() == data


@pytest.mark.parametrize("at", [None, 5.0])
def test_a_start_by_another_clock_is_not_measured_from_elsewhere_either(at: float | None) -> None:
    job = JobStatus()
    job.observe(RUNNING, at=at)
    assert job.running_time is None
    assert JobStatus.from_dict(job.to_dict()).running_time is None


def test_a_dict_is_restored_with_its_own_lifecycle() -> None:
    data = lived(NAMED).to_dict()
    assert JobStatus.from_dict(data, lifecycle=NAMED).to_dict() == data
    with pytest.raises(ValueError, match="status must be one of WAITING"):
        JobStatus.from_dict(data)


def test_a_status_that_the_lifecycle_lacks_is_none_of_its_statuses() -> None:
    rows = [row for row in JOB_LIFECYCLE.rows if SUSPENDED not in (row.source, row.dest)]
    data = facts(status="SUSPENDED", meaning="SUSPENDED")
    with pytest.raises(ValueError, match=r"^status must be one of WAITING, RUNNING, .*, not 'SUSPENDED'$"):
        JobStatus.from_dict(data, lifecycle=Lifecycle(rows))


def test_a_move_needs_a_trigger_and_its_statuses_and_a_history_nothing() -> None:
    plain = Move("start_run", WAITING, RUNNING)
    assert (plain.timestamp, plain.mesg, plain.inferred, plain.refused) == (None, None, False, False)
    assert list(History()) == []


# -- numbers without bounds


def test_a_refusal_can_be_shown_whatever_its_time() -> None:
    for at in (time.time_ns(), -1e99, 1e99, 1e18, 0.0):
        job = JobStatus(name="a job")
        job.observe(ERROR, at=float(at))
        with pytest.raises(JobCompleted) as raised:
            job.start_run()
        assert str(raised.value).startswith("a job: cannot start_run: the job is ERROR, which is final (ERROR since ")
        assert repr(job).startswith("<JobStatus 'a job' ERROR")


@pytest.mark.parametrize("times", [(0, 1.7e308, 1.7e308), (None, 1.7e308, None), (1.7e308,), (None, None, 1.7e308), (1e101,)])
def test_times_whose_sums_are_infinite_are_refused(times: tuple[float | None, ...]) -> None:
    job = JobStatus()
    job.observe(ERROR)
    before = job.to_dict()
    with pytest.raises(ValueError, match="must be a finite number of seconds or None, not 1"):
        job.update_times(*times)
    assert job.to_dict() == before


@given(st.floats(-1e100, 1e100), st.floats(-1e100, 1e100), st.floats(0, 1e100))
def test_whatever_times_are_stated_the_job_can_be_stored(created: float, started: float, lasted: float) -> None:
    for final in (False, True):
        job = JobStatus()
        job.start_run()
        if final:
            job.stop_run(ERROR)
        job.update_times(created, started, lasted)
        data = json.loads(json.dumps(job.to_dict(), allow_nan=False))
        assert data["duration"] == (lasted if final else None)


def test_what_is_stated_can_be_restored() -> None:
    job = JobStatus()
    job.observe(ERROR)
    job.update_times(0.0, 1e17, 50.0)  # a float of that size has no seconds
    assert JobStatus.from_dict(job.to_dict()).duration == 50.0


# -- values of any size and depth


HUGE = "x" * 10**7


def deep() -> Any:
    value: Any = []
    for _ in range(100_000):
        value = [value]
    return value


def flat_deep() -> Any:
    value: Any = {}
    for _ in range(100_000):
        value = {"a": value}
    return value


def wide() -> Any:
    value: Any = "x" * 100
    for _ in range(6):
        value = [value] * 6
    return value


MADE: dict[str, Callable[[], Any]] = {
    "text": lambda: [HUGE],
    "mapping": lambda: {"a": HUGE, "b": {HUGE: HUGE}},
    "bytes": HUGE.encode,
    "list": lambda: [0] * 10**6,
    "number": lambda: 10**5000,
    "tree": wide,
    "deep list": deep,
    "deep mapping": flat_deep,
}


@pytest.mark.parametrize("make", [pytest.param(MADE[name], id=name) for name in MADE])
def test_an_error_about_a_huge_or_deep_field_is_short(make: Callable[[], Any]) -> None:
    value = make()
    for field in facts():
        if field == "attempt" and isinstance(value, int):
            continue  # that many attempts are many, and no fault
        with pytest.raises(ValueError, match=field) as raised:
            JobStatus.from_dict(facts(**{field: value}))
        assert len(str(raised.value)) < 1000
    for field in START:
        with pytest.raises(ValueError, match=field) as raised:
            JobStatus.from_dict(facts(history=[START | {field: value}]))
        assert len(str(raised.value)) < 1000
    with pytest.raises(ValueError, match=r"restored from a mapping|the field 'version' is missing") as raised:
        JobStatus.from_dict(value)
    assert len(str(raised.value)) < 1000


def test_an_error_about_a_huge_text_is_short() -> None:
    for field in {*facts()} - {"name", "phase", "stop_message"}:
        with pytest.raises(ValueError, match=field) as raised:
            JobStatus.from_dict(facts(**{field: HUGE}))
        assert len(str(raised.value)) < 1000


def test_errors_about_huge_arguments_are_short() -> None:
    job = JobStatus(name="a job")
    calls: list[Callable[[Any], object]] = [
        job.update_progress,
        lambda value: job.update_progress(0.5, [value]),  # type: ignore[arg-type]
        lambda value: job.suspend([value]),  # type: ignore[arg-type]
        lambda value: job.suspend(attempt=value),
        lambda value: job.observe(value),
        lambda value: job.observe(RUNNING, at=value),
        lambda value: job.stop_run(value),
        lambda value: job.trigger(value),
        lambda value: job.subscribe(value),
        lambda value: job.run(value),
        lambda value: JobStatus(name=[value]),  # type: ignore[call-overload]
        lambda value: JobStatus(on_invalid=value),
        lambda value: job.update_times(value),
        lambda value: job.can("stop_run", value),
    ]
    for number, call in enumerate(calls):
        for value in (HUGE, deep()):
            with pytest.raises((TypeError, ValueError)) as raised:
                call(value)
            assert len(str(raised.value)) < 1000, number


class Unshowable:
    def __repr__(self) -> str:
        raise RuntimeError("no")


def test_an_error_about_a_value_that_cannot_be_shown() -> None:
    with pytest.raises(ValueError, match="progress must be a real number from 0 to 1, not <Unshowable instance"):
        JobStatus().update_progress(Unshowable())  # type: ignore[arg-type]


# -- a snapshot


def test_a_repr_is_of_one_moment() -> None:
    jobs = [JobStatus() for _ in range(2000)]
    seen: list[str] = []

    def read() -> None:
        for job in jobs:
            while not (text := repr(job)).startswith("<JobStatus SUCCESS"):
                pass
            seen.append(text)

    reader = threading.Thread(target=read)
    reader.start()
    for job in jobs:
        job.start_run()
        job.update_progress(0.5)
        job.stop_run()
    reader.join()
    assert [text for text in seen if not text.startswith("<JobStatus SUCCESS, 100%")] == []


# -- a fork


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.skipif(sys.gettrace() is not None, reason="coverage has a lock of its own, which a fork may leave held")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # a process with threads forks: this is what is tested
def test_a_child_that_is_forked_while_others_move_jobs_moves_them_too() -> None:
    jobs: list[JobStatus[Any]] = [JobStatus(on_invalid="raise") for _ in range(64)]  # as many as there are locks
    for job in jobs:
        job.start_run()
    over = threading.Event()

    def go_on() -> None:
        while not over.is_set():
            for job in jobs:
                job.update_progress(0.5)

    threads = [threading.Thread(target=go_on) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(20):
            child = os.fork()
            if child == 0:  # pragma: no cover  # it is not measured
                try:
                    os._exit(0 if all(job.stop_run(ERROR, "in the child") for job in jobs) else 1)
                finally:
                    os._exit(2)
            deadline = time.monotonic() + 10
            while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < deadline:
                time.sleep(0.001)
            if ended == (0, 0):
                os.kill(child, 9)
                os.waitpid(child, 0)
            assert ended == (child, 0)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert all(job.running for job in jobs)


def test_refusals_are_values() -> None:
    with pytest.raises(InvalidTransition) as raised:
        JobStatus(lifecycle=unnamed(), name="a job").stop_run(S.DONE)
    twin = pickle.loads(pickle.dumps(raised.value))
    assert (str(twin), twin.status, twin.cause, twin.allowed) == (
        "a job: cannot stop_run(DONE) while QUEUED; allowed now: start_run", S.QUEUED, S.DONE, ("start_run",),
    )  # fmt: skip
    assert twin.history == raised.value.history


def test_nothing_here_warns() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        copy.deepcopy(lived(unnamed()))
