"""What a picture shows, as data: statuses, arrows with their labels, boxes. Where things are put is left to the renderers.

Thirty-odd moves drawn one by one are a hairball. Four rules make a drawing of them that can be read:

* moves between the same two statuses share one arrow, with a line of its label for each;
* statuses that share a move stand in one box, and the move is one arrow that leaves the box, as do the states within another;
* a move to the status itself is written into that status;
* in the compact drawing, what leads out of a status that only observations lead into (UNKNOWN) is written into that status too.

`_drafting` applies them to a source, `_grouping` finds out which statuses belong together, and `_words` has the texts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from .._source import Definition, ReadableJob, Source
from ._numbers import Numbers
from ._trace import Trace

#: what can be drawn
Drawable = Source | ReadableJob


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a label: a move, the condition that it is under, and the numbers of the steps that took it."""

    text: str
    condition: str = ""
    steps: tuple[int, ...] = ()
    #: whether it is known that no test took it
    untested: bool = False
    #: of a log: whether it is no move, but how often the moves of its arrow were made
    tally: bool = False
    #: of a log: whether the table does not have the move
    unknown: bool = False

    @property
    def alarming(self) -> bool:
        """Whether it is drawn in red, with a mark: no test took it, or the table does not have it."""
        return self.untested or self.unknown

    def __str__(self) -> str:
        numbers = ", ".join(map(str, self.steps))
        mark = "!" if self.alarming else ""
        return " ".join(part for part in (mark, numbers, self.text, self.condition and f"[{self.condition}]") if part)


@dataclass(frozen=True, slots=True)
class Node:
    """A status."""

    id: str
    name: str
    #: "success", "error", "canceled" or "final" for a final status, "" for any other
    outcome: str
    #: whether nothing but observations lead into it
    aside: bool
    #: the moves that are written into it
    lines: tuple[Line, ...]
    #: of a trace: how long the job was in it; "" if it never was
    time: str = ""
    current: bool = False
    #: of a log: how often it was entered; None without a log
    count: int | None = None
    #: of a log: how often it was entered and how long jobs stayed in it, in words, a line for each
    numbers: tuple[str, ...] = ()
    #: the URL that it leads to; "" for none
    link: str = ""

    @property
    def visited(self) -> bool:
        """Whether the job of a trace is or was in it."""
        return bool(self.time)


@dataclass(frozen=True, slots=True)
class Box:
    """Statuses that share a move, or the states within a state of a nested machine, and the boxes among them."""

    id: str
    members: frozenset[str]
    #: the status whose side the arrows leave from, for a layout that knows no boxes
    tail: str
    #: the state of a nested machine that it stands for; "" for none
    title: str = ""


@dataclass(frozen=True, slots=True)
class Arrow:
    """All moves from a status, or from each status in a box, to another status."""

    source: str | Box
    dest: str
    lines: tuple[Line, ...]
    #: whether it is part of the main path, the one to success
    main: bool = False
    #: whether it leads into or out of a status that stands aside, and so is drawn lighter
    light: bool = False
    #: of a trace: whether the job took it
    taken: bool = False
    #: of a trace: whether that is only inferred
    inferred: bool = False
    #: whether it is known that no test took any of its moves
    untested: bool = False
    #: of a log: how often its moves were made; None without a log
    count: int | None = None
    #: of a log: how thick it is, from 0 for one that was never made to 1 for the most frequent
    weight: float = 0.0
    #: of a log: whether the table does not have it
    unknown: bool = False

    @property
    def alarming(self) -> bool:
        """Whether it is drawn in red and dashed: no test took it, or the table does not have it."""
        return self.untested or self.unknown

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
    #: the path from the initial status to success, as pairs of statuses; () if there is none
    main: tuple[tuple[str, str], ...]
    trace: Trace | None
    #: how to read it
    notes: tuple[str, ...]
    #: what the statuses mean; "" if their names say so
    legend: str
    #: what a log has counted; None without one
    numbers: Numbers | None = None
    #: whether moves are written on arrows and into statuses; their lines are in the drawing all the same
    labels: bool = True

    @property
    def refused(self) -> tuple[str, ...]:
        """The attempts that the job refused, a line for each; of many alike only how many."""
        steps = self.trace.refused if self.trace else ()
        counts = Counter(f"Refused while {step.source}: {step.label}" for step in steps)
        return tuple(f"{line} ({count} times)" if count > 1 else line for line, count in counts.items())

    def children(self, box: Box | None) -> tuple[list[Box], list[Node]]:
        """Return the boxes and statuses that stand directly in a box; None: in no box."""
        members = self.nodes.keys() if box is None else box.members
        inside = [other for other in self.boxes if other is not box and other.members <= members]
        direct = [one for one in inside if not any(one.members < other.members for other in inside)]
        boxed = frozenset[str]().union(*(one.members for one in direct))
        return direct, [node for name, node in self.nodes.items() if name in members and name not in boxed]
