"""The open connections of a store: each is used by one thread at a time, and only in the process that opened it."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from threading import RLock
from typing import Generic, Protocol, TypeVar

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
        self.writing = False


class Pool(Generic[C]):
    """Connections that are opened as they are needed; `most` are kept for later."""

    def __init__(self, connect: Callable[[], C], most: int = 8) -> None:
        self._connect = connect
        self._most = most
        self._here: Here[C] = Here()
        #: a fork inherits the connections of its parent, and must neither use nor close them
        self._inherited: list[Here[C]] = []
        self._closed = False

    def here(self) -> Here[C]:
        """Return what is open in this process."""
        here = self._here
        if here.pid != os.getpid():
            self._inherited.append(here)
            here = self._here = Here()
        return here

    def take(self) -> C:
        """Return a connection for a thread, which has to give it back."""
        try:
            return self.here().idle.pop()
        except IndexError:
            if self._closed:
                raise StoreError("the store is closed") from None
            return self._connect()

    def give(self, connection: C) -> None:
        """Take a connection back."""
        idle = self.here().idle
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
        idle = self.here().idle
        while idle:
            idle.pop().close()
