"""What can be read of many jobs together: where they stand, how far they are and since when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from math import fsum
from time import time
from typing import Any, Generic, TypeVar

from ._any_job import AnyJob
from ._rows import CANCEL_REQUESTED, CANCELED, ERROR, FINALS, RUNNING, SUCCESS, SUSPENDED, UNKNOWN, WAITING, RunningStatus
from ._tally import parts, tally, verdict
from ._values import INF, shown

__all__ = ["J", "Together"]

J = TypeVar("J", bound=AnyJob)


class Together(Generic[J]):
    """Jobs as one reads them together. It keeps nothing of them, so whatever is read is what they are at that moment."""

    __slots__ = ("_jobs", "_name", "_parts")

    def __init__(self, jobs: Iterable[J], *, name: str | None = None) -> None:
        if name is not None and not isinstance(name, str):
            raise TypeError(f"the name of a group must be a str or None, not {shown(name)}")
        self._name = name
        self._jobs: tuple[J, ...] = tuple({id(job): job for job in jobs}.values())
        self._parts = parts(self._jobs)

    # -- the jobs

    @property
    def name(self) -> str | None:
        """What the group is called."""
        return self._name

    @property
    def jobs(self) -> tuple[J, ...]:
        """The jobs, those of groups in it included, in the order given."""
        return self._jobs

    def __iter__(self) -> Iterator[J]:
        return iter(self._jobs)

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def counts(self) -> dict[RunningStatus, int]:
        """How many jobs have each meaning, zeros included."""
        counts = dict.fromkeys(RunningStatus, 0)
        for place, count in tally(self._parts).items():
            counts[place.meaning] += count
        return counts

    @property
    def counts_by_name(self) -> dict[str, int]:
        """How many jobs are in each status, by its name; jobs of several lifecycles are counted together."""
        counts: dict[str, int] = {}
        order = list(RunningStatus)
        for place, count in sorted(tally(self._parts).items(), key=lambda item: (order.index(item[0].meaning), item[0])):
            counts[place.name] = counts.get(place.name, 0) + count
        return counts

    # -- what is true of them together

    @property
    def status(self) -> RunningStatus:
        """Where the jobs stand together."""
        return verdict(self.counts)

    @property
    def meaning(self) -> RunningStatus:
        """The same as `status`, which is a meaning already."""
        return self.status

    @property
    def waiting(self) -> bool:
        """Whether the group is WAITING: none of its jobs has begun."""
        return self.status is WAITING

    @property
    def running(self) -> bool:
        """Whether the group runs: RUNNING or CANCEL_REQUESTED."""
        return self.status in (RUNNING, CANCEL_REQUESTED)

    @property
    def suspended(self) -> bool:
        """Whether the group is SUSPENDED: a job is, and none runs."""
        return self.status is SUSPENDED

    @property
    def completed(self) -> bool:
        """Whether all jobs are over, and there are any."""
        return self.status in FINALS

    @property
    def success(self) -> bool:
        """Whether all jobs ended in SUCCESS."""
        return self.status is SUCCESS

    @property
    def canceled(self) -> bool:
        """Whether all jobs are over, one of them CANCELED and none in ERROR."""
        return self.status is CANCELED

    @property
    def failed(self) -> bool:
        """Whether all jobs are over and one ended without success."""
        return self.status in (CANCELED, ERROR)

    @property
    def unknown(self) -> bool:
        """Whether the group is UNKNOWN: a job is, and none runs."""
        return self.status is UNKNOWN

    @property
    def maybe_completed(self) -> bool:
        """Whether the group is over or may be: completed or UNKNOWN."""
        return self.status in (*FINALS, UNKNOWN)

    @property
    def cancel_requested(self) -> bool:
        """Whether a cancel of one of the jobs was requested."""
        return any(place.cancel_requested for place in tally(self._parts))

    @property
    def progress(self) -> float:
        """How much of the work is done, from 0 to 1: the mean of the jobs, each as it is when its turn comes; 0 without jobs."""
        return fsum(job.progress for job in self._jobs) / max(1, len(self._jobs))  # fsum: in any order the same

    @property
    def phase(self) -> str | None:
        """The phase in which all jobs are that run; None if they are in several."""
        phases = {job.phase for job in self._jobs if job.meaning in (RUNNING, CANCEL_REQUESTED)}
        return phases.pop() if len(phases) == 1 else None

    @property
    def stop_message(self) -> str | None:
        """Why the group stopped or was asked to, from the first of its jobs that was; None after a success."""
        status = self.status
        if status not in (ERROR, CANCELED, CANCEL_REQUESTED):
            return None
        said = [(_or_last(job.completion_timestamp), job.stop_message) for job in self._jobs if job.meaning is status]
        return min(((at, mesg) for at, mesg in said if mesg is not None), default=(INF, None))[1]

    # -- times

    @property
    def creation_timestamp(self) -> float | None:
        """When the first of the jobs was created; None where that is not known."""
        return _first([job.creation_timestamp for job in self._jobs])

    @property
    def start_timestamp(self) -> float | None:
        """When the first of the jobs started; None if none has, or if one has nobody knows when."""
        return _first([start for start in map(_start, self._jobs) if start != INF])

    @property
    def completion_timestamp(self) -> float | None:
        """When the last of the jobs completed; None until all have, and where one has nobody knows when."""
        if not self.completed:
            return None
        ends = [job.completion_timestamp for job in self._jobs]
        return max((end for end in ends if end is not None), default=None) if None not in ends else None

    @property
    def duration(self) -> float | None:
        """From the first start to the last stop, in seconds. None until all jobs completed, and where one of their durations is not
        known; 0.0 if none ever started.
        """
        if not self.completed or any(job.duration is None for job in self._jobs):
            return None
        if all(_start(job) == INF for job in self._jobs):
            return 0.0
        start, stop = self.start_timestamp, self.completion_timestamp
        return None if start is None or stop is None else max(0.0, stop - start)

    @property
    def running_time(self) -> float | None:
        """As `duration`, but counting up until all jobs completed; None before the first start."""
        if self.completed:
            return self.duration
        start = self.start_timestamp
        return None if start is None else max(0.0, time() - start)

    # A pickle of it is one of its jobs, which are copies there.
    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), name=self._name), (self._jobs,)

    def __call__(self) -> str:
        return self.status.name

    def __str__(self) -> str:
        return self.status.name

    def __repr__(self) -> str:
        counts = self.counts_by_name
        name = "" if self._name is None else f"{self._name!r} "
        jobs = ", ".join(f"{count} {status}" for status, count in counts.items()) or "no jobs"
        return f"<{type(self).__name__} {name}{self.status.name}, {self.progress:.0%}: {jobs}>"


def _start(job: AnyJob) -> float | None:
    """Return when a job started: infinity if it has not, None where that is not known."""
    meaning, attempt = job.meaning, job.attempt  # read first: a start that comes after them is seen in the time
    start = job.start_timestamp
    if start is not None:
        return start
    held = meaning in (CANCEL_REQUESTED, SUSPENDED) and not attempt
    return INF if meaning is WAITING or held or (meaning in FINALS and job.duration == 0.0) else None


def _first(times: Sequence[float | None]) -> float | None:
    """Return the earliest of some times; None if there are none or one is not known."""
    return None if None in times else min((at for at in times if at is not None), default=None)


def _or_last(at: float | None) -> float:
    return INF if at is None else at
