"""What an object is at one moment, in all of its parts that can be seen, so that two moments can be compared.

The nearest parts come first, and no more are looked at than is worth the time; what is left out is named.
"""

from __future__ import annotations

import pickle  # written, to see whether something changed, and never read
from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, time, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import partial
from io import IOBase
from itertools import islice
from logging import Logger, LoggerAdapter
from pathlib import PurePath
from sys import getsizeof
from threading import Lock, RLock
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any
from uuid import UUID
from weakref import ReferenceType

from transitions import Event, Machine, State

from .._history import Move
from .._search import breadth_first
from .._status import JobStatus
from .._values import attributes, shown

__all__ = ["Snapshot", "snapshot"]

#: how many objects are looked into, one in the attribute of another, the first one included
LEVELS = 3
#: how many values are compared
MOST = 10_000
#: how many bytes of a value are
MOST_BYTES = 1_000_000
#: how many differences are shown
MOST_SHOWN = 10

#: what cannot change, and is compared as it is; most values are of the first few
PLAIN = frozenset((str, int, float, bool, type(None), bytes))
VALUES: tuple[Any, ...] = (*PLAIN, complex, date, time, timedelta, tzinfo, Decimal, Fraction, UUID, PurePath, Move)
#: what an object has that is not its state: declarations, and what changes by being used
NO_STATE: tuple[Any, ...] = (
    *(Enum, type, FunctionType, BuiltinFunctionType, MethodType, ModuleType, ReferenceType, partial),
    *(Machine, State, Event, Logger, LoggerAdapter, AbstractEventLoop),
)
CONTAINERS: tuple[Any, ...] = (list, tuple, deque, Mapping, AbstractSet)
LOCKS: tuple[Any, ...] = (type(Lock()), type(RLock()))


@dataclass(frozen=True, slots=True)
class Kind:
    """What stands for a thing whose parts are compared: the name of its class."""

    name: str

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Frozen:
    """What stands for a thing without attributes: what is shown of it, and what would be saved of it."""

    text: str
    saved: bytes

    def __repr__(self) -> str:
        return self.text


class Itself:
    """What stands for a thing that is not looked into: it is equal to itself alone."""

    __slots__ = ("thing", "why")

    def __init__(self, thing: object, why: str = "") -> None:
        self.thing = thing
        #: why it cannot be compared; "" if there is nothing in it to compare
        self.why = why

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Itself) and self.thing is other.thing

    def __hash__(self) -> int:
        return id(self.thing)

    def __repr__(self) -> str:
        return str(self.thing) if isinstance(self.thing, Enum) else f"<{type(self.thing).__name__} at {id(self.thing):#x}>"


class Node(Itself):
    """A thing that is met on the way through an object."""

    __slots__ = ("levels", "value")

    def __init__(self, thing: object, levels: int) -> None:
        super().__init__(thing)
        #: how many objects may be looked into from here
        self.levels = levels
        #: what stands for it
        self.value = _value(thing, levels)


