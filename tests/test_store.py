"""The store: its jobs do what jobs in memory do, on each database, whoever else moves them."""

from __future__ import annotations

import asyncio
import copy
import pickle
import random
import threading
import time
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from job_status import (
    JOB_LIFECYCLE,
    InvalidTransition,
    JobCanceled,
    JobCompleted,
    JobGone,
    JobStatus,
    Lifecycle,
    Move,
    Observation,
    RunningStatus,
    Superseded,
    Transition,
)
from job_status._facts import Claim
from job_status.store import JobStore, StoredJob
from job_status.testing import assert_invariants, check_document, races, thread_races

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus
DOCUMENT = (Path(__file__).parent / "job_lifecycle.transitions.md").read_text(encoding="utf-8")
REQUEUE = JOB_LIFECYCLE.extend(Transition("requeue", RUNNING, WAITING), Transition("requeue", UNKNOWN, WAITING))


class S(Enum):
    QUEUED = 1
    STARTED = 2
    RETRYING = 3
    DONE = 4
    SKIPPED = 5
    BROKEN = 6


ROWS = (
    Transition("start_run", S.QUEUED, S.STARTED),
    Transition("start_run", S.RETRYING, S.STARTED),
    Transition("retry", S.STARTED, S.RETRYING),
    Transition("update_progress", S.STARTED, S.STARTED),
    Transition("stop_run", S.STARTED, S.DONE),
    Transition("stop_run", S.STARTED, S.SKIPPED),
    Transition("stop_run", S.STARTED, S.BROKEN),
)
QUEUE = Lifecycle(
    ROWS, means={S.QUEUED: WAITING, S.RETRYING: WAITING, S.STARTED: RUNNING, S.DONE: SUCCESS, S.SKIPPED: SUCCESS, S.BROKEN: ERROR}
)


@pytest.fixture
def store(url: str) -> Iterator[JobStore[RunningStatus]]:
    with JobStore(url) as made:
        yield made


def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait for what another thread or process is about to do."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it has not come about"
        time.sleep(0.005)


# -- the same job as in memory


def test_the_tables_hold_for_stored_jobs(store: JobStore[RunningStatus]) -> None:
    assert check_document(DOCUMENT, JOB_LIFECYCLE, store.create) == []


def test_races_end_as_in_memory(store: JobStore[RunningStatus]) -> None:
    scripts = (["start_run", "stop_run(SUCCESS)"], ["request_cancel", "stop_run(CANCELED)"], ["observe(UNKNOWN)"])
    stored = races(JOB_LIFECYCLE, *scripts, factory=store.create)
    assert_invariants(stored)
    assert str(stored) == str(races(JOB_LIFECYCLE, *scripts))


def test_races_of_threads_have_an_explanation(store: JobStore[RunningStatus]) -> None:
    scripts = (["start_run", ("update_progress", 0.5), "stop_run(SUCCESS)"], ["request_cancel", "stop_run(CANCELED)"])
    assert_invariants(thread_races(JOB_LIFECYCLE, *scripts, factory=store.create, rounds=30))


def test_threads_with_objects_of_their_own_have_one_winner_each(store: JobStore[RunningStatus]) -> None:
    class Shared:
        """One job, by a new object in each call."""

        def __init__(self) -> None:
            self.id = store.create().id

        def __getattr__(self, name: str) -> Any:
            return getattr(store.get(self.id), name)

    scripts = (["start_run", "stop_run(SUCCESS)"], ["start_run", "stop_run(ERROR)"], ["request_cancel"])
    assert_invariants(thread_races(JOB_LIFECYCLE, *scripts, factory=Shared, rounds=20))


def known(job: JobStatus[Any]) -> dict[str, Any]:
    """All but when, since no two jobs are moved at the same time; and of refusals the latest of each kind."""
    fields = job.to_dict()
    latest = {(move["trigger"], move["dest"]): move for move in fields["history"] if move["refused"]}
    fields["history"] = [
        {**move, "timestamp": move["timestamp"] is None}
        for move in fields["history"]
        if not move["refused"] or latest[move["trigger"], move["dest"]] is move
    ]
    for name, value in fields.items():
        if name.endswith("timestamp") or name in ("duration", "suspended_time", "last_heard"):
            fields[name] = (value or 0.0) < 1000.0 and value is not None and name != "duration" and value
            fields[name] = value is None or (value if value < 1000.0 and name not in ("duration", "suspended_time") else True)
    return fields


