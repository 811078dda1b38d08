"""Statuses of one's own: any Enum, what its members mean, and what a definition that is wrong is told."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from enum import Enum, IntEnum, StrEnum
from typing import Any

import pytest

from job_status import JOB_LIFECYCLE, Guard, InvalidTransition, JobStatus, Lifecycle, Observation, RunningStatus, Transition

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus


class S(Enum):
    """A queue's words; QUEUED and RETRYING have one meaning, and so have FAILED and TIMED_OUT."""

    CREATED = "created"
    QUEUED = "queued"
    STARTED = "started"
    RETRYING = "retrying"
    FINISHED = "finished"
    SKIPPED = "skipped"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    LOST = "lost"
    PENDING = "queued"  # noqa: PIE796  # an alias


class T(Enum):
    OTHER = 1


MEANS = {
    S.CREATED: WAITING,
    S.QUEUED: WAITING,
    S.STARTED: RUNNING,
    S.RETRYING: WAITING,
    S.FINISHED: SUCCESS,
    S.SKIPPED: SUCCESS,
    S.FAILED: ERROR,
    S.TIMED_OUT: ERROR,
    S.LOST: UNKNOWN,
}
ROWS = (
    Transition("enqueue", S.CREATED, S.QUEUED),
    Transition("start_run", S.PENDING, S.STARTED),
    Transition("stop_run", S.QUEUED, S.FAILED),
    Transition("stop_run", S.STARTED, S.FINISHED),
    Transition("stop_run", S.STARTED, S.SKIPPED),
    Transition("stop_run", S.STARTED, S.FAILED),
    Transition("stop_run", S.STARTED, S.TIMED_OUT),
    Transition("retry", S.STARTED, S.RETRYING, words="the worker was lost"),
    Transition("start_run", S.RETRYING, S.STARTED),
    Transition("observe", S.STARTED, S.LOST),
    Transition("observe", S.LOST, S.STARTED),
    Transition("stop_run", S.LOST, S.FAILED),
)
QUEUE = Lifecycle(ROWS, means=MEANS)


def test_a_lifecycle_over_an_enum_of_ones_own() -> None:
    assert QUEUE.enum is S
    assert QUEUE.initial is S.CREATED
    assert [status.name for status in QUEUE.statuses] == [
        "CREATED", "QUEUED", "STARTED", "FAILED", "FINISHED", "SKIPPED", "TIMED_OUT", "RETRYING", "LOST",
    ]  # fmt: skip
    assert QUEUE.finals == (S.FAILED, S.FINISHED, S.SKIPPED, S.TIMED_OUT)
    assert QUEUE.unknown is S.LOST
    assert QUEUE.labels == (
        "start_run", "stop_run(FAILED)", "stop_run(FINISHED)", "stop_run(SKIPPED)", "stop_run(TIMED_OUT)", "enqueue", "retry",
    )  # fmt: skip
    assert QUEUE.meaning(S.TIMED_OUT) is ERROR
    assert QUEUE.final(SUCCESS) is S.FINISHED
    assert QUEUE.final(CANCELED) is None
    assert QUEUE.reachable(S.STARTED) == {S.RETRYING, S.FINISHED, S.SKIPPED, S.FAILED, S.TIMED_OUT}
    assert QUEUE.destination("stop_run", S.STARTED) is S.FINISHED
    assert QUEUE.destination("stop_run", S.STARTED, S.SKIPPED) is S.SKIPPED
    with pytest.raises(ValueError, match="OTHER is not a status of this lifecycle; its statuses are: CREATED, QUEUED, STARTED"):
        QUEUE.meaning(T.OTHER)  # type: ignore[arg-type]


