"""Replaying logs, from lists and files, and the command that does it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from transitions import Machine

from job_status import JOB_LIFECYCLE, RunningStatus
from job_status.cli import cli
from job_status.testing import replay

LOG = [
    ("a", "WAITING", 0),
    ("a", "RUNNING", 10),
    ("a", "RUNNING", 15),
    ("a", "SUCCESS", 70),
    ("b", "WAITING", 5),
    ("b", "SUCCESS", 65),
    ("c", "RUNNING", 100),
    ("c", "WAITING", 120),
    ("c", "RUNNING", 121),
    ("d", "SUCCESS", 200),
    ("d", "ERROR", 201),
    ("e", "SUCCESS", 300),
    ("e", "ERROR", 301),
]


def test_a_log_is_held_against_the_table() -> None:
    found = replay(JOB_LIFECYCLE, LOG)
    assert (found.records, found.jobs, found.ok) == (13, 5, False)
    assert found.visits == {
        "WAITING": 3,
        "RUNNING": 3,
        "SUCCESS": 4,
        "ERROR": 2,
        "CANCELED": 0,
        "SUSPENDED": 0,
        "CANCEL_REQUESTED": 0,
        "UNKNOWN": 0,
    }
    assert {status: stay for status, stay in found.dwell.items() if stay is not None} == {
        "WAITING": 10,
        "RUNNING": 40,
        "SUCCESS": 1,
    }
    assert found.seen == {("WAITING", "RUNNING"): 2, ("RUNNING", "SUCCESS"): 1}
    assert found.unknown == {("WAITING", "SUCCESS"): ("b",), ("RUNNING", "WAITING"): ("c",), ("SUCCESS", "ERROR"): ("d", "e")}
    assert found.skipped == {("WAITING", "SUCCESS"): ("RUNNING",), ("RUNNING", "WAITING"): None, ("SUCCESS", "ERROR"): None}
    assert len(found.never) == 25
    assert ("RUNNING", "SUSPENDED") in found.never


def test_the_report() -> None:
    machine = Machine(
        model=None, states=["new", "busy", "done"], initial="new", transitions=[["go", "new", "busy"], ["end", "busy", "done"]],
        auto_transitions=False,
    )  # fmt: skip
    jobs = [(number, status, at) for number in range(7) for at, status in enumerate(("busy", "new"))]
    assert str(replay(machine, [("x", "new", 0), ("x", "busy", 0.25), *jobs])) == (
        "16 records of 8 jobs\n"
        "\n"
        "status  entered  median stay\n"
        "new           8       0.25 s\n"
        "busy          8          1 s\n"
        "done          0            -\n"
        "\n"
        "not in the table:\n"
        "  busy -> new (no path leads there): 0, 1, 2, 3, 4, ...\n"
        "\n"
        "seen:\n"
        "  new -> busy: 1\n"
        "\n"
        "never seen:\n"
        "  busy -> done"
    )


def test_a_log_that_is_all_right() -> None:
    found = replay(JOB_LIFECYCLE, LOG[:4])
    assert found.ok
    assert "not in the table:\n\n" in str(found)


TIMES: list[Any] = [
    1767261600,
    1767261600.0,
    "1767261600",
    "2026-01-01T10:00:00Z",
    "2026-01-01T12:00:00+02:00",
    "2026-01-01 10:00:00",
    datetime(2026, 1, 1, 10),  # a naive one is UTC
    datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2))),
]


@pytest.mark.parametrize("moment", TIMES, ids=repr)
def test_times_are_seconds_or_iso_8601_and_utc_without_a_zone(moment: Any) -> None:
    found = replay(JOB_LIFECYCLE, [("a", RunningStatus.WAITING, moment), ("a", "running", 1767261601.5)])
    assert found.dwell["WAITING"] == 1.5


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (("a", "GONE", 1), "record 2: the status 'GONE' is none of WAITING, RUNNING, "),
        (("a", "ERROR", "noon"), "record 2: the timestamp 'noon' is neither a number of seconds nor ISO 8601"),
        (("a", "ERROR", None), "record 2: the timestamp None is neither"),
        (("a", "ERROR", float("inf")), "record 2: the timestamp inf is neither"),
        (("a", "ERROR"), r"record 2: \('a', 'ERROR'\) is not a job, its status and a timestamp"),
        ("abc", "record 2: 'abc' is not a job"),
        (5, "record 2: 5 is not a job"),
        ({"job": "a", "time": 1}, "record 2: the field 'status' is missing"),
    ],
)
def test_an_entry_that_cannot_be_read_is_named(entry: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replay(JOB_LIFECYCLE, [LOG[0], entry])


CSV = "Job_ID, Status, Node, Timestamp\na,WAITING,n1,0\n\na,RUNNING,n1,10\na,SUCCESS,n2,70\n"
BARE = "a,WAITING,0,n1\na,RUNNING,10,n1\na,SUCCESS,70,n1\n"
LINES = '{"id": "a", "state": "WAITING", "time": 0}\n\n["a", "RUNNING", 10]\n{"job": "a", "status": "SUCCESS", "timestamp": 70}\n'


@pytest.mark.parametrize(
    ("name", "text"), [("log.csv", CSV), ("log.txt", BARE), ("log.jsonl", LINES), ("log.csv", "\ufeff" + CSV)],
)  # fmt: skip
def test_files(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    assert replay(JOB_LIFECYCLE, file) == replay(JOB_LIFECYCLE, str(file)) == replay(JOB_LIFECYCLE, [*LOG[:2], LOG[3]])


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("log.jsonl", '["a", "RUNNING", 1]\n{"a', 'record 2: this is not JSON: {"a'),
        ("log.csv", CSV + "a\n", "record 6: the field 'status' is missing"),
        ("log.csv", BARE + "a,GONE,8\n", "record 4: the status 'GONE' is none of "),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        replay(JOB_LIFECYCLE, tmp_path / name)


# -- the command


def test_the_command_prints_the_report(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(CSV, encoding="utf-8")
    result = CliRunner().invoke(cli, ["replay", str(tmp_path / "log.csv")])
    assert (result.exit_code, result.output) == (0, str(replay(JOB_LIFECYCLE, tmp_path / "log.csv")) + "\n")


def test_the_command_fails_where_the_table_does_not_know_a_move(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, LOG)), encoding="utf-8")
    result = CliRunner().invoke(cli, ["replay", str(tmp_path / "log.jsonl")])
    assert result.exit_code == 1
    assert "SUCCESS -> ERROR (no path leads there): d, e\n" in result.output


def test_the_command_takes_another_lifecycle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "from transitions import Machine\nmachine = Machine(states=['x', 'y'], initial='x', transitions=[['go', 'x', 'y']])\n"
    (tmp_path / "replayed_machine.py").write_text(code, encoding="utf-8")
    (tmp_path / "log.csv").write_text("1,x,0\n1,y,1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    result = CliRunner().invoke(cli, ["replay", "--lifecycle", "replayed_machine:machine", "log.csv"])
    sys.modules.pop("replayed_machine", None)
    assert (result.exit_code, "x -> y: 1" in result.output) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--lifecycle", "job_status:JobStatus"],
            "Error: job_status:JobStatus: expected a Lifecycle or a transitions.Machine, not ",
        ),
        ([], "Error: record 2: the field 'timestamp' is missing"),
    ],
)
def test_the_command_says_what_it_cannot_do(tmp_path: Path, arguments: list[str], words: str) -> None:
    (tmp_path / "log.csv").write_text("job,status\na,ERROR\n", encoding="utf-8")
    result = CliRunner().invoke(cli, ["replay", *arguments, str(tmp_path / "log.csv")])
    assert result.exit_code == 1
    assert words in result.output


def test_the_kit_needs_neither_pytest_nor_hypothesis() -> None:
    code = (
        "import sys; sys.modules['pytest'] = sys.modules['_pytest'] = sys.modules['hypothesis'] = None\n"
        "from job_status import JOB_LIFECYCLE\n"
        "from job_status.testing import *\n"
        "import job_status.testing as kit\n"
        "assert all(name in dir(kit) or getattr(kit, name) for name in kit.__all__)\n"
        "assert replay(JOB_LIFECYCLE, [('a', 'WAITING', 0)]).ok and covering_walks(JOB_LIFECYCLE)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_kit_has_nothing_else() -> None:
    import job_status.testing

    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = job_status.testing.nothing
    assert job_status.testing.__all__ == sorted(job_status.testing.__all__)
