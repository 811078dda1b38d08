"""Threads that take turns: one runs at a time, and gives way to another between two instructions chosen at random.

Left alone, threads that run for a few microseconds hardly ever meet: CPython switches between them at calls and backward jumps
only, and even at the smallest switch interval thousands of rounds pass without a switch between a check and what it is for. A
trace function is called at every instruction, and so can switch at any.
"""

from __future__ import annotations

import contextlib
import enum
import inspect
import os
import sys
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from random import Random
from threading import Event
from types import FrameType
from typing import Any

from .. import _lifecycle, _rows
from ._subject import Subject

__all__ = ["Turns"]

#: seconds: if nothing runs for so long, the thread whose turn it is waits for one that waits for its turn
PATIENCE = 0.001
#: where the code is that takes no part in a race: the testing kit's own, and what it calls that shares nothing between threads
KIT = (
    f"{Path(__file__).parent}{os.sep}",
    "<frozen ",
    *(str(module.__file__) for module in (contextlib, enum, inspect, _lifecycle, _rows)),
)
#: what fires a trigger, and so calls the code under test, recorded or not
FIRE = inspect.unwrap(Subject.fire).__code__


class Turns:
    """The turns that so many threads take, each known by its number."""

    def __init__(self, number: int, random: Random) -> None:
        #: how many instructions each has run
        self.counts = [0] * number
        self._turns = [Event() for _ in range(number)]
        self._running = list(range(number))
        self._random = random
        self._turns[random.randrange(number)].set()

    @contextlib.contextmanager
    def taken(self, me: int, stops: Collection[int]) -> Iterator[None]:
        """Have this thread take its turns in a `with` block, and give way after those of its instructions, by their numbers."""
        outer = sys.gettrace()
        self._wait(me)
        sys.settrace(self._trace(me, stops))
        try:
            yield
        finally:  # pragma: no cover  # coverage traces as well, and so is off here
            sys.settrace(outer)
            self._end(me)

    def _end(self, me: int) -> None:
        self._running.remove(me)
        self._give_way(me)

    def _trace(self, me: int, stops: Collection[int]) -> Callable[..., Any]:
        def call(frame: FrameType, _event: str, _arg: object) -> Callable[..., Any] | None:
            if not _is_tested(frame, step):
                return None
            frame.f_trace = step  # without that, Python 3.13 does not always heed the next line
            frame.f_trace_opcodes = True
            return step

        def step(_frame: FrameType, _event: str, _arg: object) -> Callable[..., Any]:
            self.counts[me] += 1
            if self.counts[me] in stops:
                self._turns[me].clear()
                if self._give_way(me):
                    self._wait(me)
            return step

        return call

    def _give_way(self, me: int) -> bool:
        """Let another thread run, and return whether there is one."""
        others = [other for other in self._running if other != me]
        if others:
            self._turns[self._random.choice(others)].set()
        return bool(others)

    def _wait(self, me: int) -> None:
        """Wait until it is a thread's turn, or until nothing runs, since the others wait for a lock that it holds."""
        counts: list[int] = []
        while not self._turns[me].wait(PATIENCE) and counts != self.counts:
            counts = [*self.counts]


def _is_tested(frame: FrameType, trace: Callable[..., Any]) -> bool:
    """Return whether a call is one of the code under test, from a trigger on, rather than one by which it is recorded."""
    if frame.f_code.co_filename.startswith(KIT):
        return False
    caller = frame.f_back
    while caller is not None and caller.f_code is not FIRE and caller.f_code.co_filename.startswith(KIT):
        caller = caller.f_back
    return caller is not None and (caller.f_code is FIRE or caller.f_trace is trace)
