"""Finding jobs: by the beginning of an id, by a lifecycle that only the database knows, and many at once as a group."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

import job_status.store
from job_status import (
    JOB_LIFECYCLE,
    InvalidTransition,
    JobGone,
    JobGroup,
    JobStatus,
    Lifecycle,
    Observation,
    RunningStatus,
    StoreError,
    Transition,
)
from job_status.store import JobStore
from tests.test_store import until

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus
REQUEUE = JOB_LIFECYCLE.extend(Transition("requeue", RUNNING, WAITING))


class Print(Enum):
    """Statuses of one's own; no row has `PAPER_OUT`, and `SENT` is another name of `QUEUED`."""

    QUEUED = "q"
    SENT = "q"  # noqa: PIE796  # another name of it
    PRINTING = "p"
    PAPER_OUT = "o"
    PRINTED = "d"
    SMUDGED = "s"
    JAMMED = "j"


PRINTS = Lifecycle(
    (
        Transition("start_run", Print.QUEUED, Print.PRINTING),
        Transition("requeue", Print.PRINTING, Print.QUEUED),
        Transition("stop_run", Print.PRINTING, Print.PRINTED),
        Transition("stop_run", Print.PRINTING, Print.SMUDGED),
        Transition("stop_run", Print.PRINTING, Print.JAMMED),
    ),
    means={
        Print.QUEUED: WAITING,
        Print.PRINTING: RUNNING,
        Print.PRINTED: SUCCESS,
        Print.SMUDGED: SUCCESS,
        Print.JAMMED: ERROR,
    },
)


@pytest.fixture
def store(url: str) -> Iterator[JobStore[RunningStatus]]:
    with JobStore(url) as made:
        yield made


def named(store: JobStore[Any], ids: list[str]) -> None:
    """Give the jobs of a store these ids, the oldest first."""
    with store._database.transaction() as execute:
        for job, job_id in zip(reversed(store.list()), ids, strict=True):
            execute("UPDATE job_status_job SET id = ? WHERE number = ?", (job_id, job._row.number))


def filled(store: JobStore[Any], number: int) -> list[Any]:
    """Have a store contain so many jobs, by one statement: copies of its only one."""
    with store._database.transaction() as execute:
        columns = [name for (name,) in execute(COLUMNS[store.url.partition(":")[0]]).fetchall() if name not in ("id", "number")]
        execute(
            f"WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {number - 1}) "
            f"INSERT INTO job_status_job (id, {', '.join(columns)}) "
            f"SELECT 'copy ' || n, {', '.join(columns)} FROM job_status_job, n"
        )
    return store.list(limit=2 * number)


COLUMNS = {
    "sqlite": "SELECT name FROM pragma_table_info('job_status_job')",
    "postgresql": "SELECT attname FROM pg_attribute WHERE attrelid = 'job_status_job'::regclass AND attnum > 0",
}


@contextmanager
def statements(store: JobStore[Any]) -> Iterator[list[str]]:
    """The statements by which a store reads its database in the block."""
    seen: list[str] = []
    database: Any = store._database
    read = database.read

    def noted(statement: str, values: Any = ()) -> Any:
        seen.append(statement)
        return read(statement, values)

    database.read = noted
    try:
        yield seen
    finally:
        del database.read


# -- by the beginning of an id


def test_a_job_is_found_by_the_beginning_of_its_id(store: JobStore[RunningStatus]) -> None:
    jobs = [store.create() for _ in range(3)]
    ids = ["abcd" + "0" * 28, "abcdf" + "f" * 27, "abce" + "f" * 28]
    named(store, ids)
    assert jobs[0]._row.number == store.find("abcd0")._row.number
    assert [store.find(job_id).id for job_id in ids] == ids
    assert [store.find(beginning).id for beginning in ("abcdff", "abce", "abcef")] == [ids[1], ids[2], ids[2]]
    store.find("abce").start_run()
    assert store.get(ids[2]).running


def test_a_beginning_that_several_ids_have_names_them(store: JobStore[RunningStatus]) -> None:
    for _ in range(7):
        store.create().start_run()
    named(store, [f"abcd{number}{'0' * 27}" for number in range(6)] + ["f" * 32])
    with pytest.raises(ValueError, match="several jobs begin with abcd: abcd0") as caught:
        store.find("abcd")
    assert [f"abcd{number}{'0' * 27} (RUNNING)" in str(caught.value) for number in range(6)] == [True] * 5 + [False]
    assert str(caught.value).endswith(", ...")
    for number in (2, 3, 4, 5):
        named(store, [f"{i}{'f' * 31}" if i >= number else f"abcd{i}{'0' * 27}" for i in range(7)])
        with pytest.raises(ValueError, match="several jobs begin") as caught:
            store.find("abcd")
        assert str(caught.value).count("(RUNNING)") == number
        assert ", ..." not in str(caught.value).removesuffix(", ..." if number == 5 else "")


