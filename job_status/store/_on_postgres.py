"""PostgreSQL within a transaction of the host."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from .._values import shown
from ..errors import StoreError
from ._database import CONFLICT, Database, Execute, Values
from ._postgres import Postgres, move, move_many, written

__all__ = ["host_postgres"]


def host_postgres(own: Any, host: Any) -> Database:
    """Return the database of a store, by the connection of a `Host`."""
    if not isinstance(host.driver, psycopg.Connection):
        raise TypeError(
            f"on(...) of a store in PostgreSQL takes a connection of psycopg 3, or SQLAlchemy's over one, not {shown(host.given)}"
        )
    return HostPostgres(own, host)


class HostPostgres(Postgres):
    """The connection of a host to the database of a store."""

    def __init__(self, own: Postgres, host: Any) -> None:
        self._own, self._host = own, host
        self._url = own._url

    @contextmanager
    def transaction(self) -> Iterator[Execute]:
        try:
            yield self._execute
        except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable) as error:
            raise StoreError(f"{self._url}: {CONFLICT} ({_line(error)})") from error
        except psycopg.Error as error:
            raise StoreError(f"{self._url}: {_line(error)}") from error

    def _execute(self, statement: str, values: Values = ()) -> Any:
        return self._cursor().execute(written(statement), values)

    def _cursor(self) -> psycopg.Cursor[tuple[Any, ...]]:
        self._host.check(self._url)
        connection: psycopg.Connection[Any] = self._host.driver
        if connection.autocommit and connection.info.transaction_status == TransactionStatus.IDLE:
            raise StoreError(f"{self._url}: the connection commits each statement; begin a transaction first")
        return psycopg.Cursor(connection, row_factory=tuple_row)  # the host's may make rows of another kind

    def read(self, statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
        with self.transaction() as execute:
            rows: list[tuple[Any, ...]] = execute(statement, values).fetchall()
            return rows

    def write(self, statement: str, values: Values) -> int:
        with self.transaction() as execute:
            return int(execute(statement, values).rowcount)

    def move(self, update: Values, records: Sequence[Values]) -> bool:
        with self.transaction() as execute:
            return move(execute, update, records)

    def move_many(self, moves: Sequence[tuple[tuple[Any, ...], tuple[Any, ...]]]) -> list[bool]:
        with self.transaction():
            return move_many(self._cursor(), moves)

    def now(self) -> float:
        return self._own.now()


def _line(error: psycopg.Error) -> str:
    return " ".join(str(error).split())
