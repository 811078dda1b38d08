"""Listening to many jobs as one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, Any

from ._any_job import AnyJob
from ._history import Move
from ._rows import RunningStatus
from ._tally import verdict

if TYPE_CHECKING:
    from ._group import JobGroup

__all__ = ["Changes"]

#: meanings by numbers, since counts in a list can be changed without a call
_MEANINGS = tuple(RunningStatus)
_NUMBERS = {meaning: number for number, meaning in enumerate(_MEANINGS)}


class Changes:
    """The changes of a group's status, found out from the moves of its jobs and passed on to one listener.

    A move of a job costs the same however many there are. It may be noticed after later ones of other jobs, so that what was
    noticed may never have been true all at once; a change is therefore passed on only if reading the whole group confirms it.
    """

    def __init__(self, group: JobGroup[Any], listener: Callable[[Any, Move[RunningStatus]], object], progress: bool) -> None:
        self.group = group
        self.listener = listener
        self.progress = progress
        self.lock = RLock()  # a signal handler may move a job while this thread is in here
        #: the meaning that each job had when it was last looked at, and how many jobs have each
        self.known = [_NUMBERS[job.meaning] for job in group]
        self.counts = [self.known.count(number) for number in range(len(_MEANINGS))]
        #: the status that the listener knows of; None while not all jobs are listened to
        self.status: RunningStatus | None = None
        self.undo: list[Callable[[], None]] = []
        try:
            for number, job in enumerate(group):
                self.undo.append(job.subscribe(partial(self.moved, number, job), progress=progress))
        except BaseException:
            self.stop()
            raise
        with self.lock:
            for number, job in enumerate(group):  # some may have moved before they were listened to
                self.count(number, job)
            self.status = group.status

    def stop(self) -> None:
        """Listen no more."""
        for unsubscribe in self.undo:
            unsubscribe()

    def moved(self, number: int, job: AnyJob, _: object, move: Move[Any]) -> None:
        """Take note of a move, or of a progress report, of one job, and pass on what it changes."""
        changes = []
        with self.lock:
            self.count(number, job)
            while self.status is not None and (status := self.confirmed(self.status)) is not self.status:
                source, self.status = self.status, status
                changes.append((source, status))
            if not changes and self.progress and self.status is not None:
                changes.append((self.status, self.status))
        for source, dest in changes:
            self.listener(self.group, Move(move.trigger, source, dest, move.timestamp, move.mesg))

    def count(self, number: int, job: AnyJob) -> None:
        """Count one job as what it means now."""
        known, counts = self.known, self.counts
        while (now := _NUMBERS[job.meaning]) != known[number]:
            # Nothing is called between these lines, so that no signal handler sees them half done; one that ran before them, and
            # moved the same job, is found out by looking again.
            counts[known[number]] -= 1
            counts[now] += 1
            known[number] = now

    def confirmed(self, before: RunningStatus) -> RunningStatus:
        """Return the group's status; reading the whole group is left out if what was noticed makes no difference."""
        noticed = verdict(dict(zip(_MEANINGS, self.counts, strict=True)))
        return before if noticed is before else self.group.status
