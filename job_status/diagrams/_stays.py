"""When a job was in which status: its stays one after the other, and the attempts that it refused.

A time that nobody knows stays unknown: of a stay that begins or ends at one, only the known times around it are given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from .._history import HISTORY_LIMIT, Move
from .._rows import FINALS, WAITING, RunningStatus
from .._source import ReadableJob


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay in a status, times in POSIX seconds."""

    status: str
    #: None for a status that the job's lifecycle does not have, as a history restored from elsewhere may
    meaning: RunningStatus | None
    #: the latest known time by which it had not begun, and the earliest by which it was over; None: there is none
    earliest: float | None
    latest: float | None
    #: whether it began and ended, or is seen to go on, at just these times
    certain: bool
    #: whether the job is there still
    lasts: bool = False

    @property
    def final(self) -> bool:
        """Whether it is the end of the job, which takes no time."""
        return self.meaning in FINALS

    @property
    def seconds(self) -> float | None:
        """How long it took; None where that is not known."""
        known = self.certain and self.earliest is not None and self.latest is not None
        return self.latest - self.earliest if known else None  # type: ignore[operator]  # `known` says that none is None


@dataclass(frozen=True, slots=True)
class Refusal:
    """An attempt at a move that the job refused, and the status that it was in."""

    trigger: str
    status: str
    at: float | None


@dataclass(frozen=True, slots=True)
class Life:
    """All stays of one job, in order, and its refusals."""

    name: str | None
    stays: tuple[Stay, ...]
    refused: tuple[Refusal, ...]

    @property
    def times(self) -> list[float]:
        """The times that are known of it."""
        marks = [time for stay in self.stays for time in (stay.earliest, stay.latest)] + [refusal.at for refusal in self.refused]
        return [time for time in marks if time is not None]


def life(job: ReadableJob, now: float) -> Life:
    """Return the life of a job until `now`, or until its end."""
    moves = tuple(job.history)  # the job may move on while it is read, so its status comes from there too
    refused = (Refusal(move.trigger, move.source.name, move.timestamp) for move in moves if move.refused)
    return Life(job.name, stays(job, moves, now), tuple(refused))


def stays(job: ReadableJob, moves: Sequence[Move[Any]], now: float = 0.0) -> tuple[Stay, ...]:
    """Return the stays of a job that has made these moves; the last, if it lasts, until `now` or the last known time."""
    taken = [move for move in moves if not move.refused]
    statuses = [taken[0].source if taken else job.status, *(move.dest for move in taken)]
    means = [job.lifecycle.means.get(status.name) for status in statuses]
    whole = statuses[0] is job.lifecycle.initial and len(moves) < HISTORY_LIMIT  # else earlier moves may be forgotten
    times = in_order([job.creation_timestamp if whole else None, *_times(job, taken, means)])
    live = means[-1] not in FINALS
    bounds = [*times, max([now, *(time for time in times if time is not None)]) if live else times[-1]]
    found = []
    for number, (status, meaning) in enumerate(zip(statuses, means, strict=True)):
        start, end = bounds[number : number + 2]
        earliest = next((time for time in bounds[number::-1] if time is not None), None)
        latest = next((time for time in bounds[number + 1 :] if time is not None), None)
        # What lies between two moves at the same time took no time.
        certain = None not in (start, end) or (earliest is not None and earliest in times[number + 1 :])
        found.append(Stay(status.name, meaning, earliest, latest, certain, live and number == len(taken)))
    return tuple(found)


def in_order(times: Sequence[float | None]) -> list[float | None]:
    """Return the times without those that do not go with the others: the fewest without which none is earlier than one before it.

    Those were measured by another clock, or one that somebody has set. Of as few, the earlier ones are left out.
    """
    chains: list[tuple[int, ...]] = []  # the longest with each time at its end, as indices
    for index, time in enumerate(times):
        if time is not None:
            before = [chain for chain in chains if times[chain[-1]] <= time]  # type: ignore[operator]  # None is in no chain
            chains.append((*max(before, key=_length, default=()), index))
    kept = max(chains, key=_length, default=())
    return [time if index in kept else None for index, time in enumerate(times)]


def _length(chain: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    return len(chain), chain


def _times(job: ReadableJob, taken: Sequence[Move[Any]], means: Sequence[RunningStatus | None]) -> list[float | None]:
    """Return when each move was made; what a server stated of the latest start and of the end fills in for what nobody saw."""
    times = [move.timestamp for move in taken]
    starts = [number for number, (before, after) in enumerate(pairwise(means)) if before is WAITING is not after]
    if starts and times[starts[-1]] is None:
        times[starts[-1]] = getattr(job, "start_timestamp", None)
    if times and times[-1] is None and means[-1] in FINALS:
        times[-1] = getattr(job, "completion_timestamp", None)
    return times
