"""What a `transitions.Machine`, flat or nested, declares. It is only read here, never fired."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any, TypeGuard

from transitions import Machine
from transitions.extensions.nesting import HierarchicalMachine

from ._definition import Definition, Edge, Group, taken
from ._rows import Column

__all__ = ["conditions_of", "declared", "is_nested", "name_of", "of_machine"]

#: the names of the states around one, from the outermost, and its own
Path = tuple[str, ...]


def is_nested(machine: Machine) -> TypeGuard[HierarchicalMachine]:
    """Return whether some of its states contain others."""
    return isinstance(machine, HierarchicalMachine) and any(state.states for state in machine.states.values())


def of_machine(machine: Machine) -> Definition:
    """Return what it declares, without the events that it made itself, `to_X` from every state."""
    if is_nested(machine):
        return _Nested(machine).definition()
    edges = (
        Edge(
            event.name,
            transition.source,
            name_of(transition.dest) or transition.source,
            Column(event.name),
            conditions_of(transition),
        )
        for event in machine.events.values()
        if not _is_automatic(machine, event, machine.states.keys())
        for group in event.transitions.values()
        for transition in group
    )
    flagged = tuple(name for name, state in machine.states.items() if state.final)
    return declared(tuple(machine.states), name_of(machine.initial) or None, taken((edge,) for edge in edges), flagged)


def declared(
    statuses: tuple[str, ...],
    initial: str | None,
    edges: tuple[Edge, ...],
    finals: tuple[str, ...] = (),
    groups: tuple[Group, ...] = (),
) -> Definition:
    """Return the definition of what is no lifecycle; if it flags no status as final, those that nothing leaves are."""
    left = {edge.source for edge in edges if edge.dest != edge.source}
    finals = finals or tuple(name for name in statuses if name not in left)
    return Definition(statuses, initial, finals, edges, tuple(dict.fromkeys(edge.label for edge in edges)), groups=groups)


@dataclass(frozen=True, slots=True)
class _Move:
    """A transition by the full paths of its states; one that leads nowhere else has no ends."""

    scope: Path
    source: Path
    ends: tuple[Path, ...]
    condition: str


class _Nested:
    """Reads a nested machine as what it is for whoever fires it: moves between the states that a model can be in.

    These are the states that contain no others, and those that do but name no `initial` to enter with them. A move declared for
    a state is one for each state within it, whose own come first, and a move into a state enters its `initial`.
    """

    def __init__(self, machine: HierarchicalMachine) -> None:
        self.machine = machine
        self.separator: str = machine.state_cls.separator
        self.states: dict[Path, Any] = dict(_walked(machine.states))
        self.initials = [end for one in _listed(machine.initial) for end in self.entered(self.path(name_of(one)))]
        self.moves = self.declared()
        entered = {end for moves in self.moves.values() for move in moves for end in move.ends} | set(self.initials)
        self.nodes = [path for path, state in self.states.items() if not state.states or (not state.initial and path in entered)]

    def definition(self) -> Definition:
        edges = [edge for trigger in self.moves for node in self.nodes for edge in self.edges(trigger, node)]
        flagged = tuple(self.name(node) for node in self.nodes if self.states[node].final)
        initial = self.name(self.initials[0]) if self.initials else None
        return declared(tuple(map(self.name, self.nodes)), initial, tuple(edges), flagged, tuple(self.groups()))

    def declared(self) -> dict[str, list[_Move]]:
        """Return the moves of each event, those of the innermost scope first, in each scope those of the innermost source."""
        names = set(map(self.name, self.states))
        scopes: list[tuple[Path, Any]] = [((), self.machine.events)]
        scopes += [(path, state.events) for path, state in self.states.items()]
        found: dict[str, list[_Move]] = {}
        for scope, events in scopes:
            for event in events.values():
                if scope or not _is_automatic(self.machine, event, names):
                    moves = found.setdefault(event.name, [])
                    moves += [self.move(scope, one) for group in event.transitions.values() for one in group]
        return {name: sorted(moves, key=lambda move: (-len(move.scope), -len(move.source))) for name, moves in found.items()}

    def move(self, scope: Path, transition: Any) -> _Move:
        dest = name_of(transition.dest)
        ends = self.entered((*scope, *self.path(dest))) if dest else ()
        return _Move(scope, (*scope, *self.path(transition.source)), ends, conditions_of(transition))

    def edges(self, trigger: str, node: Path) -> tuple[Edge, ...]:
        """Return the moves of an event from one state."""
        name = self.name(node)
        applying = [move for move in self.moves[trigger] if node[: len(move.source)] == move.source]
        return taken(
            [Edge(trigger, name, self.name(end), Column(trigger), move.condition) for end in move.ends or (node,)]
            for move in applying
        )

    def entered(self, path: Path) -> tuple[Path, ...]:
        """Return the states that are entered with one: itself, or what its `initial` names, which may be several at once."""
        inner = [self.entered((*path, *self.path(name_of(one)))) for one in _listed(self.states[path].initial)]
        return tuple(end for ends in inner for end in ends) or (path,)

    def groups(self) -> Iterator[Group]:
        for path, state in self.states.items():
            if state.states:
                members = frozenset(self.name(node) for node in self.nodes if node[: len(path)] == path)
                yield Group(self.name(path), members, len(_listed(state.initial)) > 1)

    def path(self, name: str) -> Path:
        return tuple(name.split(self.separator))

    def name(self, path: Path) -> str:
        return self.separator.join(path)


def _walked(states: dict[str, Any], around: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the path of each state, those that contain others before what is in them."""
    for name, state in states.items():
        path = (*around, name)
        yield path, state
        yield from _walked(state.states, path)


def _listed(initial: Any) -> list[Any]:
    """Return what a machine or a state starts in as a list: it may be one state, several at once, or none."""
    return [] if not initial else list(initial) if isinstance(initial, list | tuple) else [initial]


def name_of(state: str | Enum | None) -> str:
    """Return the name of a state, which may be a member of an Enum; "" for None."""
    return state.name if isinstance(state, Enum) else state or ""


def conditions_of(transition: Any) -> str:
    """Return the conditions of a machine's transition, by their names."""
    return " and ".join(
        ("" if condition.target else "not ") + _function_name(condition.func) for condition in transition.conditions
    )


def _function_name(function: Any) -> str:
    """Return the name of a condition: of a method that is looked up later, of a function, or of the class of what is called."""
    while isinstance(function, partial):
        function = function.func
    return function if isinstance(function, str) else getattr(function, "__name__", type(function).__name__)


def _is_automatic(machine: Machine, event: Any, states: Container[str]) -> bool:
    """Return whether the machine itself made the event, `to_X` from every state, rather than whoever declared the moves."""
    return bool(
        machine.auto_transitions
        and event.name.startswith("to_")
        and event.name.removeprefix("to_") in states
        and machine.states.keys() <= event.transitions.keys()
    )
