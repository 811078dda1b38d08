"""Replaying logs, from lists and files."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, StrEnum
from io import StringIO
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from transitions import Machine

from job_status import JOB_LIFECYCLE, Lifecycle, RunningStatus, Transition
from job_status.testing import Replay, replay

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
    assert found.unknown == {("SUCCESS", "ERROR"): 2, ("WAITING", "SUCCESS"): 1, ("RUNNING", "WAITING"): 1}
    assert next(iter(found.unknown)) == ("SUCCESS", "ERROR")  # the most frequent comes first
    assert found.examples == {("SUCCESS", "ERROR"): "d", ("WAITING", "SUCCESS"): "b", ("RUNNING", "WAITING"): "c"}
    assert found.skipped == {("WAITING", "SUCCESS"): ("RUNNING",), ("RUNNING", "WAITING"): None, ("SUCCESS", "ERROR"): None}
    assert (found.span, found.bad, found.first_bad) == (301, 0, ())
    assert len(found.never) == 25
    assert ("RUNNING", "SUSPENDED") in found.never


def machine() -> Machine:
    return Machine(
        model=None, states=["new", "busy", "done"], initial="new", transitions=[["go", "new", "busy"], ["end", "busy", "done"]],
        auto_transitions=False,
    )  # fmt: skip


def test_the_report() -> None:
    jobs = [(f"job\n{number}", status, at) for number in range(7) for at, status in enumerate(("busy", "new"))]
    log = [("x", "new", 0), ("x", "busy", 3900.25), ("x", "new", 3901.25), ("x", "busy", "?"), *jobs]
    assert str(replay(machine(), log, skip_bad=True)) == (
        "17 records of 8 jobs, over 1 h 5 min\n"
        "1 record skipped that cannot be read:\n"
        "  record 4: the timestamp '?' is neither a number of seconds nor ISO 8601\n"
        "\n"
        "status  entered  median stay          p90          p99\n"
        "new           9    1 h 5 min    1 h 5 min    1 h 5 min\n"
        "busy          8          1 s          1 s          1 s\n"
        "done          0            -            -            -\n"
        "\n"
        "not in the table:\n"
        "  busy -> new (no path leads there): 8, as by job x\n"
        "\n"
        "seen:\n"
        "  new -> busy: 1\n"
        "\n"
        "never seen:\n"
        "  busy -> done"
    )


def test_the_name_of_a_job_stays_on_its_line() -> None:
    assert "(no path leads there): 1, as by job a\\nb\n" in str(replay(machine(), [("a\nb", "busy", 0), ("a\nb", "new", 1)]))


def test_a_log_that_is_all_right() -> None:
    found = replay(JOB_LIFECYCLE, LOG[:4])
    assert found.ok
    assert "\nnot in the table:\n  nothing\n\nseen:\n" in str(found)


def test_a_log_of_one_record() -> None:
    assert str(replay(machine(), [("a", "new", 1)])).startswith("1 record of 1 job, over 0 s\n")


# -- the order of the records


@pytest.mark.parametrize("log", list(permutations(LOG[:4])))
def test_the_records_of_a_job_are_put_in_the_order_of_their_times(log: Any) -> None:
    assert replay(JOB_LIFECYCLE, log) == replay(JOB_LIFECYCLE, iter(log)) == replay(JOB_LIFECYCLE, LOG[:4])


def test_a_late_record_of_a_job_that_runs_on_is_not_lost() -> None:
    """The last status is reported again and again: what lies between two of those reports has its place there."""
    found = replay(JOB_LIFECYCLE, [("a", "RUNNING", 10), ("a", "RUNNING", 15), ("a", "SUSPENDED", 12)])
    assert found.seen == {("RUNNING", "SUSPENDED"): 1, ("SUSPENDED", "RUNNING"): 1}
    assert (found.dwell["RUNNING"], found.dwell["SUSPENDED"]) == (2, 3)


@pytest.mark.parametrize("tied", list(permutations(("WAITING", "RUNNING", "CANCEL_REQUESTED", "SUCCESS"))))
def test_of_records_with_one_time_what_can_reach_the_others_comes_first(tied: tuple[str, ...]) -> None:
    found = replay(JOB_LIFECYCLE, [("a", status, 7) for status in tied])
    assert found.ok
    assert list(found.seen) == [("WAITING", "RUNNING"), ("RUNNING", "CANCEL_REQUESTED"), ("CANCEL_REQUESTED", "SUCCESS")]


def test_a_tie_is_seen_with_what_was_before_it() -> None:
    found = replay(JOB_LIFECYCLE, [("a", "RUNNING", 0), ("a", "SUCCESS", 9), ("a", "RUNNING", 9)])
    assert found.ok
    assert found.seen == {("RUNNING", "SUCCESS"): 1}
    assert found.dwell["RUNNING"] == 9


@pytest.mark.parametrize(
    ("tied", "moves"),
    [
        ("SUCCESS ERROR", [("SUCCESS", "ERROR")]),  # neither leads to the other
        ("ERROR SUCCESS", [("ERROR", "SUCCESS")]),
        ("RUNNING SUSPENDED", [("RUNNING", "SUSPENDED")]),  # each leads to the other
        ("SUSPENDED RUNNING SUSPENDED", [("RUNNING", "SUSPENDED"), ("SUSPENDED", "RUNNING")]),
        ("RUNNING RUNNING UNKNOWN", [("RUNNING", "UNKNOWN")]),  # of UNKNOWN nobody knows where it belongs
        ("UNKNOWN RUNNING", [("UNKNOWN", "RUNNING")]),
        ("SUCCESS UNKNOWN", [("UNKNOWN", "SUCCESS")]),  # but a final status is not left for it
        ("ERROR SUCCESS RUNNING", [("RUNNING", "ERROR"), ("ERROR", "SUCCESS")]),
    ],
)
def test_other_records_with_one_time_keep_their_order(tied: str, moves: list[tuple[str, str]]) -> None:
    found = replay(JOB_LIFECYCLE, [("a", status, 7) for status in tied.split()])
    assert sorted([*found.seen, *found.unknown]) == sorted(moves)


class Word(Enum):
    QUEUED = "queued"
    HELD = "held"
    STARTED = "started"
    OVER = "over"
    DROPPED = "dropped"


QUEUE = Lifecycle(
    (
        Transition("start_run", Word.QUEUED, Word.STARTED),
        Transition("stop_run", Word.QUEUED, Word.DROPPED),
        Transition("requeue", Word.STARTED, Word.HELD),
        Transition("start_run", Word.HELD, Word.STARTED),
        Transition("stop_run", Word.STARTED, Word.OVER),
    ),
    means={
        Word.QUEUED: RunningStatus.WAITING,
        Word.HELD: RunningStatus.WAITING,
        Word.STARTED: RunningStatus.RUNNING,
        Word.OVER: RunningStatus.SUCCESS,
        Word.DROPPED: RunningStatus.CANCELED,
    },
)


def test_ties_in_a_lifecycle_of_ones_own() -> None:
    found = replay(QUEUE, [(1, word, 5) for word in ("over", "dropped", "started", "queued")])
    assert found.unknown == {("OVER", "DROPPED"): 1}  # in the order of the log, though OVER is further from the start
    assert found.seen == {("QUEUED", "STARTED"): 1, ("STARTED", "OVER"): 1}
    found = replay(QUEUE, [(1, "queued", 0), (1, "started", 5), (1, "held", 5), (1, "started", 6)])
    assert found.ok  # each leads to the other


TIMES: list[Any] = [
    1767261600,
    1767261600.0,
    "1767261600",
    "2026-01-01T10:00:00Z",
    "2026-01-01T12:00:00+02:00",
    "2026-01-01 10:00:00",
    " 2026-01-01T10:00:00Z ",
    "20260101T100000Z",
    "2026-01-01T10:00:00.000000000Z",
    Decimal(1767261600),
    datetime(2026, 1, 1, 10),  # a naive one is UTC
    datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2))),
]


@pytest.mark.parametrize("moment", TIMES, ids=repr)
def test_times_are_seconds_or_iso_8601_and_utc_without_a_zone(moment: Any) -> None:
    found = replay(JOB_LIFECYCLE, [("a", RunningStatus.WAITING, moment), ("a", "running", 1767261601.5)])
    assert found.dwell["WAITING"] == 1.5


class NotATime(datetime):
    """As pandas has one where a time is missing."""

    def __eq__(self, other: object) -> bool:
        return False

    def __str__(self) -> str:
        return "NaT"

    __hash__ = datetime.__hash__
    __repr__ = __str__


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (("a", "GONE", 1), "record 2: the status 'GONE' is none of WAITING, RUNNING, "),
        (("a", "ERROR", "noon"), "record 2: the timestamp 'noon' is neither a number of seconds nor ISO 8601"),
        (("a", "ERROR", None), "record 2: the timestamp None is neither"),
        (("a", "ERROR", True), "record 2: the timestamp True is neither"),
        (("a", "ERROR", 10**400), "record 2: the timestamp 10+.* is neither"),
        (("a", "ERROR", NotATime(1, 1, 1)), "record 2: the timestamp NaT is neither"),
        (("a", "ERROR", "10:00"), "record 2: the timestamp '10:00' is neither"),
        (("", "ERROR", 1), "record 2: the job id is empty"),
        ((" ", "ERROR", 1), "record 2: the job id is empty"),
        ((None, "ERROR", 1), "record 2: the job id is empty"),
        ((float("nan"), "ERROR", 1), "record 2: the job id is empty"),
        (("a", "", 1), "record 2: the status '' is none of "),
        (("a", ["ERROR"], 1), r"record 2: the status \('ERROR',\) is none of "),
        (("a", "ERROR", float("inf")), "record 2: the timestamp inf is neither"),
        (("a", "ERROR"), r"record 2: \('a', 'ERROR'\) is not a job, its status and a timestamp"),
        ("abc", "record 2: 'abc' is not a job"),
        (5, "record 2: 5 is not a job"),
        ({"job": "a", "time": 1}, "record 2: the field 'status' is missing in {'job': 'a', 'time': 1}"),
    ],
)
def test_an_entry_that_cannot_be_read_is_named(entry: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replay(JOB_LIFECYCLE, [LOG[0], entry])


NUMBERS = [
    (1767261600, "s"),
    (1767261600_000, "ms"),
    (1767261600_000_000, "us"),
    ("1767261600000000000", "ns"),
    ("1767261600000.0", "ms"),
]


@pytest.mark.parametrize(("moment", "unit"), NUMBERS)
def test_a_unit_is_that_of_numbers_alone(moment: Any, unit: str) -> None:
    log = [("a", "WAITING", moment), ("a", "RUNNING", "2026-01-01T10:00:01.5Z")]
    assert replay(JOB_LIFECYCLE, log, unit=unit).dwell["WAITING"] == 1.5


@pytest.mark.parametrize(("moment", "unit"), NUMBERS[1:])
def test_no_time_since_1970_in_a_smaller_unit_is_read_as_seconds(moment: Any, unit: str) -> None:
    """Numbers that count from elsewhere, such as a process' start, can be small in any unit: the report shows over what time."""
    name = {"ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}[unit]
    words = (
        f"record 1: the timestamp {moment!r} is too large for seconds: in {name} it is 2026-01-01 10:00:00 UTC; give its unit: s,"
    )
    with pytest.raises(ValueError, match=words):
        replay(JOB_LIFECYCLE, [("a", "WAITING", moment)])


def test_a_number_too_large_for_any_unit() -> None:
    with pytest.raises(ValueError, match=r"the timestamp 1e\+30 is too large for nanoseconds; give its unit: s, ms, us, ns$"):
        replay(JOB_LIFECYCLE, [("a", "WAITING", 1e30)], unit="ns")


def test_a_unit_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="the unit of timestamps must be one of s, ms, us, ns, not 'min'"):
        replay(JOB_LIFECYCLE, LOG, unit="min")


