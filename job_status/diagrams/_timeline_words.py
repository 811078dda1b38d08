"""The words of a timeline: what stands beside it and below it, what one is shown who points at a part, and the description."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ._axis import Axis, lasting
from ._stays import Life, Refusal, Stay
from ._text import known, shown

#: of how many jobs the description tells the stays
_TOLD = 20


def total(stays: Sequence[Stay]) -> str:
    """Return how long a job was in the status of those stays; "" for its end, and for none."""
    seconds = [stay.seconds for stay in stays if not stay.final]
    if not seconds:
        return ""
    return "time unknown" if None in seconds else lasting(sum(each or 0.0 for each in seconds))


def of_stays(stays: Sequence[Stay]) -> str:
    """Return "RUNNING: 10 min, from ... to ..."; of several stays of which only the time around them is known, that."""
    first, last = stays[0], stays[-1]
    names = ", then ".join(shown(stay.status) for stay in stays)
    if not first.certain:
        until = "now" if last.lasts else known(last.latest)
        return f"{names}: nobody knows when, between {known(first.earliest)} and {until}"
    if first.final:
        return f"{names}: at {known(first.latest)}"
    spent = f"{names}: {lasting(first.seconds or 0.0)}"
    return (
        f"{spent}, since {known(first.earliest)}"
        if first.lasts
        else f"{spent}, from {known(first.earliest)} to {known(first.latest)}"
    )


def of_refusal(refusal: Refusal) -> str:
    """Return "Refused while RUNNING: start_run, at ..."."""
    return f"Refused while {shown(refusal.status)}: {shown(refusal.trigger)}, at {known(refusal.at)}"


def notes(lives: Sequence[Life], axis: Axis, now: float, left_out: int) -> Iterator[str]:
    """Yield how to read a timeline, and what it does not show."""
    stays = [stay for life in lives for stay in life.stays]
    if not lives:
        yield "No jobs."
    elif any(stay.earliest is not None or stay.latest is not None for stay in stays):
        yield f"The axis begins at {known(axis.start)}."
    if any(stay.lasts for stay in stays):
        yield f"What goes on at {known(now)} ends in an arrow head."
    untimed = sum(refusal.at is None for life in lives for refusal in life.refused)
    if untimed:
        yield f"{untimed} refused {'attempt is' if untimed == 1 else 'attempts are'} not shown, as nobody knows when."
    if left_out:
        yield f"{left_out:,} more {'job is' if left_out == 1 else 'jobs are'} not shown."


def description(lives: Sequence[Life], left_out: int) -> str:
    """Return what the picture shows, for those who cannot see it."""
    count = len(lives) + left_out
    said = [f"A timeline of {count:,} {'job' if count == 1 else 'jobs'}."]
    said += [_told(life) for life in lives[:_TOLD]]
    if count > _TOLD:
        said.append(f"And {count - _TOLD:,} more.")
    return " ".join(said)


def _told(life: Life) -> str:
    stays = ", then ".join(_stay(stay) for stay in life.stays)
    refused = f"; {len(life.refused)} refused" if life.refused else ""
    return f"{shown(life.name) if life.name else 'A job'}: {stays}{refused}."


def _stay(stay: Stay) -> str:
    if stay.final:
        return shown(stay.status)
    seconds = "an unknown time" if stay.seconds is None else lasting(stay.seconds)
    return f"{shown(stay.status)} for {seconds}{' so far' if stay.lasts else ''}"
