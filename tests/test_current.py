"""Which job the code that runs belongs to: in blocks, threads, tasks and commands."""

from __future__ import annotations

import asyncio
import contextvars
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from job_status import JobStatus, current_status
from job_status.store import JobStore


def test_outside_of_any_job_one_reads_where_it_is() -> None:
    with pytest.raises(RuntimeError, match=r"no job runs here: current_status\(\) is called within .* `job-status run` started$"):
        current_status()


def test_a_block_has_its_status_and_gives_the_outer_one_back() -> None:
    outer, inner = JobStatus(name="outer"), JobStatus(name="inner")
    with outer.run():
        assert current_status() is outer
        with pytest.raises(ValueError, match="no"), inner.run():
            assert current_status() is inner
            raise ValueError("no")
        assert current_status() is outer
    with pytest.raises(RuntimeError):
        current_status()


def test_a_block_that_may_not_start_sets_nothing() -> None:
    over = JobStatus()
    with over.run():
        pass
    run = over.run()
    with pytest.raises(Exception, match="cannot start_run"):
        run.__enter__()
    with pytest.raises(RuntimeError):
        current_status()


def test_each_task_has_its_own() -> None:
    async def work(job: JobStatus, turn: asyncio.Barrier) -> bool:
        with job.run():
            await turn.wait()
            mine = current_status() is job
            await turn.wait()
            return mine and current_status() is job

    async def main() -> list[bool]:
        turn = asyncio.Barrier(3)
        return await asyncio.gather(*(work(JobStatus(), turn) for _ in range(3)))

    assert asyncio.run(main()) == [True] * 3


def test_a_thread_has_it_in_a_copy_of_the_context_alone() -> None:
    found: list[object] = []

    def look() -> None:
        try:
            found.append(current_status())
        except RuntimeError:
            found.append(None)

    job = JobStatus()
    with job.run():
        context = contextvars.copy_context()
        for target in (look, lambda: context.run(look)):
            thread = threading.Thread(target=target)
            thread.start()
            thread.join()
    assert found == [None, job]


COMMAND = """
from job_status import current_status
job = current_status()
job.update_progress(0.5, "inside")
assert current_status() is job
print(job.name)
"""


def run_in_command(**variables: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("JOB_STATUS_")}
    return subprocess.run([sys.executable, "-c", COMMAND], env={**plain, **variables}, capture_output=True, text=True, check=False)


def test_a_command_has_the_job_that_its_environment_names(url: str) -> None:
    with JobStore(url) as store:
        job = store.create("a command")
        job.start_run()
        done = run_in_command(JOB_STATUS_STORE=url, JOB_STATUS_ID=job.id)
        assert (done.stdout.strip(), done.stderr) == ("a command", "")
        assert (job.progress, job.phase) == (0.5, "inside")


#: says so when it first pauses, as it does only while it waits
PAUSES = """
import sys, time
def look(frame, event, function):
    if event == "c_call" and function is time.sleep:
        sys.setprofile(None)
        print("it waits", flush=True)
sys.setprofile(look)
"""


def test_a_command_that_is_faster_waits_for_the_start_of_its_job(url: str) -> None:
    with JobStore(url) as store:
        job = store.create("a command")
        environment = {**os.environ, "JOB_STATUS_STORE": url, "JOB_STATUS_ID": job.id}
        with subprocess.Popen(
            [sys.executable, "-c", PAUSES + COMMAND], env=environment, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "it waits\n"
            assert job.waiting, "a report would have started it"
            job.start_run()
            assert process.communicate(timeout=60)[0] == "a command\n"
        assert (job.progress, job.attempt, process.returncode) == (0.5, 1, 0)


def test_half_of_the_environment_names_nothing(tmp_path: Path) -> None:
    for variables in ({"JOB_STATUS_STORE": f"sqlite:///{tmp_path}/jobs.db"}, {"JOB_STATUS_ID": "abcd"}):
        assert "RuntimeError: no job runs here" in run_in_command(**variables).stderr
    assert not list(tmp_path.iterdir())


def test_the_store_is_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with JobStore(f"sqlite:///{tmp_path}/jobs.db") as store:
        job = store.create("mine")
        job.start_run()
        monkeypatch.setenv("JOB_STATUS_STORE", store.url)
        monkeypatch.setenv("JOB_STATUS_ID", job.id)
        found = current_status()
        assert current_status() is found
        assert found.name == "mine"
        found.store.close()  # type: ignore[attr-defined]  # it is a stored job
