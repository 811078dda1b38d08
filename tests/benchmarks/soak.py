"""Races, kills and random calls over the jobs of a store, at full size: `python -m tests.benchmarks.soak [JOBS [KILLS]]`.

The tests do the same with few jobs. JOBS is how many jobs are raced for in each race, KILLS how many processes are killed at work.
Whatever is not as it must be is an AssertionError; what is printed is what was found when all was over.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from tempfile import TemporaryDirectory
from time import monotonic

from tests.databases import database, running_server
from tests.store_kills import killed, server_killed
from tests.store_races import RACES, mixed, raced

PROCESSES = 8


def timed(label: str, soak: Callable[[], str]) -> None:
    begun = monotonic()
    result = soak()
    print(f"{label:<36} {monotonic() - begun:7.0f} s   {result}", flush=True)


def counts(found: Counter[str]) -> str:
    return ", ".join(f"{number:,} {what}" for what, number in found.most_common())


def race(url: str, name: str, jobs: int) -> str:
    found, accepted, by_process = raced(url, RACES[name], jobs, PROCESSES)
    each = by_process.values()
    return f"{counts(found)} (accepted: {counts(accepted)}; by each process {min(each):,} to {max(each):,})"


def mix(url: str, seconds: float) -> str:
    found, looks = mixed(url, 50, PROCESSES, seconds=seconds)
    return f"{counts(found)}; read {looks:,} times meanwhile"


def soak(kind: str, database: Callable[[], AbstractContextManager[str]], jobs: int, kills: int) -> None:
    """Do all there is on new databases of a kind."""
    for name in RACES:
        with database() as url:
            timed(f"{kind}, {name}", lambda url=url, name=name: race(url, name, jobs))  # type: ignore[misc]
    with database() as url:
        timed(f"{kind}, random calls", lambda: mix(url, seconds=60.0))
    with database() as url:
        timed(f"{kind}, {kills:,} processes killed", lambda: counts(killed(url, kills)))


@contextmanager
def sqlite_file() -> Iterator[str]:
    with TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/jobs.db"


def main(jobs: int = 500, kills: int = 50) -> None:
    soak("SQLite", sqlite_file, jobs, kills)
    with running_server() as (base, server):
        soak("PostgreSQL", lambda: database(base), jobs, kills)
        times = max(1, kills // 10)
        timed(f"PostgreSQL, the server killed {times} times", lambda: counts(server_killed(base, server, times)))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
