"""The lifecycle for executors that run a job again whose worker was lost, as Dask does."""

from __future__ import annotations

from .._lifecycle import JOB_LIFECYCLE
from .._rows import RUNNING, UNKNOWN, WAITING, Transition

__all__ = ["RETRY_LIFECYCLE"]

#: the usual lifecycle, in which a job whose worker was lost may wait for another
RETRY_LIFECYCLE = JOB_LIFECYCLE.extend(
    Transition("requeue", RUNNING, WAITING, words="its worker was lost"),
    Transition("requeue", UNKNOWN, WAITING, words="its worker was lost"),
)
