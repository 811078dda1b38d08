"""Bars at the bottom of a terminal, drawn over themselves, while what the program prints goes on above them."""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from threading import RLock
from typing import Any, TextIO
from weakref import WeakSet

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from ..diagrams._look import PALETTE
from ._board import Board
from ._rows import Line, Style, bars

__all__ = ["Above", "Screen"]

#: the palette in the colours of the terminal's own theme, which suit its ground
THEME = {
    "ink": "default",
    "faint": "dim",
    "main": "bright_blue",
    "success": "green",
    "error": "red",
    "canceled": "magenta",
}

#: of a terminal that does not say how large it is
SIZE = (80, 24)


class Screen:
    """The last lines of a terminal. The cursor stays visible at their end, since a program that is killed leaves it as it is."""

    def __init__(self, file: TextIO, console: Console) -> None:
        self._file = file
        self._console = console
        self._colors = _colors()
        self.lock = RLock()  # a signal handler may print while this thread is in here
        #: what is drawn: its lines, how many cells each takes, and how wide the terminal was
        self._drawn: list[str] = []
        self._cells: list[int] = []
        self._width = 0
        #: what stands in for stdout, stderr or both as long as this is open
        self._streams = {name: Above(stream, self) for name, stream in _same_terminal(file)}
        self.is_open = True
        for name, above in self._streams.items():
            setattr(sys, name, above)
            _redirect_logging(above.stream, above)
        _open.add(self)

    def show(self, board: Board, _changed: Sequence[int] = ()) -> None:
        width, height = self._size()
        style = Style(width - 1, self._console.encoding)  # one in the last column may make the terminal wrap
        with self.lock:
            above = [style.fit(style.clean(text), style.width).rstrip() for text in self._unfinished()]
            self._draw([Text(text) for text in above] + [self._text(line) for line in bars(board, height - 1 - len(above), style)])

    def close(self, board: Board) -> None:
        """Draw the bars for the last time, and leave the cursor below them."""
        try:
            with self.lock:
                for stream in self._streams.values():
                    if stream.unfinished:
                        stream.write("\n")
                self.show(board)
                self._write("\r\n")
        finally:
            self.restore()

    def restore(self) -> None:
        """Let the program print again as it did before."""
        self.is_open = False
        for name, above in self._streams.items():
            if getattr(sys, name) is above:
                setattr(sys, name, above.stream)
            _redirect_logging(above, above.stream)
        _open.discard(self)

    def above(self, text: str) -> None:
        """Write whole lines above the bars."""
        with self.lock:
            self._write(f"{self._top()}\x1b[J{text}" + "\r\n".join(self._drawn))

    def _draw(self, texts: Sequence[Text]) -> None:
        width, _ = self._size()
        drawn = [self._rendered(text) for text in texts]
        if drawn != self._drawn or width != self._width:
            # Without wrapping: a terminal may take an emoji for wider than rich does.
            self._write(f"{self._top()}\x1b[?7l" + "\r\n".join(f"{line}\x1b[K" for line in drawn) + "\x1b[J\x1b[?7h")
            self._drawn, self._cells, self._width = drawn, [cell_len(text.plain) for text in texts], width

    def _top(self) -> str:
        """Return what leads the cursor to where the lines begin. They were wrapped if the terminal has become narrower."""
        width, _ = self._size()
        up = sum(max(1, -(-cells // width)) for cells in self._cells) - 1
        return f"\r\x1b[{up}A" if up > 0 else "\r"

    def _unfinished(self) -> Iterator[str]:
        """Yield what the program has printed without ending the line yet, such as a prompt."""
        for stream in self._streams.values():
            if text := Text.from_ansi(stream.unfinished.rstrip("\r").rpartition("\r")[2]).plain:
                yield text

    def _text(self, line: Line) -> Text:
        return Text.assemble(*((text, self._colors[color]) for text, color in line))

    def _rendered(self, text: Text) -> str:
        with self._console.capture() as capture:
            self._console.print(text, end="", soft_wrap=True)
        return capture.get()

    def _write(self, text: str) -> None:
        self._file.write(text)
        self._file.flush()

    def _size(self) -> tuple[int, int]:
        try:
            width, height = os.get_terminal_size(self._file.fileno())
        except OSError:  # it has hung up
            width, height = SIZE
        return width or SIZE[0], height or SIZE[1]


class Above(io.TextIOBase):
    """stdout or stderr while there are bars: lines written to it come above them, and one that has not ended yet just above."""

    def __init__(self, stream: TextIO, screen: Screen) -> None:
        stream.flush()
        self.stream = stream
        self.unfinished = ""
        self._screen = screen

    @property
    def encoding(self) -> str:  # type: ignore[override]  # read only, as it is of all text streams
        return self.stream.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        return self.stream.errors

    def write(self, text: str) -> int:
        with self._screen.lock:
            if not self._screen.is_open:
                return self.stream.write(text)
            lines, end, self.unfinished = (self.unfinished + text).rpartition("\n")
            if end:
                self._screen.above(lines + end)
        return len(text)

    def flush(self) -> None:
        self.stream.flush()

    def isatty(self) -> bool:
        return self.stream.isatty()

    def fileno(self) -> int:
        return self.stream.fileno()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def _same_terminal(file: TextIO) -> Iterator[tuple[str, TextIO]]:
    """Yield those of stdout and stderr that are the terminal that the bars are on."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None and stream.isatty() and os.path.samestat(os.fstat(stream.fileno()), os.fstat(file.fileno())):
            yield name, stream


def _redirect_logging(before: TextIO | Above, after: TextIO | Above) -> None:
    """Have the handlers of all loggers that write to a stream write to another."""
    loggers = [logging.getLogger(), *logging.Logger.manager.loggerDict.values()]
    for logger in loggers:
        for handler in getattr(logger, "handlers", ()):  # which a mere placeholder has not
            if isinstance(handler, logging.StreamHandler) and handler.stream is before:
                handler.setStream(after)


def _colors() -> dict[str, str]:
    """Return the colours of the pictures, by their names: exactly, where the terminal says whether its ground is light or dark."""
    ground = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    if not ground.isdecimal():
        return THEME
    is_dark = int(ground) in (0, 1, 2, 3, 4, 5, 6, 8)
    return {name: PALETTE[name][is_dark] for name in THEME}


#: the screens of this process; a child that it forks has none
_open: WeakSet[Screen] = WeakSet()


def _restore_all() -> None:  # pragma: no cover  # in a child, which is not measured
    for screen in list(_open):
        screen.restore()


if hasattr(os, "register_at_fork"):  # pragma: no branch  # not on Windows
    os.register_at_fork(after_in_child=_restore_all)
