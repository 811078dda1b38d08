"""Watching without a terminal: what is looked at, what is worth a line, and how a loop over it ends."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from job_status import JobGone, JobGroup, JobStatus, RunningStatus, StoreError, watch
from job_status._watch._board import Board, Reading
from job_status._watch._lines import Lines
from job_status._watch._rows import Style, bars, clock
from job_status.store import JobStore
from tests.command_line import environment, until

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus


@dataclass
class Foreign:
    """A job of a class of somebody else's, which says what a test has it say."""

    name: str | None = "theirs"
    meaning: RunningStatus = RUNNING
    attempt: int = 1
    progress: float = 0.25
    phase: str | None = None
    stop_message: str | None = None
    running_time: float | None = 30.0
    suspended_time: float | None = 0.0
    cancel_requested: bool = False
    #: what reading the status raises
    error: Exception | None = None
    looks: int = 0

    @property
    def status(self) -> RunningStatus:
        self.looks += 1
        if self.error is not None:
            raise self.error
        return self.meaning

    @property
    def completed(self) -> bool:
        return self.meaning in (SUCCESS, ERROR, CANCELED)

    def subscribe(self, *_: object, **__: object) -> Callable[[], None]:
        raise NotImplementedError

    request_cancel = subscribe


class Plain(Foreign):
    def __getattribute__(self, name: str) -> Any:
        if name == "suspended_time":
            raise AttributeError(name)
        return super().__getattribute__(name)


def board(*jobs: Any) -> Board:
    return Board(jobs)


def texts(shown: Board, width: int = 60, room: int = 20) -> list[str]:
    return ["".join(text for text, _ in line).rstrip() for line in bars(shown, room, Style(width))]


def words(text: str) -> list[str]:
    """The lines of a text without their times."""
    return [line.partition(" ")[2] for line in text.splitlines()]


# -- what is known of the jobs


@pytest.mark.parametrize(
    ("job", "remaining"),
    [
        pytest.param(Foreign(), 90.0, id="as-it-went"),
        pytest.param(Foreign(suspended_time=10.0), 60.0, id="suspended-before"),
        pytest.param(Foreign(suspended_time=None), 90.0, id="suspended-nobody-knows-how-long"),
        pytest.param(Plain(), 90.0, id="a-class-that-knows-no-suspended-time"),
        pytest.param(Foreign(progress=0.0), None, id="no-progress"),
        pytest.param(Foreign(progress=1.0), None, id="done-but-not-over"),
        pytest.param(Foreign(running_time=None), None, id="started-nobody-knows-when"),
        *(pytest.param(Foreign(meaning=meaning), None, id=meaning.name) for meaning in RunningStatus if meaning is not RUNNING),
    ],
)
def test_the_time_left_follows_from_the_time_worked_and_the_progress(job: Foreign, remaining: float | None) -> None:
    assert board(job).reading(0).remaining == remaining


def test_what_is_read_of_a_job() -> None:
    job = Foreign(phase="sampling", stop_message=None, attempt=3)
    shown = board(job)
    assert shown.reading(0) == Reading("theirs", "RUNNING", RUNNING, 3, 0.25, 30.0, 90.0, "sampling")
    job.meaning, job.stop_message = ERROR, "no space left"
    assert shown.look() == [0]
    assert shown.reading(0) == Reading("theirs", "ERROR", ERROR, 3, 0.25, 30.0, None, "no space left")
    job.stop_message = "another"
    assert shown.reading(0).words == "no space left"  # it is over, and is not read again


def test_a_job_that_is_over_is_not_looked_at_again() -> None:
    live, over = Foreign(), Foreign(meaning=SUCCESS)
    shown = board(live, over)
    before = over.looks
    live.meaning = SUSPENDED
    assert shown.look() == [0]
    assert over.looks == before
    assert shown.look() == []


def test_a_job_that_was_deleted_counts_as_over() -> None:
    stays, goes = Foreign(), Foreign()
    jobs: list[Any] = [goes]
    shown = board(stays, goes)
    goes.error = JobGone("it was deleted")
    assert shown.look() == [1]
    assert (shown.is_over(1), shown.live) == (True, [0])
    assert texts(shown)[1].startswith("? theirs deleted")
    assert list(watch(jobs, file=io.StringIO())) == jobs


