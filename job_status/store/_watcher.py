"""Calls the listeners of a store's jobs when other processes have moved them: one thread per store, while there are listeners."""

from __future__ import annotations

import logging
import os
from threading import Lock, Thread
from time import sleep
from typing import TYPE_CHECKING, Any

from ..errors import JobStatusError
from ._statements import WATCHED

if TYPE_CHECKING:
    from ._database import Changes, Database
    from ._job import StoredJob

__all__ = ["Watcher"]

logger = logging.getLogger("job_status")

#: it looks after so many seconds whether or not a change was noticed, and after a failure
LOOK_AGAIN = 1.0
#: and after so many, while a thread is about to call the listeners of its own move
SOON = 0.01


class Watcher:
    """Belongs to one store in one process."""

    def __init__(self, database: Database) -> None:
        self.pid = os.getpid()
        self._database = database
        self._lock = Lock()
        self._jobs: dict[StoredJob[Any], None] = {}
        self._thread: Thread | None = None
        self._changes: Changes | None = None

    def add(self, job: StoredJob[Any]) -> None:
        """Watch a job."""
        with self._lock:
            self._jobs[job] = None
            if self._thread is None:
                self._thread = Thread(target=self._run, name="job_status watcher", daemon=True)
                self._thread.start()
            elif self._changes is not None:
                self._changes.interrupt()

    def discard(self, job: StoredJob[Any]) -> None:
        """Watch a job no more. The thread ends with the last one."""
        with self._lock:
            self._jobs.pop(job, None)
            if not self._jobs and self._changes is not None:
                self._changes.interrupt()

    def close(self) -> None:
        with self._lock:
            self._jobs.clear()
            thread = self._thread
            if self._changes is not None:
                self._changes.interrupt()
        if thread is not None and self.pid == os.getpid():
            thread.join()

    def _over(self) -> bool:
        """Return whether there is nothing left to watch, so that the thread has to end."""
        with self._lock:
            if not self._jobs:
                self._thread = None
            return not self._jobs

    def _run(self) -> None:
        failed = False
        while not self._over():
            try:
                self._follow()
                failed = False
            except JobStatusError as error:
                if not failed:
                    logger.warning("changes by other processes are not noticed for now: %s", error)
                failed = True
                sleep(LOOK_AGAIN)

    def _follow(self) -> None:
        changes = self._database.changes()
        try:
            with self._lock:
                self._changes = changes
            while True:
                pause = LOOK_AGAIN if self._look() else SOON
                with self._lock:
                    if not self._jobs:
                        return
                changes.wait(pause)
        finally:
            with self._lock:
                self._changes = None
            changes.close()

    def _look(self) -> bool:
        """Call the listeners of the jobs that have changed; return whether all could be."""
        done = True
        jobs: dict[int, list[StoredJob[Any]]] = {}
        for job in list(self._jobs):
            jobs.setdefault(job._row.number, []).append(job)
        for number, version, progress, phase in self._database.among(WATCHED, list(jobs)):
            for job in jobs[number]:
                done &= job._catch_up(version, (progress, phase))
        return done
