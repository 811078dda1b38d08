"""Many jobs moved at once: asked to end by a filter, or given up with their worker. Each is moved once, in few transactions."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from job_status import Lifecycle, RunningStatus, Transition
from job_status.store import JobStore, StoredJob
from job_status.store._statements import matching
from tests.databases import database
from tests.lifecycles.rq_jobs import RQ
from tests.store_crew import Crew
from tests.store_races import canceled_at_once
from tests.store_worker import REQUEUE
from tests.test_store import known, until
from tests.test_store_finding import filled

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus


class Print(Enum):
    """Statuses of one's own: of those before the print, only one can be asked."""

    DRAFT = 1
    QUEUED = 2
    PRINTING = 3
    STOPPING = 4
    PRINTED = 5
    STOPPED = 6


PRINTS = Lifecycle(
    (
        Transition("submit", Print.DRAFT, Print.QUEUED),
        Transition("start_run", Print.QUEUED, Print.PRINTING),
        Transition("request_cancel", Print.QUEUED, Print.STOPPED),
        Transition("request_cancel", Print.PRINTING, Print.STOPPING),
        Transition("stop_run", Print.PRINTING, Print.PRINTED),
        Transition("stop_run", Print.STOPPING, Print.STOPPED),
    ),
    means={
        Print.DRAFT: WAITING,
        Print.QUEUED: WAITING,
        Print.PRINTING: RUNNING,
        Print.STOPPING: CANCEL_REQUESTED,
        Print.PRINTED: SUCCESS,
        Print.STOPPED: CANCELED,
    },
)


@pytest.fixture
def store(url: str) -> Iterator[JobStore[RunningStatus]]:
    with JobStore(url, REQUEUE) as made:
        yield made


@pytest.fixture
def server_store(server: str) -> Iterator[JobStore[RunningStatus]]:
    with database(server) as url, JobStore(url, REQUEUE) as made:
        yield made


def names(jobs: tuple[StoredJob[Any], ...] | list[StoredJob[Any]]) -> str:
    return " ".join(str(job.name) for job in jobs)


def one_of_each(store: JobStore[RunningStatus]) -> dict[RunningStatus, StoredJob[RunningStatus]]:
    """A job in each status, by the name of that."""
    jobs = {status: store.create(status.name, {"user": "ada", "of": "list"}) for status in RunningStatus}
    for status in (RUNNING, SUSPENDED, UNKNOWN, SUCCESS):
        jobs[status].start_run()
    jobs[SUSPENDED].suspend()
    jobs[UNKNOWN].observe(UNKNOWN)
    for status in (SUCCESS, ERROR, CANCELED):
        jobs[status].stop_run(status)
    jobs[CANCEL_REQUESTED].request_cancel("before")
    return jobs


@contextmanager
def meanwhile(store: JobStore[Any], act: Callable[[], object], moment: str = "written") -> Iterator[None]:
    """Do something just before jobs that were found are read, or those that were read are written."""
    database: Any = store._database
    among = database.among

    def read_and_act(*arguments: Any) -> Any:
        if moment == "read":
            act()
        found = among(*arguments)
        if moment == "written":
            act()
        return found

    database.among = read_and_act
    try:
        yield
    finally:
        del database.among


@contextmanager
def transactions(store: JobStore[Any]) -> Iterator[list[int]]:
    """How many jobs each transaction in the block moves."""
    sizes: list[int] = []
    if store.url.startswith("sqlite"):
        connections: list[sqlite3.Connection] = list(store._database._pool.here.idle)  # type: ignore[attr-defined]

        def seen(statement: str) -> None:
            if statement.startswith("BEGIN"):
                sizes.append(0)
            elif statement.startswith("UPDATE job_status_job"):
                sizes[-1] += 1

        for connection in connections:
            connection.set_trace_callback(seen)
        yield sizes
        for connection in connections:
            connection.set_trace_callback(None)
    else:
        before = {row[0] for row in store._database.read("SELECT DISTINCT xmin::text FROM job_status_job")}
        yield sizes
        found = store._database.read("SELECT xmin::text, COUNT(*) FROM job_status_job GROUP BY 1")
        sizes += sorted((size for by, size in found if by not in before), reverse=True)


# -- asked to end


