"""Lost workers, and workers of other processes: real ones, killed, stopped and racing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from job_status import JOB_LIFECYCLE, RunningStatus, Superseded, Transition
from job_status.store import JobStore

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus
REQUEUE = JOB_LIFECYCLE.extend(Transition("requeue", RUNNING, WAITING), Transition("requeue", UNKNOWN, WAITING))


def spawned(code: str, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], env=environment, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def ended(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    return output


WORKER = """
import sys
from job_status.store import JobStore
store = JobStore(sys.argv[1], beat=0.02)
job = store.get(sys.argv[2])
job.start_run()
print("started", flush=True)
sys.stdin.readline()
try:
    job.stop_run()
    print("stopped", flush=True)
except Exception as error:
    print(type(error).__name__, flush=True)
store.close()
"""


def lost(store: JobStore[Any], job: Any) -> None:
    """Have the worker's last sign of life be an hour old, and the job's last move too."""
    with store._database.transaction() as execute:
        execute("UPDATE job_status_worker SET beat = beat - 3600")
        execute("UPDATE job_status_job SET moved = moved - 3600 WHERE number = ?", (job._row.number,))


def test_a_job_of_a_living_worker_is_left_alone(url: str) -> None:
    with JobStore(url) as store:
        job = store.create()
        worker = spawned(WORKER, url, job.id)
        assert line(worker) == "started"
        assert store.reap(stale_after=60.0) == []
        assert ended(worker) == "stopped\n"
        assert job.success


def test_a_killed_workers_job_is_unknown_and_then_over(url: str) -> None:
    with JobStore(url) as store:
        job = store.create()
        worker = spawned(WORKER, url, job.id)
        assert line(worker) == "started"
        worker.kill()
        worker.communicate()
        lost(store, job)
        assert [one.id for one in store.reap()] == [job.id]
        assert (job.status, job.history[-1].mesg) == (UNKNOWN, "worker lost")
        assert store.reap() == [], "it has the time to come back"
        lost(store, job)
        assert [one.id for one in store.reap()] == [job.id]
        assert (job.status, job.stop_message) == (ERROR, "worker lost")
        assert store.reap() == []


def test_a_worker_that_was_stopped_goes_on_if_the_job_is_still_its_own(url: str) -> None:
    with JobStore(url) as store:
        for times, answer, status in ((0, "stopped", SUCCESS), (1, "stopped", SUCCESS), (2, "JobCompleted", ERROR)):
            job = store.create()
            worker = spawned(WORKER, url, job.id)
            assert line(worker) == "started"
            worker.send_signal(signal.SIGSTOP)
            for _ in range(times):
                lost(store, job)
                store.reap()
            worker.send_signal(signal.SIGCONT)
            output, _ = worker.communicate("\n", timeout=60)
            assert (output.strip(), job.status) == (answer, status)


def test_a_requeued_job_is_refused_to_its_old_worker(url: str) -> None:
    with JobStore(url, REQUEUE) as store:
        job, old = store.create(), None
        old = store.get(job.id)
        old.start_run()
        lost(store, job)
        store.reap(trigger="requeue")
        assert job.status is UNKNOWN
        lost(store, job)
        store.reap(trigger="requeue")
        assert (job.status, job.attempt) == (WAITING, 1)
        with pytest.raises(Superseded):
            old.stop_run()
        store.get(job.id).start_run()
        old._due = 0.0
        with pytest.raises(Superseded):
            old.update_progress(0.5)
        assert (job.status, job.attempt) == (RUNNING, 2)


def test_a_cancel_that_nobody_acknowledges_ends(url: str) -> None:
    with JobStore(url) as store:
        queued, running = store.create(), store.create()
        queued.request_cancel("enough")
        running.start_run()
        running.request_cancel()
        assert store.reap() == []
        for job in (queued, running):
            lost(store, job)
        assert {one.id for one in store.reap()} == {queued.id, running.id}
        assert (queued.status, running.status) == (CANCELED, UNKNOWN)
        lost(store, running)
        store.reap()
        assert (running.status, running.stop_message) == (CANCELED, "worker lost")


def test_what_reap_cannot_do_is_said(url: str) -> None:
    with JobStore(url) as store:
        with pytest.raises(ValueError, match="stale_after must be a number of seconds from 0, not -1"):
            store.reap(stale_after=-1)
        with pytest.raises(ValueError, match="there is no trigger 'requeue'"):
            store.reap(trigger="requeue")


RACER = """
import sys
from job_status import InvalidTransition, RunningStatus
from job_status.store import JobStore
store = JobStore(sys.argv[1])
me, ids = int(sys.argv[2]), sys.stdin.readline().split()
calls = [
    lambda job: job.start_run(),
    lambda job: job.stop_run(),
    lambda job: job.stop_run(RunningStatus.CANCELED),
    lambda job: job.request_cancel(),
]
for job_id in ids:
    won = ""
    for call in calls[me % 2:]:
        try:
            call(store.get(job_id))
            won += "1"
        except InvalidTransition:
            won += "0"
    print(job_id, "-" * (me % 2) + won)
