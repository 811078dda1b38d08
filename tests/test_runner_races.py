"""Two `CommandRun`s of one job: one of them runs the command, and the other one is refused and leaves the job alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from job_status import JOB_LIFECYCLE, InvalidTransition, JobCompleted, JobStatus, Lifecycle, RunningStatus, Superseded, Transition
from job_status.runner import CommandRun
from job_status.store import JobStore
from tests.command_line import DEADLINE, READY, UNTIL_GO, Place, sh

RUNNING, WAITING, ERROR, SUCCESS = RunningStatus.RUNNING, RunningStatus.WAITING, RunningStatus.ERROR, RunningStatus.SUCCESS

if os.name != "posix":
    pytest.skip("there are no process groups", allow_module_level=True)

REQUEUED = JOB_LIFECYCLE.extend(Transition("requeue", RUNNING, WAITING))

#: how many jobs are raced for
ROUNDS = 50

#: runs the job whose id it reads, and says what came of that
RACER = """
import json, sys
from job_status import InvalidTransition
from job_status.runner import CommandRun
from job_status.store import JobStore

with JobStore(sys.argv[1]) as store:
    for line in sys.stdin:
        job = store.get(line.strip())
        try:
            said = CommandRun(["/bin/sh", "-c", 'echo "$0" >> "$1"', job.id, sys.argv[2]], job).run()
        except InvalidTransition as refusal:
            said = refusal.status.name
        print(json.dumps(said), flush=True)