def outcome(act: Callable[[], object]) -> object:
    try:
        return act()
    except (InvalidTransition, ValueError) as error:
        return type(error), str(error).partition(" (")[0]


CALLS: tuple[Callable[[JobStatus[Any]], object], ...] = (
    lambda job: job.start_run(),
    lambda job: job.update_progress(0.25, "a"),
    lambda job: job.update_progress(0.75, attempt=1),
    lambda job: job.update_progress(2.0),
    lambda job: job.request_cancel("enough"),
    lambda job: job.suspend("a pause"),
    lambda job: job.resume(),
    lambda job: job.stop_run(SUCCESS, "well", attempt=1),
    lambda job: job.stop_run(ERROR, "ill"),
    lambda job: job.stop_run(CANCELED),
    lambda job: job.trigger("requeue", "again"),
    lambda job: job.observe(UNKNOWN, "what?"),
    lambda job: job.observe(RUNNING, at=200.0),
    lambda job: job.observe(SUSPENDED, at=100.0),
    lambda job: job.observe(SUCCESS, at=300.0),
    lambda job: job.observe(RUNNING, attempt=2),
    lambda job: job.observe(WAITING, "back", attempt=2),
    lambda job: job.update_times(50.0, 60.0, 70.0),
    lambda job: job.update_times(start_time=150.0),
)


@pytest.mark.parametrize("seed", range(25))
def test_whatever_is_called_a_stored_job_is_what_one_in_memory_is(url: str, seed: int) -> None:
    choose = random.Random(seed)
    with JobStore(url, REQUEUE) as store:
        job, twin = store.create("a job"), JobStatus(lifecycle=REQUEUE, name="a job")
        other = store.get(job.id)
        for _ in range(14):
            call = choose.choice(CALLS)
            moved = choose.choice((job, other))
            moved._held = None  # whoever calls here does not speak for the attempt that it started
            assert outcome(lambda call=call, moved=moved: call(moved)) == outcome(lambda call=call: call(twin))  # type: ignore[misc]
            moved._flush()
            assert known(job) == known(twin) == known(other)
            assert JobStatus.from_dict(job.to_dict(), lifecycle=REQUEUE).to_dict() | {"duration": 0} == job.to_dict() | {
                "duration": 0
            }


def test_a_lifecycle_of_ones_own(url: str) -> None:
    with JobStore(url, QUEUE) as store:
        job = store.create("thumbnail 17")
        assert (job.status, job.meaning, job.waiting) == (S.QUEUED, WAITING, True)
        job.start_run()
        job.trigger("retry", "the worker was lost")
        assert (job.status, job.attempt, job.progress) == (S.RETRYING, 1, 0.0)
        job.start_run()
        job.stop_run(S.SKIPPED, "nothing to do")
        assert (store.get(job.id).status, job.stop_message, job.attempt) == (S.SKIPPED, "nothing to do", 2)
        assert store.count() == {S.SKIPPED: 1}
        assert [one.id for one in store.list(meaning=SUCCESS)] == [job.id]


def test_run_ends_a_stored_job(store: JobStore[RunningStatus]) -> None:
    with store.create().run() as job:
        assert store.get(job.id).running
    assert job.success
    failed = store.create()
    with pytest.raises(ZeroDivisionError), failed.run():
        _ = 1 / 0
    assert (failed.status, failed.stop_message) == (ERROR, "ZeroDivisionError: division by zero")
    asked = store.create()
    store.get(asked.id).request_cancel("no more")
    with pytest.raises(JobCanceled), asked.run():
        pass
    assert asked.canceled
    mine = store.create()
    with pytest.raises(InvalidTransition), mine.run(), store.get(mine.id).run():
        pass
    assert mine.status is ERROR


def test_a_start_that_another_was_faster_with_claims_no_attempt(store: JobStore[RunningStatus]) -> None:
    job, claim = store.create(), Claim(0)
    store.get(job.id).start_run()
    with pytest.raises(InvalidTransition, match=r"cannot start_run while RUNNING|for attempt 0"):
        job.start_run(attempt=claim)
    assert claim.attempt is None, "or a run would end the other's attempt"


