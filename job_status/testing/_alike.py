"""Which sources declare the same, what they are called, and a machine as plain values and back.

Most users of `transitions` make a machine for each object, in its `__init__`. Such machines are one source: what is counted, named
and sent to another process of a test session is what they declare.
"""

from __future__ import annotations

import sys
from collections.abc import Hashable
from types import ModuleType
from typing import Any

from transitions import Machine, State

from .._lifecycle import Lifecycle
from .._source import Adapter, Definition, Source, definition
from ._drivers import Model

__all__ = ["PlainMachine", "alike", "machine_of", "name_of", "plain_machine"]

#: the states, the initial one, the final ones; and the moves: trigger, source, destination, condition
PlainMachine = tuple[list[str], str | None, list[str], list[tuple[str, str, str, str]]]


def alike(source: Source | Definition) -> Hashable:
    """Return what is equal for sources that declare the same: the same lifecycle, or the same states and moves in any order.

    The state that a machine starts in may differ: an object that is loaded starts where it was.
    """
    if isinstance(source, Lifecycle):
        return source
    declared = source if isinstance(source, Definition) else definition(source)
    return frozenset(declared.statuses), frozenset(declared.edges)


def name_of(source: Machine | Adapter, model: object) -> str:
    """Return the name of a source in the module that has it, as `module:NAME`, or else that of the class that moves by it."""
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType):
            for name, value in list(vars(module).items()):
                if value is source:
                    return f"{module.__name__}:{name}"
    kind = type(source) if isinstance(source, Adapter) or isinstance(model, Model) else type(model)
    return f"{kind.__module__}:{kind.__qualname__}"


def plain_machine(declared: Definition) -> PlainMachine:
    """Return what a machine declares as plain values."""
    moves = [(str(edge.label), edge.source, edge.dest, edge.condition) for edge in declared.edges]
    return list(declared.statuses), declared.initial, list(declared.finals), moves


def machine_of(values: PlainMachine) -> Machine:
    """Return a machine that declares what plain values describe; it is for reports, and cannot be fired."""
    statuses, initial, finals, moves = values
    states: list[Any] = [State(name, final=name in finals) for name in statuses]
    machine = Machine(model=None, states=states, initial=initial, auto_transitions=False)
    for trigger, source, dest, condition in moves:
        machine.add_transition(trigger, source, dest, conditions=[condition] if condition else None)
    return machine