"""


def walked(status: JobStatus[Any]) -> list[str]:
    """The statuses that a job went through."""
    return ["WAITING", *(move.dest.name for move in status.history if not move.refused)]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_of_two_processes_that_run_one_job_one_runs_the_command(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    with JobStore(f"sqlite:///{tmp_path}/jobs.db") as store, ExitStack() as stack:
        command = [sys.executable, "-c", RACER, store.url, str(ran)]
        racers = [
            stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1))
            for _ in range(2)
        ]
        for _ in range(ROUNDS):
            job = store.create()
            for racer in racers:
                assert racer.stdin is not None
                racer.stdin.write(f"{job.id}\n")
            said = [json.loads(racer.stdout.readline()) for racer in racers if racer.stdout is not None]
            said.sort(key=str)
            assert said[0] == 0
            assert said[1] in ("RUNNING", "SUCCESS")
            assert ran.read_text().count(job.id) == 1
            assert (walked(job), job.attempt) == (["WAITING", "RUNNING", "SUCCESS"], 1)
            assert job.refusals == {"start_run": 1}
        for racer in racers:
            racer.communicate(timeout=DEADLINE)


def test_of_two_threads_that_run_one_job_one_runs_the_command(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    for number in range(ROUNDS):
        status, together = JobStatus(), Barrier(2)
        said: list[Any] = []

        def run(status: JobStatus = status, together: Barrier = together, said: list[Any] = said, number: int = number) -> None:
            together.wait(DEADLINE)
            try:
                said.append(CommandRun(["/bin/sh", "-c", 'echo "$0" >> "$1"', f"<{number}>", str(ran)], status).run())
            except InvalidTransition as refusal:
                said.append(refusal.status)

        threads = [Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DEADLINE)
        said.sort(key=str)
        assert said[0] == 0
        assert said[1] in (RUNNING, SUCCESS)
        assert ran.read_text().count(f"<{number}>") == 1
        assert (walked(status), status.attempt) == (["WAITING", "RUNNING", "SUCCESS"], 1)


@pytest.fixture
def elsewhere(place: Place) -> Iterator[JobStatus]:
    """A job that somebody else runs until the test is over."""
    status, codes = JobStatus(), list[int]()
    thread = Thread(target=lambda: codes.append(CommandRun(sh(f"{READY} {UNTIL_GO}"), status, cwd=place.folder).run()))
    thread.start()
    place.ready()
    before = status.to_dict(history=False)
    yield status
    assert status.to_dict(history=False) == before
    place.go()
    thread.join(DEADLINE)
    assert codes == [0]
    assert walked(status) == ["WAITING", "RUNNING", "SUCCESS"]


@pytest.mark.parametrize("program", [pytest.param("touch", id="found"), pytest.param("no-such-command", id="not-found")])
def test_who_comes_too_late_is_refused_and_leaves_the_job_alone(place: Place, elsewhere: JobStatus, program: str) -> None:
    with pytest.raises(InvalidTransition, match=r"^cannot start_run while RUNNING; ") as refused:
        CommandRun([program, str(place.folder / "ran")], elsewhere).run()
    assert refused.value.status is RUNNING
    assert not (place.folder / "ran").exists()


def test_who_comes_after_the_end_is_refused(place: Place) -> None:
    status = JobStatus()
    assert CommandRun(["true"], status).run() == 0
    with pytest.raises(JobCompleted, match=r"^cannot start_run: the job is SUCCESS, which is final "):
        CommandRun(["touch", str(place.folder / "ran")], status).run()
    assert not (place.folder / "ran").exists()
    assert walked(status) == ["WAITING", "RUNNING", "SUCCESS"]


def test_a_status_that_only_warns_refuses_a_second_run_too(place: Place) -> None:
    status = JobStatus(on_invalid="warn")
    status.start_run()
    with pytest.raises(InvalidTransition, match=r"^cannot start_run while RUNNING; "):
        CommandRun(["touch", str(place.folder / "ran")], status).run()
    assert not (place.folder / "ran").exists()
    assert status.running


def test_a_start_that_is_only_known_better_is_not_taken_for_one(place: Place) -> None:
    status = JobStatus(lifecycle=JOB_LIFECYCLE.extend(Transition("start_run", RUNNING, RUNNING)))
    status.start_run()
    with pytest.raises(InvalidTransition, match=r"^cannot start_run while RUNNING; "):
        CommandRun(["touch", str(place.folder / "ran")], status).run()
    assert not (place.folder / "ran").exists()
    assert (status.status, status.attempt) == (RUNNING, 1)


# -- a job that the caller has started


def test_the_attempt_that_the_caller_started_is_run(place: Place) -> None:
    status = JobStatus()
    status.start_run()
    assert CommandRun(sh("exit 0"), status, attempt=status.attempt).run() == 0
    assert walked(status) == ["WAITING", "RUNNING", "SUCCESS"]


def test_the_attempt_of_a_caller_that_lost_it_is_not_run(place: Place) -> None:
    status = JobStatus(lifecycle=REQUEUED)
    status.start_run()
    status.trigger("requeue")
    assert CommandRun(["touch", str(place.folder / "ran")], status, attempt=1).run() == 130
    assert not (place.folder / "ran").exists()
    assert status.waiting


@pytest.mark.parametrize(
    ("attempt", "problem"),
    [
        pytest.param(0, "attempt must be the number of the attempt that was started, from 1, or None, not 0", id="0"),
        pytest.param("1", "attempt must be a whole number from 0, not '1'", id="str"),
    ],
)
def test_an_attempt_is_a_number_from_1(attempt: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{problem}$"):
        CommandRun(["true"], JobStatus(), attempt=attempt)


# -- a command that cannot be started


def test_a_job_that_was_requeued_is_started_before_it_ends_for_want_of_its_command() -> None:
    status = JobStatus(lifecycle=REQUEUED)
    status.start_run()
    status.trigger("requeue")
    assert CommandRun(["no-such-command"], status).run() == 127
    assert walked(status) == ["WAITING", "RUNNING", "WAITING", "RUNNING", "ERROR"]


def test_a_job_that_only_a_run_can_end_is_started_before_it_ends_for_want_of_its_command() -> None:
    ends = [Transition("stop_run", RUNNING, end) for end in (ERROR, SUCCESS)]
    rows = [Transition("start_run", WAITING, RUNNING), *ends]
    status = JobStatus(lifecycle=Lifecycle(rows))
    assert CommandRun(["no-such-command"], status).run() == 127
    assert (walked(status), status.stop_message) == (["WAITING", "RUNNING", "ERROR"], "command not found: no-such-command")


def test_a_cancel_counts_for_more_than_a_command_that_is_not_found() -> None:
    status = JobStatus()
    status.request_cancel("never mind")
    assert CommandRun(["no-such-command"], status).run() == 130
    assert (walked(status), status.stop_message) == (["WAITING", "CANCEL_REQUESTED", "CANCELED"], "never mind")


class Raced(JobStatus):
    """A job that another worker starts just before this one, which has looked whether it may, ends it."""

    def stop_run(self, cause: RunningStatus = SUCCESS, mesg: str | None = None, attempt: int | None = None) -> bool:
        self.start_run()
        return super().stop_run(cause, mesg, attempt)


def test_a_job_that_has_just_been_started_does_not_end_for_want_of_the_command_here() -> None:
    status = Raced()
    with pytest.raises(Superseded, match=r"^cannot stop_run\(ERROR\) for attempt 0: the job is RUNNING and is at attempt 1$"):
        CommandRun(["no-such-command"], status).run()
    assert status.running
