"""Checks a real log of statuses against the table: which moves are not in it, which were never seen, how long jobs stayed.

A log says where a job was and when, not by which trigger it moved, so a move here is a pair of statuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .. import vocabularies
from .._source import Source
from ..diagrams import Numbers, render
from ..diagrams._render import Text
from ..diagrams._text import shown, span
from ..vocabularies import Vocabulary
from ._forms import chosen
from ._graph import Graph, name_of
from ._log_words import Words
from ._logs import Log
from ._moments import Moments
from ._moves import Moves, OutOfOrder, Pair
from ._percentiles import PERCENTS

__all__ = ["Replay", "replay"]


@dataclass(frozen=True, slots=True)
class Replay:
    """What a log shows. As a string, a report."""

    source: Source = field(repr=False, compare=False)
    #: how many records the log has, and of how many jobs
    records: int
    jobs: int
    #: how many seconds lie between the first record and the last
    span: float
    #: how often each status was entered, in the order of the table
    visits: Mapping[str, int]
    #: for how many seconds the jobs stayed in a status that left it, by percentiles (50 is the median, 90, 99); empty if none did
    stays: Mapping[str, Mapping[int, float]]
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
    #: how many records were left out since they are about something else than the status of a job
    left_out: int = 0

    @property
    def ok(self) -> bool:
        """Whether every move of the log is in the table."""
        return not self.unknown

    @property
    def dwell(self) -> Mapping[str, float | None]:
        """For how many seconds a job stayed in a status, by the median of those that left it; None if none did."""
        return {status: stay.get(50) for status, stay in self.stays.items()}

    @property
    def numbers(self) -> Numbers:
        """What `job_status.diagrams.render(..., numbers=)` shows of it."""
        return Numbers({**self.seen, **self.unknown}, self.visits, self.stays)

    def diagram(self, form: Text = "svg") -> str:
        """Return the state diagram with the log on it, in a format of `job_status.diagrams.render`.

        An arrow is the thicker the more often its moves were made; those that are not in the table are red and dashed.
        """
        return render(self.source, form, numbers=self.numbers)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it but the source as lists, dictionaries, texts and numbers, for JSON."""
        return {
            "records": self.records,
            "jobs": self.jobs,
            "span": self.span,
            "statuses": {
                status: {"entered": visits, "stay": {f"p{percent}": stay for percent, stay in self.stays[status].items()}}
                for status, visits in self.visits.items()
            },
            "seen": [{"source": before, "dest": after, "count": count} for (before, after), count in self.seen.items()],
            "not_in_the_table": [
                {
                    "source": before,
                    "dest": after,
                    "count": count,
                    "example": self.examples[before, after],
                    "skipped": None if (between := self.skipped[before, after]) is None else list(between),
                }
                for (before, after), count in self.unknown.items()
            ],
            "never_seen": [{"source": before, "dest": after} for before, after in self.never],
            "bad": self.bad,
            "first_bad": list(self.first_bad),
            "left_out": self.left_out,
        }

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{_number(self.records, 'record')} of {_number(self.jobs, 'job')}, over {span(self.span)}"
        if self.left_out:
            yield f"{_number(self.left_out, 'record')} left out, about something else than the status of a job"
        if self.bad:
            yield f"{_number(self.bad, 'record')} skipped that cannot be read:"
            yield from (f"  {shown(bad)}" for bad in self.first_bad)
            yield from ["  ..."] if self.bad > len(self.first_bad) else []
        yield ""
        yield from self._table()
        for heading, lines in (("not in the table", self._strange()), ("seen", self._known()), ("never seen", self._missing())):
            yield from ("", f"{heading}:", *(f"  {line}" for line in [*lines] or ["nothing"]))

    def _table(self) -> Iterator[str]:
        width = max(map(len, ("status", *self.visits)))
        names = ["median stay", *(f"p{percent}" for percent in PERCENTS[1:])]
        yield f"{'status':<{width}}  entered  " + "  ".join(f"{name:>11}" for name in names)
        for status, visits in self.visits.items():
            stay = self.stays[status]
            cells = (span(stay[percent]) if stay else "-" for percent in PERCENTS)
            yield f"{status:<{width}}  {visits:>7}  " + "  ".join(f"{cell:>11}" for cell in cells)

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


