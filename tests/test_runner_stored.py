"""`CommandRun` and its job: whoever moves that, in this process or another, moves the command; and a store may fail."""

from __future__ import annotations

import logging
import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from job_status import JOB_LIFECYCLE, JobGone, JobStatus, RunningStatus, StoreError, Transition, _record
from job_status.runner import CommandRun
from job_status.store import JobStore, StoredJob
from tests.command_line import BEATING, DEADLINE, READY, UNTIL_GO, Place, is_alive, sh, until

if os.name != "posix":
    pytest.skip("there are no process groups", allow_module_level=True)

RUNNING, WAITING = RunningStatus.RUNNING, RunningStatus.WAITING

REQUEUED = JOB_LIFECYCLE.extend(Transition("requeue", RUNNING, WAITING))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def job(tmp_path: Path) -> Iterator[StoredJob[Any]]:
    """A job in a file, which waits for a lock for a moment only."""
    with JobStore(f"sqlite:///{tmp_path}/jobs.db", timeout=0.02) as store:
        yield store.create()


@pytest.fixture
def lock(job: StoredJob[Any], tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Another process's connection, which may lock the database."""
    connection = sqlite3.connect(tmp_path / "jobs.db", isolation_level=None, check_same_thread=False)
    yield connection
    connection.close()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that failed is tried again soon."""
    monkeypatch.setattr(_record, "TRY_AGAIN", 0.02)


class Running:
    """A command that runs in a thread."""

    def __init__(self, place: Place, status: JobStatus[Any], script: str, **options: Any) -> None:
        self.run = CommandRun(sh(script), status, cwd=place.folder, **options)
        self.error: BaseException | None = None
        self.thread = Thread(target=self._go)
        self.thread.start()

    def _go(self) -> None:
        try:
            self.run.run()
        except BaseException as error:
            self.error = error

    def end(self) -> int | None:
        self.thread.join(DEADLINE)
        assert not self.thread.is_alive()
        return self.run.exit_code


def test_whoever_suspends_and_resumes_the_job_stops_and_continues_the_command(place: Place) -> None:
    status, output = JobStatus(), place.folder / "output"
    with output.open("wb") as sink:
        running = Running(place, status, f"{READY} {BEATING}", output=sink)
        state = Path(f"/proc/{place.ready()}/stat")
        until(lambda: output.stat().st_size)
        status.suspend("lunch")
        if state.exists():
            until(lambda: state.read_text().rpartition(")")[2].split()[0] == "T")
        status.resume()
        size = output.stat().st_size
        until(lambda: output.stat().st_size > size)
        place.go()
        assert running.end() == 0
    assert [move.dest.name for move in status.history] == ["RUNNING", "SUSPENDED", "RUNNING", "SUCCESS"]


def test_a_halted_command_is_not_continued_because_its_job_becomes_unknown(place: Place) -> None:
    status, handled = JobStatus(), Event()
    running = Running(place, status, f"{READY} {BEATING}", output=subprocess.DEVNULL)
    state = Path(f"/proc/{place.ready()}/stat")
    until(lambda: status.running)
    status.suspend()
    until(lambda: running.run._supervisor._halted)
    status.observe(RunningStatus.UNKNOWN)
    running.run._supervisor._events.put(handled.set)  # after what came of that
    assert handled.wait(DEADLINE)
    assert running.run._supervisor._halted
    if state.exists():
        assert state.read_text().rpartition(")")[2].split()[0] == "T"
    status.observe(RUNNING)
    place.go()
    assert running.end() == 0


def test_a_job_that_is_suspended_and_resumed_at_once_goes_on(place: Place) -> None:
    status = JobStatus()
    running = Running(place, status, f"{READY} {UNTIL_GO}")
    place.ready()
    for _ in range(20):
        status.suspend()
        status.resume()
    place.go()
    assert running.end() == 0
    assert status.success


def test_a_command_whose_job_was_given_back_to_the_queue_is_ended_and_the_job_is_left_alone(place: Place) -> None:
    status = JobStatus(lifecycle=REQUEUED)
    running = Running(place, status, f"{READY} sleep 60")
    command = place.ready()
    until(lambda: status.running)
    status.trigger("requeue")
    assert running.end() == 130
    assert not is_alive(command)
    assert status.waiting


def test_a_command_that_stops_itself_when_it_is_asked_to_end_is_killed_after_the_grace(place: Place) -> None:
    status = JobStatus()
    running = Running(place, status, f"trap 'kill -STOP $$' TERM; {READY} while :; do sleep 0.01; done", grace=0.2)
    place.ready()
    status.request_cancel("enough")
    assert running.end() == 130
    assert [move.dest.name for move in status.history] == ["RUNNING", "CANCEL_REQUESTED", "CANCELED"]


def test_a_command_whose_job_was_given_to_another_attempt_is_ended_and_the_job_is_left_alone(place: Place) -> None:
    status = JobStatus(lifecycle=REQUEUED)
    status.subscribe(lambda status, _: status.waiting and status.start_run())  # before the command's own listener is called
    running = Running(place, status, f"{READY} sleep 60")
    command = place.ready()
    status.trigger("requeue")
    assert running.end() == 130
    assert not is_alive(command)
    assert (status.status, status.attempt) == (RUNNING, 2)


def test_a_command_whose_start_cannot_be_recorded_does_not_run(place: Place, job: StoredJob[Any], lock: sqlite3.Connection) -> None:
    lock.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="another process has kept the database locked"):
        CommandRun(["touch", str(place.folder / "ran")], job).run()
    lock.execute("ROLLBACK")
    assert job.waiting
    assert not (place.folder / "ran").exists()


def test_moves_that_a_locked_store_cannot_take_are_recorded_later(
    place: Place, job: StoredJob[Any], lock: sqlite3.Connection, soon: None, caplog: pytest.LogCaptureFixture
) -> None:
    running = Running(place, job, f"{READY} {UNTIL_GO}")
    command = place.ready()
    lock.execute("BEGIN IMMEDIATE")
    os.kill(command, signal.SIGSTOP)
    until(lambda: caplog.text.count("the command goes on, and its moves are recorded later: "))
    assert job.status is RUNNING
    lock.execute("ROLLBACK")
    until(lambda: job.suspended)
    os.kill(command, signal.SIGCONT)
    place.go()
    assert running.end() == 0
    assert [move.dest.name for move in job.history if not move.refused] == ["RUNNING", "SUSPENDED", "RUNNING", "SUCCESS"]


def test_an_end_that_a_locked_store_cannot_take_is_recorded_later(
    place: Place, job: StoredJob[Any], lock: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_record, "sleep", lambda _: lock.execute("ROLLBACK"))  # while it waits to try again
    running = Running(place, job, f"{READY} {UNTIL_GO}")
    place.ready()
    until(lambda: job.running)
    lock.execute("BEGIN IMMEDIATE")
    place.go()
    assert running.end() == 0
    assert job.success


def test_a_store_that_fails_for_long_after_the_end_is_an_error(
    place: Place, job: StoredJob[Any], lock: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_record, "PATIENCE", 0.0)
    running = Running(place, job, f"{READY} {UNTIL_GO} exit 3")
    place.ready()
    until(lambda: job.running)
    lock.execute("BEGIN IMMEDIATE")
    place.go()
    assert running.end() == 3
    lock.execute("ROLLBACK")
    assert isinstance(running.error, StoreError)
    assert job.running


def test_a_command_whose_job_was_deleted_can_still_be_ended(
    place: Place, job: StoredJob[Any], lock: sqlite3.Connection, soon: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    running = Running(place, job, f"trap 'touch asked' TERM; {READY} {UNTIL_GO}")
    place.ready()
    until(lambda: job.running)
    lock.execute("DELETE FROM job_status_job")
    running.run.interrupt("enough")
    until((place.folder / "asked").exists)
    until(lambda: caplog.text.count("recorded later") > 2)
    assert [record.levelname for record in caplog.records if "recorded later" in record.message].count("WARNING") == 1
    place.go()
    assert running.end() == 130
    assert isinstance(running.error, JobGone)
