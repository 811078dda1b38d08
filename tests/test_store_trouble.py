"""A store in trouble: locked, closed, without rights or a driver, in a fork: each is said in a sentence, nothing is half done."""

from __future__ import annotations

import logging
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from enum import Enum
from pathlib import Path
from time import monotonic, sleep

import pytest

from job_status import InvalidTransition, JobStatusError, Lifecycle, RunningStatus, StoreError, Transition
from job_status.store import JobStore, _sqlite, _watcher
from tests.databases import database
from tests.store_proxy import Proxy

WAITING, RUNNING, SUSPENDED = RunningStatus.WAITING, RunningStatus.RUNNING, RunningStatus.SUSPENDED


def until(condition: Callable[[], object]) -> None:
    deadline = monotonic() + 10
    while not condition():
        assert monotonic() < deadline
        sleep(0.01)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "jobs.db"


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another process's lock, held for the block."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


# -- moves


def test_a_run_whose_start_was_not_written_ends_nothing(file: Path) -> None:
    with JobStore(f"sqlite:///{file}", timeout=0.05) as store:
        job = store.create()
        with locked(file), pytest.raises(StoreError, match="locked"), job.run():
            pytest.fail("it was not started")
        assert (job.status, job.attempt) == (WAITING, 0)
        with job.run():
            assert job.running
        other = store.create()  # now the process is known among the workers
        with locked(file), pytest.raises(StoreError, match="locked"), other.run():
            pytest.fail("it was not started")
        assert (other.status, other.attempt) == (WAITING, 0)


def test_a_run_of_a_closed_store_says_so(file: Path) -> None:
    store = JobStore(f"sqlite:///{file}")
    job = store.create()
    store.close()
    with pytest.raises(StoreError, match="the store is closed"), job.run():
        pytest.fail("it was not started")


def test_a_start_whose_answer_was_lost_is_ended_by_its_run(server: str) -> None:
    with database(server) as url, Proxy(url) as proxy, JobStore(proxy.url) as store:
        job = store.create()
        proxy.after = b"INSERT INTO job_status_move"
        with pytest.raises(StoreError, match="went away; whether a move was made in that moment, the job itself says"), job.run():
            pytest.fail("nobody knows that it was started")
        assert [move.dest for move in job.history] == [RUNNING, RunningStatus.ERROR]


def test_a_start_that_nothing_is_known_of_ends_nothing(server: str) -> None:
    with database(server) as url, JobStore(url) as direct, Proxy(url) as proxy, JobStore(proxy.url) as store:
        job = store.create()
        proxy.before, proxy.ends = b"INSERT INTO job_status_move", True
        with pytest.raises(StoreError), job.run():
            pytest.fail("it was not started")
        assert direct.get(job.id).status is WAITING


def test_times_that_are_stated_as_they_are_change_nothing(url: str) -> None:
    with JobStore(url) as store:
        job = store.create()
        version = job._row.version
        job.update_times(creation_datetime=job.creation_timestamp)
        assert job._read().version == version


