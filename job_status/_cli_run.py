"""The command `job-status run`.

It is made without click, and imports what it needs as it needs it: click would add a quarter to the time that it takes to start,
and rich as much as all the rest.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
from contextlib import contextmanager
from functools import partial
from io import StringIO

from ._endings import SIGNALED
from ._lean import TYPE_CHECKING
from ._processes import Family, Group
from ._status import JobStatus
from ._voice import Voice, live_line
from .runner import CommandRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType
    from typing import IO, NoReturn

__all__ = ["SUMMARY", "main"]

SUMMARY = "Run COMMAND as a job, in a process group of its own."

_HELP = f"""{SUMMARY}

Its stdin, stdout and stderr are left alone (though a job cannot read from a
terminal unless it is in the foreground); reports on the job go to stderr. The
exit code is the command's; 124 after the timeout, 130 after Ctrl-C, 127 if
there is no such command, and 128 + n if signal n killed it. Ctrl-C asks the job
to end, a second Ctrl-C kills it. On Linux nothing that the command started
outlives it, daemons included.

A time is a number of seconds, or reads like 10m or 1h30m.
"""

_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
_TIME = "".join(rf"(?:(\d+(?:\.\d+)?){unit})?" for unit in _UNITS)


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
    status = JobStatus()
    voice = Voice(options.name or os.path.basename(command[0]) or command[0], quiet=options.quiet, curt=options.foreground)
    with _opened(options.output, parser) as sink:
        job = _OnlyRun(command, status, timeout=options.timeout, grace=options.grace, output=sink, foreground=options.foreground)
        unsubscribe = status.subscribe(lambda _, move: voice.tell(move))
        with _handled_signals(job) as received, live_line(voice, status, None if options.foreground else sink):
            try:
                code = job.run()
            except RuntimeError as error:
                parser.error(str(error))
        unsubscribe()
    voice.sum_up(status)
    if report is not None and not _is_written(report, status, voice):
        code = code or 1
    sys.exit(SIGNALED + received[0] if received and status.canceled else code)


class _OnlyRun(CommandRun):
    """The run of a process that has no other purpose: so whoever descends from it comes from the command."""

    def _new_processes(self) -> Group:
        return Family()


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


def _seconds(text: str) -> float:
    """Return the seconds that a time on the command line stands for."""
    parts = re.fullmatch(_TIME, text)
    try:
        if parts is not None and text:
            seconds = sum(float(part) * unit for part, unit in zip(parts.groups("0"), _UNITS.values(), strict=True))
        else:
            seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0.0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a time: say 90 or 90s, 10m, 1h30m")
    return seconds


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
