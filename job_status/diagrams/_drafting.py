"""From a source to its drawing: which moves become arrows, which are written into a status, and what the trace of a job adds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import cast

from .._source import Definition, Edge, Source, definition, is_job
from . import _grouping, _words
from ._drawing import Arrow, Box, Drawable, Drawing, Line, Node
from ._trace import Trace, TraceStep, trace

#: beyond so many pairs of statuses with moves between them a picture is drawn without boxes, and with less care
MANY = 100


def drawing(
    source: Drawable,
    *,
    title: str | None = None,
    full: bool = False,
    box_size: int = 3,
    untested: Iterable[tuple[str, str, str]] = (),
) -> Drawing:
    """Return what a picture of a lifecycle, a machine, or a job shows.

    At least `box_size` statuses that share a move make a box. The moves that no test took, each by its source, label and
    destination, share neither arrow nor box with those that one took. Raises `TypeError` if the source cannot be drawn.
    """
    job = source if is_job(source) else None
    declared = definition(cast(Source, source) if job is None else job.lifecycle)
    traced = None if job is None else trace(job, declared)
    return _Draftsman(declared, traced, full, box_size, frozenset(untested)).drawing(title)


class _Draftsman:
    """Makes one drawing; its attributes are what several parts of the drawing depend on."""

    def __init__(
        self, declared: Definition, traced: Trace | None, full: bool, box_size: int, untested: AbstractSet[tuple[str, str, str]]
    ) -> None:
        self.declared = declared
        self.traced = traced
        self.full = full
        self.asides = _grouping.asides(declared)
        self.untested = frozenset(edge for edge in declared.edges if (edge.source, edge.label, edge.dest) in untested)
        self.main = _grouping.main_path(declared)
        self.detours = _grouping.detours(declared, self.main) - self.asides
        #: the edges that become arrows, and those that are written into their source
        self.drawn: list[Edge] = []
        self.written: list[Edge] = []
        for edge in declared.edges:
            inside = edge.dest == edge.source or (edge.source in self.asides and not full)
            (self.written if inside else self.drawn).append(edge)
        crowded = len({(edge.source, edge.dest) for edge in self.drawn}) > MANY
        self.boxes = {} if crowded else _grouping.boxes(self.drawn, declared, self.asides, box_size, self.untested)
        self.steps = traced.taken if traced else ()

    def drawing(self, title: str | None) -> Drawing:
        return Drawing(
            title=title or _words.title(self.declared, self.traced),
            description=_words.description(self.declared, self.main, self.traced),
            declared=self.declared,
            nodes=self.nodes(),
            boxes=tuple(dict.fromkeys(self.boxes.values())),
            arrows=self.arrows(),
            trace=self.traced,
            notes=self.notes(),
            legend=_words.legend(self.declared),
        )

    def notes(self) -> tuple[str, ...]:
        loops = any(edge.source == edge.dest for edge in self.written)
        finals, boxes, untested = bool(self.declared.finals), bool(self.boxes), bool(self.untested)
        return tuple(_words.notes(self.main, self.traced, finals=finals, boxes=boxes, loops=loops, untested=untested))

    def nodes(self) -> dict[str, Node]:
        times = self.traced.times if self.traced else {}
        names = dict.fromkeys((*self.declared.statuses, *times))
        return {name: self.node(number, name, times.get(name, "")) for number, name in enumerate(names)}

    def node(self, number: int, name: str, time: str) -> Node:
        return Node(
            id=name if re.fullmatch("[A-Z][A-Z0-9_]{0,30}", name) else f"s{number}",
            name=name,
            outcome=_grouping.outcome(self.declared, name),
            aside=name in self.asides,
            detour=name in self.detours,
            lines=self.lines_within(name),
            time=time,
            current=self.traced is not None and name == self.traced.current,
        )

    def lines_within(self, name: str) -> tuple[Line, ...]:
        loops = [self.line(edge) for edge in self.written if edge.source == edge.dest == name]
        lines = [replace(line, text=f"↻ {line.text}") for line in self.numbered(loops, name, name)]
        leaving = [edge for edge in self.written if edge.source == name != edge.dest]
        lines += _words.summary((edge for edge in leaving if edge not in self.untested), self.declared)
        untested = _words.summary((edge for edge in leaving if edge in self.untested), self.declared)
        return (*lines, *(replace(line, untested=True) for line in untested))

    def line(self, edge: Edge) -> Line:
        return Line(edge.label, edge.condition, untested=edge in self.untested)

    def arrows(self) -> tuple[Arrow, ...]:
        labels: dict[tuple[str | Box, str, bool], list[Line]] = {}
        for edge in self.drawn:
            line = self.line(edge)
            box = self.boxes.get((edge.label, edge.condition, edge.dest, line.untested))
            source = box if box and edge.source in box.members else edge.source
            lines = labels.setdefault((source, edge.dest, line.untested), [])
            if line not in lines:
                lines.append(line)
        # The steps of a job are drawn from its statuses, not from boxes, those that no row declares (most observations) included.
        for step in self.steps:
            if step.source != step.dest:
                labels.setdefault((step.source, step.dest, False), [])
        return tuple(self.arrow(source, dest, lines, untested) for (source, dest, untested), lines in labels.items())

    def arrow(self, source: str | Box, dest: str, lines: Sequence[Line], untested: bool) -> Arrow:
        steps = [] if isinstance(source, Box) else self.between(source, dest)
        members = source.members if isinstance(source, Box) else {source}
        return Arrow(
            source,
            dest,
            tuple(lines) if isinstance(source, Box) else self.numbered(lines, source, dest),
            main=(source, dest) in self.main,
            light=dest in self.asides or members <= self.asides,
            back=not lines or self.goes_back(members, dest),  # what only this job did is kept out of the layout as well
            taken=bool(steps),
            inferred=bool(steps) and all(step.inferred for step in steps),
            untested=untested,
        )

    def between(self, source: str, dest: str) -> list[TraceStep]:
        """Return the steps that the job of a trace took from one status to another."""
        return [step for step in self.steps if (step.source, step.dest) == (source, dest)]

    def goes_back(self, members: AbstractSet[str], dest: str) -> bool:
        """Return whether a layout should not take it for progress: it leads to the first status, or to one that stands aside.

        An aside whose moves are not drawn as arrows stands at the end of the arrows into it; then those out of it lead back.
        """
        if members <= self.asides:
            return not self.full or dest in self.detours or dest == self.declared.initial
        return (self.full and dest in self.asides) or dest == self.declared.initial

    def numbered(self, lines: Iterable[Line], source: str, dest: str) -> tuple[Line, ...]:
        """Return the lines with the numbers of the steps that took them, and those that the declaration lacks."""
        steps = self.between(source, dest)
        every = dict.fromkeys([*lines, *(Line(step.label, step.condition) for step in steps)])
        return tuple(replace(line, steps=_numbers(line, steps)) for line in every)


def _numbers(line: Line, steps: Iterable[TraceStep]) -> tuple[int, ...]:
    return tuple(step.number for step in steps if step.number and (step.label, step.condition) == (line.text, line.condition))