def test_a_job_that_is_deleted_while_it_is_read() -> None:
    class Going(Foreign):
        @property
        def running_time(self) -> float:
            raise JobGone("it was deleted")

        @running_time.setter
        def running_time(self, _: float | None) -> None: ...

    assert board(Going()).reading(0) == Reading("theirs", "RUNNING", RUNNING)


def test_jobs_of_several_kinds_and_stores_are_each_found_where_they_stand(tmp_path: Path) -> None:
    stores = [JobStore(f"sqlite:///{tmp_path}/{number}.db") for number in range(2)]
    jobs: list[Any] = [stores[0].create(), stores[1].create(), JobStatus(), Foreign(), stores[0].create(), stores[1].create()]
    shown = Board(jobs)
    for number in (1, 2, 4):
        jobs[number].start_run()
    assert shown.look() == [1, 2, 4]
    assert [place.meaning for place in shown.places] == [WAITING, RUNNING, RUNNING, RUNNING, RUNNING, WAITING]
    for store in stores:
        store.close()


# -- which of them are shown


def at(*meanings: RunningStatus) -> tuple[Board, list[Any]]:
    jobs: list[Any] = [Foreign(meaning=meaning) for meaning in meanings]
    return Board(jobs), jobs


def test_all_are_shown_in_their_order_where_they_fit() -> None:
    shown, jobs = at(SUCCESS, RUNNING, WAITING)
    assert shown.shown(3) == [0, 1, 2]
    jobs[1].meaning = ERROR
    shown.look()
    assert shown.shown(9) == [0, 1, 2]


def test_those_of_most_interest_are_shown_where_not_all_fit() -> None:
    shown, _ = at(SUCCESS, WAITING, ERROR, RUNNING, CANCELED, UNKNOWN, SUSPENDED, CANCEL_REQUESTED, WAITING)
    assert shown.shown(4) == [3, 5, 6, 7]
    assert board(*(Foreign(meaning=meaning) for meaning in (SUCCESS, WAITING, ERROR, RUNNING))).shown(2) == [2, 3]


def test_a_job_keeps_its_line_until_one_of_more_interest_needs_it() -> None:
    shown, jobs = at(RUNNING, RUNNING, RUNNING, WAITING, WAITING, SUCCESS)
    assert shown.shown(3) == [0, 1, 2]
    jobs[1].meaning = SUCCESS
    shown.look()
    assert shown.shown(3) == [0, 3, 2]
    jobs[4].meaning = RUNNING
    shown.look()
    assert shown.shown(3) == [0, 4, 2]
    jobs[0].meaning = ERROR
    shown.look()
    assert shown.shown(3) == [0, 4, 2]
    jobs[3].meaning = RUNNING
    shown.look()
    assert shown.shown(3) == [3, 4, 2]
    assert shown.shown(2) == [3, 4]
    assert shown.shown(4) == [3, 4, 0, 2]
    assert shown.shown(0) == []


# -- bars


def test_what_matters_least_is_left_out_where_there_is_no_room() -> None:
    shown = board(Foreign(name="a job", phase="sampling", attempt=2))
    assert [texts(shown, width)[0] for width in (120, 70, 60, 50, 40, 24, 16, 8, 7, 2, 1)] == [
        "▶ a job RUNNING ━━━━━━──────────────────  25%     0:30     1:30 left attempt 2, sampling",
        "▶ a job RUNNING ━━────────  25%     0:30     1:30 left attempt 2, sam…",
        "▶ a job RUNNING ━━────────  25%     0:30 attempt 2, sampling",
        "▶ a job RUNNING  25%     0:30 attempt 2, sampling",
        "▶ a job RUNNING  25%     0:30 attempt 2…",
        "▶ a job RUNNING  25%",
        "▶ a job RUNNING",
        "▶ a job",
        "▶ a job",
        "▶",
        "▶",
    ]


@pytest.mark.parametrize("width", range(1, 130, 7))
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    from rich.cells import cell_len

    names = ["plain", "漢字" * 40, "\x1b[2J", "👍🏽", "a" * 100_000]
    jobs = [Foreign(name=name, phase=name, meaning=meaning) for name in names for meaning in RunningStatus]
    assert max(cell_len(text) for text in texts(board(*jobs), width, 30)) <= width
    assert len(texts(board(*jobs), width, 30)) == 30


def test_columns_do_not_become_narrower() -> None:
    shown, jobs = at(CANCEL_REQUESTED)
    assert texts(shown)[0].startswith("! theirs CANCEL_REQUESTED  25%")
    jobs[0].meaning = CANCELED
    shown.look()
    assert texts(shown)[0].startswith("⊘ theirs CANCELED          25%")


