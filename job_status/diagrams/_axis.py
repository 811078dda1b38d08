"""A time axis: where times lie on it, and where its marks are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor, log10

from ._text import span

#: what lies between two marks: one of these numbers of seconds, or a round number of days or of parts of a second
_ROUND = (1, 2, 5, 10)
_STEPS = (
    1.0,
    2.0,
    5.0,
    10.0,
    15.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    900.0,
    1800.0,
    3600.0,
    7200.0,
    10800.0,
    21600.0,
    43200.0,
    86400.0,
)
_MOST_STEPS = 8

#: a longer time is given in seconds alone: nobody counts that many days
_LONGEST = 1e11


@dataclass(frozen=True, slots=True)
class Axis:
    """The times from `start` to `end`, in POSIX seconds, from `left` to `right`, in px."""

    start: float
    end: float
    left: float
    right: float

    @property
    def seconds(self) -> float:
        """How much time it shows; never 0."""
        return self.end - self.start or 1.0

    def at(self, time: float) -> float:
        """Return where a time lies, in px."""
        return self.left + (time - self.start) / self.seconds * (self.right - self.left)

    def marks(self) -> Iterator[tuple[float, str]]:
        """Yield where marks are, and how long after the start: but one where only one time is known."""
        if self.start == self.end:
            yield self.left, lasting(0.0)
            return
        step = _step(self.seconds / _MOST_STEPS)
        for number in range(int(self.seconds / step * (1 + 1e-9)) + 1):
            # Reckoned from the start, since a sum with a time in POSIX seconds would be rounded to parts of a microsecond.
            yield self.left + number * step / self.seconds * (self.right - self.left), lasting(number * step)


def lasting(seconds: float) -> str:
    """Return a time span as people read it, however long it is."""
    return span(seconds) if seconds < _LONGEST else f"{seconds:.3g} s"


def _step(least: float) -> float:
    """Return the shortest step between marks that is no shorter than that."""
    if _STEPS[0] <= least <= _STEPS[-1]:
        return next(step for step in _STEPS if step >= least)
    unit = 1.0 if least < _STEPS[0] else _STEPS[-1]
    size: float = unit * 10.0 ** floor(log10(least / unit))
    return next(number * size for number in _ROUND if number * size >= least)
