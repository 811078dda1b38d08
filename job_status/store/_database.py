"""What a store asks of a database, and how its changes are noticed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

__all__ = ["CONFLICT", "Changes", "Database", "Execute", "Values"]

#: of a transaction of somebody else's, which is not tried again here
CONFLICT = "another transaction holds what this one wants, or has changed what it read; roll back and try again"

Values = Sequence[Any]


class Execute(Protocol):
    def __call__(self, statement: str, values: Values = ..., /) -> Any:
        """Execute a statement, and return a cursor."""


class Changes(Protocol):
    """Notices that jobs have changed, whoever changed them."""

    def wait(self, seconds: float) -> bool:
        """Wait until something may have changed, for at most so many seconds; return whether it has. May be interrupted."""

    def interrupt(self) -> None:
        """End a `wait` of another thread."""

    def close(self) -> None: ...


class Database(Protocol):
    """SQLite or PostgreSQL: each call is one transaction. Raises `StoreError` where the database cannot do what it should."""

    #: what stands for a number that the database counts up
    number: str
    #: a statement that keeps others from making the tables until the transaction ends, where one is needed
    alone: str | None

    def has_jobs(self) -> bool:
        """Return whether there may be jobs, without touching anything if there are none."""

    def read(self, statement: str, values: Values = ()) -> list[Any]:
        """Return the rows that a statement finds."""

    def among(self, statement: str, numbers: Sequence[int]) -> list[Any]:
        """Return the rows that a statement finds of many jobs; AMONG in it is the condition that `number` is one of them."""

    def write(self, statement: str, values: Values) -> int:
        """Execute one statement, and return how many rows it changed."""

    def transaction(self) -> AbstractContextManager[Execute]:
        """Return a transaction that commits at the end of its block, unless something is raised there."""

    def move(self, update: tuple[Any, ...], records: Sequence[tuple[Any, ...]]) -> bool:
        """Make a guarded move (the values of MOVE) and record its steps, or return False if the job has another version by now."""

    def move_many(self, moves: Sequence[tuple[tuple[Any, ...], tuple[Any, ...]]]) -> list[bool]:
        """Make guarded moves of one step each in one transaction; return of each whether it was made, as `move` does.

        One that another transaction holds may be left out rather than waited for.
        """

    def now(self) -> float:
        """Return what the database's clock shows, in POSIX seconds; that of a server is known to within half a round trip to it."""

    def drift(self) -> float:
        """Return how many seconds the database's clock is ahead of this machine's."""

    def changes(self) -> Changes: ...

    def close(self) -> None: ...
