"""What `job-status run` says of a job, on stderr, and the line that it shows on a terminal meanwhile."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from io import TextIOBase
from time import time

from .._lean import TYPE_CHECKING
from .._rows import ERROR
from ..errors import JobStatusError
from ._texts import clock, line_of, plain, short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO, Any

    from .._history import Move
    from .._status import JobStatus

__all__ = ["Voice", "live_line"]


class _Stderr(TextIOBase):
    """stderr for as long as it can be written: a job does not fail because the reader is gone or the disk is full."""

    def write(self, text: str) -> int:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except OSError:
            with open(os.devnull, "wb") as nothing:
                os.dup2(nothing.fileno(), sys.stderr.fileno())
        return len(text)


class Voice:
    """What the person at the terminal reads. With `quiet` it is errors alone; a curt voice says nothing before the end."""

    def __init__(self, name: str, *, quiet: bool, curt: bool) -> None:
        self.name = name
        self.quiet = quiet
        self._curt = curt
        self.stderr = _Stderr()
        #: the id of the job, if it is recorded and that has not been said yet
        self.id: str | None = None
        #: how to write a line; above the live line that is another way
        self._write: Callable[[str], object] = lambda line: self.stderr.write(f"{line}\n")

    def say(self, line: str) -> None:
        """Say something of the job; first of all, under which id it is recorded."""
        if self.id is not None and not self.quiet:
            self._write(plain(f"{self.name}: job {short(self.id)}"))
            self.id = None
        self._write(plain(line))

    def tell(self, move: Move[Any]) -> None:
        if not (self.quiet or self._curt):
            self.say(
                f"{clock(move)} {self.name}: {move.source.name} -> {move.dest.name}" + (f" ({move.mesg})" if move.mesg else "")
            )

    def sum_up(self, status: JobStatus[Any]) -> None:
        message = f": {status.stop_message}" if status.stop_message else ""
        if self.quiet:
            if status.meaning is ERROR:
                self.say(f"{self.name}: {status}{message}")
            return
        self.say(f"{self.name}: {status}" + ("" if status.duration is None else f" after {status.duration:.2f} s") + message)
        for move in status.history:
            if not move.refused:
                self.say(line_of(move))


@contextmanager
def live_line(voice: Voice, status: JobStatus[Any], sink: IO[bytes] | None) -> Iterator[None]:
    """On a terminal, while the command writes to a file: a line that shows the status, the time, and when it last wrote.

    It is rich that draws it; where that is not installed there is no such line.
    """
    if sink is None or voice.quiet or not sys.stderr.isatty():
        yield
        return
    try:
        from rich.console import Console
        from rich.live import Live
        from rich.text import Text
    except ModuleNotFoundError:
        yield
        return

    text = Text()

    def line() -> Text:
        nonlocal text
        wrote = max(0.0, time() - os.fstat(sink.fileno()).st_mtime)
        with suppress(JobStatusError):  # the store cannot be read just now
            text = Text(plain(f"{voice.name}: {status} for {status.running_time or 0.0:.0f} s, last wrote {wrote:.0f} s ago"))
        return text

    console = Console(file=voice.stderr, force_terminal=True, highlight=False)  # type: ignore[arg-type]  # it writes
    plainly, voice._write = voice._write, lambda text: console.print(Text(text), soft_wrap=True)
    with Live(get_renderable=line, console=console, transient=True, redirect_stdout=False, redirect_stderr=False):
        console.show_cursor()  # it would remain hidden where Ctrl-Z or SIGKILL leaves this program
        yield
    voice._write = plainly
