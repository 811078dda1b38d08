"""The command `job-status`. It shows what the rest of the package does, and decides nothing about jobs itself."""

from __future__ import annotations

import ctypes
import json
import math
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO, TextIOBase
from pathlib import Path
from time import localtime, strftime, time
from types import FrameType
from typing import IO, cast

import click
from rich.console import Console
from rich.live import Live
from rich.text import Text

from ._cli_diagrams import diagram, table
from ._cli_replay import replay
from ._history import Move
from ._rows import ERROR
from ._status import JobStatus
from .runner import SIGNALED, CommandRun


def _seconds(_: click.Context, param: click.Parameter, value: float | None) -> float | None:
    """Check an option that is a number of seconds. A timeout of 0 would end every job, a grace of 0 is none."""
    least_is_allowed = param.name == "grace"
    if value is not None and not (math.isfinite(value) and (value > 0 or (least_is_allowed and value == 0))):
        raise click.BadParameter(f"{value:g} is not a number of seconds {'from' if least_is_allowed else 'above'} 0")
    return value


@click.group()
@click.version_option(package_name="job_status")
def cli() -> None:
    """The life of a job as an explicit finite-state machine."""


cli.add_command(diagram)
cli.add_command(table)
cli.add_command(replay)


@cli.command(context_settings={"allow_interspersed_args": False})
@click.option("--name", help="What to call the job.  [default: the command's name]")
@click.option("--timeout", type=float, callback=_seconds, help="End the job with ERROR after so many seconds.")
@click.option(
    "--grace",
    type=float,
    callback=_seconds,
    default=5.0,
    show_default=True,
    help="Seconds from SIGTERM to SIGKILL when the job is ended.",
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Send the command's stdout and stderr to this file."
)
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Write the status of the job there as JSON, at its end."
)
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def run(
    ctx: click.Context,
    name: str | None,
    timeout: float | None,
    grace: float,
    output: Path | None,
    report: Path | None,
    quiet: bool,
    command: Sequence[str],
) -> None:
    """Run COMMAND as a job, in a process group of its own.

    Its stdin, stdout and stderr are left alone (though a job cannot read from a terminal); reports on the job go to
    stderr. The exit code is the command's; 124 after the timeout, 130 after Ctrl-C, 127 if there is no such command, and 128 + n
    if signal n killed it. Ctrl-C asks the job to end, a second Ctrl-C kills it.
    """
    if os.name != "posix":  # pragma: no cover  # Windows alone
        raise click.ClickException("run needs process groups, which this system does not have: use Linux or macOS")
    if sys.stderr is None:  # it was closed by whoever started this
        sys.stderr = StringIO()
    if report is not None:
        report = _checked_report(report)
    _adopt_orphans()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # a process that ignores it cannot learn how a child ended
    status, voice = JobStatus(), _Voice(name or Path(command[0]).name or command[0], quiet)
    with _opened(output) as sink:
        job = CommandRun(command, status, timeout=timeout, grace=grace, output=sink)
        unsubscribe = status.subscribe(lambda _, move: voice.tell(move))
        with _handled_signals(job) as received, _live_line(voice, status, sink):
            code = job.run()
        unsubscribe()
    voice.sum_up(status)
    if report is not None:
        try:
            _write(report, json.dumps(status.to_dict(), indent=2) + "\n")
        except OSError as error:  # it could be written when the job began
            voice.say(f"{voice.name}: cannot write {report}: {error.strerror}")
            code = code or 1
    ctx.exit(SIGNALED + received[0] if received and status.canceled else code)


class _Stderr(TextIOBase):
    """stderr for as long as it can be written: a job does not fail because its reader went away or the disk is full."""

    def write(self, text: str) -> int:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except OSError:
            with open(os.devnull, "wb") as nothing:
                os.dup2(nothing.fileno(), sys.stderr.fileno())
        return len(text)


