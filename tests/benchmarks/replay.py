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
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any

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
            ("sacct -P -X, 9 columns", sacct_of_jobs(rows, wide=True), "slurm", by_csv("|")),
            ("sacct -P -X, the 5 columns that are read", sacct_of_jobs(rows, wide=False), "slurm", by_csv("|")),
            ("task instances of Airflow, its table as CSV", airflow_table(rows), "airflow", by_csv(",")),
            ("task instances of Airflow, REST (json alone)", airflow_rest(rows // 5), "airflow", by_json),
            ("workflow runs of GitHub, REST (json alone)", github_rest(rows // 20), "github-actions", by_json),
            ("workflow runs of GitHub, gh run list (json alone)", github(rows // 5), "github-actions", by_json),
            ("workflow runs of GitHub, in lines (json alone)", in_lines(github(rows // 5)), "github-actions", by_json_lines),
            ("events of Kubernetes, kubectl (json alone)", kubernetes(rows // 5), "kubernetes-pod", by_json),
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
    with file.open(encoding="utf-8") as document:
        value = json.load(document)
    return len(
        value if isinstance(value, list) else max(value.values(), key=lambda rows: len(rows) if isinstance(rows, list) else 0)
    )


def by_json_lines(file: Path) -> int:
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


def sacct_of_jobs(rows: int, *, wide: bool) -> Iterator[str]:
    yield ("JobID|JobName|Partition|State|ExitCode|Submit|Start|End|Elapsed\n" if wide else "JobID|State|Submit|Start|End\n")
    for job, word, *times in jobs(rows):
        between = "|".join(times)
        yield f"{job}|train|gpu|{word}|0:0|{between}|00:10:00\n" if wide else f"{job}|{word}|{between}\n"


def airflow_table(rows: int) -> Iterator[str]:
    yield "task_id,dag_id,run_id,map_index,start_date,end_date,duration,state,try_number,hostname,queued_dttm\n"
    for number, (queued, started, ended, state) in enumerate(tasks(rows)):
        yield f"load,sales,scheduled__{number},-1,{started},{ended},60.5,{state},1,worker-{number % 17},{queued}\n"


def airflow_rest(rows: int) -> Iterator[str]:
    return document(
        "task_instances",
        (
            {
                "id": f"0190-{number}", "task_id": "load", "dag_id": "sales", "dag_run_id": f"scheduled__{number}", "map_index": -1,
                "logical_date": queued, "run_after": queued, "start_date": started, "end_date": ended, "duration": 60.5,
                "state": state, "try_number": 1, "max_tries": 3, "task_display_name": "load", "dag_display_name": "sales",
                "hostname": "worker-1", "unixname": "airflow", "pool": "default_pool", "pool_slots": 1, "queue": "default",
                "priority_weight": 1, "operator": "PythonOperator", "operator_name": "PythonOperator", "queued_when": queued,
                "scheduled_when": queued, "pid": 4711, "executor": None, "executor_config": "{}", "note": None,
                "rendered_map_index": None, "rendered_fields": {}, "trigger": None, "triggerer_job": None,
            }
            for number, (queued, started, ended, state) in enumerate(tasks(rows))
        ),
    )  # fmt: skip


def tasks(rows: int) -> Iterator[tuple[str, str, str, str]]:
    for number in range(rows):
        begun = START + timedelta(seconds=number)
        queued, started, ended = (
            (begun + timedelta(seconds=after, microseconds=1 + number % 999_999)).isoformat()
            for after in (0, 2 + random.random(), 60)
        )
        yield queued, started, ended, random.choices(("success", "failed", "skipped"), (90, 8, 2))[0]


def github(rows: int) -> Iterator[str]:
    return document(
        "", ({**fields, **times} for fields, times in runs(rows, ("createdAt", "startedAt", "updatedAt"), "databaseId"))
    )


def github_rest(rows: int) -> Iterator[str]:
    api = "https://api.github.com/repos/octo/hello"
    person = {
        "login": "ana", "id": 1, "node_id": "MDQ6VXNlcjE=", "type": "User", "site_admin": False,
        **{f"{what}_url": f"https://api.github.com/users/ana/{what}" for what in ("followers", "gists", "starred", "repos")},
    }  # fmt: skip
    places = (
        "forks",
        "keys",
        "teams",
        "hooks",
        "events",
        "tags",
        "blobs",
        "refs",
        "trees",
        "commits",
        "contents",
        "merges",
        "pulls",
    )
    repository = {"id": 2, "name": "hello", "owner": person, **{f"{place}_url": f"{api}/{place}" for place in places}}
    return document(
        "workflow_runs",
        (
            {
                **fields, "node_id": "WFR_1", "head_sha": f"{fields['id']:040x}", "path": ".github/workflows/ci.yml", **times,
                "actor": person, "triggering_actor": person, "pull_requests": [], "referenced_workflows": [],
                "head_commit": {"id": f"{fields['id']:040x}", "message": "Mend", "author": {"name": "Ana", "email": "a@b.org"}},
                **{f"{what}_url": f"{api}/actions/runs/{fields['id']}/{what}" for what in ("jobs", "logs", "artifacts", "cancel")},
                "repository": repository, "head_repository": repository,
            }
            for fields, times in runs(rows, ("created_at", "run_started_at", "updated_at"), "id")
        ),
    )  # fmt: skip


def runs(rows: int, names: Sequence[str], job: str) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    for number in range(rows):
        moments = (f"{START + timedelta(seconds=number + after):%Y-%m-%dT%H:%M:%SZ}" for after in (0, 7, 300))
        fields = {job: number, "name": "CI", "event": "push", "status": "completed"}
        yield (
            {**fields, "conclusion": random.choice(("success", "failure", "cancelled", "skipped"))},
            dict(zip(names, moments, strict=True)),
        )


def kubernetes(rows: int) -> Iterator[str]:
    reasons = ("Scheduled", "Pulled", "Created", "Started", "Killing")
    return document(
        "items",
        (
            {
                "apiVersion": "v1", "count": 1, "eventTime": None, "firstTimestamp": moment, "lastTimestamp": moment,
                "involvedObject": {
                    "apiVersion": "v1", "kind": "Pod", "name": f"train-{number // 5}", "namespace": "default", "uid": "0000-1111",
                    "resourceVersion": "123456", "fieldPath": "spec.containers{train}",
                },
                "kind": "Event", "message": f"{reasons[number % 5]} container train",
                "metadata": {
                    "creationTimestamp": moment, "name": f"train-{number // 5}.{number:016x}", "namespace": "default",
                    "resourceVersion": "123457", "uid": "0000-2222",
                },
                "reason": reasons[number % 5], "reportingComponent": "kubelet", "reportingInstance": "node-1",
                "source": {"component": "kubelet", "host": "node-1"}, "type": "Normal",
            }
            for number in range(rows)
            for moment in (f"{START + timedelta(seconds=number):%Y-%m-%dT%H:%M:%SZ}",)
        ),
    )  # fmt: skip


def document(name: str, rows: Iterable[object]) -> Iterator[str]:
    """A list of rows in JSON, by itself or by its name in an object."""
    yield f'{{"{name}": [' if name else "["
    for number, row in enumerate(rows):
        yield f"{', ' if number else ''}{json.dumps(row)}"
    yield "]}\n" if name else "]\n"


def in_lines(parts: Iterable[str]) -> Iterator[str]:
    """The rows of a list, a line for each."""
    yield from (f"{part.removeprefix(', ')}\n" for part in parts if part.strip(", \n") not in ("[", "]"))


if __name__ == "__main__":
    main()