def test_short_times_are_numbers_too() -> None:
    assert replay(JOB_LIFECYCLE, [("a", "WAITING", "1.2e-5"), ("a", "RUNNING", "1.2e-4")]).dwell["WAITING"] == pytest.approx(
        1.08e-4
    )


def test_an_empty_log_is_an_error() -> None:
    logs: tuple[Any, ...] = ([], iter([]), StringIO(""), StringIO("\n"))
    for log in logs:
        with pytest.raises(ValueError, match=r"^the log has no record$"):
            replay(JOB_LIFECYCLE, log)


def test_a_member_goes_by_its_name_where_its_value_is_that_of_another() -> None:
    class Crossed(StrEnum):
        QUEUED = "STARTED"
        STARTED = "QUEUED"
        OVER = "over"

    means = {Crossed.QUEUED: RunningStatus.WAITING, Crossed.STARTED: RunningStatus.RUNNING, Crossed.OVER: RunningStatus.SUCCESS}
    rows = (Transition("start_run", Crossed.QUEUED, Crossed.STARTED), Transition("stop_run", Crossed.STARTED, Crossed.OVER))
    log = [("a", Crossed.QUEUED, 0), ("a", Crossed.STARTED, 1), ("a", Crossed.OVER, 2)]
    assert replay(Lifecycle(rows, means), log).ok


