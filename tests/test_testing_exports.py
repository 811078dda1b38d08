"""Replaying what other systems export, in the forms that they document: see `exports/README.md`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transitions import Machine

from job_status import JOB_LIFECYCLE, RunningStatus
from job_status.testing import Replay, replay
from job_status.vocabularies import Vocabulary
from tests.lifecycles.github_actions import GITHUB
from tests.lifecycles.rq_jobs import RQ
from tests.lifecycles.slurm_jobs import SLURM

EXPORTS = Path(__file__).parent / "exports"
W, R, S, E, C, A = "WAITING", "RUNNING", "SUCCESS", "ERROR", "CANCELED", "CANCEL_REQUESTED"


def exported(name: str, vocabulary: str, **choices: Any) -> Replay:
    return replay(JOB_LIFECYCLE, EXPORTS / name, vocabulary=vocabulary, **choices)


@pytest.mark.parametrize(
    ("name", "vocabulary", "jobs", "left_out", "moves", "waited", "ran"),
    [
        ("sacct.txt", "slurm", 7, 2, {(W, R): 5, (W, C): 1, (R, S): 1, (R, E): 2, (R, C): 1}, 600, 900),
        ("sacct.json", "slurm", 3, 0, {(W, R): 2, (W, C): 1, (R, S): 1}, 600, 3600),
        ("github_runs.json", "github-actions", 5, 0, {(W, R): 4, (R, S): 1, (R, E): 1, (R, C): 1}, 15, 390),
        ("github_jobs.json", "github-actions", 3, 0, {(W, R): 2, (R, S): 1, (R, E): 1}, 9.5, 10980),
        ("gh_run_list.json", "github-actions", 2, 0, {(W, R): 1, (R, S): 1}, 10, 390),
        ("airflow_task_instances.json", "airflow", 3, 0, {(W, R): 2, (R, S): 1, (R, E): 2}, 2, 30),
        ("airflow_task_instance.csv", "airflow", 2, 0, {(W, R): 2, (R, S): 1}, 2, 60),
        ("airflow_event_logs.json", "airflow", 1, 2, {(R, S): 1}, None, 90),
        ("kubernetes_events.json", "kubernetes-pod", 1, 1, {(W, R): 1, (R, A): 1}, 29.5, 600),
        ("kubernetes_events.json", "kubernetes-job", 1, 1, {(W, R): 1, (R, A): 1}, 29.5, 600),
        ("kubernetes_pods.json", "kubernetes-pod", 4, 0, {(W, R): 2, (W, E): 1, (R, S): 1}, 30, 620),
        ("kubernetes_jobs.json", "kubernetes-job", 2, 0, {(W, R): 2, (R, S): 1, (R, E): 1}, 2.5, 750),
    ],
)
def test_exports_are_read_as_they_come(
    name: str,
    vocabulary: str,
    jobs: int,
    left_out: int,
    moves: dict[Any, int],
    waited: float | None,
    ran: float,
    caplog: pytest.LogCaptureFixture,
) -> None:
    found = exported(name, vocabulary)
    assert (found.jobs, found.left_out, found.bad) == (jobs, left_out, 0)
    assert found.seen == moves
    assert found.ok
    assert (found.dwell[W], found.dwell[R]) == (waited, ran)
    assert not caplog.records  # what is left out is not warned of


def test_every_sample_is_replayed_and_described() -> None:
    described = (EXPORTS / "README.md").read_text(encoding="utf-8")
    samples = {file.name for file in EXPORTS.iterdir()} - {"README.md"}
    assert len(samples) == 11
    assert all(f"| {name} |" in described for name in samples)


def test_the_words_of_a_system_are_the_statuses_of_its_own_lifecycle() -> None:
    found = replay(SLURM, EXPORTS / "sacct.txt", vocabulary="slurm")
    assert found.visits["OUT_OF_MEMORY"] == 1
    assert found.skipped["RUNNING", "COMPLETED"] == ("COMPLETING",)  # which sacct does not tell
    found = replay(GITHUB, EXPORTS / "github_jobs.json", vocabulary="github-actions")
    assert found.seen == {("QUEUED", "IN_PROGRESS"): 2, ("IN_PROGRESS", "SUCCESS"): 1, ("IN_PROGRESS", "TIMED_OUT"): 1}


def test_an_end_before_the_start_is_seen() -> None:
    log = "JobID|State|Submit|Start|End\n7|COMPLETED|2026-01-01T00:00:00|2026-01-01T00:02:00|2026-01-01T00:01:00\n"
    found = replay(JOB_LIFECYCLE, StringIO(log), vocabulary="slurm")
    assert found.unknown == {(W, S): 1, (S, R): 1}
    assert found.examples == {(W, S): "7", (S, R): "7"}


def test_one_of_many_that_is_out_of_order_does_not_disturb_the_others() -> None:
    rows = [f"{number}|COMPLETED|{number + 1}|{number + 2}|{number + (0 if number == 7 else 5)}\n" for number in range(20)]
    found = replay(JOB_LIFECYCLE, StringIO("JobID|State|Submit|Start|End\n" + "".join(rows)), vocabulary="slurm")
    assert (found.jobs, found.records) == (20, 20)
    assert found.seen == {(W, R): 20, (R, S): 19}
    assert (found.unknown, found.examples) == ({(S, W): 1}, {(S, W): "7"})


def test_times_that_are_one_are_put_in_an_order_that_can_be() -> None:
    table = StringIO("job,status,ended,begun\na,SUCCESS,5,5\nb,SUCCESS,5,4\nc,SUCCESS,5,6\n")
    found = replay(JOB_LIFECYCLE, table, times={"ended": None, "begun": "RUNNING"})
    assert (found.seen, found.unknown, found.jobs) == ({(R, S): 2}, {(S, R): 1}, 3)


def test_steps_are_left_out_where_rows_are_read_one_by_one() -> None:
    ragged = StringIO("JobID|State|End\n7|COMPLETED|5|\n7.batch|COMPLETED|5\n8|COMPLETED|6\n")
    found = replay(JOB_LIFECYCLE, ragged, vocabulary="slurm")
    assert (found.jobs, found.left_out) == (2, 1)


def test_times_with_a_zone_and_without() -> None:
    log = "job,status,time\na,WAITING,2026-01-01T10:00:00\na,RUNNING,2026-01-01T12:00:01+02:00\n"
    assert replay(JOB_LIFECYCLE, StringIO(log)).dwell[W] == 1


def test_a_heading_below_blank_lines() -> None:
    found = replay(JOB_LIFECYCLE, StringIO("\n\r\njob;state;time\r\na;RUNNING;1\r\na;GONE;2\r\n"), skip_bad=True)
    assert (found.records, found.first_bad[0].partition(": ")[0]) == (1, "line 5")


def test_quotes_are_those_of_the_csv_module() -> None:
    rows = [f'"job, {number}",{word},{number},"said ""no""\nand went"\n' for number in range(3000) for word in ("RUNNING", "ERROR")]
    found = replay(JOB_LIFECYCLE, StringIO("job,status,time,message\n" + "".join(rows)))
    assert (found.jobs, found.seen) == (3000, {(R, E): 3000})


def test_a_quote_that_is_never_closed_takes_no_other_rows_with_it() -> None:
    rows = [f"{number},RUNNING,{number},a 5{' inch' if number % 7 else chr(34)} disk\n" for number in range(60_000)]
    assert replay(JOB_LIFECYCLE, StringIO("job,status,time,message\n" + "".join(rows))).jobs == 60_000


def test_a_vocabulary_for_a_log_of_ones_own() -> None:
    log = [("a", "PD", 0), ("a", "R", 5), ("a", "CANCELLED by 1000", 9), ("b", "CANCELLED by 1001", 3)]
    found = replay(JOB_LIFECYCLE, log, vocabulary="slurm")
    assert found.seen == {(W, R): 1, (R, C): 1}
    assert replay(JOB_LIFECYCLE, [("a", ["COMPLETED"], 0)], vocabulary="slurm").visits[S] == 1
    own = Vocabulary("ours", {JOB_LIFECYCLE.initial: "parked", JOB_LIFECYCLE.finals[0]: "done"})
    assert replay(JOB_LIFECYCLE, [("a", "parked", 0), ("a", "Done", 1)], vocabulary=own).unknown == {(W, S): 1}


def test_words_are_remembered_but_not_without_end() -> None:
    log = [(str(number), f"CANCELLED by {number}", number) for number in range(10_100)]
    assert replay(JOB_LIFECYCLE, log, vocabulary="slurm").visits[C] == 10_100


@pytest.mark.parametrize(
    ("log", "choices", "words"),
    [
        ([("a", "Lost", 0)], {"vocabulary": "slurm"}, "record 1: the status 'Lost' is none of the words of the vocabulary slurm"),
        ([("a", "F", 0)], {"vocabulary": "pbs"}, "record 1: the status 'F' is none of the words of the vocabulary pbs"),
        ([("a", "R", 0)], {"vocabulary": "slurmm"}, "there is no vocabulary 'slurmm'; there are: perceval, "),
        (
            StringIO("JobID|State|End\n7|COMPLETED|Unknown\n"),
            {"vocabulary": "slurm"},
            "line 2: none of its times is there: Submit, ",
        ),
        (StringIO("JobID|State|End\n |COMPLETED|5\n"), {"vocabulary": "slurm"}, "line 2: the job id is empty"),
        (StringIO("JobID|State|End\n7|COMPLETED|5\n8|COMPLETED\n"), {"vocabulary": "slurm"}, "line 3: none of its times is there"),
        (StringIO("JobID|State|End\n7|COMPLETED|noon\n"), {"vocabulary": "slurm"}, "line 2: the timestamp 'noon' is neither"),
        (
            StringIO("JobID|State|End\n7|COMPLETE|5\n"),
            {"vocabulary": "slurm"},
            "line 2: the status 'COMPLETE' is none of the words",
        ),
        (StringIO("JobID|Submit\n7|5\n"), {"vocabulary": "slurm"}, "line 2: the field 'State' is missing in "),
        (StringIO("id,state,time\n ,SUCCESS,5\n"), {}, "line 2: the job id is empty"),
        ([{"meta": 5, "state": "SUCCESS", "time": 5}], {"job": "meta.name"}, "record 1: the field 'meta.name' is missing in "),
        (StringIO(""), {"times": {"made": "LOST", "ended": None}}, "^the status 'LOST' is none of WAITING, "),
        (
            StringIO(""),
            {"times": {"a": None, "b": None}},
            "^of several times only one is that of the status: what was the job at a",
        ),
        (StringIO("id,state,at\n7,SUCCESS,5\n"), {}, "line 2: the field 'timestamp' is missing in "),
        (StringIO("id,state,at\n7,SUCCESS,5\n"), {"job": "name", "times": "at"}, "line 2: the field 'name' is missing in "),
        (
            StringIO('{"items": [{"metadata": 1}]}'),
            {"vocabulary": "kubernetes-pod"},
            "record 1: the field 'involvedObject.kind' is ",
        ),
        (StringIO('{"items": [{"a": 1}, {"b": ]}'), {}, "record 1: the field 'job' is missing in {'a': 1}"),
        (StringIO('[["a", "ERROR", 1], {"b": ]'), {}, r"record 2: this is not JSON: '\{\"b\": \]'"),
        (StringIO('{\n"job": "a",'), {}, r"record 1: this is not JSON: "),
        ([("a", {"x": 1}, 0)], {}, r"record 1: the status \"\{'x': 1\}\" is none of "),
        ([{"job": {}, "status": {}, "time": {}}], {}, "record 1: the status '{}' is none of "),
        (
            StringIO('{"items": [{"metadata": {"namespace": "x"}, "status": {"conditions": [1]}}]}'),
            {"vocabulary": "kubernetes-job"},
            "record 1: none of its times is there: ",
        ),
        (StringIO("job,status,time\ra,GONE,1\r"), {}, "line 2: the status 'GONE' is none of "),
    ],
)
def test_what_cannot_be_read_is_named(log: Any, choices: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replay(JOB_LIFECYCLE, log, **choices)


def test_a_vocabulary_needs_meanings() -> None:
    machine = Machine(model=None, states=["x"], initial="x", auto_transitions=False)
    with pytest.raises(ValueError, match=r"^a vocabulary needs a Lifecycle, which says what its statuses mean$"):
        replay(machine, [("a", "x", 0)], vocabulary="slurm")


def test_a_meaning_that_no_status_has() -> None:
    with pytest.raises(ValueError, match=r"record 1: the status 'PAUSED' means SUSPENDED, and none of CREATED, .* does"):
        replay(RQ, [("a", "PAUSED", 0)], vocabulary="prefect")


# -- fields named by the user

TABLE = """\
name;ordered;begun;ended;result
a;1;10;31;SUCCESS
b;2;5;;RUNNING
c;4;None;0;WAITING
d;7;0;9;CANCELED
"""
TIMES = {"ordered": "WAITING", "begun": "RUNNING", "ended": None}


def test_rows_that_are_all_about_one_job() -> None:
    found = replay(JOB_LIFECYCLE, StringIO(TABLE), job="name", status="result", times=TIMES)
    assert (found.records, found.jobs, found.span) == (4, 4, 30)
    assert found.seen == {(W, R): 2, (W, C): 1, (R, S): 1}
    assert found.visits == {W: 3 + 1, R: 2, S: 1, C: 1, E: 0, A: 0, "SUSPENDED": 0, "UNKNOWN": 0}
    rows = [dict(zip(("name", "ordered", "begun", "ended", "result"), row.split(";"), strict=True)) for row in TABLE.split()[1:]]
    assert replay(JOB_LIFECYCLE, rows, job="name", status="result", times=TIMES) == found
    lines = StringIO("\n".join(map(json.dumps, rows)))
    assert replay(JOB_LIFECYCLE, lines, job="name", status="result", times=TIMES) == found


def test_an_id_of_several_fields() -> None:
    log = StringIO("dag\ttask\tstate\ttime\nx\ta\tSUCCESS\t0\nx\tb\tSUCCESS\t0\ny\ta\tSUCCESS\t1\nx\ta\tERROR\t1\n")
    found = replay(JOB_LIFECYCLE, log, job=["dag", "task"])
    assert (found.jobs, found.examples) == (3, {(S, E): "x/a"})


def test_times_of_statuses_of_ones_own() -> None:
    log = "name,state,a,b,c\n1,PENDING,1,2,3\n2,COMPLETED,1,2,3\n"
    times = {"a": type(SLURM.initial).PENDING, "b": "r", "c": None}
    found = replay(SLURM, StringIO(log), job="name", status="state", times=times)
    assert found.seen == {("PENDING", "RUNNING"): 1}  # a job that is still PENDING has not come further
    assert found.unknown == {("RUNNING", "COMPLETED"): 1}


def test_a_field_within_others() -> None:
    log = [{"meta": {"name": "a"}, "state": {"word": word}, "at": at} for at, word in enumerate(("WAITING", "RUNNING"))]
    assert replay(JOB_LIFECYCLE, log, job="meta.name", status="state.word", times="at").seen == {(W, R): 1}


# -- column by column is as one by one

ENTRIES = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(list(RunningStatus)), st.integers(0, 9)), min_size=1, max_size=12
)
ROWS = st.lists(
    st.tuples(st.sampled_from(("", "0", "None", *"123456789")), st.sampled_from(("", *"123456789")), st.sampled_from("123456789")),
    min_size=1,
    max_size=12,
)


@given(ENTRIES)
def test_a_file_is_read_as_its_entries_are(entries: list[tuple[str, RunningStatus, int]]) -> None:
    text = "job,status,time\n" + "".join(f"{job},{status.name},{time}\n" for job, status, time in entries)
    assert replay(JOB_LIFECYCLE, StringIO(text)) == replay(JOB_LIFECYCLE, entries)


@given(ROWS, st.data())
def test_a_file_of_jobs_is_read_as_its_rows_are(times: list[tuple[str, str, str]], data: st.DataObject) -> None:
    words = [data.draw(st.sampled_from(("SUCCESS", "ERROR", "RUNNING", "WAITING"))) for _ in times]
    rows = [(f"job {number}", word, *moments) for number, (word, moments) in enumerate(zip(words, times, strict=True))]
    names = ("job", "status", "made", "begun", "ended")
    choices: dict[str, Any] = {"times": {"made": "WAITING", "begun": "RUNNING", "ended": None}, "skip_bad": True}
    text = "\n".join(",".join(row) for row in (names, *rows))
    quickly = attempt(StringIO(text), choices)
    assert quickly == attempt([dict(zip(names, row, strict=True)) for row in rows], choices)


def attempt(log: Any, choices: dict[str, Any]) -> Any:
    """Return what a log shows but for which lines are bad and for which of several jobs is the example."""
    try:
        found = replay(JOB_LIFECYCLE, log, **choices)
    except ValueError as error:
        return str(error).partition(";")[0]
    return found.to_dict() | {"first_bad": [], "not_in_the_table": found.unknown}


# -- JSON of any shape


def test_json_documents_one_after_the_other() -> None:
    whole = json.loads((EXPORTS / "kubernetes_events.json").read_text(encoding="utf-8"))
    watched = "\n".join(json.dumps(event, indent=2) for event in whole["items"])  # as by kubectl get events --watch -o json
    expected = exported("kubernetes_events.json", "kubernetes-pod")
    assert replay(JOB_LIFECYCLE, StringIO(watched), vocabulary="kubernetes-pod") == expected
    lines = "\n".join(json.dumps(event) for event in whole["items"])
    assert replay(JOB_LIFECYCLE, StringIO(lines), vocabulary="kubernetes-pod") == expected
    assert replay(JOB_LIFECYCLE, StringIO(json.dumps(whole)), vocabulary="kubernetes-pod") == expected
    assert replay(JOB_LIFECYCLE, StringIO(json.dumps(whole["items"], indent=4)), vocabulary="kubernetes-pod") == expected


def test_a_document_that_is_longer_than_what_is_read_at_once() -> None:
    rows = [{"job": "a" * 1000, "status": "RUNNING", "time": number} for number in range(3000)]
    text = json.dumps({"padding": "x" * 50_000, "items": rows})
    assert replay(JOB_LIFECYCLE, StringIO("{\n" + text[1:])).records == 3000


def test_a_json_line_that_has_a_list_of_its_own() -> None:
    row = {"job": "a", "status": "RUNNING", "time": 0, "parts": {"items": []}}
    assert replay(JOB_LIFECYCLE, StringIO(json.dumps(row) + "\n" + json.dumps(row | {"time": 1}))).records == 2


# -- much of it, in little memory

MEASURED = """
import resource, sys
from job_status import JOB_LIFECYCLE
from job_status.testing import replay

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)

