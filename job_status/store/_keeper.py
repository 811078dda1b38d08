"""What a store does by itself in each process, by one thread: it writes late reports, and shows that the process is alive."""

from __future__ import annotations

import atexit
import logging
import os
import socket
import sys
from contextlib import suppress
from secrets import token_hex
from threading import Condition, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any
from weakref import WeakMethod

from .._values import INF
from ..errors import StoreError
from ._statements import BEAT

if TYPE_CHECKING:
    from ._database import Database
    from ._job import StoredJob

__all__ = ["Keeper"]

logger = logging.getLogger("job_status")

#: after how many seconds a report that could not be written is tried again
TRY_AGAIN = 1.0


class Keeper:
    """Belongs to one store in one process; the thread is started when there is something to do."""

    def __init__(self, database: Database, interval: float) -> None:
        self.pid = os.getpid()
        self._database = database
        #: seconds between two signs of life
        self._interval = interval
        self._condition = Condition()
        self._thread: Thread | None = None
        self._closed = False
        #: the jobs whose latest progress report is not written, with when it may be
        self._late: dict[StoredJob[Any], float] = {}
        #: what this process is called among the workers, and when it has to show itself again
        self._worker: str | None = None
        self._beat_due = INF
        #: whether it has shown itself in a transaction that nobody can undo
        self._is_shown = False

    def worker(self, database: Database | None = None) -> str:
        """Return what this process is called among the workers. From here on it shows that it is alive, at first in `database`."""
        with self._condition:
            name = self._worker = self._worker or token_hex(8)  # of threads that come at once, one gives it
        if not self._is_shown:
            self._show(name, database or self._database)
            # What somebody else's transaction writes may be undone: it is written again as soon as that is over.
            self._is_shown = database is None
            self._beat_due = monotonic() + self._interval if database is None else 0.0
            with self._condition:
                self._work()
                self._condition.notify()
        return name

    @property
    def known(self) -> str | None:
        """What this process is called among the workers; None if it is not one yet."""
        return self._worker

    def _show(self, name: str, database: Database) -> None:
        database.write(BEAT, (name, database.now(), socket.gethostname(), self.pid))

    def flush_later(self, job: StoredJob[Any], due: float) -> None:
        """Write the latest report of a job when it is due, or when the process exits."""
        if job not in self._late:
            with self._condition:
                self._late[job] = due
                self._work()
                self._condition.notify()

    def _work(self) -> None:
        """Start the thread if it does not run."""
        if self._thread is None and not self._closed:
            self._thread = Thread(target=self._run, name="job_status store", daemon=True)
            self._thread.start()
            exits = WeakMethod(self.flush)
            atexit.register(_at_exit, exits)
            if multiprocessing := sys.modules.get("multiprocessing.util"):  # its processes exit without atexit
                multiprocessing.Finalize(None, _at_exit, (exits,), exitpriority=1)

    def _run(self) -> None:
        while True:
            with self._condition:
                if self._closed:
                    return
                now = monotonic()
                due = [job for job, at in self._late.items() if at <= now]
                beats = self._beat_due <= now
                if not due and not beats:
                    soonest = min(self._beat_due, *self._late.values(), INF)
                    self._condition.wait(None if soonest == INF else max(0.0, soonest - now))
                    continue
            for job in due:
                self._write(job)
            if beats:
                self._beat_due = monotonic() + self._interval
                try:
                    self._show(str(self._worker), self._database)
                    self._is_shown = True
                except StoreError as error:
                    logger.warning("a sign of life was not written: %s", error)

    def _write(self, job: StoredJob[Any]) -> None:
        self._late.pop(job, None)  # first: a report that comes meanwhile is late again
        try:
            job._flush()
        except StoreError as error:
            logger.warning("a progress report was not written: %s", error)
            with self._condition:
                self._late[job] = monotonic() + TRY_AGAIN

    def flush(self) -> None:
        """Write all reports that are late."""
        if self.pid == os.getpid():
            for job in list(self._late):
                self._write(job)

    def close(self) -> None:
        self.flush()
        with self._condition:
            self._closed = True
            self._condition.notify()
            thread = self._thread
        if thread is not None and self.pid == os.getpid():
            with suppress(RuntimeError):  # it is the thread itself
                thread.join()


def _at_exit(flush: WeakMethod[Any]) -> None:
    method = flush()
    if method is not None:
        method()
