"""How long the jobs of a store take to move, beside the bare driver: `python tests/benchmarks/store.py [postgresql URL]`.

Only ratios within one run mean anything. What is compared takes turns in short batches, and the fastest batch of each counts.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count, cycle
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from job_status import RunningStatus
from job_status.store import JobStore, StoredJob
from job_status.store._record import FACTS
from job_status.store._statements import MOVE, RECORD, REPORT

BATCHES, BATCH = 40, 50

Bare = Callable[[tuple[Any, ...], tuple[Any, ...]], object]


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


def alternately(*calls: Callable[[], object]) -> Callable[[], object]:
    turns = cycle(calls)
    return lambda: next(turns)()


# -- beside the bare driver


def what_was_written(job: StoredJob[Any]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The values of the latest move, as they are in the database."""
    read, number = job.store._database.read, job._row.number
    *facts, phase, moved, worker = read(
        f"SELECT {', '.join(FACTS[:-2])}, phase, moved, worker FROM job_status_job WHERE number = ?", (number,)
    )[0]
    statement = (
        "SELECT trigger_name, source, dest, at, mesg, inferred FROM job_status_move WHERE job = ? ORDER BY version DESC LIMIT 1"
    )
    return (*facts, None, 0, phase, moved, worker), read(statement, (number,))[0]


def started(store: JobStore[Any]) -> StoredJob[Any]:
    job = store.create()
    job.start_run()
    return job


def moves(store: JobStore[Any], bare: Bare) -> None:
    """A job that is suspended and resumed, and the same rows written by the bare driver, to the last value."""
    job, other = started(store), started(store)._row
    written = []
    for move in (job.suspend, job.resume):
        move()
        written.append(what_was_written(job))
    steps, versions = cycle(written), count(other.version)

    def same() -> None:
        facts, record = next(steps)
        before = next(versions)
        bare((before + 1, *facts, other.number, before), (other.number, before + 1, *record))

    row("a move, and the same UPDATE and INSERT", *fastest(alternately(job.suspend, job.resume), same))


def reports(store: JobStore[Any], bare: Callable[[tuple[Any, ...]], object]) -> None:
    """A job whose progress is written with each report."""
    job, other = started(store), started(store)._row
    values = cycle(((0.25, None, other.number, other.version), (0.75, None, other.number, other.version)))
    stored = alternately(lambda: job.update_progress(0.25), lambda: job.update_progress(0.75))
    row("a progress report, and the same UPDATE", *fastest(stored, lambda: bare(next(values))))


def sqlite(folder: str) -> None:
    path = f"{folder}/jobs.db"
    with JobStore(f"sqlite:///{path}", progress_interval=0) as store, closing(sqlite3.connect(path)) as connection:
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous = NORMAL")

        def bare(update: tuple[Any, ...], record: tuple[Any, ...]) -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(MOVE, update)
            connection.execute(RECORD, record)
            connection.execute("COMMIT")

        moves(store, bare)
        reports(store, lambda values: connection.execute(REPORT, values))


def postgresql(url: str) -> None:
    import psycopg

    from job_status.store._postgres import written

    with JobStore(url, progress_interval=0) as store, psycopg.connect(url) as connection:
        update_text, record_text, report_text = written(MOVE), written(RECORD), written(REPORT)

        def bare(update: tuple[Any, ...], record: tuple[Any, ...]) -> None:
            connection.execute(update_text, update)
            connection.execute(record_text, record)
            connection.commit()

        def bare_report(values: tuple[Any, ...]) -> None:
            connection.execute(report_text, values)
            connection.commit()

        moves(store, bare)
        reports(store, bare_report)


# -- as the jobs become many

#: copies of one job, by both databases: the ids are as long as real ones
_COLUMNS = ", ".join(("version", *FACTS, "moved", "worker"))
COPIES = f"""
    INSERT INTO job_status_job (id, name, {_COLUMNS})
    WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < ?)
    SELECT '0123456789abcdef01234567' || CAST(10000000 + n AS TEXT), 'job ' || CAST(n - n / 100 * 100 AS TEXT), {_COLUMNS}
    FROM job_status_job CROSS JOIN series WHERE job_status_job.id = ? ORDER BY n
"""
USERS = """
    INSERT INTO job_status_label (name, value, job)
    SELECT 'user', 'user ' || CAST(number - number / 50 * 50 AS TEXT), number FROM job_status_job
"""


def filled(store: JobStore[Any], jobs: int) -> None:
    job = store.create()
    with store._database.transaction() as execute:
        execute(COPIES, (jobs, job.id))
        execute(USERS)
        execute("ANALYZE")


def growth(few: JobStore[Any], many: JobStore[Any], numbers: tuple[int, int] = (1_000, 1_000_000)) -> None:
    """Moves, `get` and pages at a thousand and at a million jobs."""
    stores = few, many
    for store, number in zip(stores, numbers, strict=True):
        filled(store, number)
    jobs = [started(store) for store in stores]
    for label, calls in (
        ("a move", [alternately(job.suspend, job.resume) for job in jobs]),
        ("get", [lambda store=store: store.get("0123456789abcdef0123456710000077") for store in stores]),
        ("a page", [lambda store=store: store.list(limit=20) for store in stores]),
        ("a page of a status", [lambda store=store: store.list(status=RunningStatus.WAITING, limit=20) for store in stores]),
        ("a page of a label", [lambda store=store: store.list(labels={"user": "user 7"}, limit=20) for store in stores]),
    ):
        few_time, many_time = fastest(*calls)
        row(f"{label}, {numbers[1]:,} and {numbers[0]:,} jobs", many_time, few_time)


@contextmanager
def schemas(url: str, *names: str) -> Iterator[list[str]]:
    """URLs of new schemas of a PostgreSQL database, each of which is as good as a database."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for name in names:
            connection.execute(f"CREATE SCHEMA {name}")
        try:
            yield [f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{name}" for name in names]
        finally:
            for name in names:
                connection.execute(f"DROP SCHEMA {name} CASCADE")


if __name__ == "__main__":
    with TemporaryDirectory() as place:
        sqlite(place)
        with JobStore(f"sqlite:///{place}/few.db") as few, JobStore(f"sqlite:///{place}/many.db") as many:
            growth(few, many)
    if len(sys.argv) > 1:
        with schemas(sys.argv[1], "bench", "few", "many") as (bench, *both):
            postgresql(bench)
            with JobStore(both[0]) as few, JobStore(both[1]) as many:
                growth(few, many)
