"""The tables of a source: the legal moves, cell by cell or one by one, and the steps of one job."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from .._engine import Position, Step
from .._lifecycle import Lifecycle
from .._search import breadth_first
from .._source import Definition, is_job
from ._drawing import Drawable, Drawing
from ._table import TextTable
from ._trace import Trace
from ._words import joined

#: a table with more columns is wider than any page: the moves are listed one by one instead
_WIDEST = 24

#: of a list of moves
_HEADER = ("move", "from", "to", "only if", "meaning")


def tables(source: Drawable, drawn: Drawing, full: bool) -> Iterator[TextTable]:
    """Yield what there is to tabulate of a source: the path of a job, the legal moves, and with `full` what each means."""
    if drawn.trace:
        yield from _of_job(drawn.trace)
    if has_matrix(drawn.declared):
        yield _matrix(source, drawn)
    if full or not has_matrix(drawn.declared):
        yield _listing(drawn)


def has_matrix(declared: Definition) -> bool:
    """Return whether there is a transition table: one that is not too wide to be read. A nested machine has none."""
    return len(declared.labels) <= _WIDEST and not declared.groups


def _matrix(source: Drawable, drawn: Drawing) -> TextTable:
    """Return the transition table: a row for each status, a column for each trigger; "-" is a refused move."""
    declared = drawn.declared
    definer = source.lifecycle if is_job(source) else source
    if isinstance(definer, Lifecycle):
        rows, notes = tuple(_answered_rows(definer, declared)), tuple(_observations(declared))
    else:
        rows, notes = _declared_rows(declared)
    return TextTable(("status", *declared.labels), rows, _caption(declared), (*notes, *_legend(drawn)))


def _listing(drawn: Drawing) -> TextTable:
    """Return the legal moves, one in each row."""
    edges = drawn.declared.edges
    rows = tuple((edge.label, edge.source, edge.dest, edge.when, edge.words) for edge in edges)
    if has_matrix(drawn.declared):
        return TextTable(_HEADER, rows, "Each move")
    return TextTable(_HEADER, rows, ". ".join(("Each move", *_ends(drawn.declared))), tuple(_legend(drawn)))


def _answered_rows(lifecycle: Lifecycle[Any], declared: Definition) -> Iterator[tuple[str, ...]]:
    """Yield what a job does in each status, and where that depends on a remembered cancel request, in both cases.

    It is what the table documents of `job_status.testing` have in their cells.
    """
    answers: dict[tuple[str, bool], tuple[str, ...]] = {}
    for position in _positions(lifecycle, declared):
        steps = [position.steps[label] for label in declared.labels]
        cells = tuple("-" if step.refused else step.after.status.name for step in steps)
        answers[position.status.name, position.cancel_requested] = cells
    for name in declared.statuses:
        asked = answers.get((name, True))
        cells = answers.get((name, False), asked or ())
        yield name, *cells
        if asked not in (None, cells):
            yield f"{name} (cancel requested)", *asked


def _positions(lifecycle: Lifecycle[Any], declared: Definition) -> Iterator[Position]:
    """Yield each position that a job can come to."""

    def leaving(position: Position) -> Iterator[tuple[Step, Position]]:
        for label in position.allowed:
            yield position.steps[label], position.steps[label].after
        for edge in declared.edges:
            if edge.observed and edge.source == position.status.name:
                step = lifecycle.judge(position, lifecycle.enum[edge.dest]).step
                if step is not None:
                    yield step, step.after

    start = lifecycle.position(lifecycle.initial)
    yield start
    yield from (end for _, end in breadth_first(start, leaving))


def _declared_rows(declared: Definition) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """Return the moves that a machine declares from each status, and the conditions, to which they refer by numbers, as notes."""
    cells: dict[tuple[str, str], list[str]] = {}
    marks = _marks(declared)
    for edge in declared.edges:
        cell = f"{edge.dest} ({marks[edge.condition]})" if edge.condition else edge.dest
        cells.setdefault((edge.source, edge.label), []).append(cell)
    rows = ((name, *(", ".join(cells.get((name, label), "-")) for label in declared.labels)) for name in declared.statuses)
    return tuple(rows), tuple(f"({number}) only if: {condition}" for condition, number in marks.items())


def _marks(declared: Definition) -> dict[str, int]:
    """Return a number for each condition, none that could be taken for a part of a status' name."""
    conditions = dict.fromkeys(edge.condition for edge in declared.edges if edge.condition)
    numbers = (number for number in count(1) if not any(f"({number})" in name for name in declared.statuses))
    return dict(zip(conditions, numbers, strict=False))


def _caption(declared: Definition) -> str:
    return ". ".join(("The legal moves", *_ends(declared), "What is not in the table is refused"))


def _ends(declared: Definition) -> Iterator[str]:
    """Yield where an object begins and ends, as a sentence without its full stop."""
    first = [] if declared.initial is None else [f"first status: {declared.initial}"]
    final = [f"final: {', '.join(declared.finals)}"] if declared.finals else []
    if ends := "; ".join(first + final):
        yield ends[0].upper() + ends[1:]


def _observations(declared: Definition) -> Iterator[str]:
    """Yield the moves that the table has no column for."""
    dests: dict[str, list[str]] = {}
    for edge in declared.edges:
        if edge.observed:
            dests.setdefault(edge.source, []).append(edge.dest)
    for ends in dict.fromkeys(map(tuple, dests.values())):
        sources = [source for source, others in dests.items() if tuple(others) == ends]
        yield f"observe leads from {joined(sources, 'or')} to {joined(ends, 'or')}"


def _legend(drawn: Drawing) -> Iterator[str]:
    if drawn.legend:
        yield drawn.legend


def _of_job(trace: Trace) -> Iterator[TextTable]:
    yield TextTable(("status", "time"), tuple(trace.times.items()), "Time in each status")
    if trace.steps:
        rows = tuple((step.sign, step.label, step.source, step.dest, step.at, step.mesg or "") for step in trace.steps)
        inferred = any(step.inferred for step in trace.steps)
        notes = ("inferred: nobody reported it, but a later report implies it",) if inferred else ()
        yield TextTable(("", "move", "from", "to", "at", "message"), rows, "The moves so far", notes)
