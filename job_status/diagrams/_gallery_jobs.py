"""Jobs to draw over time in this project's own documentation."""

from __future__ import annotations

from .._group import JobGroup
from .._rows import CANCEL_REQUESTED, CANCELED, ERROR, RUNNING, SUCCESS, SUSPENDED, UNKNOWN, RunningStatus
from .._status import JobStatus

#: a Sunday in June 2025
_CREATED = 1_750_000_000.0

#: what a server reported of each job, and how many seconds after all of them were created
_REPORTED: dict[str, tuple[tuple[RunningStatus, float], ...]] = {
    "angle 0": ((RUNNING, 20.0), (SUCCESS, 400.0)),
    "angle 15": ((RUNNING, 25.0), (SUCCESS, 460.0)),
    "angle 30": ((RUNNING, 410.0), (SUSPENDED, 520.0), (RUNNING, 700.0), (SUCCESS, 990.0)),
    "angle 45": ((RUNNING, 470.0), (ERROR, 610.0)),
    "angle 60": ((RUNNING, 620.0), (UNKNOWN, 800.0), (RUNNING, 860.0), (SUCCESS, 1100.0)),
    "angle 75": ((SUCCESS, 1250.0),),
    "angle 90": ((RUNNING, 1000.0), (CANCEL_REQUESTED, 1180.0), (CANCELED, 1230.0)),
}


def sweep() -> JobGroup[JobStatus[RunningStatus]]:
    """Return a group of jobs that ran elsewhere, two at a time, and are over; of one nobody knows when it started."""
    return JobGroup([_reported(name, reports) for name, reports in _REPORTED.items()], name="A sweep")


def _reported(name: str, reports: tuple[tuple[RunningStatus, float], ...]) -> JobStatus[RunningStatus]:
    job = JobStatus(name=name)
    job.update_times(_CREATED)
    for status, at in reports:
        job.observe(status, at=_CREATED + at)
    return job