def test_a_cancel_request_reaches_the_work(store: JobStore[RunningStatus]) -> None:
    job = store.create()
    with pytest.raises(JobCanceled, match="enough"), job.run():
        store.get(job.id).request_cancel("enough")
        job.raise_if_cancel_requested()
    assert job.canceled


def test_a_failing_job_may_have_any_text(store: JobStore[RunningStatus]) -> None:
    job = store.create()
    with pytest.raises(RuntimeError), job.run():
        raise RuntimeError("a NUL \0, half a pair \udc80, \U0001f389 and 'quotes\"; --" + "x" * 1_000_000)
    text = job.stop_message or ""
    assert text.startswith("RuntimeError: a NUL \\x00, half a pair \\udc80, \U0001f389 and 'quotes\"; --xxx")
    assert len(text) > 1_000_000
    assert job.history[-1].mesg == text


def test_a_refusal_says_what_the_job_had_become(store: JobStore[RunningStatus]) -> None:
    job = store.create("a job")
    other = store.get(job.id)
    job.start_run()
    job.stop_run(ERROR, "it broke")
    with pytest.raises(JobCompleted, match=r"a job: cannot stop_run\(SUCCESS\): the job is ERROR, which is final") as caught:
        other.stop_run()
    assert [move.refused for move in caught.value.history] == [False, False, True]
    assert job.history == caught.value.history
    assert job.refusals == {"stop_run(SUCCESS)": 1}
    for _ in range(3):
        with pytest.raises(JobCompleted):
            other.stop_run()
    assert job.refusals == {"stop_run(SUCCESS)": 4}
    assert sum(move.refused for move in job.history) == 1
    assert pickle.loads(pickle.dumps(caught.value)).status is ERROR


def test_a_move_is_tried_again_on_what_others_made_of_the_job(store: JobStore[RunningStatus]) -> None:
    job = store.create()
    other = store.get(job.id)
    other.start_run()
    assert job.stop_run(), "though this object last saw it waiting"
    assert other.success


def test_an_old_attempt_is_superseded(url: str) -> None:
    with JobStore(url, REQUEUE) as store:
        job = store.create()
        old, new = store.get(job.id), store.get(job.id)
        old.start_run()
        old.update_progress(0.5)
        store.get(job.id).trigger("requeue")
        with pytest.raises(Superseded):
            old.stop_run()
        new.start_run()
        calls: tuple[Callable[[], object], ...] = (old.stop_run, old.suspend, lambda: old.trigger("requeue"))
        for late in calls:
            with pytest.raises(Superseded, match="for attempt 1: the job is RUNNING and is at attempt 2"):
                late()
        old._due = 0.0  # its last report was long ago
        with pytest.raises(Superseded):
            old.update_progress(0.9)
        assert (job.status, job.attempt, job.progress) == (RUNNING, 2, 0.0)
        assert old.request_cancel("anybody may"), "which no attempt does"
        new.stop_run()
        with pytest.raises(JobCompleted):
            new.stop_run()
        job.again().start_run()


def test_the_same_object_may_requeue_and_end_its_job(url: str) -> None:
    with JobStore(url, REQUEUE) as store:
        job = store.create()
        job.start_run()
        job.trigger("requeue")
        job.stop_run(ERROR, "given up")
        assert job.status is ERROR


def test_again_makes_a_new_job(store: JobStore[RunningStatus]) -> None:
    job = store.create("a job", {"user": "ada"})
    with pytest.raises(InvalidTransition) as caught:
        job.again()
    assert list(caught.value.history) == []
    with job.run():
        pass
    new = job.again()
    assert isinstance(new, StoredJob)
    assert (new.id != job.id, new.name, new.labels, new.attempt, new.status) == (True, "a job", {"user": "ada"}, 1, WAITING)
    with new.run():
        assert store.get(new.id).attempt == 2


# -- times


def test_times_are_as_in_memory(store: JobStore[RunningStatus]) -> None:
    before = time.time()
    job = store.create()
    other = store.get(job.id)
    job.start_run()
    assert other.running_time is not None
    other.suspend()
    assert (job.suspended_time or 0.0) >= 0.0
    job.resume()
    other.stop_run()
    after = time.time()
    stamps = [job.creation_timestamp, job.start_timestamp or 0.0, job.completion_timestamp or 0.0]
    assert stamps == sorted(stamps)
    assert before - 1.0 <= stamps[0] <= stamps[-1] <= after + 1.0
    assert job.duration is not None
    assert 0.0 <= job.duration <= after - before
    assert store.get(job.id).duration == job.duration


