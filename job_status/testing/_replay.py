"""Checks a real log of statuses against the table: which moves are not in it, which were never seen, how long jobs stayed.

A log has where a job was and when, not the trigger by which it moved. So a move is a pair of statuses here.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from math import isfinite
from pathlib import Path
from statistics import median
from typing import Any

from .._lifecycle import Lifecycle
from .._search import breadth_first
from .._source import Source
from ._graph import Graph, name_of

__all__ = ["Replay", "replay"]

#: two statuses, one after the other
Pair = tuple[str, str]

#: the names that a column, or a field, of a log may have
_FIELDS = (("job", "job_id", "id"), ("status", "state"), ("timestamp", "time"))


@dataclass(frozen=True, slots=True)
class Replay:
    """What a log shows. As a string, a report."""

    #: how many records the log has, and of how many jobs
    records: int
    jobs: int
    #: how often each status was entered, in the order of the table
    visits: Mapping[str, int]
    #: for how many seconds a job stayed in a status, by the median of those that left it; None if none did
    dwell: Mapping[str, float | None]
    #: how often each move of the table was seen
    seen: Mapping[Pair, int]
    #: the moves that are not in the table, with the jobs that made them
    unknown: Mapping[Pair, tuple[str, ...]]
    #: for each of those: the statuses in between by the table, or None if the table has no path from one to the other
    skipped: Mapping[Pair, tuple[str, ...] | None]
    #: the moves of the table that were never seen
    never: tuple[Pair, ...]

    @property
    def ok(self) -> bool:
        """Whether every move of the log is in the table."""
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
            between = self.skipped[before, after]
            remark = "no path leads there" if between is None else f"skips {', '.join(between)}"
            yield f"{before} -> {after} ({remark}): {', '.join((*jobs[:5], '...') if len(jobs) > 5 else jobs)}"

    def _known(self) -> Iterator[str]:
        for (before, after), number in self.seen.items():
            yield f"{before} -> {after}: {number}"

    def _missing(self) -> Iterator[str]:
        for before in dict.fromkeys(before for before, _ in self.never):
            yield f"{before} -> {', '.join(after for start, after in self.never if start == before)}"


def replay(source: Source, log: Iterable[Any] | str | Path) -> Replay:
    """Check a log against a source: entries with a job, its status and a timestamp, as sequences or mappings, or a file's path.

    A file is CSV, or JSON lines if its suffix is .jsonl, .ndjson or .json. A status is a member of the Enum, its name in any case,
    or its value if that is a string. The timestamp is a number of seconds or ISO 8601, without a zone taken as UTC. The entries of
    a job are put in the order of their times; the first is where it was then, and an entry with the same status as the one before
    is not a move. Raises `ValueError`, which names the entry that cannot be read.
    """
    graph = Graph(source)
    words = _words(source, graph.definition.statuses)
    numbered = _file(Path(log)) if isinstance(log, str | Path) else enumerate(log, 1)
    jobs: dict[str, list[tuple[float, str]]] = {}
    for number, entry in numbered:
        job, status, timestamp = _checked(number, entry, words)
        jobs.setdefault(job, []).append((timestamp, status))
    return _summed_up(graph, sum(map(len, jobs.values())), {job: _stays(entries) for job, entries in jobs.items()})


def _words(source: Source, statuses: Sequence[str]) -> dict[str, str]:
    """Return the statuses by the words that a log may have for them; of two that are alike, names come first."""
    words = {name: name for name in statuses}
    for name in statuses if isinstance(source, Lifecycle) else ():
        value = source.enum[name].value
        if isinstance(value, str):
            words.setdefault(value, name)
    for word, name in tuple(words.items()):
        words.setdefault(word.upper(), name)
    return words


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
    unknown = {pair: tuple(dict.fromkeys(names)) for pair, names in counts.items() if pair not in moves}
    return Replay(
        records,
        len(jobs),
        visits={status: visits[status] for status in statuses},
        dwell={status: median(seconds) if seconds else None for status, seconds in stays.items()},
        seen={pair: len(counts[pair]) for pair in moves if pair in counts},
        unknown=unknown,
        skipped={pair: _between(graph, *pair) for pair in unknown},
        never=tuple(pair for pair in moves if pair not in counts),
    )


def _stays(entries: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """Return when a job entered which status, in the order of time; entries of the same time keep theirs."""
    entered: list[tuple[float, str]] = []
    for timestamp, status in sorted(entries, key=lambda entry: entry[0]):
        if not entered or entered[-1][1] != status:
            entered.append((timestamp, status))
    return entered


def _between(graph: Graph, before: str, after: str) -> tuple[str, ...] | None:
    """Return the statuses on a shortest path of moves from one to the other, observations aside; None if there is none."""

    def leaving(name: str) -> Iterator[tuple[str, str]]:
        return ((edge.dest, edge.dest) for edge in graph.edges if edge.source == name and not edge.observed)

    return next((path[:-1] for path, end in breadth_first(before, leaving) if end == after), None)


# -- reading


def _checked(number: int, entry: Any, words: Mapping[str, str]) -> tuple[str, str, float]:
    """Return the job, the status and the time of an entry."""
    try:
        job, said, moment = _fields(entry)
        word = name_of(said).strip()
        status = words.get(word) or words.get(word.upper())
        if status is None:
            raise ValueError(f"the status {said!r} is none of {', '.join(dict.fromkeys(words.values()))}")
        return str(job), status, _seconds(moment)
    except ValueError as error:
        raise ValueError(f"record {number}: {error}") from None


def _fields(entry: Any) -> tuple[Any, Any, Any]:
    if isinstance(entry, Mapping):
        job, status, moment = (_field(entry, names) for names in _FIELDS)
        return job, status, moment
    if isinstance(entry, str) or not isinstance(entry, Sequence) or len(entry) != 3:
        raise ValueError(f"{entry!r} is not a job, its status and a timestamp")
    return entry[0], entry[1], entry[2]


def _field(entry: Mapping[str, Any], names: Sequence[str]) -> Any:
    for name in names:
        if name in entry:
            return entry[name]
    raise ValueError(f"the field {names[0]!r} is missing")


def _seconds(moment: Any) -> float:
    """Return the POSIX seconds of a number, a datetime or a string with either."""
    try:
        if isinstance(moment, str):
            try:
                moment = float(moment)
            except ValueError:
                moment = datetime.fromisoformat(moment.strip())
        if isinstance(moment, datetime):
            moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        seconds = float(moment)
    except (TypeError, ValueError):
        seconds = float("nan")
    if not isfinite(seconds):
        raise ValueError(f"the timestamp {moment!r} is neither a number of seconds nor ISO 8601")
    return seconds


def _file(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield the entries of a file, with their lines."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        yield from _json_lines(lines) if path.suffix in (".jsonl", ".ndjson", ".json") else _csv(lines)


def _json_lines(lines: Iterable[str]) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError:
                raise ValueError(f"record {number}: this is not JSON: {line.strip()[:60]}") from None


def _csv(lines: Iterable[str]) -> Iterator[tuple[int, Any]]:
    """Yield the rows below a heading that names the columns; without such a heading, the first three columns are the entry."""
    reader = csv.reader(lines)
    heading: list[str] | None = None
    for number, row in enumerate(reader, 1):
        names = [name.strip().lower() for name in row]
        if number == 1 and any(name in names for name in _FIELDS[1]):
            heading = names
        elif row:
            yield reader.line_num, row[:3] if heading is None else dict(zip(heading, row, strict=False))
