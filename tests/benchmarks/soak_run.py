"""`job-status run` killed by SIGKILL at random moments: `python tests/benchmarks/soak_run.py [KILLS [SEED]]`.

After each kill the command has to be gone, the record a legal walk with all that the tool has said in it, and the job over once
`job-status reap` was called. Whatever is not as it must be is an AssertionError; what is printed is what was found.
"""

from __future__ import annotations

import os
import random
import select
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from job_status import RunningStatus
from job_status.store import JobStore, StoredJob
from job_status.testing import replay

#: how long to wait for what must happen, in seconds
DEADLINE = 60.0

JOB_STATUS = (sys.executable, "-m", "job_status")

#: takes some 0.3 s; but once the tool is to be killed it would go on, so that it can only be gone because somebody has ended it
COMMAND = """
tenths=0
until [ $tenths -ge 30 ] && ! [ -e killed ]; do
    sleep 0.01
    tenths=$((tenths + 1))
done
"""


def ended_by_all(pipe: IO[bytes]) -> bool:
    """Wait until nobody holds the other end of a pipe open any more: neither the tool nor what it started."""
    return bool(select.select([pipe], [], [], DEADLINE)[0]) and pipe.read() == b""


def killed(url: str, folder: Path, moment: float) -> tuple[str, int]:
    """Run the command, and kill the tool after so many seconds; return what that has said, and its exit code."""
    command = [*JOB_STATUS, "run", "--store", url, "--name", folder.name, "--", "/bin/sh", "-c", COMMAND]
    with (folder / "stderr").open("wb") as sink:
        tool = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=sink)
    assert tool.stdout is not None
    with tool:
        time.sleep(moment)
        (folder / "killed").touch()
        tool.kill()
        tool.wait()
        assert ended_by_all(tool.stdout), f"the command has outlived the tool, which was killed after {moment} s"
    return (folder / "stderr").read_text(), tool.returncode


def walked(job: StoredJob[RunningStatus]) -> list[str]:
    """Return the statuses that a job has gone through; assert that its lifecycle has that walk."""
    statuses = ["WAITING", *(move.dest.name for move in job.history if not move.refused)]
    assert replay(job.lifecycle, [(job.id, status, number) for number, status in enumerate(statuses)]).ok, statuses
    return statuses


def reap(url: str) -> None:
    command = [*JOB_STATUS, "reap", "--store", url, "--stale-after", "0", "--lost-after", "0"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=DEADLINE)


def checked(store: JobStore[RunningStatus], name: str, said: str, code: int) -> str:
    """Assert that the record of a job is what it must be, before and after it is reaped; return what has become of it."""
    jobs = store.list(name=name)
    if not jobs:
        assert "RUNNING" not in said, "a job that was reported is not there"
        return "before the start"
    (job,) = jobs
    before = walked(job)
    assert before[:2] == ["WAITING", "RUNNING"], before
    if code == 0 or ": SUCCESS after " in said:
        assert before[-1] == "SUCCESS", "an end that was reported is not there"
    for _ in range(2):  # it becomes UNKNOWN, and is ended
        reap(store.url)
    after = walked(job)
    assert after[: len(before)] == before
    assert job.completed, after
    return " -> ".join(after)


def main(kills: int = 50, seed: int = 0) -> None:
    chance, found = random.Random(seed), Counter[str]()
    with TemporaryDirectory() as place, JobStore(f"sqlite:///{place}/jobs.db") as store:
        begun = time.monotonic()
        (Path(place) / "whole").mkdir()
        command = [*JOB_STATUS, "run", "--store", store.url, "--quiet", "--", "/bin/sh", "-c", COMMAND]
        subprocess.run(command, cwd=Path(place) / "whole", check=True, timeout=DEADLINE)
        lasts = time.monotonic() - begun
        for number in range(kills):
            folder = Path(place) / f"run {number}"
            folder.mkdir()
            said, code = killed(store.url, folder, 1.1 * lasts * chance.random())
            found[checked(store, folder.name, said, code)] += 1
        with closing(sqlite3.connect(os.path.join(place, "jobs.db"))) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    print(f"{kills} kills of a run of {lasts:.2f} s: " + "; ".join(f"{times} {what}" for what, times in found.most_common()))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
