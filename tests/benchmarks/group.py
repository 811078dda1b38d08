"""How long it takes to read a group of jobs, beside a loop that reads the status of each: `python tests/benchmarks/group.py`.

Only the ratio means anything: the two take turns, and the fastest turn of each counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from timeit import Timer
from typing import Any

from job_status import JobGroup, JobStatus

JOBS, ROUNDS, RUNS = 10_000, 30, 3

#: the loop to compare with
LOOP = "for job in jobs: job.status"

#: what is read of a group, and at most how many times as long as the loop it may take
READS = (
    ("status", "group.status", "2.0"),
    ("counts", "group.counts", "2.0"),
    ("completed", "group.completed", "2.0"),
    ("progress", "group.progress", "2.0"),
)


def timers() -> Iterator[tuple[str, str, Timer, Timer, str]]:
    """Yield for each read: what it is, what it is compared with, the timers of both, and the most that the ratio may be."""
    known: dict[str, Any] = {"jobs": (jobs := made()), "group": JobGroup(jobs)}
    for read, code, limit in READS:
        yield (
            f"{read} of a group of {JOBS:,} jobs",
            "a loop that reads each",
            Timer(code, globals=known),
            Timer(LOOP, globals=known),
            limit,
        )


def made() -> list[JobStatus]:
    """Jobs some of which wait, run, have ended."""
    jobs = [JobStatus() for _ in range(JOBS)]
    for number, job in enumerate(jobs):
        if number % 4:
            job.start_run()
        if number % 4 == 3:
            job.stop_run()
    return jobs


def main() -> None:
    for measure, against, ours, theirs, limit in timers():
        turns = [(ours.timeit(RUNS), theirs.timeit(RUNS)) for _ in range(ROUNDS)]
        ratio = min(turn[0] for turn in turns) / min(turn[1] for turn in turns)
        print(f"{measure:40} {against:24} {ratio:5.2f}   at most {limit}")


if __name__ == "__main__":
    main()
