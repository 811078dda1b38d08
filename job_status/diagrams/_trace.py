"""The way one job took: its steps in order, the attempts that were refused, and how long it stayed in each status.

It is told by a job's read interface alone, and only what that knows: an interval with an unknown end, or one that two clocks make
negative, is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, TypeGuard, runtime_checkable

from .._history import HISTORY_LIMIT, Move
from .._lifecycle import Lifecycle, RunningStatus
from .._source import Definition
from ._text import moment, span


@runtime_checkable
class Job(Protocol):
    """What is read of a job to draw its trace; a `JobStatus` has it."""

    @property
    def status(self) -> RunningStatus: ...
    @property
    def lifecycle(self) -> Lifecycle: ...
    @property
    def history(self) -> Sequence[Move]: ...
    @property
    def creation_timestamp(self) -> float | None: ...
    @property
    def progress(self) -> float: ...
    @property
    def phase(self) -> str | None: ...
    @property
    def stop_message(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Step:
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
        """How it is told from the others in a list."""
        return "refused" if self.number is None else f"{self.number} (inferred)" if self.inferred else str(self.number)


@dataclass(frozen=True, slots=True)
class Trace:
    """All that a picture tells of one job."""

    current: str
    steps: tuple[Step, ...]
    #: each status that the job was in, with how long or since when, in the order of the first visits
    times: dict[str, str]
    progress: float
    phase: str | None
    message: str | None

    @property
    def taken(self) -> tuple[Step, ...]:
        """The steps that moved the job."""
        return tuple(step for step in self.steps if step.number is not None)

    @property
    def refused(self) -> tuple[Step, ...]:
        """The attempts that did not."""
        return tuple(step for step in self.steps if step.number is None)


def is_job(source: object) -> TypeGuard[Job]:
    """Whether it can be read as a job; a class of jobs has all that a job has, but is none."""
    return isinstance(source, Job) and not isinstance(source, type)


def trace(job: Job, declared: Definition) -> Trace:
    """The trace of a job through the moves declared."""
    # The job may move while it is read: its last move tells where it is, and the rest is told from the same reading.
    moves = tuple(job.history)
    taken = [move for move in moves if not move.refused]
    current = taken[-1].dest if taken else job.status
    first = taken[0].source if taken else current
    whole = first.name == declared.initial and len(moves) < HISTORY_LIMIT
    return Trace(
        current.name,
        tuple(_steps(moves, declared)),
        _times(taken, current.name, declared, job.creation_timestamp if whole else None),
        job.progress,
        job.phase,
        job.stop_message,
    )


def _steps(moves: Sequence[Move], declared: Definition) -> Iterator[Step]:
    edges = {(edge.trigger, edge.source, edge.dest): edge for edge in declared.edges}
    number = 0
    for move in moves:
        number += not move.refused
        edge = edges.get((move.trigger, move.source.name, move.dest.name))
        named = move.trigger in ("observe", "stop_run")  # their caller names the destination
        label = edge.label if edge else f"{move.trigger}({move.dest.name})" if named else move.trigger
        yield Step(
            None if move.refused else number,
            label,
            edge.condition if edge else "",
            move.source.name,
            move.dest.name,
            moment(move.timestamp),
            move.mesg,
            move.inferred,
        )


def _times(taken: Sequence[Move], current: str, declared: Definition, created: float | None) -> dict[str, str]:
    """How long the job was in each status; of the one where it is, since when."""
    names = [taken[0].source.name if taken else current, *(move.dest.name for move in taken)]
    since = [created, *(move.timestamp for move in taken)]
    spent: dict[str, float | None] = {}
    for name, (start, end) in zip(names, pairwise(since), strict=False):
        before = spent.get(name, 0.0)
        known = before is not None and start is not None and end is not None and end >= start
        spent[name] = before + (end - start) if known else None  # type: ignore[operator]  # `known` says that none is None
    times = {name: "time unknown" if seconds is None else span(seconds) for name, seconds in spent.items()}
    arrival = f"{'at' if current in declared.finals else 'since'} {moment(since[-1]).replace('unknown', 'an unknown time')}"
    times[current] = f"{times[current]}, then {arrival}" if current in times else arrival
    return times
