"""The store: jobs that are rows of a database, made, found, counted and deleted."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from secrets import token_hex
from typing import TYPE_CHECKING, Any, overload
from weakref import WeakValueDictionary

from .._lean import S
from .._lifecycle import JOB_LIFECYCLE, Lifecycle
from .._rows import RunningStatus
from .._status import JobStatus
from .._values import checked_seconds, shown
from ._bulk import request_cancel
from ._finding import Finding, Jobs
from ._job import StoredJob
from ._keeper import Keeper
from ._opening import lifecycle_in, opened
from ._reaping import reap
from ._record import Row, columns, facts_of
from ._statements import CREATE, LABEL
from ._texts import checked, checked_labels, escaped
from ._urls import database_of, parsed
from ._watcher import Watcher

if TYPE_CHECKING:
    from types import TracebackType

    from .._facts import Snapshot
    from ._database import Database

__all__ = ["JobStore"]

#: the stores that are open, for the jobs that are unpickled
_open: WeakValueDictionary[tuple[Any, ...], JobStore[Any]] = WeakValueDictionary()


class JobStore(Finding[S]):
    """Jobs in a database: `sqlite:///jobs.db` (a path; `////` begins an absolute one), or `postgresql://user@host/name`.

    The first store of a database makes its tables. All of its jobs have one lifecycle, which the database records: a store with
    another is refused, unless it only adds statuses and moves. A store may be used by any number of threads and processes; a fork
    and a pickled job open connections of their own. `close()` it, or use it in a `with` block.

    A database that another keeps locked is waited for, for `timeout` seconds. `durable` makes SQLite wait for the disk with each
    move, so that it survives a power failure; the end of a process never loses one. Progress is written once in
    `progress_interval` seconds at most. A process that has started a job shows every `beat` seconds that it is alive, see `reap`.

    Raises `ValueError` if the URL is none of a store, and `StoreError` if the database cannot be used.
    """

    #: whether what it writes is committed at once
    _commits = True

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: JobStore[RunningStatus],
            url: str,
            *,
            timeout: float = 30.0,
            durable: bool = False,
            progress_interval: float = 0.1,
            beat: float = 10.0,
        ) -> None: ...
        @overload
        def __init__(
            self,
            url: str,
            lifecycle: Lifecycle[S],
            *,
            timeout: float = 30.0,
            durable: bool = False,
            progress_interval: float = 0.1,
            beat: float = 10.0,
        ) -> None: ...

    def __init__(
        self,
        url: str,
        lifecycle: Any = JOB_LIFECYCLE,
        *,
        timeout: float = 30.0,
        durable: bool = False,
        progress_interval: float = 0.1,
        beat: float = 10.0,
    ) -> None:
        if not isinstance(lifecycle, Lifecycle):
            raise TypeError(f"the lifecycle of a store must be a Lifecycle, not {shown(lifecycle)}")
        self.lifecycle: Lifecycle[S] = lifecycle
        #: where the database is; without the password
        self.url, secret = parsed(url)
        self._options = {"timeout": timeout, "durable": durable, "progress_interval": progress_interval, "beat": beat}
        for name in ("timeout", "progress_interval", "beat"):
            if checked_seconds(name, self._options[name]) is None or self._options[name] < 0.0:
                raise ValueError(f"{name} must be a number of seconds from 0, not {shown(self._options[name])}")
        self._progress_interval = progress_interval
        self._database: Database = database_of(self.url, secret, timeout, durable)
        self._keeper_here = Keeper(self._database, beat)
        self._watcher_here = Watcher(self._database)
        try:
            opened(self._database, lifecycle, self.url)
        except BaseException:
            self._database.close()
            raise
        _open[self._address()[:2]] = self

    @classmethod
    def existing(cls, url: str, **options: Any) -> JobStore[Any]:
        """Open a database that has jobs, whatever their lifecycle: it is the one that the database records.

        Its statuses are members of an Enum that is made for them, unless they are those of `RunningStatus`. The options are those
        of `JobStore`. Raises `StoreError` if there are no jobs, and makes no database.
        """
        address, secret = parsed(url)
        database = database_of(address, secret, options.get("timeout", 30.0), durable=False)
        try:
            lifecycle = lifecycle_in(database, address)
        finally:
            database.close()
        return cls(url, lifecycle, **options)

    def __repr__(self) -> str:
        return f"<JobStore {self.url}>"

    def __enter__(self) -> JobStore[S]:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Write what is late, and close the connections. The jobs of the store cannot be used any more."""
        self._watcher.close()
        self._keeper.close()
        self._database.close()
        if _open.get(self._address()[:2]) is self:
            del _open[self._address()[:2]]

    # -- jobs

    def create(self, name: str | None = None, labels: Mapping[str, str] | None = None) -> StoredJob[S]:
        """Create a job. By its labels, texts with a name each, jobs are found and told apart."""
        job = JobStatus(lifecycle=self.lifecycle, name=None if name is None else checked("the name of a job", name))
        facts, drift = job._snapshot(), self._database.drift()
        started = facts.started and facts.started + drift
        halted = facts.halted and facts.halted + drift
        return self._add(facts._replace(created=facts.created + drift, started=started, halted=halted), name, labels)

    def _add(self, facts: Snapshot, name: str | None, labels: Mapping[str, str] | None) -> StoredJob[S]:
        found, job_id = checked_labels(labels), token_hex(16)
        worker = self._worker() if facts.attempt and not facts.position.final and facts.started is not None else None
        with self._database.transaction() as execute:
            values = (job_id, name, *columns(facts), self._database.now(), worker)
            number = execute(CREATE, values).fetchone()[0]
            for label in found.items():
                execute(LABEL, (*label, number))
        return StoredJob._of(self, Row(number, job_id, name, 0, worker, facts))

    def request_cancel(
        self,
        mesg: str | None = None,
        *,
        status: S | None = None,
        meaning: RunningStatus | None = None,
        name: str | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> tuple[StoredJob[S], ...]:
        """Request the cancel of every job that can still be asked, and return those that were, the newest first.

        Of those that `list` would find by the same filters; without any, of all. Jobs that are over, that were asked before, or
        that somebody moves out of the filter meanwhile are not among them. A thousand jobs at most are asked in one transaction:
        if the database fails in between, some have been, and a second call asks the others.
        """
        if not isinstance(mesg, str | None):
            raise TypeError(f"mesg must be a str or None, not {shown(mesg)}")
        lifecycle, wanted = self.lifecycle, self._wanted(status, meaning)
        names = [one.name for one in lifecycle.statuses if "request_cancel" in lifecycle.triggers(one)]
        names = [one for one in names if wanted is None or one in wanted]
        return tuple(request_cancel(self, escaped(mesg), self._matching(names, name, labels), names))

    # -- lost workers

    def reap(self, stale_after: float = 60.0, lost_after: float = 600.0, trigger: str | None = None) -> Jobs[S]:
        """Move the jobs whose worker was lost, and return them: a process that started them and has not shown itself since.

        After `stale_after` seconds without a sign of life a job becomes UNKNOWN, and its worker may still go on with it. Once it
        has been that for `lost_after` seconds, or where the lifecycle has no such status, it ends: CANCELED if that was
        requested, else in ERROR ("worker lost"); or `trigger` is fired, a requeue say. A request to cancel that nobody has run
        for as long ends CANCELED as well. Any number of processes may call this; the database's clock decides.
        """
        for what, seconds in (("stale_after", stale_after), ("lost_after", lost_after)):
            if (checked_seconds(what, seconds) or -1.0) < 0.0 and seconds != 0:
                raise ValueError(f"{what} must be a number of seconds from 0, not {shown(seconds)}")
        if trigger is not None:
            self.lifecycle.column(trigger)  # a ValueError that names the triggers
        return reap(self, stale_after, lost_after, trigger)

    # -- in a transaction of somebody else's

    def on(self, connection: Any) -> JobStore[S]:
        """Return this store within the transaction of another: what is done to jobs there commits, or is undone, with the rest.

        `connection` is one of sqlite3 or psycopg to the same database, or SQLAlchemy's `Connection` or `Session` over one. It is
        never begun, committed or rolled back here. Its jobs belong to that transaction: progress is written at once, and they are
        not listened to or waited for. After the commit, `get` them from this store; after a rollback, what they say is void.
        A conflict with another transaction is a `StoreError`: roll back, and do it all again.

        Raises `TypeError` if it is no such connection, and `StoreError` if there is no transaction, or in another database.
        """
        from ._on import HostStore  # which imports this module

        return HostStore(self, connection)

    # -- for its jobs

    def _row(self, values: Any) -> Row:
        number, job_id, name, version, worker, *facts = values
        return Row(number, job_id, name, version, worker, facts_of(facts, self.lifecycle, self._database.now()))

    @property
    def _keeper(self) -> Keeper:
        if self._keeper_here.pid != os.getpid():
            self._keeper_here = Keeper(self._database, self._options["beat"])
        return self._keeper_here

    @property
    def _watcher(self) -> Watcher:
        if self._watcher_here.pid != os.getpid():
            self._watcher_here = Watcher(self._database)
        return self._watcher_here

    def _worker(self) -> str:
        """Return what this process is called among the workers."""
        return self._keeper.worker()

    def _address(self) -> tuple[Any, ...]:
        """Return what a pickled job finds its store by: the URL without the password, the lifecycle, and the options."""
        return self.url, self.lifecycle, tuple(self._options.items())


def attached(url: str, lifecycle: Lifecycle[Any], options: Iterable[tuple[str, Any]], job_id: str) -> StoredJob[Any]:
    """Return the job that a pickle stands for, in the store that is open for it, or else in one that is opened."""
    store = _open.get((url, lifecycle))
    if store is None:
        store = JobStore(url, lifecycle, **dict(options))
    return store.get(job_id)
