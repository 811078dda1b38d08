"""The lifecycle of a Temporal workflow execution.

By its encyclopedia (Workflow Execution: status, chain; Workflow Pause; Cancellation and termination; Continue-As-New) and the
server's check of status changes (mutable_state_state_status.go).

It begins RUNNING: so is an execution that no worker has taken yet. A cancel request is recorded and leaves the status as it is. A
closed execution never opens again: what goes on under its workflow id is another run, with a run id of its own. There are two
honest ways to say so: in `TEMPORAL`, which is about one run, CONTINUED_AS_NEW is final and the next run is a new job, `again()`;
in `TEMPORAL_CHAIN`, which is about all runs of a workflow id, it is not final.
"""

from __future__ import annotations

from enum import Enum

from job_status import Lifecycle, RunningStatus, Transition


class S(Enum):
    """The members of `temporalio.client.WorkflowExecutionStatus`, and PAUSED, which so far is in `temporalio.api` alone."""

    #: open: it makes progress, or waits for something
    RUNNING = 1
    #: its function returned
    COMPLETED = 2
    #: its function failed
    FAILED = 3
    #: its function took note of a cancel request and ended
    CANCELED = 4
    #: ended from outside, without its function being asked
    TERMINATED = 5
    #: its function ended this run to go on in another one
    CONTINUED_AS_NEW = 6
    #: it reached one of its time limits
    TIMED_OUT = 7
    #: halted by an operator
    PAUSED = 8


# fmt: off
ROWS = (
    Transition("suspend",         S.RUNNING,          S.PAUSED,           words="an operator pauses it"),
    Transition("stop_run",        S.RUNNING,          S.COMPLETED,        words="its function returns"),
    Transition("stop_run",        S.RUNNING,          S.FAILED,           words="its function fails"),
    Transition("stop_run",        S.RUNNING,          S.CANCELED,         words="its function gives way to a cancel request"),
    Transition("stop_run",        S.RUNNING,          S.TERMINATED,       words="an operator terminates or resets it"),
    Transition("stop_run",        S.RUNNING,          S.TIMED_OUT,        words="it reaches its run timeout or execution timeout"),

    Transition("resume",          S.PAUSED,           S.RUNNING,          words="an operator unpauses it"),
    Transition("stop_run",        S.PAUSED,           S.TERMINATED,       words="an operator terminates or resets it"),
    Transition("stop_run",        S.PAUSED,           S.TIMED_OUT,        words="its timeouts go on while it is paused"),
)
MEANS = {
    S.RUNNING:          RunningStatus.RUNNING,
    S.COMPLETED:        RunningStatus.SUCCESS,
    S.FAILED:           RunningStatus.ERROR,
    S.CANCELED:         RunningStatus.CANCELED,
    S.TERMINATED:       RunningStatus.CANCELED,
    S.TIMED_OUT:        RunningStatus.ERROR,
    S.PAUSED:           RunningStatus.SUSPENDED,
}

#: one run
TEMPORAL = Lifecycle(
    (
        *ROWS,
        Transition("stop_run",        S.RUNNING,          S.CONTINUED_AS_NEW, words="its function goes on in a new run"),
    ),
    means={**MEANS, S.CONTINUED_AS_NEW: RunningStatus.SUCCESS},
    initial=S.RUNNING,
)

#: all runs of one workflow id
TEMPORAL_CHAIN = Lifecycle(
    (
        *ROWS,
        Transition("continue_as_new", S.RUNNING,          S.CONTINUED_AS_NEW, words="its function goes on in a new run"),
        Transition("start_run",       S.CONTINUED_AS_NEW, S.RUNNING,          words="the new run begins"),
    ),
    means={**MEANS, S.CONTINUED_AS_NEW: RunningStatus.WAITING},
    initial=S.RUNNING,
)
# fmt: on
