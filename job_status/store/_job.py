"""A job of a store: what it offers beside and instead of what a `JobStatus` in memory does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from time import monotonic
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from .._facts import LOCKS
from .._history import HISTORY_LIMIT, Entry, History, Move
from .._lean import S
from .._stored import stored
from .._values import checked_attempt
from ..errors import InvalidTransition, JobGone, StoreError
from ._changing import Changing, takes
from ._record import Row, history_of
from ._statements import LABELS, MOVES, REFUSED_TIMES, REPORT
from ._texts import escaped

if TYPE_CHECKING:
    from .._status import JobStatus
    from ._store import JobStore

    Self = TypeVar("Self", bound="StoredJob[Any]")

__all__ = ["StoredJob"]

logger = logging.getLogger("job_status")


class StoredJob(Changing[S]):
    """A job of a `JobStore`, with the interface of `JobStatus`: another process may move it, and a machine may fail, at any time.

    Each property reads the database once, so that it is never older than the call; `to_dict()` gives all that is known at one
    moment. Triggers raise what those of `JobStatus` do, `StoreError` if the database fails, and `JobGone` if the job was deleted.

    The object that starts an attempt speaks for it from then on: if the job is given to another, its `update_progress`, `stop_run`
    and whatever else belongs to the attempt are `Superseded`. Progress reports are written at most ten times a second; the
    latest is written as the job moves, a moment later, or as the process exits. A report that comes too late is refused when it
    is written: in the call itself, unless one was written a moment before.

    Times are those of the database's clock. Intervals are measured by the monotonic clock where they begin and end in one boot of
    one machine, else by the database's clock. Of refused attempts the database keeps the number and the latest of each kind.

    A pickle or copy is another object for the same job. It holds the URL without the password, which the other side has to have in
    a store that is open there, or where libpq looks for it (PGPASSWORD, ~/.pgpass).
    """

    __slots__ = ("_due", "_reported_last", "_told_version")

    if TYPE_CHECKING:
        #: when the next progress report may be written, by the monotonic clock
        _due: float
        #: how far the listeners were called: the version, and the progress report
        _told_version: int
        _reported_last: tuple[float, str | None]

    def __init__(self, *_arguments: object, **_options: object) -> None:
        raise TypeError(
            "a StoredJob is a row of a database: a store makes it by create(...), and finds it by get(...) and list(...)"
        )

    @classmethod
    def _of(cls: type[Self], store: JobStore[Any], row: Row) -> Self:
        job = cls.__new__(cls)
        job._store, job._row, job._name = store, row, row.name
        job._lock, job._strict, job._listeners, job._room = next(LOCKS), True, (), HISTORY_LIMIT
        job._held = job._pending = None
        job._due, job._busy = 0.0, 0
        job._told_version, job._reported_last = row.version, (row.facts.progress, row.facts.phase)
        return job

    # -- reading

    @property
    def id(self) -> str:
        """What the job is found by, on any machine."""
        return self._row.id

    @property
    def store(self) -> JobStore[S]:
        """The store that the job is in."""
        return self._store

    @property
    def _teller(self) -> JobStore[S]:
        return self._store

    @property
    def labels(self) -> dict[str, str]:
        """The labels that the job was created with."""
        return dict(self._store._database.read(LABELS, (self._row.number,)))

    @property
    def refusals(self) -> dict[str, int]:
        """How many attempts at a move were refused, by the columns of the transition table: `stop_run(ERROR)`."""
        return dict(self._store._database.read(REFUSED_TIMES, (self._row.number,)))

    @property
    def history(self) -> History[S]:
        """The latest 64 moves, oldest first, and of each kind of refused attempts the latest."""
        return History(self._past())

    def to_dict(self, *, history: bool = True) -> dict[str, Any]:
        """Return all that is known of the job, as `JobStatus.to_dict` does, for `JobStatus.from_dict`."""
        while True:
            row = self._read()
            if not history:
                return stored(row.facts, row.name, history)
            past = self._past()
            if self._read().version == row.version:  # or the history may have a move that the facts do not
                return stored(row.facts._replace(history=past), row.name, history)

    def _seen(self) -> JobStatus[S]:
        """Return the job in memory, without its history, as it was when it was last read or moved by this object."""
        return self._as_of(self._row)

    # -- progress

    def update_progress(self, progress: float, phase: str | None = None, attempt: int | None = None) -> bool:
        """Report progress, as `JobStatus.update_progress` does; it is written at once, or with those that follow in a moment."""
        try:
            progress, phase = self._checked_report(progress, phase)
        except (TypeError, ValueError) as error:
            return self._refused(error)
        attempt = self._held if attempt is None else checked_attempt(attempt, self._prefix)
        report = progress, None if phase is None else escaped(phase)
        facts = self._row.facts
        if monotonic() < self._due and takes(facts, attempt):
            self._pending = *report, facts.attempt
            self._store._keeper.flush_later(self, self._due)
        else:
            self._report(report, attempt)
        if self._listeners:
            self._tell_progress()
        return True

    def _report(self, report: tuple[float, str | None], attempt: int | None) -> None:
        """Write a progress report, and see by that whether the job is still what it was."""
        row = self._known_row()
        while takes(row.facts, attempt):
            if self._store._database.write(REPORT, (*report, row.number, row.version)):
                self._due = monotonic() + self._store._progress_interval
                self._pending, self._reported_last = None, report
                return
            row = self._read()
        self._pending = None
        self._change(lambda copy: copy.update_progress(*report, attempt=attempt), own=True)
        self._reported_last = report
        self._due = monotonic() + self._store._progress_interval

    def _flush(self) -> None:
        """Write the progress report that waits, if one does."""
        pending = self._pending
        if pending is not None:
            try:
                self._report(pending[:2], pending[2])
            except (InvalidTransition, JobGone) as refusal:
                self._pending = None
                logger.info("a late progress report: %s", refusal)

    # -- listeners

    def subscribe(self, listener: Callable[[Any, Move[S]], object], *, progress: bool = False) -> Callable[[], None]:
        """Call `listener(job, move)` after each move, by whatever process it was made.

        Moves made through this object are reported in the thread that made them; others by a thread of the store, in the order in
        which they were made, soon after, as are progress reports of other processes with `progress`.
        """
        watcher = self._store._watcher
        if not self._listeners:
            row = self._read()
            self._told_version, self._reported_last = row.version, (row.facts.progress, row.facts.phase)
        undo = super().subscribe(listener, progress=progress)
        watcher.add(self)

        def unsubscribe() -> None:
            undo()
            if not self._listeners:
                self._store._watcher.discard(self)

        return unsubscribe

    def _announce(self, version: int, moves: list[Entry]) -> None:
        """Call the listeners after moves that led to a version, and after any before those that they have not been called for."""
        with self._lock:
            told, self._told_version = self._told_version, max(self._told_version, version)
        if told == version - len(moves):
            past = [(None, *entry[1:]) for entry in moves]
            self._tell(self._each([move for entry in past for move in History(entry)]))
        elif told < version:
            try:
                found = self._store._database.read(MOVES, (self._row.number, told, HISTORY_LIMIT))
            except StoreError:
                with self._lock:
                    self._told_version = min(self._told_version, told)
                raise
            # Those made since the version was read are reported with the next one.
            found = [row for row in found if row[0] <= version]
            self._tell(self._each(move for move in History(history_of(found, (), self.lifecycle))))

    def _each(self, moves: Any) -> Iterator[tuple[Any, Move[Any]]]:
        listeners = [listener for listener, _ in self._listeners]
        return iter([(listener, move) for move in moves for listener in listeners])

    def _catch_up(self, version: int, report: tuple[float, str | None]) -> bool:
        """Call the listeners for what others have done to the job. Return False if that has to wait for a move of this object."""
        if self._busy:
            return False
        last, self._reported_last = self._reported_last, report
        if version > self._told_version:
            self._announce(version, [])
        elif report != last and self._pending is None:
            self._tell_progress()
        return True

    # -- values

    def again(self: Self) -> Self:
        """Return a new job of the store for the next attempt at a completed one, with its name and labels.

        Raises `InvalidTransition` if the job is not over.
        """
        copy, _ = self._copy(self._read()._replace())
        try:
            new = copy.again()
        except InvalidTransition as refusal:
            refusal.history = self.history
            raise
        return self._store._add(new._snapshot(), self._name, self.labels)  # type: ignore[return-value]  # it makes what it is

    @classmethod
    def from_dict(cls, data: Any, **options: Any) -> NoReturn:
        raise TypeError("a StoredJob is a row of a database, and is not restored from values: JobStatus.from_dict(...) is")

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        from ._store import attached  # which imports this module

        return attached, (*self._store._address(), self._row.id)

    def __copy__(self: Self) -> Self:
        return self._of(self._store, self._row)

    def __deepcopy__(self: Self, _memo: Any) -> Self:
        return self._of(self._store, self._row)
