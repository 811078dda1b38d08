"""Which statuses of a definition belong together: the main path, what stands aside, and the boxes.

A lifecycle states what each status means. For a machine, the outcome of a final state is guessed from its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from .._rows import CANCELED, ERROR, SUCCESS
from .._search import shortest_paths
from .._source import Definition, Edge
from ._drawing import Box

#: in how many levels boxes stand in each other at most
_DEPTH = 3

#: a move that several statuses may share: its column, its condition, where it leads, and whether no test took it from there
Shared = tuple[str, str, str, bool]

_OUTCOMES = {SUCCESS: "success", ERROR: "error", CANCELED: "canceled"}

#: what the name of a machine's final state says of the outcome
_OUTCOME_WORDS = {
    "success": ("success", "succeeded", "completed", "complete", "done", "finished"),
    "error": ("error", "failed", "failure", "fail"),
    "canceled": ("canceled", "cancelled", "aborted", "killed", "revoked"),
}


def outcome(declared: Definition, name: str) -> str:
    """Return "success", "error", "canceled" or "final" for a final status, and "" for any other."""
    if name not in declared.finals:
        return ""
    if declared.means:
        return _OUTCOMES[declared.means[name]]
    return next((outcome for outcome, words in _OUTCOME_WORDS.items() if name.lower() in words), "final")


def asides(declared: Definition) -> frozenset[str]:
    """Return the statuses that nothing but observations lead into."""
    observed = {edge.dest for edge in declared.edges if edge.observed and edge.dest != declared.initial}
    return frozenset(observed - {edge.dest for edge in declared.edges if not edge.observed})


def main_path(declared: Definition) -> tuple[tuple[str, str], ...]:
    """Return the shortest path from the initial status to success, as pairs of statuses; () if there is none.

    In a machine with a single final state that is not a success, the path leads to that state.
    """
    if declared.initial is None:
        return ()
    ends = [name for name in declared.finals if outcome(declared, name) == "success"]
    if not ends and len(declared.finals) == 1:
        ends = list(declared.finals)
    nexts: dict[str, list[tuple[tuple[str, str], str]]] = {}
    for source, dest in _moves(declared):
        nexts.setdefault(source, []).append(((source, dest), dest))
    paths = shortest_paths(declared.initial, lambda name: nexts.get(name, ()))
    return next((paths[end] for end in ends if end in paths), ())


def _moves(declared: Definition) -> Mapping[tuple[str, str], None]:
    """Return the pairs of statuses with a move from the one to the other, in the order declared; observations are none."""
    return dict.fromkeys((edge.source, edge.dest) for edge in declared.edges if not edge.observed)


def boxes(
    drawn: Iterable[Edge],
    declared: Definition,
    aside: AbstractSet[str],
    size: int | None,
    untested: AbstractSet[Edge],
    names: AbstractSet[str],
) -> tuple[tuple[Box, ...], dict[Shared, list[Box]]]:
    """Return the boxes, the largest first, and for each move the boxes that it leaves from.

    There is a box for the states within a state of a nested machine, and for each move that at least `size` statuses share (None:
    for none). Boxes are disjoint or nested: where one would cut through another, the move leaves from the boxes that all share
    it, and from each of the other statuses.
    """
    titles = {group.members & names: group.name for group in declared.groups if group.members & names}
    chosen = {members: _box(number, members, declared, aside, title) for number, (members, title) in enumerate(titles.items())}
    sharing = _sharing(drawn, aside, untested)
    for _, members in sharing:
        if size is not None and len(members) >= size and members not in chosen and _fits(members, chosen):
            chosen[members] = _box(len(chosen), members, declared, aside)
    every = sorted(chosen.values(), key=lambda box: -len(box.members))
    return tuple(every), {move: _outermost(box for box in every if box.members <= members) for move, members in sharing}


def _outermost(boxes: Iterable[Box]) -> list[Box]:
    """Return those of the boxes, the larger of which come first, that are in none of the others."""
    kept: list[Box] = []
    for box in boxes:
        if not any(box.members < other.members for other in kept):
            kept.append(box)
    return kept


def _box(number: int, members: frozenset[str], declared: Definition, aside: AbstractSet[str], title: str = "") -> Box:
    return Box(f"box{number}", members, _tail(members, declared, aside), title)


def _sharing(drawn: Iterable[Edge], aside: AbstractSet[str], untested: AbstractSet[Edge]) -> list[tuple[Shared, frozenset[str]]]:
    """Return the moves with the statuses that share them; those that most share come first."""
    sharing: dict[Shared, list[str]] = {}
    for edge in drawn:
        if edge.source not in aside:
            sharing.setdefault((edge.label, edge.when, edge.dest, edge in untested), []).append(edge.source)
    return [(move, frozenset(sources)) for move, sources in sorted(sharing.items(), key=lambda item: -len(item[1]))]


def _fits(members: frozenset[str], chosen: Iterable[frozenset[str]]) -> bool:
    around = [other for other in chosen if members & other]
    return len(around) < _DEPTH and all(members < other for other in around)


def _tail(members: AbstractSet[str], declared: Definition, aside: AbstractSet[str]) -> str:
    order = [name for name in declared.statuses if name in members]
    return next((name for name in reversed(order) if name not in aside), order[-1])
