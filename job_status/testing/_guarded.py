"""Cells with conditions, as a machine's table has them: `asleep (1), sweaty (2)`, and below it `(1) only if: is_exhausted`.

The first status counts whose condition holds; one without a condition always does, and where none holds the trigger is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from transitions import EventData, Machine

from .._source import Definition, conditions_of
from ._crashes import blamed
from ._loop import awaited
from ._subject import Subject
from ._tables import Cell, Note, TableError, by_text, plain

__all__ = ["Alternative", "alternatives", "in_words", "possible"]

#: a status that a trigger leads to, and the condition that it is under; "" for none
Alternative = tuple[str, str]

_NOTE = re.compile(r"^only if: (?P<condition>.+)$")


def alternatives(cell: Cell, notes: Mapping[str, Note], declared: Definition) -> tuple[Alternative, ...]:
    """Return what a cell has with conditions; () if its notes give none.

    Raises `TableError` if there is no such status, or if no move of the column is under such a condition.
    """
    marks = {mark: (note, only["condition"]) for mark, note in notes.items() if (only := _NOTE.match(plain(note.text)))}
    if not marks:
        return ()
    marked = re.compile(rf"\s*\(({'|'.join(map(re.escape, marks))})\)(?:,\s+|$)")
    *pairs, last = marked.split(cell.text)
    if not pairs:
        return ()
    conditions = by_text(edge.condition for edge in declared.edges if edge.condition)
    statuses = by_text(declared.statuses)
    found = []
    for written, mark in (*zip(pairs[::2], pairs[1::2], strict=True), *([(last, "")] if last else [])):
        if plain(written) not in statuses:
            raise cell.misfit(plain(written), statuses)
        if mark and marks[mark][1] not in conditions:
            words = f"no move has the condition {marks[mark][1]!r}; there are: {', '.join(conditions)}"
            raise TableError(marks[mark][0].line, words)
        found.append((statuses[plain(written)], conditions[marks[mark][1]] if mark else ""))
    return tuple(found)


def in_words(found: Iterable[Alternative], refused: str) -> str:
    """Return alternatives as a failure shows them: `asleep if is_exhausted, else sweaty`."""
    words = [f"{dest} if {condition}" if condition else dest for dest, condition in found]
    return ", else ".join(words if not list(found)[-1][1] else [*words, refused])


def possible(subject: Subject, job: Any, label: str, found: Iterable[Alternative], refused: str) -> frozenset[str]:
    """Return what a cell has an object do now: one thing, or, by an adapter, whose conditions cannot be asked, any."""
    if not isinstance(subject.source, Machine):
        return frozenset((*(dest for dest, _ in found), refused))
    first = (dest for dest, condition in found if not condition or _holds(subject, job, label, dest, condition))
    return frozenset((next(first, refused),))


def _holds(subject: Subject, job: Any, label: str, dest: str, condition: str) -> bool:
    """Return whether a condition of a machine holds for one of its models."""
    machine = subject.source
    assert isinstance(machine, Machine)
    positional, keywords = subject.arguments(label)
    event = EventData(None, machine.events[label], machine, job, positional, keywords)
    here = machine.events[label].transitions.get(subject.status(job), ())
    anywhere = (move for event in machine.events.values() for moves in event.transitions.values() for move in moves)
    # Functions without a name of their own, lambdas above all, look alike: the move that the cell is about comes first.
    ordered = sorted((*here, *anywhere), key=lambda move: move not in here or move.dest != dest)
    conditions = next(move.conditions for move in ordered if conditions_of(move) == condition)
    with blamed(f"the condition {condition}"):
        return all(awaited(one.check(event)) for one in conditions)
