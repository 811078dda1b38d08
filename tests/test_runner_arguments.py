"""What `CommandRun` takes, what it refuses, how it runs in asyncio, and what lifecycles of others make of it."""

from __future__ import annotations

import asyncio
import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from enum import Enum
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any

import pytest

from job_status import JobStatus, Lifecycle, RunningStatus, Transition
from job_status.runner import CommandRun

CANCELED, ERROR, SUCCESS = RunningStatus.CANCELED, RunningStatus.ERROR, RunningStatus.SUCCESS

if os.name != "posix":
    pytest.skip("there are no process groups", allow_module_level=True)

#: how long to wait for what must happen, in seconds
DEADLINE = 20.0

SLEEP = ["sleep", "60"]


# -- what is refused


def test_a_second_run_is_an_error_and_changes_nothing() -> None:
    status = JobStatus()
    run = CommandRun(["true"], status)
    assert run.run() == 0
    before = status.to_dict()
    with pytest.raises(RuntimeError, match=r"^a CommandRun runs once: make another one to run the command again$"):
        run.run()
    assert status.to_dict() == before


@pytest.mark.parametrize("command", [pytest.param([], id="list"), pytest.param((), id="tuple")])
def test_a_command_has_a_program(command: Any) -> None:
    with pytest.raises(ValueError, match=r"^command must have at least one item, the program: it is empty$"):
        CommandRun(command, JobStatus())


@pytest.mark.parametrize("command", [pytest.param("ls -l", id="str"), pytest.param(b"ls", id="bytes")])
def test_a_command_is_not_one_string(command: Any) -> None:
    with pytest.raises(TypeError, match=r"^command must be a list, the program and its arguments, not b?'ls.*: see shlex.split$"):
        CommandRun(command, JobStatus())


@pytest.mark.parametrize("command", [pytest.param(["tr\0ue"], id="program"), pytest.param(["true", b"\0"], id="argument")])
def test_a_command_has_no_null_byte(command: Any) -> None:
    with pytest.raises(ValueError, match=r"^command must have no null byte, which no argument of a program can have, as in "):
        CommandRun(command, JobStatus())


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        pytest.param({"timeout": float("nan")}, "timeout must be a finite number of seconds or None, not nan", id="timeout-nan"),
        pytest.param({"timeout": "10"}, "timeout must be a finite number of seconds or None, not '10'", id="timeout-str"),
        pytest.param({"timeout": 0}, "timeout must be more than 0 seconds, or None for none, not 0", id="timeout-0"),
        pytest.param({"timeout": -1}, "timeout must be more than 0 seconds, or None for none, not -1", id="timeout-negative"),
        pytest.param({"grace": -1}, "grace must be 0 seconds or more, not -1", id="grace-negative"),
        pytest.param({"grace": None}, "grace must be 0 seconds or more, not None", id="grace-None"),
        pytest.param({"grace": float("nan")}, "grace must be a finite number of seconds or None, not nan", id="grace-nan"),
        pytest.param({"output": subprocess.PIPE}, "output must be a file with a descriptor, a descriptor, .* not -1", id="pipe"),
        pytest.param({"output": io.BytesIO()}, "output must be a file with a descriptor, .* not <_io.BytesIO", id="output-BytesIO"),
        pytest.param({"output": "log"}, "output must be a file with a descriptor, .* not 'log'", id="output-str"),
        pytest.param({"stdin": io.StringIO()}, "stdin must be a file with a descriptor, .* not <_io.StringIO", id="stdin-StringIO"),
        pytest.param({"stdin": b"text"}, "stdin must be a file with a descriptor, .* not b'text'", id="stdin-bytes"),
    ],
)
def test_a_wrong_argument_is_one_clear_error(arguments: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{problem}"):
        CommandRun(["true"], JobStatus(), **arguments)


def test_a_stream_that_was_closed_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as sink:
        pass
    with pytest.raises(ValueError, match=r"^output must be a file with a descriptor"):
        CommandRun(["true"], JobStatus(), output=sink)


# -- where and with what it runs


def said(tmp_path: Path, script: str, status: JobStatus | None = None, **arguments: Any) -> str:
    """What a script writes."""
    with (tmp_path / "said").open("wb") as sink:
        CommandRun(["/bin/sh", "-c", script], status or JobStatus(), output=sink, **arguments).run()
    return (tmp_path / "said").read_text()


@pytest.mark.parametrize("kind", [str, Path, os.fsencode])
def test_a_command_runs_in_a_folder(tmp_path: Path, kind: Callable[[Path], Any]) -> None:
    (tmp_path / "place").mkdir()
    assert said(tmp_path, "pwd -P", cwd=kind(tmp_path / "place")).strip() == os.path.realpath(tmp_path / "place")


def test_a_command_has_the_variables_that_it_is_given_and_no_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OURS", "1")
    assert said(tmp_path, 'echo "$OURS $THEIRS"', env={"THEIRS": "2"}) == " 2\n"
    assert said(tmp_path, 'echo "$OURS $THEIRS"') == "1 \n"


def test_a_command_reads_from_a_file_a_descriptor_or_nothing(tmp_path: Path) -> None:
    (tmp_path / "input").write_text("words\n")
    with (tmp_path / "input").open() as source:
        assert said(tmp_path, "cat", stdin=source) == "words\n"
    descriptor = os.open(tmp_path / "input", os.O_RDONLY)
    assert said(tmp_path, "cat", stdin=descriptor) == "words\n"
    os.close(descriptor)
    assert said(tmp_path, "cat", stdin=subprocess.DEVNULL) == ""


@pytest.mark.parametrize("make", [pytest.param(False, id="that-is-not-there"), pytest.param(True, id="that-is-a-file")])
def test_a_folder_that_cannot_be_entered_is_not_taken_for_the_command(tmp_path: Path, make: bool) -> None:
    place = tmp_path / "place"
    if make:
        place.touch(0o600)
    status = JobStatus()
    assert CommandRun(["true"], status, cwd=place).run() == 126
    problem = "Not a directory" if make else "No such file or directory"
    assert status.stop_message == f"cannot run true in {place}: {problem}"


def test_a_relative_program_is_looked_for_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "script").write_text("#!/no/shell\n")
    (tmp_path / "script").chmod(0o700)
    status = JobStatus()
    assert CommandRun(["./script"], status, cwd=tmp_path).run() == 127
    assert status.stop_message == "cannot execute ./script: its interpreter is not found"


