"""Where many jobs stand, looked at again and again; and which of them are shown where not all fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from .._any_job import AnyJob
from .._rows import CANCELED, ERROR, FINALS, RUNNING, SUCCESS, UNKNOWN, WAITING, RunningStatus
from .._tally import FOREMOST, Part, Place, parts
from ..errors import JobGone

__all__ = ["Board", "Reading"]

#: nobody reads more characters of a text on one line
MOST_SHOWN = 500

#: what jobs of these meanings rank by where not all can be shown; those that are started and live come first, before these
RANKS = {ERROR: 1, WAITING: 2, CANCELED: 3, SUCCESS: 3}

#: the place of a job that was deleted, of which nothing more will be known
GONE = Place("deleted", UNKNOWN, False)

#: the place of one that was not looked at yet
UNSEEN = Place("", UNKNOWN, False)


class Reading(NamedTuple):
    """What is shown of a job."""

    name: str
    status: str
    meaning: RunningStatus
    attempt: int = 0
    progress: float = 0.0
    #: seconds since the start, or from the start to the end; None where that is not known, and before the start
    elapsed: float | None = None
    #: estimated seconds to the end
    remaining: float | None = None
    #: the phase of a job that is live, or why it ended or was asked to
    words: str | None = None


class Board:
    """Jobs by their numbers, and where each stood at the latest look. One that is over is not looked at again."""

    def __init__(self, jobs: Sequence[AnyJob]) -> None:
        self.jobs = jobs
        self.places = [UNSEEN] * len(jobs)
        #: the numbers of those that are not over
        self.live = list(range(len(jobs)))
        #: what is looked at in one way: the numbers of the jobs, how, and what was found last
        self._looks: list[tuple[list[int], Part, Sequence[Any]]] = []
        self._arrange()
        #: the readings of jobs that are over
        self._final: dict[int, Reading] = {}
        self._shown: list[int] = []
        #: how wide the columns of names and statuses have become; they do not shrink, since rows that jump cannot be read
        self.widths = {"name": 0, "status": 0}
        self.look()

    def look(self) -> list[int]:
        """Look at all live jobs; return the numbers of those whose status is another than before."""
        changed = []
        for position, (numbers, part, before) in enumerate(self._looks):
            found = self._found(numbers, part)
            if found == before:
                continue
            self._looks[position] = numbers, part, found
            for number, place in zip(numbers, map(_place, found), strict=True):
                if place != self.places[number]:
                    self.places[number] = place
                    changed.append(number)
        if any(map(self.is_over, changed)):
            self.live = [number for number in self.live if not self.is_over(number)]
            self._arrange()
        return sorted(changed)

    def is_over(self, number: int) -> bool:
        place = self.places[number]
        return place.meaning in FINALS or place is GONE

    def counts(self, numbers: Iterable[int]) -> dict[RunningStatus, int]:
        """Return how many of some jobs have each meaning that one has; what goes on comes first."""
        counts = Counter(self.places[number].meaning for number in numbers)
        return {meaning: counts[meaning] for meaning in FOREMOST if counts[meaning]}

    def reading(self, number: int) -> Reading:
        """Return what is shown of a job. The status is that of the latest look, the rest is as it is now."""
        if number in self._final:
            return self._final[number]
        job, place = self.jobs[number], self.places[number]
        reading = Reading(job.name[:MOST_SHOWN] if job.name else f"job {number + 1}", place.name, place.meaning)
        with suppress(JobGone):
            reading = _read(reading, job)
        if self.is_over(number):
            self._final[number] = reading
        return reading

    def shown(self, room: int) -> list[int]:
        """Return which jobs to show where there is room for so many, each where it was before.

        All in their order, if they fit. If not, a job keeps its line until one of more interest needs it: those that are started
        and live come before those in ERROR, these before WAITING ones, and those before all others.
        """
        everyone = range(len(self.jobs))
        if len(self.jobs) <= room:
            self._shown = list(everyone)
            return self._shown
        ranks = [RANKS.get(place.meaning, 0) for place in self.places]
        shown = self._shown
        by_interest = sorted(shown, key=ranks.__getitem__)[:room]
        shown = [number for number in shown if number in by_interest]
        taken = set(shown)
        hidden = iter(sorted((number for number in everyone if number not in taken), key=ranks.__getitem__))
        if len(shown) < room:
            more = sorted(number for _, number in zip(range(room - len(shown)), hidden, strict=False))
            shown = [*shown, *more]
        lines = sorted(range(room), key=lambda line: -ranks[shown[line]])  # those of the least interest first
        for line, number in zip(lines, hidden, strict=False):
            if ranks[number] >= ranks[shown[line]]:
                break
            shown[line] = number
        self._shown = shown
        return shown

    def _arrange(self) -> None:
        """Divide the live jobs by how they are looked at."""
        kinds: dict[object, list[int]] = {}
        for number in self.live:
            job = self.jobs[number]
            kinds.setdefault((type(job), id(getattr(job, "store", None))), []).append(number)
        self._looks = [(numbers, parts([self.jobs[number] for number in numbers])[0], ()) for numbers in kinds.values()]

    def _found(self, numbers: Sequence[int], part: Part) -> Sequence[Any]:
        try:
            return part.look()
        except JobGone:  # of one of them, which is then found out
            return [_place_of(self.jobs[number]) for number in numbers]


def _place(found: Any) -> Place:
    """Return a place, given that or the position that a job of our own has."""
    return found if isinstance(found, Place) else Place(found.status.name, found.meaning, found.cancel_requested)


def _place_of(job: AnyJob) -> Place:
    try:
        return Place(job.status.name, job.meaning, job.cancel_requested)
    except JobGone:
        return GONE


def _read(reading: Reading, job: AnyJob) -> Reading:
    live = reading.meaning not in FINALS
    words = job.stop_message
    if words is None and live:
        words = job.phase
    elapsed, progress = job.running_time, job.progress
    return reading._replace(
        attempt=job.attempt,
        progress=progress,
        elapsed=elapsed,
        remaining=_remaining(job, elapsed, progress) if reading.meaning is RUNNING else None,
        words=None if words is None else words[:MOST_SHOWN],
    )


def _remaining(job: AnyJob, elapsed: float | None, progress: float) -> float | None:
    """Return how long the rest takes if it goes on as it did: by the running time, what it was suspended for taken off."""
    if elapsed is None or not 0.0 < progress < 1.0:
        return None
    worked = elapsed - (getattr(job, "suspended_time", None) or 0.0)
    return worked * (1.0 - progress) / progress
