"""What a report about a job is worth, given what is known of the job: judged by what the moves of its lifecycle can reach."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Iterator
from enum import Enum

from ._engine import Position, Step, machine_answer
from ._lean import TYPE_CHECKING
from ._paths import leaving
from ._rows import UNKNOWN, WAITING
from ._search import breadth_first

if TYPE_CHECKING:
    from typing import NamedTuple

    from ._rows import Row

__all__ = ["Judgement", "Observation", "ReportTimes", "judged", "weighed"]


class Observation(Enum):
    """What a report about a job was worth, given what was known of it."""

    #: it says what is known already
    UNCHANGED = "unchanged"
    #: the job has moved there
    MOVED = "moved"
    #: the job has left that status behind: an older report, ignored
    STALE = "stale"
    #: it contradicts what is known, as a second final status does; ignored, kept in the history and logged
    CONTRADICTORY = "contradictory"


#: when the latest report of the known status was true, and when the latest one that was not understood, by the reporter's clock;
#: None where that is not known
ReportTimes = tuple["float | None", "float | None"]

if TYPE_CHECKING:

    class Judgement(NamedTuple):
        """The verdict on a report, the step that it makes a job take, and what decides once times are considered."""

        verdict: Observation
        #: what a job does about it; None: nothing
        step: Step | None = None
        #: the same for a report older than one that was not understood: UNKNOWN overlays what it says
        covered: Step | None = None
        #: whether it is a report that is not understood, so that UNKNOWN overlays what is known
        overlays: bool = False
        #: whether it reports the status that is known
        known: bool = False
        #: whether moves lead both ways between the two statuses, so that only the times of the reports decide
        cyclic: bool = False
        #: whether the reported status is further on, so that it counts if both reports have the same time
        further: bool = False
else:
    Judgement = namedtuple(
        "Judgement", "verdict step covered overlays known cyclic further", defaults=(None, None, False, False, False, False)
    )


def weighed(judgement: Judgement, report_times: ReportTimes, at: float | None) -> tuple[Observation, Step | None, ReportTimes]:
    """Return what a report that was true `at` some time comes to, the step to take, and the times to remember.

    Between statuses that reach each other, and between the known status and UNKNOWN, the later report counts; of two with the
    same time, the one of the status further on. Hence timed reports lead to the same status in any order.
    """
    verdict, step = judgement.verdict, judgement.step
    known_at, unknown_at = report_times
    if judgement.overlays:
        if verdict is Observation.MOVED and at is not None and known_at is not None and at <= known_at:
            verdict, step = Observation.STALE, None
        return verdict, step, (known_at, _latest(unknown_at, at) if at is not None else None)
    if verdict is Observation.UNCHANGED:
        return verdict, step, (_latest(known_at, at), unknown_at)
    if verdict is not Observation.MOVED:
        return verdict, step, report_times
    if judgement.cyclic and at is not None and known_at is not None and (at, judgement.further) <= (known_at, False):
        return Observation.STALE, None, report_times
    now_known_at = _latest(known_at, at) if judgement.known or (judgement.cyclic and at is None) else at
    if at is None:
        return verdict, step, (now_known_at, None)
    if unknown_at is not None and now_known_at is not None and unknown_at > now_known_at:
        if judgement.known:
            return Observation.STALE, None, (now_known_at, unknown_at)
        step = judgement.covered or step
    return verdict, step, (now_known_at, unknown_at)


def _latest(one: float | None, other: float | None) -> float | None:
    return max((time for time in (one, other) if time is not None), default=None)


def judged(position: Position, observed: Enum, renewed: bool) -> Judgement:
    """Judge a report that a job at `position` is `observed`: of the same attempt, or with `renewed` of a later one."""
    lifecycle, known = position.lifecycle, position.known
    row = machine_answer(lifecycle.machine, "observe", position, observed)
    if lifecycle.means.get(observed.name) is UNKNOWN:
        if position.status is observed:
            return Judgement(Observation.UNCHANGED, overlays=True)
        if row is None:  # a final status is not overlaid
            return Judgement(Observation.UNCHANGED)
        over = position.others.at(observed, known, position.cancel_requested)
        return Judgement(Observation.MOVED, Step("observe", observed, position, over), overlays=True)
    forward, leads_here = lifecycle.forward(known), known.name in lifecycle.forward(observed)
    path: Iterable[Row] | None = None
    if not renewed or position.known_meaning is WAITING:
        if position.status is observed is known:
            return Judgement(Observation.UNCHANGED)
        if position.meaning is UNKNOWN:
            path = () if row is not None and (observed is known or observed.name in forward) else None
        elif observed.name in forward:
            path = forward[observed.name][:-1]
        overlaid = position.meaning is UNKNOWN and observed.name in forward  # but no row leads there
        if path is None and leads_here and observed is not known and not overlaid and not renewed:
            return Judgement(Observation.STALE)
    steps: list[Step] = []
    if path is None and not position.final:
        if row is not None and not renewed:
            path = ()
        elif position.status is known or machine_answer(lifecycle.machine, "observe", position, known) is not None:
            path = _renewed_path(position, observed)  # a status that only a requeue leads to implies one
            if path is not None and position.status is not known:
                steps.append(Step("observe", known, position, position.moved_to(known), inferred=True))
    if path is None:
        return Judgement(Observation.CONTRADICTORY, Step("observe", observed, position, position, observed, refused=True))
    steps += _inferred(steps[-1].after if steps else position, path)
    before = steps[-1].after if steps else position
    steps.append(Step("observe", observed, before, before.moved_to(observed)))
    return Judgement(
        Observation.MOVED,
        Step.along(steps),
        _covered(steps),
        known=observed is known and not renewed,
        cyclic=leads_here and observed is not known and not renewed,
        further=lifecycle.rank(observed) > lifecycle.rank(known),
    )


def _inferred(position: Position, path: Iterable[Row]) -> Iterator[Step]:
    """Yield the steps along rows that nobody reported."""
    for row in path:
        before, position = position, position.moved_to(row.dest)
        yield Step(row.trigger, None, before, position, inferred=True)


def _covered(steps: list[Step]) -> Step | None:
    """Return the same steps and one more into UNKNOWN; None where UNKNOWN does not overlay what they lead to."""
    end = steps[-1].after
    unknown = end.lifecycle.unknown
    if unknown is None or machine_answer(end.lifecycle.machine, "observe", end, unknown) is None:
        return None
    over = end.others.at(unknown, end.status, end.cancel_requested)
    return Step.along([*steps, Step("observe", unknown, end, over, inferred=True)])


def _renewed_path(position: Position, observed: Enum) -> Iterable[Row] | None:
    """Return the rows from a position back to WAITING once and on to `observed`, without the last; None if there are none."""
    back, edges = position.lifecycle.requeues, leaving(position.lifecycle.rows, position.lifecycle.means)

    def onward(node: tuple[str, bool]) -> Iterator[tuple[Row, tuple[str, bool]]]:
        name, waited = node
        for row, dest in edges(name):
            if not (waited and row in back):
                yield row, (dest, waited or row in back)

    paths = breadth_first((position.known.name, False), onward)
    return next((path[:-1] for path, end in paths if end == (observed.name, True)), None)
