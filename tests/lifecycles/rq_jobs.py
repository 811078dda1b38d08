"""The lifecycle of a job of rq 3.

By its documentation (Jobs; Workers; Exceptions and retries; Job registries; Scheduling) and its source (rq.job, rq.queue,
rq.registry, rq.rate_limit, rq.worker.base).

In rq, `Job.requeue` takes a job out of FAILED or STOPPED. There are two honest ways to say so: in `RQ` both are final, and a job
that is requeued is a new one, `again()`; in `RQ_REQUEUED` they are not final, and the same job goes on. Moves that rq makes
because it does not look, such as CANCELED to FINISHED where a job is canceled while it runs, are not rows.
"""

from __future__ import annotations

from enum import Enum

from job_status import Lifecycle, RunningStatus, Transition


class S(Enum):
    """The members of `rq.job.JobStatus`, which tests/interop holds against it."""

    #: made, but not enqueued
    CREATED = "created"
    #: waits until the jobs that it depends on have finished
    DEFERRED = "deferred"
    #: they have; about to be enqueued
    READY_TO_ENQUEUE = "ready_to_enqueue"
    #: waits for its time
    SCHEDULED = "scheduled"
    #: waits for a slot of its rate limit
    RATE_LIMITED = "rate_limited"
    #: in a queue, to be taken by a worker
    QUEUED = "queued"
    #: a worker executes it
    STARTED = "started"
    #: it returned
    FINISHED = "finished"
    #: it raised, ran out of time, or was lost
    FAILED = "failed"
    #: stopped by a command while it was executed
    STOPPED = "stopped"
    #: canceled by `Job.cancel`
    CANCELED = "canceled"


# fmt: off
ROWS = (
    Transition("enqueue",   S.CREATED,          S.QUEUED,           words="enqueued, with nothing to wait for"),
    Transition("defer",     S.CREATED,          S.DEFERRED,         words="enqueued, but what it depends on has not finished"),
    Transition("schedule",  S.CREATED,          S.SCHEDULED,        words="enqueued for a later time"),
    Transition("limit",     S.CREATED,          S.RATE_LIMITED,     words="enqueued under a rate limit"),

    Transition("ready",     S.DEFERRED,         S.READY_TO_ENQUEUE, words="a worker finished the last job that it depends on"),
    Transition("stop_run",  S.DEFERRED,         S.CANCELED,         words="Job.cancel"),

    Transition("enqueue",   S.READY_TO_ENQUEUE, S.QUEUED,           words="the worker, or the clean-up after it, enqueues it"),
    Transition("limit",     S.READY_TO_ENQUEUE, S.RATE_LIMITED,     words="the same, under a rate limit"),
    Transition("stop_run",  S.READY_TO_ENQUEUE, S.CANCELED,         words="Job.cancel"),

    Transition("enqueue",   S.SCHEDULED,        S.QUEUED,           words="the scheduler finds that its time has come"),
    Transition("limit",     S.SCHEDULED,        S.RATE_LIMITED,     words="the same, under a rate limit"),
    Transition("stop_run",  S.SCHEDULED,        S.CANCELED,         words="Job.cancel"),

    Transition("enqueue",   S.RATE_LIMITED,     S.QUEUED,           words="a slot is free"),
    Transition("stop_run",  S.RATE_LIMITED,     S.CANCELED,         words="Job.cancel"),

    Transition("start_run", S.QUEUED,           S.STARTED,          words="a worker takes it"),
    Transition("stop_run",  S.QUEUED,           S.CANCELED,         words="Job.cancel"),

    Transition("enqueue",   S.STARTED,          S.QUEUED,           words="retried, or repeated after a success"),
    Transition("schedule",  S.STARTED,          S.SCHEDULED,        words="the same, after an interval"),
    Transition("stop_run",  S.STARTED,          S.FINISHED,         words="the function returned"),
    Transition("stop_run",  S.STARTED,          S.CANCELED,         words="Job.cancel marks it, although its process runs on"),
)

#: FAILED and STOPPED are the end of a job
RQ = Lifecycle(
    (
        *ROWS,
        Transition("stop_run",  S.QUEUED,           S.FAILED,           words="lost between the queue and the worker"),
        Transition("stop_run",  S.STARTED,          S.FAILED,           words="it raised, or was lost, and no retry is left"),
        Transition("stop_run",  S.STARTED,          S.STOPPED,          words="a stop command reached the worker"),
    ),
    means={
        S.CREATED:          RunningStatus.WAITING,
        S.DEFERRED:         RunningStatus.WAITING,
        S.READY_TO_ENQUEUE: RunningStatus.WAITING,
        S.SCHEDULED:        RunningStatus.WAITING,
        S.RATE_LIMITED:     RunningStatus.WAITING,
        S.QUEUED:           RunningStatus.WAITING,
        S.STARTED:          RunningStatus.RUNNING,
        S.FINISHED:         RunningStatus.SUCCESS,
        S.FAILED:           RunningStatus.ERROR,
        S.STOPPED:          RunningStatus.CANCELED,
        S.CANCELED:         RunningStatus.CANCELED,
    },
    initial=S.CREATED,
)

#: a job in FAILED or STOPPED is kept until somebody requeues or cancels it, so that no failure is final
RQ_REQUEUED = Lifecycle(
    (
        *ROWS,
        Transition("fail",      S.QUEUED,           S.FAILED,           words="lost between the queue and the worker"),
        Transition("fail",      S.STARTED,          S.FAILED,           words="it raised, or was lost, and no retry is left"),
        Transition("halt",      S.STARTED,          S.STOPPED,          words="a stop command reached the worker"),

        Transition("enqueue",   S.FAILED,           S.QUEUED,           words="Job.requeue"),
        Transition("limit",     S.FAILED,           S.RATE_LIMITED,     words="the same, under a rate limit"),
        Transition("stop_run",  S.FAILED,           S.CANCELED,         words="Job.cancel"),

        Transition("enqueue",   S.STOPPED,          S.QUEUED,           words="Job.requeue"),
        Transition("limit",     S.STOPPED,          S.RATE_LIMITED,     words="the same, under a rate limit"),
        Transition("stop_run",  S.STOPPED,          S.CANCELED,         words="Job.cancel"),
    ),
    means={
        **{status: RQ.meaning(status) for status in S},
        S.FAILED:           RunningStatus.SUSPENDED,
        S.STOPPED:          RunningStatus.SUSPENDED,
    },
    initial=S.CREATED,
)
# fmt: on