# -- what cannot be read


def test_what_cannot_be_read_is_skipped_and_counted() -> None:
    bad: list[Any] = [("a", "GONE", 1), 5, {"job": "a"}, ("a", "ERROR", 1e15), ("", "ERROR", 1)]
    found = replay(JOB_LIFECYCLE, [*LOG[:2], *bad, LOG[3]], skip_bad=True)
    assert (found.records, found.bad) == (3, 5)
    assert [bad.partition(": ")[0] for bad in found.first_bad] == ["record 3", "record 4", "record 5"]
    assert "5 records skipped that cannot be read:\n  record 3: the status 'GONE' is none of WAITING" in str(found)
    assert "\n  record 5: the field 'status' is missing in {'job': 'a'}\n  ...\n" in str(found)
    assert found.seen == replay(JOB_LIFECYCLE, LOG[:4]).seen


def test_records_are_counted_once_though_the_log_has_to_be_read_twice() -> None:
    found = replay(JOB_LIFECYCLE, [*reversed(LOG[:4]), 5], skip_bad=True)
    assert (found.records, found.bad, found.first_bad) == (4, 1, ("record 5: 5 is not a job, its status and a timestamp",))


def test_nothing_is_left_of_a_log_of_which_nothing_can_be_read() -> None:
    words = r"^the log has no record that can be read; of 2 that cannot, the first is record 1: 5 is not a job"
    with pytest.raises(ValueError, match=words):
        replay(JOB_LIFECYCLE, [5, 6], skip_bad=True)