for file in sys.argv[2:]:
    print(replay(JOB_LIFECYCLE, file, vocabulary=sys.argv[1] or None).records, peak())
"""


def observations(rows: int) -> str:
    """A log in the order of time, of 500 jobs that are suspended and resumed again and again."""
    return "job,status,time\n" + "".join(
        f"job-{number % 500},{('RUNNING', 'SUSPENDED')[number // 500 % 2]},{number / 7}\n" for number in range(rows)
    )


def sacct(rows: int) -> str:
    times = "|".join(f"2026-03-02T0{hour}:00:{{0:02}}" for hour in (1, 2, 3))
    return "JobID|State|Submit|Start|End\n" + "".join(f"{number}|COMPLETED|{times.format(number % 60)}\n" for number in range(rows))


def github(rows: int) -> str:
    run = '"status": "completed", "conclusion": "success", "created_at": 1, "run_started_at": 2, "updated_at": '
    return '{"workflow_runs": [' + ",\n".join(f'{{"id": {number}, {run}{number + 3}}}' for number in range(rows)) + "]}"


@pytest.mark.skipif(sys.platform == "win32", reason="resource is for POSIX")
@pytest.mark.parametrize(
    ("text", "vocabulary", "rows"), [(observations, "", 300_000), (sacct, "slurm", 200_000), (github, "github-actions", 40_000)]
)
def test_ten_times_as_many_rows_take_no_more_memory(tmp_path: Path, text: Any, vocabulary: str, rows: int) -> None:
    few, many = tmp_path / "few", tmp_path / "many"
    few.write_text(text(rows // 10), encoding="utf-8")
    many.write_text(text(rows), encoding="utf-8")
    command = [sys.executable, "-c", MEASURED, vocabulary, str(few), str(many)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    (read, before), (read_then, after) = (map(float, line.split()) for line in done.stdout.splitlines())
    assert (read, read_then) == (rows // 10, rows)
    assert after - before < 4  # MiB, of the 5 to 25 that the file has


# -- by columns, and row by row


def one_by_one(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same rows, of which none has the fields of the next."""
    return [{**row, **({"one more": None} if number % 2 else {})} for number, row in enumerate(rows)]