def test_a_program_is_looked_for_in_the_path_that_it_is_given(tmp_path: Path) -> None:
    status = JobStatus()
    assert CommandRun(["true"], status, env={"PATH": str(tmp_path)}).run() == 127
    assert status.stop_message == "command not found: true"


#: asks for the foreground in a thread of a session that has no terminal
IN_FOREGROUND = """
import sys, threading
from job_status import JobStatus
from job_status.runner import CommandRun

status = JobStatus()

def run():
    try:
        CommandRun(["true"], status, foreground=True).run()
    except RuntimeError as error:
        print(error)

if sys.argv[1] == "main":
    run()
else:
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
print(status)
"""


@pytest.mark.parametrize(
    ("where", "problem"),
    [
        pytest.param("main", "there is no terminal to run the command in the foreground of: .*", id="no-terminal"),
        pytest.param("thread", "a command is run in the foreground from the main thread alone", id="another-thread"),
    ],
)
def test_the_foreground_is_refused_where_it_cannot_be_had(where: str, problem: str) -> None:
    command = [sys.executable, "-c", IN_FOREGROUND, where]
    said = subprocess.run(command, start_new_session=True, capture_output=True, text=True, check=True, timeout=DEADLINE).stdout
    assert re.fullmatch(f"{problem}\nWAITING\n", said)


# -- in asyncio


