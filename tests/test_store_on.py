"""A store within a transaction of its host: sqlite3, psycopg, and SQLAlchemy's Core and ORM, on real databases."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from job_status import InvalidTransition, JobGone, JobGroup, RunningStatus, StoreError, Transition
from job_status._lifecycle import JOB_LIFECYCLE
from job_status.store import JobStore
from tests.databases import database

WAITING, RUNNING, SUCCESS = RunningStatus.WAITING, RunningStatus.RUNNING, RunningStatus.SUCCESS

Connect = Callable[[], Any]


@pytest.fixture
def connect(url: str) -> Iterator[Connect]:
    """Opens connections of the driver, and closes them at the end."""
    opened: list[Any] = []

    def connection() -> Any:
        if url.startswith("sqlite:"):
            opened.append(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=5.0))
        else:
            import psycopg

            opened.append(psycopg.connect(url))
        return opened[-1]

    yield connection
    for one in opened:
        one.close()


@pytest.fixture
def store(url: str) -> Iterator[JobStore[RunningStatus]]:
    with JobStore(url) as opened:
        yield opened


@pytest.fixture
def host(connect: Connect) -> Any:
    """A connection of a host, which has a table of its own."""
    connection = connect()
    connection.execute("CREATE TABLE orders (number INTEGER)")
    connection.commit()
    return connection


@pytest.fixture
def engine(url: str, host: Any) -> Iterator[sa.Engine]:
    made = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    yield made
    made.dispose()


def until(condition: Callable[[], bool]) -> None:
    deadline = monotonic() + 10
    while not condition():
        assert monotonic() < deadline
        sleep(0.01)


def orders(connection: Any) -> int:
    count: int = connection.execute("SELECT COUNT(*) FROM orders").fetchone()[0]
    connection.commit()
    return count


def test_the_hosts_rows_and_the_job_change_together(store: JobStore[RunningStatus], host: Any) -> None:
    here = store.on(host)
    job = here.create("order 7", labels={"user": "ada"})
    job.start_run()
    job.update_progress(0.5, "packing")
    host.execute("INSERT INTO orders VALUES (7)")
    assert (job.status, job.progress, job.phase, job.labels) == (RUNNING, 0.5, "packing", {"user": "ada"})
    assert store.count() == {}, "nobody else sees it before the commit"
    host.commit()
    found = store.get(job.id)
    assert (found.status, found.progress, [move.trigger for move in found.history]) == (RUNNING, 0.5, ["start_run"])
    assert orders(host) == 1
    assert "in a transaction" in repr(here)


def test_a_rollback_undoes_both(store: JobStore[RunningStatus], host: Any) -> None:
    job = store.create()
    inside = store.on(host).get(job.id)
    inside.start_run()
    inside.suspend()
    host.execute("INSERT INTO orders VALUES (7)")
    host.rollback()
    assert (job.status, list(job.history), orders(host)) == (WAITING, [], 0)
    job.start_run()
    job.stop_run()
    with pytest.raises(InvalidTransition, match="SUCCESS"):
        inside.resume()  # in the host's next transaction it goes by what is there
    host.commit()
    assert job.refusals == {"resume": 1}


def test_a_version_that_was_undone_is_not_taken_for_one_that_another_wrote(store: JobStore[RunningStatus], host: Any) -> None:
    job = store.create()
    inside = store.on(host).get(job.id)
    inside.start_run()
    host.rollback()
    job.request_cancel()  # which has the version that the start had
    with pytest.raises(InvalidTransition):
        inside.suspend()
    with pytest.raises(InvalidTransition):
        inside.update_progress(0.5)
    host.commit()
    assert job.status is RunningStatus.CANCEL_REQUESTED


def test_a_creation_that_was_undone_is_gone(store: JobStore[RunningStatus], host: Any) -> None:
    job = store.on(host).create()
    host.rollback()
    store.create()  # on SQLite it gets the same number
    with pytest.raises(JobGone, match="was deleted"):
        assert job.status


def test_a_refusal_leaves_the_transaction_as_it_was(store: JobStore[RunningStatus], host: Any) -> None:
    job = store.on(host).create()
    host.execute("INSERT INTO orders VALUES (7)")
    with pytest.raises(InvalidTransition, match="cannot suspend while WAITING"):
        job.suspend()
    with job.run():
        job.update_progress(0.1)
    host.commit()
    assert (store.get(job.id).status, orders(host)) == (SUCCESS, 1)


def test_of_two_hosts_one_starts_a_job(store: JobStore[RunningStatus], url: str, connect: Connect, host: Any) -> None:
    job = store.create()
    other = connect()
    if url.startswith("sqlite:"):
        other.execute("PRAGMA busy_timeout = 50")
    else:
        other.execute("SET lock_timeout = '50ms'")
    second = store.on(other).get(job.id)
    assert second.status is WAITING
    store.on(host).get(job.id).start_run()
    with pytest.raises(StoreError, match="another transaction holds what this one wants"):
        second.start_run()
    other.rollback()
    host.commit()
    with pytest.raises(InvalidTransition, match="RUNNING"):
        store.on(other).get(job.id).start_run()
    other.commit()
    assert [move.trigger for move in job.history if not move.refused] == ["start_run"]


def test_an_isolated_transaction_is_told_of_the_conflict(server: str, connect_to: Callable[[str], Any]) -> None:
    with connect_to(server) as (url, connection), JobStore(url) as store:
        job = store.create()
        connection.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        inside = store.on(connection).get(job.id)
        job.start_run()
        with pytest.raises(StoreError, match="roll back and try again"):
            inside.start_run()
        with pytest.raises(StoreError, match="current transaction is aborted"):
            assert inside.status
        connection.rollback()


@pytest.fixture
def connect_to() -> Callable[[str], Any]:
    import psycopg

    @contextmanager
    def opened(server: str) -> Iterator[tuple[str, Any]]:
        with database(server) as url, psycopg.connect(url) as connection:
            yield url, connection

    return opened


def test_a_connection_that_commits_each_statement_is_refused(store: JobStore[RunningStatus], url: str, host: Any) -> None:
    if url.startswith("sqlite:"):
        host.isolation_level = None
    else:
        host.autocommit = True
    with pytest.raises(StoreError, match="commits each statement; begin a transaction first"):
        store.on(host)
    host.execute("BEGIN")
    job = store.on(host).create()
    host.execute("ROLLBACK")
    with pytest.raises(StoreError, match="commits each statement"):
        job.start_run()
    assert store.count() == {}


def test_what_is_no_connection_to_the_database_is_refused(
    store: JobStore[RunningStatus], tmp_path: Path, url: str, host: Any
) -> None:
    with pytest.raises(TypeError, match=r"on\(\.\.\.\) of a store in (SQLite|PostgreSQL) takes a connection of .*, not 7"):
        store.on(7)
    if url.startswith("sqlite:"):
        with sqlite3.connect(tmp_path / "other.db") as other, pytest.raises(StoreError, match="no such table"):
            store.on(other)
        other.close()
    host.close()
    with pytest.raises(StoreError, match="closed"):
        store.on(host)


def test_a_database_of_another_lifecycle_is_refused(url: str, host: Any) -> None:
    more = JOB_LIFECYCLE.extend(Transition("requeue", RUNNING, WAITING))
    with JobStore(url) as store, JobStore(url, more) as wider:
        with pytest.raises(StoreError, match="is for another lifecycle: there requeue leads"):
            store.on(host)
        host.rollback()
        wider.on(host).create()
        host.rollback()


def test_rows_of_the_hosts_own_kind(store: JobStore[RunningStatus], url: str, host: Any) -> None:
    if url.startswith("sqlite:"):
        host.row_factory = lambda cursor, values: {
            column[0]: value for column, value in zip(cursor.description, values, strict=True)
        }
    else:
        from psycopg.rows import dict_row

        host.row_factory = dict_row
    here = store.on(host)
    job = here.create("a")
    assert (here.list(name="a")[0].id, here.count(), JobGroup([job]).status) == (job.id, {WAITING: 1}, WAITING)
    host.rollback()


def test_a_job_in_a_transaction_is_not_listened_to(store: JobStore[RunningStatus], host: Any) -> None:
    job = store.on(host).create()
    for listen in (lambda: job.subscribe(print), lambda: job.wait(1)):
        with pytest.raises(StoreError, match="is not listened to or waited for; get it from the store after the commit"):
            listen()
    job.start_run()
    host.commit()
    assert pickle.loads(pickle.dumps(job)).status is RUNNING


def test_others_hear_of_it_at_the_commit(store: JobStore[RunningStatus], host: Any) -> None:
    job = store.create()
    seen: list[str] = []
    job.subscribe(lambda _, move: seen.append(move.trigger))
    store.on(host).get(job.id).stop_run(RunningStatus.CANCELED)
    assert not job.wait(0.1)
    assert not seen
    host.commit()
    assert job.wait(10)
    until(lambda: seen == ["stop_run"])


def test_the_worker_of_a_start_that_was_undone_is_known_all_the_same(store: JobStore[RunningStatus], host: Any) -> None:
    here = store.on(host)
    here.create().start_run()  # the first of this process, which with it becomes a worker
    host.rollback()
    job = store.create()
    job.start_run()
    assert store.reap(stale_after=60) == []
    assert job.status is RUNNING
    here.close()  # which leaves the connection to the host
    assert here.count() == {RUNNING: 1}
    host.rollback()


# -- SQLAlchemy


def test_core(store: JobStore[RunningStatus], engine: sa.Engine) -> None:
    insert = sa.text("INSERT INTO orders VALUES (7)")
    with engine.begin() as connection:
        here = store.on(connection)
        kept = here.create("kept")
        kept.start_run()
        connection.execute(insert)
    with pytest.raises(StoreError, match="the transaction is over; take its jobs from the store"):
        assert kept.status
    with pytest.raises(ZeroDivisionError), engine.begin() as connection:
        connection.execute(insert)
        store.on(connection).get(kept.id).stop_run()
        assert 1 / 0
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT COUNT(*) FROM orders")).scalar() == 1
    assert store.get(kept.id).status is RUNNING


def test_core_without_a_transaction(store: JobStore[RunningStatus], engine: sa.Engine) -> None:
    with engine.connect() as connection, pytest.raises(StoreError, match="there is no transaction; begin one first"):
        store.on(connection)


def test_orm(store: JobStore[RunningStatus], engine: sa.Engine) -> None:
    with Session(engine) as session:
        job = store.on(session).create("order 7")
        job.start_run()
        session.execute(sa.text("INSERT INTO orders VALUES (7)"))
        session.commit()
        with pytest.raises(StoreError, match="the transaction is over"):
            job.suspend()
        store.on(session).get(job.id).stop_run()
        session.rollback()
        assert store.get(job.id).status is RUNNING
        with session.begin():
            store.on(session).get(job.id).stop_run()
    assert store.get(job.id).status is SUCCESS