def test_an_error_of_whoever_makes_the_entries_is_theirs() -> None:
    def entries() -> Iterator[Any]:
        yield LOG[0]
        raise ValueError("the connection was lost")

    with pytest.raises(ValueError, match=r"^the connection was lost$"):
        replay(JOB_LIFECYCLE, entries(), skip_bad=True)


# -- files

CSV = "Job_ID, Status, Node, Timestamp\na,WAITING,n1,0\n\na,RUNNING,n1,10\na,SUCCESS,n2,70\n"
BARE = "\na,WAITING,0,n1\na,RUNNING,10,n1\na,SUCCESS,70,n1\n"
LINES = '{"id": "a", "state": "WAITING", "time": 0}\n\n["a", "RUNNING", 10]\n{"job": "a", "status": "SUCCESS", "timestamp": 70}\n'


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("log.csv", CSV),
        ("log.txt", BARE),
        ("log.jsonl", LINES),
        ("log.csv", "\ufeff" + CSV),
        ("log.csv", CSV.replace("\n", "\r\n")),
    ],
)
def test_files(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8", newline="")
    expected = replay(JOB_LIFECYCLE, [*LOG[:2], LOG[3]])
    assert replay(JOB_LIFECYCLE, file) == replay(JOB_LIFECYCLE, str(file)) == expected
    with file.open(encoding="utf-8-sig") as lines:
        assert replay(JOB_LIFECYCLE, lines) == expected


def test_the_first_line_of_an_open_file_decides() -> None:
    for text in (CSV, BARE, LINES, "\n \n" + LINES):
        assert replay(JOB_LIFECYCLE, StringIO(text)) == replay(JOB_LIFECYCLE, [*LOG[:2], LOG[3]])


def test_a_file_that_is_open_for_bytes(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(CSV, encoding="utf-8")
    with (
        (tmp_path / "log.csv").open("rb") as file,
        pytest.raises(TypeError, match="the log is open for reading bytes: open it for reading text"),
    ):
        replay(JOB_LIFECYCLE, file)


def test_an_open_file_that_is_not_in_the_order_of_time() -> None:
    backwards = "\n".join(reversed(BARE.splitlines()))
    assert replay(JOB_LIFECYCLE, StringIO(backwards)) == replay(JOB_LIFECYCLE, [*LOG[:2], LOG[3]])
    with tempfile.NamedTemporaryFile("w+", encoding="utf-8") as file:  # its wrapper is not its own iterator
        file.write(backwards)
        file.seek(0)
        assert replay(JOB_LIFECYCLE, file) == replay(JOB_LIFECYCLE, [*LOG[:2], LOG[3]])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_read_once_whatever_its_order(tmp_path: Path) -> None:
    pipe = tmp_path / "log.csv"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=["\n".join(reversed(BARE.splitlines()))])
    writer.start()
    found = replay(JOB_LIFECYCLE, pipe)
    writer.join()
    assert found == replay(JOB_LIFECYCLE, [*LOG[:2], LOG[3]])


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("log.jsonl", '["a", "RUNNING", 1]\n{"a', "line 2: this line is not JSON: '{\"a'$"),
        ("log.jsonl", '["a", "RUNNING", 1]\n' + "[" * 100_000, "line 2: this line is not JSON: "),
        ("log.csv", CSV + "a\n", r"line 6: the field 'status' is missing in \['a'\]"),
        ("log.csv", "job,state\na,ERROR\n", "line 2: the field 'timestamp' is missing"),
        ("log.csv", BARE + "a,GONE,8\n", "line 5: the status 'GONE' is none of "),
        ("log.csv", '"a,ERROR,8\n' + BARE, "lines 1 to 5: the field 'status' is missing"),
        ("log.csv", BARE + '"a,ERROR,8' + 200_000 * "x", "line 5: this is not CSV: field larger than field limit"),
        ("log.csv", '"' + 200_000 * "x", "line 1: this is not CSV: field larger than field limit"),
        ("log.csv", "", "the log has no record$"),
        ("log.csv", "job,status,time\n\n", "the log has no record$"),
        ("log.jsonl", "\n", "the log has no record$"),
        ("log.csv", BARE + "\n ,ERROR,8\n", "line 6: the job id is empty"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        replay(JOB_LIFECYCLE, tmp_path / name)


def test_the_line_after_a_broken_one_is_read(tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    file.write_text(f'a,WAITING,0\n"a,RUNNING,{200_000 * "x"}\na,RUNNING,10\n', encoding="utf-8")
    found = replay(JOB_LIFECYCLE, file, skip_bad=True)
    assert (found.records, found.seen) == (2, {("WAITING", "RUNNING"): 1})
    assert found.first_bad == ("line 2: this is not CSV: field larger than field limit (131072)",)


def test_a_name_in_another_encoding_is_shown_escaped(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_bytes("Müller,SUCCESS,1\nMüller,ERROR,2\n".encode("latin-1"))
    assert replay(JOB_LIFECYCLE, tmp_path / "log.csv").examples == {("SUCCESS", "ERROR"): r"M\xfcller"}


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        replay(JOB_LIFECYCLE, tmp_path / "log.csv")


# -- long logs


def long_log(jobs: int, records: int) -> str:
    """A log in the order of time, in which each of the jobs runs and is suspended by turns."""
    rows = (
        f"job-{job},{status},{job + number * 60}"
        for number in range(records)
        for job in range(jobs)
        for status in [statuses(number)]
    )
    return "\n".join(rows)


def statuses(number: int) -> str:
    return ("RUNNING", "SUSPENDED")[number % 2]


def test_any_order_of_a_long_log_is_the_same_log(tmp_path: Path) -> None:
    lines = long_log(jobs=5, records=200).splitlines()
    found = replay(JOB_LIFECYCLE, [line.split(",") for line in lines])
    random.Random(7).shuffle(lines)
    (tmp_path / "log.csv").write_text("\n".join(lines), encoding="utf-8")
    assert replay(JOB_LIFECYCLE, tmp_path / "log.csv") == found
    assert isinstance(found, Replay)
    assert found.dwell["RUNNING"] == 60


# -- the kit


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
        _ = job_status.testing.nothing  # type: ignore[attr-defined]
    assert job_status.testing.__all__ == sorted(job_status.testing.__all__)
