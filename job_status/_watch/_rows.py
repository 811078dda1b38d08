"""What is shown of jobs, in lines of a given width: pieces of text, each with the colour that it has in the pictures."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from .._rows import CANCEL_REQUESTED, CANCELED, ERROR, RUNNING, SUCCESS, SUSPENDED, UNKNOWN, WAITING, RunningStatus
from ..diagrams._look import OUTCOMES
from ..diagrams._text import shown
from ._board import Board, Reading

__all__ = ["Line", "Piece", "bars", "count_words", "summary"]


class Piece(NamedTuple):
    """Text of one colour."""

    text: str
    #: its name in the palette
    color: str = "ink"


Line = tuple[Piece, ...]

#: the colour and the sign of each meaning, and the sign where only ASCII can be written
LOOKS: dict[RunningStatus, tuple[str, str, str]] = {
    WAITING: ("faint", "·", "."),
    RUNNING: ("main", "▶", ">"),
    SUSPENDED: ("faint", "‖", "="),
    CANCEL_REQUESTED: ("canceled", "!", "!"),
    UNKNOWN: ("faint", "?", "?"),
    SUCCESS: ("success", OUTCOMES["success"].sign, "+"),
    ERROR: ("error", OUTCOMES["error"].sign, "x"),
    CANCELED: ("canceled", OUTCOMES["canceled"].sign, "-"),
}

#: a bar, done and to do, and what stands for text that was cut off; the second where only ASCII can be written
GLYPHS = (("━", "─", "…"), ("#", "-", "~"))

#: the width of what has a fixed one
WIDTHS = {"percent": 4, "elapsed": 8, "left": 13}
BAR, SHORT_BAR, LEAST_WORDS, LEAST_NAME = 24, 10, 10, 8


class Style(NamedTuple):
    """How lines are made: how wide they may be, and what can be written."""

    width: int
    encoding: str = "utf-8"

    @property
    def is_plain(self) -> bool:
        return not self.encoding.lower().startswith("utf")

    def clean(self, text: str) -> str:
        """Return text that can be written on one line and does nothing to a terminal."""
        text = shown(text)
        return text.encode(self.encoding, "replace").decode(self.encoding) if self.is_plain else text

    def fit(self, text: str, width: int) -> str:
        """Return a text in just so many cells."""
        if cell_len(text) <= width:
            return set_cell_size(text, width)
        return set_cell_size(text, width - 1) + GLYPHS[self.is_plain][2] if width else ""


def bars(board: Board, room: int, style: Style) -> list[Line]:
    """Return a line for each job, as far as there is room for so many lines, and one that sums up the others."""
    numbers = board.shown(room if len(board.jobs) <= room else max(0, room - 1))
    readings = [board.reading(number) for number in numbers]
    columns = _columns(readings, board.widths, style)
    lines = [_line(reading, columns, style) for reading in readings]
    if len(numbers) < len(board.jobs):
        rest = set(range(len(board.jobs))).difference(numbers)
        lines.append((Piece(style.fit(summary(board, rest), style.width).rstrip(), "faint"),))
    return lines


def summary(board: Board, rest: Collection[int]) -> str:
    """Return how many more jobs there are, by what they mean, and how many of all are over."""
    over = len(board.jobs) - len(board.live)
    return f"{len(rest):,} more: {count_words(board.counts(rest))} ({over:,} of {len(board.jobs):,} are over)"


def count_words(counts: Mapping[RunningStatus, int]) -> str:
    return ", ".join(f"{count:,} {meaning.name}" for meaning, count in counts.items())


def clock(seconds: float) -> str:
    """Return a time as a clock shows it: "0:07", "1:02:03"."""
    minutes, second = divmod(int(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute}:{second:02}"


def _columns(readings: Collection[Reading], widest: dict[str, int], style: Style) -> dict[str, int]:
    """Return how wide each column is, in their order; what matters least is left out where there is no room for it."""
    for column, texts in (("name", [each.name for each in readings]), ("status", [each.status for each in readings])):
        widest[column] = max(widest[column], *(cell_len(style.clean(text)) for text in texts), 0)
    name = max(0, min(widest["name"], max(LEAST_NAME, style.width // 3), style.width - 2))
    left = style.width - 2 - name
    wishes = {"status": widest["status"], **WIDTHS, "words": LEAST_WORDS, "bar": BAR if style.width >= 100 else SHORT_BAR}
    widths = {"name": name}
    for column in ("status", "percent", "words", "elapsed", "bar", "left"):
        if wishes[column] < left:
            widths[column] = wishes[column]
            left -= wishes[column] + 1
    if "words" in widths:
        widths["words"] += left
    return {
        column: widths[column] for column in ("name", "status", "bar", "percent", "elapsed", "left", "words") if column in widths
    }


def _line(reading: Reading, columns: Mapping[str, int], style: Style) -> Line:
    color, sign, plain_sign = LOOKS[reading.meaning]
    begun = reading.elapsed is not None or reading.progress > 0.0
    words = [f"attempt {reading.attempt}"] if reading.attempt > 1 else []
    words += [style.clean(reading.words)] if reading.words else []
    texts = {
        "name": Piece(style.clean(reading.name)),
        "status": Piece(style.clean(reading.status), color),
        "percent": Piece(f"{int(100 * reading.progress + 1e-9)}%".rjust(4) if begun else "", "ink"),
        "elapsed": Piece("" if reading.elapsed is None else clock(reading.elapsed).rjust(8)),
        "left": Piece("" if reading.remaining is None else f"{clock(reading.remaining)} left".rjust(13), "faint"),
        "words": Piece(", ".join(words), color if reading.meaning is ERROR else "faint"),
    }
    line = [Piece(plain_sign if style.is_plain else sign, color)]
    for column, width in columns.items():
        line.append(Piece(" "))
        if column == "bar":
            done, to_do, _ = GLYPHS[style.is_plain]
            length = int(width * reading.progress + 1e-9)
            line += [Piece(done * length, color), Piece(to_do * (width - length), "faint")]
        else:
            line.append(texts[column]._replace(text=style.fit(texts[column].text, width)))
    return tuple(line)
