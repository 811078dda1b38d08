"""A lifecycle as plain values, and back: what one process of a test session sends to another.

The other process may not be able to import what this one did, a test module above all. So an Enum that it has not imported is
replaced by one that has the same names, which is all that a report shows.
"""

from __future__ import annotations

import sys
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Any, cast

from .._lifecycle import JOB_LIFECYCLE, Lifecycle
from .._rows import Guard, RunningStatus, Transition
from .._values import name_in

__all__ = ["lifecycle_of", "named", "plain"]

#: the Enum, by its module and qualified name; the rows; the meanings by the names of the statuses; and the initial status
Plain = tuple[str, str, list[tuple[str, str, str, str, str]], list[tuple[str, str]], str]


def named(lifecycle: Lifecycle[Any]) -> str:
    """Return the name of a lifecycle in the module that made it, as `module:NAME`; what it consists of if it has none there."""
    if lifecycle == JOB_LIFECYCLE:
        return "job_status:JOB_LIFECYCLE"
    name = name_in(lifecycle._module, lifecycle)
    return repr(lifecycle) if name is None else f"{lifecycle._module}:{name}"


def plain(lifecycle: Lifecycle[Any]) -> Plain:
    """Return a lifecycle as plain values."""
    rows = [(row.trigger, row.source.name, row.dest.name, row.guard.name if row.guard else "", row.words) for row in lifecycle.rows]
    means = [(status.name, lifecycle.meaning(status).name) for status in lifecycle.statuses]
    return lifecycle.enum.__module__, lifecycle.enum.__qualname__, rows, means, lifecycle.initial.name


def lifecycle_of(values: Plain) -> Lifecycle[Any]:
    """Return the lifecycle that plain values describe, exact enough for reports and for comparisons within this process."""
    module, qualname, moves, means, initial = values
    meanings = {name: RunningStatus[meaning] for name, meaning in means}
    enum = _enum(module, qualname, tuple(meanings))
    rows = (
        Transition(trigger, enum[source], enum[dest], Guard[guard] if guard else None, words)
        for trigger, source, dest, guard, words in moves
    )
    return Lifecycle(rows, lambda status: meanings[status.name], enum[initial])


@cache
def _enum(module: str, qualname: str, names: tuple[str, ...]) -> type[Enum]:
    """Return the Enum of that name if it was imported, or else one like it; the same for all lifecycles over it."""
    try:
        found = attrgetter(qualname)(sys.modules[module])
    except (AttributeError, KeyError):
        found = None
    if isinstance(found, type) and issubclass(found, Enum) and set(names) <= found.__members__.keys():
        return found
    new: Any = Enum  # a call that a type checker cannot follow
    return cast("type[Enum]", new(qualname.rpartition(".")[2], dict(zip(names, names, strict=True)), module=module))
