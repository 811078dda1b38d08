"""A lifecycle: the legal moves of a job as one frozen definition, and the questions one asks of it.

The statuses and rows of a job are in `_rows`, what follows from rows is in `_paths` and `_engine`. This module is where they meet.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import cache, partial
from importlib import import_module

from ._checks import check, checked_initial, checked_rows, meanings, statuses_of, unusual
from ._engine import Position, Positions
from ._lean import TYPE_CHECKING, Generic, S
from ._notebook import Shown
from ._observation import Judgement, judged
from ._paths import leaving, requeues
from ._rows import BUILT_IN, CANCEL_REQUESTED, FINALS, ROWS, SUCCESS, UNKNOWN, Column, Guard, RunningStatus, Transition
from ._search import shortest_paths
from ._values import name_in, shown

if TYPE_CHECKING:
    from typing import Any

    from transitions import Machine

    from ._rows import Paths

__all__ = ["JOB_LIFECYCLE", "Lifecycle"]


class Lifecycle(Shown, Generic[S]):
    """A frozen definition of the legal moves over the members of one Enum, checked as it is built.

    `means` says what is true of a job in each status, as a member of `RunningStatus`: a mapping or a function of the statuses.
    Several may have one meaning. The members of `RunningStatus` mean themselves. `initial` is the status of a new job, the source
    of the first row unless it is given.

    `machine` is a `transitions.Machine` built from the rows, guards included (each is a condition of the arguments `cause` and
    `cancel_requested`). It has no models: a job is never registered with it. Nor does a job fire it, since that takes many times
    as long as the rest of a move. Instead the lifecycle asks the Machine once, for each trigger, status and cause, with and
    without a remembered cancel request, for the first transition whose conditions hold. The answers are the look-up table by
    which every `JobStatus` moves; the tests fire the Machine in each cell and compare.

    Raises `ValueError` if a row or a meaning is wrong, in a sentence that names it and says what would be right, and `TypeError`
    if something is of the wrong class, above all if the statuses are members of two Enums.
    """

    #: the legal moves, in the order given
    rows: tuple[Transition[S], ...]
    #: the Enum of the statuses
    enum: type[S]
    #: every status that a row leads from or to, in the order in which rows mention them; of `RunningStatus`, in its own order
    statuses: tuple[S, ...]
    #: what each status means, by its name
    means: Mapping[str, RunningStatus]
    #: the status of a new job
    initial: S
    #: the statuses that are never left: those that mean SUCCESS, ERROR or CANCELED
    finals: tuple[S, ...]
    #: the status that means UNKNOWN, if there is one
    unknown: S | None
    #: the columns of the transition table: the triggers of the rows, `stop_run` once for each final status that it leads to
    labels: tuple[Column, ...]
    #: the rows that end an attempt by leading back to WAITING
    requeues: frozenset[Transition[S]]
    #: a shortest path from each status to each that moves lead to
    _paths: Paths
    #: the same without requeues; worked out for the first report
    _forward: Paths | None
    _unfolded: Positions | None
    _judgements: dict[tuple[Position, str, bool], Judgement]
    #: the triggers that a job may fire: those that it has methods for, and those of the rows
    _triggers: tuple[str, ...]
    #: the module that made it, in which it may have a name
    _module: str

    __slots__ = (
        "_forward", "_judgements", "_module", "_paths", "_triggers", "_unfolded", "enum", "finals", "initial", "labels", "means",
        "requeues", "rows", "statuses", "unknown",
    )  # fmt: skip

    def __init__(
        self,
        rows: Iterable[Transition[S]],
        means: Mapping[S, RunningStatus] | Callable[[S], RunningStatus] | None = None,
        initial: S | None = None,
    ) -> None:
        fill = partial(object.__setattr__, self)  # frozen for its users
        fill("rows", checked_rows(rows))
        fill("enum", type(self.rows[0].source))
        fill("statuses", statuses_of(self.rows, self.enum))
        fill("means", meanings(self.statuses, self.enum, means))
        fill("initial", checked_initial(self.rows[0].source if initial is None else initial, self.statuses, self.means))
        onward = leaving(self.rows, self.means)
        fill("_paths", {status.name: shortest_paths(status.name, onward) for status in self.statuses})
        check(self.rows, self.means, self.initial, self._paths)
        fill("requeues", requeues(self.rows, self.means))
        fill("_forward", None)
        fill("finals", tuple(status for status in self.statuses if self.meaning(status) in FINALS))
        fill("unknown", next((status for status in self.statuses if self.meaning(status) is UNKNOWN), None))
        fill("labels", _labels(self.rows, self.finals))
        fill("_triggers", tuple(dict.fromkeys((*BUILT_IN, *(label.trigger for label in self.labels)))))
        fill("_unfolded", None)
        fill("_judgements", {})
        fill("_module", _caller())

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Lifecycle is frozen: extend() makes a new one with more rows; {name} stays as it is")

    def _key(self) -> tuple[object, ...]:
        return self.rows, tuple(self.means.items()), self.initial.name

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Lifecycle) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.rows)

    def __repr__(self) -> str:
        return f"<Lifecycle of {len(self.statuses)} statuses and {len(self.rows)} moves>"

    @property
    def machine(self) -> Machine:
        """The Machine that the look-up table was read from."""
        return self.positions.machine

    # -- questions

    def meaning(self, status: S) -> RunningStatus:
        """Return what is true of a job in `status`. Raises `ValueError` if it is not a status of this lifecycle."""
        if isinstance(status, RunningStatus):
            return status
        if type(status) is self.enum and status.name in self.means:
            return self.means[status.name]
        raise self._no_status(status)

    def final(self, meaning: RunningStatus) -> S | None:
        """Return the first final status with that meaning; None if there is none."""
        return next((status for status in self.finals if self.meaning(status) is meaning), None)

    def triggers(self, status: S) -> tuple[str, ...]:
        """Return the triggers that some row leads from `status`, in the order of the rows."""
        return tuple(dict.fromkeys(row.trigger for row in self.rows if row.source is status))

    def destination(
        self, trigger: str, status: S, cause: S | RunningStatus | None = None, cancel_requested: bool = False
    ) -> S | None:
        """Return the status that `trigger` leads to from `status`; None where that move is refused.

        `cause` is that of `stop_run` (None: SUCCESS); `cancel_requested` says whether a cancel was requested earlier. Raises
        `ValueError` if the lifecycle does not have the trigger or the cause.
        """
        step = self.position(status, cancel_requested=cancel_requested).steps[self.column(trigger, cause)]
        dest: S = step.after.status  # type: ignore[assignment]  # a position has statuses of its lifecycle
        return None if step.refused else dest

    def reachable(self, status: S) -> frozenset[S]:
        """Return the other statuses that a job in `status` can still come to, by any number of moves; UNKNOWN aside."""
        return frozenset(other for other in self.statuses if self.leads(status, other))

    def lint(self) -> tuple[str, ...]:
        """Return a sentence for what is legal but seldom meant: a status that cannot fail or be canceled, a guard never met."""
        return tuple(unusual(self.rows, self.statuses, self.means, self.initial, self._paths))

    def extend(self, *rows: Transition[S], means: Mapping[S, RunningStatus] | None = None) -> Lifecycle[S]:
        """Return a new lifecycle with these rows as well, and with the meanings of their new statuses; this one stays as it is."""
        if issubclass(self.enum, RunningStatus):
            return Lifecycle((*self.rows, *rows), means, self.initial)
        known = {**self.means, **{status.name: meaning for status, meaning in (means or {}).items()}}
        return Lifecycle((*self.rows, *rows), lambda status: known.get(status.name), self.initial)  # type: ignore[arg-type,return-value]  # None is refused

    # -- for jobs, and for what draws and tests them

    @property
    def positions(self) -> Positions:
        """The look-up table: where a job may stand, and the steps from there. It is made on first use, as it takes longest."""
        positions = self._unfolded
        if positions is None:  # two threads at once may make two, which are alike
            positions = Positions(self)
            object.__setattr__(self, "_unfolded", positions)
        return positions

    def column(self, trigger: str, cause: S | RunningStatus | None = None) -> str | RunningStatus:
        """Return the key of a position's steps for a trigger and its cause. Raises `ValueError` if there is none."""
        if trigger == "stop_run":
            return self.stop_column(SUCCESS if cause is None else cause)
        if trigger not in self._triggers:
            raise ValueError(f"there is no trigger {shown(trigger)}; the triggers are: {', '.join(self._triggers)}")
        if cause is not None:
            raise ValueError(f"only stop_run takes a cause, not {trigger}")
        return trigger

    def stop_column(self, cause: S | RunningStatus) -> str | RunningStatus:
        """Return the same for `stop_run`. Raises `ValueError` if the cause is neither a final status nor the meaning of one."""
        if isinstance(cause, RunningStatus) and cause in self.positions.start.steps:
            return cause
        if any(cause is final for final in self.finals):
            return Column("stop_run", cause.name)
        names = [*(final.name for final in self.finals), CANCEL_REQUESTED.name]
        raise ValueError(f"the cause of stop_run must be one of {', '.join(names)}, not {_named(cause)}")

    def position(self, status: S, known: S | None = None, cancel_requested: bool = False) -> Position:
        """Return the position of a job in `status`; under UNKNOWN, `known` is what was known before (default: `initial`)."""
        try:
            return self.positions.at(status, known, cancel_requested)
        except KeyError:
            raise self._no_status(status) from None

    def leads(self, status: S, to: S) -> bool:
        """Return whether a job in `status` can still come to another."""
        return status is not to and to.name in self._paths.get(status.name, ())

    def forward(self, status: S) -> Mapping[str, tuple[Transition[S], ...]]:
        """Return a shortest path to each status that a job in `status` can come to in the same attempt, by their names."""
        if self._forward is None:  # as for the positions
            onward = leaving([row for row in self.rows if row not in self.requeues], self.means)
            object.__setattr__(self, "_forward", {one.name: shortest_paths(one.name, onward) for one in self.statuses})
        return (self._forward or {}).get(status.name, {})

    def rank(self, status: S) -> int:
        """Return how far from the beginning a status is, as a number that no other status has."""
        order = [*self.forward(self.initial), *self._paths[self.initial.name]]
        return order.index(status.name) if status.name in order else len(order)

    def judge(self, position: Position, observed: S, renewed: bool = False) -> Judgement:
        """Return what a report that a job is `observed` is worth at a position; `renewed` if it is of a later attempt."""
        key = position, observed.name, renewed
        if key not in self._judgements:
            self._judgements[key] = judged(position, observed, renewed)
        return self._judgements[key]

    def _no_status(self, status: object) -> ValueError:
        names = ", ".join(status.name for status in self.statuses)
        return ValueError(f"{_named(status)} is not a status of this lifecycle; its statuses are: {names}")

    # -- values

    # It is frozen, so it can serve as its own copy.
    def __copy__(self) -> Lifecycle[S]:
        return self

    def __deepcopy__(self, _memo: object) -> Lifecycle[S]:
        return self

    # A pickle refers to a lifecycle by module and name, as to a class; it spells out one that has no name in its module.
    def __reduce__(self) -> tuple[Any, ...]:
        name = name_in(self._module, self)
        if name is not None:
            return _found, (self._module, name)
        rows = tuple((row.trigger, row.source.name, row.dest.name, row.guard and row.guard.name, row.words) for row in self.rows)
        means = tuple((name, meaning.name) for name, meaning in self.means.items())
        return _rebuilt, (self.enum, rows, means, self.initial.name)


