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
from threading import Barrier, Event
from time import perf_counter
from typing import Any

from job_status import current_status
from job_status.executors import TrackedExecutor
from job_status.store import JobStore

BATCHES = 25
THREADS = 2


def nothing() -> None: ...


def reports(number: int) -> float:
    """Report progress so many times, and return the seconds that it took."""
    status = current_status()
    begun = perf_counter()
    for one in range(number):
        status.update_progress(one / number)
    return perf_counter() - begun


def batch(executor: Executor, jobs: int) -> Callable[[], float]:
    """Submit so many empty functions, and wait for them all; return the seconds that it took."""

    def run() -> float:
        begun = perf_counter()
        for future in [executor.submit(nothing) for _ in range(jobs)]:
            future.result()
        return perf_counter() - begun

    return run


def submits(executor: Executor, jobs: int) -> Callable[[], float]:
    """Submit so many empty functions while both threads are busy; return the seconds that this alone took."""

    def run() -> float:
        together, held = Barrier(THREADS + 1), Event()

        def hold() -> None:
            together.wait()
            held.wait()

        busy = [executor.submit(hold) for _ in range(THREADS)]
        together.wait()
        begun = perf_counter()
        futures = [executor.submit(nothing) for _ in range(jobs)]
        took = perf_counter() - begun
        held.set()
        for future in busy + futures:
            future.result()
        return took

    return run


def fastest(*calls: Callable[[], float]) -> list[float]:
    """The seconds that each call takes, in its fastest turn."""
    best = [float("inf")] * len(calls)
    for _ in range(BATCHES):
        for number, call in enumerate(calls):
            best[number] = min(best[number], call())
    return best


def compared(label: str, bar: float, jobs: int, tracked: Callable[[], float], bare: Callable[[], float]) -> None:
    tracked_time, bare_time = fastest(tracked, bare)
    times = f"{1e6 * tracked_time / jobs:8.1f} us {1e6 * bare_time / jobs:8.1f} us"
    print(f"{label:<50} {times}   {tracked_time / bare_time:5.2f}x (bar {bar}x)")


def threads() -> None:
    with ThreadPoolExecutor(THREADS) as bare, TrackedExecutor(ThreadPoolExecutor(THREADS)) as tracked:
        compared("to submit an empty function to threads", 2.0, 200, submits(tracked, 200), submits(bare, 200))
        compared("an empty function in a thread", 2.0, 200, batch(tracked, 200), batch(bare, 200))


def processes(folder: str) -> None:
    for method in ("fork", "spawn"):
        context = get_context(method)
        with ProcessPoolExecutor(2, context) as bare, TrackedExecutor(ProcessPoolExecutor(2, context)) as tracked:
            compared(f"an empty function in a process ({method})", 2.5, 100, batch(tracked, 100), batch(bare, 100))
            [took] = fastest(lambda: tracked.submit(reports, 1000).result())
            print(f"{'a progress report from a process':<50} {1e3 * took:8.1f} us")
    context = get_context("spawn")
    with (
        JobStore(f"sqlite:///{folder}/jobs.db") as store,
        ProcessPoolExecutor(2, context) as bare,
        TrackedExecutor(ProcessPoolExecutor(2, context), store) as tracked,
    ):
        compared("an empty function in a process, over SQLite", 3.0, 100, batch(tracked, 100), batch(bare, 100))


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
        bare = client.get_executor(pure=False)
        compared(f"an empty function by Dask, over {url.partition(':')[0]}", 1.5, 50, batch(tracked, 50), batch(bare, 50))


if __name__ == "__main__":
    threads()
    with TemporaryDirectory() as place:
        processes(place)
        dask(sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{place}/dask.db")