def run_async(scenario: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(DEADLINE):
            await scenario()

    asyncio.run(bounded())


async def running(status: JobStatus) -> None:
    while not status.running:
        await asyncio.sleep(0.005)


def test_several_commands_run_at_once_while_the_event_loop_goes_on() -> None:
    async def scenario() -> None:
        statuses = [JobStatus() for _ in range(12)]  # more than the default executor has threads
        runs = [asyncio.ensure_future(CommandRun(SLEEP, status).run_async()) for status in statuses]
        for status in statuses:
            await running(status)
        for status in statuses:
            status.request_cancel()
        assert await asyncio.gather(*runs) == [130] * 12

    run_async(scenario)


def test_the_exit_code_is_awaited() -> None:
    assert asyncio.run(CommandRun(["sh", "-c", "exit 7"], JobStatus()).run_async()) == 7


def test_an_error_of_the_caller_is_raised_in_the_task() -> None:
    run = CommandRun(["true"], JobStatus())
    run.run()
    with pytest.raises(RuntimeError, match="runs once"):
        asyncio.run(run.run_async())


def test_a_canceled_task_requests_the_cancel_and_waits_for_the_end() -> None:
    status = JobStatus()

    async def scenario() -> None:
        task = asyncio.ensure_future(CommandRun(SLEEP, status).run_async())
        await running(status)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert status.status is CANCELED
        assert [move.trigger for move in status.history] == ["start_run", "request_cancel", "stop_run"]
        assert status.stop_message == "the task was canceled"

    run_async(scenario)


def test_a_timeout_of_asyncio_ends_the_command() -> None:
    status = JobStatus()

    async def scenario() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await CommandRun(SLEEP, status).run_async()
        assert status.status is CANCELED

    run_async(scenario)


STUBBORN = ["sh", "-c", 'trap "" TERM; echo > "$0"; while :; do sleep 0.01; done']


@pytest.mark.parametrize("requested", [pytest.param(False, id="by-the-task"), pytest.param(True, id="by-someone-else")])
def test_the_first_cancel_asks_and_the_second_kills(tmp_path: Path, requested: bool) -> None:
    status = JobStatus()

    async def scenario() -> None:
        task = asyncio.ensure_future(CommandRun([*STUBBORN, str(tmp_path / "ready")], status, grace=60).run_async())
        while not (tmp_path / "ready").exists():
            await asyncio.sleep(0.005)
        if requested:
            status.request_cancel("enough")
        task.cancel()
        assert not (await asyncio.wait([task], timeout=0.3))[0]  # it has the grace; there is nothing to wait for
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert status.stop_message == ("enough" if requested else "the task was canceled")

    run_async(scenario)


# -- with other processes in the same program


def test_the_children_of_the_host_are_neither_ended_nor_reaped() -> None:
    failed = subprocess.Popen(["sh", "-c", "exit 7"])
    asleep = subprocess.Popen(SLEEP)
    assert CommandRun(["sh", "-c", "setsid sleep 0 & exit 3"], JobStatus()).run() == 3
    assert asleep.poll() is None
    asleep.kill()
    assert (failed.wait(DEADLINE), asleep.wait(DEADLINE)) == (7, -signal.SIGKILL)


# -- other lifecycles


class S(Enum):
    QUEUED = "queued"
    STARTED = "started"
    DONE = "done"
    BROKEN = "broken"


#: it knows no cancel, no suspension, and no end that means CANCELED
PLAIN = Lifecycle(
    (
        Transition("start_run", S.QUEUED, S.STARTED),
        Transition("stop_run", S.QUEUED, S.BROKEN),
        Transition("stop_run", S.STARTED, S.DONE),
        Transition("stop_run", S.STARTED, S.BROKEN),
    ),
    means={
        S.QUEUED: RunningStatus.WAITING,
        S.STARTED: RunningStatus.RUNNING,
        S.DONE: RunningStatus.SUCCESS,
        S.BROKEN: RunningStatus.ERROR,
    },
)


@pytest.mark.parametrize(
    ("command", "end", "mesg"),
    [
        pytest.param(["true"], S.DONE, None, id="SUCCESS"),
        pytest.param(["sh", "-c", "exit 7"], S.BROKEN, "exited with code 7", id="ERROR"),
        pytest.param(["/"], S.BROKEN, "cannot execute /: Permission denied", id="not-started"),
        pytest.param(["sh", "-c", "(sleep 0.1; kill -KILL $$) & kill -STOP $$"], S.BROKEN, "killed by SIGKILL", id="stopped"),
    ],
)
def test_a_lifecycle_goes_by_its_meanings(command: list[str], end: S, mesg: str | None) -> None:
    status = JobStatus(lifecycle=PLAIN)
    CommandRun(command, status).run()
    assert (status.status, status.stop_message) == (end, mesg)


def test_an_interrupt_ends_a_job_whose_lifecycle_knows_no_cancel() -> None:
    status = JobStatus(lifecycle=PLAIN)
    run = CommandRun(SLEEP, status)
    codes: list[int] = []
    thread = Thread(target=lambda: codes.append(run.run()))
    thread.start()
    end = monotonic() + DEADLINE
    while not status.running:
        assert monotonic() < end
    run.interrupt("enough")
    thread.join(DEADLINE)
    assert codes == [130]
    assert (status.status, status.stop_message) == (S.BROKEN, "enough")