store.close()
"""


def test_of_processes_that_race_one_wins_each_move(url: str) -> None:
    with JobStore(url) as store:
        jobs = [store.create() for _ in range(40)]
        racers = [spawned(RACER, url, str(number)) for number in range(4)]
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write(" ".join(job.id for job in jobs) + "\n")
            racer.stdin.flush()
        wins: Counter[tuple[str, int]] = Counter()
        for racer in racers:
            for answer in ended(racer).splitlines():
                job_id, marks = answer.split()
                wins.update((job_id, column) for column, mark in enumerate(marks) if mark == "1")
        for job in jobs:
            moves = [move for move in job.history if not move.refused]
            starts, ends = wins[job.id, 0], wins[job.id, 1] + wins[job.id, 2]
            assert (starts, ends) == (sum(move.trigger == "start_run" for move in moves), 1)
            assert starts <= 1
            assert sum(move.trigger == "request_cancel" for move in moves) == wins[job.id, 3]
            for before, after in pairwise(moves):
                assert before.dest is after.source, "a legal walk"


def test_a_process_that_exits_loses_no_progress(url: str) -> None:
    code = """
import sys, os
from job_status.store import JobStore
store = JobStore(sys.argv[1], progress_interval=60.0)
job = store.get(sys.argv[2])
job.start_run()
for number in range(1000):
    job.update_progress(number / 1000)
"""
    with JobStore(url) as store:
        job = store.create()
        ended(spawned(code, url, job.id))
        assert job.progress == 0.999


def test_a_fork_has_connections_of_its_own(url: str) -> None:
    code = """
import multiprocessing, sys
from job_status.store import JobStore
store = JobStore(sys.argv[1], progress_interval=60.0)
job = store.get(sys.argv[2])
def child():
    with job.run():
        job.update_progress(0.25)
        job.update_progress(0.5)
process = multiprocessing.get_context("fork").Process(target=child)
process.start()
process.join()
print(job.status.name, process.exitcode)
store.close()
"""
    with JobStore(url) as store:
        job = store.create()
        assert ended(spawned(code, url, job.id)).split() == ["SUCCESS", "0"]
        assert job.success


def test_processes_that_open_a_new_database_at_once_all_succeed(url: str) -> None:
    code = "import sys; from job_status.store import JobStore; sys.stdin.readline(); JobStore(sys.argv[1]).create().start_run()"
    processes = [spawned(code, url) for _ in range(4)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        ended(process)
    with JobStore(url) as store:
        assert store.count() == {RUNNING: 4}


def test_a_killed_process_leaves_whole_moves(tmp_path: Path) -> None:
    code = """
import sys
from job_status.store import JobStore
store = JobStore(sys.argv[1])
while True:
    job = store.create()
    job.start_run()
    job.stop_run()
    print(job.id, flush=True)
"""
    url = f"sqlite:///{tmp_path}/jobs.db"
    for number in range(1, 6):
        process = spawned(code, url)
        acknowledged = [line(process) for _ in range(3 * number)]
        process.kill()
        rest, _ = process.communicate()
        whole = [one for one in (*acknowledged, *rest.split("\n")[:-1]) if one]
        with JobStore(url) as store:
            assert all(store.get(job_id).success for job_id in whole)
            for job in store.list(limit=1000):
                moves = [move.dest for move in job.history]
                assert (moves[-1] if moves else WAITING) is job.status
