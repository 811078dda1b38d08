"""What the jobs of a TrackedExecutor cost beside the bare executor: `python tests/benchmarks/executors.py [postgresql URL]`.

Only ratios within one run mean anything. What is compared takes turns in short batches, and the fastest batch of each counts.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from importlib import import_module
from multiprocessing import get_context
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from job_status import current_status
from job_status.executors import TrackedExecutor
from job_status.store import JobStore

BATCHES = 25


def nothing() -> None: ...


def reports(number: int) -> None:
    """Report progress so many times."""
    status = current_status()
    for one in range(number):
        status.update_progress(one / number)


def batch(executor: Executor, jobs: int) -> Callable[[], None]:
    """Submit so many empty functions, and wait for them all."""

    def run() -> None:
        for future in [executor.submit(nothing) for _ in range(jobs)]:
            future.result()

    return run


def fastest(*calls: Callable[[], object]) -> list[float]:
    """The seconds that each call takes, in its fastest turn."""
    best = [float("inf")] * len(calls)
    for _ in range(BATCHES):
        for number, call in enumerate(calls):
            begun = perf_counter()
            call()
            best[number] = min(best[number], perf_counter() - begun)
    return best


def compared(label: str, bar: float, bare: Executor, tracked: Executor, jobs: int) -> None:
    tracked_time, bare_time = fastest(batch(tracked, jobs), batch(bare, jobs))
    times = f"{1e6 * tracked_time / jobs:8.1f} us {1e6 * bare_time / jobs:8.1f} us"
    print(f"{label:<50} {times}   {tracked_time / bare_time:5.2f}x (bar {bar}x)")


def threads() -> None:
    with ThreadPoolExecutor(2) as bare, TrackedExecutor(ThreadPoolExecutor(2)) as tracked:
        compared("an empty function in a thread", 2.0, bare, tracked, 200)


def processes(folder: str) -> None:
    for method in ("fork", "spawn"):
        context = get_context(method)
        with ProcessPoolExecutor(2, context) as bare, TrackedExecutor(ProcessPoolExecutor(2, context)) as tracked:
            compared(f"an empty function in a process ({method})", 2.5, bare, tracked, 100)
            [took] = fastest(lambda: tracked.submit(reports, 1000).result())
            print(f"{'a progress report from a process':<50} {1e3 * took:8.1f} us")
    context = get_context("spawn")
    with (
        JobStore(f"sqlite:///{folder}/jobs.db") as store,
        ProcessPoolExecutor(2, context) as bare,
        TrackedExecutor(ProcessPoolExecutor(2, context), store) as tracked,
    ):
        compared("an empty function in a process, over SQLite", 4.5, bare, tracked, 100)


def dask(url: str) -> None:
    distributed: Any = import_module("distributed")  # untyped

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
        JobStore(url) as store,
        TrackedExecutor(client.get_executor(), store) as tracked,
    ):
        # `pure` has Dask run the same call once
        compared(f"an empty function by Dask, over {url.partition(':')[0]}", 1.5, client.get_executor(pure=False), tracked, 50)


if __name__ == "__main__":
    threads()
    with TemporaryDirectory() as place:
        processes(place)
        dask(sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{place}/dask.db")
