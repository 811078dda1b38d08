"""What the cells of a table mean: each becomes a check that is run on a real object.

A table that does not fit its source is refused here, at the line where it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from .._lifecycle import UNKNOWN, Lifecycle, Observation, RunningStatus
from ._graph import Graph, Place, Source
from ._subject import Subject
from ._tables import Cell, Table, TableError, parse
from ._walks import Walk

REFUSED = "-"
#: what a cell of an observation table says for each verdict
SYMBOLS = {Observation.UNCHANGED: "=", Observation.MOVED: ">", Observation.STALE: "<", Observation.CONTRADICTORY: "!"}
#: the verdicts that leave a job as it was
UNMOVED = ("=", "<", "!")
#: the mark of a cell whose two statuses reach each other, so that the time of the news decides between them
TIMED = "t"


class CellFailed(AssertionError):
    """An object that does not do what a cell of the table says."""


@dataclass(frozen=True, slots=True)
class Check:
    """One cell, or one footnote of it, as something to be run."""

    name: str
    cell: Cell
    #: how an object gets to where the cell applies
    walk: Walk
    expected: str
    #: does what the column says and returns what a cell would say of it
    act: Callable[[Subject, Any], str]
    #: whether it is the cell's own value that is checked, rather than what a footnote or a rule derives from it
    literal: bool = True
    #: what happens to the object before that, besides the walk
    prepare: Callable[[Any], object] = bool

    def got(self, subject: Subject) -> str:
        """What a real object does there. `CellFailed` if it changes where nothing may change, or forgets a cancel request."""
        try:
            job = self.walk.take(subject.new())
        except AssertionError as error:
            raise self._failed(f"no object could be brought there: {error}") from None
        self.prepare(job)
        before, asked, refusals = subject.snapshot(job), subject.cancel_requested(job), subject.refusals(job)
        try:
            got = self.act(subject, job)
        except AssertionError as error:
            raise self._failed(str(error)) from None
        if got in (REFUSED, *UNMOVED) and (after := subject.snapshot(job)) != before:
            raise self._failed(f"got {got}, but the object changed\n  before: {before}\n  after:  {after}")
        if refusals is not None and subject.refusals(job) != refusals + (got in (REFUSED, "!")):
            raise self._failed(f"got {got}, but the history tells otherwise")
        if asked and subject.cancel_requested(job) is False:
            raise self._failed(f"got {got}, but the cancel request was forgotten")
        return got

    def run(self, subject: Subject) -> None:
        """Raise `CellFailed` unless a real object does what the table says."""
        if (got := self.got(subject)) != self.expected:
            raise self._failed(f"got {got}")

    def _failed(self, problem: str) -> CellFailed:
        return CellFailed(f"{self.name}: expected {self.expected}, {problem}\n  line: {self.cell.line}\n  walk: {self.walk}")


def check_document(text: str, source: Source, factory: Callable[[], Any] | None = None) -> list[str]:
    """Hold every table of a document against a source, whichever it names; what failed, or why it does not fit, in words."""
    subject = Subject(source, factory)
    failures = []
    try:
        for check in (check for table in parse(text) for check in checks(table, source)):
            try:
                check.run(subject)
            except CellFailed as error:
                failures.append(str(error))
    except TableError as error:
        failures.append(str(error))
    return failures


def checks(table: Table, source: Source, lenient: bool = False) -> tuple[Check, ...]:
    """The checks of a table. `TableError` where it does not fit the source.

    If it is `lenient`, as for cells that are to be rewritten, only the headings have to fit, and only the cells' own values
    are checked.
    """
    graph = Graph(source)
    if table.kind == "transitions":
        _check_headings(table, graph.definition.statuses, graph.definition.labels, "trigger")
        make = _transition_checks
    else:
        if not isinstance(source, Lifecycle):
            raise TableError(table.line, "only a Lifecycle has an observation table: what a machine is told is not judged")
        known = tuple(status for status in graph.definition.statuses if status != UNKNOWN.name)
        _check_headings(table, known, graph.definition.statuses, "status")
        make = _observation_checks
    found = tuple(make(table, graph, lenient))
    return tuple(check for check in found if check.literal) if lenient else found


def _check_headings(table: Table, statuses: tuple[str, ...], columns: tuple[str, ...], what: str) -> None:
    for column in table.columns:
        if column not in columns:
            raise TableError(table.line, f"the column {column!r} is no {what}; there are: {', '.join(columns)}")
        if table.columns.count(column) > 1:
            raise TableError(table.line, f"there are two columns {column}")
    if missing := [column for column in columns if column not in table.columns]:
        raise TableError(table.line, f"a column is missing: {', '.join(missing)}")
    for cell in table.cells:
        if cell.status not in statuses or (cell.asked and table.kind != "transitions"):
            raise TableError(cell.line, f"the row {cell.row!r} is no status; there are: {', '.join(statuses)}")
    if missing := [status for status in statuses if status not in table.rows]:
        raise TableError(table.line, f"a row is missing: {', '.join(missing)}")


# -- transition tables


def _transition_checks(table: Table, graph: Graph, lenient: bool) -> Iterator[Check]:
    for cell in table.cells:
        place = _place(cell, graph, True if cell.asked else None)
        if not lenient:
            _check_value(cell, cell.line, cell.value, (REFUSED, *graph.definition.statuses))
        yield _fired(f"{cell.row}-{cell.column}", cell, graph, place, cell.value)
        if not cell.asked and not lenient:
            yield from _footnoted(cell, table, graph)


def _footnoted(cell: Cell, table: Table, graph: Graph) -> Iterator[Check]:
    """What a footnote says of a cell where a cancel was requested. A guard that asks for one needs a footnote, or its own row."""
    notes = [table.footnotes[mark] for mark in cell.marks if mark in table.footnotes]
    for line, value in notes:
        _check_value(cell, line, value, (REFUSED, *graph.definition.statuses))
        name = f"{cell.status} (cancel requested)-{cell.column}"
        yield _fired(name, cell, graph, _place(cell, graph, True), value, literal=False)
    if not notes and f"{cell.status} (cancel requested)" not in table.rows and _differs(cell, graph):
        raise TableError(
            cell.line,
            f"{cell.column} depends on whether a cancel was requested: add a row {cell.status} (cancel requested), "
            "or a footnote such as: (*) refused when a cancel was requested",
        )


def _differs(cell: Cell, graph: Graph) -> bool:
    """Whether a guard lets a cell depend on a remembered cancel request."""
    places = graph.find(cell.status, False), graph.find(cell.status, True)
    steps = [place.position.steps[cell.column] for place in places if place is not None and place.position is not None]
    return len({None if step.refused else step.to.status for step in steps}) > 1


def _place(cell: Cell, graph: Graph, asked: bool | None) -> Place:
    place = graph.find(cell.status, asked)
    if place is None:
        raise TableError(cell.line, f"no walk leads to {cell.status}" + (" after a cancel request" if asked else ""))
    return place


def _check_value(cell: Cell, line: int, value: str, values: Iterable[str]) -> None:
    if value not in values:
        raise TableError(line, f"the cell {cell.row}-{cell.column} says {value!r}, which is none of: {' '.join(values)}")


def _fired(name: str, cell: Cell, graph: Graph, place: Place, expected: str, literal: bool = True) -> Check:
    def act(subject: Subject, job: Any) -> str:
        return subject.status(job) if subject.fire(job, cell.column) else REFUSED

    return Check(name, cell, Walk(graph.source, graph.start.status, graph.walks[place]), expected, act, literal)


# -- observation tables


def _observation_checks(table: Table, graph: Graph, lenient: bool) -> Iterator[Check]:
    """Each cell, and the same under UNKNOWN, where the row of the last known status applies; what is timed is tried with times."""
    for cell in table.cells:
        known, seen = RunningStatus[cell.status], RunningStatus[cell.column]
        if not lenient:
            _check_value(cell, cell.line, cell.value, SYMBOLS.values())
        yield _heard(f"{cell.status}-observe({cell.column})", cell, _known(graph, cell.status), seen, cell.value)
        if over := _overlaid(graph, cell.status):
            value = {known: ">", UNKNOWN: "="}.get(seen, cell.value)
            yield _heard(f"UNKNOWN over {cell.status}-observe({cell.column})", cell, over, seen, value, literal=False)
        if TIMED in cell.marks:
            yield from _timed(cell, graph)


def _heard(name: str, cell: Cell, walk: Walk, seen: RunningStatus, expected: str, literal: bool = True) -> Check:
    return Check(name, cell, walk, expected, partial(_verdict, seen=seen), literal)


def _timed(cell: Cell, graph: Graph) -> Iterator[Check]:
    """Two statuses that reach each other, in both directions: news older than the last is stale, later news moves the job."""
    for known, seen in ((cell.status, cell.column), (cell.column, cell.status)):
        for word, at, expected in (("older", 1.0, "<"), ("later", 3.0, ">")):
            name = f"{known}-observe({seen}, {word})"
            act = partial(_verdict, seen=RunningStatus[seen], at=at)
            prepare = partial(_last_heard, status=RunningStatus[known])
            yield Check(name, cell, _known(graph, known), expected, act, literal=False, prepare=prepare)


def _last_heard(job: Any, status: RunningStatus) -> None:
    job.observe(status, at=2.0)


def _known(graph: Graph, status: str) -> Walk:
    """A walk to a status."""
    place = graph.find(status)
    assert place is not None, "a Lifecycle has no status that cannot be reached"
    return Walk(graph.source, graph.start.status, graph.walks[place])


def _overlaid(graph: Graph, status: str) -> Walk | None:
    """A walk to a status and on to the UNKNOWN that overlays it; None where no news leads there."""
    walk = _known(graph, status)
    news = [edge for edge in graph.edges if edge.source == status and edge.dest == UNKNOWN.name]
    return Walk(graph.source, walk.start, (*walk.moves, *news)) if news else None


def _verdict(subject: Subject, job: Any, seen: RunningStatus, at: float | None = None) -> str:
    """What an object makes of news, as a cell says it."""
    said = job.observe(seen) if at is None else job.observe(seen, at=at)
    assert isinstance(said, Observation), f"got {said!r}, which is no Observation"
    status = subject.status(job)
    assert said is not Observation.MOVED or status == seen.name, f"got >, but the job is {status}"
    return SYMBOLS[said]
