"""The path of one job: its steps in order, the attempts that were refused, and how long it stayed in each status.

Only what any job can be asked for is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .._history import Move
from .._rows import Column, Transition
from .._source import Definition, ReadableJob
from ._stays import Stay, stays
from ._text import known, moment, span


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One entry of the job's history; `number` counts the moves taken, and a refused attempt has none."""

    number: int | None
    label: str
    condition: str
    source: str
    dest: str
    at: str
    mesg: str | None
    inferred: bool

    @property
    def sign(self) -> str:
        """What marks it in a list."""
        return "refused" if self.number is None else f"{self.number} (inferred)" if self.inferred else str(self.number)


@dataclass(frozen=True, slots=True)
class Trace:
    """All that a picture shows of one job."""

    name: str | None
    current: str
    steps: tuple[TraceStep, ...]
    #: each status that the job was in, with how long or since when, in the order of the first visits
    times: dict[str, str]
    progress: float
    phase: str | None
    message: str | None

    @property
    def taken(self) -> tuple[TraceStep, ...]:
        """The steps that moved the job."""
        return tuple(step for step in self.steps if step.number is not None)

    @property
    def refused(self) -> tuple[TraceStep, ...]:
        """The attempts that the job refused."""
        return tuple(step for step in self.steps if step.number is None)


def trace(job: ReadableJob, declared: Definition) -> Trace:
    """Return the trace of a job through the moves declared."""
    # The job may move while it is read, so its status comes from the same history as all the rest.
    moves = tuple(job.history)
    taken = [move for move in moves if not move.refused]
    current = (taken[-1].dest if taken else job.status).name
    return Trace(
        job.name,
        current,
        tuple(_steps(moves, declared)),
        _times(stays(job, moves)),
        job.progress,
        job.phase,
        job.stop_message,
    )


def _steps(moves: Sequence[Move[Any]], declared: Definition) -> Iterator[TraceStep]:
    conditions = {(edge.label, edge.source, edge.dest): edge.when for edge in declared.edges}
    number = 0
    for move in moves:
        number += not move.refused
        label, source, dest = _label(move), move.source.name, move.dest.name
        yield TraceStep(
            None if move.refused else number,
            label,
            conditions.get((label, source, dest), ""),
            source,
            dest,
            moment(move.timestamp),
            move.mesg,
            move.inferred,
        )


def _label(move: Move[Any]) -> Column:
    """Return the column of a move. A refused attempt in a restored history may name anything."""
    if not move.trigger.isidentifier():
        return Column(move.trigger)
    return Transition(move.trigger, move.source, move.dest).label


def _times(stays: Sequence[Stay]) -> dict[str, str]:
    """Return how long the job was in each status; for the current one, since when."""
    spent: dict[str, float | None] = {}
    for stay in stays[:-1]:
        before = spent.get(stay.status, 0.0)
        spent[stay.status] = None if before is None or stay.seconds is None else before + stay.seconds
    times = {name: "time unknown" if seconds is None else span(seconds) for name, seconds in spent.items()}
    last = stays[-1]
    arrival = f"{'at' if last.final else 'since'} {known(last.earliest if last.certain else None)}"
    times[last.status] = f"{times[last.status]}, then {arrival}" if last.status in times else arrival
    return times
