"""Many jobs read as one: what is true of them, at one moment, and what one does with all of them."""

from __future__ import annotations

import asyncio
import pickle
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from enum import StrEnum
from itertools import combinations_with_replacement
from queue import SimpleQueue
from random import Random
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import job_status._group
from job_status import JOB_LIFECYCLE, InvalidTransition, JobGroup, JobStatus, Lifecycle, Move, RunningStatus, Transition
from job_status._tally import Place

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus
FINALS = (SUCCESS, ERROR, CANCELED)
THREADS = 16


class Stage(StrEnum):
    """Statuses of one's own; the names and values say nothing of what they mean."""

    NEW = "new"
    RETRYING = "retrying"
    BUSY = "busy"
    DONE = "done"
    SKIPPED = "skipped"
    TIMED_OUT = "timed out"


STAGES = Lifecycle(
    (
        Transition("start_run", Stage.NEW, Stage.BUSY),
        Transition("requeue", Stage.BUSY, Stage.RETRYING),
        Transition("start_run", Stage.RETRYING, Stage.BUSY),
        Transition("stop_run", Stage.BUSY, Stage.DONE),
        Transition("stop_run", Stage.BUSY, Stage.SKIPPED),
        Transition("stop_run", Stage.BUSY, Stage.TIMED_OUT),
    ),
    means=dict(zip(Stage, (WAITING, WAITING, RUNNING, SUCCESS, SUCCESS, ERROR), strict=True)),
)


def at(status: RunningStatus) -> JobStatus:
    """A job there, reported at a time by somebody."""
    job = JobStatus()
    job.observe(status, at=1_750_000_000.0)
    assert job.status is status
    return job


def running() -> JobStatus:
    job = JobStatus()
    job.start_run()
    return job


def made(created: float, started: float, lasted: float, end: RunningStatus = SUCCESS, mesg: str | None = None) -> JobStatus:
    """A job of which a server states the times."""
    job = running()
    job.stop_run(end, mesg)
    job.update_times(created, started, lasted)
    return job


class Wrapped:
    """A job of another class, with the public interface of a JobStatus and nothing else; `before` is called at each look at it."""

    def __init__(self, job: JobStatus[Any], before: Callable[[], object] = lambda: None) -> None:
        self._wrapped, self._before = job, before

    @property
    def meaning(self) -> RunningStatus:
        found: RunningStatus = self._wrapped.meaning
        self._before()
        return found

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._wrapped, name)


# -- the verdict

#: what is true of jobs with these meanings, however many there are of each: W WAITING, R RUNNING, S SUCCESS, E ERROR, C CANCELED,
#: H SUSPENDED (halted), Q CANCEL_REQUESTED, U UNKNOWN
VERDICTS = {
    WAITING: "- W",
    CANCEL_REQUESTED: """
        Q QR QU QH QW QE QC QS QRU QRH QRW QRE QRC QRS QUH QUW QUE QUC QUS QHW QHE QHC QHS QWE QWC QWS QEC QES QCS QRUH QRUW
        QRUE QRUC QRUS QRHW QRHE QRHC QRHS QRWE QRWC QRWS QREC QRES QRCS QUHW QUHE QUHC QUHS QUWE QUWC QUWS QUEC QUES QUCS
        QHWE QHWC QHWS QHEC QHES QHCS QWEC QWES QWCS QECS""",
    RUNNING: """
        R RU RH RW RE RC RS WE WC WS RUH RUW RUE RUC RUS RHW RHE RHC RHS RWE RWC RWS REC RES RCS UWE UWC UWS HWE HWC HWS WEC
        WES WCS RUHW RUHE RUHC RUHS RUWE RUWC RUWS RUEC RUES RUCS RHWE RHWC RHWS RHEC RHES RHCS RWEC RWES RWCS RECS UHWE UHWC
        UHWS UWEC UWES UWCS HWEC HWES HWCS WECS""",
    UNKNOWN: "U UH UW UE UC US UHW UHE UHC UHS UEC UES UCS UHEC UHES UHCS UECS",
    SUSPENDED: "H HW HE HC HS HEC HES HCS HECS",
    ERROR: "E EC ES ECS",
    CANCELED: "C CS",
    SUCCESS: "S",
}
LETTERS = {"W": WAITING, "R": RUNNING, "S": SUCCESS, "E": ERROR, "C": CANCELED, "H": SUSPENDED, "Q": CANCEL_REQUESTED, "U": UNKNOWN}
TABLE = {
    frozenset(LETTERS[letter] for letter in word.strip("-")): verdict
    for verdict, words in VERDICTS.items()
    for word in words.split()
}


