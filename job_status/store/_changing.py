"""How a job of a store changes: by a copy in memory, and one compare-and-set.

Whatever changes a job is done to a copy in memory, by the code of `JobStatus`, and written if the row still has the version that
the copy was made of. If it has another, the row is read and the same is tried again; and before anything is refused, it is read.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from .._facts import PERHAPS, UNTIMED, Claim, Snapshot
from .._history import HISTORY_LIMIT, Entry
from .._lean import S
from .._rows import CANCEL_REQUESTED, RunningStatus
from .._status import JobStatus
from ..errors import InvalidTransition, JobGone, StoreError
from ._outcome import KEPT_PHASE, KEPT_PROGRESS, entries, outcome
from ._record import Row, history_of, move_columns
from ._statements import HEAR, MOVES, READ, REFUSALS, REFUSE
from ._texts import escaped

if TYPE_CHECKING:
    from .._observation import Observation
    from ._store import JobStore

    T = TypeVar("T")

__all__ = ["Changing", "takes"]

logger = logging.getLogger("job_status")

#: what is not the business of an attempt: to start one, and to order a cancel
UNFENCED = frozenset(("start_run", "request_cancel", CANCEL_REQUESTED))


class Fresh:
    """A fact of a job, read from the database each time."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, job: Changing[Any], _kind: object = None) -> Any:
        return getattr(job._read().facts, self._name)


