"""How long it takes to replay a log, against the csv module alone, or the json module, reading the same file, in one run.

`python tests/benchmarks/replay.py [ROWS]` prints, for each form, both times for each row and their ratio; the two take turns, and
the fastest turn of each counts, by the time of the processor. To be read; nothing is asserted. Meant: at most 2.
"""

from __future__ import annotations

import csv
import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time

from job_status import JOB_LIFECYCLE
from job_status.testing import replay

TURNS = 5
START = datetime(2026, 1, 1, tzinfo=UTC)
PATH = ("WAITING", "RUNNING", "SUSPENDED", "RUNNING", "SUCCESS")


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    random.seed(1)
    with tempfile.TemporaryDirectory() as folder:
        print("| log | rows | alone, ns a row | replayed, ns a row | ratio |\n| --- | ---: | ---: | ---: | ---: |")
        for name, lines, vocabulary, alone in (
            ("job, status, ISO 8601", observations(rows, wide=False, iso=True), None, by_csv(",")),
            ("job, status, seconds", observations(rows, wide=False, iso=False), None, by_csv(",")),
            ("the same with node, worker, message, ISO 8601", observations(rows, wide=True, iso=True), None, by_csv(",")),
            ("sacct -P, 14 columns, half of it steps", sacct(rows), "slurm", by_csv("|")),
            ("sacct -P -X, 5 columns", sacct_of_jobs(rows), "slurm", by_csv("|")),
            ("workflow runs of GitHub, in lines (json alone)", github(rows // 5), "github-actions", by_json),
        ):
            file = Path(folder) / "log"
            with file.open("w", encoding="utf-8") as log:
                log.writelines(lines)
            show(name, file, vocabulary, alone)


def show(name: str, file: Path, vocabulary: str | None, alone: Callable[[Path], int]) -> None:
    rows, pairs = 0, []
    for _ in range(TURNS):
        start = process_time()
        rows = alone(file)
        read = process_time()
        replay(JOB_LIFECYCLE, file, vocabulary=vocabulary)
        pairs.append((read - start, process_time() - read))
    ours, theirs = min(pair[1] for pair in pairs) / rows * 1e9, min(pair[0] for pair in pairs) / rows * 1e9
    print(f"| {name} | {rows:,} | {theirs:.0f} | {ours:.0f} | {ours / theirs:.2f} |", flush=True)


def by_csv(separator: str) -> Callable[[Path], int]:
    def read(file: Path) -> int:
        with file.open(encoding="utf-8", newline="") as lines:
            return sum(1 for _ in csv.reader(lines, delimiter=separator))

    return read


def by_json(file: Path) -> int:
    with file.open(encoding="utf-8") as lines:
        return sum(1 for _ in map(json.loads, lines))


def observations(rows: int, *, wide: bool, iso: bool) -> Iterator[str]:
    """A log in the order of time, of 1,000 jobs at once that make four moves each."""
    yield "job,status,timestamp" + (",node,worker,message\n" if wide else "\n")
    stages: dict[int, int] = {}
    begun, seconds = 0, 0.0
    for number in range(rows):
        seconds += random.expovariate(50)
        if len(stages) < 1000:
            job, begun = begun, begun + 1
            stages[job] = 0
        else:
            job = random.choice(range(begun - 1000, begun))
            job = job if job in stages else next(iter(stages))
        stage = stages.pop(job)
        if stage + 1 < len(PATH):
            stages[job] = stage + 1
        moment = f"{START + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S.%fZ}" if iso else f"{START.timestamp() + seconds:.3f}"
        yield f"job-{job},{PATH[stage]},{moment}" + (f",node-{number % 97},w{number % 13},message {number}\n" if wide else "\n")


def jobs(rows: int) -> Iterator[tuple[int, str, str, str, str]]:
    seconds = 0.0
    for number in range(rows):
        seconds += random.expovariate(1 / 20)
        starts, ends = seconds + random.lognormvariate(4, 2), seconds + 1e5 + random.lognormvariate(6, 2)
        word = random.choices(("COMPLETED", "FAILED", "TIMEOUT", "CANCELLED by 1000", "PENDING"), (72, 12, 4, 10, 2))[0]
        times = [f"{START + timedelta(seconds=int(moment)):%Y-%m-%dT%H:%M:%S}" for moment in (seconds, starts, ends)]
        if word == "PENDING" or (word.startswith("CANCELLED") and random.random() < 0.5):
            times[1] = "Unknown"
        yield (4_000_000 + number, word, times[0], times[1], "Unknown" if word == "PENDING" else times[2])


def sacct(rows: int) -> Iterator[str]:
    yield "JobID|JobName|User|Account|Partition|State|ExitCode|Submit|Start|End|Elapsed|NNodes|AllocCPUS|MaxRSS\n"
    for job, word, *times in jobs(rows // 2):
        yield f"{job}|train|ana|physics|gpu|{word}|0:0|{'|'.join(times)}|00:10:00|1|16|\n"
        yield f"{job}.batch|batch||physics||{word.split()[0]}|0:0|{'|'.join((times[1], *times[1:]))}|00:10:00|1|16|182332K\n"


def sacct_of_jobs(rows: int) -> Iterator[str]:
    yield "JobID|State|Submit|Start|End\n"
    yield from ("|".join(map(str, job)) + "\n" for job in jobs(rows))


def github(rows: int) -> Iterator[str]:
    for number in range(rows):
        made, started, ended = (f"{START + timedelta(seconds=number + after):%Y-%m-%dT%H:%M:%SZ}" for after in (0, 7, 300))
        run = {"id": number, "name": "CI", "event": "push", "run_number": number, "status": "completed", "conclusion": "success"}
        times = {"created_at": made, "run_started_at": started, "updated_at": ended}
        yield (
            json.dumps(run | times | {"head_branch": "main", "url": f"https://api.github.com/repos/o/r/actions/runs/{number}"})
            + "\n"
        )


if __name__ == "__main__":
    main()