def test_what_is_true_of_every_group_of_up_to_four_jobs() -> None:
    groups = [meanings for size in range(5) for meanings in combinations_with_replacement(RunningStatus, size)]
    assert len(groups) == 495
    assert len(TABLE) == 163
    found = {meanings: JobGroup(map(at, meanings)).status for meanings in groups}
    assert found == {meanings: TABLE[frozenset(meanings)] for meanings in groups}


TRUE_OF = {
    "waiting": {WAITING},
    "running": {RUNNING, CANCEL_REQUESTED},
    "suspended": {SUSPENDED},
    "completed": {SUCCESS, ERROR, CANCELED},
    "success": {SUCCESS},
    "canceled": {CANCELED},
    "failed": {CANCELED, ERROR},
    "unknown": {UNKNOWN},
    "maybe_completed": {SUCCESS, ERROR, CANCELED, UNKNOWN},
}


@pytest.mark.parametrize("status", RunningStatus, ids=lambda status: status.name)
def test_a_group_of_one_job_reads_like_the_job(status: RunningStatus) -> None:
    job = at(status)
    job.update_times(1000.0, 1060.0, 20.0)
    group = JobGroup([job])
    assert {name for name, statuses in TRUE_OF.items() if status in statuses} == {name for name in TRUE_OF if getattr(group, name)}
    same = (*TRUE_OF, "status", "meaning", "cancel_requested", "progress", "creation_timestamp", "start_timestamp", "duration",
            "completion_timestamp")  # fmt: skip
    assert {name: getattr(group, name) for name in same} == {name: getattr(job, name) for name in same}
    assert (group(), str(group)) == (job(), str(job))


def nested(draw: st.DrawFn, jobs: list[JobStatus[Any]]) -> list[Any]:
    """The jobs, some of them in groups."""
    parts: list[Any] = []
    while jobs:
        size = draw(st.integers(1, len(jobs)))
        part, jobs = jobs[:size], jobs[size:]
        parts += [JobGroup(nested(draw, part) if draw(st.booleans()) else part)] if draw(st.booleans()) else part
    return parts


def reading(group: JobGroup[Any]) -> dict[str, Any]:
    names = (*TRUE_OF, "status", "counts", "counts_by_name", "cancel_requested", "progress", "phase", "stop_message", "duration",
             "creation_timestamp", "start_timestamp", "completion_timestamp")  # fmt: skip
    return {name: getattr(group, name) for name in names} | {"order": list(group.counts_by_name), "repr": repr(group)}


@given(st.data())
def test_neither_order_nor_nesting_matters(data: st.DataObject) -> None:
    jobs = [at(status) for status in data.draw(st.lists(st.sampled_from(RunningStatus), max_size=8))]
    for number, job in enumerate(jobs):
        job.update_times(1000.0 + 0.1 * number, 1060.0 - number, 20.3 * number)
        if job.running:
            job.update_progress(0.1 * number, data.draw(st.sampled_from(["cut", "glue"])))
    shuffled = data.draw(st.permutations(jobs))
    assert reading(JobGroup(data.draw(st.composite(nested)(shuffled)))) == reading(JobGroup(jobs))


@given(st.lists(st.sampled_from(RunningStatus)))
def test_a_group_with_a_live_job_is_never_completed(statuses: list[RunningStatus]) -> None:
    group = JobGroup(map(at, statuses))
    assert group.completed is (statuses != [] and all(status in FINALS for status in statuses))