def times(random: Random) -> list[str | None]:
    """Three times, of which some are not in order, have another zone, or are none in one way or another."""
    moments: list[str | None] = []
    seconds = 0.0
    for _ in range(3):
        seconds += random.choice((-5, 0, 1.5, 7, 200_000))
        moments.append((datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).isoformat())
        if random.random() < 0.05:
            moments[-1] = random.choice(
                (None, "", "0", "Unknown", "0001-01-01T00:00:00Z", "2026-01-03T00:00:00", "2026-01-01T02:00:00+02:00")
            )
    return moments


def github_run(number: int, random: Random) -> dict[str, Any]:
    made, started, ended = times(random)
    conclusion = random.choice(("success", "failure", "cancelled", None, ""))
    word = random.choice(("queued", "in_progress", "completed"))
    return {
        "id": number,
        "status": word,
        "conclusion": conclusion,
        "created_at": made,
        "run_started_at": started,
        "updated_at": ended,
    }


def airflow_task(number: int, random: Random) -> dict[str, Any]:
    queued, started, ended = times(random)
    task = {"dag_id": "sales", "dag_run_id": f"{number}", "task_id": "load", "map_index": random.choice((-1, 3, None))}
    return {
        **task,
        "state": random.choice(("success", "failed", "running", "queued")),
        "queued_when": queued,
        "start_date": started,
        "end_date": ended,
    }


