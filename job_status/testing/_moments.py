"""The timestamps of a log, as seconds: numbers in one of several units, or dates and times by ISO 8601."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import MINYEAR, UTC, datetime, timedelta
from itertools import repeat
from math import isfinite, nan
from operator import sub
from typing import Any, cast

from .._values import shown
from ..diagrams._text import moment as calendar

__all__ = ["UNITS", "Marks", "Moments", "are_unset", "gaps", "in_seconds", "is_missing", "is_unset"]

#: moments in order to compare them, all of one kind: seconds, or dates and times
Marks = Sequence[float | datetime]

#: the units that numbers in a log may have: how many make a second, and what they are called
UNITS: Mapping[str, tuple[float, str]] = {
    "s": (1.0, "seconds"),
    "ms": (1e3, "milliseconds"),
    "us": (1e6, "microseconds"),
    "ns": (1e9, "nanoseconds"),
}

#: No log has times after the year 5138. Today's time in milliseconds, read as seconds, is far beyond.
_TOO_LARGE = 1e11

#: what stands in place of a time that there is not; Go writes the first moment of the year 1
_UNSET = frozenset(("", "unknown", "none", "null", "n/a", "-", "0001-01-01t00:00:00z"))

_EPOCH, _NAIVE_EPOCH = datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1)


class Moments:
    """Reads timestamps, of which those that are numbers have one unit."""

    def __init__(self, unit: str = "s") -> None:
        if unit not in UNITS:
            raise ValueError(f"the unit of timestamps must be one of {', '.join(UNITS)}, not {shown(unit)}")
        self._size, self._unit = UNITS[unit]

    def seconds(self, moment: Any) -> float:
        """Return a number, a datetime, or a text with a number or ISO 8601, as seconds. Raises `ValueError` for any other."""
        if type(moment) is str and moment[4:5] == "-":  # for float() to fail first would take longer than all the rest
            try:
                return _posix(datetime.fromisoformat(moment))
            except ValueError:  # it is 1.2e-5, say
                pass
        try:
            number = float(moment)
        except (OverflowError, TypeError, ValueError):
            return _posix(self._calendar_time(moment))
        if -_TOO_LARGE < number / self._size < _TOO_LARGE and type(moment) is not bool:
            return number / self._size
        raise ValueError(self._refusal(moment, number))

    def column(self, texts: Sequence[str]) -> Sequence[float]:
        """Return texts that are all of one form as seconds, and quickly. Raises `ValueError` for any others."""
        return in_seconds(self.marks(texts))

    def marks(self, texts: Sequence[str]) -> Marks:
        """Return the same as what can be compared, and measured by `gaps`, without the time that it takes to get the seconds."""
        if texts[0][4:5] == "-":
            moments = list(map(datetime.fromisoformat, texts))
            try:
                first = min(moments)
            except TypeError:
                raise ValueError("some have a zone and some have none") from None
            if first.year == MINYEAR:
                raise ValueError("some are not set")
            return moments
        numbers = list(map(float, texts))
        if self._size != 1:
            numbers = [number / self._size for number in numbers]
        if isfinite(sum(numbers)) and min(numbers) > -_TOO_LARGE and max(numbers) < _TOO_LARGE:
            return numbers
        raise ValueError("a number is too large for its unit")

    def _calendar_time(self, moment: Any) -> datetime:
        if isinstance(moment, datetime) and moment == moment:  # pandas' NaT is one that is not
            return moment
        try:
            return datetime.fromisoformat(moment.strip())
        except (AttributeError, ValueError):
            raise ValueError(self._refusal(moment, nan)) from None

    def _refusal(self, moment: Any, number: float) -> str:
        """Return why a timestamp is not taken and, if it is too large a number, in what unit it would be one."""
        if not isfinite(number) or isinstance(moment, bool):
            return f"the timestamp {shown(moment)} is neither a number of {self._unit} nor ISO 8601"
        guesses = (
            f": in {name} it is {calendar(number / size)}" for size, name in UNITS.values() if abs(number) / size < _TOO_LARGE
        )
        return f"the timestamp {shown(moment)} is too large for {self._unit}{next(guesses, '')}; give its unit: {', '.join(UNITS)}"


def in_seconds(marks: Marks) -> Sequence[float]:
    """Return marks as seconds since 1970."""
    if isinstance(marks[0], float):
        return cast(Sequence[float], marks)
    return gaps(repeat(_EPOCH if marks[0].tzinfo else _NAIVE_EPOCH), marks)


def gaps(earlier: Iterable[Any], later: Sequence[Any]) -> list[float]:
    """Return the seconds from each mark to another."""
    lengths = list(map(sub, later, earlier))
    return lengths if isinstance(lengths[0], float) else list(map(timedelta.total_seconds, lengths))


def is_unset(moment: Any) -> bool:
    """Return whether something in place of a time says that there is none."""
    if isinstance(moment, str):
        return not "1" <= moment[:1] <= "9" and moment.strip().lower() in _UNSET
    return moment is None or moment != moment


def are_unset(moments: Sequence[str]) -> bool:
    """Return whether some of many texts in place of a time say that there is none."""
    return any(map(is_unset, set(moments)))


def is_missing(moment: Any) -> bool:
    """Return whether something in place of one of a job's times says that it has not come: 0 does so, too."""
    return not (isinstance(moment, str) and "1" <= moment[:1] <= "9") and (is_unset(moment) or moment in (0, "0"))


def _posix(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
