"""The executor that gives each function a job."""

from __future__ import annotations

from concurrent.futures import Executor
from concurrent.futures import wait as wait_for
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from weakref import finalize

from .._lifecycle import JOB_LIFECYCLE
from .._status import JobStatus
from .._values import shown
from ._attempt import success_of
from ._future import TrackedFuture
from ._line import Line
from ._work import Terms, Work, by_cloudpickle, by_pickle, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ..store import JobStore

    Self = TypeVar("Self", bound="TrackedExecutor")

__all__ = ["TrackedExecutor"]

P = ParamSpec("P")
T = TypeVar("T")

SHUT_DOWN = "cannot schedule new futures after shutdown"


class TrackedExecutor(Executor):
    """Any `concurrent.futures.Executor`, with a job for each function: `submit(...)` returns a future with a `job_status`.

    The job is started where and when the function really starts to run, and ends with SUCCESS, with CANCELED on `JobCanceled`, and
    with ERROR on any other exception, as by `JobStatus.run`. If the process that runs it dies, it ends with ERROR, "worker lost";
    what had not started when a pool broke ends with ERROR and the text of the pool's error. In the function
    `job_status.current_status()` reports progress and sees the request of a cancel. A job has its function's name; see `named`.

    Jobs are statuses in memory, wherever the functions run: worker processes of this machine reach this one by a socket, with a key
    that goes with each function. With a store they are jobs of the store, and may run on any machine that reaches its database.
    Dask needs one. It runs a job again whose worker died: the job is put back by the move of the store's lifecycle that leads to a
    status meaning WAITING, as `RETRY_LIFECYCLE` has one, and ends with ERROR where there is none.

    Raises `ValueError` if the store's lifecycle does not let a new job start, or if the executor is Dask's and there is no store.
    """

    def __init__(self, executor: Executor, store: JobStore[Any] | None = None) -> None:
        if not isinstance(executor, Executor) or isinstance(executor, TrackedExecutor):
            raise TypeError(f"executor must be a concurrent.futures.Executor that is not tracked yet, not {shown(executor)}")
        home = type(executor).__module__.partition(".")[0]
        lifecycle = JOB_LIFECYCLE if store is None else _checked(store).lifecycle
        if "start_run" not in lifecycle.triggers(lifecycle.initial):
            raise ValueError(f"an executor starts its jobs by start_run, which does not lead from {lifecycle.initial.name}")
        if home == "distributed" and store is None:
            raise ValueError(
                "the workers of Dask may be on other machines, so their jobs need a store: TrackedExecutor(client.get_executor(), "
                "store=JobStore('postgresql://...')), or JobStore('sqlite:///jobs.db') where all of them are on this machine"
            )
        self._executor = executor
        self._store = store
        pickled = by_cloudpickle if home in ("distributed", "loky") else by_pickle
        self._jobs = Jobs(Terms(Line(store), success_of(lifecycle), pickled))
        #: whether `map` hands out chunks, as those of process pools do
        self._chunks = type(executor).map is not Executor.map and home != "distributed"
        self._name: str | None = None
        self._labels: Mapping[str, str] | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._executor!r}>"

    def named(self: Self, name: str | None, labels: Mapping[str, str] | None = None) -> Self:
        """Return this executor, giving its jobs that name and those labels: `executor.named("part 7").submit(...)`.

        Both share the wrapped executor: to shut one down shuts down both. Raises `ValueError` if there are labels but no store.
        """
        if labels and self._store is None:
            raise ValueError("labels are kept by a store, and this executor has none: TrackedExecutor(executor, store=...)")
        JobStatus(name=name)  # a TypeError if it cannot be a name
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__, _name=name, _labels=labels)
        return other

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> TrackedFuture[T]:
        """Run a function as a job, and return its future. The job is there, and waits, before this returns.

        Raises what the wrapped executor does: `RuntimeError` after the shutdown, and `BrokenExecutor` once a pool is broken.
        """
        jobs = self._jobs
        if jobs.shut_down:
            raise RuntimeError(SHUT_DOWN)
        name = self._name or name_of(fn)
        job = JobStatus(name=name) if self._store is None else self._store.create(name, self._labels)
        future: TrackedFuture[T] = TrackedFuture(job, jobs)
        jobs.futures.add(future)
        try:
            future._inner = inner = self._executor.submit(Work(fn, future, jobs.terms), *args, **kwargs)
        except BaseException as error:
            future._failed(error)
            raise
        inner.add_done_callback(future._inner_done)
        return future

    def map(
        self, fn: Callable[..., T], *iterables: Iterable[Any], timeout: float | None = None, chunksize: int = 1, **options: Any
    ) -> Iterator[T]:  # `buffersize`, from Python 3.14 on
        """Run a function for each element, as `Executor.map` does; in a process pool each chunk is one job."""
        if chunksize < 1:
            raise ValueError("chunksize must be >= 1.")
        if chunksize == 1 or not self._chunks:
            return super().map(fn, *iterables, timeout=timeout, **options)
        chunks = _chunks(chunksize, zip(*iterables, strict=False))
        named = self if self._name else self.named(name_of(fn), self._labels)
        results = Executor.map(named, partial(_each, fn), chunks, timeout=timeout, **options)
        return chain.from_iterable(results)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more functions; `cancel_futures` cancels those that have not started, and `wait` waits for the others."""
        jobs = self._jobs
        jobs.shut_down = True
        if cancel_futures:
            for future in list(jobs.futures):
                future._withdraw()
        self._executor.shutdown(wait=wait)
        if wait:
            wait_for(list(jobs.futures))
        jobs.close_if_over()


class Jobs:
    """The jobs of an executor that are not over. The line is hung up with the last of them, once there can be no more."""

    def __init__(self, terms: Terms) -> None:
        self.futures: set[TrackedFuture[Any]] = set()
        self.terms = terms
        self.line = terms.line
        self.shut_down = False
        finalize(self, self.line.close)  # the executor is collected, and so are the futures, but for those that are done

    def discard(self, future: TrackedFuture[Any]) -> None:
        """Leave out a job that is over."""
        self.futures.discard(future)
        if future._number is not None:
            self.line.forget(future._number)
        if self.shut_down:
            self.close_if_over()

    def close_if_over(self) -> None:
        if not self.futures:
            self.line.close()


def _checked(store: object) -> JobStore[Any]:
    from ..store import JobStore  # which whoever has one has imported

    if not isinstance(store, JobStore):
        raise TypeError(f"store must be a JobStore, such as JobStore('sqlite:///jobs.db'), not {shown(store)}")
    return store


def _chunks(size: int, elements: Iterator[tuple[Any, ...]]) -> Iterator[tuple[tuple[Any, ...], ...]]:
    while chunk := tuple(islice(elements, size)):
        yield chunk


def _each(fn: Callable[..., T], chunk: Iterable[tuple[Any, ...]]) -> list[T]:
    """Call a function for each element of a chunk, in a worker."""
    return [fn(*arguments) for arguments in chunk]