def test_a_beginning_that_no_id_has_is_said(store: JobStore[RunningStatus]) -> None:
    with pytest.raises(JobGone, match=r"there is no job abcd\.\.\. in .*; it may have been deleted"):
        store.find("abcd")
    store.create()
    named(store, ["abcd" + "0" * 28])
    for other in ("abc0", "abce", "abcd1", "bcd0", "abcd" + "0" * 27 + "1"):
        with pytest.raises(JobGone, match=f"there is no job {other}"):
            store.find(other)


@pytest.mark.parametrize(
    "wrong",
    ["", "abc", "a" * 33, "ABCD", "abcg", "ab%d", "____", "abcd'", "abcd\0", "\u0661\u0662\u0663\u0664", 1234, None, b"abcd"],
)
def test_what_no_id_begins_with_is_said(tmp_path: Path, wrong: Any) -> None:
    with JobStore(f"sqlite:///{tmp_path}/jobs.db") as store:
        store.create()
        with pytest.raises(ValueError, match="the beginning of an id is 4 to 32 of the digits 0 to 9 and a to f, not "):
            store.find(wrong)


def test_a_beginning_is_looked_for_by_an_index(tmp_path: Path) -> None:
    from job_status.store._statements import BEGINNING

    with JobStore(f"sqlite:///{tmp_path}/jobs.db") as store:
        (plan,) = store._database.read(f"EXPLAIN QUERY PLAN {BEGINNING}", ("abcd", "abcdg", 5))
        assert plan[-1] == "SEARCH job_status_job USING INDEX sqlite_autoindex_job_status_job_1 (id>? AND id<?)"


def test_the_package_lists_its_names() -> None:
    assert {"JobStore", "StoredJob", "__all__"} <= set(dir(job_status.store))


# -- by the lifecycle that the database records


def test_a_store_with_the_users_own_enum_and_one_without_work_on_one_database(url: str) -> None:
    with JobStore(url, PRINTS) as own, JobStore.existing(url) as other:
        job = own.create("a poster", {"user": "ada"})
        twin = other.get(job.id)
        seen: list[Any] = []
        twin.subscribe(lambda one, move: seen.append(move.dest.name))
        assert job.start_run()
        assert (twin.status.name, twin.meaning, twin.allowed()) == ("PRINTING", RUNNING, job.allowed())
        assert twin.trigger("requeue", "the printer was off")
        assert (job.status, job.history[-1].mesg) == (Print.QUEUED, "the printer was off")
        assert twin.start_run()
        assert own.get(job.id).stop_run(Print.SMUDGED)
        assert twin.wait(10.0)
        assert (twin.status, twin.success) == (other.lifecycle.enum["SMUDGED"], True)
        assert own.count() == {Print.SMUDGED: 1}
        assert other.count() == {twin.status: 1}
        assert [one.id for one in other.list(status=twin.status, labels={"user": "ada"})] == [job.id]
        assert [one.name for one in other.lifecycle.statuses] == [one.name for one in PRINTS.statuses]
        assert repr(twin.status) == "<Print.SMUDGED: 'SMUDGED'>"
    assert seen[:2] == ["PRINTING", "QUEUED"]
    with JobStore(url, PRINTS.extend(Transition("stop_run", Print.QUEUED, Print.JAMMED))) as more:
        assert more.get(job.id).status is Print.SMUDGED, "one without has left the record as it was"
    with JobStore.existing(url) as other:
        assert "JAMMED" in {row.dest.name for row in other.lifecycle.rows if row.source.name == "QUEUED"}


def test_the_standard_statuses_are_what_they_are_anywhere(url: str) -> None:
    JobStore(url).close()
    with JobStore.existing(url, progress_interval=0.5, timeout=7.0) as store:
        assert store.lifecycle is JOB_LIFECYCLE
        assert store._options == {"timeout": 7.0, "durable": False, "progress_interval": 0.5, "beat": 10.0}
        assert store.create().status is WAITING
    with JobStore(url, REQUEUE):
        pass
    with JobStore.existing(url) as store:
        job = store.create()
        job.start_run()
        job.trigger("requeue")
        assert job.status is WAITING, "though there are more moves"
        assert [(row.trigger, row.source, row.dest, row.guard) for row in job.lifecycle.rows] == [
            (row.trigger, row.source, row.dest, row.guard) for row in REQUEUE.rows
        ]


class Odd(Enum):
    """Names of the standard statuses, two of which mean something else."""

    WAITING = 1
    RUNNING = 2
    SUSPENDED = 3
    SUCCESS = 4


