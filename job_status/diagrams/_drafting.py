"""From a source to its drawing: which moves become arrows, which are written into a status, and what the trace of a job adds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any, cast

from .._source import Definition, Edge, Source, definition, is_job
from . import _grouping, _words
from ._choices import Links, Only, checked_links, checked_only
from ._drawing import Arrow, Box, Drawable, Drawing, Line, Node
from ._numbers import Numbers, times
from ._trace import Trace, TraceStep, trace

#: beyond so many pairs of statuses with moves between them a picture is drawn without boxes, and with less care
MANY = 100


@dataclass(frozen=True, slots=True)
class Choices:
    """What of a source is drawn: the statuses of these names, with these links, all moves as arrows, with labels."""

    only: frozenset[str]
    links: Mapping[str, str]
    full: bool
    labels: bool
    #: how many statuses that share a move make a box; None: no number does
    box_size: int | None
    #: the moves that no test took, each by its source, label and destination
    untested: AbstractSet[tuple[str, str, str]]
    numbers: Numbers | None


def drawings(
    source: Drawable,
    *,
    title: str | None = None,
    full: bool = False,
    box_sizes: Sequence[int | None] = (3, None),
    untested: Iterable[tuple[str, str, str]] = (),
    only: Only | None = None,
    links: Links | None = None,
    labels: bool = True,
    numbers: Numbers | None = None,
) -> tuple[Drawing, ...]:
    """Return what a picture of a lifecycle, a machine, or a job shows: drawings, of which the one that is laid out best is shown.

    In each, so many statuses as its box size that share a move make a box; None: there are no boxes but those of a nested machine.
    The moves that no test took, each by its source, label and destination, share neither arrow nor box with those that one took.
    Moves with a number share no box. `only`, `links`, `labels` and `numbers` are those of `render`.

    Raises `TypeError` if the source cannot be drawn, and `ValueError` if a choice is wrong.
    """
    job = source if is_job(source) else None
    declared = definition(cast(Source, source) if job is None else job.lifecycle, nested=True)
    traced = None if job is None else trace(job, declared)
    shown, linked = checked_only(declared, only), checked_links(declared, links)
    if numbers:
        numbers.check(declared.statuses)
    drawn: list[Drawing] = []
    for size in box_sizes:
        if not drawn or any(not box.title for box in drawn[0].boxes):  # else it would be the same drawing
            choices = Choices(shown, linked, full, labels, size, frozenset(untested), numbers)
            drawn.append(_Draftsman(declared, traced, choices).drawing(title))
    return tuple(drawn)


def drawing(source: Drawable, *, box_size: int | None = 3, **choices: Any) -> Drawing:
    """Return the drawing with boxes of that size; the choices are those of `drawings`."""
    return drawings(source, box_sizes=[box_size], **choices)[0]


def linked(drawing: Drawing, links: Mapping[str, str]) -> Drawing:
    """Return the drawing with the URLs of statuses that have none so far."""
    nodes = {name: replace(node, link=node.link or links.get(name, "")) for name, node in drawing.nodes.items()}
    return replace(drawing, nodes=nodes)


class _Draftsman:
    """Makes one drawing; its attributes are what several parts of the drawing depend on."""

    def __init__(self, declared: Definition, traced: Trace | None, choices: Choices) -> None:
        self.declared = declared
        self.traced = traced
        self.choices = choices
        self.full = choices.full
        self.numbers = choices.numbers
        self.asides = _grouping.asides(declared)
        self.untested = frozenset(edge for edge in declared.edges if (edge.source, edge.label, edge.dest) in choices.untested)
        self.hidden = frozenset(declared.statuses) - choices.only
        self.main = _grouping.main_path(declared)
        #: of a log: how often a status followed another
        self.counts = {
            pair: count
            for pair, count in (self.numbers.moves.items() if self.numbers else ())
            if count and choices.only.issuperset(pair)
        }
        #: the edges that become arrows, and those that are written into their source
        self.drawn: list[Edge] = []
        self.written: list[Edge] = []
        for edge in declared.edges:
            if {edge.source, edge.dest} <= choices.only:
                aside = edge.source in self.asides and not self.full and (edge.source, edge.dest) not in self.counts
                (self.written if aside or edge.dest == edge.source else self.drawn).append(edge)
        crowded = len({(edge.source, edge.dest) for edge in self.drawn}) > MANY
        shared = [edge for edge in self.drawn if (edge.source, edge.dest) not in self.counts]
        size = None if crowded else choices.box_size
        self.boxes, self.shared = _grouping.boxes(shared, declared, self.asides, size, self.untested, choices.only)
        taken = traced.taken if traced else ()
        self.steps = [step for step in taken if self.hidden.isdisjoint((step.source, step.dest))]

    def drawing(self, title: str | None) -> Drawing:
        drawn = Drawing(
            title=title or _words.title(self.declared, self.traced),
            description="",
            declared=self.declared,
            nodes=self.nodes(),
            boxes=self.boxes,
            arrows=self.arrows(),
            main=self.main,
            trace=self.traced,
            notes=(),
            legend=_words.legend(self.declared, self.choices.only),
            numbers=self.numbers,
            labels=self.choices.labels,
        )
        return replace(drawn, description=_words.description(drawn), notes=tuple(_words.notes(drawn)))

    def nodes(self) -> dict[str, Node]:
        spent = self.traced.times if self.traced else {}
        names = dict.fromkeys((*self.declared.statuses, *spent))
        return {name: self.node(number, name, spent.get(name, "")) for number, name in enumerate(names) if name not in self.hidden}

    def node(self, number: int, name: str, time: str) -> Node:
        return Node(
            id=name if re.fullmatch("[A-Z][A-Z0-9_]{0,30}", name) else f"s{number}",
            name=name,
            outcome=_grouping.outcome(self.declared, name),
            aside=name in self.asides,
            lines=self.lines_within(name),
            time=time,
            current=self.traced is not None and name == self.traced.current,
            link=self.choices.links.get(name, ""),
            count=self.numbers.visits.get(name, 0) if self.numbers else None,
            numbers=tuple(self.numbers.lines(name)) if self.numbers else (),
        )

    def lines_within(self, name: str) -> tuple[Line, ...]:
        loops = [self.line(edge) for edge in self.written if edge.source == edge.dest == name]
        lines = [replace(line, text=f"{_words.STAYS} {line.text}") for line in self.numbered(loops, name, name)]
        leaving = [edge for edge in self.written if edge.source == name != edge.dest]
        lines += _words.summary((edge for edge in leaving if edge not in self.untested), self.declared)
        untested = _words.summary((edge for edge in leaving if edge in self.untested), self.declared)
        return (*lines, *(replace(line, untested=True) for line in untested))

    def line(self, edge: Edge) -> Line:
        return Line(edge.label, edge.when, untested=edge in self.untested)

    def arrows(self) -> tuple[Arrow, ...]:
        labels: dict[tuple[str | Box, str, bool], list[Line]] = {}
        for edge in self.drawn:
            line = self.line(edge)
            boxes = self.shared.get((edge.label, edge.when, edge.dest, line.untested), ())
            source = next((box for box in boxes if edge.source in box.members), edge.source)
            lines = labels.setdefault((source, edge.dest, line.untested), [])
            if line not in lines:
                lines.append(line)
        # The steps of a job are drawn from its statuses, not from boxes, those that no row declares (most observations) included.
        for step in self.steps:
            if step.source != step.dest:
                labels.setdefault((step.source, step.dest, False), [])
        for source, dest in self.counts:
            labels.setdefault((source, dest, False), [])
        return tuple(self.arrow(source, dest, lines, untested) for (source, dest, untested), lines in labels.items())

    def arrow(self, source: str | Box, dest: str, lines: Sequence[Line], untested: bool) -> Arrow:
        steps = [] if isinstance(source, Box) else self.between(source, dest)
        members = source.members if isinstance(source, Box) else {source}
        count = None if self.numbers is None else 0 if isinstance(source, Box) else self.counts.get((source, dest), 0)
        unknown = bool(count) and not lines
        tally = [Line(times(count), tally=True, unknown=unknown)] if count else []
        return Arrow(
            source,
            dest,
            (*(lines if isinstance(source, Box) else self.numbered(lines, source, dest)), *tally),
            main=any((member, dest) in self.main for member in members),
            light=dest in self.asides or members <= self.asides,
            taken=bool(steps),
            inferred=bool(steps) and all(step.inferred for step in steps),
            untested=untested,
            count=count,
            weight=self.numbers.weight((source, dest)) if self.numbers and not isinstance(source, Box) else 0.0,
            unknown=unknown,
        )

    def between(self, source: str, dest: str) -> list[TraceStep]:
        """Return the steps that the job of a trace took from one status to another."""
        return [step for step in self.steps if (step.source, step.dest) == (source, dest)]

    def numbered(self, lines: Iterable[Line], source: str, dest: str) -> tuple[Line, ...]:
        """Return the lines with the numbers of the steps that took them, and those that the declaration lacks."""
        steps = self.between(source, dest)
        every = dict.fromkeys([*lines, *(Line(step.label, step.condition) for step in steps)])
        return tuple(replace(line, steps=_numbers(line, steps)) for line in every)


def _numbers(line: Line, steps: Iterable[TraceStep]) -> tuple[int, ...]:
    return tuple(step.number for step in steps if step.number and (step.label, step.condition) == (line.text, line.condition))
