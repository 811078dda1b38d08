"""What a wrapped executor is given to run: the function with its job.

Run where it was made, it moves the job itself. What is pickled on its way to a worker becomes a `Call` there, which starts the job
by the line to the parent, or a `StoredCall`, which moves it in the store. So nobody needs to know what kind of executor it is.
"""

from __future__ import annotations

import pickle
from concurrent.futures import BrokenExecutor
from functools import cached_property
from multiprocessing.reduction import ForkingPickler
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

from .._rows import CANCELED, ERROR
from ..errors import JobCanceled
from ._attempt import WORKER_LOST, called, end, start, succeed, success_of, verdict
from ._caller import caller

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._status import JobStatus
    from ..store import JobStore, StoredJob
    from ._future import TrackedFuture
    from ._line import Line

__all__ = ["Call", "StoredCall", "Terms", "Work", "by_cloudpickle", "by_pickle", "name_of"]

P = ParamSpec("P")
T = TypeVar("T")

_opening = Lock()
#: the stores that the jobs of this process are in, by what came with them: one that nobody holds would be opened for each job
_stores: dict[bytes, JobStore[Any]] = {}


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


class Terms:
    """What the functions of an executor share. None of it keeps the executor, as a pool may keep the function that it ran last."""

    def __init__(self, line: Line, success: Any, pickled: Callable[[object], bytes]) -> None:
        self.line = line
        #: the cause by which a job succeeds
        self.success = success
        #: how a stored job's result is pickled on its way back: in the job, so that one that cannot be is its error
        self.pickled = pickled

    @cached_property
    def home(self) -> bytes:
        """Where the store is, as a worker needs to know it: pickled once for all jobs."""
        store: Any = self.line.store
        return self.pickled(store._address())


class Work(Generic[P, T]):
    """A function and the future of its job, in the process that submitted it."""

    __slots__ = ("__weakref__", "_fn", "_future", "_terms")

    def __init__(self, fn: Callable[P, T], future: TrackedFuture[T], terms: Terms) -> None:
        self._fn = fn
        self._future = future
        self._terms = terms

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> None:
        future = self._future
        job = future.job_status
        try:
            start(job)
            value = called(self._status, self._fn, args, kwargs)
            succeed(job, self._terms.success)
        except BaseException as error:
            future._failed(error)
        else:
            future._succeeded(value)

    def _status(self) -> JobStatus[Any]:
        return self._future.job_status

    def __reduce__(self) -> tuple[Any, ...]:
        future, terms = self._future, self._terms
        if terms.line.store is None:
            return Call, (self._fn, *terms.line.address_of(future))
        future._ends_there = True
        job: Any = future.job_status
        return StoredCall, (self._fn, terms.home, job.id, terms.pickled)

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
            return called(job.status, self._fn, args, kwargs)
        finally:
            job.close()


class StoredCall(Generic[P]):
    """A function in a worker, whose job is in a store; what it passes through on its way, as Dask's scheduler, opens nothing."""

    def __init__(self, fn: Callable[P, object], home: bytes, job_id: str, pickled: Callable[[object], bytes]) -> None:
        self._fn = fn
        self._home = home
        self._id = job_id
        self._pickled = pickled

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> bytes:
        job = _found(self._home, self._id)
        _take_over(job)
        start(job)
        try:
            result = self._pickled(called(lambda: job, self._fn, args, kwargs))
            succeed(job, success_of(job.store.lifecycle))
        except BaseException as error:
            end(job, *verdict(error))
            raise
        return result


def _found(home: bytes, job_id: str) -> StoredJob[Any]:
    """Return a job of a store, which is opened here for the first of them."""
    from ..store._store import _open, attached  # as only a function whose job is in a store needs it

    with _opening:
        store = _stores.get(home)
        if store is None or store not in _open.values():  # one of this process's own may have been closed
            url, lifecycle, options = pickle.loads(home)  # noqa: S301  # it comes with the function
            job = attached(url, lifecycle, options, job_id)
            _stores[home] = job.store
            return job
    return store.get(job_id)


def _take_over(job: StoredJob[Any]) -> None:
    """Have a job wait again that a worker started which was lost: the executor has given it to this one."""
    seen = job._seen()  # as it was when it was found, just now
    attempt = seen.attempt
    if attempt == 0 or seen.waiting or seen.completed:
        return
    if seen.cancel_requested:
        end(job, CANCELED, WORKER_LOST, attempt)
        raise JobCanceled(WORKER_LOST, job.name)
    status = seen.status
    back = (row.trigger for row in job.lifecycle.requeues if row.source is status and row.trigger != "observe")
    trigger = next(back, None)
    if trigger is None:
        end(job, ERROR, WORKER_LOST, attempt)
        raise BrokenExecutor(
            f"the worker of {job.name or job.id} was lost, and in its lifecycle no move leads from {status.name} back to a status "
            "that means WAITING, so it cannot run again: make the store with RETRY_LIFECYCLE, or a lifecycle that has one"
        )
    job.trigger(trigger, WORKER_LOST, attempt=attempt)
