"""Values from outside: checked, and shown in error messages without being trusted."""

from __future__ import annotations

import sys
from contextlib import suppress
from reprlib import Repr
from time import monotonic, time
from types import MemberDescriptorType

from ._lean import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

__all__ = ["INF", "attributes", "checked_attempt", "checked_seconds", "clock_at", "name_in", "real", "shown"]

INF, NAN = float("inf"), float("nan")

#: nobody means a time beyond this, and sums of such numbers need not be finite
MOST_SECONDS = 1e100

#: how many characters of a value an error message shows
MOST_SHOWN = 200

_shortened = Repr()
_shortened.maxstring = _shortened.maxother = _shortened.maxlong = 80
_shortened.maxlevel = 3


def shown(value: object) -> str:
    """Return the repr of a value for an error message, cut short where it is huge or deep."""
    try:
        text = _shortened.repr(value)
    except ValueError:  # an integer of more digits than Python writes out
        text = f"<a huge {type(value).__name__}>"
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}..."


def real(value: Any) -> float:
    """Return a number as a float; NaN for anything else, which then fails every comparison."""
    if isinstance(value, str | bytes | bytearray):
        return NAN
    try:
        return float(value)
    except OverflowError:
        return INF if value > 0 else -INF
    except (TypeError, ValueError):
        return NAN


def checked_seconds(name: str, value: object) -> float | None:
    """Return a finite number of seconds, or None. Raises `ValueError` if it is anything else."""
    if value is None:
        return None
    seconds = real(value)
    if not -MOST_SECONDS <= seconds <= MOST_SECONDS:
        raise ValueError(f"{name} must be a finite number of seconds or None, not {shown(value)}")
    return seconds


def checked_attempt(value: object, prefix: str = "") -> int:
    """Return the number of an attempt. Raises `ValueError` if it is anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return int(value)
    raise ValueError(f"{prefix}attempt must be a whole number from 0, not {shown(value)}")


def clock_at(timestamp: float) -> float:
    """Return what the monotonic clock showed at a POSIX time, as far as that is known now; never a time in the future."""
    return monotonic() - max(0.0, time() - timestamp)


def name_in(module: str, value: object) -> str | None:
    """Return the name by which a module has a value; None if it has none, or was not imported."""
    names = list(vars(sys.modules[module]).items()) if module in sys.modules else []
    return next((name for name, other in names if other is value), None)


def attributes(thing: object, base: type) -> dict[str, Any]:
    """Return the attributes that an object has beside those of a base class: of its `__dict__`, and of its classes' `__slots__`."""
    found = dict(getattr(thing, "__dict__", {}))
    for kind in type(thing).__mro__:
        for name, slot in vars(kind).items() if kind not in base.__mro__ else ():
            if isinstance(slot, MemberDescriptorType):
                with suppress(AttributeError):  # it was never set
                    found[name] = slot.__get__(thing)
    return found