def test_times_as_a_clock_shows_them() -> None:
    assert [clock(seconds) for seconds in (0.0, 9.99, 61.0, 3599.9, 3600.0, 360_000.0)] == [
        *("0:00", "0:09", "1:01", "59:59", "1:00:00", "100:00:00"),
    ]


# -- plain lines


def test_each_change_is_a_line_and_the_last_sums_up() -> None:
    out = io.StringIO()
    job, other = Foreign(name="first"), Foreign(name=None, meaning=WAITING, running_time=None)
    shown, lines = board(job, other), Lines(out)
    lines.show(shown, [])
    job.meaning, job.stop_message, job.attempt = ERROR, "line\nbreak \x1b[2J", 2
    lines.show(shown, shown.look())
    lines.show(shown, [])
    other.meaning = SUCCESS
    shown_now = shown.look()
    lines.show(shown, shown_now)
    lines.close(shown)
    assert words(out.getvalue()) == [
        "2 jobs: 1 RUNNING, 1 WAITING",
        r"first: ERROR (attempt 2) after 30 s: line\nbreak \x1b[2J",
        "job 2: SUCCESS",
        "2 jobs: 1 ERROR, 1 SUCCESS",
    ]


def test_too_many_changes_are_summed_up_and_failures_come_first() -> None:
    out = io.StringIO()
    shown, jobs = at(*[WAITING] * 40)
    lines = Lines(out)
    lines.show(shown, [])
    for job, meaning in zip(jobs, [RUNNING] * 20 + [SUCCESS] * 15 + [ERROR] * 5, strict=True):
        job.meaning = meaning
    lines.show(shown, shown.look())
    said = words(out.getvalue())
    assert said[0] == "40 jobs: 40 WAITING"
    assert [line.split(": ")[1].split()[0] for line in said[1:-1]] == ["SUCCESS"] * 5 + ["ERROR"] * 5
    assert said[-1] == "and 30 more: 20 RUNNING, 10 SUCCESS"


def test_changes_that_follow_at_once_are_held_back_and_put_together() -> None:
    out = io.StringIO()
    shown, jobs = at(WAITING)
    lines = Lines(out)
    lines.show(shown, [])
    for meaning in (RUNNING, SUSPENDED, RUNNING, CANCEL_REQUESTED):
        jobs[0].meaning = meaning
        lines.show(shown, shown.look())
    jobs[0].meaning = CANCELED
    shown.look()
    lines.close(shown)
    said = words(out.getvalue())
    assert said[0] == "1 job: 1 WAITING"
    assert said[1] == "theirs: RUNNING"
    assert said[-2:] == ["theirs: CANCELED after 30 s", "1 job: 1 CANCELED"]


# -- the loop


def test_jobs_are_yielded_as_they_complete() -> None:
    jobs = [JobStatus(name=str(number)) for number in range(4)]
    jobs[2].stop_run(ERROR)
    out = io.StringIO()
    seen = []
    for job in watch(JobGroup(jobs), file=out):
        seen.append(job.name)
        if rest := [other for other in reversed(jobs) if not other.completed]:
            rest[0].stop_run(CANCELED)
    assert seen == ["2", "3", "1", "0"]
    assert words(out.getvalue())[-1] == "4 jobs: 1 ERROR, 3 CANCELED"


def test_no_jobs_are_over_at_once() -> None:
    out = io.StringIO()
    assert list(watch([], file=out)) == []
    assert watch([], file=out).wait() is True
    assert out.getvalue() == ""


def test_what_is_no_job_is_refused() -> None:
    with pytest.raises(TypeError, match="a group is made of jobs, and 3 is none"):
        watch([3])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a group is made of several jobs, such as a list"):
        watch(JobStatus())  # type: ignore[call-overload]


def test_waiting_for_some_time() -> None:
    job = JobStatus()
    watching = watch([job], file=io.StringIO())
    assert watching.wait(0.0) is False
    assert watching.wait(0.001) is False
    with pytest.raises(ValueError, match="timeout must be a finite number of seconds or None, not nan"):
        watching.wait(float("nan"))
    Thread(target=job.stop_run, args=(CANCELED,)).start()
    assert watching.wait() is True
    assert list(watching) == [job]


def test_within_the_loop_one_may_wait() -> None:
    jobs = [JobStatus(), JobStatus()]
    jobs[0].stop_run(CANCELED)
    watching = watch(jobs, file=io.StringIO())
    for job in watching:
        if job is jobs[0]:
            jobs[1].stop_run(CANCELED)
            assert watching.wait() is True


