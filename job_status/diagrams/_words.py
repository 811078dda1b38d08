"""The words of a picture: its title, its notes, its legend, its description, and the moves that are written into a status."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import replace

from .._rows import RunningStatus
from .._source import Definition, Edge
from ._drawing import Box, Drawing, Line
from ._text import shown, wrapped
from ._trace import Trace

#: before a move that leads back to its own status
STAYS = "↻"


def title(declared: Definition, trace: Trace | None) -> str:
    """Return the default title of a picture."""
    if trace is not None:
        return f"{trace.name}: {trace.current}" if trace.name else f"A job that is {trace.current}"
    return "The lifecycle of a job" if declared.means else "A state machine"


def legend(declared: Definition, names: Container[str]) -> str:
    """Return the meanings of those of the statuses whose names do not say them; "" if all names do, and for a machine."""
    named: dict[RunningStatus, list[str]] = {}
    for name, meaning in declared.means.items():
        if name in names and name.upper() != meaning.name:
            named.setdefault(meaning, []).append(name)
    return "; ".join(
        f"{joined(named[meaning], 'and')} {'means' if len(named[meaning]) == 1 else 'mean'} {meaning.name}"
        for meaning in RunningStatus
        if meaning in named
    )


def notes(drawing: Drawing) -> Iterator[str]:
    """Yield how to read a picture: a note for each feature that it has."""
    arrows, nodes = drawing.arrows, drawing.nodes.values()
    within = [line for node in nodes for line in node.lines] if drawing.labels else []
    lines = [*within, *(line for arrow in arrows for line in arrow.lines)]
    if drawing.numbers is not None and any(arrow.count for arrow in arrows):
        yield "The thicker an arrow, the more often it was taken."
    elif drawing.trace is None and any(arrow.main for arrow in arrows):
        yield f"Bold: the path to {shown(drawing.main[-1][1])}."
    if any(line.steps for line in lines):
        yield "Numbered: the moves that the job took, in order." if drawing.labels else "Bold: the moves that the job took."
    if any(arrow.inferred for arrow in arrows):
        yield "Dotted: inferred."
    if any(node.outcome for node in nodes):
        yield "Double frame: final."
    if any(isinstance(arrow.source, Box) for arrow in arrows):
        yield "An arrow that leaves a box can be taken from every status in it."
    parallel = (group for group in drawing.declared.groups if group.parallel and not group.members.isdisjoint(drawing.nodes))
    yield from (f"{shown(group.name)}: in all its parts at once." for group in parallel)
    if any(line.text.startswith(STAYS) for line in within):
        yield f"{STAYS}: the status stays."
    if any(line.untested for line in lines):
        yield "Red, dashed, and marked with !: never taken."
    if any(arrow.unknown for arrow in arrows):
        yield "Red, dashed, and marked with !: not in the table."
    if left_out := [shown(name) for name in drawing.declared.statuses if name not in drawing.nodes]:
        yield f"Not shown: {_first(left_out)}."


def description(drawing: Drawing) -> str:
    """Return the picture in words, for those who cannot see it."""
    declared, main = drawing.declared, drawing.main
    statuses = _count(len(declared.statuses), "status", "statuses")
    sentences = [f"A state diagram of {statuses} and {_count(len(declared.edges), 'move', 'moves')}."]
    if any(name not in drawing.nodes for name in declared.statuses):
        sentences.append(f"It shows {_first([name for name in declared.statuses if name in drawing.nodes])}.")
    if declared.initial is not None:
        sentences.append(f"It starts in {declared.initial}.")
    if declared.finals:
        sentences.append(f"Final: {_first(declared.finals)}.")
    if main:
        sentences.append(f"The path to {main[-1][1]}: {_first([main[0][0], *(dest for _, dest in main)], ' to ')}.")
    if drawing.legend:
        sentences.append(f"Meanings: {drawing.legend}.")
    if drawing.trace:
        sentences.append(_course(drawing.trace))
    return shown(" ".join(sentences))


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _course(trace: Trace) -> str:
    """Return where the job of a trace is, and how it came there."""
    moves = "; ".join(f"{step.number} {step.label} to {step.dest}" for step in trace.taken)
    return f"The job is {trace.current}" + (f", by the moves {moves}." if moves else ".")


def _first(names: Sequence[str], joint: str = ", ") -> str:
    """Return the names, the first 12 of them if there are more."""
    most = 12
    return joint.join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def joined(names: Sequence[str], last: str) -> str:
    """Return names as a sentence has them: "A, B or C" if `last` is "or"."""
    return f" {last} ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def summary(edges: Iterable[Edge], declared: Definition) -> tuple[Line, ...]:
    """Return the moves out of one status in words, a line for each trigger and condition."""
    groups: dict[tuple[str, str, bool], list[Edge]] = {}
    for edge in edges:
        groups.setdefault((edge.trigger, edge.when, edge.label.cause is not None), []).append(edge)
    return tuple(Line(_moves(group, causes, declared), condition) for (_, condition, causes), group in groups.items())


def _moves(edges: Sequence[Edge], causes: bool, declared: Definition) -> str:
    """Return `update_progress → RUNNING`; where the caller names the destination, `stop_run(SUCCESS | ERROR)`."""
    trigger, dests = edges[0].trigger, list(dict.fromkeys(edge.dest for edge in edges))
    if not causes:
        return f"{trigger} → {', '.join(dests)}"
    every = set(dests) | {edges[0].source} == set(declared.statuses) and len(dests) > 2
    return f"{trigger}(any other status)" if every else f"{trigger}({' | '.join(dests)})"


def parted(line: Line, fits: Callable[[str], bool]) -> tuple[str, ...]:
    """Return a line of a label as printable text, and its condition by itself where both together do not fit."""
    text = shown(str(line))
    if not line.condition or fits(text):
        return (text,)
    return shown(str(replace(line, condition=""))), f"[{shown(line.condition)}]"


def folded(line: Line, width: int) -> tuple[str, ...]:
    """Return a line of a label in lines of so many characters."""
    move, *condition = parted(line, lambda text: len(text) <= width)
    return *wrapped(move, width), *(part for text in condition for part in wrapped(f"    {text}", width))
