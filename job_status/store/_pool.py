"""The open connections of a store: each is used by one thread at a time, and only in the process that opened it."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from threading import RLock
from typing import Any, Generic, Protocol, TypeVar
from weakref import WeakSet

from ..errors import StoreError

__all__ = ["Here", "Pool"]


class Closable(Protocol):
    def close(self) -> None: ...


C = TypeVar("C", bound=Closable)


class Here(Generic[C]):
    """What a store has open in one process."""

    __slots__ = ("idle", "lock", "pid", "writing")

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.idle: deque[C] = deque()
        #: held by the thread that writes, where the database has one writer at a time
        self.lock = RLock()
        #: whether that thread is in the middle of a transaction
        self.writing = False


class Pool(Generic[C]):
    """Connections that are opened as they are needed; `most` are kept for later."""

    def __init__(self, connect: Callable[[], C], most: int = 8) -> None:
        self._connect = connect
        self._most = most
        #: what is open in this process
        self.here: Here[C] = Here()
        #: a fork inherits the connections of its parent, and must neither use nor close them
        self._inherited: list[Here[C]] = []
        self._closed = False
        _pools.add(self)

    def forked(self) -> None:
        """Begin anew in the child of a fork."""
        self._inherited.append(self.here)
        self.here = Here()

    def take(self) -> C:
        """Return a connection for a thread, which has to give it back."""
        try:
            return self.here.idle.pop()
        except IndexError:
            if self._closed:
                raise StoreError("the store is closed") from None
            return self._connect()

    def give(self, connection: C) -> None:
        """Take a connection back."""
        idle = self.here.idle
        if self._closed or len(idle) >= self._most:
            connection.close()
        else:
            idle.append(connection)

    def close(self) -> None:
        """Close the connections that nobody uses; the others are closed when they are given back."""
        self._closed = True
        self.clear()

    def clear(self) -> None:
        """Close the connections that nobody uses."""
        idle = self.here.idle
        while idle:
            idle.pop().close()


_pools: WeakSet[Pool[Any]] = WeakSet()


def _forked() -> None:
    for pool in list(_pools):
        pool.forked()


if hasattr(os, "register_at_fork"):  # pragma: no branch  # Windows has no fork
    os.register_at_fork(after_in_child=_forked)