def kubernetes_event(number: int, random: Random) -> dict[str, Any]:
    event, first, last = times(random)
    pod = {"kind": "Pod", "name": f"pod {number % 7}"}
    reason = random.choice(("Scheduled", "Pulled", "Started", "Killing", "Completed"))
    return {
        "involvedObject": pod,
        "metadata": {"namespace": "a"},
        "reason": reason,
        "eventTime": event,
        "firstTimestamp": first,
        "lastTimestamp": last,
    }


@pytest.mark.parametrize(
    ("vocabulary", "row"), [("github-actions", github_run), ("airflow", airflow_task), ("kubernetes-pod", kubernetes_event)]
)
@pytest.mark.parametrize("seed", range(5))
def test_rows_that_are_alike_are_read_as_each_would_be(
    vocabulary: str, row: Callable[[int, Random], dict[str, Any]], seed: int
) -> None:
    random = Random(seed)
    rows = [row(number, random) for number in range(random.choice((30, 1200)))]
    quick, slow = (
        replay(JOB_LIFECYCLE, StringIO("\n".join(map(json.dumps, log))), vocabulary=vocabulary, skip_bad=True).to_dict()
        for log in (rows, one_by_one(rows))
    )
    for found in (quick, slow):
        for move in found["not_in_the_table"]:
            del move["example"]  # any will do
    assert quick == slow