def test_an_interval_of_another_boot_is_measured_by_the_wall_clock(store: JobStore[RunningStatus]) -> None:
    job = store.create()
    job.start_run()
    with store._database.transaction() as execute:
        execute("UPDATE job_status_job SET clock_of = 'another', clock = 5, started = started - 100")
    other = store.get(job.id)
    assert 100.0 <= (other.running_time or 0.0) < 200.0
    other.stop_run()
    assert 100.0 <= (job.duration or 0.0) < 200.0


# -- progress


def test_progress_is_written_ten_times_a_second_at_most_and_the_last_value_always(url: str) -> None:
    with JobStore(url, progress_interval=30.0) as store:
        job = store.create()
        job.start_run()
        reader = store.get(job.id)
        for number in range(1000):
            job.update_progress(number / 1000, "a phase")
        assert (reader.progress, reader.phase) == (0.0, "a phase")
        assert (job.progress, job.phase) == (0.999, "a phase"), "whoever reports sees the report"
        job.stop_run(ERROR)
        assert (reader.progress, reader.phase) == (0.999, "a phase")
    with JobStore(url, progress_interval=0.01) as store:
        job = store.create()
        job.start_run()
        reader = store.get(job.id)
        job.update_progress(0.1)
        job.update_progress(0.2)
        until(lambda: reader.progress == 0.2)
    with JobStore(url, progress_interval=30.0) as store:
        job = store.create()
        job.start_run()
        job.update_progress(0.1)
        job.update_progress(0.2)
    with JobStore(url) as store:
        assert store.get(job.id).progress == 0.2, "written as the store was closed"


def test_a_move_by_another_keeps_the_progress(url: str) -> None:
    with JobStore(url, progress_interval=0.0) as store:
        job = store.create()
        job.start_run()
        other = store.get(job.id)
        assert other.progress == 0.0
        job.update_progress(0.5, "half")
        other.request_cancel()
        assert (job.status, job.progress, job.phase) == (CANCEL_REQUESTED, 0.5, "half")
        job.update_progress(0.75)
        other.stop_run(CANCELED)
        assert (job.progress, job.phase) == (0.75, None)


def test_a_late_report_of_a_job_that_is_over_changes_nothing(url: str) -> None:
    with JobStore(url, progress_interval=30.0) as store:
        job = store.create()
        job.start_run()
        job.update_progress(0.1)
        job.update_progress(0.2)
        store.get(job.id).stop_run()
        job._flush()
        assert (job.status, job.progress) == (SUCCESS, 1.0)
        with pytest.raises(JobCompleted):
            job.update_progress(0.3)
    with pytest.raises(ValueError, match="progress must be a real number"):
        job.update_progress(7.0)


# -- listeners and waiting


def test_listeners_hear_of_every_move_once_and_in_order(store: JobStore[RunningStatus]) -> None:
    job, seen, reports = store.create(), [], []
    undo = job.subscribe(lambda one, move: seen.append((one, move.trigger)))
    undo_reports = job.subscribe(lambda one, move: reports.append((move.trigger, one.progress)), progress=True)
    other = store.get(job.id)
    other.start_run()
    until(lambda: len(seen) == 1)
    job.suspend()
    assert seen == [(job, "start_run"), (job, "suspend")], "called in the thread that moved the job"
    other.resume()
    job.request_cancel()
    assert [trigger for _, trigger in seen] == ["start_run", "suspend", "resume", "request_cancel"], "in their order"
    undo_reports()
    job.subscribe(lambda one, move: reports.append((move.trigger, one.progress)), progress=True)
    reports.clear()
    other.update_progress(0.5)
    until(lambda: ("update_progress", 0.5) in reports)
    undo()
    other.stop_run()
    until(lambda: ("stop_run", 1.0) in reports)
    assert len(seen) == 4
    with pytest.raises(TypeError, match="a listener is called"):
        job.subscribe(None)  # type: ignore[arg-type]


def test_a_listener_that_fails_disturbs_nothing(store: JobStore[RunningStatus], caplog: pytest.LogCaptureFixture) -> None:
    job = store.create("a job")
    job.subscribe(lambda one, move: 1 / 0)
    job.start_run()
    assert job.running
    assert "a job: a listener failed" in caplog.text


