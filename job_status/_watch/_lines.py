"""Plain lines about jobs, for pipes, files and terminals that can do no more: one per change, and not too many at once."""

from __future__ import annotations

from collections.abc import Sequence
from time import localtime, monotonic, strftime
from typing import TextIO

from .._rows import ERROR, FINALS
from ..diagrams._text import span
from ._board import Board
from ._rows import Style, count_words

__all__ = ["Lines"]

#: at most so many lines of single jobs are written each time, with so many seconds in between
MOST, PAUSE = 10, 1.0


class Lines:
    """Writes to a file what became of jobs since it did so last, those in ERROR first."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._style = Style(0, file.encoding or "utf-8")
        self._changed: set[int] = set()
        self._due = 0.0
        self._summed_up = ""

    def show(self, board: Board, changed: Sequence[int] = ()) -> None:
        self._changed.update(changed)
        if not self._summed_up:
            self._sum_up(board)
        elif self._changed and monotonic() >= self._due:
            self._report(board)

    def close(self, board: Board) -> None:
        self._report(board)
        self._sum_up(board)

    def _report(self, board: Board) -> None:
        by_interest = sorted(self._changed, key=lambda number: (_interest(board, number), number))
        for number in sorted(by_interest[:MOST]):
            self._say(self._about(board, number))
        if len(by_interest) > MOST:
            self._say(f"and {len(by_interest) - MOST:,} more: {count_words(board.counts(by_interest[MOST:]))}")
        self._changed.clear()
        self._due = monotonic() + PAUSE

    def _about(self, board: Board, number: int) -> str:
        reading, clean = board.reading(number), self._style.clean
        attempt = f" (attempt {reading.attempt})" if reading.attempt > 1 else ""
        over = board.is_over(number)
        lasted = f" after {span(reading.elapsed)}" if over and reading.elapsed is not None else ""
        words = f": {clean(reading.words)}" if reading.words else ""
        return f"{clean(reading.name)}: {clean(reading.status)}{attempt}{lasted}{words}"

    def _sum_up(self, board: Board) -> None:
        """Say what all jobs are, unless that was the latest line of its kind."""
        number = len(board.jobs)
        text = f"{number:,} job{'s' if number > 1 else ''}: {count_words(board.counts(range(number)))}"
        if text != self._summed_up:
            self._say(text)
        self._summed_up = text

    def _say(self, text: str) -> None:
        self._file.write(f"{strftime('%H:%M:%S', localtime())} {text}\n")
        self._file.flush()


def _interest(board: Board, number: int) -> int:
    meaning = board.places[number].meaning
    return 0 if meaning is ERROR else 1 if meaning in FINALS else 2
