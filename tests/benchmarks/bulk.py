"""How long it takes to ask many jobs to end, one by one and in bulk: `python tests/benchmarks/bulk.py [URL of an empty database]`.

Only ratios within one run mean anything. The two ways take turns on jobs of their own, and the fastest turn of each counts.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from job_status.store import JobStore
from job_status.store._record import FACTS

JOBS, TURNS = 10_000, 3

_COLUMNS = ", ".join(("version", *FACTS, "moved", "worker"))
COPIES = f"""
    INSERT INTO job_status_job (id, name, {_COLUMNS})
    WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < ?)
    SELECT CAST(? AS TEXT) || CAST(10000000 + n AS TEXT), name, {_COLUMNS}
    FROM job_status_job CROSS JOIN series WHERE job_status_job.id = ? ORDER BY n
"""
LABELS = (
    "INSERT INTO job_status_label (name, value, job) SELECT 'batch', CAST(? AS TEXT), number FROM job_status_job WHERE id LIKE ?"
)

Way = Callable[[JobStore[Any], dict[str, str]], int]


def filled(store: JobStore[Any], batch: str) -> dict[str, str]:
    """Make running jobs, and return the label that they have."""
    job = store.create()
    job.start_run()
    with store._database.transaction() as execute:
        execute(COPIES, (JOBS, batch, job.id))
        execute(LABELS, (batch, f"{batch}%"))
    return {"batch": batch}


def one_by_one(store: JobStore[Any], labels: dict[str, str]) -> int:
    return sum(job.request_cancel("enough", quiet=True) for job in store.list(labels=labels, limit=JOBS))


def in_bulk(store: JobStore[Any], labels: dict[str, str]) -> int:
    return len(store.request_cancel("enough", labels=labels))


def compared(store: JobStore[Any]) -> None:
    best: dict[Way, float] = {one_by_one: float("inf"), in_bulk: float("inf")}
    for turn in range(TURNS):
        for way in best:
            labels = filled(store, f"{way.__name__} {turn} ")
            begun = perf_counter()
            assert way(store, labels) == JOBS
            best[way] = min(best[way], perf_counter() - begun)
    alone, together = (1e6 * seconds / JOBS for seconds in best.values())
    kind = store.url.partition(":")[0]
    print(f"a job asked to end, one by one and in bulk, {kind:<10} {alone:8.1f} us {together:8.1f} us   {alone / together:5.2f}x")


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        for url in (f"sqlite:///{folder}/jobs.db", *sys.argv[1:]):
            with JobStore(url) as made:
                compared(made)
