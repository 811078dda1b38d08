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

    def __init__(self, own: JobStore[S], connection: Any) -> None:
        self._own = own
        self.lifecycle, self.url, self._options = own.lifecycle, own.url, own._options
        self._progress_interval = 0.0
        self._database = _host_database(own._database, _driver_connection(connection), connection)
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


def _driver_connection(connection: Any) -> Any:
    """Return the connection of the driver: of SQLAlchemy's `Session`, `Connection`, or what is one itself."""
    inner = getattr(connection, "connection", None)  # of a Session it is a method
    if callable(inner):
        inner = inner().connection
    return getattr(inner, "driver_connection", connection)


def _host_database(own: Database, driver: Any, given: Any) -> Database:
    if isinstance(own, SQLite):
        if not isinstance(driver, sqlite3.Connection):
            raise TypeError(
                f"on(...) of a store in SQLite takes a connection of sqlite3, or SQLAlchemy's over one, not {shown(given)}"
            )
        return HostSQLite(own, driver)
    from ._on_postgres import host_postgres  # it needs psycopg

    return host_postgres(own, driver, given)


class HostSQLite(SQLite):
    """A connection of somebody else's to the database of a store."""

    def __init__(self, own: SQLite, connection: sqlite3.Connection) -> None:
        super().__init__(own._path, own._timeout, own._durable)
        self._connection = connection

    @contextmanager
    def transaction(self) -> Iterator[Execute]:
        try:
            yield self._execute
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise StoreError(f"{self._path}: {CONFLICT} ({error})") from error
            raise StoreError(f"{self._path}: {error}") from error
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: {error}") from error

    def _execute(self, statement: str, values: Values = ()) -> sqlite3.Cursor:
        connection = self._connection
        autocommit = getattr(connection, "autocommit", -1)  # new in Python 3.12; -1 goes by the isolation level
        if not connection.in_transaction and (autocommit is True or (autocommit == -1 and connection.isolation_level is None)):
            raise StoreError(f"{self._path}: the connection commits each statement; begin a transaction first")
        cursor = connection.cursor()
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