def test_a_display_that_was_closed_stays_closed() -> None:
    job = JobStatus()
    out = io.StringIO()
    watching = watch([job], file=out)
    watching.close()
    before = out.getvalue()
    assert list(watching) == []
    assert watching.wait() is False
    job.stop_run(CANCELED)
    assert out.getvalue() == before


def test_what_reading_a_job_raises_is_raised_where_one_waits() -> None:
    job: Any = Foreign()
    watching = watch([job], file=io.StringIO())
    job.error = StoreError("the database is away")
    with pytest.raises(StoreError, match="the database is away"):
        watching.wait()
    with pytest.raises(StoreError, match="the database is away"):
        list(watching)


def test_a_pipe_that_nobody_reads_ends_nothing() -> None:
    class Broken(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    job = JobStatus()
    watching = watch([job], file=Broken())
    job.stop_run(CANCELED)
    assert watching.wait() is True


def test_without_stderr_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    job = JobStatus()
    job.stop_run(CANCELED)
    assert list(watch([job])) == [job]


def test_a_loop_that_is_collected_by_the_thread_of_the_display() -> None:
    """As the garbage collector may do, in any thread."""
    closed = Event()

    class Closing(Foreign):
        @property
        def name(self) -> str:
            watching.close()
            closed.set()
            return "closing"

        @name.setter
        def name(self, _: str | None) -> None: ...

    other: Any = Closing(meaning=WAITING)
    watching = watch([other], file=io.StringIO())
    other.meaning = SUCCESS
    until(closed.is_set)
    watching.wait()


def test_without_rich_one_reads_what_to_install() -> None:
    code = """
import sys
sys.modules["rich"] = sys.modules["rich.console"] = None
import job_status
try:
    job_status.watch([])
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "watch draws with rich: pip install 'job_status[cli]'\n"


# -- real programs


@pytest.fixture
def piped(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    started = []

    def start(code: str, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            env=environment(FORCE_COLOR="1", COLUMNS="40"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_in_a_pipe_there_are_no_escape_codes(piped: Any) -> None:
    code = """
from job_status import *
jobs = [JobStatus(name="\\x1b[31mred") for _ in range(3)]
jobs[0].stop_run(RunningStatus.ERROR, "no")
for job in watch(jobs):
    print(job.status.name)
    for other in jobs:
        if not other.completed:
            other.stop_run(RunningStatus.CANCELED)
"""
    out, err = piped(code).communicate(timeout=60)
    assert out == "ERROR\nCANCELED\nCANCELED\n"
    assert "\x1b" not in err
    assert words(err)[0] == "3 jobs: 2 WAITING, 1 ERROR"
    assert words(err)[-1] == "3 jobs: 1 ERROR, 2 CANCELED"


WORKER = """
import sys
from job_status.store import JobStore
with JobStore(sys.argv[1]) as store:
    for id in sys.argv[2:]:
        sys.stdin.readline()
        job = store.get(id)
        job.start_run()
        job.stop_run()
"""


def test_jobs_of_a_store_that_another_process_moves(url: str, piped: Any) -> None:
    out = io.StringIO()
    with JobStore(url) as store:
        jobs = [store.create(str(number)) for number in range(3)]
        worker = piped(WORKER, url, *(job.id for job in jobs))
        watching = watch(jobs, file=out)
        worker.stdin.write("go on\n")
        worker.stdin.flush()
        seen = []
        for job in watching:
            seen.append(job.name)
            if len(seen) < len(jobs):
                worker.stdin.write("go on\n")
                worker.stdin.flush()
        assert seen == ["0", "1", "2"]
        assert worker.wait(60) == 0
    assert words(out.getvalue())[-1] == "3 jobs: 3 SUCCESS"


def test_a_look_at_many_jobs_of_a_store_is_one_query(tmp_path: Path) -> None:
    with JobStore(f"sqlite:///{tmp_path}/jobs.db") as store:
        shown = Board([store.create() for _ in range(50)])
        read, reads = store._database.read, list[str]()

        def counted(sql: str, *rest: Any) -> Any:
            reads.append(sql)
            return read(sql, *rest)

        store._database.read = counted  # type: ignore[method-assign, assignment]
        assert shown.look() == []
        store._database.read = read  # type: ignore[method-assign]
    assert len(reads) == 1