#: what stands for a part that is not there
NOTHING = Kind("nothing")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the parts of an object were; two are equal if all that could be seen is."""

    #: by their path from the object: `log[0]`, `extra['tries'].count`
    values: Mapping[str, object]

    @property
    def unseen(self) -> dict[str, str]:
        """What could not be compared, by its path, and why."""
        return {path: value.why for path, value in self.values.items() if isinstance(value, Itself) and value.why}

    def changes(self, after: Snapshot) -> list[str]:
        """Return what is different in a later snapshot, a line for each part, the nearest first."""
        lines = []
        for path in {**self.values, **after.values}:
            then, now = self.values.get(path, NOTHING), after.values.get(path, NOTHING)
            if then is not now and then != now:
                lines.append(f"{path}: {shown(then)} -> {shown(now)}")
        return _first(lines)

    def notes(self) -> list[str]:
        """Return a line that names what could not be compared; none if everything could."""
        parts = _first([f"{path} ({why})" for path, why in self.unseen.items()])
        return [f"not compared: {', '.join(parts)}"] if parts else []

    def __str__(self) -> str:
        return "\n".join([*(f"{path}: {shown(value)}" for path, value in self.values.items()), *self.notes()])


def _first(lines: list[str]) -> list[str]:
    return lines[:MOST_SHOWN] + ([f"and {len(lines) - MOST_SHOWN:,} more"] if len(lines) > MOST_SHOWN else [])


def snapshot(thing: object) -> Snapshot:
    """Return what an object is now, as values that later changes of it do not reach; printed, it lists them.

    That is its attributes, the contents of containers, and the same of the objects in them, one and two levels down. The refused
    attempts that a `JobStatus` records, and its `last_heard`, do not count. `unseen` says what cannot be compared, such as an open
    file.
    """
    values: dict[str, object] = {}
    root = Node(thing, LEVELS)
    if isinstance(thing, Machine):  # a machine that is its own model has a state
        root.value = Kind(type(thing).__name__)
    paths = {root: "the whole"}
    for pieces, node in islice(breadth_first(root, _parts), MOST + 1):
        path = "".join(pieces).removeprefix(".")
        while path in values:  # as two long keys of a dict look
            path += "'"
        if len(values) == MOST:
            values[path] = Itself(None, f"nor what follows: {MOST:,} values are enough")
        elif isinstance(node.value, Kind) and paths.setdefault(node, path) != path:
            values[path] = Kind(f"the same as {paths[node]}")
        else:
            values[path] = node.value
    return Snapshot(values or {"it": root.value})


def _value(thing: Any, levels: int) -> object:
    """Return what stands for a thing: itself, its kind if it consists of parts, or what else there is to compare."""
    if type(thing) in PLAIN:
        return thing
    if isinstance(thing, NO_STATE):
        return Itself(thing)
    if isinstance(thing, VALUES):
        return thing
    if isinstance(thing, LOCKS):
        return repr(thing)
    if isinstance(thing, CONTAINERS):
        return Kind(type(thing).__name__)
    if _has_attributes(thing):
        return Kind(type(thing).__name__) if levels else Itself(thing, f"more than {LEVELS - 1} objects down")
    if type(thing) is object:
        return Itself(thing)
    if getsizeof(thing) > MOST_BYTES:
        return Itself(thing, f"{getsizeof(thing):,} bytes")
    try:
        return Frozen(shown(thing), pickle.dumps(thing))
    except Exception:  # whatever it raises: a generator is a TypeError, and classes may have errors of their own
        return Itself(thing, type(thing).__name__)


def _parts(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield what a thing consists of, each with how one gets to it from there."""
    thing, levels = node.thing, node.levels
    if not isinstance(node.value, Kind):
        return
    for piece, part in _contents(thing):
        yield piece, Node(part, levels)
    if levels:
        for name, part in attributes(thing, _recording(type(thing))).items():
            yield f".{name}", Node(part, levels - 1)


def _contents(thing: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(thing, JobStatus):
        yield from ((f".{key}", value) for key, value in _recorded(thing).items())
    elif isinstance(thing, Mapping):
        yield from ((f"[{shown(key)}]", value) for key, value in list(thing.items()))
    elif isinstance(thing, AbstractSet):
        yield from ((f"{{{shown(item)}}}", item) for item in list(thing))
    elif isinstance(thing, CONTAINERS):
        yield from ((f"[{number}]", item) for number, item in enumerate(list(thing)))
    elif isinstance(thing, BaseException):
        yield ".args", thing.args


def _recorded(status: JobStatus[Any]) -> dict[str, Any]:
    fields = {**status.to_dict(history=False), "history": [move for move in status.history if not move.refused]}
    del fields["last_heard"]  # any report sets it, even one that changes nothing else
    return fields


def _recording(kind: type) -> type:
    """Return the class whose attributes are in what is recorded: the nearest that is of this package, as those of a store are."""
    ours = (base for base in kind.__mro__ if issubclass(base, JobStatus) and base.__module__.partition(".")[0] == "job_status")
    return next(ours, JobStatus)


def _has_attributes(thing: Any) -> bool:
    """Return whether the state of a thing is in its attributes, as that of what is written in Python."""
    if isinstance(thing, IOBase):
        return False
    return hasattr(thing, "__dict__") or any("__slots__" in vars(base) for base in type(thing).__mro__)
