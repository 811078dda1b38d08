"""The command `job-status run`.

It is made without click, and imports what it needs as it needs it: click would add a quarter to the time that it takes to start,
rich as much as all the rest, and so does the store.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from contextlib import contextmanager
from functools import partial
from io import StringIO

from .._endings import SIGNALED, unstartable
from .._lean import TYPE_CHECKING
from .._processes import Family, Group, Guard
from .._rows import ERROR
from .._status import JobStatus
from ..errors import JobGone, StoreError
from ..runner import CommandRun
from ._recording import environment_of, recorded_in_store
from ._times import seconds_of
from ._voice import Voice, live_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType
    from typing import IO, Any, NoReturn

    from .._terminal import Terminal

__all__ = ["SUMMARY", "main"]

SUMMARY = "Run COMMAND as a job, in a process group of its own."

_HELP = f"""{SUMMARY}

Its stdin, stdout and stderr are left alone (though a job cannot read from a
terminal unless it is in the foreground); reports on the job go to stderr. The
exit code is the command's; 124 after the timeout, 130 after Ctrl-C, 127 if
there is no such command, and 128 + n if signal n killed it. Ctrl-C asks the job
to end, a second Ctrl-C kills it. On Linux nothing that the command started
outlives it, daemons included.

The job is recorded in a store, where job-status list shows it, and cancel,
suspend and resume reach it from another terminal. The command finds itself
there by JOB_STATUS_STORE and JOB_STATUS_ID, and so does job-status progress.

