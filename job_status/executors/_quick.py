"""A future that costs little until somebody waits for it, as every job has one beside that of the executor that runs it."""

from __future__ import annotations

from concurrent.futures import Future
from concurrent.futures._base import FINISHED, PENDING
from threading import Condition
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["QuickFuture"]

T = TypeVar("T")


class QuickFuture(Future[T]):
    """A `Future` whose condition is made when it is first needed; most are done before anybody asks.

    Only one thread may ever end it.
    """

    # What `Future.__init__` sets, and `concurrent.futures` reads, until something else is there. A test compares the names.
    _state = PENDING
    _result: T | None = None
    _exception: BaseException | None = None
    _waiters: Any = ()
    _done_callbacks: Any = ()

    if TYPE_CHECKING:
        _condition: Condition
        _invoke_callbacks: Callable[[], None]
    else:

        @property
        def _condition(self) -> Condition:
            # Each is made once, whichever thread comes first: `setdefault` is atomic. The condition comes last, so that whoever
            # finds it finds the lists as well.
            made = self.__dict__
            if "_condition" not in made:
                made.setdefault("_waiters", [])
                made.setdefault("_done_callbacks", [])
                made.setdefault("_condition", Condition())
            return made["_condition"]

    def __init__(self) -> None:
        """Make no condition, other than `Future.__init__`."""

    def set_result(self, result: T) -> None:
        if self._state != PENDING:
            super().set_result(result)  # which says that it has ended
        self._result = result
        self._state = FINISHED
        # Whoever waits has made the condition before looking at the state: either it is seen here, or the end is seen there.
        if "_condition" in self.__dict__:
            with self._condition:
                for waiter in self._waiters:
                    waiter.add_result(self)
                self._condition.notify_all()
        self._invoke_callbacks()

    def result(self, timeout: float | None = None) -> T:
        if self._state == FINISHED and self._exception is None:
            return self._result  # type: ignore[return-value]  # it has one
        return super().result(timeout)