def test_what_is_refused_is_refused_though_that_cannot_be_recorded(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    with JobStore(f"sqlite:///{file}", timeout=0.05) as store:
        job = store.create("job 7")
        with locked(file), pytest.raises(InvalidTransition, match="cannot suspend while WAITING"):
            job.suspend()
        assert "job 7: a refused attempt was not recorded" in caplog.text
        assert job.refusals == {}


def test_a_report_without_a_time_of_its_own(url: str) -> None:
    with JobStore(url) as store:
        job = store.create()
        assert job._observe(RunningStatus.UNKNOWN, "nothing was heard")
        assert (job.unknown, job.last_heard) == (True, None)


def test_what_is_undone_within_a_transaction_leaves_the_connection_usable(url: str) -> None:
    with JobStore(url) as store:
        with pytest.raises(ZeroDivisionError), store._database.transaction() as execute:
            execute("DELETE FROM job_status_job", ())
            assert 1 / 0
        assert store.create().status is WAITING


def test_more_connections_than_are_kept_are_closed(file: Path) -> None:
    with JobStore(f"sqlite:///{file}") as store:
        pool = store._database._pool  # type: ignore[attr-defined]
        taken = [pool.take() for _ in range(9)]
        for connection in taken:
            pool.give(connection)
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            taken[-1].execute("SELECT 1")


# -- listeners


def test_progress_of_this_object_is_reported_in_its_thread(url: str) -> None:
    with JobStore(url, progress_interval=10) as store:
        job, seen = store.create(), list[float]()
        job.start_run()
        job.subscribe(lambda one, _: seen.append(one.progress), progress=True)
        job.update_progress(0.1)
        job.update_progress(0.2)
        assert seen == [0.1, 0.2]


def test_moves_that_were_reported_are_not_reported_again(url: str) -> None:
    with JobStore(url) as store:
        job, seen = store.create(), list[str]()
        job.subscribe(lambda _, move: seen.append(move.trigger))
        job.start_run()
        job._announce(0, [])
        assert seen == ["start_run"]


def test_moves_made_while_others_are_reported_are_not_reported_twice(url: str) -> None:
    with JobStore(url) as store:
        job, seen = store.create(), list[str]()
        job.subscribe(lambda _, move: seen.append(move.trigger))
        store._watcher.discard(job)  # this test does what its thread would
        other = store.get(job.id)
        other.start_run()
        other.suspend()
        job._announce(1, [])  # the version was read just before the second move
        job._announce(2, [])
        assert seen == ["start_run", "suspend"]


def test_moves_that_could_not_be_read_are_reported_later(file: Path) -> None:
    store = JobStore(f"sqlite:///{file}")
    job = store.create()
    told = job._told_version
    store.close()
    with pytest.raises(StoreError):
        job._announce(told + 2, [])
    assert job._told_version == told


def test_looking_for_changes_of_a_closed_connection_is_an_error_that_says_so(file: Path) -> None:
    with JobStore(f"sqlite:///{file}") as store:
        changes = store._database.changes()
        assert not changes.wait(0.02), "nothing has changed"
        changes.close()
        with pytest.raises(StoreError, match="closed"):
            changes.wait(1.0)


def test_a_listener_whose_connection_was_ended_goes_on(
    server: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    monkeypatch.setattr(_watcher, "LOOK_AGAIN", 0.02)

    with database(server) as url, JobStore(url) as store, psycopg.connect(server, autocommit=True) as admin:
        job, seen = store.create(), list[str]()
        job.subscribe(lambda _, move: seen.append(move.trigger))
        name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
        listeners = "FROM pg_stat_activity WHERE datname = %s AND query LIKE 'LISTEN%%'"
        until(lambda: admin.execute(f"SELECT pid {listeners}", (name,)).fetchall())
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        admin.execute(f"SELECT pg_terminate_backend(pid) {listeners}", (name,))
        until(lambda: "changes by other processes are not noticed for now" in caplog.text)
        sleep(0.2)  # for some more attempts, which are not reported again
        assert caplog.text.count("changes by other processes are not noticed for now") == 1
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        store.get(job.id).start_run()
        until(lambda: seen == ["start_run"])


# -- what a store does by itself


def test_a_sign_of_life_and_a_report_that_fail_are_written_later(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "job_status")
    with JobStore(f"sqlite:///{file}", timeout=0.02, beat=0.05, progress_interval=0.01) as store:
        job = store.create()
        job.start_run()
        job.update_progress(0.1)
        job.update_progress(0.2)
        with locked(file):
            until(lambda: "a sign of life was not written" in caplog.text)
            with pytest.raises(StoreError):
                until(lambda: job.update_progress(0.3) and False)
        job.update_progress(0.4)
        job.update_progress(0.5)
        with locked(file):
            until(lambda: "a progress report was not written" in caplog.text)
        until(lambda: store.get(job.id).progress == 0.5)


def test_in_a_fork_nothing_is_written_for_the_parent(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with JobStore(f"sqlite:///{file}", progress_interval=10) as store:
        job = store.create()
        job.start_run()
        job.update_progress(0.1)
        job.update_progress(0.2)
        keeper, watcher = store._keeper, store._watcher
        with monkeypatch.context() as fork:
            fork.setattr("os.getpid", lambda: 0)
            keeper.flush()
            assert store._keeper is not keeper
            assert store._watcher is not watcher
        assert store.get(job.id).progress == 0.1
        store._keeper_here, store._watcher_here = keeper, watcher
        keeper.flush()
        assert store.get(job.id).progress == 0.2


# -- opening


def test_there_is_nothing_to_open(url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there are no jobs in"):
        JobStore.existing(url)
    assert not list(tmp_path.iterdir())


def test_a_file_of_another_machine_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sqlite, "network_of", lambda _: "nfs4")  # which is told by the table of mounts
    with pytest.raises(StoreError, match="is on nfs4, where SQLite cannot lock files reliably; use a local disk, or PostgreSQL"):
        JobStore(f"sqlite:///{file}")
    assert not file.exists()


def test_a_foreign_file_is_left_as_it_is(file: Path) -> None:
    with closing(sqlite3.connect(file)) as foreign:
        foreign.execute("CREATE TABLE songs (title TEXT)")
    before = file.read_bytes()
    with pytest.raises(StoreError, match="there are no jobs in"):
        JobStore.existing(f"sqlite:///{file}")
    assert file.read_bytes() == before
    file.write_text("this is no database", encoding="utf-8")
    with pytest.raises(StoreError, match="not an SQLite database"):
        JobStore.existing(f"sqlite:///{file}")


@pytest.mark.parametrize("garbage", ["{", "[]", '{"rows": 7}'])
def test_a_lifecycle_that_cannot_be_read_is_said(file: Path, garbage: str) -> None:
    JobStore(f"sqlite:///{file}").close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE job_status_meta SET value = ? WHERE name = 'lifecycle'", (garbage,))
        connection.commit()
    with pytest.raises(StoreError, match=r"the lifecycle that .* records cannot be read|record of its lifecycle"):
        JobStore.existing(f"sqlite:///{file}")


def test_without_its_driver_postgresql_says_what_to_install() -> None:
    code = """
import sys
sys.modules["psycopg"] = None
from job_status.store import JobStore, _sqlite, _watcher
JobStore("postgresql:///jobs")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "StoreError: a store in PostgreSQL needs psycopg: pip install 'job_status[postgres]'" in done.stderr


def test_a_user_without_rights_and_a_job_that_is_locked(server: str) -> None:
    import psycopg

    with database(server) as url, JobStore(url, timeout=0.2) as store, psycopg.connect(url, autocommit=True) as admin:
        job = store.create()
        with admin.transaction():
            admin.execute("SELECT * FROM job_status_job FOR UPDATE")
            with pytest.raises(StoreError, match=r"others have kept the job locked for 0\.2 s"):
                job.start_run()
        role = f"guest_{job.id}"
        admin.execute(f"CREATE ROLE {role} LOGIN")
        try:
            with pytest.raises(StoreError, match="this user may not do that; ask for the right"):
                JobStore(re.sub("//[^@]*@", f"//{role}@", url))
        finally:
            admin.execute(f"DROP ROLE {role}")
        full = store._database._explained(psycopg.errors.DiskFull("no space"))  # type: ignore[attr-defined]
        assert "the server's disk is full; nothing was written" in str(full)


# -- lost workers that nothing can be done for


class S(Enum):
    WAITS, RUNS, HALTS, WINDS_DOWN, FAILED, DROPPED = range(6)


NARROW = Lifecycle(
    (
        Transition("start_run", S.WAITS, S.RUNS),
        Transition("request_cancel", S.WAITS, S.WINDS_DOWN),
        Transition("stop_run", S.WINDS_DOWN, S.FAILED),
        Transition("stop_run", S.WAITS, S.DROPPED),
        Transition("suspend", S.RUNS, S.HALTS),
        Transition("resume", S.HALTS, S.RUNS),
        Transition("requeue", S.RUNS, S.WAITS),
        Transition("stop_run", S.RUNS, S.FAILED),
    ),
    means={
        S.WAITS: WAITING,
        S.RUNS: RUNNING,
        S.HALTS: SUSPENDED,
        S.WINDS_DOWN: RunningStatus.CANCEL_REQUESTED,
        S.FAILED: RunningStatus.ERROR,
        S.DROPPED: RunningStatus.CANCELED,
    },
)


def test_a_lost_job_stays_where_no_row_leads_on(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with JobStore(url, NARROW) as store:
        halted, asked = store.create("halted"), store.create("asked")
        halted.start_run()
        halted.suspend()
        asked.request_cancel()
        with store._database.transaction() as execute:
            execute("UPDATE job_status_worker SET beat = 0", ())
            execute("UPDATE job_status_job SET moved = 0", ())
        assert store.reap(60, 600, trigger="requeue") == []
        assert (halted.status, asked.status) == (S.HALTS, S.WINDS_DOWN)
        assert caplog.text.count("a job whose worker was lost stays as it is") == 2


def test_errors_of_a_store_are_those_of_the_package() -> None:
    assert issubclass(StoreError, JobStatusError)
