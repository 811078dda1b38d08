"""Names and times as people read them. Names come from anywhere, so nothing in them may act as markup or reverse a line."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from itertools import pairwise
from textwrap import wrap

#: what sets the direction of the text around it, and so could make one name read as another
_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_UNSHOWN = frozenset(("Cc", "Cs", "Cn", "Zl", "Zp"))


def shown(name: str) -> str:
    """Return a name as one line of printable text: control characters and the like as Python would escape them."""
    if name.isascii() and name.isprintable() and name:
        return name
    return "".join(map(_shown, name)) or '""'


def _shown(char: str) -> str:
    if char in _TURNS or unicodedata.category(char) in _UNSHOWN:
        return char.encode("unicode_escape").decode()
    return char


def wrapped(text: str, width: int) -> tuple[str, ...]:
    """Return a text in lines of at most `width` characters, broken within words where it must be."""
    return (text,) if len(text) <= width else tuple(wrap(text, width))


def span(seconds: float) -> str:
    """Return a number of seconds in the two units that matter: "0.25 s", "12.5 s", "3 min 4 s", "2 d 1 h"."""
    if seconds < 59.95:
        return f"{seconds:.3g} s"
    whole = round(seconds)
    (size, unit), (smaller, part) = next(pair for pair in pairwise(_UNITS) if whole >= pair[0][0])
    rest = whole % size // smaller
    return f"{whole // size} {unit}" + (f" {rest} {part}" if rest else "")


_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def moment(timestamp: float | None) -> str:
    """Return a POSIX time in UTC, to the second; "unknown" for None and for a time out of range."""
    try:
        return "unknown" if timestamp is None else f"{datetime.fromtimestamp(timestamp, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return "unknown"


def known(time: float | None) -> str:
    """Return a time as people read it, within a sentence."""
    return moment(time).replace("unknown", "an unknown time")
