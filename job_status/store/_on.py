"""A store within a transaction of its host: the host begins and commits, and its own rows and the jobs change together."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .._lean import S
from .._values import shown
from ..errors import StoreError
from ._database import CONFLICT, Execute, Values
from ._opening import check
from ._sqlite import SQLite, move
from ._store import JobStore

if TYPE_CHECKING:
    from ._database import Database
    from ._keeper import Keeper
    from ._watcher import Watcher

__all__ = ["HostStore"]


class HostStore(JobStore[S]):
    """What `JobStore.on` returns."""

    _commits = False

    def __init__(self, own: JobStore[S], connection: Any) -> None:
        self._own = own
        self.lifecycle, self.url, self._options = own.lifecycle, own.url, own._options
        self._progress_interval = 0.0
        self._database = _host_database(own._database, Host(connection))
        check(self._database, self.lifecycle, f"the connection to {self.url}")

    def __repr__(self) -> str:
        return f"<JobStore {self.url} in a transaction>"

    def close(self) -> None:
        """Do nothing: the connection is the host's."""

    @property
    def _keeper(self) -> Keeper:
        return self._own._keeper

    @property
    def _watcher(self) -> Watcher:
        raise StoreError("a job in a transaction is not listened to or waited for; get it from the store after the commit")

    def _worker(self) -> str:
        # Through a connection of its own, SQLite would wait for the host's transaction to end.
        return self._keeper.worker(self._database)


class Host:
    """A connection of a host: of the driver, or SQLAlchemy's `Connection` or `Session` over one."""

    def __init__(self, given: Any) -> None:
        self.given = given
        inner = getattr(given, "connection", None)  # of a Session it is a method, which begins a transaction
        if callable(inner):
            inner = inner().connection
        self.driver: Any = getattr(inner, "driver_connection", given)
        #: what tells SQLAlchemy's transaction from the next one; None if there is none, or no SQLAlchemy
        self._transaction = self._current()

    def _current(self) -> Any:
        ask = getattr(self.given, "get_transaction", None)
        return ask() if callable(ask) else self

    def check(self, where: str) -> None:
        """Raise `StoreError` if the transaction is over, in which case the connection may be somebody else's by now."""
        if self._transaction is None:
            raise StoreError(f"{where}: there is no transaction; begin one first, as by engine.begin()")
        if self._current() is not self._transaction:
            raise StoreError(f"{where}: the transaction is over; take its jobs from the store, or from on(...) of the next one")


def _host_database(own: Database, host: Host) -> Database:
    if isinstance(own, SQLite):
        if not isinstance(host.driver, sqlite3.Connection):
            raise TypeError(
                f"on(...) of a store in SQLite takes a connection of sqlite3, or SQLAlchemy's over one, not {shown(host.given)}"
            )
        return HostSQLite(own, host)
    from ._on_postgres import host_postgres  # it needs psycopg

    return host_postgres(own, host)


class HostSQLite(SQLite):
    """The connection of a host to the database of a store."""

    def __init__(self, own: SQLite, host: Host) -> None:
        super().__init__(own._path, own._timeout, own._durable)
        self._host = host

    @contextmanager
    def transaction(self) -> Iterator[Execute]:
        try:
            yield self._execute
        except sqlite3.Error as error:
            is_conflict = getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            raise StoreError(f"{self._path}: {CONFLICT} ({error})" if is_conflict else f"{self._path}: {error}") from error

    def _execute(self, statement: str, values: Values = ()) -> sqlite3.Cursor:
        self._host.check(self._path)
        connection: sqlite3.Connection = self._host.driver
        autocommit = getattr(connection, "autocommit", -1)  # new in Python 3.12; -1 goes by the isolation level
        if not connection.in_transaction and (autocommit is True or (autocommit == -1 and connection.isolation_level is None)):
            raise StoreError(f"{self._path}: the connection commits each statement; begin a transaction first")
        cursor = sqlite3.Cursor(connection)  # the host's may make rows of another kind
        cursor.row_factory = None
        return cursor.execute(statement, values)

    def read(self, statement: str, values: Values = ()) -> list[tuple[object, ...]]:
        with self.transaction() as execute:
            rows: list[tuple[object, ...]] = execute(statement, values).fetchall()
            return rows

    def write(self, statement: str, values: Values) -> int:
        with self.transaction() as execute:
            return int(execute(statement, values).rowcount)

    def move(self, update: Values, records: Sequence[Values]) -> bool:
        with self.transaction() as execute:
            return move(execute, update, records)
