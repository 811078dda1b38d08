"""The stored form of a job: what `JobStatus.to_dict` writes and `JobStatus.from_dict` takes back.

It may come from anywhere, so each field is checked, and then whether the fields agree. Nothing here uses JobStatus.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from ._facts import NOT_STARTED, OWN, STARTS, UNTIMED, Snapshot, completion
from ._fields import attempt_of, flag_of, moves_of, number_of, number_or_none_of, start_of, status_of, text_of, value_of
from ._history import History, Move, chained
from ._lean import TYPE_CHECKING
from ._paths import still_requested
from ._rows import CANCEL_REQUESTED, FINALS, RUNNING, SUCCESS, SUSPENDED, UNKNOWN, WAITING
from ._values import clock_at, shown

if TYPE_CHECKING:
    from typing import Any

    from ._lifecycle import Lifecycle

#: the version of the format; a reader refuses any other
VERSION = 1

#: by how many seconds a duration may differ from completion minus start: the wall clock is less even than the monotonic one
CLOCKS_DIFFER = 2.0


def stored(facts: Snapshot, name: str | None, history: bool) -> dict[str, Any]:
    """Return the stored form of the facts about a job with that name."""
    position = facts.position
    fields = {
        "version": VERSION,
        "name": name,
        "status": position.status.name,
        "meaning": position.meaning.name,
        "last_known": position.known.name if position.meaning is UNKNOWN else None,
        "cancel_requested": position.cancel_requested,
        "attempt": facts.attempt,
        "started": STARTS[facts.start],
        "progress": facts.progress,
        "phase": facts.phase,
        "stop_message": facts.stop_message,
        "creation_timestamp": facts.created,
        "start_timestamp": facts.started,
        "suspension_timestamp": facts.halted,
        "suspended_time": facts.suspended,
        "completion_timestamp": completion(facts),
        "duration": facts.duration,
        "observation_timestamp": facts.known_at,
        "unknown_timestamp": facts.unknown_at,
        "last_heard": facts.heard,
    }
    moves: History[Any] = History(facts.history)
    return fields | {"history": [_stored_move(move) for move in moves]} if history else fields


def _stored_move(move: Move[Any]) -> dict[str, Any]:
    return {
        "trigger": move.trigger,
        "source": move.source.name,
        "dest": move.dest.name,
        "timestamp": move.timestamp,
        "mesg": move.mesg,
        "inferred": move.inferred,
        "refused": move.refused,
    }


def checked(data: object, lifecycle: Lifecycle[Any], overrides: bool) -> tuple[Snapshot, str | None]:
    """Return the facts of a stored job, and its name. Raises `ValueError`, with its name, if a field is missing or wrong.

    With `overrides` its history may have moves that no row allows.
    """
    if not isinstance(data, Mapping):
        raise ValueError(f"a job status is restored from a mapping, not from {shown(data)}")
    version = value_of(data, "version")
    if version != VERSION or isinstance(version, bool):
        raise ValueError(f"version {shown(version)} is unknown: this is a reader of version {VERSION}")
    fields = _Fields(data, lifecycle)
    if fault := fields.contradiction(overrides):
        raise ValueError(f"impossible: {fault}")
    return fields.facts(), fields.name


class _Fields:
    """The fields of a stored job as values: statuses and moves in place of their names."""

    def __init__(self, data: Mapping[str, Any], lifecycle: Lifecycle[Any]) -> None:
        self.lifecycle = lifecycle
        self.name = text_of(data, "name")
        self.status = status_of(data, "status", lifecycle)
        self.meaning = value_of(data, "meaning")
        self.last_known = None if value_of(data, "last_known") is None else status_of(data, "last_known", lifecycle)
        self.cancel_requested = flag_of(data, "cancel_requested")
        self.attempt = attempt_of(data)
        self.start = start_of(data)
        self.progress = number_of(data, "progress")
        self.phase = text_of(data, "phase")
        self.stop_message = text_of(data, "stop_message")
        self.created = number_of(data, "creation_timestamp")
        self.started = number_or_none_of(data, "start_timestamp")
        self.suspension = number_or_none_of(data, "suspension_timestamp")
        self.suspended_time = number_or_none_of(data, "suspended_time")
        self.completed = number_or_none_of(data, "completion_timestamp")
        self.duration = number_or_none_of(data, "duration")
        self.known_at = number_or_none_of(data, "observation_timestamp")
        self.unknown_at = number_or_none_of(data, "unknown_timestamp")
        self.heard = number_or_none_of(data, "last_heard")
        self.history = moves_of(data, lifecycle)

    def facts(self) -> Snapshot:
        position = self.lifecycle.position(self.status, self.last_known, self.cancel_requested)
        halted = self.suspension if position.known_meaning is SUSPENDED else None
        return Snapshot(
            position=position,
            attempt=self.attempt,
            start=self.start,
            started=self.started,
            clock=clock_at(self.started) if self.started is not None and self.start >= OWN else None,
            suspended=self.suspended_time,
            halted=halted,
            halt_clock=None if halted is None else clock_at(halted),
            completed=self.completed,
            duration=self.duration,
            progress=self.progress,
            phase=self.phase,
            stop_message=self.stop_message,
            known_at=self.known_at,
            unknown_at=self.unknown_at,
            created=self.created,
            heard=self.heard,
            history=chained((move, move.timestamp, move.mesg) for move in self.history),
        )

    def contradiction(self, overrides: bool) -> str | None:
        """Return how the fields contradict each other; None if they do not."""
        return self._of_status() or self._of_progress(overrides) or self._of_times() or self._of_history(overrides)

    def _of_status(self) -> str | None:
        name, means = self.status.name, self.lifecycle.meaning(self.status)
        if self.meaning != means.name:
            return f"{name} with the meaning {shown(self.meaning)}; in this lifecycle it means {means.name}"
        if (self.last_known is not None) is not (means is UNKNOWN):
            last = self.last_known and self.last_known.name
            return f"{name} with a last_known of {last}; only a status that means UNKNOWN has one"
        known = means if self.last_known is None else self.lifecycle.meaning(self.last_known)
        if self.last_known is not None and known in (*FINALS, UNKNOWN):
            return f"{name} over {self.last_known.name}"
        if CANCEL_REQUESTED in (means, known) and not self.cancel_requested:
            return f"{name}, but cancel_requested is false"
        return None

    def _of_progress(self, overrides: bool) -> str | None:
        name, means = self.status.name, self.lifecycle.meaning(self.status)
        if not 0.0 <= self.progress <= 1.0:
            return f"a progress of {self.progress}; it is from 0 to 1"
        if means is SUCCESS and self.progress != 1.0:
            return f"{name} with a progress of {self.progress}"
        if means is WAITING and (self.progress, self.phase) != (0.0, None) and not _progress_waits(self.lifecycle):
            return f"{name} with a progress report"
        silent = self.status is self.lifecycle.final(SUCCESS) or (means is WAITING and not self.cancel_requested)
        return f"{name} with a stop_message" if silent and self.stop_message is not None and not overrides else None

    def _of_times(self) -> str | None:
        name, means = self.status.name, self.lifecycle.meaning(self.status)
        final, begun = means in FINALS, self.start >= UNTIMED
        if self.duration is not None and self.duration < 0.0:
            return f"a duration of {self.duration} seconds"
        if self.suspended_time is not None and self.suspended_time < 0.0:
            return f"a suspended_time of {self.suspended_time} seconds"
        if not final and self.completed is not None:
            return f"{name} with a completion_timestamp"
        if not final and self.duration is not None:
            return f"{name} with a duration"
        if self.duration and self.start == NOT_STARTED:
            return f"a duration of {self.duration} seconds, but it has not started"
        if means is WAITING and self.start != NOT_STARTED:
            return f"{name}, but it has started"
        if means is RUNNING and not begun:
            return f"{name}, but it has not started"
        if begun and not self.attempt:
            return "it has started, but attempt is 0"
        if self.start > UNTIMED and self.started is None:
            return f"started is {STARTS[self.start]!r}, but there is no start_timestamp"
        if self.start == UNTIMED and self.started is not None:
            return "a start_timestamp, but started is 'untimed'"
        if self.duration is not None and self.completed is not None and self.started is not None and begun:
            between = max(0.0, self.completed - self.started)
            rounding = 1e-12 * max(abs(self.completed), self.duration)
            if abs(between - self.duration) > CLOCKS_DIFFER + rounding:
                return f"a duration of {self.duration} seconds, but {between} seconds from start_timestamp to completion_timestamp"
        return None

    def _of_history(self, overrides: bool) -> str | None:
        moves = [(number, move) for number, move in enumerate(self.history) if not move.refused]
        for number, move in moves:
            if not overrides and (fault := _illegal(move, self.lifecycle)):
                return f"history[{number}] {fault}"
        for (_before_number, before), (number, move) in pairwise(moves):
            if move.source is not before.dest:
                return f"history[{number}] leaves {move.source.name}, but the job was {before.dest.name}"
        if moves and moves[-1][1].dest is not self.status:
            return f"{self.status.name}, but the history ends in {moves[-1][1].dest.name}"
        if not self.cancel_requested and not overrides and _was_requested(moves, self.lifecycle):
            return "cancel_requested is false, but the history has a request that was accepted"
        return None


def _progress_waits(lifecycle: Lifecycle[Any]) -> bool:
    """Return whether a job may report progress and wait nevertheless."""
    return any(row.trigger == "update_progress" and lifecycle.meaning(row.dest) is WAITING for row in lifecycle.rows)


def _illegal(move: Move[Any], lifecycle: Lifecycle[Any]) -> str | None:
    """Return why a lifecycle does not have a move; None if it does."""
    if lifecycle.meaning(move.source) in FINALS:
        return f"leaves {move.source.name}, which is final"
    rows = [row for row in lifecycle.rows if row.source is move.source and row.dest is move.dest]
    overlaid = UNKNOWN in (lifecycle.meaning(move.source), lifecycle.meaning(move.dest))
    observed = move.trigger == "observe" and not overlaid and lifecycle.leads(move.source, move.dest)
    if not observed and not any(row.trigger == move.trigger for row in rows):
        return f"takes {move.trigger} from {move.source.name} to {move.dest.name}, which is not a move of this lifecycle"
    return None


def _was_requested(moves: list[tuple[int, Move[Any]]], lifecycle: Lifecycle[Any]) -> bool:
    """Return whether a cancel was requested that no return to WAITING has served since."""
    requested = False
    for _, move in moves:
        requested = still_requested(requested, move.trigger, lifecycle.meaning(move.source), lifecycle.meaning(move.dest))
    return requested
