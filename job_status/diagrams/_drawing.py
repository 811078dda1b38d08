"""What a picture shows, as data: statuses, arrows with their labels, boxes. Where things are put is left to the renderers.

Thirty-odd moves drawn one by one are a hairball. Four rules make a drawing of them that can be read:

* moves between the same two statuses share one arrow, with a line of its label for each;
* statuses that share a move stand in one box, and the move is one arrow that leaves the box;
* a move to the status itself is written into that status;
* in the compact drawing, what leads out of a status that only news leads into (UNKNOWN) is written into that status too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from transitions import Machine

from .._lifecycle import Lifecycle
from .._source import Definition, Edge, definition
from ._text import shown, wrapped
from ._trace import Job, Step, Trace, is_job, trace

#: beyond so many pairs of statuses with moves between them a picture is drawn without boxes, and with less care
MANY = 100

#: in how many levels boxes stand in each other at most
_DEPTH = 3

#: what the names of final statuses say of the outcome
_OUTCOMES = {
    "success": ("success", "succeeded", "completed", "complete", "done", "finished"),
    "error": ("error", "failed", "failure", "fail"),
    "canceled": ("canceled", "cancelled", "aborted", "killed", "revoked"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a label: a move, the condition that it is under, and the numbers of the steps that took it."""

    text: str
    condition: str = ""
    steps: tuple[int, ...] = ()

    def __str__(self) -> str:
        numbers = ", ".join(map(str, self.steps))
        return " ".join(part for part in (numbers, self.text, self.condition and f"[{self.condition}]") if part)


@dataclass(frozen=True, slots=True)
class Node:
    """A status."""

    id: str
    name: str
    #: "success", "error", "canceled" or "final" for a final status, "" for any other
    outcome: str
    #: whether nothing but news leads into it
    aside: bool
    #: whether the way to success leads on from it though it is not on it: it stands before that which it leads to
    detour: bool
    #: the moves that are written into it
    lines: tuple[Line, ...]
    #: of a trace: how long the job was in it; "" if it never was
    time: str = ""
    current: bool = False

    @property
    def visited(self) -> bool:
        """Whether the job of a trace is or was in it."""
        return bool(self.time)


