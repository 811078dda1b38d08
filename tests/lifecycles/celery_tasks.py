"""The lifecycle of a Celery task.

By its user guide (Tasks: States; Monitoring: task events; Workers: revoking tasks) and its source (celery.states,
celery.events.state, celery.worker.strategy, .request and .control). It is what events tell: a result backend never stores
RECEIVED and REJECTED, and STARTED only with `task_track_started`. A task that raises `Ignore` ends without any status that says
so.

A retry keeps its id, and RETRY is Celery's own way to say that nothing final was left. A task that is sent once more after it has
failed is a new one, `again()`.
"""

from __future__ import annotations

from enum import Enum

from job_status import Lifecycle, RunningStatus, Transition


class S(Enum):
    """The states of `celery.states`, which has them as strings; tests/interop holds the two against each other."""

    #: sent, or not known
    PENDING = "PENDING"
    #: a worker has the message, and holds it until its time comes and a process is free
    RECEIVED = "RECEIVED"
    #: a process of the worker executes it
    STARTED = "STARTED"
    #: it asked to be executed once more, later
    RETRY = "RETRY"
    #: given back to the broker by the worker
    REJECTED = "REJECTED"
    #: it returned
    SUCCESS = "SUCCESS"
    #: it raised, exceeded its time limit, or could not be executed
    FAILURE = "FAILURE"
    #: revoked, or expired before it started
    REVOKED = "REVOKED"


# fmt: off
CELERY = Lifecycle(
    (
        Transition("receive",         S.PENDING,  S.RECEIVED, words="a worker takes the message"),
        Transition("stop_run",        S.PENDING,  S.FAILURE,  words="the worker has no task of that name"),
        Transition("stop_run",        S.PENDING,  S.REVOKED,  words="revoked or expired before a worker takes the message"),

        Transition("start_run",       S.RECEIVED, S.STARTED,  words="a process of the worker accepts it"),
        Transition("stop_run",        S.RECEIVED, S.REVOKED,  words="revoked or expired before a process accepts it"),

        Transition("update_progress", S.STARTED,  S.STARTED,  words="the task stores a state of its own, such as PROGRESS"),
        Transition("retry",           S.STARTED,  S.RETRY,    words="the task raises Retry"),
        Transition("reject",          S.STARTED,  S.REJECTED, words="the task raises Reject, to be requeued"),
        Transition("stop_run",        S.STARTED,  S.SUCCESS,  words="the task returns"),
        Transition("stop_run",        S.STARTED,  S.FAILURE,  words="it raises, exceeds its time limit, or its process is lost"),
        Transition("stop_run",        S.STARTED,  S.REVOKED,  words="revoked with terminate, which kills its process"),

        Transition("receive",         S.RETRY,    S.RECEIVED, words="a worker takes the message of the retry"),
        Transition("stop_run",        S.RETRY,    S.REVOKED,  words="revoked while it waits for the retry"),

        Transition("receive",         S.REJECTED, S.RECEIVED, words="the broker delivers the message once more"),
        Transition("stop_run",        S.REJECTED, S.REVOKED,  words="revoked before the broker delivers it once more"),
    ),
    means={
        S.PENDING:  RunningStatus.WAITING,
        S.RECEIVED: RunningStatus.WAITING,
        S.STARTED:  RunningStatus.RUNNING,
        S.RETRY:    RunningStatus.WAITING,
        S.REJECTED: RunningStatus.WAITING,
        S.SUCCESS:  RunningStatus.SUCCESS,
        S.FAILURE:  RunningStatus.ERROR,
        S.REVOKED:  RunningStatus.CANCELED,
    },
    initial=S.PENDING,
)
# fmt: on
