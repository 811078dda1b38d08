"""Checks a real log of statuses against the table: which moves are not in it, which were never seen, how long jobs stayed.

A log says where a job was and when, not by which trigger it moved, so a move here is a pair of statuses.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import inf
from operator import itemgetter
from pathlib import Path
from statistics import median
from typing import Any

from .._rows import UNKNOWN
from .._search import shortest_paths
from .._source import Source
from ..diagrams._text import shown, span
from ._graph import Graph
from ._logs import Log, Record

__all__ = ["Replay", "replay"]

#: two statuses, one after the other
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Replay:
    """What a log shows. As a string, a report."""

    #: how many records the log has, and of how many jobs
    records: int
    jobs: int
    #: how many seconds lie between the first record and the last
    span: float
    #: how often each status was entered, in the order of the table
    visits: Mapping[str, int]
    #: for how many seconds a job stayed in a status, by the median of those that left it; None if none did
    dwell: Mapping[str, float | None]
    #: how often each move of the table was seen
    seen: Mapping[Pair, int]
    #: how often each move was seen that is not in the table, the most frequent first
    unknown: Mapping[Pair, int]
    #: for each of those: a job that made it
    examples: Mapping[Pair, str]
    #: for each of those: the statuses in between by the table, or None if the table has no path from one to the other
    skipped: Mapping[Pair, tuple[str, ...] | None]
    #: the moves of the table that were never seen
    never: tuple[Pair, ...]
    #: how many records could not be read and were skipped, and where and why of the first few
    bad: int = 0
    first_bad: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every move of the log is in the table."""
        return not self.unknown

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{_number(self.records, 'record')} of {_number(self.jobs, 'job')}, over {span(self.span)}"
        if self.bad:
            yield f"{_number(self.bad, 'record')} skipped that cannot be read:"
            yield from (f"  {shown(bad)}" for bad in self.first_bad)
            yield from ["  ..."] if self.bad > len(self.first_bad) else []
        yield ""
        width = max(map(len, ("status", *self.visits)))
        yield f"{'status':<{width}}  entered  median stay"
        for status, visits in self.visits.items():
            stay = self.dwell[status]
            yield f"{status:<{width}}  {visits:>7}  {'-' if stay is None else span(stay):>11}"
        for heading, lines in (("not in the table", self._strange()), ("seen", self._known()), ("never seen", self._missing())):
            yield from ("", f"{heading}:", *(f"  {line}" for line in [*lines] or ["nothing"]))

    def _strange(self) -> Iterator[str]:
        for (before, after), number in self.unknown.items():
            between = self.skipped[before, after]
            remark = "no path leads there" if between is None else f"skips {', '.join(between)}"
            yield f"{before} -> {after} ({remark}): {number}, as by job {shown(self.examples[before, after])}"

    def _known(self) -> Iterator[str]:
        for (before, after), number in self.seen.items():
            yield f"{before} -> {after}: {number}"

    def _missing(self) -> Iterator[str]:
        for before in dict.fromkeys(before for before, _ in self.never):
            yield f"{before} -> {', '.join(after for start, after in self.never if start == before)}"


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def replay(source: Source, log: Iterable[Any] | str | Path, *, unit: str = "s", skip_bad: bool = False) -> Replay:
    """Check a log against a source: entries with a job, its status and a timestamp, as sequences or mappings, or a file.

    A file is given by its path or open for reading text. It is CSV, or JSON lines if its suffix is .jsonl, .ndjson or .json; of an
    open one, the first line decides. A status is a member of the Enum, its name in any case, or its value if that is a string. The
    timestamp is ISO 8601, without a zone taken as UTC, or a number of `unit`: "s", "ms", "us" or "ns". A number too large for it is
    refused, so that the milliseconds since 1970 are not read as seconds.

    The entries of a job are put in the order of their times; of those with the same time, what can reach the others comes first.
    The first entry of a job is where it was then, and an entry with the same status as the one before is not a move. With
    `skip_bad`, entries that cannot be read are skipped and counted.

    A log that has the entries of each job in the order of their times takes memory for each job (some 200 bytes) and for each move
    (40 bytes). Any other takes memory for each entry (some 150 bytes), and so does what can be read only once, such as a pipe.

    Raises `ValueError`, which names the entry, if one cannot be read, and if there is none; `TypeError` if a file is open for
    reading bytes.
    """
    graph = Graph(source)
    entries = Log(log, source, unit, skip_bad)
    moves = _Moves(graph)
    try:
        moves.count(entries.records() if entries.repeatable else _in_order(entries.records()))
    except _OutOfOrder:
        moves = _Moves(graph)
        moves.count(_in_order(entries.records()))
    if not moves.records:
        bad = f" that can be read; of {entries.bad} that cannot, the first is {entries.first_bad[0]}" if entries.bad else ""
        raise ValueError(f"the log has no record{bad}")
    return moves.summed_up(entries)


