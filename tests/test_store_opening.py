"""Opening a store, and what can go wrong with a database: each error says what to do."""

from __future__ import annotations

import os
import pickle
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from job_status import JOB_LIFECYCLE, Guard, JobStatusError, Lifecycle, RunningStatus, StoreError, Transition
from job_status.store import JobStore
from job_status.store._mounts import network_of
from tests.databases import running_server

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus
MORE = JOB_LIFECYCLE.extend(Transition("requeue", RUNNING, WAITING))


def test_a_lifecycle_that_only_adds_is_taken_and_recorded(url: str) -> None:
    with JobStore(url) as store:
        job = store.create()
        job.start_run()
    with JobStore(url, MORE) as store:
        store.get(job.id).trigger("requeue")
    with JobStore(url, Lifecycle(reversed(MORE.rows), initial=WAITING)) as store:
        assert store.get(job.id).waiting, "the order of the rows does not matter"
    with pytest.raises(StoreError, match="there requeue leads from RUNNING to WAITING, here it does not; open it with that one"):
        JobStore(url)


@pytest.mark.parametrize(
    ("lifecycle", "why"),
    [
        (Lifecycle([row for row in JOB_LIFECYCLE.rows if SUSPENDED not in (row.source, row.dest)]), "SUSPENDED"),
        (Lifecycle(MORE.rows, initial=RUNNING), "there a new job is WAITING, here RUNNING"),
        (
            Lifecycle([*JOB_LIFECYCLE.rows[1:], Transition("start_run", WAITING, RUNNING, Guard.NO_CANCEL_REQUESTED)]),
            "there start_run leads from WAITING to RUNNING, here it does not",
        ),
    ],
)
def test_another_lifecycle_is_refused(url: str, lifecycle: Lifecycle[RunningStatus], why: str) -> None:
    JobStore(url).close()
    with pytest.raises(StoreError, match=f"is for another lifecycle: .*{why}"):
        JobStore(url, lifecycle)


def test_tables_of_another_version_are_refused(url: str) -> None:
    with JobStore(url) as store, store._database.transaction() as execute:
        execute("UPDATE job_status_meta SET value = '99' WHERE name = 'schema'")
    with pytest.raises(StoreError, match="has tables of version 99, and this job_status reads version 1; upgrade job_status"):
        JobStore(url)


def test_a_status_that_the_lifecycle_lacks_is_named(url: str) -> None:
    with JobStore(url) as store:
        job = store.create()
        with store._database.transaction() as execute:
            execute("UPDATE job_status_job SET status = 'LOST'")
        with pytest.raises(StoreError, match="the database has a job that is 'LOST', which this lifecycle does not have"):
            _ = job.status


@pytest.mark.parametrize("url", ["", "jobs.db", "mysql://host/db", "sqlite:jobs.db", "sqlite://", "sqlite:///:memory:", 7, None])
def test_what_is_no_url_of_a_store_is_said(url: object) -> None:
    with pytest.raises(ValueError, match=r"the URL of (a|an SQLite) store (begins with|is) sqlite:///"):
        JobStore(url)  # type: ignore[call-overload]


def test_bad_options_are_said(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="the lifecycle of a store must be a Lifecycle, not 'x'"):
        JobStore(f"sqlite:///{tmp_path}/jobs.db", "x")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="timeout must be a number of seconds from 0, not -1"):
        JobStore(f"sqlite:///{tmp_path}/jobs.db", timeout=-1)


def test_no_password_is_shown(server: str) -> None:
    head, _, tail = server.partition("@")
    secret = f"{head.rpartition(':')[0]}:s3cret@{tail}"
    with JobStore(secret) as store:
        job = store.create()
        assert "s3cret" not in repr(store) + store.url + repr(job) + repr(pickle.dumps(job))
        assert pickle.loads(pickle.dumps(job)).store is store
    broken = secret.replace("host=", "host=/nowhere")
    with pytest.raises(StoreError, match="the server cannot be reached") as caught:
        JobStore(broken)
    assert "s3cret" not in str(caught.value) + str(caught.value.__cause__)
    with pytest.raises(ValueError, match="the URL of a store begins with") as wrong:
        JobStore(secret.replace("postgresql", "mysql"))
    assert "s3cret" not in str(wrong.value)


# -- SQLite


