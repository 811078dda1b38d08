"""Holds a real log of statuses against the table: which moves it does not know, which were never seen, how long jobs stayed.

A log says where a job was and when, not by which trigger it moved. So a move is told by its two statuses here.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import Any

from ._graph import Graph, Source, name_of

__all__ = ["Replay", "replay"]

#: two statuses, one after the other
Pair = tuple[str, str]

#: the names that a column, or a field, of a log may have
_FIELDS = (("job", "job_id", "id"), ("status", "state"), ("timestamp", "time"))


@dataclass(frozen=True, slots=True)
class Replay:
    """What a log shows. As a string, a report."""

    records: int
    jobs: int
    #: how often each status was entered, in the order of the table
    visits: Mapping[str, int]
    #: for how many seconds a job stayed in a status, by the median of those that left it; None where none did
    dwell: Mapping[str, float | None]
    #: how often each move that the table knows was seen
    seen: Mapping[Pair, int]
    #: the moves that the table does not know, with the jobs concerned
    unknown: Mapping[Pair, tuple[str, ...]]
    #: for each of those: the statuses that the table has in between, or None if the table leads from one to the other by no way
    skipped: Mapping[Pair, tuple[str, ...] | None]
    #: the moves of the table that were never seen
    never: tuple[Pair, ...]

    @property
    def ok(self) -> bool:
        """Whether the table knows every move of the log."""
        return not self.unknown

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.records} records of {self.jobs} jobs"
        yield ""
        width = max(map(len, ("status", *self.visits)))
        yield f"{'status':<{width}}  entered  median stay"
        for status, visits in self.visits.items():
            stay = self.dwell[status]
            yield f"{status:<{width}}  {visits:>7}  {'-' if stay is None else f'{stay:.3g} s':>11}"
        for heading, lines in (("not in the table", self._strange()), ("seen", self._known()), ("never seen", self._missing())):
            yield from ("", f"{heading}:", *(f"  {line}" for line in lines))

    def _strange(self) -> Iterator[str]:
        for (before, after), jobs in self.unknown.items():
            way = self.skipped[before, after]
            remark = "no way leads there" if way is None else f"skips {', '.join(way)}"
            yield f"{before} -> {after} ({remark}): {', '.join((*jobs[:5], '...') if len(jobs) > 5 else jobs)}"

    def _known(self) -> Iterator[str]:
        for (before, after), number in self.seen.items():
            yield f"{before} -> {after}: {number}"

    def _missing(self) -> Iterator[str]:
        for before in dict.fromkeys(before for before, _ in self.never):
            yield f"{before} -> {', '.join(after for start, after in self.never if start == before)}"


def replay(source: Source, records: Iterable[Any] | str | Path) -> Replay:
    """Hold a log against a source: records of a job, its status and a timestamp, as sequences or mappings, or the path of a file.

    A file is CSV, or JSON lines if its suffix is .jsonl, .ndjson or .json. The timestamp is a number of seconds or ISO 8601,
    without a zone taken as UTC. The records of a job are put in the order of their times; the first tells where it was then, and
    a status told again is no move. `ValueError` names the record that cannot be read.
    """
    graph = Graph(source)
    told = _file(Path(records)) if isinstance(records, str | Path) else enumerate(records, 1)
    jobs: dict[str, list[tuple[float, str]]] = {}
    for place, record in told:
        job, status, timestamp = _checked(place, record, graph.definition.statuses)
        jobs.setdefault(job, []).append((timestamp, status))
    records_read = sum(map(len, jobs.values()))
    return _summed_up(graph, records_read, {job: _stays(news) for job, news in jobs.items()})


def _summed_up(graph: Graph, records: int, jobs: Mapping[str, list[tuple[float, str]]]) -> Replay:
    statuses = graph.definition.statuses
    moves = dict.fromkeys((edge.source, edge.dest) for edge in graph.edges if edge.source != edge.dest)
    counts: dict[Pair, list[str]] = {}
    stays: dict[str, list[float]] = {status: [] for status in statuses}
    for job, entered in jobs.items():
        for (start, before), (end, after) in pairwise(entered):
            counts.setdefault((before, after), []).append(job)
            stays[before].append(end - start)
    visits = Counter(status for entered in jobs.values() for _, status in entered)
    ways = {(edge.source, edge.dest) for edge in graph.edges if not edge.news}
    unknown = {pair: tuple(dict.fromkeys(names)) for pair, names in counts.items() if pair not in moves}
    return Replay(
        records,
        len(jobs),
        visits={status: visits[status] for status in statuses},
        dwell={status: _median(seconds) for status, seconds in stays.items()},
        seen={pair: len(counts[pair]) for pair in moves if pair in counts},
        unknown=unknown,
        skipped={pair: _between([pair for pair in moves if pair in ways], *pair) for pair in unknown},
        never=tuple(pair for pair in moves if pair not in counts),
    )


def _stays(news: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """When a job entered which status, in the order of time; records of the same time keep theirs."""
    entered: list[tuple[float, str]] = []
    for timestamp, status in sorted(news, key=lambda entry: entry[0]):
        if not entered or entered[-1][1] != status:
            entered.append((timestamp, status))
    return entered


def _between(moves: Sequence[Pair], before: str, after: str) -> tuple[str, ...] | None:
    """The statuses on a shortest way from one to the other; None if there is no way."""
    ways: dict[str, tuple[str, ...]] = {before: ()}
    for status in (queue := [before]):  # grows while it is walked through
        for source, dest in moves:
            if source == status and dest == after:
                return ways[status]
            if source == status and dest not in ways:
                ways[dest] = (*ways[status], dest)
                queue.append(dest)
    return None


def _median(values: Sequence[float]) -> float | None:
    ordered, middle = sorted(values), len(values) // 2
    if not ordered:
        return None
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


# -- reading


def _checked(place: int, record: Any, statuses: Iterable[str]) -> tuple[str, str, float]:
    """A record's job, status and time."""
    try:
        job, said, moment = _fields(record)
        known = {status.upper(): status for status in statuses}
        status = known.get(name_of(said).strip().upper())
        if status is None:
            raise ValueError(f"the status {said!r} is none of {', '.join(known.values())}")
        return str(job), status, _seconds(moment)
    except ValueError as error:
        raise ValueError(f"record {place}: {error}") from None