def _in_order(records: Iterable[Record]) -> list[Record]:
    return sorted(records, key=itemgetter(2))


class _OutOfOrder(Exception):
    """A record is older than one before it of the same job."""


class _Job:
    """Where a job is: the status that it entered last and when, the time of its last record, and the statuses at that time."""

    __slots__ = ("since", "status", "tied", "time")

    def __init__(self, time: float, tied: tuple[str, ...]) -> None:
        self.status: str | None = None
        self.since = self.time = time
        self.tied = tied


class _Moves:
    """The moves that jobs made, counted as their records come in the order of time."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        statuses = graph.definition.statuses
        self.paths = {status: _paths(graph, status) for status in statuses}
        self.records = 0
        self.began = dict.fromkeys(statuses, 0)
        self.counts: dict[str, dict[str, int]] = {status: {} for status in statuses}
        self.examples: dict[Pair, str] = {}
        self.stays = {status: array("d") for status in statuses}
        self.jobs: dict[str, _Job] = {}
        self.first = inf

    def count(self, records: Iterable[Record]) -> None:
        """Count the moves in records. Raises `_OutOfOrder` if those of a job are not in the order of time."""
        jobs = self.jobs
        alone = {status: (status,) for status in self.paths}
        for name, status, time in records:
            self.records += 1
            job = jobs.get(name)
            if job is None:
                jobs[name] = _Job(time, alone[status])
                self.first = min(self.first, time)
            elif time > job.time:
                self._enter(name, job)
                job.time, job.tied = time, alone[status]
            elif time == job.time:
                job.tied = self._placed(status, job.tied)
            else:
                raise _OutOfOrder
        for name, job in jobs.items():
            self._enter(name, job)

    def _placed(self, status: str, tied: tuple[str, ...]) -> tuple[str, ...]:
        """Put a status among those of the same time: before the first that it leads to but that does not lead to it."""
        if status == tied[-1]:
            return tied
        ahead = self.paths[status]
        place = next((n for n, other in enumerate(tied) if other in ahead and status not in self.paths[other]), len(tied))
        return (*tied[:place], status, *tied[place:])

    def _enter(self, name: str, job: _Job) -> None:
        """Count the moves to the statuses of the last time, now that no other one is to come."""
        time, before = job.time, job.status
        for status in job.tied:
            if before is None:
                self.began[status] += 1
            elif status != before:
                ends = self.counts[before]
                try:
                    ends[status] += 1
                except KeyError:
                    ends[status] = 1
                    self.examples[before, status] = name
                self.stays[before].append(time - job.since)
            else:
                continue
            job.since, before = time, status
        job.status = before

    def summed_up(self, log: Log) -> Replay:
        """Return what the log shows."""
        graph = self.graph
        moves = dict.fromkeys((edge.source, edge.dest) for edge in graph.edges if edge.source != edge.dest)
        counts = {(before, after): number for before, ends in self.counts.items() for after, number in ends.items()}
        unknown = sorted((pair for pair in counts if pair not in moves), key=lambda pair: -counts[pair])
        entered = {status: sum(ends.get(status, 0) for ends in self.counts.values()) for status in self.began}
        return Replay(
            self.records,
            len(self.jobs),
            span=max(job.time for job in self.jobs.values()) - self.first,
            visits={status: number + entered[status] for status, number in self.began.items()},
            dwell={status: median(stays) if stays else None for status, stays in self.stays.items()},
            seen={pair: counts[pair] for pair in moves if pair in counts},
            unknown={pair: counts[pair] for pair in unknown},
            examples={pair: self.examples[pair] for pair in unknown},
            skipped={(before, after): self._between(before, after) for before, after in unknown},
            never=tuple(pair for pair in moves if pair not in counts),
            bad=log.bad,
            first_bad=log.first_bad,
        )

    def _between(self, before: str, after: str) -> tuple[str, ...] | None:
        path = self.paths[before].get(after)
        return None if path is None else path[:-1]


def _paths(graph: Graph, start: str) -> Mapping[str, tuple[str, ...]]:
    """Return a shortest path of moves to each status that a job can come to, none of them through UNKNOWN."""

    def leaving(name: str) -> Iterator[tuple[str, str]]:
        if name == start or graph.definition.means.get(name) is not UNKNOWN:
            yield from ((edge.dest, edge.dest) for edge in graph.edges if edge.source == name)

    return shortest_paths(start, leaving)
