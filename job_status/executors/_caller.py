"""A worker process's end of the line: it asks the parent to start jobs, and has twins of their statuses for those who ask."""

from __future__ import annotations

import os
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection
from secrets import token_hex
from threading import Lock, Thread, Timer
from time import monotonic
from typing import TYPE_CHECKING, Any

from .._status import JobStatus
from ._wire import ASK, DONE, FOLLOW, MOVED, ORDERS, START, apply, from_elsewhere, packed, receive, send

if TYPE_CHECKING:
    from .._history import Move
    from ._wire import Packed

__all__ = ["Caller", "RemoteJob", "caller"]

#: progress is sent once in so many seconds at most, as a store writes it
INTERVAL = 0.1

_opening = Lock()
#: the ends that are open, by process, as a fork must not use those of its parent
_callers: dict[tuple[int, str], Caller] = {}


def caller(address: str, key: bytes) -> Caller:
    """Return this process's end of a line, which is opened the first time."""
    here = os.getpid()
    with _opening:
        if (here, address) not in _callers:
            for place in [place for place, other in _callers.items() if place[0] == here and other.over()]:
                _callers.pop(place).close()
            _callers[here, address] = Caller(address, key)
        return _callers[here, address]


class Caller:
    """One process's end of one executor's line."""

    def __init__(self, address: str, key: bytes) -> None:
        self._place = address, key
        self._name = token_hex(8)
        self._lock = Lock()
        self._ask = self._connected(ASK)
        #: on which the parent says what others do to the jobs, and the twins of those jobs
        self._orders: Connection | None = None
        self._twins: dict[int, JobStatus[Any]] = {}

    def _connected(self, purpose: str) -> Connection:
        address, key = self._place
        try:
            connection = Client(address, authkey=key)
        except (OSError, EOFError, AuthenticationError) as error:
            raise ConnectionError(
                f"the process of the executor cannot be reached at {address} ({error}): it has exited, or runs on another machine; "
                "TrackedExecutor(executor, store=JobStore(...)) needs no connection to it"
            ) from error
        send(connection, (purpose, self._name))
        return connection

    def job(self, number: int) -> RemoteJob:
        """Return one of the jobs of the line."""
        return RemoteJob(self, number)

    def asked(self, what: str, number: int) -> Any:
        """Say something about a job, and return what the parent answers."""
        with self._lock:
            send(self._ask, (what, number))
            return receive(self._ask)

    def reported(self, number: int, move: Packed) -> None:
        """Report to the parent what a job did."""
        with self._lock:
            send(self._ask, (MOVED, number, move))

    def follow(self, number: int) -> JobStatus[Any]:
        """Return a twin of a job's status: what is done to one is done to the other."""
        with _opening:
            if self._orders is None:
                self._orders = self._connected(ORDERS)
                receive(self._orders)
                Thread(target=self._obey, args=(self._orders,), name="job_status line", daemon=True).start()
        with self._lock:  # an order waits until the twin is there
            send(self._ask, (FOLLOW, number))
            twin = JobStatus.from_dict(receive(self._ask))
            self._twins[number] = twin
        return twin

    def _obey(self, orders: Connection) -> None:
        """Do to the twins what others do to the jobs."""
        with orders, suppress(EOFError, OSError):
            while True:
                number, move = receive(orders)
                with self._lock:
                    twin = self._twins.get(number)
                if twin is not None:
                    apply(twin, move)

    def drop(self, number: int) -> None:
        """Have the parent know all that was reported of a job, and follow it no more."""
        self._twins.pop(number, None)
        self.asked(DONE, number)

    def over(self) -> bool:
        """Return whether the parent has hung up."""
        try:
            return self._ask.poll(0)  # it never says anything by itself
        except OSError:
            return True

    def close(self) -> None:
        """Close the end of a line that is over; the thread that takes orders closes its own."""
        self._ask.close()


class RemoteJob:
    """A job whose status is in the parent."""

    def __init__(self, line: Caller, number: int) -> None:
        self._line = line
        self._number = number
        self._lock = Lock()
        self._twin: JobStatus[Any] | None = None
        #: held while something is sent, so that reports and moves arrive in their order
        self._sending = Lock()
        #: when the next progress report may be sent, by the monotonic clock; the one that waits for that, and what sends it then
        self._due = 0.0
        self._late: Packed | None = None
        self._timer: Timer | None = None

    def started(self) -> bool:
        """Ask for the start, and return whether the job may run."""
        return bool(self._line.asked(START, self._number))

    def status(self) -> JobStatus[Any]:
        """Return the job's status here; its moves and reports reach the parent's."""
        with self._lock:
            if self._twin is None:
                self._twin = self._line.follow(self._number)
                self._twin.subscribe(self._report, progress=True)
            return self._twin

    def _report(self, job: JobStatus[Any], move: Move[Any]) -> None:
        if from_elsewhere():
            return
        report = packed(job, move)
        with self._sending:
            if move.trigger == "update_progress" and move.source is move.dest and (pause := self._due - monotonic()) > 0.0:
                if self._late is None:
                    self._timer = Timer(pause, self._catch_up)
                    self._timer.daemon = True
                    self._timer.start()
                self._late = report
                return
            self._send_late()
            self._line.reported(self._number, report)
            self._due = monotonic() + INTERVAL

    def _send_late(self) -> None:
        """Send the latest progress report, if it has not been sent."""
        late, self._late = self._late, None
        if late is not None:
            self._line.reported(self._number, late)
            self._due = monotonic() + INTERVAL

    def _catch_up(self) -> None:
        with self._sending, suppress(OSError):  # the parent is gone, and nobody is left to know
            self._send_late()

    def close(self) -> None:
        """The function has returned: what it reported is known to the parent before the result is."""
        if self._twin is not None:
            with self._sending:
                self._send_late()
            if self._timer is not None:
                self._timer.cancel()
            self._line.drop(self._number)
