"""How long jobs stayed in a status: percentiles of any number of stays, in bounded memory."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from math import ceil, floor

__all__ = ["PERCENTS", "Stays", "percentiles"]

#: the percentiles that are shown
PERCENTS = (50, 90, 99)

#: so many stays are kept as they are; beyond them they are counted in buckets
EXACT = 4096

#: the middle of what the lower half of a 32-bit number can be
_HALF = 0x8000

#: where the upper half of a 32-bit number stands among its two halves
_UPPER = 1 if sys.byteorder == "little" else 0


class Stays:
    """Lengths of time, in seconds.

    Up to 4,096 of them are exact. Beyond that each is counted in a bucket, the upper 16 bits of its 32-bit floating-point number:
    the buckets are 0.4 to 0.8 % wide, so that a percentile is off by 0.4 % at most, and between a microsecond and a thousand years
    there are some 7,000.
    """

    __slots__ = ("_buckets", "_values", "add", "extend", "unmeasured")

    def __init__(self) -> None:
        self._values = array("d")
        self._buckets: Counter[int] = Counter()
        #: how many more there are, of no length that would matter
        self.unmeasured = 0
        self.add = self._values.append
        self.extend = self._values.extend

    def settle(self) -> None:
        """Count in buckets what has been added, if it is much."""
        if len(self._values) > EXACT or (self._buckets and self._values):
            self._buckets.update(_buckets(self._values))
            del self._values[:]

    def __len__(self) -> int:
        return self._buckets.total() + len(self._values) + self.unmeasured

    def counts(self) -> Mapping[float, int]:
        """Return how often there is each length of time: exact ones, or the middles of buckets."""
        if not self._buckets:
            return Counter(self._values)
        self.settle()
        return dict(zip(_middles(self._buckets), self._buckets.values(), strict=True))


def percentiles(every: Iterable[Stays]) -> dict[int, float]:
    """Return the percentiles of all of them together, each in seconds; empty if there are no stays."""
    counts: Counter[float] = Counter()
    for stays in every:
        counts.update(stays.counts())
    if not counts:
        return {}
    lengths = sorted(counts)
    below = list(accumulate(counts[length] for length in lengths))
    return {percent: _at(percent / 100 * (below[-1] - 1), lengths, below) for percent in PERCENTS}


def _at(place: float, lengths: Sequence[float], below: Sequence[int]) -> float:
    """Return the length at a place in their order, counted from 0, or between the two that a broken place lies between."""
    before, after = (lengths[bisect_right(below, whole)] for whole in (floor(place), ceil(place)))
    return before + (place - floor(place)) * (after - before)


def _buckets(values: array[float]) -> array[int]:
    return array("H", array("f", values).tobytes())[_UPPER::2]


def _middles(buckets: Iterable[int]) -> array[float]:
    return array("f", array("I", [bucket << 16 | (_HALF if bucket else 0) for bucket in buckets]).tobytes())
