"""The command `job-status replay`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from job_status import JOB_LIFECYCLE
from job_status.cli._replay import replay as command
from job_status.testing import replay
from job_status.testing._moments import UNITS

CSV = "job,status,timestamp\na,WAITING,0\na,RUNNING,10\na,SUCCESS,70\n"
STRANGE = [("d", "SUCCESS", 200), ("d", "ERROR", 201), ("e", "SUCCESS", 300), ("e", "ERROR", 301)]
REPORT = str(replay(JOB_LIFECYCLE, [line.split(",") for line in CSV.splitlines()[1:]])) + "\n"


PROCESS = [sys.executable, "-c", "from job_status.cli._replay import replay; replay()"]


def run(*arguments: object, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(command, list(map(str, arguments)), input=stdin)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "log.csv").write_text(CSV, encoding="utf-8")
    return tmp_path / "log.csv"


def test_it_prints_the_report(log: Path) -> None:
    result = run(log)
    assert (result.exit_code, result.output) == (0, REPORT)


def test_it_fails_where_the_table_does_not_have_a_move(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, STRANGE)), encoding="utf-8")
    result = run(tmp_path / "log.jsonl")
    assert result.exit_code == 1
    assert "SUCCESS -> ERROR (no path leads there): 2, as by job d\n" in result.output


def test_it_takes_another_lifecycle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "from transitions import Machine\nmachine = Machine(states=['x', 'y'], initial='x', transitions=[['go', 'x', 'y']])\n"
    (tmp_path / "replayed_machine.py").write_text(code, encoding="utf-8")
    (tmp_path / "log.csv").write_text("1,x,0\n1,y,1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    result = run("--lifecycle", "replayed_machine:machine", "log.csv")
    sys.modules.pop("replayed_machine", None)
    assert (result.exit_code, "x -> y: 1" in result.output) == (0, True)


JSON_LINES = "\n".join(json.dumps(line.split(",")) for line in CSV.splitlines()[1:])


@pytest.mark.parametrize("stdin", [CSV, "\ufeff" + CSV, JSON_LINES], ids=["CSV", "BOM", "JSON"])
def test_it_reads_standard_input(stdin: str) -> None:
    result = run("-", stdin=stdin.encode())
    assert (result.exit_code, result.output) == (0, REPORT)


def test_it_reads_a_real_pipe_in_any_order() -> None:
    heading, *lines = CSV.splitlines()
    text = "\n".join([heading, *reversed(lines)]).encode() + b"\n\xfc,ERROR,7\n\xfc,SUCCESS,8"
    done = subprocess.run([*PROCESS, "-"], input=text, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "WAITING -> RUNNING: 1" in done.stdout.decode()
    assert r"ERROR -> SUCCESS (no path leads there): 1, as by job \xfc" in done.stdout.decode()


def test_a_standard_input_that_is_closed() -> None:
    close = "import os, sys; os.close(0); os.execv(sys.argv[1], sys.argv[1:])"
    done = subprocess.run([sys.executable, "-c", close, *PROCESS, "-"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "Error: the standard input is closed\n")


def test_milliseconds(tmp_path: Path) -> None:
    text = CSV.replace(",0\n", ",1767261600000\n").replace(",10\n", ",1767261610000\n").replace(",70\n", ",1767261670000\n")
    (tmp_path / "log.csv").write_text(text, encoding="utf-8")
    assert run("--unit", "ms", tmp_path / "log.csv").output == REPORT
    result = run(tmp_path / "log.csv")
    assert result.exit_code == 1
    assert result.output == (
        "Error: line 2: the timestamp '1767261600000' is too large for seconds: in milliseconds it is 2026-01-01 10:00:00 UTC; "
        "give its unit: s, ms, us, ns\n"
    )


def test_the_units_are_those_of_the_testing_kit(log: Path) -> None:
    assert f"is not one of {', '.join(map(repr, UNITS))}." in run("--unit", "min", log).output


def test_what_cannot_be_read_is_skipped_and_counted(log: Path) -> None:
    log.write_text(CSV + "a,GONE,71\na\n", encoding="utf-8")
    result = run("--skip-bad", log)
    assert result.exit_code == 0
    assert result.output.startswith(
        "3 records of 1 job, over 1 min 10 s\n"
        "2 records skipped that cannot be read:\n"
        "  line 5: the status 'GONE' is none of WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN\n"
        "  line 6: the field 'status' is missing in ['a']\n"
        "\n"
    )


@pytest.mark.parametrize(
    ("arguments", "text", "words"),
    [
        (["--lifecycle", "job_status:JobStatus"], CSV, "Error: job_status:JobStatus: expected a "),
        ([], "job,status\na,ERROR\n", "Error: line 2: the field 'timestamp' is missing"),
        ([], "", "Error: the log has no record"),
        (["--skip-bad"], "a,GONE,1", "Error: the log has no record that can be read; of 1 that cannot, the first is line 1: "),
    ],
)
def test_it_says_what_it_cannot_do(log: Path, arguments: list[str], text: str, words: str) -> None:
    log.write_text(text, encoding="utf-8")
    result = run(*arguments, log)
    assert result.exit_code == 1
    assert result.output.startswith(words)


EXPORTS = Path(__file__).parent / "exports"


def test_it_reads_what_other_systems_export() -> None:
    result = run("--vocabulary", "slurm", EXPORTS / "sacct.txt")
    assert result.exit_code == 0
    assert result.output.startswith(
        "7 records of 7 jobs, over 1 h 10 min\n2 records left out, about something else than the status of a job\n\n"
    )


def test_it_reads_the_columns_that_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("dag;task;word;made;begun;over\nx;a;SUCCESS;1;5;9\n", encoding="utf-8")
    times = ("--time", "made=WAITING", "--time", "begun=RUNNING", "--time", "over")
    result = run("--job", "dag", "--job", "task", "--status", "word", *times, tmp_path / "log.csv")
    assert (result.exit_code, "WAITING -> RUNNING: 1\n  RUNNING -> SUCCESS: 1\n" in result.output) == (0, True)


@pytest.mark.parametrize(
    ("name", "beginning"),
    [("log.svg", b"<svg "), ("log.html", b"<div "), ("log.mmd", b"%%{init"), ("log.dot", b"digraph "), ("log.json", b"{")],
)
def test_it_draws_the_log(tmp_path: Path, name: str, beginning: bytes) -> None:
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, STRANGE)), encoding="utf-8")
    result = run("--diagram", tmp_path / name, tmp_path / "log.jsonl")
    drawn = (tmp_path / name).read_bytes()
    assert result.exit_code == 1  # there is a strange move, and it is drawn as well
    assert drawn.startswith(beginning)
    assert drawn == replay(JOB_LIFECYCLE, STRANGE).diagram(result_format(name)).encode()


def result_format(name: str) -> Any:
    return {"mmd": "mermaid"}.get(name[4:], name[4:])


def test_it_draws_images(log: Path) -> None:
    pytest.importorskip("vl_convert")
    assert run("--diagram", log.with_suffix(".png"), log).exit_code == 0
    assert log.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_it_says_which_pictures_it_cannot_make(log: Path) -> None:
    result = run("--diagram", log.with_suffix(".gif"), log)
    assert result.exit_code == 2
    assert "log.gif says no format: let it end with one of .mmd, " in result.output
    result = run("--diagram", log.parent / "nowhere" / "log.svg", log)
    assert (result.exit_code, "Invalid value for --diagram: cannot write " in result.output) == (2, True)


def test_it_prints_json(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, [*STRANGE, ["f", "GONE", 1]])), encoding="utf-8")
    result = run("--json", "--skip-bad", tmp_path / "log.jsonl")
    assert result.exit_code == 1
    found = json.loads(result.output)
    assert found == replay(JOB_LIFECYCLE, [*STRANGE, ("f", "GONE", 1)], skip_bad=True).to_dict() | {"first_bad": found["first_bad"]}
    assert found["statuses"]["SUCCESS"] == {"entered": 2, "stay": {"p50": 1.0, "p90": 1.0, "p99": 1.0}}
    assert found["not_in_the_table"] == [{"source": "SUCCESS", "dest": "ERROR", "count": 2, "example": "d", "skipped": None}]
    assert {"source": "WAITING", "dest": "RUNNING"} in found["never_seen"]
    assert (found["records"], found["jobs"], found["bad"], found["left_out"], found["span"]) == (4, 2, 1, 0, 101)
