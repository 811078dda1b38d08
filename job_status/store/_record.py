"""The row of a job: the facts of `JobStatus` as columns, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from .._facts import OWN, STARTS, Snapshot
from .._history import Entry, Move, chained
from .._values import shown
from ..errors import StoreError

if TYPE_CHECKING:
    from enum import Enum

    from .._lifecycle import Lifecycle

__all__ = ["FACTS", "Row", "columns", "facts_of", "history_of", "move_columns"]

#: the columns of a job's facts, in the order of `columns`; the two that a progress report changes come last
FACTS = (
    "status", "known", "cancel_requested", "attempt", "start", "started", "clock", "suspended", "halted", "halt_clock",
    "clock_of", "completed", "duration", "stop_message", "known_at", "unknown_at", "created", "heard", "progress", "phase",
)  # fmt: skip


def _boot() -> str | None:
    """Return what names this run of this machine: the processes in it share a monotonic clock. None where nothing does."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:  # pragma: no cover  # it is not Linux
        return None


BOOT = _boot()


class Row(NamedTuple):
    """What was last read or written of a job. The facts are without their history."""

    number: int
    id: str
    name: str | None
    #: raised by one for each move, and for each change that is none; a progress report leaves it
    version: int
    #: the process that runs it: the `id` of its row among the workers
    worker: str | None
    facts: Snapshot


def columns(facts: Snapshot) -> tuple[Any, ...]:
    """Return the facts as the columns of `FACTS`."""
    (
        position, attempt, start, started, clock, suspended, halted, halt_clock, completed, duration, progress, phase,
        stop_message, known_at, unknown_at, created, _, heard,
    ) = facts  # fmt: skip
    return (
        position.status._name_, position.known._name_, int(position.cancel_requested), attempt, STARTS[start], started, clock,
        suspended, halted, halt_clock, BOOT, completed, duration, stop_message, known_at, unknown_at, created, heard,
        progress, phase,
    )  # fmt: skip


def facts_of(values: Sequence[Any], lifecycle: Lifecycle[Any], now: float) -> Snapshot:
    """Return the facts that the columns of `FACTS` describe; `now` is what the database's clock shows.

    Intervals that began in another boot, or on another machine, are measured by the database's clock.
    """
    (
        status, known, asked, attempt, start, started, clock, suspended, halted, halt_clock, clock_of, completed, duration,
        stop_message, known_at, unknown_at, created, heard, progress, phase,
    ) = values  # fmt: skip
    begun = STARTS.index(start)
    if clock_of is None or clock_of != BOOT:
        clock = _ago(started, now) if begun >= OWN else None
        halt_clock = _ago(halted, now)
    position = lifecycle.position(status_of(status, lifecycle), status_of(known, lifecycle), bool(asked))
    return Snapshot(
        position, attempt, begun, started, clock, suspended, halted, halt_clock, completed, duration, progress, phase,
        stop_message, known_at, unknown_at, created, None, heard,
    )  # fmt: skip


def _ago(stamp: float | None, now: float) -> float | None:
    return None if stamp is None else monotonic() - max(0.0, now - stamp)


def status_of(name: str, lifecycle: Lifecycle[Any], *, any_member: bool = False) -> Enum:
    """Return the status of a name in the database; of a refused attempt that may be any member of the Enum."""
    status: Enum | None = lifecycle.enum.__members__.get(name)
    if status is None or (not any_member and name not in lifecycle.means):
        raise StoreError(
            f"the database has a job that is {shown(name)}, which this lifecycle does not have; "
            "open the store with the lifecycle that the job was moved by"
        )
    return status


def move_columns(entry: Entry) -> tuple[Any, ...]:
    """Return a step of a history as columns: trigger, source, dest, at, mesg, inferred."""
    _, step, at, mesg = entry
    return step.trigger, step.source._name_, step.dest._name_, at, mesg, int(step.inferred)


def history_of(moves: Iterable[Sequence[Any]], refusals: Iterable[Sequence[Any]], lifecycle: Lifecycle[Any]) -> Entry | None:
    """Return the history that rows of moves and of refused attempts describe, each with its version first."""
    found = [(version, False, _move(rest, lifecycle, refused=False)) for version, *rest in moves]
    found += [(version, True, _move(rest, lifecycle, refused=True)) for version, *rest in refusals]
    found.sort(key=lambda item: item[:2])  # refused attempts come after the move to that version, in the order given
    return chained((move, move.timestamp, move.mesg) for _, _, move in found)


def _move(values: Sequence[Any], lifecycle: Lifecycle[Any], *, refused: bool) -> Move[Any]:
    trigger, source, dest, at, mesg, inferred = values
    return Move(
        trigger,
        status_of(source, lifecycle),
        status_of(dest, lifecycle, any_member=refused),
        at,
        mesg,
        bool(inferred),
        refused,
    )