def test_statuses_of_several_lifecycles_count_by_what_they_mean() -> None:
    stages = [JobStatus(lifecycle=STAGES) for _ in range(5)]
    for job in stages[1:4]:
        job.start_run()
    stages[1].trigger("requeue")
    stages[2].stop_run(Stage.SKIPPED)
    group: JobGroup[Any] = JobGroup([*stages, at(SUSPENDED), Wrapped(at(ERROR))])
    assert group.counts == dict.fromkeys(RunningStatus, 0) | {WAITING: 3, RUNNING: 1, SUCCESS: 1, SUSPENDED: 1, ERROR: 1}
    assert group.counts_by_name == {"NEW": 2, "RETRYING": 1, "BUSY": 1, "SKIPPED": 1, "ERROR": 1, "SUSPENDED": 1}
    assert list(group.counts_by_name) == ["NEW", "RETRYING", "BUSY", "SKIPPED", "ERROR", "SUSPENDED"]
    assert group.status is RUNNING
    assert repr(group) == "<JobGroup RUNNING, 14%: 2 NEW, 1 RETRYING, 1 BUSY, 1 SKIPPED, 1 ERROR, 1 SUSPENDED>"


def test_a_group_is_live_and_read_only() -> None:
    first, second = JobStatus(name="first"), JobStatus(name="second")
    group = JobGroup([first, JobGroup([second, first])], name="sweep")
    assert (group.name, group.jobs, list(group), len(group)) == ("sweep", (first, second), [first, second], 2)
    assert repr(group) == "<JobGroup 'sweep' WAITING, 0%: 2 WAITING>"
    first.start_run()
    first.update_progress(0.5)
    assert (group.status, group.progress) == (RUNNING, 0.25)
    first.stop_run()
    second.stop_run(ERROR)
    assert repr(group) == "<JobGroup 'sweep' ERROR, 50%: 1 SUCCESS, 1 ERROR>"
    for name in ("status", "progress", "name", "jobs"):
        with pytest.raises(AttributeError):
            setattr(group, name, None)
    copy = pickle.loads(pickle.dumps(group))
    assert reading(copy) == reading(group)
    assert copy.jobs[0] is not first


def test_no_jobs() -> None:
    group: JobGroup[JobStatus] = JobGroup()
    assert (group.status, group.progress, group.phase, group.counts_by_name) == (WAITING, 0.0, None, {})
    assert repr(group) == "<JobGroup WAITING, 0%: no jobs>"
    times = group.creation_timestamp, group.start_timestamp, group.completion_timestamp, group.duration, group.running_time
    assert times == (None,) * 5
    assert group.request_cancel() == ()
    assert not group.wait()
    assert not asyncio.run(group.wait_async())
    assert list(group.as_completed()) == []


NOT_JOBS = [
    ([1], "a group is made of jobs, and 1 is none: it has not the interface of a JobStatus"),
    ("ab", "a group is made of jobs, and 'a' is none: it has not the interface of a JobStatus"),
    ([RUNNING], "a group is made of jobs, and <RunningStatus.RUNNING: 1> is none: it has not the interface of a JobStatus"),
    ([JobStatus], "is none: it has not the interface of a JobStatus"),
    ([JOB_LIFECYCLE], "is none: it has not the interface of a JobStatus"),
    (JobStatus(), "a group is made of several jobs, such as a list, not of <JobStatus WAITING, 0%>"),
    (5, "a group is made of several jobs, such as a list, not of 5"),
]


@pytest.mark.parametrize(("jobs", "problem"), NOT_JOBS, ids=lambda value: str(value)[:20])
def test_what_is_no_job_is_refused(jobs: Any, problem: str) -> None:
    with pytest.raises(TypeError) as error:
        JobGroup(jobs)
    assert str(error.value).endswith(problem)


def test_other_bad_arguments_are_refused() -> None:
    with pytest.raises(TypeError, match=r"^the name of a group must be a str or None, not 3$"):
        JobGroup([JobStatus()], name=3)  # type: ignore[call-overload]
    group = JobGroup([JobStatus()])
    with pytest.raises(TypeError, match=r"^a listener is called as listener\(group, move\), which 5 cannot be$"):
        group.subscribe(5)  # type: ignore[arg-type]
    for call in (group.wait, group.as_completed, lambda timeout: asyncio.run(group.wait_async(timeout))):
        with pytest.raises(ValueError, match=r"^timeout must be a finite number of seconds or None, not nan$"):
            call(float("nan"))


# -- progress, messages and times


