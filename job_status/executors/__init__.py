"""Functions as jobs: any `concurrent.futures.Executor`, with a status for each function that it runs.

>>> from concurrent.futures import ThreadPoolExecutor
>>> from job_status import current_status
>>> from job_status.executors import TrackedExecutor
>>> def thumbnail(size):
...     for row in range(size):
...         current_status().raise_if_cancel_requested()
...         current_status().update_progress(row / size, "scaling")
...     return size
>>> with TrackedExecutor(ThreadPoolExecutor()) as executor:
...     future = executor.submit(thumbnail, 32)
>>> future.result(), future.job_status.status.name, future.job_status.name
(32, 'SUCCESS', 'thumbnail')

The job is started where the function runs, so that RUNNING means that it does. In another process that is asked for by a socket
(`_line` in the parent, `_caller` in the worker), or goes through the store. `_work` is what the executor is given to run, and
`_future` how its outcome reaches the future and the status.
"""

from .._late import late_names

TYPE_CHECKING = False  # as in `_lean`, which is not imported here

if TYPE_CHECKING:
    from ._executor import TrackedExecutor
    from ._future import TrackedFuture
    from ._lifecycle import RETRY_LIFECYCLE
else:  # a type checker would take any name for one of this package
    __getattr__ = late_names(
        __name__, {"._executor": ("TrackedExecutor",), "._future": ("TrackedFuture",), "._lifecycle": ("RETRY_LIFECYCLE",)}
    )

__all__ = ["RETRY_LIFECYCLE", "TrackedExecutor", "TrackedFuture"]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
