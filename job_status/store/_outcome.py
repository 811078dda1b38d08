"""What a change that was tried on a copy of a job comes to: the row that it leads to, and what has to be written for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .._rows import WAITING
from ._record import Row, columns

if TYPE_CHECKING:
    from .._facts import Snapshot
    from .._history import Entry
    from .._status import JobStatus
    from ._store import JobStore

__all__ = ["KEPT_PHASE", "KEPT_PROGRESS", "Outcome", "entries", "outcome"]

#: what stands in a copy for the progress and the phase: a step that leaves them leaves those of the database
KEPT_PROGRESS, KEPT_PHASE = float("nan"), "".join(("the phase", " of the database"))


class Outcome(NamedTuple):
    """The row that a change leads to, the values of MOVE for it, its moves, and whether it has started an attempt."""

    row: Row
    update: tuple[Any, ...]
    moves: list[Entry]
    started: bool


def entries(last: Entry | None) -> list[Entry]:
    """Return the entries of a copy's history, oldest first: what was done to it."""
    found = []
    while last is not None:
        found.append(last)
        last = last[0]
    found.reverse()
    return found


def outcome(store: JobStore[Any], row: Row, copy: JobStatus[Any], moves: list[Entry], own: bool) -> Outcome:
    """Return what moves that were made on a copy of a job come to; `own` if they are by the clock of this machine."""
    number, job_id, name, version, worker, before = row
    database = store._database
    if kept_progress := copy._progress is KEPT_PROGRESS:
        copy._progress = before.progress
    if kept_phase := copy._phase is KEPT_PHASE:
        copy._phase = before.phase
    copy._history = None
    after = copy._snapshot()
    if own and (drift := database.drift()):
        after, moves = _drifted(before, after, moves, drift)
    position, started = after.position, own and after.attempt > before.attempt
    if position.final or position.meaning is WAITING:
        worker = None
    elif started:
        worker = store._worker()
    new = Row(number, job_id, name, version + (len(moves) or 1), worker, after)
    update = (
        new.version, *columns(after)[:-2], None if kept_progress else after.progress, int(not kept_phase), after.phase,
        database.now(), worker, number, version,
    )  # fmt: skip
    return Outcome(new, update, moves, started)


def _drifted(before: Snapshot, after: Snapshot, moves: list[Entry], drift: float) -> tuple[Snapshot, list[Entry]]:
    """Return the same with the times that this machine's clock gave as the database's clock would."""
    stamps = {
        name: stamp + drift
        for name in ("started", "halted", "completed")
        if (stamp := getattr(after, name)) is not None and stamp is not getattr(before, name)
    }
    return after._replace(**stamps), [(None, step, at and at + drift, mesg) for _, step, at, mesg in moves]