def test_the_phase_is_that_of_all_jobs_that_run() -> None:
    jobs = [running(), running(), JobStatus()]
    group = JobGroup(jobs)
    assert group.phase is None
    jobs[0].update_progress(0.5, "glue")
    assert group.phase is None
    jobs[1].update_progress(0.5, "glue")
    jobs[1].request_cancel()
    assert group.phase == "glue"
    jobs[0].stop_run()
    jobs[1].stop_run()
    assert jobs[0].phase == "glue"
    assert JobGroup(jobs).phase is None


def test_the_message_is_of_the_first_job_that_made_the_group_what_it_is() -> None:
    late, early, other = made(0, 5, 9, ERROR, "late"), made(0, 5, 3, ERROR, "early"), made(0, 5, 1, CANCELED, "other")
    silent = made(0, 5, 0.5, ERROR)
    live = running()
    group = JobGroup([late, silent, early, other, live])
    said = [group.stop_message]
    live.request_cancel("enough")
    said.append(group.stop_message)
    live.stop_run()
    said.append(group.stop_message)
    assert (said, group.status) == ([None, "enough", "early"], ERROR)
    assert JobGroup([other, live]).stop_message == "other"
    assert JobGroup([live]).stop_message is None
    assert JobGroup([silent]).stop_message is None
    untimed = JobStatus()
    untimed.observe(ERROR, "a message of an unknown time")
    assert JobGroup([untimed, late]).stop_message == "late"
    assert JobGroup([untimed]).stop_message == "a message of an unknown time"


def test_times_run_from_the_first_start_to_the_last_stop() -> None:
    first, last, never = made(100.0, 160.0, 5.0), made(90.0, 170.0, 40.0), made(95.0, 165.0, 10.0, CANCELED)
    group = JobGroup([first, last, never])
    assert (group.creation_timestamp, group.start_timestamp) == (90.0, 160.0)
    assert (group.completion_timestamp, group.duration, group.running_time) == (210.0, 50.0, 50.0)


def test_times_of_a_group_that_runs() -> None:
    waits, runs = JobStatus(), running()
    group = JobGroup([waits, made(100.0, 160.0, 5.0), runs])
    assert (group.start_timestamp, group.completion_timestamp, group.duration) == (160.0, None, None)
    runs.update_times(start_time=time.time() - 30.0)
    seconds = JobGroup([waits, runs]).running_time
    assert seconds is not None
    assert seconds == pytest.approx(30.0, abs=20.0)
    runs.update_times(start_time=time.time() + 1000.0)  # another clock
    assert JobGroup([runs]).running_time == 0.0
    assert JobGroup([waits]).running_time is None


def test_a_job_that_never_started_does_not_count_as_a_start() -> None:
    canceled, asked = JobStatus(), JobStatus()
    held = JobStatus(lifecycle=JOB_LIFECYCLE.extend(Transition("hold", WAITING, SUSPENDED)))
    canceled.stop_run(CANCELED)
    held.trigger("hold")
    asked.request_cancel()
    assert JobGroup([canceled]).duration == 0.0
    assert JobGroup([canceled]).start_timestamp is None
    assert JobGroup([canceled, made(100.0, 160.0, 5.0), held, asked]).start_timestamp == 160.0
    assert JobGroup([made(100.0, 160.0, 5.0), made(100.0, 150.0, 5.0)]).duration == 15.0


def test_an_unknown_time_makes_those_of_the_group_unknown() -> None:
    known = made(100.0, 160.0, 5.0)
    unseen, elsewhere = JobStatus(), JobStatus()
    unseen.observe(RUNNING)
    elsewhere.observe(SUCCESS)
    assert JobGroup([known, unseen]).start_timestamp is None
    assert JobGroup([known, unseen]).running_time is None
    for job in (unseen, elsewhere):
        job.observe(SUCCESS)
        group = JobGroup([known, job])
        assert group.completed
        assert (group.start_timestamp, group.completion_timestamp, group.duration, group.running_time) == (None,) * 4
    lasted = JobStatus()
    lasted.observe(SUCCESS)
    lasted.update_times(duration=5.0)
    assert (lasted.duration, JobGroup([lasted]).duration) == (5.0, None)


def test_a_job_that_may_have_started_makes_the_start_unknown() -> None:
    known = made(100.0, 160.0, 5.0)
    asked, unheard = JobStatus(), JobStatus()
    asked.observe(RUNNING)
    asked.request_cancel()
    unheard.observe(UNKNOWN)
    for job in (asked, unheard):
        assert JobGroup([known, job]).start_timestamp is None


