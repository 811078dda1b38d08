"""Where many jobs stand at one moment, and what that makes of them together."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

from ._any_job import AnyJob
from ._rows import CANCEL_REQUESTED, CANCELED, ERROR, FINALS, RUNNING, SUCCESS, SUSPENDED, UNKNOWN, WAITING, RunningStatus
from ._status import JobStatus

__all__ = ["FOREMOST", "Part", "Place", "parts", "tally", "verdict"]

#: many jobs mean together what comes first here and is true of one of them; so they are over only when all are
FOREMOST = (CANCEL_REQUESTED, RUNNING, UNKNOWN, SUSPENDED, WAITING, ERROR, CANCELED, SUCCESS)

#: how often jobs that do not stand still are looked at
PASSES = 100

#: whether no other thread gets a turn within a step that is taken in C, as in all but free-threaded builds of Python
_ALONE = getattr(sys, "_is_gil_enabled", lambda: True)()

# Read in C, without running any code of ours.
_position = attrgetter("_position")

#: what a class of jobs reads a status from; a subclass that reads it elsewhere is not one of ours
_sources = attrgetter("_position", "meaning")


class Place(NamedTuple):
    """Where a job stands."""

    #: of its status
    name: str
    meaning: RunningStatus
    cancel_requested: bool


def verdict(counts: Mapping[RunningStatus, int]) -> RunningStatus:
    """Return what is true of many jobs together, of which so many have each meaning."""
    present = {meaning for meaning, count in counts.items() if count}
    if WAITING in present and not present.isdisjoint(FINALS):
        present.add(RUNNING)  # they have begun and go on
    return next((meaning for meaning in FOREMOST if meaning in present), WAITING)


class Part(NamedTuple):
    """Jobs of a group that are looked at in one way."""

    #: returns where each stands, as a value that is equal only to that of a job at the same place
    look: Callable[[], Sequence[Any]]
    #: whether that is how all of them stood at one moment
    at_once: bool


def parts(jobs: Iterable[AnyJob]) -> tuple[Part, ...]:
    """Return how to look at some jobs: at those of our own in C, at those that have a `_teller` by that, else one by one.

    A teller takes the jobs that have it, and returns by `_places` the places of all of them at one moment.
    """
    own: list[AnyJob] = []
    others: list[AnyJob] = []
    together: dict[Any, list[AnyJob]] = {}
    for job in jobs:
        kind: Any = type(job)
        if (teller := getattr(job, "_teller", None)) is not None:
            together.setdefault(teller, []).append(job)
        elif isinstance(job, JobStatus) and _sources(kind) == _sources(JobStatus):
            own.append(job)
        else:
            others.append(job)
    found = [Part(partial(teller._places, some), True) for teller, some in together.items()]
    if own:
        found.append(Part(lambda: list(map(_position, own)), _ALONE))
    if others:
        found.append(Part(lambda: [Place(job.status.name, job.meaning, job.cancel_requested) for job in others], False))
    return tuple(found)


def tally(parts: Sequence[Part]) -> Counter[Place]:
    """Return how many jobs stand in each place, all at one moment.

    To look at one job after the other may find what never was: one job before it started, and another after it ended, though some
    job was running all the time. So jobs that cannot be looked at all at once are looked at until two passes in a row find the
    same; if they never stand still, what the latest pass found has to do.
    """
    found = [part.look() for part in parts]
    for _ in range(PASSES if len(parts) > 1 or not all(part.at_once for part in parts) else 0):
        before, found = found, [part.look() for part in parts]
        if found == before:
            break
    places: Counter[Place] = Counter()
    for place, count in Counter(chain.from_iterable(found)).items():
        if not isinstance(place, Place):  # then it is a position, as our own jobs have them
            place = Place(place.status.name, place.meaning, place.cancel_requested)
        places[place] += count
    return places
