"""The lifecycle of a workflow run of GitHub Actions.

By GitHub's documentation: Workflow run statuses; Control the concurrency of workflows and jobs; Reviewing deployments; Approving
workflow runs from forks; Re-running workflows and jobs; and, for stale, the change log of the checks API.

GitHub tells two fields: `status`, and once that is `completed`, `conclusion`. Here both are one, without `completed`. Two things
happen to a completed run, and they are the two ways to say that it went on: one that requires an action goes on when a maintainer
approves it, so ACTION_REQUIRED is not final; one that is re-run has a new `run_attempt` under its id, and is a new job,
`again()`.

A run may be WAITING for a deployment to be approved before its first job or between two jobs. The latter is no new attempt, so
that WAITING means SUSPENDED here.
"""

from __future__ import annotations

from enum import Enum

from job_status import Lifecycle, RunningStatus, Transition


class S(Enum):
    """The statuses but for `completed`, and the conclusions of completed runs."""

    #: made, but not queued
    REQUESTED = "requested"
    #: in the queue
    QUEUED = "queued"
    #: at the front of the queue, while a concurrency limit is reached
    PENDING = "pending"
    #: halted by a deployment protection rule
    WAITING = "waiting"
    #: its jobs run
    IN_PROGRESS = "in_progress"
    #: completed, and yet somebody has to act first
    ACTION_REQUIRED = "action_required"
    #: all went well
    SUCCESS = "success"
    #: neither well nor badly
    NEUTRAL = "neutral"
    #: there was nothing to do
    SKIPPED = "skipped"
    #: a job failed
    FAILURE = "failure"
    #: it took too long
    TIMED_OUT = "timed_out"
    #: it could not begin
    STARTUP_FAILURE = "startup_failure"
    #: canceled
    CANCELLED = "cancelled"
    #: given up by GitHub
    STALE = "stale"


# fmt: off
GITHUB = Lifecycle(
    (
        Transition("queue",     S.REQUESTED,       S.QUEUED,          words="GitHub queues it"),
        Transition("hold",      S.REQUESTED,       S.ACTION_REQUIRED, words="it is for a fork whose author needs an approval"),
        Transition("stop_run",  S.REQUESTED,       S.STARTUP_FAILURE, words="the workflow file is not valid"),

        Transition("start_run", S.QUEUED,          S.IN_PROGRESS,     words="a runner takes its first job"),
        Transition("limit",     S.QUEUED,          S.PENDING,         words="another run of its concurrency group is in progress"),
        Transition("suspend",   S.QUEUED,          S.WAITING,         words="its first job deploys to a protected environment"),
        Transition("stop_run",  S.QUEUED,          S.SKIPPED,         words="the condition of no job holds"),
        Transition("stop_run",  S.QUEUED,          S.CANCELLED,       words="a person cancels it"),
        Transition("stop_run",  S.QUEUED,          S.STALE,           words="GitHub gives it up after many days"),

        Transition("start_run", S.PENDING,         S.IN_PROGRESS,     words="the run before it has ended"),
        Transition("stop_run",  S.PENDING,         S.CANCELLED,       words="a newer run takes its place, or a person cancels it"),

        Transition("resume",    S.WAITING,         S.IN_PROGRESS,     words="a reviewer approves, or a timer ends"),
        Transition("stop_run",  S.WAITING,         S.FAILURE,         words="a reviewer rejects, or none approves in 30 days"),
        Transition("stop_run",  S.WAITING,         S.CANCELLED,       words="a person cancels it"),

        Transition("suspend",   S.IN_PROGRESS,     S.WAITING,         words="the next job deploys to a protected environment"),
        Transition("stop_run",  S.IN_PROGRESS,     S.SUCCESS,         words="no job failed"),
        Transition("stop_run",  S.IN_PROGRESS,     S.NEUTRAL,         words="it ends without a verdict"),
        Transition("stop_run",  S.IN_PROGRESS,     S.FAILURE,         words="a job failed"),
        Transition("stop_run",  S.IN_PROGRESS,     S.TIMED_OUT,       words="it exceeds a time limit"),
        Transition("stop_run",  S.IN_PROGRESS,     S.CANCELLED,       words="a person or a newer run of its group cancels it"),
        Transition("stop_run",  S.IN_PROGRESS,     S.STALE,           words="GitHub gives it up after many days"),

        Transition("approve",   S.ACTION_REQUIRED, S.QUEUED,          words="a maintainer approves it"),
    ),
    means={
        S.REQUESTED:       RunningStatus.WAITING,
        S.QUEUED:          RunningStatus.WAITING,
        S.PENDING:         RunningStatus.WAITING,
        S.WAITING:         RunningStatus.SUSPENDED,
        S.IN_PROGRESS:     RunningStatus.RUNNING,
        S.ACTION_REQUIRED: RunningStatus.WAITING,
        S.SUCCESS:         RunningStatus.SUCCESS,
        S.NEUTRAL:         RunningStatus.SUCCESS,
        S.SKIPPED:         RunningStatus.SUCCESS,
        S.FAILURE:         RunningStatus.ERROR,
        S.TIMED_OUT:       RunningStatus.ERROR,
        S.STARTUP_FAILURE: RunningStatus.ERROR,
        S.CANCELLED:       RunningStatus.CANCELED,
        S.STALE:           RunningStatus.CANCELED,
    },
    initial=S.REQUESTED,
)
# fmt: on
