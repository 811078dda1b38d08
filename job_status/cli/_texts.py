"""Lines about jobs, as all commands write them. Names and messages come from anywhere: nothing in them may act on the terminal."""

from __future__ import annotations

from time import localtime, strftime

from .._lean import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from .._history import Move

__all__ = ["clock", "line_of", "plain", "short", "storable"]

#: how many characters of an id are shown
SHORT = 8


def plain(text: str) -> str:
    """Return a text as one line of what can be printed: control characters and the like are escaped."""
    if text.isascii() and text.isprintable():
        return text
    from ..diagrams._text import shown  # most texts do without

    return shown(text)


def storable(argument: str) -> str:
    """Return an argument as a text that can be stored: bytes in it that are no UTF-8 are escaped."""
    return argument.encode("utf-8", "backslashreplace").decode()


def short(job_id: str) -> str:
    return job_id[:SHORT]


def clock(move: Move[Any]) -> str:
    """Return the local time of a move, to the millisecond."""
    if move.timestamp is None:
        return "--:--:--.---"
    rounded = round(move.timestamp, 3)
    return strftime("%H:%M:%S", localtime(rounded)) + f"{rounded % 1:.3f}"[1:]


def line_of(move: Move[Any]) -> str:
    """Return a line of a history."""
    return f"  {clock(move)}  {move.trigger:<15} {move.source.name} -> {move.dest.name}"