def test_a_job_shows_its_own_words_and_answers_by_their_meaning() -> None:
    job = JobStatus(lifecycle=QUEUE, name="thumbnail 17")
    assert (job.status, job.meaning, job.waiting, str(job)) == (S.CREATED, WAITING, True, "CREATED")
    with pytest.raises(InvalidTransition, match=r"^thumbnail 17: cannot suspend while CREATED; allowed now: enqueue$"):
        job.suspend()  # which no row has
    job.trigger("enqueue")
    job.start_run()
    assert (job.running, job.status) == (True, S.STARTED)
    job.stop_run(S.SKIPPED, "nothing to do")
    assert (job.success, job.completed, job.progress, job.stop_message) == (True, True, 1.0, "nothing to do")
    assert repr(job).startswith("<JobStatus 'thumbnail 17' SKIPPED, 100%, ")


def test_a_meaning_stands_for_the_first_final_status_that_can_be_reached() -> None:
    job = JobStatus(lifecycle=QUEUE)
    job.trigger("enqueue")
    job.stop_run(ERROR, "no worker")
    assert (job.status, job.stop_message) == (S.FAILED, "no worker")
    with pytest.raises(ValueError, match="must be one of FAILED, FINISHED, SKIPPED, TIMED_OUT, CANCEL_REQUESTED, not CANCELED"):
        job.stop_run(CANCELED)
    rows = (
        Transition("start_run", S.QUEUED, S.STARTED),
        Transition("stop_run", S.STARTED, S.TIMED_OUT),
        Transition("stop_run", S.QUEUED, S.FAILED),
    )
    job = JobStatus(lifecycle=Lifecycle(rows, means=MEANS))
    job.stop_run(ERROR)
    assert job.status is S.FAILED, "TIMED_OUT comes first, but nothing leads there from QUEUED"


def test_a_job_of_ones_own_ends_as_its_block_does() -> None:
    job = JobStatus(lifecycle=QUEUE)
    job.trigger("enqueue")
    with job.run():
        pass
    assert job.status is S.FINISHED
    job = JobStatus(lifecycle=QUEUE)
    job.trigger("enqueue")
    with pytest.raises(KeyboardInterrupt), job.run():
        raise KeyboardInterrupt
    assert job.status is S.FAILED, "no final status means CANCELED"


def test_observations_are_of_members_of_the_enum() -> None:
    job = JobStatus(lifecycle=QUEUE)
    assert job.observe(S.STARTED, at=10.0) is Observation.MOVED
    assert [(move.trigger, move.dest) for move in job.history] == [("enqueue", S.QUEUED), ("observe", S.STARTED)]
    assert job.observe(S.RETRYING) is Observation.STALE
    assert job.observe(S.RETRYING, attempt=2) is Observation.MOVED
    assert job.observe(S.STARTED, attempt=1) is Observation.STALE
    assert job.observe(S.STARTED) is Observation.MOVED
    assert (job.attempt, job.start_timestamp) == (2, None)
    assert job.observe(S.LOST) is Observation.MOVED
    assert (job.unknown, job.maybe_completed) == (True, True)
    with pytest.raises(TypeError, match=r"observe takes a S, not <RunningStatus.RUNNING: 1>$"):
        job.observe(RUNNING)  # type: ignore[arg-type]


def test_a_status_that_only_a_requeue_leads_to_implies_one() -> None:
    job = JobStatus(lifecycle=QUEUE)
    assert job.observe(S.RETRYING) is Observation.MOVED
    assert (job.attempt, job.waiting) == (1, True)
    assert JobStatus.from_dict(job.to_dict(), lifecycle=QUEUE).to_dict() == job.to_dict()


def test_a_job_survives_as_a_dict_a_pickle_and_a_copy() -> None:
    job = JobStatus(lifecycle=QUEUE, name="thumbnail 17")
    job.trigger("enqueue")
    data = job.to_dict()
    assert (data["name"], data["status"], data["meaning"]) == ("thumbnail 17", "QUEUED", "WAITING")
    for twin in (JobStatus.from_dict(data, lifecycle=QUEUE), pickle.loads(pickle.dumps(job)), copy.copy(job), copy.deepcopy(job)):
        assert twin.to_dict() == data
        assert (twin.status, twin.lifecycle) == (S.QUEUED, QUEUE)
    with pytest.raises(ValueError, match="status must be one of WAITING, RUNNING, SUCCESS"):
        JobStatus.from_dict(data)