def test_every_job_that_can_still_be_asked_is_asked(store: JobStore[RunningStatus]) -> None:
    jobs = one_of_each(store)
    asked = store.request_cancel("en\0ough")
    assert type(asked) is tuple, "as of a group"
    assert names(asked) == "UNKNOWN SUSPENDED RUNNING WAITING"
    for job in asked:
        same = jobs[RunningStatus[str(job.name)]]
        assert job.status is same.status is CANCEL_REQUESTED
        assert job.stop_message == r"en\x00ough"
        assert job.history == same.history
        assert [move.refused for move in job.history] == [False] * len(job.history)
        assert (job.history[-1].trigger, job.history[-1].mesg) == ("request_cancel", r"en\x00ough")
        assert job.to_dict() == same.to_dict()
        assert job.labels == {"user": "ada", "of": "list"}
        assert job.stop_run(CANCELED)
    assert [jobs[status].status for status in (SUCCESS, ERROR, CANCELED)] == [SUCCESS, ERROR, CANCELED]
    assert jobs[CANCEL_REQUESTED].stop_message == "before"
    assert store.request_cancel() == ()


def test_it_moves_a_job_as_the_job_itself_does(store: JobStore[RunningStatus]) -> None:
    jobs, others = one_of_each(store), one_of_each(store)
    for other in others.values():
        other.request_cancel("enough", quiet=True)
    store.request_cancel("enough")
    for job, other in zip(jobs.values(), others.values(), strict=True):
        assert known(job) == known(other)
        assert (job._row.version, job._row.worker) == (other._row.version, other._row.worker)


@pytest.mark.parametrize(
    ("filters", "asked"),
    [
        pytest.param({"status": RUNNING}, "RUNNING", id="status"),
        pytest.param({"status": SUCCESS}, "", id="over"),
        pytest.param({"meaning": WAITING}, "WAITING", id="meaning"),
        pytest.param({"meaning": WAITING, "status": RUNNING}, "", id="neither"),
        pytest.param({"name": "SUSPENDED"}, "SUSPENDED", id="name"),
        pytest.param({"labels": {"user": "ada"}}, "UNKNOWN SUSPENDED RUNNING WAITING", id="label"),
        pytest.param({"labels": {"user": "ada", "of": "list"}, "name": "WAITING"}, "WAITING", id="labels-and-name"),
        pytest.param({"labels": {"user": "eve"}}, "", id="nobody"),
    ],
)
def test_those_that_a_list_would_have_are_asked(store: JobStore[RunningStatus], filters: dict[str, Any], asked: str) -> None:
    one_of_each(store)
    other = store.create("of nobody")
    other.start_run()
    other.suspend()
    assert names(store.request_cancel(**filters)) == asked
    assert other.suspended


def test_what_is_asked_wrongly_is_said(store: JobStore[RunningStatus]) -> None:
    job = store.create()
    wrong: Any
    for wrong, sentence in (
        ({"mesg": 3}, "mesg must be a str or None, not 3"),
        ({"meaning": "WAITING"}, "meaning must be a RunningStatus, not 'WAITING'"),
        ({"labels": "user"}, "labels must be a mapping of names to values, not 'user'"),
        ({"name": 3}, "name must be a str, not 3"),
    ):
        with pytest.raises(TypeError, match=f"^{sentence}$"):
            store.request_cancel(**wrong)
    with pytest.raises(ValueError, match="PRINTING"):
        store.request_cancel(status=Print.PRINTING)  # type: ignore[arg-type]
    assert job.waiting


def test_a_status_that_cannot_be_asked_is_left(url: str) -> None:
    with JobStore(url, PRINTS) as store:
        draft, queued, printing = store.create("draft"), store.create("queued"), store.create("printing")
        for job in (queued, printing):
            job.trigger("submit")
        printing.start_run()
        assert names(store.request_cancel(meaning=WAITING)) == "queued"
        assert names(store.request_cancel()) == "printing"
        assert (draft.status, queued.status, printing.status) == (Print.DRAFT, Print.STOPPED, Print.STOPPING)


def test_where_nothing_can_be_asked_nothing_is(url: str) -> None:
    with JobStore(url, RQ) as store:
        store.create().trigger("enqueue")
        assert store.request_cancel() == ()


def test_a_job_that_was_asked_before_it_was_unknown_is_not_asked_again(store: JobStore[RunningStatus]) -> None:
    job = store.create()
    job.request_cancel("before")
    job.observe(UNKNOWN)
    assert store.request_cancel("again") == ()
    assert (job.status, job.stop_message, job.refusals) == (UNKNOWN, "before", {})


def test_a_transaction_has_a_thousand_jobs_at_most(store: JobStore[RunningStatus]) -> None:
    store.create("one of many")
    filled(store, 2_500)
    with transactions(store) as sizes:
        asked = store.request_cancel(name="one of many")
    assert len({job.id for job in asked}) == 2_500
    assert sizes == [1_000, 1_000, 500]
    assert store.count() == {CANCEL_REQUESTED: 2_500}
    with transactions(store) as sizes:
        assert store.request_cancel() == ()
    assert sizes == []


