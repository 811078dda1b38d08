"""The life of a job as an explicit finite-state machine.

>>> from job_status import JobStatus, RunningStatus
>>> status = JobStatus()
>>> status.start_run()
True
>>> status.update_progress(0.5, "sampling")
True
>>> status.request_cancel("the user changed their mind")
True
>>> status.stop_run(RunningStatus.CANCELED)
True
>>> status.update_progress(0.6)  # doctest: +ELLIPSIS
Traceback (most recent call last):
job_status.errors.JobCompleted: cannot update_progress: the job is CANCELED, which is final (CANCELED since ...
"""

from ._history import History, Move
from ._lean import TYPE_CHECKING
from ._lifecycle import JOB_LIFECYCLE, Lifecycle
from ._observation import Observation
from ._rows import Guard, RunningStatus, Transition
from ._status import JobStatus
from .errors import InvalidTransition, JobCanceled, JobCompleted, JobGone, JobStatusError, Superseded

if TYPE_CHECKING:
    from ._follow import Answer, follow, follow_async

__all__ = [
    "JOB_LIFECYCLE",
    "Answer",
    "Guard",
    "History",
    "InvalidTransition",
    "JobCanceled",
    "JobCompleted",
    "JobGone",
    "JobStatus",
    "JobStatusError",
    "Lifecycle",
    "Move",
    "Observation",
    "RunningStatus",
    "Superseded",
    "Transition",
    "follow",
    "follow_async",
]


def __getattr__(name: str) -> object:
    """Import what follows jobs elsewhere when it is first asked for, with asyncio and the vocabularies that it needs."""
    if name in ("Answer", "follow", "follow_async"):
        from . import _follow

        return getattr(_follow, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
