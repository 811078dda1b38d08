"""The moves that jobs made, counted as their log is read: in memory for each job at most, not for each record."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, starmap
from math import inf
from operator import itemgetter, le

from .._rows import UNKNOWN
from .._search import shortest_paths
from ._graph import Graph
from ._moments import Marks, gaps, in_seconds
from ._percentiles import EXACT, Stays, percentiles

__all__ = ["Columns", "Moves", "OutOfOrder", "Pair"]

#: two statuses, one after the other
Pair = tuple[str, str]

#: records, each of a job, its status and the time in seconds, as three columns
Columns = tuple[Sequence[str], Sequence[str], Sequence[float]]

#: where a job is: the time of its last record, its status then (or all its statuses at that time), the one before it, since when
_State = tuple[float, str | tuple[str, ...], str | None, float]

#: so many records are counted in one go
_MANY = 1000


class OutOfOrder(Exception):
    """A record is older than one before it of the same job."""


class Moves:
    """Counts moves, by their pairs of statuses, and how long jobs stayed before each.

    What a job did at the time of its last record is counted when a later one comes, since others of that time may have to go first.
    """

    def __init__(self, graph: Graph) -> None:
        self.statuses = graph.definition.statuses
        self.paths = {status: _paths(graph, status) for status in self.statuses}
        self.records = 0
        self.jobs = 0
        self.first, self.last = inf, -inf
        #: for each move the stays before it; a job comes from None into its first status
        self.stays: dict[str | None, dict[str, Stays]] = {
            before: {after: Stays() for after in self.statuses} for before in (None, *self.statuses)
        }
        #: for each move a job that made it
        self.examples: dict[tuple[str | None, str], str] = {}
        #: what counts a move that was made before
        self._adders: dict[str | None, dict[str | tuple[str, ...], Callable[[float], None]]] = {before: {} for before in self.stays}
        self._states: dict[str, _State] = {}
        self._stable: dict[tuple[str, ...], bool] = {}
        #: after how many records the stays are settled next
        self._due = EXACT

    def observe(self, records: Columns) -> None:
        """Count the moves between records. Raises `OutOfOrder` if those of a job are not in the order of time."""
        states, adders = self._states, self._adders
        state_of = states.get
        for job, status, time in zip(*records, strict=True):
            state = state_of(job)
            if state is None:
                states[job] = (time, status, None, time)
                continue
            last, now, before, since = state
            if time > last:
                if now == before:
                    last = since
                else:
                    try:
                        adders[before][now](last - since)
                    except KeyError:
                        now, last = self._enter(job, state)
                states[job] = (time, status, now, last)  # type: ignore[assignment]  # a tuple of statuses is no key of the adders
            elif time < last:
                raise OutOfOrder
            elif status != now:
                states[job] = (last, self._placed(status, (now,) if isinstance(now, str) else now), before, since)
        self._widen(len(records[0]), records[2], records[2])

    def observe_in_any_order(self, records: Iterable[Columns]) -> None:
        """Count the moves between records, put in the order of time. It takes memory for each record, some 100 bytes."""
        numbers: dict[str, int] = {}
        jobs, statuses, times = array("I"), array("H"), array("d")
        codes = {status: code for code, status in enumerate(self.statuses)}
        for columns in records:
            jobs.extend(numbers.setdefault(job, len(numbers)) for job in columns[0])
            statuses.extend(map(codes.__getitem__, columns[1]))
            times.extend(columns[2])
        names, order = list(numbers), sorted(range(len(times)), key=times.__getitem__)
        for start in range(0, len(order), _MANY):
            places = order[start : start + _MANY]
            chosen = [names[jobs[place]] for place in places], [self.statuses[statuses[place]] for place in places]
            self.observe((*chosen, [times[place] for place in places]))

    def path(self, job: str, entries: Iterable[tuple[float, str]]) -> None:
        """Count the moves of a job of which one record says all: when it was in which status, those of one time in their order."""
        before: str | None = None
        since = time = -inf
        tied: tuple[str, ...] = ()
        ordered = sorted(entries, key=itemgetter(0))
        for moment, status in ordered:
            if tied and moment == time:
                tied = self._placed(status, tied)
                continue
            if tied:
                before, since = self._enter(job, (time, tied, before, since))
            time, tied = moment, (status,)
            since = time if before is None else since
        self._enter(job, (time, tied, before, since))
        self.jobs += 1
        self._widen(1, (ordered[0][0],), (time,))

    def alike(self, jobs: Sequence[str], statuses: tuple[str, ...], times: Sequence[Marks]) -> None:
        """Count jobs that were in the same statuses, each at the times in a column. Quicker than `path` for each.

        Raises `ValueError`, and has counted nothing, if the times cannot be compared.
        """
        stable = self._is_stable(statuses)
        if not stable or not _rise(times):
            ordered = []
            for job, moments in zip(jobs, zip(*map(in_seconds, times), strict=True), strict=True):
                if stable and all(map(le, moments, moments[1:])):
                    ordered.append((job, moments))
                else:
                    self.path(job, zip(moments, statuses, strict=True))
            if not ordered:
                return
            jobs = [job for job, _ in ordered]
            times = list(zip(*(moments for _, moments in ordered), strict=True))
        lengths = list(starmap(gaps, pairwise(times)))
        self.stays[None][statuses[0]].unmeasured += len(jobs)
        for (before, after), stays in zip(pairwise(statuses), lengths, strict=True):
            self.examples.setdefault((before, after), jobs[0])
            self.stays[before][after].extend(array("d", stays))
        self.jobs += len(jobs)
        self._widen(len(jobs), in_seconds((min(times[0]),)), in_seconds((max(times[-1]),)))

    def finish(self) -> None:
        """Count what jobs did last."""
        adders = self._adders
        for job, state in self._states.items():
            time, now, before, since = state
            if now != before:
                try:
                    adders[before][now](time - since)
                except KeyError:
                    self._enter(job, state)
        self.jobs += len(self._states)
        self._states.clear()
        self._settle()

    # -- what was counted

    def counts(self) -> dict[Pair, int]:
        """Return how often each move was made, if it was."""
        return {
            (before, after): len(stays)
            for before, ends in self.stays.items()
            for after, stays in ends.items()
            if before is not None and len(stays)
        }

    def visits(self) -> dict[str, int]:
        """Return how often each status was entered."""
        return {status: sum(len(ends[status]) for ends in self.stays.values()) for status in self.statuses}

    def percentiles(self) -> dict[str, Mapping[int, float]]:
        """Return for how long jobs stayed in each status, by percentiles."""
        return {status: percentiles(self.stays[status].values()) for status in self.statuses}

    def between(self, before: str, after: str) -> tuple[str, ...] | None:
        """Return the statuses on a shortest path from one to the other; None if there is none."""
        path = self.paths[before].get(after)
        return None if path is None else path[:-1]

    # -- parts of counting

    def _enter(self, job: str, state: _State) -> tuple[str, float]:
        """Count the moves to the statuses of a job's last time; return the last of them, and since when the job was in it."""
        time, tied, before, since = state
        for status in (tied,) if isinstance(tied, str) else tied:
            if status != before:
                self.examples.setdefault((before, status), job)
                self._adders[before].setdefault(status, self.stays[before][status].add)(time - since)
                before, since = status, time
        assert before is not None
        return before, since

    def _placed(self, status: str, tied: tuple[str, ...]) -> tuple[str, ...]:
        """Put a status among those of the same time: before the first that it leads to but that does not lead to it."""
        if status == tied[-1]:
            return tied
        ahead = self.paths[status]
        place = next((n for n, other in enumerate(tied) if other in ahead and status not in self.paths[other]), len(tied))
        return (*tied[:place], status, *tied[place:])

    def _is_stable(self, statuses: tuple[str, ...]) -> bool:
        """Return whether each of the statuses is another than the one before, and they would keep their order at one time."""
        if statuses not in self._stable:
            tied = statuses[:1]
            for status in statuses[1:]:
                tied = self._placed(status, tied)
            self._stable[statuses] = tied == statuses
        return self._stable[statuses]

    def _widen(self, records: int, earliest: Sequence[float], latest: Sequence[float]) -> None:
        self.records += records
        self.first = min(self.first, min(earliest, default=inf))
        self.last = max(self.last, max(latest, default=-inf))
        if self.records >= self._due:
            self._due = self.records + EXACT
            self._settle()

    def _settle(self) -> None:
        for ends in self.stays.values():
            for stays in ends.values():
                stays.settle()


def _rise(times: Sequence[Marks]) -> bool:
    """Return whether no time is earlier than that of the same job in the column before."""
    try:
        return all(all(map(le, earlier, later)) for earlier, later in pairwise(times))
    except TypeError:
        raise ValueError("some times have a zone and some have none") from None


def _paths(graph: Graph, start: str) -> Mapping[str, tuple[str, ...]]:
    """Return a shortest path of moves to each status that a job can come to, none of them through UNKNOWN."""

    def leaving(name: str) -> Iterator[tuple[str, str]]:
        if name == start or graph.definition.means.get(name) is not UNKNOWN:
            yield from ((edge.dest, edge.dest) for edge in graph.edges if edge.source == name)

    return shortest_paths(start, leaving)
