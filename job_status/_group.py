"""Many jobs seen as one, and what one does with all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, Generic, overload

from ._any_job import AnyJob
from ._changes import Changes
from ._history import Move
from ._notebook import Shown
from ._rows import RunningStatus
from ._run import LOOK_AGAIN
from ._together import J, Together
from ._values import checked_seconds, shown

__all__ = ["JobGroup"]


class JobGroup(Together[J], Shown, Generic[J]):
    """Many jobs, read as one: a live view, which changes as they do.

    It has the properties of a `JobStatus`, but for those of a single job (`lifecycle`, `attempt`, `history` and the like). They go
    by what the statuses of the jobs mean, which may be of several lifecycles, and of any class with the public interface of
    `JobStatus`. A group in a group stands for its jobs, and a job that is in it twice counts once.

    It is completed only when all of its jobs are: with ERROR if one of them is, else CANCELED if one is, else with SUCCESS. Until
    then it is what comes first of: CANCEL_REQUESTED if one is; RUNNING if one is, or if some are over while others are WAITING;
    UNKNOWN if one is; SUSPENDED if one is; WAITING. A group of no jobs is WAITING. The order of the jobs does not matter.

    Each read of the status, of the counts and of what follows from them sees a single moment of all jobs; two reads may see two.
    Of jobs that cannot be read all at once (those of other classes, and all of them on a free-threaded Python) that holds if they
    come to rest between two looks at them, and do not leave a status and come back meanwhile.

    Raises `TypeError` if one of them is no job.
    """

    __slots__ = ("__weakref__",)

    @overload
    def __init__(self, jobs: Iterable[J | JobGroup[J]] = ..., *, name: str | None = ...) -> None: ...
    @overload
    def __init__(self: JobGroup[Any], jobs: Iterable[AnyJob | JobGroup[Any]], *, name: str | None = ...) -> None: ...
    def __init__(self, jobs: Iterable[Any] = (), *, name: str | None = None) -> None:
        if not isinstance(jobs, Iterable):
            raise TypeError(f"a group is made of several jobs, such as a list, not of {shown(jobs)}")
        super().__init__(_flat(jobs), name=name)

    # -- all jobs at once

    def request_cancel(self, mesg: str | None = None) -> tuple[J, ...]:
        """Request the cancel of every job that can still be asked, and return those that were.

        Jobs that are over, that were asked before or that end meanwhile are not among them; it raises nothing because of those.
        """
        return tuple(job for job in self._jobs if job.request_cancel(mesg, quiet=True))

    def subscribe(
        self, listener: Callable[[JobGroup[J], Move[RunningStatus]], object], *, progress: bool = False
    ) -> Callable[[], None]:
        """Call `listener(group, move)` after each change of the group's status; return what unsubscribes it.

        The move leads from the status that the listener knew to the new one; its trigger, time and message are those of the job's
        move that made the difference. Of two changes at the same moment, there and back, neither need be passed on. With `progress`
        it is called after every other move and progress report of a job too, with a move that leads nowhere. It is called in
        the thread that moved the job; an exception in it is logged and disturbs nothing.
        """
        if not callable(listener):
            raise TypeError(f"a listener is called as listener(group, move), which {shown(listener)} cannot be")
        return Changes(self, listener, progress).stop

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until all jobs have completed, for at most `timeout` seconds. Return whether they have; False without jobs."""
        left = _countdown(timeout)
        return all(job.wait(left()) for job in self._jobs) and self.completed

    async def wait_async(self, timeout: float | None = None) -> bool:
        """Wait as `wait` does, without blocking the event loop."""
        left = _countdown(timeout)
        for job in self._jobs:
            if not await job.wait_async(left()):
                return False
        return self.completed

    def as_completed(self, timeout: float | None = None) -> Iterator[J]:
        """Yield each job once it has completed: first those that have already, in the order of the group.

        Raises `TimeoutError` if not all have within `timeout` seconds.
        """
        return self._as_completed(_countdown(timeout))

    def _as_completed(self, left: Callable[[], float | None]) -> Iterator[J]:
        live = {id(job): job for job in self._jobs}
        over: SimpleQueue[J] = SimpleQueue()
        undo: list[Callable[[], None]] = []
        try:
            for job in self._jobs:
                undo.append(job.subscribe(partial(_pass_on, job, over)))
            _pass_on_all(live.values(), over)
            while live:
                seconds = left()
                try:
                    job = over.get(timeout=LOOK_AGAIN if seconds is None else min(LOOK_AGAIN, seconds))
                except Empty:
                    if left() == 0.0:
                        raise TimeoutError(f"{len(live)} of {len(self)} jobs have not completed in time") from None
                    _pass_on_all(live.values(), over)
                else:
                    if live.pop(id(job), None) is not None:
                        yield job
        finally:
            for unsubscribe in undo:
                unsubscribe()


def _flat(jobs: Iterable[J | JobGroup[J]]) -> Iterator[J]:
    """Yield the jobs, those of groups included."""
    for job in jobs:
        if isinstance(job, JobGroup):
            yield from job
        elif isinstance(job, type) or not (hasattr(job, "subscribe") and hasattr(job, "request_cancel")):
            raise TypeError(f"a group is made of jobs, and {shown(job)} is none: it has not the interface of a JobStatus")
        else:
            yield job


def _countdown(timeout: float | None) -> Callable[[], float | None]:
    """Return what says how many seconds are left; None: any number."""
    seconds = checked_seconds("timeout", timeout)
    deadline = None if seconds is None else monotonic() + seconds
    return lambda: None if deadline is None else max(0.0, deadline - monotonic())


def _pass_on(job: J, over: SimpleQueue[J], *_: object) -> None:
    if job.completed:
        over.put(job)


def _pass_on_all(jobs: Iterable[J], over: SimpleQueue[J]) -> None:
    for job in jobs:
        _pass_on(job, over)