A time is a number of seconds, or reads like 10m or 1h30m.
"""


def main(arguments: Sequence[str]) -> NoReturn:
    """Run a command as a job, as the arguments say, and exit with its exit code."""
    parser = _parser()
    if os.name != "posix":  # pragma: no cover  # Windows alone
        parser.error("run needs process groups, which this system does not have: use Linux or macOS")
    options = parser.parse_args(arguments)
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        parser.error("there is no COMMAND to run")
    if sys.stderr is None:  # it was closed by whoever started this
        sys.stderr = StringIO()
    report = _checked_report(options.report, parser)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # a process that ignores it cannot learn how a child ended
    voice = Voice(options.name or os.path.basename(command[0]) or command[0], quiet=options.quiet, curt=options.foreground)
    with _opened(options.output, parser) as sink:
        starts = unstartable(command, None, None) is None
        recorded = recorded_in_store(options, voice, parser, starts=starts)
        status: JobStatus[Any] = JobStatus() if recorded is None else recorded
        job = _OnlyRun(
            command,
            status,
            timeout=options.timeout,
            grace=options.grace,
            output=sink,
            foreground=options.foreground,
            env=None if recorded is None else environment_of(recorded, options.store),
            attempt=1 if recorded is not None and starts else None,
        )
        for move in status.history:  # the start, if it is recorded
            voice.tell(move)
        unsubscribe = status.subscribe(lambda _, move: voice.tell(move))
        with _handled_signals(job) as received, live_line(voice, status, None if options.foreground else sink):
            try:
                code = job.run()
                ended = status if recorded is None else JobStatus.from_dict(status.to_dict(), lifecycle=status.lifecycle)
            except RuntimeError as error:
                status.stop_run(ERROR, str(error))
                parser.error(str(error))
            except (StoreError, JobGone) as error:
                voice.say(f"{voice.name}: how the job ended is not recorded: {error}")
                sys.exit(job.exit_code or 1)
        unsubscribe()
    voice.sum_up(ended)
    if report is not None and not _is_written(report, ended, voice):
        code = code or 1
    if recorded is not None:
        recorded.store.close()
    sys.exit(SIGNALED + received[0] if received and ended.canceled else code)


class _OnlyRun(CommandRun):
    """The run of a process that has no other purpose: so whoever descends from it comes from the command."""

    def _new_processes(self) -> Group:
        return Family()

    def _entrance(self, guard: Guard, terminal: Terminal | None) -> Callable[[], None] | None:
        then = super()._entrance(guard, terminal)

        def enter() -> None:  # pragma: no cover  # the child becomes another program before it could be counted
            guard.announce()  # before there is a command which could outlive a parent that is killed
            if then is not None:
                then()

        return enter


# -- the options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="job-status run",
        usage="%(prog)s [OPTIONS] COMMAND ...",
        description=_HELP,
        allow_abbrev=False,
        # A formatter that asks for the width of the terminal imports what unpacks archives.
        formatter_class=partial(argparse.RawDescriptionHelpFormatter, width=80, max_help_position=26),
    )
    parser.add_argument("--name", help="what to call the job; by default the command's name")
    parser.add_argument("--label", type=_label, action="append", default=[], metavar="KEY=VALUE", help="a label of it; repeatable")
    parser.add_argument("--store", metavar="URL", help="record it there; by default $JOB_STATUS_STORE, or your own file")
    parser.add_argument("--no-store", action="store_true", help="do not record it, which starts it sooner")
    parser.add_argument("--timeout", type=_timeout, metavar="TIME", help="end the job with ERROR after so long")
    parser.add_argument(
        "--grace", type=_seconds, metavar="TIME", default=5.0, help="from SIGTERM to SIGKILL when the job is ended; by default 5"
    )
    parser.add_argument("--output", metavar="FILE", help="send the command's stdout and stderr to this file")
    parser.add_argument("--report", metavar="FILE", help="write the status of the job there as JSON, at its end")
    parser.add_argument("--quiet", action="store_true", help="say nothing but errors")
    parser.add_argument(
        "--foreground",
        action="store_true",
        help="let the command have the terminal, with Ctrl-C and Ctrl-Z as in a shell: for top, vim or a password",
    )
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND", help="and its arguments")
    return parser


def _label(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not a label: say KEY=VALUE")
    return name, value


def _seconds(text: str) -> float:
    try:
        return seconds_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _timeout(text: str) -> float:
    seconds = _seconds(text)
    if seconds == 0.0:
        raise argparse.ArgumentTypeError(f"{text!r} would end every job at once: leave it out for no timeout")
    return seconds


# -- signals


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


# -- files


@contextmanager
def _opened(path: str | None, parser: argparse.ArgumentParser) -> Iterator[IO[bytes] | None]:
    if path is None:
        yield None
        return
    try:
        sink = open(path, "wb")  # noqa: SIM115  # closed below; only the opening may be refused
    except OSError as error:
        parser.error(f"argument --output: cannot write {path}: {error.strerror}")
    with sink:
        yield sink


def _checked_report(path: str | None, parser: argparse.ArgumentParser) -> str | None:
    """Return the file for the report, links resolved. Exits, before the job runs, if it cannot be written."""
    if path is None or _is_device(path):
        return path
    path = os.path.realpath(path)
    folder = os.path.dirname(path)
    if os.path.isdir(path):
        parser.error(f"argument --report: {path} is a directory")
    if not os.access(folder, os.W_OK | os.X_OK):
        parser.error(f"argument --report: cannot write into {folder}")
    return path


def _is_device(path: str) -> bool:
    """Return whether a path takes text but must not be replaced by a file, such as /dev/null or a named pipe."""
    return os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)


def _is_written(path: str, status: JobStatus, voice: Voice) -> bool:
    """Write the report. Return whether it could be written, and say why if not."""
    import json

    try:
        _write(path, json.dumps(status.to_dict(), indent=2) + "\n")
    except OSError as error:  # it could be written when the job began
        voice.say(f"{voice.name}: cannot write {path}: {error.strerror}")
        return False
    return True


def _write(path: str, text: str) -> None:
    """Write a file as a whole: a reader finds the old one or the new one, never a part."""
    if _is_device(path):
        with open(path, "w", encoding="utf-8") as device:
            device.write(text)
        return
    import tempfile

    descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=f".{os.path.basename(path)}.")
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