def test_who_is_moved_meanwhile_is_looked_at_again(store: JobStore[RunningStatus]) -> None:
    jobs = {name: store.create(name) for name in ("left", "started", "ended", "asked", "deleted")}

    def others() -> None:
        jobs["started"].start_run()
        jobs["ended"].stop_run(ERROR)
        jobs["asked"].request_cancel("by another")
        jobs["deleted"].stop_run(CANCELED)
        store.delete(jobs["deleted"])

    with meanwhile(store, others):
        asked = store.request_cancel("enough")
    assert names(asked) == "started left"
    assert [(job.status, job.stop_message) for job in asked] == [(CANCEL_REQUESTED, "enough")] * 2
    assert [move.trigger for move in jobs["started"].history] == ["start_run", "request_cancel"]
    assert (jobs["ended"].status, jobs["asked"].stop_message) == (ERROR, "by another")
    assert jobs["ended"].refusals == jobs["asked"].refusals == {}


def test_jobs_are_found_by_the_index_of_the_statuses_whatever_the_statistics_say(tmp_path: Path) -> None:
    with JobStore(f"sqlite:///{tmp_path}/jobs.db") as store:
        store.create()
        filled(store, 500)
        with store._database.transaction() as execute:
            execute("ANALYZE")  # by which all jobs are WAITING
        statement = matching(2, name=False, labels=0)
        (plan,) = store._database.read(f"EXPLAIN QUERY PLAN {statement}", ("RUNNING", "WAITING"))
        assert plan[-1] == "SEARCH job USING COVERING INDEX job_status_job_by_status (status=?)"


@pytest.mark.parametrize("moment", ["read", "written"])
def test_who_leaves_the_filter_meanwhile_is_not_asked(store: JobStore[RunningStatus], moment: str) -> None:
    job, other = store.create(), store.create()
    with meanwhile(store, job.start_run, moment):
        (asked,) = store.request_cancel(meaning=WAITING)
    assert (asked.id, job.status) == (other.id, RUNNING)


def test_listeners_are_called_for_each(store: JobStore[RunningStatus], url: str) -> None:
    jobs = [store.create() for _ in range(20)]
    seen: list[tuple[str, str, str | None]] = []

    def listener(job: StoredJob[Any], move: Any) -> None:
        seen.append((job.id, move.trigger, move.mesg))

    with JobStore(url, REQUEUE) as elsewhere:
        undo = [job.subscribe(listener) for job in jobs[::2]]
        undo += [elsewhere.get(job.id).subscribe(listener) for job in jobs[1::2]]
        store.request_cancel("enough")
        until(lambda: len(seen) >= 20)
        for one in undo:
            one()
    assert sorted(seen) == sorted((job.id, "request_cancel", "enough") for job in jobs)


def test_others_are_notified_once_in_a_transaction(server_store: JobStore[RunningStatus]) -> None:
    import psycopg

    for _ in range(3):
        server_store.create()
    with psycopg.connect(server_store.url, autocommit=True) as listening:
        listening.execute("LISTEN job_status")
        assert len(server_store.request_cancel()) == 3
        server_store._database.read("SELECT pg_notify('job_status', 'the end')")
        assert [one.payload for one in listening.notifies(timeout=30.0, stop_after=2)] == ["", "the end"]


def test_a_job_that_another_transaction_holds_is_waited_for_alone(server_store: JobStore[RunningStatus]) -> None:
    import psycopg

    store = server_store
    jobs = [store.create(str(number)) for number in range(4)]
    asked: list[StoredJob[Any]] = []
    bulk = threading.Thread(target=lambda: asked.extend(store.request_cancel("enough")))
    with psycopg.connect(store.url) as host:
        inside = store.on(host).get(jobs[1].id)
        inside.start_run()
        bulk.start()
        until(lambda: all(job.cancel_requested for job in (jobs[0], *jobs[2:])))
        assert store.on(host).get(jobs[3].id).stop_run(CANCELED), "it is not held, and so there is no deadlock"
        assert not asked
    bulk.join()
    assert names(asked) == "3 2 1 0"
    assert [move.trigger for move in jobs[1].history] == ["start_run", "request_cancel"]
    assert jobs[3].canceled


@pytest.mark.parametrize("commits", [True, False], ids=["commit", "rollback"])
def test_within_a_transaction_of_the_host(store: JobStore[RunningStatus], url: str, commits: bool) -> None:
    import psycopg

    jobs = [store.create() for _ in range(3)]
    jobs[0].start_run()
    file = url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file) if url.startswith("sqlite") else psycopg.connect(url)) as host:
        asked = store.on(host).request_cancel("enough")
        assert {job.id for job in asked} == {job.id for job in jobs}
        assert {job.status for job in asked} == {CANCEL_REQUESTED}
        assert store.count() == {RUNNING: 1, WAITING: 2}, "nobody else sees it before the commit"
        (host.commit if commits else host.rollback)()
    assert store.count() == ({CANCEL_REQUESTED: 3} if commits else {RUNNING: 1, WAITING: 2})