def replay(
    source: Source,
    log: Iterable[Any] | str | Path,
    *,
    unit: str = "s",
    skip_bad: bool = False,
    vocabulary: Vocabulary | str | None = None,
    job: str | Sequence[str] = (),
    status: str = "",
    times: str | Mapping[str, Any] = MappingProxyType({}),
) -> Replay:
    """Check a log against a source: entries with a job, its status and a timestamp, as sequences or mappings, or a file.

    A file, by its name or open for reading text, is CSV (the columns separated by `,`, `|`, `;` or tabs), JSON lines, or JSON
    documents. The fields may be called job, job_id or id; status or state; timestamp or time. A status is given by its name, its
    value, or a word of the `vocabulary`, and then stands for the first status with that meaning. With one of these vocabularies the
    exports of its system are read as they are: slurm (`sacct -P` with JobID, State, Submit, Start and End; `sacct --json`),
    github-actions (workflow runs and jobs of the REST API, `gh run list --json`), airflow (task instances, event logs),
    airflow-dag-run, kubernetes-pod and kubernetes-job (`kubectl get pods`, `jobs` or `events`, `-o json`).

    `job` names the field with the job, or several that are its id together; `status` the one with the status; `times` the one with
    the time, or several, each with the status that the job was in then, None for the one in the status field:
    `{"created": "WAITING", "started": "RUNNING", "ended": None}`. A row with several times is all about one job; an empty one,
    `Unknown`, `None` or 0 is no time. In JSON, a dot leads inside: `metadata.name`.

    A timestamp is a number of `unit`, "s", "ms", "us" or "ns", or a datetime or ISO 8601, without a zone taken as UTC. A number too
    large for its unit is refused, so that the milliseconds since 1970 are not read as seconds.

    The entries of a job are put in the order of their times; of those with the same time, what can reach the others comes first.
    The first entry of a job is where it was then, and an entry with the same status as the one before is not a move. With
    `skip_bad`, entries that cannot be read are skipped and counted.

    Rows that are all about one job take no memory. Other rows take some 300 bytes for each job, if the rows of each job are in the
    order of their times; if not, some 100 bytes more for each row, and the log is read twice. Percentiles are exact up to 4,096
    stays before each kind of move, and beyond that to 0.4 %. What can be read only once is copied: a pipe into a temporary file, an
    iterator into memory.

    Raises `ValueError`, which names the entry, if one cannot be read, and if there is none; `TypeError` if a file is open for
    reading bytes.
    """
    graph = Graph(source)
    spoken = vocabularies.get(vocabulary) if isinstance(vocabulary, str) else vocabulary
    words = Words(source, spoken)
    given: Mapping[str, Any] = {times: None} if isinstance(times, str) else times
    said = {name: () if word is None else (words.read(word), name_of(word)) for name, word in given.items()}
    forms = chosen(spoken.name if spoken else "", [job] if isinstance(job, str) else job, status, said)
    with Log(log, words, forms, Moments(unit), skip_bad) as entries:
        moves = Moves(graph)
        try:
            if not entries.repeatable:
                raise OutOfOrder
            for records in entries.read(moves):
                moves.observe(records)
        except OutOfOrder:
            moves = Moves(graph)
            moves.observe_in_any_order(entries.read(moves))
    moves.finish()
    if not moves.records:
        bad = f" that can be read; of {entries.bad} that cannot, the first is {entries.first_bad[0]}" if entries.bad else ""
        raise ValueError(f"the log has no record{bad}")
    return _summed_up(graph, moves, entries)


def _summed_up(graph: Graph, moves: Moves, log: Log) -> Replay:
    counts = moves.counts()
    declared = dict.fromkeys((edge.source, edge.dest) for edge in graph.edges if edge.source != edge.dest)
    unknown = sorted((pair for pair in counts if pair not in declared), key=lambda pair: -counts[pair])
    return Replay(
        graph.source,
        moves.records,
        moves.jobs,
        span=moves.last - moves.first,
        visits=moves.visits(),
        stays=moves.percentiles(),
        seen={pair: counts[pair] for pair in declared if pair in counts},
        unknown={pair: counts[pair] for pair in unknown},
        examples={pair: moves.examples[pair] for pair in unknown},
        skipped={pair: moves.between(*pair) for pair in unknown},
        never=tuple(pair for pair in declared if pair not in counts),
        bad=log.bad,
        first_bad=log.first_bad,
        left_out=log.left_out,
    )
