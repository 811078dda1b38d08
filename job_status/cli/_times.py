"""Times on the command line."""

from __future__ import annotations

import re

__all__ = ["seconds_of"]

_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
_TIME = "".join(rf"(?:(\d+(?:\.\d+)?){unit})?" for unit in _UNITS)


def seconds_of(text: str) -> float:
    """Return the seconds that a time such as 90, 10m or 1h30m stands for. Raises `ValueError` if it is none."""
    parts = re.fullmatch(_TIME, text)
    try:
        if parts is not None and text:
            seconds = sum(float(part) * unit for part, unit in zip(parts.groups("0"), _UNITS.values(), strict=True))
        else:
            seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0.0 <= seconds < float("inf"):
        raise ValueError(f"{text!r} is not a time: say 90 or 90s, 10m, 1h30m")
    return seconds
