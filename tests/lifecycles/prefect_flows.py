"""The lifecycle of a flow run of a Prefect 3 deployment.

By its documentation (States; Retries; Pause and resume; Cancel a flow run) and the server's orchestration rules
(prefect.server.orchestration.core_policy). These are types of states; one type has several names, such as Late and AwaitingRetry
for SCHEDULED.

With retries left the server answers a proposed FAILED by SCHEDULED: nothing final is left, since the run never was FAILED.
Prefect also lets a person retry a run that is FAILED, CRASHED or CANCELLED: that is a new run here, `again()`.
"""

from __future__ import annotations

from enum import Enum

from job_status import Lifecycle, RunningStatus, Transition


class S(Enum):
    """The members of `prefect.client.schemas.objects.StateType`, which tests/interop holds against it."""

    #: to run at some time: now, later, or once more
    SCHEDULED = "SCHEDULED"
    #: submitted; its infrastructure is prepared
    PENDING = "PENDING"
    #: its code runs
    RUNNING = "RUNNING"
    #: halted, with its process (a pause) or without (a suspension)
    PAUSED = "PAUSED"
    #: a cancel was requested; its infrastructure is shut down
    CANCELLING = "CANCELLING"
    #: it returned
    COMPLETED = "COMPLETED"
    #: its code raised, or it ran out of time
    FAILED = "FAILED"
    #: its infrastructure failed
    CRASHED = "CRASHED"
    #: canceled
    CANCELLED = "CANCELLED"


# fmt: off
PREFECT = Lifecycle(
    (
        Transition("submit",         S.SCHEDULED,  S.PENDING,    words="a worker takes it and prepares its infrastructure"),
        Transition("start_run",      S.SCHEDULED,  S.RUNNING,    words="a retry begins in the process that made the first attempt"),
        Transition("request_cancel", S.SCHEDULED,  S.CANCELLING, words="canceled while it has infrastructure, as before a retry"),
        Transition("stop_run",       S.SCHEDULED,  S.CANCELLED,  words="canceled while it has no infrastructure"),

        Transition("start_run",      S.PENDING,    S.RUNNING,    words="its process begins"),
        Transition("request_cancel", S.PENDING,    S.CANCELLING, words="a person cancels it"),
        Transition("stop_run",       S.PENDING,    S.CRASHED,    words="its infrastructure could not be made"),
        Transition("stop_run",       S.PENDING,    S.CANCELLED,  words="it lost its slot of the deployment's concurrency limit"),

        Transition("request_cancel", S.RUNNING,    S.CANCELLING, words="a person cancels it"),
        Transition("suspend",        S.RUNNING,    S.PAUSED,     words="paused or suspended, by its own code or by a person"),
        Transition("retry",          S.RUNNING,    S.SCHEDULED,  words="it failed with retries left"),
        Transition("stop_run",       S.RUNNING,    S.COMPLETED,  words="its code returned"),
        Transition("stop_run",       S.RUNNING,    S.FAILED,     words="its code raised, and no retry is left"),
        Transition("stop_run",       S.RUNNING,    S.CRASHED,    words="its infrastructure failed"),

        Transition("resume",         S.PAUSED,     S.RUNNING,    words="a person resumes a pause, in which its process waits"),
        Transition("reschedule",     S.PAUSED,     S.SCHEDULED,  words="a person resumes a suspension, which ended its process"),
        Transition("stop_run",       S.PAUSED,     S.FAILED,     words="nobody resumed it in time"),
        Transition("stop_run",       S.PAUSED,     S.CANCELLED,  words="canceled while it is suspended"),

        Transition("stop_run",       S.CANCELLING, S.CANCELLED,  words="its infrastructure is gone; nothing else may follow"),
    ),
    means={
        S.SCHEDULED:  RunningStatus.WAITING,
        S.PENDING:    RunningStatus.WAITING,
        S.RUNNING:    RunningStatus.RUNNING,
        S.PAUSED:     RunningStatus.SUSPENDED,
        S.CANCELLING: RunningStatus.CANCEL_REQUESTED,
        S.COMPLETED:  RunningStatus.SUCCESS,
        S.FAILED:     RunningStatus.ERROR,
        S.CRASHED:    RunningStatus.ERROR,
        S.CANCELLED:  RunningStatus.CANCELED,
    },
    initial=S.SCHEDULED,
)
# fmt: on