# -- what is read was true


@contextmanager
def eager_threads() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def test_what_is_read_while_16_threads_move_1000_jobs_was_true() -> None:
    """The threads pass one baton on, from any job to any other: one resumes before the other is suspended, so one or two run.

    To read one job after the other would see the baton nowhere, or in three places.
    """
    jobs = [running() for _ in range(1000)]
    for job in jobs[1:]:
        job.suspend()
    group, enough, ready, turn = JobGroup(jobs), threading.Event(), threading.Barrier(THREADS + 1), threading.Lock()
    passed = [jobs[0]]

    def run(number: int) -> None:
        random = Random(number)
        ready.wait()
        while not enough.is_set():
            with turn:
                following = random.choice(jobs)
                if following is not passed[-1]:
                    following.resume()
                    passed[-1].suspend()
                    passed.append(following)

    seen: list[tuple[dict[RunningStatus, int], RunningStatus]] = []
    with ThreadPoolExecutor(THREADS) as pool, eager_threads():
        done = [pool.submit(run, number) for number in range(THREADS)]
        ready.wait()
        try:
            while len(seen) < 500 or len(passed) < 500:
                seen.append((group.counts, group.status))
        finally:
            enough.set()
        for future in done:
            future.result()
    assert {counts[RUNNING] for counts, _ in seen} <= {1, 2}
    assert all(counts[RUNNING] + counts[SUSPENDED] == 1000 for counts, _ in seen)
    assert {status for _, status in seen} == {RUNNING}


def test_jobs_of_another_class_that_move_while_they_are_read() -> None:
    """The first is looked at, then moves before the others are looked at: both times what is seen has never been."""
    first, second, third = JobStatus(), running(), JobStatus()

    def move_on() -> None:
        if first.waiting:
            first.start_run()
            second.stop_run()
        elif first.running:
            first.stop_run()
            third.start_run()

    group: JobGroup[Any] = JobGroup([Wrapped(first, move_on), Wrapped(second), Wrapped(third)])
    assert group.counts == dict.fromkeys(RunningStatus, 0) | {RUNNING: 1, SUCCESS: 2}


def test_jobs_of_two_kinds_that_move_while_they_are_read() -> None:
    waits, runs = JobStatus(), running()

    class Teller:
        @staticmethod
        def _places(jobs: Sequence[Any]) -> list[Place]:
            found = [Place(job.status.name, job.meaning, job.cancel_requested) for job in jobs]
            if waits.waiting:
                waits.start_run()
                runs.stop_run()
            return found

    class Stored(Wrapped):
        _teller = Teller()

    group: JobGroup[Any] = JobGroup([Stored(waits), runs])
    assert group.counts == dict.fromkeys(RunningStatus, 0) | {RUNNING: 1, SUCCESS: 1}


def test_jobs_of_another_class_that_never_stand_still_are_read_all_the_same() -> None:
    restless = running()
    group: JobGroup[Any] = JobGroup(
        [Wrapped(restless, lambda: restless.suspend() if restless.status is RUNNING else restless.resume())]
    )
    assert group.status in (RUNNING, SUSPENDED)


def test_a_subclass_that_reads_its_status_elsewhere_is_read_there() -> None:
    class Stored(JobStatus):
        __slots__ = ()

        @property
        def meaning(self) -> RunningStatus:
            return ERROR

    assert JobGroup([Stored(), JobStatus()]).counts == dict.fromkeys(RunningStatus, 0) | {WAITING: 1, ERROR: 1}


def test_a_class_whose_jobs_can_be_read_all_at_once_is_asked_once() -> None:
    asked: list[int] = []

    class Teller:
        @staticmethod
        def _places(jobs: Sequence[Any]) -> list[Place]:
            asked.append(len(jobs))
            return [Place(job.status.name, job.meaning, job.cancel_requested) for job in jobs]

    class Stored(Wrapped):
        _teller = Teller()

    stored: JobGroup[Any] = JobGroup([Stored(running()), Stored(at(ERROR)), Stored(running())])
    assert (stored.status, stored.counts_by_name) == (RUNNING, {"RUNNING": 2, "ERROR": 1})
    assert asked == [3, 3]
    mixed: JobGroup[Any] = JobGroup([stored, JobStatus(), Wrapped(at(CANCELED))])
    assert mixed.counts_by_name == {"WAITING": 1, "RUNNING": 2, "ERROR": 1, "CANCELED": 1}