class _Voice:
    """What the person at the terminal reads: all of it on stderr, without control codes where stderr is not a terminal."""

    def __init__(self, name: str, quiet: bool) -> None:
        self.name = name
        self.quiet = quiet
        self.console = Console(file=cast(IO[str], _Stderr()), force_terminal=sys.stderr.isatty(), highlight=False)

    def say(self, line: str) -> None:
        self.console.print(Text(line), soft_wrap=True)

    def tell(self, move: Move) -> None:
        if not self.quiet:
            self.say(
                f"{_clock(move)} {self.name}: {move.source.name} -> {move.dest.name}" + (f" ({move.mesg})" if move.mesg else "")
            )

    def sum_up(self, status: JobStatus) -> None:
        message = f": {status.stop_message}" if status.stop_message else ""
        if self.quiet:
            if status.status is ERROR:
                self.say(f"{self.name}: ERROR{message}")
            return
        self.say(f"{self.name}: {status} after {status.duration:.2f} s{message}")
        for move in status.history:
            self.say(f"  {_clock(move)}  {move.trigger:<15} {move.source.name} -> {move.dest.name}")


def _clock(move: Move) -> str:
    """Return the local time of a move, to the millisecond."""
    assert move.timestamp is not None  # it was made here and now
    rounded = round(move.timestamp, 3)
    return strftime("%H:%M:%S", localtime(rounded)) + f"{rounded % 1:.3f}"[1:]


def _adopt_orphans() -> None:
    """Have the orphans among our descendants reparented to this process, on Linux, so that it learns when they are gone.

    Else their zombies wait for the system's init, which in a container may never come; until then their group is not empty.
    """
    if sys.platform == "linux":  # pragma: no branch  # macOS has no such call, and an init that reaps
        set_child_subreaper = 36  # PR_SET_CHILD_SUBREAPER, see prctl(2)
        ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


@contextmanager
def _handled_signals(job: CommandRun) -> Iterator[list[int]]:
    """Pass the signals that end or stop a program on to the job. Yield the list of those that asked for its end."""
    received: list[int] = []

    def ask_to_end(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        job.interrupt("interrupted" if number == signal.SIGINT else f"received {signal.Signals(number).name}")

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        job.pause()

    handlers: dict[int, Callable[[int, FrameType | None], None]]
    handlers = dict.fromkeys((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), ask_to_end)
    handlers[signal.SIGTSTP] = ask_to_stop
    # What was ignored when we were started, as by nohup, remains so.
    before = {number: signal.getsignal(number) for number in handlers}
    for number, handler in handlers.items():
        if before[number] != signal.SIG_IGN:
            signal.signal(number, handler)
    try:
        yield received
    finally:
        for number, handler_before in before.items():
            signal.signal(number, handler_before)


@contextmanager
def _live_line(voice: _Voice, status: JobStatus, sink: IO[bytes] | None) -> Iterator[None]:
    """On a terminal, while the command writes to a file: a line that shows the status, the time, and when it last wrote."""
    if sink is None or voice.quiet or not voice.console.is_terminal:
        yield
        return

    def line() -> Text:
        wrote = max(0.0, time() - os.fstat(sink.fileno()).st_mtime)
        return Text(f"{voice.name}: {status} for {status.running_time or 0.0:.0f} s, last wrote {wrote:.0f} s ago")

    with Live(get_renderable=line, console=voice.console, transient=True, redirect_stdout=False, redirect_stderr=False):
        voice.console.show_cursor()  # it would remain hidden where Ctrl-Z or SIGKILL leaves this program
        yield


@contextmanager
def _opened(path: Path | None) -> Iterator[IO[bytes] | None]:
    if path is None:
        yield None
        return
    try:
        sink = path.open("wb")
    except OSError as error:
        raise click.BadParameter(f"cannot write {path}: {error.strerror}", param_hint="--output") from None
    with sink:
        yield sink


def _checked_report(path: Path) -> Path:
    """Return the file that the report goes to, behind any link. Fail before the job runs, not after it, if it cannot be written."""
    if _is_device(path):
        return path
    path = Path(os.path.realpath(path))
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise click.BadParameter(f"cannot write into {path.parent}", param_hint="--report")
    return path


def _is_device(path: Path) -> bool:
    """Return whether it takes text but must not be replaced by a file, as /dev/null or a named pipe."""
    return os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)


def _write(path: Path, text: str) -> None:
    """Write a file as a whole: a reader finds the old one or the new one, never a part."""
    if _is_device(path):
        path.write_text(text, encoding="utf-8")
        return
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