def test_a_file_is_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with JobStore("sqlite:///jobs.db", durable=True) as store:
        store.create().start_run()
        assert store.url == f"sqlite:///{tmp_path}/jobs.db"
        for path in tmp_path.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_what_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("these are my notes, and there are many of them" * 100)
    with pytest.raises(StoreError, match="this file is not an SQLite database; name another one"):
        JobStore(f"sqlite:///{path}")
    assert path.read_text().startswith("these are my notes")
    with pytest.raises(StoreError, match="cannot be opened; its folder must exist"):
        JobStore(f"sqlite:///{tmp_path}/nowhere/jobs.db")


def test_a_locked_database_is_waited_for_and_then_said(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/jobs.db"
    with JobStore(url, timeout=0.05) as store:
        job = store.create("a job")
        with sqlite3.connect(tmp_path / "jobs.db", isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match=r"has kept the database locked for 0\.05 s; end it, or wait longer"):
                job.start_run()
            assert job.waiting, "readers do not wait"
            other.execute("ROLLBACK")
        other.close()
        assert job.start_run()


def test_a_move_in_the_middle_of_a_move_is_refused_and_does_not_hang(tmp_path: Path) -> None:
    with JobStore(f"sqlite:///{tmp_path}/jobs.db") as store:
        job = store.create()
        with store._database.transaction(), pytest.raises(StoreError, match="a signal handler or finalizer cannot change a job"):
            job.start_run()
        assert job.start_run()


def test_a_full_disk_is_said_and_nothing_is_half_done(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "none", str(disk)], capture_output=True, check=False).returncode:
        pytest.skip("only root may make a small disk")
    try:
        with JobStore(f"sqlite:///{disk}/jobs.db") as store:
            job = store.create()
            with pytest.raises(StoreError, match=r"the disk is full; nothing was written\. Make room and try again"):
                for _ in range(1000):
                    store.create("x" * 10_000)
            with pytest.raises(StoreError, match="the disk is full"):
                while True:
                    job.start_run()
                    store.create("x" * 100)
                    job = store.list(limit=1)[0]
            moves = [move for move in job.history if not move.refused]
            assert job.running is bool(moves)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


READ_ONLY = """
import os, sys
from job_status import StoreError
from job_status.store import JobStore
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    store = JobStore(sys.argv[1])
    store.create()
except StoreError as error:
    print(error)
"""


def test_a_read_only_database_is_said(tmp_path: Path) -> None:
    with TemporaryDirectory() as folder:
        JobStore(f"sqlite:///{folder}/jobs.db").close()
        os.chmod(folder, 0o755)
        os.chmod(f"{folder}/jobs.db", 0o444)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [sys.executable, "-c", READ_ONLY, f"sqlite:///{folder}/jobs.db"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert "read-only; make its file and its folder writable" in done.stdout + done.stderr


def test_a_network_file_system_is_known(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
        "22 21 0:5 / /home rw shared:1 - nfs4 server:/home rw\n"
        "23 22 8:2 / /home/ada/a\\040disk rw - ext4 /dev/sdb rw\n"
        "24 21 0:6 / /home2 rw - lustre mds:/x rw\n"
    )
    assert network_of("/tmp/jobs.db", mounts) is None
    assert network_of("/home/ada/jobs.db", mounts) == "nfs4"
    assert network_of("/home/ada/a disk/jobs.db", mounts) is None
    assert network_of("/home2/jobs.db", mounts) == "lustre"
    assert network_of("/homes/jobs.db", mounts) is None
    assert network_of("/home/jobs.db", tmp_path / "nothing") is None


# -- PostgreSQL


def test_a_server_that_is_killed_is_said_and_then_used_again() -> None:
    with running_server() as (base, running), JobStore(base, timeout=2.0) as store:
        job = store.create("a job")
        job.start_run()
        os.kill(running.get_pid(), signal.SIGKILL)
        with pytest.raises(JobStatusError, match="the server cannot be reached, or went away"):
            while True:
                job.update_progress(0.5)
                job.suspend()
                job.resume()
        restarted(running, base)
        assert job.status in (RUNNING, SUSPENDED)
        assert job.stop_run(ERROR, "it was interrupted")
        moves = [move for move in job.history if not move.refused]
        assert all(before.dest is after.source for before, after in pairwise(moves))


def restarted(server: Any, base: str) -> None:
    import psycopg

    deadline = time.monotonic() + 60.0
    while True:
        try:
            server.ensure_postgres_running()
            psycopg.connect(base).close()
            return
        except Exception:  # processes of the old one are still there
            assert time.monotonic() < deadline
            time.sleep(0.1)