@dataclass(frozen=True, slots=True)
class Box:
    """Statuses that share a move, and the boxes among them; `tail` is the one whose side the arrows leave from."""

    id: str
    members: frozenset[str]
    tail: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """All moves from a status, or from each status in a box, to another status."""

    source: str | Box
    dest: str
    lines: tuple[Line, ...]
    #: whether it is part of the way to success
    main: bool = False
    #: whether it is of a status that stands aside, and so drawn lighter
    light: bool = False
    #: it leads back, and so says nothing of what comes first
    back: bool = False
    #: of a trace: "told" if the job took it, "inferred" if it must have, "" if not
    taken: str = ""

    @property
    def tail(self) -> str:
        """The status that the arrow starts at, for a layout that knows no boxes."""
        return self.source.tail if isinstance(self.source, Box) else self.source


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture before it is laid out. Names in it are those of the source, unescaped."""

    title: str
    description: str
    declared: Definition
    nodes: dict[str, Node]
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    trace: Trace | None
    #: how to read it
    notes: tuple[str, ...]

    @property
    def refused(self) -> tuple[str, ...]:
        """The attempts that the job refused, a line for each; of many alike only how many."""
        steps = self.trace.refused if self.trace else ()
        counts = Counter(f"Refused while {step.source}: {step.label}" for step in steps)
        return tuple(f"{line} ({count} times)" if count > 1 else line for line, count in counts.items())

    def children(self, box: Box | None) -> tuple[list[Box], list[Node]]:
        """The boxes and statuses that stand directly in a box; None: in no box."""
        members = self.nodes.keys() if box is None else box.members
        inside = [other for other in self.boxes if other is not box and other.members <= members]
        direct = [one for one in inside if not any(one.members < other.members for other in inside)]
        boxed = frozenset[str]().union(*(one.members for one in direct))
        return direct, [node for name, node in self.nodes.items() if name in members and name not in boxed]


def drawing(source: Lifecycle | Machine | Job, *, title: str | None = None, full: bool = False, box_size: int = 3) -> Drawing:
    """What a picture of a lifecycle, a machine, or a job's way through its lifecycle shows.

    At least `box_size` statuses that share a move make a box.
    """
    job = source if is_job(source) else None
    declared = definition(source if job is None else job.lifecycle)  # type: ignore[arg-type]  # definition refuses what is no source
    told = None if job is None else trace(job, declared)
    return _Draftsman(declared, told, full, box_size).drawing(title or _title(source, told))


def _title(source: object, told: Trace | None) -> str:
    if told is not None:
        return f"A job that is {told.current}"
    return "The lifecycle of a job" if isinstance(source, Lifecycle) else "A state machine"


class _Draftsman:
    """Makes one drawing; its attributes are what several parts of the drawing depend on."""

    def __init__(self, declared: Definition, told: Trace | None, full: bool, box_size: int) -> None:
        self.declared = declared
        self.told = told
        self.full = full
        self.asides = _asides(declared)
        self.main = _main_way(declared)
        self.detours = _detours(declared, self.main) - self.asides
        #: the edges that become arrows, and those that are written into their source
        self.drawn: list[Edge] = []
        self.written: list[Edge] = []
        for edge in declared.edges:
            inside = edge.dest == edge.source or (edge.source in self.asides and not full)
            (self.written if inside else self.drawn).append(edge)
        crowded = len({(edge.source, edge.dest) for edge in self.drawn}) > MANY
        self.boxes = {} if crowded else _boxes(self.drawn, self.declared, self.asides, box_size)
        self.steps = told.taken if told else ()

    def drawing(self, title: str) -> Drawing:
        nodes = self.nodes()
        boxes, arrows = tuple(self.boxes.values()), self.arrows()
        notes = tuple(self.notes(boxes, arrows))
        description = _description(self.declared, self.main, self.told)
        return Drawing(title, description, self.declared, nodes, tuple(dict.fromkeys(boxes)), arrows, self.told, notes)

    def nodes(self) -> dict[str, Node]:
        times = self.told.times if self.told else {}
        names = dict.fromkeys((*self.declared.statuses, *times))
        return {
            name: Node(
                name if re.fullmatch("[A-Z][A-Z0-9_]{0,30}", name) else f"s{number}",
                name,
                _outcome(name) if name in self.declared.finals else "",
                name in self.asides,
                name in self.detours,
                self.lines_within(name),
                times.get(name, ""),
                self.told is not None and name == self.told.current,
            )
            for number, name in enumerate(names)
        }

    def lines_within(self, name: str) -> tuple[Line, ...]:
        loops = [edge for edge in self.written if edge.source == edge.dest == name]
        lines = self.numbered([Line(edge.label, edge.condition) for edge in loops], name, name)
        ways = [edge for edge in self.written if edge.source == name != edge.dest]
        return tuple(Line(f"↻ {line.text}", line.condition, line.steps) for line in lines) + _summary(ways, self.declared)

    def arrows(self) -> tuple[Arrow, ...]:
        labels: dict[tuple[str | Box, str], list[Line]] = {}
        for edge in self.drawn:
            box = self.boxes.get((edge.label, edge.condition, edge.dest))
            lines = labels.setdefault((box if box and edge.source in box.members else edge.source, edge.dest), [])
            if (line := Line(edge.label, edge.condition)) not in lines:
                lines.append(line)
        # What a job did is drawn status by status, beside the boxes, and so is what no row declares, such as an observation.
        for step in self.steps:
            if step.source != step.dest:
                labels.setdefault((step.source, step.dest), [])
        return tuple(self.arrow(source, dest, lines) for (source, dest), lines in labels.items())

    def arrow(self, source: str | Box, dest: str, lines: Sequence[Line]) -> Arrow:
        steps = [step for step in self.steps if (step.source, step.dest) == (source, dest)]
        members = source.members if isinstance(source, Box) else {source}
        return Arrow(
            source,
            dest,
            self.numbered(lines, source, dest) if isinstance(source, str) else tuple(lines),
            main=(source, dest) in self.main,
            light=dest in self.asides or members <= self.asides,
            back=not lines or self.goes_back(members, dest),  # what only the job did is no part of the layout either
            taken="" if not steps else "inferred" if all(step.inferred for step in steps) else "told",
        )

    def goes_back(self, members: AbstractSet[str], dest: str) -> bool:
        """Whether a layout should not take it for progress: it leads to the first status, or to one that stands aside.

        An aside whose ways out are not drawn stands at the end of the arrows into it; then those out of it lead back.
        """
        if members <= self.asides:
            return not self.full or dest in self.detours or dest == self.declared.initial
        return (self.full and dest in self.asides) or dest == self.declared.initial

    def numbered(self, lines: Sequence[Line], source: str, dest: str) -> tuple[Line, ...]:
        """The lines with the numbers of the steps that took them, and those that the declaration lacks."""
        steps = [step for step in self.steps if (step.source, step.dest) == (source, dest)]
        every = dict.fromkeys([*lines, *(Line(step.label, step.condition) for step in steps)])
        return tuple(Line(line.text, line.condition, _numbers(line, steps)) for line in every)

    def notes(self, boxes: Sequence[Box], arrows: Sequence[Arrow]) -> Iterable[str]:
        if self.told is None and self.main:
            yield f"Bold: the way to {shown(self.main[-1][1])}."
        if self.told is not None and self.steps:
            yield "Numbered: the moves that the job took, in order." + (
                " Dotted: inferred." if any(step.inferred for step in self.steps) else ""
            )
        if self.declared.finals:
            yield "Double frame: final."
        if boxes:
            yield "An arrow that leaves a box can be taken from every status in it."
        if any(edge.source == edge.dest for edge in self.written):
            yield "↻: the status stays."


def folded(line: Line, width: int) -> tuple[str, ...]:
    """A line of a label as printable text, with the condition on a line of its own where both together are too long."""
    text = shown(str(line))
    if line.condition and len(text) > width:
        return *folded(Line(line.text, steps=line.steps), width), *wrapped(f"    [{shown(line.condition)}]", width)
    return wrapped(text, width)


def _numbers(line: Line, steps: Iterable[Step]) -> tuple[int, ...]:
    return tuple(step.number for step in steps if step.number and (step.label, step.condition) == (line.text, line.condition))


def _outcome(name: str) -> str:
    return next((outcome for outcome, names in _OUTCOMES.items() if name.lower() in names), "final")


def _asides(declared: Definition) -> frozenset[str]:
    """The statuses that nothing but news leads into."""
    told = {edge.dest for edge in declared.edges if edge.news and edge.dest != declared.initial}
    return frozenset(told - {edge.dest for edge in declared.edges if not edge.news})


def _main_way(declared: Definition) -> tuple[tuple[str, str], ...]:
    """The shortest way from the first status to success, as pairs of statuses; to the only final one, where none is called so."""
    ends = [name for name in declared.finals if _outcome(name) == "success"] or list(declared.finals)
    if not ends or (len(ends) > 1 and _outcome(ends[0]) != "success"):
        return ()
    ways: dict[str, tuple[tuple[str, str], ...]] = {declared.initial: ()}
    nexts: dict[str, dict[str, None]] = {}
    for edge in declared.edges:
        if not edge.news:
            nexts.setdefault(edge.source, {})[edge.dest] = None
    for name in (queue := [declared.initial]):  # grows while it is walked through
        for dest in nexts.get(name, ()):
            if dest not in ways:
                ways[dest] = (*ways[name], (name, dest))
                queue.append(dest)
    return next((ways[end] for end in ends if end in ways), ())


def _detours(declared: Definition, main: Iterable[tuple[str, str]]) -> frozenset[str]:
    """The statuses off the way to success with moves from it and back to it."""
    way = {name for pair in main for name in pair}
    pairs = {(edge.source, edge.dest) for edge in declared.edges if not edge.news}
    return frozenset(dest for source, dest in pairs if source in way and dest not in way and (dest, source) in pairs)


def _boxes(drawn: Iterable[Edge], declared: Definition, asides: frozenset[str], size: int) -> dict[tuple[str, str, str], Box]:
    """The box for each move (label, condition, destination) that enough statuses share; the largest come first.

    Boxes stand apart or in each other. A move that would need one that cuts through another is drawn status by status.
    """
    sharing: dict[tuple[str, str, str], list[str]] = {}
    for edge in drawn:
        if edge.source not in asides:
            sharing.setdefault((edge.label, edge.condition, edge.dest), []).append(edge.source)
    chosen: dict[frozenset[str], Box] = {}
    boxes = {}
    for move, sources in sorted(sharing.items(), key=lambda item: -len(item[1])):
        members = frozenset(sources)
        if len(members) >= size and (members in chosen or _fits(members, chosen)):
            order = [name for name in declared.statuses if name in members]
            tail = next((name for name in reversed(order) if name not in asides), order[-1])
            boxes[move] = chosen.setdefault(members, Box(f"box{len(chosen)}", members, tail))
    return boxes


def _fits(members: frozenset[str], chosen: Iterable[frozenset[str]]) -> bool:
    around = [other for other in chosen if members & other]
    return len(around) < _DEPTH and all(members < other for other in around)


def _summary(ways: Iterable[Edge], declared: Definition) -> tuple[Line, ...]:
    """Moves out of one status in words, a line for each trigger and condition."""
    groups: dict[tuple[str, str, bool], list[Edge]] = {}
    for edge in ways:
        groups.setdefault((edge.trigger, edge.condition, edge.label != edge.trigger), []).append(edge)
    return tuple(Line(_ways(edges, named, declared), condition) for (_, condition, named), edges in groups.items())


def _ways(edges: Sequence[Edge], named: bool, declared: Definition) -> str:
    """`update_progress → RUNNING`; where the caller names the destination, `stop_run(SUCCESS | ERROR)`."""
    trigger, dests = edges[0].trigger, list(dict.fromkeys(edge.dest for edge in edges))
    if not named:
        return f"{trigger} → {', '.join(dests)}"
    every = set(dests) | {edges[0].source} == set(declared.statuses) and len(dests) > 2
    return f"{trigger}(any other status)" if every else f"{trigger}({' | '.join(dests)})"


def _description(declared: Definition, main: Sequence[tuple[str, str]], told: Trace | None) -> str:
    """The picture in words, for those who cannot see it."""
    sentences = [
        f"A state diagram of {len(declared.statuses)} statuses and {len(declared.edges)} moves.",
        f"It starts in {declared.initial}.",
    ]
    if declared.finals:
        sentences.append(f"Final: {_listed(declared.finals)}.")
    if main:
        sentences.append(f"The way to {main[-1][1]}: {_listed([main[0][0], *(dest for _, dest in main)], ' to ')}.")
    if told:
        way = "; ".join(f"{step.number} {step.label} to {step.dest}" for step in told.taken)
        sentences.append(f"The job is {told.current}" + (f", by the moves {way}." if way else "."))
    return shown(" ".join(sentences))


def _listed(names: Sequence[str], joint: str = ", ") -> str:
    most = 12
    return joint.join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