def test_a_standard_name_with_another_meaning_is_a_status_of_its_own(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/jobs.db"
    rows = [
        Transition("start_run", Odd.WAITING, Odd.RUNNING),
        Transition("requeue", Odd.RUNNING, Odd.SUSPENDED),
        Transition("start_run", Odd.SUSPENDED, Odd.RUNNING),
        Transition("stop_run", Odd.RUNNING, Odd.SUCCESS),
    ]
    means = {Odd.WAITING: WAITING, Odd.RUNNING: RUNNING, Odd.SUSPENDED: WAITING, Odd.SUCCESS: SUCCESS}
    with JobStore(url, Lifecycle(rows, means=means)) as own:
        job = own.create()
        job.start_run()
        job.trigger("requeue")
    with JobStore.existing(url) as store:
        status = store.get(job.id).status
        assert (status.name, store.lifecycle.meaning(status), status is SUSPENDED) == ("SUSPENDED", WAITING, False)


def test_a_refused_attempt_may_name_a_status_that_no_row_has(url: str) -> None:
    with JobStore(url, PRINTS) as own, JobStore.existing(url) as other:
        job = own.create()
        job.start_run()
        assert job.observe(Print.PAPER_OUT) is Observation.CONTRADICTORY
        twin = other.get(job.id)
        move = twin.history[-1]
        assert (move.trigger, move.dest, move.refused) == ("observe", other.lifecycle.enum["PAPER_OUT"], True)
        assert twin.refusals == {"observe(PAPER_OUT)": 1}
        assert twin.observe(move.dest) is Observation.CONTRADICTORY
        with pytest.raises(InvalidTransition) as caught:
            twin.start_run()
        assert pickle.loads(pickle.dumps(caught.value)).history == caught.value.history
        assert move.dest in {one.dest for one in caught.value.history}
        assert job.refusals == {"observe(PAPER_OUT)": 2, "start_run": 1}
        assert twin.observe(other.lifecycle.enum["JAMMED"]) is Observation.MOVED
        assert job.status is Print.JAMMED


ELSEWHERE = """
import pickle, sys
job, error, lifecycle, status, move = pickle.load(sys.stdin.buffer)
assert job.status is status is error.status is move.dest, (job.status, status)
assert job.store.lifecycle == lifecycle and lifecycle.meaning(status).name == "RUNNING"
assert not [name for name in sys.modules if name.startswith("tests")], "the user's Enum was not needed"
print(error)
job.stop_run(type(status)["SMUDGED"])
job.store.close()
"""


@pytest.mark.parametrize("protocol", [2, pickle.HIGHEST_PROTOCOL])
def test_pickles_of_such_jobs_errors_and_lifecycles_are_read_anywhere(url: str, protocol: int) -> None:
    with JobStore(url, PRINTS) as own:
        job_id = own.create("a poster").id
    with JobStore.existing(url) as store:
        job = store.get(job_id)
        job.start_run()
        with pytest.raises(InvalidTransition) as caught:
            job.start_run()
        values = (job, caught.value, store.lifecycle, job.status, job.history[0])
        back = pickle.loads(pickle.dumps(values, protocol))
        assert back[0].store is store
        assert back[3] is job.status
        assert back[2] == store.lifecycle
        done = subprocess.run(
            [sys.executable, "-c", ELSEWHERE], input=pickle.dumps(values, protocol), capture_output=True, check=False, timeout=60
        )
        assert done.stdout.decode().startswith("a poster: cannot start_run while PRINTING; allowed now: "), done.stderr.decode()
        assert job.status.name == "SMUDGED"


# -- many at once


def look(group: JobGroup[Any]) -> tuple[RunningStatus, dict[RunningStatus, int]]:
    return group.status, {status: count for status, count in group.counts.items() if count}


def test_ten_thousand_jobs_are_one_statement(store: JobStore[RunningStatus]) -> None:
    store.create()
    jobs = filled(store, 10_000)
    group = JobGroup(jobs)
    with statements(store) as seen:
        assert group.status is WAITING
    assert len(seen) == 1
    jobs[0].start_run()
    jobs[1].stop_run(CANCELED)
    with statements(store) as seen:
        counts = group.counts
    assert len(seen) == 1
    assert (counts[WAITING], counts[RUNNING], counts[CANCELED]) == (9_998, 1, 1)


def test_many_jobs_are_watched_by_one_statement(store: JobStore[RunningStatus]) -> None:
    store.create()
    jobs = filled(store, 3_000)
    seen: list[Any] = []
    undos = [job.subscribe(lambda one, move: seen.append((one.id, move.dest))) for job in jobs[:300]]
    with statements(store) as read:
        store._watcher._look()
    assert 1 <= len(read) < 100, "the store's thread may look at the same time, but not at one job after the other"
    other = store.get(jobs[0].id)
    other.start_run()
    other.stop_run()
    until(lambda: len(seen) == 2)
    for undo in undos:
        undo()
    assert seen == [(jobs[0].id, RUNNING), (jobs[0].id, SUCCESS)]


def test_a_group_of_two_stores_and_of_jobs_in_memory(url: str, tmp_path: Path) -> None:
    with JobStore(url, REQUEUE) as store, JobStore(f"sqlite:///{tmp_path}/more.db", PRINTS) as more:
        jobs: list[Any] = [store.create(), more.create(), JobStatus(), store.create(), more.create()]
        group = JobGroup([JobGroup(jobs[:3]), *jobs[2:], jobs[0]])
        assert look(group) == (WAITING, {WAITING: 5})
        for job in jobs[:3]:
            job.start_run()
        assert look(group) == (RUNNING, {WAITING: 2, RUNNING: 3})
        jobs[0].request_cancel()
        assert look(group) == (CANCEL_REQUESTED, {WAITING: 2, RUNNING: 2, CANCEL_REQUESTED: 1})
        assert group.cancel_requested
        for job in jobs[1:3]:
            job.stop_run()
        for job in jobs[3:]:
            job.start_run()
        jobs[0].stop_run(CANCELED)
        jobs[3].stop_run()
        assert (group.status, group.completed) == (RUNNING, False)
        jobs[4].stop_run(Print.JAMMED)
        assert look(group) == (ERROR, {SUCCESS: 3, ERROR: 1, CANCELED: 1})
        with statements(store) as of_store, statements(more) as of_more:
            assert group.completed
        assert len(of_store) == len(of_more) >= 2, "until two passes find the same"


def test_a_deleted_job_of_a_group_is_gone(store: JobStore[RunningStatus]) -> None:
    jobs = [store.create() for _ in range(3)]
    group = JobGroup(jobs)
    jobs[1].stop_run(CANCELED)
    assert not group.completed
    store.delete(jobs[1].id)
    reads: tuple[Callable[[], object], ...] = (lambda: group.status, lambda: group.counts, lambda: group.completed)
    for read in reads:
        with pytest.raises(JobGone, match="a job of the group was deleted from "):
            read()
    assert JobGroup([jobs[0], jobs[2]]).status is WAITING


def test_a_status_that_the_lifecycle_lacks_is_named_by_a_group(store: JobStore[RunningStatus]) -> None:
    group = JobGroup([store.create()])
    with store._database.transaction() as execute:
        execute("UPDATE job_status_job SET status = 'LOST'")
    with pytest.raises(StoreError, match="the database has a job that is 'LOST', which this lifecycle does not have"):
        _ = group.status


TURNS = """
import sys
from job_status import JOB_LIFECYCLE, RunningStatus, Transition
from job_status.store import JobStore
lifecycle = JOB_LIFECYCLE.extend(Transition("requeue", RunningStatus.RUNNING, RunningStatus.WAITING))
with JobStore(sys.argv[1], lifecycle) as store:
    one, other = (store.get(job_id) for job_id in sys.argv[2:])
    for _ in range(100):
        other.start_run()
        one.trigger("requeue")
        one.start_run()
        other.trigger("requeue")
"""


def test_a_group_sees_one_moment_while_another_process_moves_its_jobs(url: str) -> None:
    with JobStore(url, REQUEUE) as store:
        jobs = [store.create(), store.create()]
        jobs[0].start_run()
        group, seen, found = JobGroup(jobs), set(), set()
        mover = subprocess.Popen([sys.executable, "-c", TURNS, url, *(job.id for job in jobs)])
        while mover.poll() is None:
            seen.add((group.status, group.completed))
            found.add(group.counts[RUNNING])
        assert mover.returncode == 0
        assert seen == {(RUNNING, False)}, "one of them runs at any moment"
        assert found <= {1, 2}
        assert len(jobs[0].history) == 64
        for job, end in zip(jobs, (SUCCESS, CANCELED), strict=True):
            store.get(job.id).stop_run(end)
        assert group.status is CANCELED


def test_waiting_for_a_group_ends_with_its_last_job(store: JobStore[RunningStatus]) -> None:
    jobs = [store.create() for _ in range(3)]
    group = JobGroup(jobs)
    assert group.wait(0.01) is False
    others = [store.get(job.id) for job in jobs]
    ending = threading.Thread(target=lambda: [other.stop_run(CANCELED) for other in others])
    ending.start()
    assert group.wait(20.0)
    ending.join()
    assert look(group) == (CANCELED, {CANCELED: 3})
