"""What the cells of a table mean: each becomes a check that is run on a real object."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from typing import Any

from .._lifecycle import Lifecycle
from .._observation import Observation
from .._source import Source
from ._crashes import SubjectFailed
from ._graph import Graph, Place, acknowledges
from ._guarded import possible
from ._readings import REFUSED, REQUESTED, SYMBOLS, Reading, check_value, readings
from ._subject import Subject
from ._tables import Table, TableError, by_text, parse, plain
from ._walks import Walk, take

__all__ = ["CellFailed", "Check", "check_document", "checks"]

#: the verdicts that leave a job as it was
UNMOVED = ("=", "<", "!")
#: the mark of a cell whose two statuses reach each other, so that the times of the reports decide between them
TIMED = "t"

_FOOTNOTE = re.compile(r"^(?P<value>.+?) when a cancel was ")


class CellFailed(AssertionError):
    """An object does not do what a cell of the table says."""


@dataclass(frozen=True, slots=True)
class Check:
    """One cell, or one footnote of it, as something to be run."""

    name: str
    reading: Reading
    #: how an object gets to where the cell applies
    walk: Walk
    expected: str
    #: does what the column names, and returns what would be in the cell for that
    act: Callable[[Subject, Any], str]
    #: whether it is the cell's own value that is checked, rather than what a footnote or a rule derives from it
    literal: bool = True
    #: what happens to the object between the walk and `act`
    prepare: Callable[[Subject, Any], object] = Subject.status
    #: whether a requeue is implied, which leaves a cancel request behind
    requeued: bool = False

    def got(self, subject: Subject) -> str:
        """Return what a real object does there.

        Raises `CellFailed` if it changes where nothing may change, forgets a cancel request, or raises anything.
        """
        try:
            job = take(self.walk, subject)
        except SubjectFailed as error:
            raise self._failed(error.got + " on the way" * bool(self.walk.moves), *error.details) from error.__cause__
        except AssertionError as error:
            raise self._failed("no object there", str(error)) from None
        try:
            return self._got(subject, job)
        except SubjectFailed as error:
            raise self._failed(error.got, *error.details) from error.__cause__

    def _got(self, subject: Subject, job: Any) -> str:
        self.prepare(subject, job)
        before, status, refusals = subject.snapshot(job), subject.status(job), subject.refusals(job)
        requested = subject.cancel_requested(job)
        found = self.reading.alternatives
        expected = possible(subject, job, self.reading.column, found, REFUSED) if found else ()
        got = self.act(subject, job)
        after = subject.snapshot(job)
        if got in (REFUSED, *UNMOVED) and after != before:
            raise self._failed(f"{got} and a change", *before.changes(after), *before.notes())
        if refusals is not None and subject.refusals(job) != refusals + (got in (REFUSED, "!")):
            raise self._failed(f"{got}, but the history has something else")
        served = self.requeued or acknowledges(subject.definition.means, status, subject.status(job))
        if requested and subject.cancel_requested(job) is False and not served:
            raise self._failed(f"{got}, but the cancel request was forgotten")
        return self.expected if got in expected else got

    def run(self, subject: Subject) -> None:
        """Raise `CellFailed` unless a real object does what the table has."""
        if (got := self.got(subject)) != self.expected:
            raise self._failed(got)

    def _failed(self, got: str, *details: str) -> CellFailed:
        cell = f"cell: {self.name}, line {self.reading.cell.line}"
        return CellFailed("\n  ".join((f"expected {self.expected}, got {got}", *details, cell, f"walk: {self.walk}")))


def check_document(text: str, source: Source, factory: Callable[[], Any] | None = None) -> list[str]:
    """Check objects against every table of a document, by the source given, whichever the tables name.

    Return a text for each check that failed and for what does not fit the source; none if all is well.
    """
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
    """Return the checks of a table. Raises `TableError` if it does not fit the source.

    If it is `lenient`, as for cells that are to be rewritten, only the headings have to fit, and only the cells' own values
    are checked.
    """
    graph = Graph(source)
    make = _transition_checks if table.kind == "transitions" else _observation_checks
    found = tuple(make(table, graph, lenient))
    return tuple(check for check in found if check.literal) if lenient else found


# -- transition tables


def _transition_checks(table: Table, graph: Graph, lenient: bool) -> Iterator[Check]:
    statuses, columns = graph.definition.statuses, graph.definition.labels
    for reading in readings(table, graph.definition, statuses, columns, "trigger", (REFUSED, *statuses), lenient):
        place = _place(reading, graph, reading.requested)
        yield _fired(reading.cell.name, reading, graph, place, reading.value)
        if not reading.requested and not lenient:
            yield from _footnoted(reading, table, graph)


def _footnoted(reading: Reading, table: Table, graph: Graph) -> Iterator[Check]:
    """Yield what a footnote has for a cell where a cancel was requested. A guard that asks for one needs a footnote, or a row."""
    values = (REFUSED, *graph.definition.statuses)
    notes = [(note.line, _FOOTNOTE.match(note.text)) for mark, note in table.notes.items() if mark in reading.marks]
    found = [(line, plain(footnote["value"])) for line, footnote in notes if footnote]
    for line, text in found:
        value = REFUSED if text == "refused" else by_text(values).get(text, text)
        check_value(reading, line, value, values)
        name = f"{reading.cell.row}{REQUESTED}-{reading.cell.column}"
        yield _fired(name, reading, graph, _place(reading, graph, True), value, literal=False)
    if not found and f"{reading.cell.row}{REQUESTED}" not in table.rows and _differs(reading, graph):
        raise TableError(
            reading.cell.line,
            f"{reading.column} depends on whether a cancel was requested: add a row {reading.status}{REQUESTED}, "
            "or a footnote such as: (*) refused when a cancel was requested",
        )


def _differs(reading: Reading, graph: Graph) -> bool:
    """Return whether a guard lets a cell depend on a remembered cancel request."""
    places = graph.find(reading.status, False), graph.find(reading.status, True)
    steps = [place.position.steps[reading.column] for place in places if place is not None and place.position is not None]
    return len({None if step.refused else step.after.status.name for step in steps}) > 1


def _place(reading: Reading, graph: Graph, requested: bool) -> Place:
    """Return where a cell applies: without a cancel request, unless its row is for jobs with one, or its status implies one.

    Where no walk leads, it applies to an object that is put there, if one can be.
    """
    place = graph.find(reading.status, requested) or (None if requested else graph.find(reading.status))
    if place is None and requested:
        raise TableError(reading.cell.line, f"no walk leads to {reading.status} after a cancel request")
    return place or Place(reading.status)


def _walk(graph: Graph, place: Place) -> Walk:
    """Return how an object gets to a place; where no walk leads, that is a walk of no moves which begins there."""
    if place not in graph.walks:
        return Walk(graph.source, place.status, ())
    return Walk(graph.source, graph.start.status, graph.walks[place])


def _fired(name: str, reading: Reading, graph: Graph, place: Place, expected: str, literal: bool = True) -> Check:
    def act(subject: Subject, job: Any) -> str:
        return subject.status(job) if subject.fire(job, reading.column) else REFUSED

    return Check(name, reading, _walk(graph, place), expected, act, literal)


# -- observation tables


def _observation_checks(table: Table, graph: Graph, lenient: bool) -> Iterator[Check]:
    """Yield each cell, again under UNKNOWN, where the row of the last known status applies, and with times if it is so marked."""
    lifecycle = graph.source
    if not isinstance(lifecycle, Lifecycle):
        raise TableError(table.line, "only a Lifecycle has an observation table: what is reported of a machine is not judged")
    statuses = [status.name for status in lifecycle.statuses if status is not lifecycle.unknown]
    for reading in readings(table, graph.definition, statuses, graph.definition.statuses, "status", SYMBOLS.values(), lenient):
        seen = lifecycle.enum[reading.column]
        known = _place(reading, graph, False)
        walk = _walk(graph, known)
        name = f"{reading.cell.row}-observe({reading.cell.column})"
        check = Check(name, reading, walk, reading.value, partial(_verdict, seen=seen))
        yield replace(check, requeued=_requeues(known, seen))
        for overlay, under in graph.moves(known):
            if overlay.observed:
                yield replace(
                    check,
                    name=f"{under.status} over {name}",
                    walk=Walk(graph.source, walk.start, (*walk.moves, overlay)),
                    expected=_under_unknown(reading, under, lifecycle),
                    literal=False,
                    requeued=_requeues(under, seen),
                )
        if TIMED in reading.marks:
            yield from _timed(reading, graph, lifecycle)


def _requeues(place: Place, seen: Enum) -> bool:
    """Return whether a status can only be observed in a place if the job was requeued meanwhile."""
    step = place.position.lifecycle.judge(place.position, seen).step if place.position is not None else None
    return step is not None and any(part.requeues for part in step.path)


def _timed(reading: Reading, graph: Graph, lifecycle: Lifecycle[Any]) -> Iterator[Check]:
    """Yield, in both directions between two statuses that reach each other: a report older than the last, and a later one."""
    for known, seen in ((reading.status, reading.column), (reading.column, reading.status)):
        walk = _walk(graph, graph.find(known) or Place(known))
        for word, at, expected in (("older", 1.0, "<"), ("later", 3.0, ">")):
            act = partial(_verdict, seen=lifecycle.enum[seen], at=at)
            prepare = partial(_last_reported, status=lifecycle.enum[known])
            yield Check(f"{known}-observe({seen}, {word})", reading, walk, expected, act, literal=False, prepare=prepare)


def _last_reported(subject: Subject, job: Any, status: Enum) -> None:
    subject.observe(job, status, at=2.0)


def _under_unknown(reading: Reading, place: Place, lifecycle: Lifecycle[Any]) -> str:
    """Return what a cell comes to under UNKNOWN.

    If no row of `observe` leads from UNKNOWN to the column, or if the cell has `!`, the lifecycle decides instead of the cell.
    """
    assert place.position is not None
    if reading.column == place.status:
        return "="
    understood = [row.dest.name for row in lifecycle.rows if row.source is lifecycle.unknown and row.observed]
    if reading.column not in understood or reading.value == "!":
        return SYMBOLS[lifecycle.judge(place.position, lifecycle.enum[reading.column]).verdict]
    return ">" if reading.column == reading.status else reading.value


def _verdict(subject: Subject, job: Any, seen: Enum, **options: float) -> str:
    """Return what an object makes of a report, as it would be in a cell."""
    verdict, status = subject.observe(job, seen, **options), subject.status(job)
    if verdict is Observation.MOVED and status != seen.name:
        raise SubjectFailed(f">, but the job is {status}")
    return SYMBOLS[verdict]