def _named(status: object) -> str:
    return status.name if isinstance(status, Enum) else shown(status)


def _labels(rows: Iterable[Transition[S]], finals: Iterable[S]) -> tuple[Column, ...]:
    """Return the columns: the triggers that `JobStatus` has methods for, in their order, then the others in that of the rows."""
    own = [row.label for row in rows if row.trigger not in (*BUILT_IN, "observe")]
    stops = [Column("stop_run", final.name) for final in finals]
    found = {row.label for row in rows}
    return tuple(label for label in dict.fromkeys((*map(Column, BUILT_IN), *stops, *own)) if label in found)


def _caller() -> str:
    """Return the name of the module whose code makes a lifecycle."""
    frame = sys._getframe(2)
    if frame.f_code is Lifecycle.extend.__code__ and frame.f_back is not None:
        frame = frame.f_back
    return str(frame.f_globals.get("__name__", ""))


def _found(module: str, name: str) -> Lifecycle[Any]:
    """Return the lifecycle that a pickle names."""
    found: Lifecycle[Any] = getattr(import_module(module), name)
    return found


@cache
def _rebuilt(enum: type[Enum], rows: Iterable[tuple[Any, ...]], means: Iterable[tuple[str, str]], initial: str) -> Lifecycle[Any]:
    """Return the lifecycle that a pickle spells out: the same one each time, since each new one builds a Machine."""
    meanings = {name: RunningStatus[meaning] for name, meaning in means}
    return Lifecycle(
        (
            Transition(trigger, enum[source], enum[dest], guard and Guard[guard], words)
            for trigger, source, dest, guard, words in rows
        ),
        lambda status: meanings[status.name],
        enum[initial],
    )


#: the lifecycle of `JobStatus` unless another is given
JOB_LIFECYCLE = Lifecycle(ROWS)
