"""What users say of their own objects under test: what a job has to have, how one is made, and how its triggers are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from .._status import JobStatus

__all__ = ["Factory", "Job"]


class Job(Protocol):
    """What a factory makes for a `Lifecycle`, beside `JobStatus` itself.

    It has a method for each trigger that is fired, named like it and called as that of `JobStatus` is, or else
    `trigger(name)`; for observation tables, `observe(status, at=None)`. A refusal raises `InvalidTransition` (or any
    `transitions.MachineError`, or what a `Factory` says) or returns False. A coroutine method is awaited.
    """

    @property
    def status(self) -> Enum | JobStatus[Any]:
        """The status that the job is in, or the `JobStatus` that keeps it."""


@dataclass(frozen=True, slots=True)
class Factory:
    """A `factory` that says more than how an object is made: how its triggers are called, how they refuse, what is compared.

        JOBS = Factory(MyJob, refusals=(ValueError,), arguments={"assign": ("ada",), "stop_run": {"reason": "done"}})

    It goes wherever a factory does: `races(..., factory=JOBS)`, `factory=my_tests:JOBS` in the comment of a table, or
    `factory = JOBS` in a `LifecycleMachine`.
    """

    #: makes an object: a class, or a function; either may be async
    make: Callable[[], Any]
    #: the exceptions by which a trigger refuses, beside `transitions.MachineError`, of which `InvalidTransition` is one
    refusals: tuple[type[Exception], ...] = ()
    #: what triggers, or columns such as `stop_run(ERROR)`, are called with: positional or keyword arguments, after the cause
    arguments: Mapping[str, Sequence[Any] | Mapping[str, Any]] = field(default_factory=dict)
    #: what of an object a refusal has to leave as it was; None: all of it
    snapshot: Callable[[Any], object] | None = None

    def __call__(self) -> Any:
        """Make an object."""
        return self.make()