# -- listening


def log(group: JobGroup[Any], *, progress: bool = False) -> tuple[list[str], Callable[[], None]]:
    calls: list[str] = []

    def listener(caller: JobGroup[Any], move: Move[RunningStatus]) -> None:
        assert caller is group
        calls.append(f"{move.trigger}: {move.source.name} -> {move.dest.name}{f' ({move.mesg})' if move.mesg else ''}")

    return calls, group.subscribe(listener, progress=progress)


def test_a_listener_is_called_when_the_group_changes() -> None:
    jobs = [JobStatus(), JobStatus()]
    calls, unsubscribe = log(JobGroup(jobs))
    jobs[0].start_run()
    jobs[0].update_progress(0.5)
    jobs[1].start_run()
    jobs[0].stop_run()
    jobs[1].request_cancel("enough")
    jobs[1].stop_run(ERROR, "no photons")
    assert calls == [
        "start_run: WAITING -> RUNNING",
        "request_cancel: RUNNING -> CANCEL_REQUESTED (enough)",
        "stop_run: CANCEL_REQUESTED -> ERROR (no photons)",
    ]
    unsubscribe()
    unsubscribe()
    assert [job._listeners for job in jobs] == [(), ()]


def test_a_listener_to_progress_is_called_at_every_move_and_report() -> None:
    jobs = [running(), running()]
    calls, unsubscribe = log(JobGroup(jobs), progress=True)
    jobs[0].update_progress(0.5)
    jobs[0].stop_run()
    jobs[1].stop_run(CANCELED)
    unsubscribe()
    assert calls == ["update_progress: RUNNING -> RUNNING", "stop_run: RUNNING -> RUNNING", "stop_run: RUNNING -> CANCELED"]


def test_the_move_of_a_group_has_the_time_of_the_jobs_move() -> None:
    job = JobStatus()
    moves: list[Move[Any]] = []
    JobGroup([job]).subscribe(lambda _, move: moves.append(move))
    job.observe(RUNNING, "on node 7", at=1_750_000_000.0)
    assert moves == [Move("observe", WAITING, RUNNING, 1_750_000_000.0, "on node 7")]