def test_waiting_ends_when_another_object_ends_the_job(store: JobStore[RunningStatus]) -> None:
    job = store.create()
    other = store.get(job.id)
    assert job.wait(0.01) is False
    thread = threading.Timer(0.05, other.stop_run, (CANCELED,))
    thread.start()
    begun = time.monotonic()
    assert job.wait(20.0)
    assert time.monotonic() - begun < 15.0
    thread.join()
    assert job.wait()
    second = store.create()

    async def both() -> bool:
        thread = threading.Timer(0.05, store.get(second.id).stop_run, (CANCELED,))
        thread.start()
        done = await second.wait_async(20.0)
        thread.join()
        return done

    assert asyncio.run(both())


def test_the_watcher_runs_only_while_somebody_listens(store: JobStore[RunningStatus]) -> None:
    job = store.create()

    def watchers() -> int:
        return sum(thread.name == "job_status watcher" for thread in threading.enumerate())

    before = watchers()
    undo = job.subscribe(lambda one, move: None)
    others = [store.create() for _ in range(3)]
    undos = [other.subscribe(lambda one, move: None) for other in others]
    assert watchers() == before + 1
    for each in (undo, *undos):
        each()
    until(lambda: watchers() == before)
    assert job.wait(0.01) is False


# -- finding


def test_jobs_are_listed_newest_first_page_by_page(store: JobStore[RunningStatus]) -> None:
    jobs = [store.create(f"job {number % 2}", {"user": "ada" if number % 3 else "bob", "n": str(number)}) for number in range(12)]
    for job in jobs[::2]:
        job.start_run()
    newest = [job.id for job in reversed(jobs)]
    assert [job.id for job in store.list()] == newest
    first = store.list(limit=5)
    second = store.list(limit=5, after=first[-1])
    third = store.list(limit=5, after=second[-1].id)
    assert [job.id for job in (*first, *second, *third)] == newest
    assert store.list(after=third[-1]) == []
    assert [job.id for job in store.list(status=RUNNING)] == [job.id for job in reversed(jobs[::2])]
    assert [job.id for job in store.list(meaning=WAITING, limit=2)] == [job.id for job in reversed(jobs[1::2])][:2]
    assert store.list(status=RUNNING, meaning=WAITING) == []
    assert [job.id for job in store.list(name="job 1")] == [job.id for job in reversed(jobs[1::2])]
    assert [job.id for job in store.list(labels={"user": "bob"})] == [job.id for job in reversed(jobs[::3])]
    assert [job.id for job in store.list(labels={"user": "bob", "n": "6"}, status=RUNNING, name="job 0")] == [jobs[6].id]
    assert [job.id for job in store.list(labels={"user": "bob"}, after=jobs[6])] == [jobs[3].id, jobs[0].id]
    assert store.list(labels={"user": "eve"}) == []
    assert store.count() == {WAITING: 6, RUNNING: 6}


def test_a_meaning_finds_several_statuses_in_one_order(url: str) -> None:
    with JobStore(url, QUEUE) as store:
        jobs = [store.create() for _ in range(4)]
        for job in jobs:
            job.start_run()
        for job in jobs[::2]:
            job.trigger("retry")
        jobs += [store.create() for _ in range(2)]
        waiting = [jobs[5], jobs[4], jobs[2], jobs[0]]
        assert [job.id for job in store.list(meaning=WAITING)] == [job.id for job in waiting]
        assert [job.id for job in store.list(meaning=WAITING, limit=3)] == [job.id for job in waiting[:3]]
        assert [job.id for job in store.list(status=S.RETRYING)] == [jobs[2].id, jobs[0].id]


