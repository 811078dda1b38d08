"""PostgreSQL, by psycopg 3: any number of machines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from select import select
from socket import socketpair
from threading import BoundedSemaphore
from time import monotonic, time
from typing import TYPE_CHECKING, Any

from ..errors import StoreError
from ._database import Execute, Values
from ._pool import Pool
from ._statements import MOVE, MOVE_IF_FREE, RECORD, numbered

try:
    import psycopg
except ImportError as error:
    raise StoreError("a store in PostgreSQL needs psycopg: pip install 'job_status[postgres]'") from error

if TYPE_CHECKING:
    Connection = psycopg.Connection[tuple[Any, ...]]

__all__ = ["Postgres", "move", "move_many", "written"]

#: how many connections a process has at most, beside the one that listens
MOST_CONNECTIONS = 8
#: after how many seconds the clocks are compared again, or when this machine's clocks differ by so many: it slept, or was set
CLOCK_AGAIN, CLOCKS_DIFFER = 60.0, 0.5
#: what a committed move sends to those who wait
CHANNEL = "job_status"
#: Guarded by versions, no transaction needs more isolation, and none fails for want of it. A page of a label is read from its
#: newest job on: a merge would read all newer jobs on its way.
SETTINGS = (
    "SELECT set_config('lock_timeout', %s, false), set_config('default_transaction_isolation', 'read committed', false), "
    "set_config('enable_mergejoin', 'off', false), set_config('enable_hashjoin', 'off', false)"
)
#: whoever makes the tables holds this lock: of processes that create one at once, all but one would fail
TABLES_LOCK = 0x6A6F62


@lru_cache
def written(statement: str) -> str:
    """Return a statement as psycopg takes it."""
    return statement.replace("?", "%s")


def and_record(update: str, returned: str) -> str:
    """Return a move and its record as one statement, which is one message to the server."""
    return (
        f"WITH moved AS ({written(update)} RETURNING number) "  # noqa: S608  # only our own statements
        "INSERT INTO job_status_move (job, version, trigger_name, source, dest, at, mesg, inferred) "
        f"SELECT number, %s, %s, %s, %s, %s::double precision, %s, %s FROM moved RETURNING {returned}"
    )


#: with the announcement of the move it is a transaction; one of many moves is announced with the others
MOVE_AND_RECORD = and_record(MOVE, f"pg_notify('{CHANNEL}', job::text)")
MOVE_ONE_OF_MANY = and_record(MOVE_IF_FREE, "job")
NOTIFY = f"SELECT pg_notify('{CHANNEL}', '')"


def move(execute: Callable[[str, Values], Any], update: Values, records: Sequence[Values]) -> bool:
    """Make a guarded move, record and announce it, in a transaction; return False if the job has another version by now."""
    if execute(written(MOVE), update).rowcount == 0:
        return False
    for values in numbered(update, records):
        execute(written(RECORD), values)
    execute(NOTIFY, ())
    return True


def move_many(cursor: psycopg.Cursor[Any], moves: Sequence[tuple[tuple[Any, ...], tuple[Any, ...]]]) -> list[bool]:
    """Make moves of one step each, in a transaction, and announce them; return of each whether it was made, as `move` does."""
    cursor.executemany(MOVE_ONE_OF_MANY, [(*update, update[0], *record) for update, record in moves], returning=True)
    made = [cursor.rowcount == 1]
    while cursor.nextset():
        made.append(cursor.rowcount == 1)
    cursor.execute(NOTIFY)
    return made


class Postgres:
    """A database of a server. `timeout` is how long to wait for a connection, and for others who hold a job."""

    number = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    alone: str | None = f"SELECT pg_advisory_xact_lock({TABLES_LOCK})"

    def __init__(self, url: str, password: str | None, timeout: float) -> None:
        self._url = url
        self._password = password
        self._timeout = timeout
        self._pool: Pool[Connection] = Pool(self._connect, MOST_CONNECTIONS)
        self._free = BoundedSemaphore(MOST_CONNECTIONS)
        self._free_in = self._pool.here.pid
        #: what the database's clock showed, and this machine's two at the same time
        self._clocks: tuple[float, float, float] | None = None

    def has_jobs(self) -> bool:
        return True  # to connect changes nothing

    def _connect(self, then: str | None = None) -> Connection:
        options: dict[str, Any] = {} if self._password is None else {"password": self._password}
        wait = max(1, round(self._timeout))
        try:
            connection = psycopg.connect(self._url, autocommit=True, connect_timeout=wait, application_name="job_status", **options)
            connection.execute(SETTINGS, (f"{round(1000 * self._timeout)}ms",))
            if then is not None:
                connection.execute(then)
        except psycopg.Error as error:
            raise self._explained(error) from error
        return connection

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        here = self._pool.here
        if here.pid != self._free_in:
            self._free, self._free_in = BoundedSemaphore(MOST_CONNECTIONS), here.pid
        with self._free:
            connection = self._pool.take()
            try:
                yield connection
            except psycopg.Error as error:
                raise self._explained(error) from error
            finally:
                if connection.broken or connection.closed:
                    connection.close()
                    self._pool.clear()  # the server is not what it was
                else:
                    self._pool.give(connection)

    def _explained(self, error: psycopg.Error) -> StoreError:
        """Return an error of psycopg as one that says what to do."""
        text = " ".join(str(error).split())
        if isinstance(error, psycopg.errors.InsufficientPrivilege):
            remedy = "this user may not do that; ask for the right, or have somebody who has it open the store once"
        elif isinstance(error, psycopg.errors.LockNotAvailable):
            remedy = f"others have kept the job locked for {self._timeout:g} s; end that transaction, or wait longer (timeout=)"
        elif isinstance(error, psycopg.errors.DiskFull):
            remedy = "the server's disk is full; nothing was written. Make room and try again"
        elif isinstance(error, psycopg.OperationalError):
            remedy = (
                "the server cannot be reached, or went away; whether a move was made in that moment, the job itself says. Try again"
            )
        else:
            return StoreError(f"{self._url}: {text}")
        return StoreError(f"{self._url}: {remedy} ({text})")

    def read(self, statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
        with self._connection() as connection:
            return connection.execute(written(statement), values).fetchall()

    def among(self, statement: str, numbers: Sequence[int]) -> list[tuple[Any, ...]]:
        return self.read(statement.replace("AMONG", "number = ANY(?::bigint[])"), (list(numbers),))

    def write(self, statement: str, values: Values) -> int:
        with self._connection() as connection:
            return connection.execute(written(statement), values).rowcount

    @contextmanager
    def transaction(self) -> Iterator[Execute]:
        with self._connection() as connection, connection.transaction():
            yield lambda statement, values=(): connection.execute(written(statement), values)

    def move(self, update: Values, records: Sequence[Values]) -> bool:
        with self._connection() as connection:
            if len(records) == 1:
                return connection.execute(MOVE_AND_RECORD, (*update, update[0], *records[0])).rowcount == 1
            with connection.transaction():
                return move(connection.execute, update, records)

    def move_many(self, moves: Sequence[tuple[tuple[Any, ...], tuple[Any, ...]]]) -> list[bool]:
        with self._connection() as connection, connection.transaction():
            return move_many(connection.cursor(), moves)

    # -- time

    def now(self) -> float:
        clocks, wall, mono = self._clocks, time(), monotonic()
        if clocks is None or mono - clocks[2] > CLOCK_AGAIN or abs((wall - clocks[1]) - (mono - clocks[2])) > CLOCKS_DIFFER:
            found = self.read("SELECT extract(epoch FROM clock_timestamp())::double precision")[0][0]
            wall, later = time(), monotonic()
            clocks = self._clocks = found + (later - mono) / 2, wall, later
            mono = later
        return clocks[0] + (mono - clocks[2])

    def drift(self) -> float:
        return self.now() - time()

    def changes(self) -> PostgresChanges:
        return PostgresChanges(self._connect(f"LISTEN {CHANNEL}"), self._explained)

    def close(self) -> None:
        self._pool.close()


class PostgresChanges:
    """Listens to what committed moves send."""

    def __init__(self, connection: Connection, explained: Callable[[psycopg.Error], StoreError]) -> None:
        self._connection = connection
        self._explained = explained
        self._woken, self._waker = socketpair()

    def wait(self, seconds: float) -> bool:
        try:
            ready, _, _ = select((self._connection.fileno(), self._woken.fileno()), (), (), seconds)
            if self._woken.fileno() in ready:
                self._woken.recv(4096)
            return bool([*self._connection.notifies(timeout=0)]) or self._woken.fileno() in ready
        except psycopg.Error as error:
            raise self._explained(error) from error

    def interrupt(self) -> None:
        self._waker.send(b"!")

    def close(self) -> None:
        self._connection.close()
        self._woken.close()
        self._waker.close()