class Changing(JobStatus[S]):
    """A job whose facts are a row: how it is read and changed."""

    __slots__ = ("_busy", "_held", "_pending", "_row", "_store")

    if TYPE_CHECKING:
        _row: Row
        _store: JobStore[S]
        #: the attempt that this object started
        _held: int | None
        #: how many threads are about to write a move of theirs and to call the listeners after it
        _busy: int
        #: a progress report that is not written yet: progress, phase and the attempt it was made for
        _pending: tuple[float, str | None, int] | None

        def _announce(self, version: int, moves: list[Entry]) -> None: ...

    else:  # in place of the attributes of `Facts`
        _position = Fresh("position")
        _attempt = Fresh("attempt")
        _start = Fresh("start")
        _progress = Fresh("progress")
        _phase = Fresh("phase")
        _heard = Fresh("heard")
        _history = Fresh("history")

    # -- reading

    def _past(self) -> Entry | None:
        read, number = self._store._database.read, self._row.number
        return history_of(read(MOVES, (number, -1, HISTORY_LIMIT)), read(REFUSALS, (number,)), self._store.lifecycle)

    def _read(self) -> Row:
        """Return the row as it is now, with a progress report that is not written yet."""
        found = self._store._database.read(READ, (self._row.number,))
        if not found or found[0][1] != self._row.id:  # SQLite may give the number of a creation that was undone to another
            raise JobGone(f"{self._prefix}the job {self._row.id} was deleted")
        row = self._store._row(found[0])
        self._publish(row)
        return self._with_pending(row)

    def _known_row(self) -> Row:
        """Return the row that a change is tried on first: what is known of it, unless that may have been undone."""
        return self._row if self._store._commits else self._read()

    def _snapshot(self) -> Snapshot:
        return self._read().facts

    def _with_pending(self, row: Row) -> Row:
        pending = self._pending
        if pending is None or not takes(row.facts, pending[2]):
            return row
        return row._replace(facts=row.facts._replace(progress=pending[0], phase=pending[1]))

    # -- changing

    def _move(
        self,
        key: str | RunningStatus | None,
        mesg: str | None = None,
        attempt: int | None = None,
        report: tuple[float, str | None] | None = None,
        observed: Any = None,
    ) -> bool:
        mesg = None if mesg is None else escaped(self._checked_text("mesg", mesg))
        if attempt is None and key not in UNFENCED:
            attempt = self._held
        return self._change(lambda copy: copy._move(key, mesg, attempt, report), own=True, claim=attempt)

    def _observe(
        self, status: S, mesg: str | None, at: float | None = None, attempt: int | None = None, heard: float | None = None
    ) -> Observation:
        self._read()  # what a report is worth depends on what the job is now
        mesg = None if mesg is None else escaped(self._checked_text("mesg", mesg))
        if heard is not None:
            heard += self._store._database.drift()
        return self._change(lambda copy: copy._observe(status, mesg, at, attempt, heard))

    def _state_times(self, created: float | None, started: float | None, lasted: float | None) -> None:
        self._read()
        self._change(lambda copy: copy._state_times(created, started, lasted))

    def _change(self, act: Callable[[JobStatus[S]], T], *, own: bool = False, claim: int | None = None) -> T:
        """Do something to a copy of the job, and write what comes of it; `own` if it is by the clock of this machine."""
        row = self._known_row()
        write = self._written_between if self._listeners else self._written
        while True:
            copy, pending = self._copy(row)
            try:
                result = act(copy)
            except InvalidTransition as refusal:
                if (latest := self._read()).version != row.version:
                    row = latest
                    continue
                self._refuse(row, copy, refusal)
                raise
            if write(row, copy, own, pending, claim):
                return result
            row = self._read()

    def _as_of(self, row: Row) -> JobStatus[S]:
        """Return the job in memory, as a row has it: without its history."""
        copy: JobStatus[S] = JobStatus.__new__(JobStatus)
        copy._restore(row.facts)
        copy._name = row.name
        copy._lock = self._lock
        copy._strict = True
        copy._listeners = ()
        copy._room = HISTORY_LIMIT
        return copy

    def _copy(self, row: Row) -> tuple[JobStatus[S], tuple[float, str | None, int] | None]:
        """Return a copy in memory to try a change on, with the progress report that is yet to be written, if it is still good."""
        copy = self._as_of(row)
        pending = self._pending
        if pending is not None and takes(row.facts, pending[2]):
            copy._progress, copy._phase, _ = pending
        else:
            pending = None
            copy._progress, copy._phase = KEPT_PROGRESS, KEPT_PHASE
        return copy, pending

    def _written_between(self, row: Row, copy: JobStatus[S], own: bool, pending: object, claim: int | None) -> bool:
        """Do as `_written` does, while the watcher leaves it to this thread to call the listeners."""
        with self._lock:
            self._busy += 1
        try:
            return self._written(row, copy, own, pending, claim)
        finally:
            with self._lock:
                self._busy -= 1

    def _written(self, row: Row, copy: JobStatus[S], own: bool, pending: object, claim: int | None) -> bool:
        """Write what a change made of a copy, and call the listeners. Return False if the job has moved meanwhile."""
        database, before, tried = self._store._database, row.facts, entries(copy._history)
        moves = tried if tried and not tried[0][1].refused else []  # a step is taken or refused as a whole
        try:
            new, update, moves, started = outcome(self._store, row, copy, moves, own)
            if not moves and new.facts[:-2] == before[:-2]:  # all but the history, and when a report came
                if tried:
                    self._record(row, tried)
                if new.facts.heard is not before.heard:
                    database.write(HEAR, (new.facts.heard, row.number))
                return True
            written = database.move(update, list(map(move_columns, moves)))
        except BaseException:
            if isinstance(claim, Claim):
                self._disclaim(claim)
            raise
        if not written and isinstance(claim, Claim):
            claim.attempt = None  # who was faster has started it
        if written:
            if pending is not None and self._pending is pending:
                self._pending = None
            self._publish(new, moved=own, started=started)
            if self._listeners and moves:
                self._announce(new.version, moves)
        return written

    def _disclaim(self, claim: Claim) -> None:
        """Let a run know that its start was not written, unless it was and only the answer was lost."""
        try:
            row = self._read()
        except (StoreError, JobGone):
            claim.attempt = None
            return
        if row.facts.attempt != claim.attempt or row.worker is None or row.worker != self._store._keeper.known:
            claim.attempt = None

    def _publish(self, row: Row, *, moved: bool = False, started: bool = False) -> None:
        """Remember a row, unless a newer one is known. The object that starts an attempt holds it until it moves the job on."""
        with self._lock:
            if row.version < self._row.version and self._store._commits:
                return
            self._row = row
            if started:
                self._held = row.facts.attempt
            elif moved and row.facts.start <= PERHAPS:
                self._held = None

    # -- refusals

    def _refuse(self, row: Row, copy: JobStatus[S], refusal: InvalidTransition) -> None:
        """Record a refused attempt, and give the error the history of the job."""
        try:
            self._record(row, entries(copy._history))
            refusal.history = self.history
        except StoreError as error:  # it is refused all the same
            logger.warning("%sa refused attempt was not recorded: %s", self._prefix, error)

    def _record(self, row: Row, entries: list[Entry]) -> None:
        with self._store._database.transaction() as execute:
            for entry in entries:
                step, trigger, source, dest, at, mesg, inferred = entry[1], *move_columns(entry)
                label = trigger if step.cause is None else f"{trigger}({step.cause.name})"
                execute(
                    REFUSE, (row.number, label, self._store._database.now(), row.version, trigger, source, dest, at, mesg, inferred)
                )


def takes(facts: Snapshot, attempt: int | None) -> bool:
    """Return whether a progress report by an attempt (None: by any) leaves a job where it is, and so is not a move."""
    return facts.position.progresses and facts.start >= UNTIMED and (attempt is None or attempt == facts.attempt)