def test_rows_of_which_some_have_a_field_deeper_inside() -> None:
    rows = [{"at": {"id": "a"}, "status": "RUNNING", "time": 1}, {"at": {"name": "b"}, "status": "RUNNING", "time": 2}]
    assert replay(JOB_LIFECYCLE, rows, job="at.id", skip_bad=True).bad == 1
    rows[1]["at"] = "b"
    assert replay(JOB_LIFECYCLE, rows, job="at.id", skip_bad=True).bad == 1
    rows[1]["at"] = {"id": "a"}
    assert replay(JOB_LIFECYCLE, rows, job="at.id").jobs == 1


def test_an_unset_time_of_go_is_none_in_a_table_too() -> None:
    log = "job,status,made,begun,ended\na,SUCCESS,2026-01-01T00:00:00Z,0001-01-01T00:00:00Z,2026-01-01T00:00:09Z\n"
    found = replay(JOB_LIFECYCLE, StringIO(log), times={"made": "WAITING", "begun": "RUNNING", "ended": None})
    assert (found.unknown, found.span) == ({(W, S): 1}, 9)


def test_a_job_that_runs_has_no_end_though_its_row_has() -> None:
    log = "JobID|State|Submit|End\n7|RUNNING|2026-01-01T00:00:00|2026-01-01T00:00:09\n"  # there is no Start
    found = replay(JOB_LIFECYCLE, StringIO(log), vocabulary="slurm")
    assert (found.visits[W], found.visits[R], found.span) == (1, 0, 0)


def test_a_line_that_is_not_json_among_lines_that_are() -> None:
    log = '{"job": 1, "status": "RUNNING", "time": 1}\n{"job": 1, "status"\n\n{"job": 1, "status": "ERROR", "time": 2}\n'
    found = replay(JOB_LIFECYCLE, StringIO(log), skip_bad=True)
    assert (found.seen, found.bad, found.first_bad[0].partition(":")[0]) == ({(R, E): 1}, 1, "line 2")


@pytest.mark.parametrize("later", ["2026-01-01T00:00:09", "2026-01-01T00:00:09Z"])
def test_columns_of_times_of_which_one_has_no_zone(later: str) -> None:
    log = f"job,status,made,ended\na,ERROR,2026-01-01T00:00:00Z,{later}\nb,ERROR,2026-01-01T00:00:00Z,{later}\n"
    found = replay(JOB_LIFECYCLE, StringIO(log), times={"made": "WAITING", "ended": None})
    assert (found.seen, found.dwell[W]) == ({(W, E): 2}, 9)
