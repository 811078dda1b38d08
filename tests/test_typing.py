"""What a type checker sees in a user's code: what must pass `mypy --strict`, and what must be refused."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import job_status

PASSES = """
from collections.abc import Callable
from enum import Enum, IntEnum, StrEnum
from typing_extensions import assert_type

from job_status import (
    JOB_LIFECYCLE, History, JobStatus, Lifecycle, Move, Observation, RunningStatus, Transition
)

status = JobStatus()
assert_type(status, JobStatus[RunningStatus])
assert_type(status.start_run(), bool)
assert_type(status.update_progress(0.5, "phase", attempt=1), bool)
assert_type(status.request_cancel("why", quiet=True), bool)
assert_type(status.suspend(), bool)
assert_type(status.resume(), bool)
assert_type(status.stop_run(RunningStatus.ERROR, "why"), bool)
assert_type(status.trigger("start_run"), bool)
assert_type(status.observe(RunningStatus.RUNNING, at=5.0), Observation)
assert_type(status.status, RunningStatus)
assert_type(status.meaning, RunningStatus)
assert_type(status.name, str | None)
assert_type(status.attempt, int)
assert_type(status.progress, float)
assert_type(status.phase, str | None)
assert_type(status.duration, float | None)
assert_type(status.completed, bool)
assert_type(status.history, History[RunningStatus])
assert_type(status.history[0], Move[RunningStatus])
assert_type(status.history[1:], tuple[Move[RunningStatus], ...])
assert_type(status.lifecycle, Lifecycle[RunningStatus])
assert_type(status.subscribe(lambda job, move: print(job.status, move.dest)), Callable[[], None])
assert_type(status.again(), JobStatus[RunningStatus])
assert_type(JobStatus.from_dict(status.to_dict()), JobStatus[RunningStatus])
with status.run() as running:
    assert_type(running, JobStatus[RunningStatus])


def plain(job: JobStatus) -> RunningStatus:  # without arguments: the default of the type variable
    return job.status


class S(StrEnum):
    QUEUED = "queued"
    STARTED = "started"
    DONE = "done"
    FAILED = "failed"


QUEUE = Lifecycle(
    (
        Transition("start_run", S.QUEUED, S.STARTED),
        Transition("stop_run", S.STARTED, S.DONE),
        Transition("stop_run", S.STARTED, S.FAILED),
        Transition("retry", S.STARTED, S.QUEUED),
    ),
    means={
        S.QUEUED: RunningStatus.WAITING,
        S.STARTED: RunningStatus.RUNNING,
        S.DONE: RunningStatus.SUCCESS,
        S.FAILED: RunningStatus.ERROR,
    },
)
assert_type(QUEUE, Lifecycle[S])
assert_type(QUEUE.statuses, tuple[S, ...])
assert_type(QUEUE.meaning(S.DONE), RunningStatus)
assert_type(QUEUE.destination("stop_run", S.STARTED, S.DONE), S | None)
assert_type(QUEUE.extend(Transition("withdraw", S.QUEUED, S.FAILED)), Lifecycle[S])
job = JobStatus(lifecycle=QUEUE, name="thumbnail 17")
assert_type(job, JobStatus[S])
assert_type(job.status, S)
assert_type(job.history[0].dest, S)
job.stop_run(S.DONE, attempt=1)
job.stop_run(RunningStatus.SUCCESS)
job.observe(S.STARTED, attempt=2)
assert_type(JobStatus.from_dict(job.to_dict(), lifecycle=JOB_LIFECYCLE).status, RunningStatus)


class MyJob(JobStatus[S]):
    def __init__(self, name: str) -> None:
        super().__init__(lifecycle=QUEUE, name=name)

    def retry(self, mesg: str | None = None) -> bool:
        return self.trigger("retry", mesg)


mine = MyJob("thumbnail 18")
assert_type(mine.status, S)
assert_type(mine.retry(), bool)
assert_type(mine.again(), MyJob)
with mine.run() as same:
    assert_type(same, MyJob)


class Number(IntEnum):
    ONE = 1
    TWO = 2


def read(number: Number) -> RunningStatus:
    return RunningStatus.WAITING if number is Number.ONE else RunningStatus.ERROR


assert_type(Lifecycle([Transition("stop_run", Number.ONE, Number.TWO)], means=read), Lifecycle[Number])
"""

REFUSED = """
from enum import Enum

from job_status import JobStatus, Lifecycle, RunningStatus, Transition


class S(Enum):
    QUEUED = 1
    FAILED = 2


class T(Enum):
    DONE = 1


ROW = Transition("stop_run", S.QUEUED, S.FAILED)
MEANS = {S.QUEUED: RunningStatus.WAITING, S.FAILED: RunningStatus.ERROR}
QUEUE = Lifecycle((ROW,), means=MEANS)
job = JobStatus(lifecycle=QUEUE)

Lifecycle((ROW, Transition("stop_run", S.QUEUED, T.DONE)), means=MEANS)  # mixes two Enums
row: Transition[S] = Transition("stop_run", S.QUEUED, T.DONE)  # likewise
QUEUE.extend(Transition("stop_run", T.DONE, T.DONE))  # another Enum
job.observe(T.DONE)  # likewise
job.observe(RunningStatus.ERROR)  # not a member of its Enum either
job.stop_run(T.DONE)  # likewise
job.status = S.FAILED  # read-only
ROW.words = "it cannot be drawn"  # likewise
job.history[0].mesg = None  # likewise
Transition("stop_run", "QUEUED", "FAILED")  # not members of an Enum
job.strat_run()  # no such trigger
job.update_progress("half")  # not a number
JobStatus("thumbnail 17")  # what is this?
Lifecycle((ROW,), means={S.QUEUED: "waiting"})  # not a meaning

"""


def errors(code: str, folder: Path) -> dict[int, str]:
    """The lines that mypy finds errors in, with the errors' codes."""
    (folder / "user.py").write_text(code, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(folder / "cache"), "user.py"]
    output = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout
    found = re.findall(r"^user\.py:(\d+): error: (.*)$", output, re.M)
    assert found or "Success" in output, output
    return {int(line): error for line, error in found}


def test_what_is_right_passes_without_a_cast(tmp_path: Path) -> None:
    assert errors(PASSES, tmp_path) == {}
    assert (Path(job_status.__file__).parent / "py.typed").is_file()


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> dict[int, str]:
    return errors(REFUSED, tmp_path_factory.mktemp("refused"))


def test_what_is_wrong_is_refused(refused: dict[int, str]) -> None:
    lines = REFUSED.splitlines()
    wanted = {number for number, line in enumerate(lines, 1) if "  # " in line}
    assert set(refused) == wanted, refused
    assert len(wanted) == 14
