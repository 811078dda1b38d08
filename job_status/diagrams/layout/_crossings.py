"""How often straight lines cross."""

from __future__ import annotations

from collections.abc import Iterable

#: from and to where a line runs
Line = tuple[float, float, float, float]
#: a line with its extent before it: from and to which layer, from and to which row
Known = tuple[float, float, float, float, float, float, float, float]


def known(line: Line) -> Known:
    """Return a line with its extent, which says most often that it crosses nothing."""
    a, b, c, d = line
    return *((a, c) if a < c else (c, a)), *((b, d) if b < d else (d, b)), a, b, c, d


def crossings(line: Known, others: Iterable[Known]) -> int:
    """Return how many lines cross or touch one, those not counted that share an end with it. This is where the time goes."""
    count = 0
    left, right, top, bottom, a, b, c, d = line
    across, down = c - a, d - b
    for low, high, first, last, e, f, g, h in others:
        if low <= right and left <= high and first <= bottom and top <= last:
            one, other = across * (f - b) - down * (e - a), across * (h - b) - down * (g - a)
            if one * other <= 0 and (one or other):  # the ends of the other are on both sides of this one
                one, other = (g - e) * (b - f) - (h - f) * (a - e), (g - e) * (d - f) - (h - f) * (c - e)
                if one * other <= 0 and (one or other):
                    shared = (a == e and b == f) or (a == g and b == h) or (c == e and d == f) or (c == g and d == h)
                    count += not shared
    return count
