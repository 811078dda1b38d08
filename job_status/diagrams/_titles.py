"""What a reader is shown who points at a status or an arrow of a picture: the same in words."""

from __future__ import annotations

from collections.abc import Sequence

from .._rows import Column, RunningStatus
from ._drawing import Arrow, Box, Drawing, Line, Node
from ._text import shown
from ._words import joined

#: what is true of a job in a status of that meaning
_TRUE_OF = {
    RunningStatus.WAITING: "recorded, and waiting for a place to run",
    RunningStatus.RUNNING: "being run",
    RunningStatus.SUCCESS: "completed, full results are to be expected",
    RunningStatus.ERROR: "failed, partial results may exist",
    RunningStatus.CANCELED: "canceled, partial results may exist",
    RunningStatus.SUSPENDED: "halted for a while, and may be resumed",
    RunningStatus.CANCEL_REQUESTED: "still run, though a cancel was requested",
    RunningStatus.UNKNOWN: "in a status that was reported and could not be understood",
}


def of_status(drawing: Drawing, node: Node) -> str:
    """Return "RUNNING: being run", with what else is known of the status."""
    meaning = drawing.declared.means.get(node.name)
    facts = [
        _TRUE_OF[meaning] if meaning else "",
        "initial" if node.name == drawing.declared.initial else "",
        "final" if node.outcome else "",
        f"the job was here: {node.time}" if node.visited else "",
    ]
    return ": ".join(filter(None, (shown(node.name), "; ".join(filter(None, facts)))))


def of_arrow(drawing: Drawing, arrow: Arrow) -> str:
    """Return "start_run: WAITING → RUNNING (a platform takes the job)", a line for each move."""
    names = sources(drawing, arrow)
    return "\n".join(line.text if line.tally else _move(drawing, names, line, arrow.dest) for line in arrow.lines)


def of_region(drawing: Drawing, box: Box) -> str:
    """Return the statuses in a box, after the name of the state that it stands for, if it stands for one."""
    members = joined([shown(name) for name in drawing.nodes if name in box.members], "and")
    return f"{shown(box.title)}: {members}" if box.title else members


def sources(drawing: Drawing, arrow: Arrow) -> list[str]:
    """Return the statuses that an arrow leaves, in the order declared."""
    members = arrow.source.members if isinstance(arrow.source, Box) else {arrow.source}
    return [name for name in drawing.nodes if name in members]


def trigger(line: Line) -> str:
    """Return the trigger of a move, without the cause that it is given."""
    return line.text.trigger if isinstance(line.text, Column) else line.text


def _move(drawing: Drawing, names: Sequence[str], line: Line, dest: str) -> str:
    moves = [edge for edge in drawing.declared.edges if (edge.label, edge.condition) == (line.text, line.condition)]
    words = list(dict.fromkeys(edge.words for edge in moves if edge.source in names and edge.dest == dest))
    said = f" ({shown(words[0])})" if len(words) == 1 and words[0] else ""
    condition = f", only if {shown(line.condition)}" if line.condition else ""
    return f"{shown(line.text)}: {joined([shown(name) for name in names], 'or')} → {shown(dest)}{condition}{said}"