def test_extend_takes_the_meanings_of_new_statuses() -> None:
    class Words(Enum):
        A = 1
        B = 2
        C = 3

    small = Lifecycle([Transition("stop_run", Words.A, Words.B)], means={Words.A: RUNNING, Words.B: SUCCESS})
    assert JobStatus(lifecycle=small).attempt == 1, "it runs from the beginning"
    larger = small.extend(Transition("stop_run", Words.A, Words.C), means={Words.C: CANCELED})
    assert larger.meaning(Words.C) is CANCELED
    assert larger.meaning(Words.A) is RUNNING
    with pytest.raises(TypeError, match=r"the meaning of Words.C must be a member of RunningStatus, not None"):
        small.extend(Transition("stop_run", Words.A, Words.C))


def reader(meanings: dict[str, RunningStatus]) -> Callable[[Any], RunningStatus]:
    return lambda status: meanings[status.name]


def test_enums_of_every_kind() -> None:
    class Number(IntEnum):
        ZERO = 0
        ONE = 1

    class Word(StrEnum):
        EMPTY = ""
        FULL = "full"

    class Mixin(str, Enum):  # noqa: UP042  # the older way to have one
        ON = "on"
        OFF = "off"

    class Same(Enum):
        ON = 1
        OFF = 2

        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = None  # type: ignore[assignment]

    enums: list[Any] = [Number, Word, Mixin, Same, Enum("Made", {word: word for word in ("up", "down")})]
    for enum in enums:
        first, last = enum
        meanings = {first.name: WAITING, last.name: ERROR}
        rows: list[Any] = [Transition("stop_run", first, last)]
        lifecycle: Lifecycle[Any] = Lifecycle(rows, means=reader(meanings))
        job = JobStatus(lifecycle=lifecycle)
        assert job.status is first
        assert job.observe(first) is Observation.UNCHANGED
        job.stop_run(last)
        assert job.status is last
        assert job.failed
        assert lifecycle.extend().statuses == (first, last)
        assert JobStatus.from_dict(job.to_dict(), lifecycle=lifecycle).status is last


def test_a_request_without_a_status_of_its_own_is_remembered() -> None:
    rows = (Transition("request_cancel", S.STARTED, S.STARTED), Transition("stop_run", S.STARTED, S.FAILED))
    job = JobStatus(lifecycle=Lifecycle(rows, means=MEANS))
    job.request_cancel("enough")
    assert (job.status, job.cancel_requested, job.stop_message) == (S.STARTED, True, "enough")


def test_a_job_that_is_held_before_it_starts_is_in_one_attempt() -> None:
    class Slurm(Enum):
        PENDING = 1
        HELD = 2
        RUNNING = 3
        DONE = 4

    rows = (
        Transition("suspend", Slurm.PENDING, Slurm.HELD),
        Transition("release", Slurm.HELD, Slurm.PENDING),
        Transition("start_run", Slurm.PENDING, Slurm.RUNNING),
        Transition("stop_run", Slurm.RUNNING, Slurm.DONE),
    )
    means = {Slurm.PENDING: WAITING, Slurm.HELD: SUSPENDED, Slurm.RUNNING: RUNNING, Slurm.DONE: SUCCESS}
    job = JobStatus(lifecycle=Lifecycle(rows, means=means))
    job.suspend()
    assert job.suspended_time is not None
    assert job.observe(Slurm.PENDING) is Observation.MOVED, "a release, not a requeue"
    job.start_run()
    assert job.suspended_time == 0.0, "it is of the time since the start"