def test_what_cannot_be_asked_for_is_said_in_a_sentence(store: JobStore[RunningStatus]) -> None:
    with pytest.raises(ValueError, match="limit must be a whole number from 1, not 0"):
        store.list(limit=0)
    with pytest.raises(ValueError, match="is not a status of this lifecycle"):
        store.list(status=S.DONE)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="meaning must be a RunningStatus, not 'RUNNING'"):
        store.list(meaning="RUNNING")  # type: ignore[arg-type]
    with pytest.raises(JobGone, match=r"there is no job 'x' in .*; it may have been deleted"):
        store.get("x")
    with pytest.raises(JobGone, match="there is no job 'x'"):
        store.list(after="x")
    with pytest.raises(TypeError, match="the id of a job must be a str, not 7"):
        store.get(7)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="labels must be a mapping"):
        store.create(labels=["ada"])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="the label 'user' must be a str, not 7"):
        store.create(labels={"user": 7})  # type: ignore[dict-item]
    with pytest.raises(ValueError, match="the name of a job must not have a NUL or half of a surrogate pair, as"):
        store.create("a\0b")
    with pytest.raises(ValueError, match="must not have a NUL"):
        store.create(labels={"\udc80": "x"})
    with pytest.raises(ValueError, match="older_than must be a number of seconds from 0, not -1"):
        store.prune(-1)
    with pytest.raises(TypeError, match="a StoredJob is a row of a database: a store makes it"):
        StoredJob()
    with pytest.raises(TypeError, match="is not restored from values"):
        StoredJob.from_dict({})
    assert store.count() == {}


NASTY = ("'; DROP TABLE job_status_job; --", '"quoted"', "100%", "a?b%s", "\U0001f389 \u202e", "", "x" * 1_000_000)


@pytest.mark.parametrize("text", NASTY, ids=lambda text: ascii(text[:12]))
def test_texts_come_back_as_they_were(store: JobStore[RunningStatus], text: str) -> None:
    label = text[:2000]  # an index holds no more
    job = store.create(text if len(text) < 5000 else label, {label: label})
    job.start_run()
    job.update_progress(0.5, text)
    job.request_cancel(text)
    found = store.list(name=job.name, labels={label: label})[0]
    assert (found.name, found.labels, found.phase, found.stop_message) == (job.name, {label: label}, text, text)
    assert found.history[-1] == Move("request_cancel", RUNNING, CANCEL_REQUESTED, job.history[-1].timestamp, text)


def test_jobs_are_deleted_when_they_are_over(store: JobStore[RunningStatus]) -> None:
    job, running, old = store.create(labels={"user": "ada"}), store.create(), store.create()
    running.start_run()
    with pytest.raises(InvalidTransition, match="cannot delete while RUNNING"):
        store.delete(running)
    job.stop_run(CANCELED)
    old.stop_run(CANCELED)
    with pytest.raises(JobCompleted):
        job.start_run()
    store.delete(job.id)
    for use in (lambda: job.status, lambda: job.start_run(), lambda: store.get(job.id), lambda: job.observe(RUNNING)):
        with pytest.raises(JobGone, match=job.id):
            use()
    assert store.prune(older_than=3600.0) == 0
    assert store.prune(older_than=0.0) == 1
    assert store.count() == {RUNNING: 1}
    for table in ("move", "refusal", "label"):
        rows = store._database.read(f"SELECT job FROM job_status_{table}")
        assert {row[0] for row in rows} <= {running._row.number}
    assert store.create()._row.number > old._row.number, "a number is never used again"


# -- values


def test_a_pickle_and_a_copy_are_the_same_job(store: JobStore[RunningStatus]) -> None:
    job = store.create("a job")
    job.start_run()
    for twin in (pickle.loads(pickle.dumps(job)), copy.copy(job), copy.deepcopy(job)):
        assert twin.store is store
        twin.update_progress(0.5)
        assert (twin.id, twin.status, job.progress) == (job.id, RUNNING, 0.5)


def test_a_pickle_opens_a_store_where_none_is_open(url: str) -> None:
    with JobStore(url, QUEUE, progress_interval=0.5, timeout=7.0) as store:
        pickled = pickle.dumps(store.create("a job"))
    twin = pickle.loads(pickled)
    with twin.store:
        assert (twin.name, twin.status) == ("a job", S.QUEUED)
        assert twin.store._options == store._options
        assert pickle.loads(pickled).store is twin.store
        twin.start_run()


def test_a_closed_store_says_so(url: str) -> None:
    store = JobStore(url)
    job = store.create()
    store.close()
    with pytest.raises(Exception, match="the store is closed"):
        job.start_run()


def test_observations_are_judged_by_the_latest_row(store: JobStore[RunningStatus]) -> None:
    job = store.create()
    other = store.get(job.id)
    other.start_run()
    assert job.observe(WAITING) is Observation.STALE
    other.stop_run()
    assert job.observe(ERROR, "no") is Observation.CONTRADICTORY
    assert job.history[-1].refused
    assert job.last_heard is not None
    assert abs(job.last_heard - time.time()) < 60.0
