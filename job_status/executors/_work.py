"""What a wrapped executor is given to run: the function with its job.

Run where it was made, it moves the job itself. What is pickled on its way to a worker becomes a `Call` there, which starts the job
by the line to the parent, or a `StoredCall`, which moves it in the store. So nobody needs to know what kind of executor it is.
"""

from __future__ import annotations

from concurrent.futures import BrokenExecutor
from contextlib import suppress
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

from .._current import CURRENT
from .._rows import CANCELED, ERROR
from .._run import _cause
from ..errors import InvalidTransition, JobCanceled
from ._caller import caller
from ._future import WORKER_LOST

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._status import JobStatus
    from ..store import JobStore, StoredJob
    from ._future import TrackedFuture
    from ._line import Line

__all__ = ["Call", "StoredCall", "Work", "by_cloudpickle", "by_pickle", "name_of"]

P = ParamSpec("P")
T = TypeVar("T")

#: the stores that the jobs of this process are in: a store that nobody holds is closed, and would be opened for each job
_stores: dict[str, JobStore[Any]] = {}


def name_of(fn: Callable[..., object]) -> str:
    """Return what a job is called after its function."""
    while hasattr(fn, "func"):  # a functools.partial
        fn = fn.func
    return getattr(fn, "__name__", None) or type(fn).__name__


def by_pickle(value: object) -> bytes:
    """Pickle what a process pool brings back."""
    return bytes(ForkingPickler.dumps(value))


def by_cloudpickle(value: object) -> bytes:
    """Pickle what loky and Dask bring back: lambdas, and what `__main__` defines, included."""
    import cloudpickle  # type: ignore[import-untyped]  # both of them bring it

    data: bytes = cloudpickle.dumps(value)
    return data


class Work(Generic[P, T]):
    """A function and the future of its job, in the process that submitted it."""

    def __init__(self, fn: Callable[P, T], future: TrackedFuture[T], line: Line, pickled: Callable[[object], bytes]) -> None:
        self._fn = fn
        self._future = future
        self._line = line
        #: how a stored job's result is pickled: in the job, so that one that cannot be is its error
        self._pickled = pickled

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> None:
        future = self._future
        try:
            future._start()
            value = _called(lambda: future.job_status, self._fn, args, kwargs)
            future._end()
        except BaseException as error:
            future._failed(error)
        else:
            future._succeeded(value)

    def __reduce__(self) -> tuple[Any, ...]:
        future, job = self._future, self._future.job_status
        if self._line.store is None:
            return Call, (self._fn, *self._line.address_of(future))
        future._ends_there = True
        return StoredCall, (self._fn, job, self._pickled)

    @property
    def __name__(self) -> str:
        """The name of the function, for executors that show it."""
        return name_of(self._fn)

    def __dask_tokenize__(self) -> str:
        """Return what no other job has: Dask runs what has the same token once."""
        return f"{type(self).__module__}-{id(self)}-{self._future.job_status.id}"  # type: ignore[attr-defined]  # it is in a store


class Call(Generic[P, T]):
    """A function in a worker process, whose job is in the parent."""

    def __init__(self, fn: Callable[P, T], address: str, key: bytes, number: int) -> None:
        self._fn = fn
        self._place = address, key
        self._number = number

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T | None:
        job = caller(*self._place).job(self._number)
        if not job.started():
            return None  # as the parent knows
        try:
            return _called(job.status, self._fn, args, kwargs)
        finally:
            job.close()


class StoredCall(Generic[P]):
    """A function in a worker, whose job is in a store."""

    def __init__(self, fn: Callable[P, object], job: StoredJob[Any], pickled: Callable[[object], bytes]) -> None:
        self._fn = fn
        self._job = job
        self._pickled = pickled
        _stores[job.store.url] = job.store

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> bytes:
        _take_over(self._job)
        with self._job.run():
            return self._pickled(self._fn(*args, **kwargs))


def _called(status: Callable[[], JobStatus[Any]], fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
    """Call a function in the job of a status."""
    token = CURRENT.set(status)
    try:
        return fn(*args, **kwargs)
    finally:
        CURRENT.reset(token)


def _take_over(job: StoredJob[Any]) -> None:
    """Have a job wait again that a worker started which was lost: the executor has given it to this one."""
    attempt = job.attempt
    if attempt == 0 or job.waiting or job.completed:
        return
    if job.cancel_requested:
        with suppress(InvalidTransition):
            job.stop_run(_cause(job, CANCELED), WORKER_LOST, attempt=attempt)
        raise JobCanceled(WORKER_LOST, job.name)
    status = job.status
    back = (row.trigger for row in job.lifecycle.requeues if row.source is status and row.trigger != "observe")
    trigger = next(back, None)
    if trigger is None:
        with suppress(InvalidTransition):
            job.stop_run(_cause(job, ERROR), WORKER_LOST, attempt=attempt)
        raise BrokenExecutor(
            f"the worker of {job.name or job.id} was lost, and in its lifecycle no move leads from {status.name} back to a status "
            "that means WAITING, so it cannot run again: make the store with RETRY_LIFECYCLE, or a lifecycle that has one"
        )
    job.trigger(trigger, WORKER_LOST, attempt=attempt)