def test_a_listener_that_fails_is_logged_and_disturbs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    job = JobStatus()
    group = JobGroup([job])
    group.subscribe(lambda *_: 1 // 0)
    calls, _ = log(group)
    job.start_run()
    assert calls == ["start_run: WAITING -> RUNNING"]
    assert [record.message.partition(" on ")[0] for record in caplog.records] == ["a listener failed"]


def test_a_change_that_never_was_is_not_passed_on() -> None:
    """One job is suspended after another was resumed, but it is the suspension that the group hears of first."""
    goes, comes = running(), running()
    comes.suspend()
    comes.subscribe(lambda *_: goes.suspend() if goes.running else None)
    calls, _ = log(JobGroup([goes, comes]))
    comes.resume()
    assert (goes.status, comes.status, calls) == (SUSPENDED, RUNNING, [])
    comes.suspend()
    assert calls == ["suspend: RUNNING -> SUSPENDED"]


def test_moves_while_it_begins_to_listen_are_not_lost() -> None:
    first, third = running(), running()

    class Busy(Wrapped):
        """As it is subscribed to, one job that is subscribed to already is suspended, and one that is not yet."""

        def subscribe(self, *args: Any, **options: Any) -> Any:
            first.suspend()
            third.suspend()
            return self._wrapped.subscribe(*args, **options)

    calls, _ = log(JobGroup([first, Busy(at(SUCCESS)), third]), progress=True)
    assert calls == []
    first.resume()
    first.suspend()
    assert calls == ["resume: SUSPENDED -> RUNNING", "suspend: RUNNING -> SUSPENDED"]


def test_a_job_that_cannot_be_listened_to_leaves_no_listener_behind() -> None:
    class Deaf(Wrapped):
        def subscribe(self, *_: Any, **__: Any) -> Any:
            raise OSError("the database is gone")

    job = JobStatus()
    group: JobGroup[Any] = JobGroup([job, Deaf(JobStatus())])
    calls: list[object] = []
    for call in (lambda: group.subscribe(lambda *args: calls.append(args)), lambda: list(group.as_completed())):
        with pytest.raises(OSError, match="the database is gone"):
            call()
    job.start_run()
    assert (calls, job._listeners) == ([], ())


def test_a_job_that_moves_on_while_its_move_is_noticed_is_counted_right() -> None:
    """As a signal handler can make it."""
    job, other = JobStatus(), running()

    def move_on() -> None:
        if job.running:
            job.stop_run(ERROR)

    group: JobGroup[Any] = JobGroup([Wrapped(job, move_on), other])
    calls, _ = log(group)
    job.start_run()
    assert (job.status, calls) == (ERROR, [])
    other.stop_run()
    assert calls == ["stop_run: RUNNING -> ERROR"]


def test_what_threads_do_to_the_jobs_reaches_the_listener_as_one_chain() -> None:
    jobs = [JobStatus() for _ in range(320)]
    group = JobGroup(jobs)
    moves: list[Move[Any]] = []
    group.subscribe(lambda _, move: moves.append(move))
    barrier = threading.Barrier(THREADS)

    def run(own: list[JobStatus]) -> None:
        barrier.wait()
        for job in own:
            job.start_run()
            job.suspend()
            job.resume()
            job.stop_run()

    with ThreadPoolExecutor(THREADS) as pool, eager_threads():
        for future in [pool.submit(run, jobs[number::THREADS]) for number in range(THREADS)]:
            future.result()
    ends = [move for move in moves if move.dest in FINALS]
    assert [move.dest for move in ends] == [SUCCESS]
    assert all(move.source is not move.dest for move in moves)
    changes = Counter((move.source, move.dest) for move in moves)
    for status in RunningStatus:  # each status is left as often as it is entered, but for the first and the last
        entered = sum(count for (_, dest), count in changes.items() if dest is status)
        left = sum(count for (source, _), count in changes.items() if source is status)
        assert entered - left == (status is SUCCESS) - (status is WAITING)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no timers that interrupt")
def test_a_signal_handler_may_move_the_jobs_of_a_group_that_is_listened_to() -> None:
    jobs = [running() for _ in range(4)]
    group = JobGroup(jobs)
    known = [group.status]
    group.subscribe(lambda _, move: known.append(move.dest))
    handled: list[bool] = []

    def toggle(job: JobStatus) -> None:
        try:
            (job.suspend if job.status is RUNNING else job.resume)()
        except InvalidTransition:
            handled.append(False)

    def handler(_number: int, _frame: FrameType | None) -> None:
        for job in jobs:
            toggle(job)
        handled.append(True)
        signal.setitimer(signal.ITIMER_REAL, 0.0001)

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.0001)
    try:
        deadline = time.monotonic() + 20
        while len(handled) < 1000 and time.monotonic() < deadline:
            for job in jobs:
                toggle(job)
    finally:
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert len(handled) >= 300, len(handled)
    for job in jobs:  # from here on every change is passed on, so nothing was left half done
        if job.status is SUSPENDED:
            job.resume()
    del known[:]
    for job in jobs:
        job.suspend()
    assert (known, group.status) == ([SUSPENDED], SUSPENDED)


# -- waiting


def test_wait_returns_when_the_last_job_is_over() -> None:
    jobs = [running() for _ in range(50)]
    group = JobGroup(jobs)
    assert not group.wait(0)
    assert not group.wait(0.01)
    with ThreadPoolExecutor(3) as pool:
        waits = [pool.submit(group.wait, 60), pool.submit(lambda: asyncio.run(group.wait_async(60)))]
        for job in reversed(jobs[1:]):
            job.stop_run(ERROR)
        assert not any(future.done() for future in waits)
        jobs[0].stop_run()
        assert [future.result() for future in waits] == [True, True]
    assert all(job._listeners == () for job in jobs)


def test_wait_async_gives_up_in_time() -> None:
    group = JobGroup([running(), running()])
    assert not asyncio.run(group.wait_async(0.01))
    assert not asyncio.run(group.wait_async(-1))