def _fields(record: Any) -> tuple[Any, Any, Any]:
    if isinstance(record, Mapping):
        job, status, moment = (_field(record, names) for names in _FIELDS)
        return job, status, moment
    if isinstance(record, str) or not isinstance(record, Sequence) or len(record) != 3:
        raise ValueError(f"{record!r} is not a job, its status and a timestamp")
    return record[0], record[1], record[2]


def _field(record: Mapping[str, Any], names: Sequence[str]) -> Any:
    for name in names:
        if name in record:
            return record[name]
    raise ValueError(f"the field {names[0]!r} is missing")


def _seconds(moment: Any) -> float:
    """POSIX seconds of a number, a datetime or a string with either."""
    try:
        if isinstance(moment, str):
            try:
                moment = float(moment)
            except ValueError:
                moment = datetime.fromisoformat(moment.strip().replace("Z", "+00:00"))
        if isinstance(moment, datetime):
            moment = (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
        seconds = float(moment)
    except (TypeError, ValueError):
        seconds = float("nan")
    if not isfinite(seconds):
        raise ValueError(f"the timestamp {moment!r} is neither a number of seconds nor ISO 8601")
    return seconds


def _file(path: Path) -> Iterator[tuple[int, Any]]:
    """The records of a file, with their lines."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        yield from _json_lines(lines) if path.suffix in (".jsonl", ".ndjson", ".json") else _csv(lines)


def _json_lines(lines: Iterable[str]) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError:
                raise ValueError(f"record {number}: this is no JSON: {line.strip()[:60]}") from None


def _csv(lines: Iterable[str]) -> Iterator[tuple[int, Any]]:
    """The rows below a heading that names the columns; without such a heading, the first three columns are the record."""
    reader = csv.reader(lines)
    heading: list[str] | None = None
    for number, row in enumerate(reader, 1):
        names = [name.strip().lower() for name in row]
        if number == 1 and any(name in names for name in _FIELDS[1]):
            heading = names
        elif row:
            yield reader.line_num, row[:3] if heading is None else dict(zip(heading, row, strict=False))