@pytest.mark.parametrize(
    ("rows", "means", "error", "text"),
    [
        pytest.param(
            ROWS, None, TypeError, "means must say what each S means, as a mapping or a function, not None", id="no means"
        ),
        pytest.param(
            ROWS,
            {S.CREATED: WAITING},
            ValueError,
            "S.QUEUED has no meaning: means must give it one, a member of RunningStatus",
            id="none",
        ),
        pytest.param(
            ROWS,
            {**MEANS, S.QUEUED: "waiting"},
            TypeError,
            "the meaning of S.QUEUED must be a member of RunningStatus, not 'w",
            id="word",
        ),
        pytest.param(
            ROWS,
            {**MEANS, S.QUEUED: UNKNOWN},
            ValueError,
            "S.QUEUED and S.LOST mean UNKNOWN, but only one status may",
            id="two UNKNOWN",
        ),
        pytest.param(
            (*ROWS, Transition("x", T.OTHER, T.OTHER)),
            MEANS,
            TypeError,
            "row 13 .*: its statuses are members of T, but those of",
            id="T",
        ),
        pytest.param(
            (Transition("stop_run", S.FINISHED, S.FAILED),), MEANS, ValueError, "FINISHED means SUCCESS", id="begins at the end"
        ),
        pytest.param(
            (Transition("start_run", S.QUEUED, S.STARTED),),
            MEANS,
            ValueError,
            r"row 1 .*: QUEUED has no path to a final status",
            id="no end",
        ),
        pytest.param(
            (*ROWS, Transition("lose", S.STARTED, S.LOST)),
            MEANS,
            ValueError,
            "row 13 .*: only observe leads into LOST",
            id="into UNKNOWN",
        ),
    ],
)
def test_a_definition_that_is_wrong_is_one_sentence(rows: Any, means: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text) as raised:
        Lifecycle(rows, means)
    assert "\n" not in str(raised.value)


def test_the_initial_status_is_one_of_its_own() -> None:
    assert Lifecycle(ROWS[1:], MEANS, initial=S.QUEUED).initial is S.QUEUED
    with pytest.raises(ValueError, match="the initial status must be one that a row leads from, not OTHER"):
        Lifecycle(ROWS, MEANS, initial=T.OTHER)  # type: ignore[misc]


def test_names_that_a_machine_understands_otherwise_are_refused() -> None:
    star = Enum("star", {"*": 1, "done": 2})
    first, last = star
    with pytest.raises(ValueError, match=r"a status cannot be named '\*'"):
        Lifecycle([Transition("stop_run", first, last)], means=lambda status: SUCCESS if status is last else RUNNING)


def test_a_status_behind_guards_that_never_hold_is_refused() -> None:
    rows = (
        Transition("stop_run", S.STARTED, S.FAILED),
        Transition("give_up", S.STARTED, S.TIMED_OUT, Guard.CANCEL_REQUESTED),  # nothing requests a cancel
    )
    with pytest.raises(ValueError, match="no move leads to TIMED_OUT: the guards of the rows that lead there never hold"):
        Lifecycle(rows, MEANS)


def test_a_lifecycle_that_has_no_name_is_pickled_by_its_rows() -> None:
    nameless = QUEUE.extend(Transition("withdraw", S.CREATED, S.FAILED))
    assert pickle.loads(pickle.dumps([nameless]))[0] == nameless
    assert pickle.loads(pickle.dumps(QUEUE)) is QUEUE
    assert copy.deepcopy(nameless) is nameless
    assert b"WAITING" not in pickle.dumps(JOB_LIFECYCLE)


class Thumbnail(JobStatus[S]):
    """A job class of somebody's own, with a method for a trigger of its own."""

    def __init__(self, name: str) -> None:
        super().__init__(lifecycle=QUEUE, name=name)
        self.size = 64

    def enqueue(self, mesg: str | None = None) -> bool:
        return self.trigger("enqueue", mesg)


def test_a_subclass_has_typed_methods_and_keeps_its_attributes() -> None:
    job = Thumbnail("thumbnail 18")
    assert job.enqueue()
    for twin in (copy.copy(job), pickle.loads(pickle.dumps(job))):
        assert (type(twin), twin.size, twin.name, twin.status) == (Thumbnail, 64, "thumbnail 18", S.QUEUED)
