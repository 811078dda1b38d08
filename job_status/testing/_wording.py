"""Transition coverage in words, as every report has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..diagrams._text import shown
from ._coverage import Coverage, Entry
from ._ledger import Case

__all__ = ["LEGEND", "REFUSALS", "cell", "details", "look", "nothing", "percentages", "refusals", "summary", "untested"]

LEGEND = "12 taken so often, -3 refused so often; ! never taken, -! never refused"
#: the heading of the list of refusals
REFUSALS = "Refusals that were exercised, by status"


def summary(coverage: Coverage) -> str:
    """Return the two percentages of a source, in one line."""
    return f"{shown(coverage.name)}: {percentages(coverage)}"


def percentages(coverage: Coverage) -> str:
    """Return the two percentages."""
    return ", ".join(
        f"{_floored(percent)} % of {len(wanted)} {what}"
        for percent, wanted, what in (
            (coverage.percent_moves, coverage.moves, "moves"),
            (coverage.percent_refusals, coverage.refusals, "refusals"),
        )
    )


def nothing(coverage: Coverage) -> str:
    """Return that nothing was recorded, and why; "" if something was."""
    return f"nothing was recorded: {shown(coverage.why)}" if coverage.why else ""


def untested(coverage: Coverage) -> Iterator[str]:
    """Yield the moves that nothing took, and the refusals that nothing met, in a line each."""
    for words, cases in (("never taken", coverage.untested_moves), ("never refused", coverage.untested_refusals)):
        if cases:
            yield f"{words}: {', '.join(map(_named, cases))}"


def refusals(coverage: Coverage) -> Iterator[tuple[str, str, str]]:
    """Yield each status, how many of its refusals were met, and the columns of those that never were, or "all"."""
    for status, entries in coverage.refused():
        never = [shown(entry.case[1]) for entry in entries if not entry.hits]
        yield (
            shown(status),
            f"{len(entries) - len(never)} of {len(entries)}",
            "all" if len(never) == len(entries) > 1 else ", ".join(never),
        )


def cell(entries: Sequence[Entry]) -> str:
    """Return what stands in a cell."""
    return " ".join(map(str, entries))


def details(entries: Iterable[Entry]) -> str:
    """Return what is counted in a cell, and its hits."""
    return "; ".join(f"{_named(entry.case)}: {entry.hits}" for entry in entries)


def look(entries: Iterable[Entry]) -> str:
    """Return how a cell looks: "untested" if anything in it is, else "moved" or "refused"; "" for one with nothing in it."""
    looks = {"untested" if not entry.hits else "refused" if entry.refusal else "moved" for entry in entries}
    return next((look for look in ("untested", "moved", "refused") if look in looks), "")


def _named(case: Case) -> str:
    status, label, dest = case
    return f"{shown(status)}-{shown(label)}" + ("" if dest is None else f" -> {shown(dest)}")


def _floored(percent: float) -> str:
    """Return a percentage that is 100 only if nothing is missing."""
    return f"{int(percent * 10 + 1e-6) / 10:g}"
