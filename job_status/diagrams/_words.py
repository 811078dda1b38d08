"""The words of a picture: its title, its notes, its legend, its description, and the moves that are written into a status."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from .._rows import RunningStatus
from .._source import Definition, Edge
from ._drawing import Line
from ._text import shown, wrapped
from ._trace import Trace


def title(declared: Definition, trace: Trace | None) -> str:
    """Return the default title of a picture."""
    if trace is not None:
        return f"{trace.name}: {trace.current}" if trace.name else f"A job that is {trace.current}"
    return "The lifecycle of a job" if declared.means else "A state machine"


def legend(declared: Definition) -> str:
    """Return the meanings of statuses whose names do not say them; "" if all names do, and for a machine."""
    named: dict[RunningStatus, list[str]] = {}
    for name, meaning in declared.means.items():
        if name.upper() != meaning.name:
            named.setdefault(meaning, []).append(name)
    return "; ".join(
        f"{joined(named[meaning], 'and')} {'means' if len(named[meaning]) == 1 else 'mean'} {meaning.name}"
        for meaning in RunningStatus
        if meaning in named
    )


def notes(
    main: Sequence[tuple[str, str]], trace: Trace | None, *, finals: bool, boxes: bool, loops: bool, untested: bool
) -> Iterator[str]:
    """Yield how to read a picture: a note for each feature that it has."""
    if trace is None and main:
        yield f"Bold: the path to {shown(main[-1][1])}."
    if trace is not None and trace.taken:
        yield "Numbered: the moves that the job took, in order."
        if any(step.inferred for step in trace.taken):
            yield "Dotted: inferred."
    if finals:
        yield "Double frame: final."
    if boxes:
        yield "An arrow that leaves a box can be taken from every status in it."
    if loops:
        yield "↻: the status stays."
    if untested:
        yield "Red, dashed, and marked with !: never taken."


def description(declared: Definition, main: Sequence[tuple[str, str]], trace: Trace | None) -> str:
    """Return the picture in words, for those who cannot see it."""
    sentences = [
        f"A state diagram of {len(declared.statuses)} statuses and {len(declared.edges)} moves.",
        f"It starts in {declared.initial}.",
    ]
    if declared.finals:
        sentences.append(f"Final: {_first(declared.finals)}.")
    if main:
        sentences.append(f"The path to {main[-1][1]}: {_first([main[0][0], *(dest for _, dest in main)], ' to ')}.")
    if meanings := legend(declared):
        sentences.append(f"Meanings: {meanings}.")
    if trace:
        sentences.append(_course(trace))
    return shown(" ".join(sentences))


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
        groups.setdefault((edge.trigger, edge.condition, edge.label.cause is not None), []).append(edge)
    return tuple(Line(_moves(group, causes, declared), condition) for (_, condition, causes), group in groups.items())


def _moves(edges: Sequence[Edge], causes: bool, declared: Definition) -> str:
    """Return `update_progress → RUNNING`; where the caller names the destination, `stop_run(SUCCESS | ERROR)`."""
    trigger, dests = edges[0].trigger, list(dict.fromkeys(edge.dest for edge in edges))
    if not causes:
        return f"{trigger} → {', '.join(dests)}"
    every = set(dests) | {edges[0].source} == set(declared.statuses) and len(dests) > 2
    return f"{trigger}(any other status)" if every else f"{trigger}({' | '.join(dests)})"


def folded(line: Line, width: int) -> tuple[str, ...]:
    """Return a line of a label as printable text, with the condition on a line of its own where both together are too long."""
    text = shown(str(line))
    if line.condition and len(text) > width:
        return *folded(replace(line, condition=""), width), *wrapped(f"    [{shown(line.condition)}]", width)
    return wrapped(text, width)
