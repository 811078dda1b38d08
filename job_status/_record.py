"""The stored form of a job status: what `JobStatus.to_dict` writes and `JobStatus.from_dict` takes back.

A record may come from anywhere, so each field is checked, and so is what fields say together. Nothing here knows JobStatus.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import isfinite

from ._history import Move
from ._lifecycle import CANCEL_REQUESTED, FINALS, RUNNING, SUCCESS, UNKNOWN, WAITING, RunningStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: the version of the format; a reader refuses any other
VERSION = 1


def checked(data: object) -> dict[str, Any]:
    """The fields of a record as values: statuses and moves in place of their names. `ValueError` names the field that is wrong."""
    if not isinstance(data, Mapping):
        raise ValueError(f"a job status is restored from a mapping, not from {data!r}")
    version = _field(data, "version")
    if version != VERSION or isinstance(version, bool):
        raise ValueError(f"version {version!r} is unknown: this is a reader of version {VERSION}")
    values: dict[str, Any] = {
        "status": _status(data, "status"),
        "last_known": None if _field(data, "last_known") is None else _status(data, "last_known"),
        "cancel_requested": _flag(data, "cancel_requested"),
        "may_have_started": _flag(data, "may_have_started"),
        "progress": _number(data, "progress"),
        "phase": _text(data, "phase"),
        "stop_message": _text(data, "stop_message"),
        "creation_timestamp": _number(data, "creation_timestamp"),
        "start_timestamp": _number_or_none(data, "start_timestamp"),
        "completion_timestamp": _number_or_none(data, "completion_timestamp"),
        "duration": _number_or_none(data, "duration"),
        "news_timestamp": _number_or_none(data, "news_timestamp"),
        "history": _moves(data),
    }
    if fault := _contradiction(**values):
        raise ValueError(f"impossible: {fault}")
    return values


def _contradiction(
    status: RunningStatus,
    last_known: RunningStatus | None,
    cancel_requested: bool,
    may_have_started: bool,
    progress: float,
    stop_message: str | None,
    start_timestamp: float | None,
    completion_timestamp: float | None,
    duration: float | None,
    history: list[Move],
    **_: object,
) -> str | None:
    """What the fields of one record cannot say together."""
    final = status in FINALS
    if not 0.0 <= progress <= 1.0:
        return f"a progress of {progress}; it is from 0 to 1"
    if status is SUCCESS and progress != 1.0:
        return f"SUCCESS with a progress of {progress}"
    if status is SUCCESS and stop_message is not None:
        return "SUCCESS with a stop_message"
    if duration is not None and duration < 0.0:
        return f"a duration of {duration} seconds"
    if not final and completion_timestamp is not None:
        return f"{status.name} with a completion_timestamp"
    if not final and duration is not None:
        return f"{status.name} with a duration"
    if duration and not may_have_started:
        return f"a duration of {duration} seconds, but may_have_started is false"
    if status is WAITING and may_have_started:
        return "WAITING, but may_have_started is true"
    if status is RUNNING and not may_have_started:
        return "RUNNING, but may_have_started is false"
    if status is not WAITING and start_timestamp is not None and not may_have_started:
        return "a start_timestamp, but may_have_started is false"
    if (last_known is not None) is not (status is UNKNOWN):
        return f"{status.name} with a last_known of {last_known and last_known.name}; UNKNOWN alone has one"
    if last_known in (*FINALS, UNKNOWN):
        return f"UNKNOWN over {last_known.name}"
    if CANCEL_REQUESTED in (status, last_known) and not cancel_requested:
        return "CANCEL_REQUESTED, but cancel_requested is false"
    moves = [(number, move) for number, move in enumerate(history) if not move.refused]
    for (_before_number, before), (number, move) in pairwise(moves):
        if move.source is not before.dest:
            return f"history[{number}] leaves {move.source.name}, but the job was {before.dest.name}"
    if moves and moves[-1][1].dest is not status:
        return f"{status.name}, but the history ends in {moves[-1][1].dest.name}"
    return None


def move_to_dict(move: Move) -> dict[str, Any]:
    """A move as JSON has it."""
    return {
        "trigger": move.trigger,
        "source": move.source.name,
        "dest": move.dest.name,
        "timestamp": move.timestamp,
        "mesg": move.mesg,
        "inferred": move.inferred,
        "refused": move.refused,
    }


def _moves(data: Mapping[str, Any]) -> list[Move]:
    history = _field(data, "history")
    if not isinstance(history, list | tuple):
        raise _wrong("history", history, "a list of moves")
    return [_move(number, entry) for number, entry in enumerate(history)]


def _move(number: int, entry: object) -> Move:
    try:
        if not isinstance(entry, Mapping):
            raise ValueError(f"a move must be a mapping, not {entry!r}")
        trigger = _field(entry, "trigger")
        if not isinstance(trigger, str):
            raise _wrong("trigger", trigger, "a string")
        return Move(
            trigger,
            _status(entry, "source"),
            _status(entry, "dest"),
            _number_or_none(entry, "timestamp"),
            _text(entry, "mesg"),
            _flag(entry, "inferred"),
            _flag(entry, "refused"),
        )
    except ValueError as error:
        raise ValueError(f"history[{number}]: {error}") from None


def _field(data: Mapping[str, Any], name: str) -> Any:
    try:
        return data[name]
    except KeyError:
        raise ValueError(f"the field {name!r} is missing") from None


def _wrong(name: str, value: object, right: str) -> ValueError:
    return ValueError(f"{name} must be {right}, not {value!r}")


def _status(data: Mapping[str, Any], name: str) -> RunningStatus:
    value = _field(data, name)
    status = RunningStatus.__members__.get(value) if isinstance(value, str) else None
    if status is None:
        raise _wrong(name, value, f"one of {', '.join(RunningStatus.__members__)}")
    return status


def _flag(data: Mapping[str, Any], name: str) -> bool:
    value = _field(data, name)
    if not isinstance(value, bool):
        raise _wrong(name, value, "true or false")
    return value


def _text(data: Mapping[str, Any], name: str) -> str | None:
    value = _field(data, name)
    if not isinstance(value, str | None):
        raise _wrong(name, value, "a string or null")
    return value


def _number(data: Mapping[str, Any], name: str) -> float:
    value = _field(data, name)
    try:
        if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
            return float(value)
    except OverflowError:  # an integer beyond every float
        pass
    raise _wrong(name, value, "a finite number")


def _number_or_none(data: Mapping[str, Any], name: str) -> float | None:
    return None if _field(data, name) is None else _number(data, name)
