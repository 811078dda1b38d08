"""Readers of the single fields of a stored job.

Each raises `ValueError` if its field is missing or wrong, in a sentence that names the field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ._facts import STARTS
from ._history import HISTORY_LIMIT, Move
from ._lean import TYPE_CHECKING
from ._values import INF, shown

if TYPE_CHECKING:
    from enum import Enum
    from typing import Any

    from ._lifecycle import Lifecycle

__all__ = [
    "attempt_of",
    "flag_of",
    "moves_of",
    "number_of",
    "number_or_none_of",
    "start_of",
    "status_of",
    "text_of",
    "value_of",
]

#: far more moves than any job remembers
MOST_MOVES = 4 * HISTORY_LIMIT


def moves_of(data: Mapping[str, Any], lifecycle: Lifecycle[Any]) -> list[Move[Any]]:
    history = value_of(data, "history")
    if not isinstance(history, list | tuple):
        raise _wrong("history", history, "a list of moves")
    if len(history) > MOST_MOVES:
        raise ValueError(f"history must have at most {MOST_MOVES} moves, as no job remembers more, not {len(history)}")
    return [_move(number, entry, lifecycle) for number, entry in enumerate(history)]


def _move(number: int, entry: object, lifecycle: Lifecycle[Any]) -> Move[Any]:
    try:
        if not isinstance(entry, Mapping):
            raise ValueError(f"a move must be a mapping, not {shown(entry)}")
        trigger = value_of(entry, "trigger")
        if not isinstance(trigger, str):
            raise _wrong("trigger", trigger, "a string")
        refused = flag_of(entry, "refused")
        return Move(
            trigger,
            status_of(entry, "source", lifecycle),
            status_of(entry, "dest", lifecycle, any_member=refused),
            number_or_none_of(entry, "timestamp"),
            text_of(entry, "mesg"),
            flag_of(entry, "inferred"),
            refused,
        )
    except ValueError as error:
        raise ValueError(f"history[{number}]: {error}") from None


def value_of(data: Mapping[str, Any], name: str) -> Any:
    try:
        return data[name]
    except KeyError:
        raise ValueError(f"the field {name!r} is missing") from None


def _wrong(name: str, value: object, right: str) -> ValueError:
    return ValueError(f"{name} must be {right}, not {shown(value)}")


def status_of(data: Mapping[str, Any], name: str, lifecycle: Lifecycle[Any], *, any_member: bool = False) -> Enum:
    """Return the status of that name. A refused attempt may have wanted any member of the Enum."""
    value = value_of(data, name)
    members: Iterable[Any] = lifecycle.enum.__members__.values() if any_member else lifecycle.statuses
    for status in members:
        if isinstance(value, str) and status.name == value:
            found: Enum = status
            return found
    raise _wrong(name, value, f"one of {', '.join(status.name for status in lifecycle.statuses)}")


def flag_of(data: Mapping[str, Any], name: str) -> bool:
    value = value_of(data, name)
    if not isinstance(value, bool):
        raise _wrong(name, value, "true or false")
    return value


def text_of(data: Mapping[str, Any], name: str) -> str | None:
    value = value_of(data, name)
    if not isinstance(value, str | None):
        raise _wrong(name, value, "a string or null")
    return value


def attempt_of(data: Mapping[str, Any]) -> int:
    value = value_of(data, "attempt")
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _wrong("attempt", value, "a whole number from 0")
    return value


def start_of(data: Mapping[str, Any]) -> int:
    value = value_of(data, "started")
    if not isinstance(value, str) or value not in STARTS:
        raise _wrong("started", value, f"one of {', '.join(STARTS)}")
    return STARTS.index(value)


def number_of(data: Mapping[str, Any], name: str) -> float:
    value = value_of(data, name)
    try:
        if isinstance(value, int | float) and not isinstance(value, bool) and -INF < value < INF:
            return float(value)
    except OverflowError:  # an integer beyond every float
        pass
    raise _wrong(name, value, "a finite number")


def number_or_none_of(data: Mapping[str, Any], name: str) -> float | None:
    return None if value_of(data, name) is None else number_of(data, name)
