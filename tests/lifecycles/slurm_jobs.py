"""The lifecycle of a Slurm batch job, as squeue shows it.

By the page Job State Codes, the manuals of squeue (JOB STATE CODES), scontrol (suspend, resume, requeue, requeuehold, release),
scancel and sbatch (--deadline), and the order in which `job_state_string` (slurm_protocol_defs.c) lets a flag hide the base
state.

All twelve base states are here, and of the flags those after which something else may happen. Left out are RESIZING and SIGNALING
(passing marks on a running job), STAGE_OUT (one on a job that has ended), and REQUEUE_FED and REVOKED (of federated clusters).

A job that is requeued while it runs goes on under its id: it passes COMPLETING, and was never in a final status. `scontrol
requeue` also takes a job that has ended, and puts it back into the queue under its id: that is a new job here, `again()`.

A job that is held in the queue waits, as far as its meaning goes: nothing of it is left to be resumed, and its release is no new
attempt.
"""

from __future__ import annotations

from enum import Enum

from job_status import Lifecycle, RunningStatus, Transition


class S(Enum):
    """States and flags, with their codes in squeue."""

    #: waits for resources
    PENDING = "PD"
    #: held, since its reservation was deleted
    RESV_DEL_HOLD = "RD"
    #: has its nodes, which have to boot first
    CONFIGURING = "CF"
    #: has its nodes and executes
    RUNNING = "R"
    #: halted, its processors free for others
    SUSPENDED = "S"
    #: halted by a signal, its processors kept
    STOPPED = "ST"
    #: ended or to be ended; something of it is left on its nodes
    COMPLETING = "CG"
    #: on its way back into the queue
    REQUEUED = "RQ"
    #: back in the queue, but held
    REQUEUE_HOLD = "RH"
    #: the same, with a mark that its exit was a special one
    SPECIAL_EXIT = "SE"
    #: exit code zero
    COMPLETED = "CD"
    #: another exit code, or another failure
    FAILED = "F"
    #: reached its time limit
    TIMEOUT = "TO"
    #: ran out of memory
    OUT_OF_MEMORY = "OOM"
    #: lost a node
    NODE_FAIL = "NF"
    #: its nodes did not boot, and it cannot be requeued
    BOOT_FAIL = "BF"
    #: its deadline came first
    DEADLINE = "DL"
    #: gave way to a job of higher priority
    PREEMPTED = "PR"
    #: canceled by its user or by an administrator
    CANCELLED = "CA"


# fmt: off
SLURM = Lifecycle(
    (
        Transition("allocate",     S.PENDING,       S.CONFIGURING,   words="the scheduler gives it nodes that have to boot"),
        Transition("start_run",    S.PENDING,       S.RUNNING,       words="the scheduler gives it nodes"),
        Transition("hold",         S.PENDING,       S.RESV_DEL_HOLD, words="its reservation is deleted"),
        Transition("stop_run",     S.PENDING,       S.DEADLINE,      words="it did not start in time for its deadline"),
        Transition("stop_run",     S.PENDING,       S.CANCELLED,     words="scancel"),

        Transition("release",      S.RESV_DEL_HOLD, S.PENDING,       words="scontrol release"),
        Transition("stop_run",     S.RESV_DEL_HOLD, S.CANCELLED,     words="scancel"),

        Transition("start_run",    S.CONFIGURING,   S.RUNNING,       words="its nodes are ready"),
        Transition("complete",     S.CONFIGURING,   S.COMPLETING,    words="scancel, or its nodes do not boot"),

        Transition("suspend",      S.RUNNING,       S.SUSPENDED,     words="scontrol suspend, or preemption by suspending"),
        Transition("halt",         S.RUNNING,       S.STOPPED,       words="scancel --signal=STOP"),
        Transition("complete",     S.RUNNING,       S.COMPLETING,    words="it ends, or is to be ended or requeued"),

        Transition("resume",       S.SUSPENDED,     S.RUNNING,       words="scontrol resume, or the preemptor has ended"),
        Transition("complete",     S.SUSPENDED,     S.COMPLETING,    words="scancel or scontrol requeue"),

        Transition("resume",       S.STOPPED,       S.RUNNING,       words="scancel --signal=CONT"),
        Transition("complete",     S.STOPPED,       S.COMPLETING,    words="scancel"),

        Transition("requeue",      S.COMPLETING,    S.REQUEUED,      words="scontrol requeue, preempted, or a node was lost"),
        Transition("requeue_hold", S.COMPLETING,    S.REQUEUE_HOLD,  words="scontrol requeuehold"),
        Transition("special_exit", S.COMPLETING,    S.SPECIAL_EXIT,  words="scontrol requeuehold State=SpecialExit"),
        Transition("stop_run",     S.COMPLETING,    S.COMPLETED,     words="its exit code was zero"),
        Transition("stop_run",     S.COMPLETING,    S.FAILED,        words="its exit code was not zero, or something failed"),
        Transition("stop_run",     S.COMPLETING,    S.TIMEOUT,       words="it reached its time limit"),
        Transition("stop_run",     S.COMPLETING,    S.OUT_OF_MEMORY, words="it ran out of memory"),
        Transition("stop_run",     S.COMPLETING,    S.NODE_FAIL,     words="it lost a node and is not to be requeued"),
        Transition("stop_run",     S.COMPLETING,    S.BOOT_FAIL,     words="its nodes did not boot"),
        Transition("stop_run",     S.COMPLETING,    S.PREEMPTED,     words="preemption by canceling"),
        Transition("stop_run",     S.COMPLETING,    S.CANCELLED,     words="scancel"),

        Transition("wait",         S.REQUEUED,      S.PENDING,       words="the controller has put it back into the queue"),

        Transition("release",      S.REQUEUE_HOLD,  S.PENDING,       words="scontrol release"),
        Transition("stop_run",     S.REQUEUE_HOLD,  S.CANCELLED,     words="scancel"),

        Transition("release",      S.SPECIAL_EXIT,  S.PENDING,       words="scontrol release"),
        Transition("stop_run",     S.SPECIAL_EXIT,  S.CANCELLED,     words="scancel"),
    ),
    means={
        S.PENDING:       RunningStatus.WAITING,
        S.RESV_DEL_HOLD: RunningStatus.WAITING,
        S.CONFIGURING:   RunningStatus.WAITING,
        S.RUNNING:       RunningStatus.RUNNING,
        S.SUSPENDED:     RunningStatus.SUSPENDED,
        S.STOPPED:       RunningStatus.SUSPENDED,
        S.COMPLETING:    RunningStatus.RUNNING,
        S.REQUEUED:      RunningStatus.WAITING,
        S.REQUEUE_HOLD:  RunningStatus.WAITING,
        S.SPECIAL_EXIT:  RunningStatus.WAITING,
        S.COMPLETED:     RunningStatus.SUCCESS,
        S.FAILED:        RunningStatus.ERROR,
        S.TIMEOUT:       RunningStatus.ERROR,
        S.OUT_OF_MEMORY: RunningStatus.ERROR,
        S.NODE_FAIL:     RunningStatus.ERROR,
        S.BOOT_FAIL:     RunningStatus.ERROR,
        S.DEADLINE:      RunningStatus.ERROR,
        S.PREEMPTED:     RunningStatus.CANCELED,
        S.CANCELLED:     RunningStatus.CANCELED,
    },
    initial=S.PENDING,
)
# fmt: on