def test_jobs_are_yielded_as_they_complete() -> None:
    jobs = [running() for _ in range(6)]
    jobs[4].stop_run()
    seen: SimpleQueue[JobStatus] = SimpleQueue()

    def work() -> None:
        for number in (3, 0, 5, 2, 1):
            seen.get(timeout=60)  # the one before was yielded
            jobs[number].stop_run(ERROR)

    group = JobGroup([jobs[0], JobGroup(jobs)])
    with ThreadPoolExecutor(1) as pool:
        worker = pool.submit(work)
        order = []
        for job in group.as_completed(60):
            order.append(jobs.index(job))
            seen.put(job)
        worker.result()
    assert order == [4, 3, 0, 5, 2, 1]
    assert all(job._listeners == () for job in jobs)


def test_jobs_that_are_over_are_yielded_in_the_order_of_the_group_and_before_a_timeout() -> None:
    jobs = [at(SUCCESS), running(), at(ERROR), running()]
    found = []
    with pytest.raises(TimeoutError, match=r"^2 of 4 jobs have not completed in time$"):
        for job in JobGroup(jobs).as_completed(0.0):
            found.append(job)
    assert found == [jobs[0], jobs[2]]
    assert all(job._listeners == () for job in jobs)


def test_a_job_that_ends_as_the_waiting_begins_is_yielded_once() -> None:
    job = running()

    class Slow(Wrapped):
        """Until it is subscribed to, another job ends."""

        def subscribe(self, *args: Any, **options: Any) -> Any:
            job.stop_run()
            return self._wrapped.subscribe(*args, **options)

    slow = Slow(at(ERROR))
    group: JobGroup[Any] = JobGroup([job, slow, running()])
    found = []
    with pytest.raises(TimeoutError, match=r"^1 of 3 jobs have not completed in time$"):
        for each in group.as_completed(0.0):
            found.append(each)
    assert found == [job, slow]


def test_who_stops_waiting_leaves_nothing_behind() -> None:
    jobs = [at(SUCCESS), running()]
    for _ in JobGroup(jobs).as_completed():
        break
    del _
    assert all(job._listeners == () for job in jobs)


def test_an_end_that_nobody_was_told_of_is_found_by_looking_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_status._group, "LOOK_AGAIN", 0.001)

    class Silent(Wrapped):
        def subscribe(self, *_: Any, **__: Any) -> Any:
            return lambda: None

    job = running()
    group: JobGroup[Any] = JobGroup([at(SUCCESS), Silent(job)])
    over = group.as_completed()
    assert next(over).completed
    threading.Thread(target=job.stop_run).start()
    assert next(over).completed
    assert list(over) == []


# -- asking all to stop


def test_every_job_that_can_still_be_asked_to_stop_is_asked() -> None:
    jobs = [at(status) for status in RunningStatus]
    asked = JobGroup(jobs).request_cancel("enough")
    assert [job.status.name for job in jobs] == [
        "CANCEL_REQUESTED", "CANCEL_REQUESTED", "SUCCESS", "ERROR", "CANCELED", "CANCEL_REQUESTED", "CANCEL_REQUESTED",
        jobs[7].status.name,
    ]  # fmt: skip
    assert all(job in asked for job in (jobs[0], jobs[1], jobs[5]))
    assert all(job.stop_message == "enough" and job.cancel_requested for job in asked)
    assert not any(move.refused for job in jobs for move in job.history)
    assert JobGroup(jobs).request_cancel() == ()


def test_jobs_of_a_lifecycle_without_cancel_are_not_asked() -> None:
    job = JobStatus(lifecycle=STAGES)
    assert JobGroup([job, JobStatus(lifecycle=STAGES)]).request_cancel() == ()
    assert list(job.history) == []


def test_jobs_that_finish_while_they_are_asked_to_stop() -> None:
    jobs = [running() for _ in range(2000)]
    barrier = threading.Barrier(3)

    def finish(own: list[JobStatus]) -> None:
        barrier.wait()
        for job in own:
            job.stop_run()

    with ThreadPoolExecutor(2) as pool, eager_threads():
        work = [pool.submit(finish, jobs[::-1][number::2]) for number in range(2)]
        barrier.wait()
        asked = JobGroup(jobs).request_cancel("enough")
        for future in work:
            future.result()
    assert {job for job in jobs if job.cancel_requested} == set(asked)
    assert all(job.success for job in jobs)
