"""SQLite, by the standard library: one file, any number of processes of one machine."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Event
from time import monotonic, sleep, time
from typing import Any

from ..errors import StoreError
from ._database import Execute, Values
from ._mounts import network_of
from ._pool import Here, Pool
from ._statements import MOVE, RECORD, STEP, STEPS, numbered

__all__ = ["SQLite", "explained", "move"]

#: how long to wait before looking for changes again: at first, and at most
FIRST_PAUSE, LONGEST_PAUSE = 0.002, 0.25

#: by the primary code of the error: what is wrong, and what to do
REMEDIES = {
    sqlite3.SQLITE_BUSY: "another process has kept the database locked for {timeout:g} s; end it, or wait longer (timeout=)",
    sqlite3.SQLITE_READONLY: "the database is read-only; make its file and its folder writable for this user",
    sqlite3.SQLITE_FULL: "the disk is full; nothing was written. Make room and try again",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened; its folder must exist, and this user must be able to write to it",
    sqlite3.SQLITE_NOTADB: "this file is not an SQLite database; name another one",
    sqlite3.SQLITE_CORRUPT: "the database is damaged; restore it from a backup",
    sqlite3.SQLITE_IOERR: "the disk reports an error; nothing was written. Look at the system's log",
}


def explained(error: sqlite3.Error, what: str, timeout: float) -> StoreError:
    """Return an error of SQLite as one that says what to do."""
    code = getattr(error, "sqlite_errorcode", None)
    remedy = None if code is None else REMEDIES.get(code & 0xFF)
    return StoreError(f"{what}: {remedy.format(timeout=timeout)} ({error})" if remedy else f"{what}: {error}")


def move(execute: Execute, update: Values, records: Sequence[Values]) -> bool:
    """Make a guarded move and record it, in a transaction; return False if the job has another version by now."""
    if execute(MOVE, update).rowcount != 1:
        return False
    for values in numbered(update, records):
        execute(RECORD, values)
    return True


class SQLite:
    """A database in a file. `durable` has each move survive a power failure, at the cost of waiting for the disk."""

    number = "INTEGER PRIMARY KEY AUTOINCREMENT"
    alone: str | None = None

    def __init__(self, path: str, timeout: float, durable: bool) -> None:
        self._path = path
        self._timeout = timeout
        self._durable = durable
        self._pool: Pool[sqlite3.Connection] = Pool(self._connect)

    def has_jobs(self) -> bool:
        if not os.path.exists(self._path):
            return False
        try:
            with closing(sqlite3.connect(f"{Path(self._path).as_uri()}?mode=ro", uri=True)) as connection:
                found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'job_status_meta'").fetchone()
        except sqlite3.Error:
            return True  # whoever connects explains that
        return found is not None

    def _connect(self) -> sqlite3.Connection:
        if network := network_of(self._path):
            raise StoreError(
                f"{self._path} is on {network}, where SQLite cannot lock files reliably; "
                "use a local disk, or PostgreSQL for several machines"
            )
        with suppress(OSError):  # it exists, or SQLite says better why it cannot
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))  # for its owner alone
        connection = None
        try:
            connection = sqlite3.connect(self._path, timeout=self._timeout, isolation_level=None, check_same_thread=False)
            self._prepare(connection)
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            raise explained(error, self._path, self._timeout) from error
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        deadline = monotonic() + self._timeout
        while True:  # of processes that switch a new file to WAL at once, all but one are refused without a wait
            try:
                connection.execute("PRAGMA journal_mode = WAL").fetchone()
                break
            except sqlite3.OperationalError as error:  # pragma: no cover  # as it happens
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > deadline:
                    raise
                sleep(FIRST_PAUSE)
        connection.execute(f"PRAGMA synchronous = {'FULL' if self._durable else 'NORMAL'}")
        for statement in STEPS:
            connection.execute(statement)

    def read(self, statement: str, values: Values = ()) -> list[tuple[object, ...]]:
        connection = self._pool.take()
        try:
            return connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise explained(error, self._path, self._timeout) from error
        finally:
            self._pool.give(connection)

    def among(self, statement: str, numbers: Sequence[int]) -> list[tuple[object, ...]]:
        condition = "number IN (SELECT value FROM json_each(?))"  # there may be more than there can be parameters
        return self.read(statement.replace("AMONG", condition), (json.dumps(numbers),))

    def write(self, statement: str, values: Values) -> int:
        pool = self._pool
        here = pool.here
        with here.lock:  # as in Writing; but nothing comes between the parts of one call, so that a signal handler may write, too
            refuse_within(here)
            connection = here.idle.pop() if here.idle else pool.take()
            try:
                return connection.execute(statement, values).rowcount
            except sqlite3.Error as error:
                raise explained(error, self._path, self._timeout) from error
            finally:
                pool.give(connection)

    @contextmanager
    def transaction(self) -> Iterator[Execute]:
        with Writing(self) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection.execute
            connection.execute("COMMIT")

    def move(self, update: tuple[Any, ...], records: Sequence[tuple[Any, ...]]) -> bool:
        if len(records) != 1:
            with self.transaction() as execute:
                return move(execute, update, records)
        try:
            self.write(STEP, update + records[0])
        except StoreError as error:
            if getattr(error.__cause__, "sqlite_errorcode", None) == sqlite3.SQLITE_CONSTRAINT_TRIGGER:
                return False
            raise
        return True

    def move_many(self, moves: Sequence[tuple[tuple[Any, ...], tuple[Any, ...]]]) -> list[bool]:
        with self.transaction() as execute:
            return [move(execute, update, [record]) for update, record in moves]

    def now(self) -> float:
        return time()  # there is one machine, whose clock is the database's

    def drift(self) -> float:
        return 0.0

    def changes(self) -> SQLiteChanges:
        return SQLiteChanges(self._connect(), self._path, self._timeout)

    def close(self) -> None:
        self._pool.close()


def refuse_within(here: Here[sqlite3.Connection]) -> None:
    """Raise `StoreError` if this thread, which is the one that writes, is in the middle of a transaction."""
    if here.writing:
        raise StoreError("a signal handler or finalizer cannot change a job while the thread that it interrupts changes one")


class Writing:
    """Lends a connection to the one thread that writes. What it has not committed is undone if anything is raised."""

    __slots__ = ("_connection", "_database", "_here")

    def __init__(self, database: SQLite) -> None:
        self._database = database

    def __enter__(self) -> sqlite3.Connection:
        pool = self._database._pool
        self._here = here = pool.here
        here.lock.acquire()  # threads queue here rather than at the file, where waiting is a matter of luck
        try:
            refuse_within(here)
            self._connection = connection = pool.take()
            here.writing = True
        except BaseException:
            here.lock.release()
            raise
        return connection

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> None:
        here, connection, database = self._here, self._connection, self._database
        try:
            if error is not None and connection.in_transaction:
                connection.rollback()
        finally:
            here.writing = False
            database._pool.give(connection)
            here.lock.release()
        if isinstance(error, sqlite3.Error):
            raise explained(error, database._path, database._timeout) from error


class SQLiteChanges:
    """Looks at a number that changes with every commit of another connection, less and less often while it does not."""

    def __init__(self, connection: sqlite3.Connection, path: str, timeout: float) -> None:
        self._connection = connection
        self._path, self._timeout = path, timeout
        self._interrupted = Event()
        self._version = self._look()
        self._pause = FIRST_PAUSE

    def _look(self) -> int:
        try:
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error as error:
            raise explained(error, self._path, self._timeout) from error

    def wait(self, seconds: float) -> bool:
        deadline = monotonic() + seconds
        while (rest := deadline - monotonic()) > 0.0:
            if self._interrupted.wait(min(self._pause, rest)):
                self._interrupted.clear()
                self._pause = FIRST_PAUSE
                return True
            version = self._look()
            if version != self._version:
                self._version, self._pause = version, FIRST_PAUSE
                return True
            self._pause = min(1.5 * self._pause, LONGEST_PAUSE)
        return False

    def interrupt(self) -> None:
        self._interrupted.set()

    def close(self) -> None:
        self._connection.close()


def path_of(rest: str) -> str:
    """Return the absolute path that follows `sqlite:` in a URL: `///jobs.db` is relative, `////var/jobs.db` absolute."""
    path = rest.removeprefix("///")
    if path == rest or path in ("", ":memory:"):
        raise ValueError(
            "the URL of an SQLite store is sqlite:///jobs.db, or sqlite:////var/lib/jobs.db with an absolute path; "
            "for jobs in memory there is JobStatus"
        )
    return str(Path(path).absolute())
