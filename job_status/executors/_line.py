"""The parent's end of the line: it starts jobs for worker processes, takes their reports, and passes cancels on to them."""

from __future__ import annotations

import logging
import secrets
from contextlib import suppress
from itertools import count
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener, answer_challenge, deliver_challenge
from threading import Lock, Thread
from time import sleep
from typing import TYPE_CHECKING, Any

from ._wire import ASK, FOLLOW, MOVED, START, apply, from_elsewhere, hang_up, packed, receive, send

if TYPE_CHECKING:
    from .._history import Move
    from .._status import JobStatus
    from ..store import JobStore
    from ._future import TrackedFuture

__all__ = ["Line"]

logger = logging.getLogger("job_status")

#: how many workers may knock at once
BACKLOG = 128

#: after how many seconds one that could not be let in is tried again
TRY_AGAIN = 0.1


class Line:
    """Of one executor. It listens from the first job on that goes to another process; with a store, none needs it."""

    def __init__(self, store: JobStore[Any] | None) -> None:
        self.store = store
        self._lock = Lock()
        self._key = secrets.token_bytes(32)
        self._listener: Listener | None = None
        self._numbers = count(1)
        self._futures: dict[int, TrackedFuture[Any]] = {}
        #: the connections that are open, and by what a worker calls itself, those on which it takes orders
        self._connections: set[Connection] = set()
        self._orders: dict[str, Outlet] = {}

    # -- jobs

    def address_of(self, future: TrackedFuture[Any]) -> tuple[str, bytes, int]:
        """Return where a worker process asks for the start of a job, by which key, and by which number."""
        with self._lock:
            if self._listener is None:
                self._listener = Listener(backlog=BACKLOG)
                Thread(target=self._accept, args=(self._listener,), name="job_status line", daemon=True).start()
            if future._number is None:
                future._number = next(self._numbers)
            self._futures[future._number] = future
            return str(self._listener.address), self._key, future._number

    def forget(self, number: int) -> None:
        """Know a job no more, since it is over."""
        self._futures.pop(number, None)

    def close(self) -> None:
        """Hang up, and listen no more; a later job opens the line again."""
        with self._lock:
            listener, self._listener = self._listener, None
            for connection in self._connections:
                hang_up(connection)
        if listener is not None:
            with suppress(OSError), Client(listener.address):  # wakes the thread that listens
                pass

    # -- threads

    def _accept(self, listener: Listener) -> None:
        with listener:
            while True:
                try:
                    connection = listener.accept()
                except OSError as error:  # too many open files, say
                    logger.warning("a worker process cannot be answered yet: %s", error)
                    sleep(TRY_AGAIN)
                    continue
                if self._listener is not listener:
                    connection.close()
                    return
                Thread(target=self._serve, args=(connection,), name="job_status line", daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        """Answer one connection of a worker process, until that exits or the line is closed."""
        with self._lock:
            self._connections.add(connection)
        worker = None
        try:
            deliver_challenge(connection, self._key)
            answer_challenge(connection, self._key)
            purpose, worker = receive(connection)
            if purpose == ASK:
                while True:
                    self._heed(worker, connection, *receive(connection))
            self._orders[worker] = Outlet(connection)
            send(connection, None)
            receive(connection)  # there is nothing to come: it waits for the end
        except (EOFError, OSError, AuthenticationError):
            pass
        finally:
            if worker is not None:
                self._orders.pop(worker, None)
            with self._lock:  # nobody hangs up what is closed, whose number another file may have by then
                self._connections.discard(connection)
                connection.close()

    def _heed(self, worker: str, connection: Connection, what: str, number: int, move: Any = None) -> None:
        """Do what a worker process says of one job, and answer if it waits for that."""
        future = self._futures.get(number)
        if what == MOVED:
            if future is not None:
                apply(future.job_status, move)
        elif what == START:
            send(connection, future is not None and future._started())
        elif what == FOLLOW:
            send(connection, None if future is None else self._followed(worker, number, future.job_status))
        else:  # it is DONE
            send(connection, None)

    def _followed(self, worker: str, number: int, job: JobStatus[Any]) -> dict[str, Any]:
        """Return what is known of a job, and pass what others do to it on to the worker process that runs it."""
        outlet = self._orders[worker]

        def pass_on(status: JobStatus[Any], move: Move[Any]) -> None:
            if not from_elsewhere():
                outlet.send((number, packed(status, move)))

        job.subscribe(pass_on)
        return job.to_dict()


class Outlet:
    """A connection that several threads may send on."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = Lock()

    def send(self, message: object) -> None:
        with self._lock, suppress(OSError):  # the worker is gone, and its job will be
            send(self._connection, message)