def test_processes_that_ask_for_the_same_jobs_while_another_ends_them(url: str) -> None:
    found, accepted = canceled_at_once(url, 500)
    assert (found["CANCELED"], found["not acknowledged"], accepted["stop_run"]) == (500, 0, 500)
    assert 500 <= found["moves"] == 500 + accepted["request_cancel"] <= 1000


# -- given up with their worker


START = "import sys; from job_status.store import JobStore; JobStore.existing(sys.argv[1]).create('lost').start_run()"


def of_a_process_that_has_ended(store: JobStore[Any], number: int) -> list[StoredJob[Any]]:
    """So many jobs that it has started, the newest first."""
    subprocess.run([sys.executable, "-c", START, store.url], check=True, timeout=60)
    return filled(store, number)


@pytest.fixture
def lost(store: JobStore[RunningStatus]) -> list[StoredJob[RunningStatus]]:
    return of_a_process_that_has_ended(store, 1_500)


def test_the_jobs_of_a_lost_worker_are_given_up_in_few_transactions(
    store: JobStore[RunningStatus], lost: list[StoredJob[RunningStatus]]
) -> None:
    assert store.reap() == []
    with transactions(store) as sizes:
        moved = store.reap(stale_after=0.0)
    assert sizes == [1_000, 500]
    assert [job.id for job in moved] == [job.id for job in reversed(lost)]
    assert {(job._seen().status, job._seen().attempt) for job in moved} == {(UNKNOWN, 1)}
    lost[3].request_cancel()
    with transactions(store) as sizes:
        moved = store.reap(stale_after=0.0, lost_after=0.0)
    assert sizes == [1_000, 500]
    assert Counter((job._seen().status, job._seen().stop_message) for job in moved) == {
        (ERROR, "worker lost"): 1_499,
        (UNKNOWN, None): 1,
    }
    assert store.count() == {ERROR: 1_499, UNKNOWN: 1}
    assert names(store.reap(stale_after=0.0, lost_after=0.0)) == "lost"
    assert (lost[3].status, lost[3].stop_message) == (CANCELED, "worker lost")


def test_a_requeue_gives_the_jobs_to_others(store: JobStore[RunningStatus], lost: list[StoredJob[RunningStatus]]) -> None:
    assert len(store.reap(stale_after=0.0, trigger="requeue")) == 1_500
    assert len(store.reap(stale_after=0.0, lost_after=0.0, trigger="requeue")) == 1_500
    assert store.count() == {WAITING: 1_500}
    assert lost[7].start_run()
    assert (lost[7].attempt, lost[7].history[-2].trigger) == (2, "requeue")


def test_cancels_that_nobody_carries_out_end_in_few_transactions(store: JobStore[RunningStatus]) -> None:
    store.create()
    jobs = filled(store, 1_500)
    store.request_cancel("enough")
    with transactions(store) as sizes:
        assert len(store.reap(lost_after=0.0)) == 1_500
    assert sizes == [1_000, 500]
    assert store.count() == {CANCELED: 1_500}
    assert jobs[0].stop_message == "worker lost"


@pytest.mark.parametrize("moment", ["read", "written"])
def test_reap_leaves_alone_what_somebody_moves_meanwhile(store: JobStore[RunningStatus], moment: str) -> None:
    job, other = of_a_process_that_has_ended(store, 2)
    with meanwhile(store, lambda: job.suspended or job.suspend(), moment):
        (moved,) = store.reap(stale_after=0.0)
    assert (moved.id, other.status, job.status) == (other.id, UNKNOWN, SUSPENDED)
    asked = store.create()
    asked.request_cancel()
    with meanwhile(store, lambda: asked.waiting or asked.trigger("requeue"), moment):
        assert store.reap(lost_after=0.0) == []
    assert asked.waiting


def test_reap_does_not_wait_for_a_job_that_another_transaction_holds(server_store: JobStore[RunningStatus]) -> None:
    import psycopg

    job, other = of_a_process_that_has_ended(server_store, 2)
    with psycopg.connect(server_store.url) as host:
        server_store.on(host).get(job.id).suspend()
        assert [one.id for one in server_store.reap(stale_after=0.0)] == [other.id]
    assert (job.status, other.status) == (SUSPENDED, UNKNOWN)


def test_a_job_is_given_up_by_the_clock_of_the_database(server_store: JobStore[RunningStatus]) -> None:
    job, _ = of_a_process_that_has_ended(server_store, 2)
    with Crew(server_store.url, 1, ahead=(3600.0,)) as crew:
        crew.together([{"do": "sweep", "passes": 1, "stale_after": 0.0}])
    assert job.status is UNKNOWN
    assert job.last_heard == pytest.approx(job.creation_timestamp, abs=600.0)
