"""Races of real threads: whether what each was answered can be explained by some order of the steps.

In every other round the threads take turns, which is how a check-then-act is caught. The rounds between run free, at the smallest
switch interval: there they run in parallel where the interpreter can do that, and coverage or a debugger sees the code.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from math import prod
from random import Random
from threading import Barrier, Thread
from time import monotonic, perf_counter_ns
from traceback import walk_stack
from types import FrameType
from typing import Any

from .._source import Source
from ._crashes import OTHERS
from ._graph import Graph
from ._linear import Answer, Explainer
from ._races import Races
from ._scripts import Call, ScriptStep, parties, start
from ._subject import Subject
from ._turns import Turns

__all__ = ["thread_races"]

#: seconds: the interpreter switches threads as often as it can
SWITCH_INTERVAL = 1e-6
#: how often a thread gives way in a round, at most
MOST_STOPS = 4
#: how many instructions a script is taken to have before it was run
FIRST_LENGTH = 50


def thread_races(
    source: Source,
    *scripts: Iterable[ScriptStep],
    factory: Callable[[], Any] | None = None,
    rounds: int = 400,
    seed: int = 0,
    timeout: float = 30.0,
    limit: int = 5_000,
) -> Races:
    """Run the steps of two or more scripts by a thread each, started together, on a new object in each round.

    Scripts and `factory` are those of `races`, and the report is for `assert_invariants` too. Each round is reported as an order
    of the steps that explains, by the table, what each was answered and how the job ended, and that has no step before one that
    had been answered when it was called. A round that no order explains is `unexplained`, which breaks the invariants.

    The same `seed` has the threads give way at the same instructions; how fast each runs is not ours to choose, so that most
    rounds are repeated, but not all. Raises `ValueError` if there are fewer than two scripts, no rounds, or more ways than `limit`
    to have taken some of the steps, each of which is looked at to explain a round; and `AssertionError` if a round takes more than
    `timeout` seconds, as it does where threads wait for each other for ever.
    """
    if rounds < 1:
        raise ValueError(f"a race of threads needs at least 1 round, not {rounds}")
    subject, graph = Subject(source, factory), Graph(source)
    scripted = parties(scripts, subject)
    ways = prod(len(calls) + 1 for calls in scripted)
    if ways > limit:
        raise ValueError(f"there are {ways:,} ways to have taken some of these steps, more than the limit of {limit:,}")
    begin = start(subject, graph)
    explainer = Explainer(subject, graph, begin, scripted)
    race = _Race(subject, scripted, seed, timeout)
    with _switching_often():
        orders = tuple(explainer.order(*race.round(number)) for number in range(1, rounds + 1))
    return Races(graph, begin, orders, threads=True)


@contextmanager
def _switching_often() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)


class _Race:
    """Rounds of the same scripts."""

    def __init__(self, subject: Subject, scripts: Sequence[Sequence[Call]], seed: int, timeout: float) -> None:
        self._subject = subject
        self._scripts = scripts
        self._seed = seed
        self._timeout = timeout
        #: how many instructions each script had in the last round in which they were counted
        self._lengths = [FIRST_LENGTH] * len(scripts)

    def round(self, number: int) -> tuple[list[list[Answer]], str, bool | None]:
        """Run a round, and return what the threads were answered, how the job ended, and whether it remembers a cancel request."""
        job, barrier = self._subject.new(), Barrier(len(self._scripts))
        random = Random(f"{self._seed}, round {number}")  # noqa: S311  # nothing here is secret
        turns = None if number % 2 else Turns(len(self._scripts), random)
        threads = [
            _Party(self._subject, job, calls, barrier, turns.taken(me, self._stops(me, random)) if turns else nullcontext())
            for me, calls in enumerate(self._scripts)
        ]
        for thread in threads:
            thread.start()
        deadline = monotonic() + self._timeout
        for thread in threads:
            thread.join(max(0.0, deadline - monotonic()))
        for thread in threads:
            if thread.error is not None:
                thread.error.add_note(f"in round {number:,} of threads")
                raise thread.error
        frames = sys._current_frames()  # before the question of who runs, since a new thread may have the number of an old one
        if hanging := [thread for thread in threads if thread.is_alive() and thread.call]:
            where = "".join(f"\n  {thread.call} is at {_line(frames[thread.ident or 0])}" for thread in hanging)
            raise AssertionError(f"round {number:,} of threads has not ended after {self._timeout:g} s{where}")
        if turns is not None:
            self._lengths = turns.counts
        answers = [[Answer(*answer) for answer in thread.answers] for thread in threads]
        return answers, self._subject.status(job), self._subject.cancel_requested(job)

    def _stops(self, me: int, random: Random) -> set[int]:
        """Return after which of its instructions a thread gives way."""
        return {1 + int(random.random() * self._lengths[me]) for _ in range(random.randint(1, MOST_STOPS))}


class _Party(Thread):
    """One script as a thread."""

    def __init__(
        self, subject: Subject, job: Any, calls: Sequence[Call], barrier: Barrier, turns: AbstractContextManager[None]
    ) -> None:
        super().__init__(daemon=True)  # one that hangs does not keep the process from ending
        #: what it was answered, in plain values: to make more of them would be code that takes part in the race
        self.answers: list[tuple[bool, str, str, int, int]] = []
        self.error: BaseException | None = None
        self._subject = subject
        self._job = job
        self._calls = calls
        self._barrier = barrier
        self._turns = turns

    @property
    def call(self) -> Call | None:
        """The step that it is at; None after the last one."""
        return next(iter(self._calls[len(self.answers) :]), None)

    def run(self) -> None:
        self._barrier.wait()
        try:
            with self._turns:
                for call in self._calls:
                    self.answers.append(self._answered(call))
        except BaseException as error:
            self.error = error

    def _answered(self, call: Call) -> tuple[bool, str, str, int, int]:
        before = self._subject.status(self._job)
        called = perf_counter_ns()
        accepted = self._subject.fire(self._job, call.fired, *call.args)
        answered = perf_counter_ns()
        return accepted, before, self._subject.status(self._job), called, answered


def _line(frame: FrameType) -> str:
    """Return the line of the user's code that a thread is at; the innermost one, if none of it is theirs."""
    theirs = (place for place, _ in walk_stack(frame) if not place.f_code.co_filename.startswith(OTHERS))
    place = next(theirs, frame)
    return f"{place.f_code.co_filename}:{place.f_lineno}, in {place.f_code.co_name}"
