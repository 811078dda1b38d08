"""How long the jobs of a store take to move, beside the bare driver: `python tests/benchmarks/store.py [postgresql URL]`.

Only ratios within one run mean anything. What is compared takes turns in short batches, and the fastest batch of each counts.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from job_status import JobStatus, RunningStatus
from job_status.store import JobStore
from job_status.store._record import columns, move_columns
from job_status.store._statements import CREATE, MOVE, RECORD

BATCHES, BATCH = 40, 50


def fastest(*calls: Callable[[], object]) -> list[float]:
    """The seconds that each call takes, in its fastest batch."""
    best = [float("inf")] * len(calls)
    for _ in range(BATCHES):
        for number, call in enumerate(calls):
            begun = perf_counter()
            for _ in range(BATCH):
                call()
            best[number] = min(best[number], (perf_counter() - begun) / BATCH)
    return best


def row(label: str, stored: float, bare: float) -> None:
    print(f"{label:<50} {1e6 * stored:8.1f} us {1e6 * bare:8.1f} us   {stored / bare:5.2f}x")


def alternately(*calls: Callable[[], object]) -> Callable[[], None]:
    turn = [0]

    def call() -> None:
        turn[0] += 1
        calls[(turn[0] - 1) % len(calls)]()

    return call


def values(version: int, job: JobStatus[Any]) -> tuple[Any, ...]:
    """What a move writes, made beforehand."""
    facts = columns(job._snapshot())
    return (version + 1, *facts[:13], None, 0, None, *facts[15:], 0.0, None)


def moves(store: JobStore[Any], bare: Callable[[tuple[Any, ...], tuple[Any, ...]], object]) -> None:
    job = store.create()
    job.start_run()
    twin = JobStatus()
    twin.start_run()
    prepared, record = values(0, twin), move_columns(twin._snapshot().history)  # type: ignore[arg-type]
    other = store.create()._row.number
    version = [0]

    def same() -> None:
        update = (version[0] + 1, *prepared[1:], other, version[0])
        version[0] += 1
        bare(update, (other, version[0], *record))

    row("a move, and the same UPDATE and INSERT", *fastest(alternately(job.suspend, job.resume), same))


def sqlite(folder: str) -> None:
    with JobStore(f"sqlite:///{folder}/jobs.db") as store:
        connection = sqlite3.connect(f"{folder}/jobs.db", isolation_level=None)
        connection.execute("PRAGMA synchronous = NORMAL")

        def bare(update: tuple[Any, ...], record: tuple[Any, ...]) -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(MOVE, update)
            connection.execute(RECORD, record)
            connection.execute("COMMIT")

        moves(store, bare)
        connection.close()


def postgresql(url: str) -> None:
    import psycopg

    from job_status.store._postgres import written

    with JobStore(url) as store, psycopg.connect(url) as connection:
        update_text, record_text = written(MOVE), written(RECORD)

        def bare(update: tuple[Any, ...], record: tuple[Any, ...]) -> None:
            connection.execute(update_text, update)
            connection.execute(record_text, record)
            connection.commit()

        moves(store, bare)


def growth(folder: str, few: int = 1_000, many: int = 1_000_000) -> None:
    """Moves, `get` and a page at a thousand and at a million jobs."""
    with JobStore(f"sqlite:///{folder}/few.db") as small, JobStore(f"sqlite:///{folder}/many.db") as large:
        for store, number in ((small, few), (large, many)):
            facts = columns(JobStatus()._snapshot())
            with store._database.transaction() as execute:
                for one in range(number):
                    job = execute(CREATE, (f"{one:032x}", f"job {one % 100}", *facts, 0.0, None)).fetchone()[0]
                    execute("INSERT INTO job_status_label VALUES (?, ?, ?)", ("user", f"user {one % 50}", job))
        jobs = [store.create("a job") for store in (small, large)]
        for job in jobs:
            job.start_run()
        for label, calls in (
            ("a move", [alternately(job.suspend, job.resume) for job in jobs]),
            ("get", [lambda store=store: store.get(f"{77:032x}") for store in (small, large)]),
            ("a page", [lambda store=store: store.list(limit=20) for store in (small, large)]),
            (
                "a page of a status",
                [lambda store=store: store.list(status=RunningStatus.WAITING, limit=20) for store in (small, large)],
            ),
            (
                "a page of a label",
                [lambda store=store: store.list(labels={"user": "user 7"}, limit=20) for store in (small, large)],
            ),
        ):
            small_time, large_time = fastest(*calls)
            row(f"{label}, {many:,} and {few:,} jobs", large_time, small_time)


if __name__ == "__main__":
    with TemporaryDirectory() as place:
        sqlite(place)
        if len(sys.argv) > 1:
            postgresql(sys.argv[1])
        growth(place)
