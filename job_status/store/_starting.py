"""A job that is created and started in one transaction: a process that is killed meanwhile leaves none that waits for ever."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from typing import TYPE_CHECKING, Any

from ._sqlite import move

if TYPE_CHECKING:
    from .._lean import S
    from ._database import Execute, Values
    from ._job import StoredJob
    from ._store import JobStore

__all__ = ["started"]


def started(store: JobStore[S], name: str | None = None, labels: Mapping[str, str] | None = None) -> StoredJob[S]:
    """Create a job, as `JobStore.create` does, and start it for this process.

    Raises `InvalidTransition`, and creates none, if a new job of the lifecycle does not start at once.
    """
    store._worker()  # it is written through a connection of its own, which would wait for the end of the transaction
    with store._database.transaction() as execute:
        within: Any = copy(store)
        within._database = Within(store._database, execute)
        job: StoredJob[S] = within.create(name, labels)
        job.start_run()
    job._store = store
    return job


class Within:
    """What a new job needs of a database, in a transaction that has begun."""

    def __init__(self, own: Any, execute: Execute) -> None:
        self.now, self.drift = own.now, own.drift
        self._execute = execute

    @contextmanager
    def transaction(self) -> Iterator[Execute]:
        yield self._execute

    def read(self, statement: str, values: Values = ()) -> list[Any]:
        found: list[Any] = self._execute(statement, values).fetchall()
        return found

    def move(self, update: Values, records: Sequence[Values]) -> bool:
        return move(self._execute, update, records)
