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

from ._late import late_names

TYPE_CHECKING = False  # as in `_lean`, which is not imported here

if TYPE_CHECKING:
    from ._current import current_status
    from ._follow import Answer, follow, follow_async
    from ._group import JobGroup
    from ._history import History, Move
    from ._lifecycle import JOB_LIFECYCLE, Lifecycle
    from ._observation import Observation
    from ._rows import Guard, RunningStatus, Transition
    from ._status import JobStatus
    from ._watch import watch
    from .errors import InvalidTransition, JobCanceled, JobCompleted, JobGone, JobStatusError, StoreError, Superseded
else:  # a type checker would take any name for one of this package
    __getattr__ = late_names(
        __name__,
        {
            "._current": ("current_status",),
            "._follow": ("Answer", "follow", "follow_async"),
            "._group": ("JobGroup",),
            "._history": ("History", "Move"),
            "._lifecycle": ("JOB_LIFECYCLE", "Lifecycle"),
            "._observation": ("Observation",),
            "._rows": ("Guard", "RunningStatus", "Transition"),
            "._status": ("JobStatus",),
            "._watch": ("watch",),
            ".errors": (
                *("InvalidTransition", "JobCanceled", "JobCompleted"),
                *("JobGone", "JobStatusError", "StoreError", "Superseded"),
            ),
        },
    )

__all__ = [
    "JOB_LIFECYCLE",
    "Answer",
    "Guard",
    "History",
    "InvalidTransition",
    "JobCanceled",
    "JobCompleted",
    "JobGone",
    "JobGroup",
    "JobStatus",
    "JobStatusError",
    "Lifecycle",
    "Move",
    "Observation",
    "RunningStatus",
    "StoreError",
    "Superseded",
    "Transition",
    "current_status",
    "follow",
    "follow_async",
    "watch",
]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
