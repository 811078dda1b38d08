"""The tables: the words of each system and what they mean. The first word of a meaning is the one that is written.

Where a system says itself which of its statuses are final, the table agrees. What is held until somebody releases it is SUSPENDED,
and what moves on by itself WAITING; set-up before the work is WAITING, clean-up after it RUNNING; an end by an order or by policy
is CANCELED, one by a limit or a fault ERROR. The tests compare the tables with the systems' own packages.
"""

from __future__ import annotations

from .._rows import CANCEL_REQUESTED, CANCELED, ERROR, RUNNING, SUCCESS, SUSPENDED, UNKNOWN, WAITING, RunningStatus
from ._slurm import slurm_state
from ._vocabulary import Vocabulary

__all__ = ["VOCABULARIES"]

_PERCEVAL = {status: f"{RunningStatus.to_server_response(status)} {status.name.lower()}" for status in RunningStatus}
_PERCEVAL |= {status: status.name.lower() for status in RunningStatus if status is not SUCCESS}

VOCABULARIES = (
    # Perceval's cloud, whose words RunningStatus has itself
    Vocabulary("perceval", _PERCEVAL, finals="completed success error canceled"),
    Vocabulary(
        "qiskit",
        {WAITING: "QUEUED INITIALIZING VALIDATING", RUNNING: "RUNNING", SUCCESS: "DONE", ERROR: "ERROR", CANCELED: "CANCELLED"},
        finals="DONE ERROR CANCELLED",
    ),
    # the raw names of the IBM runtime
    Vocabulary(
        "qiskit-runtime",
        {
            WAITING: "QUEUED",
            RUNNING: "RUNNING",
            SUCCESS: "COMPLETED",
            ERROR: "FAILED CANCELLED-RAN_TOO_LONG",
            CANCELED: "CANCELLED",
        },
        finals="COMPLETED FAILED CANCELLED-RAN_TOO_LONG CANCELLED",
    ),
    # quantum tasks and hybrid jobs
    Vocabulary(
        "braket",
        {
            WAITING: "QUEUED CREATED",
            RUNNING: "RUNNING",
            SUCCESS: "COMPLETED",
            ERROR: "FAILED",
            CANCELED: "CANCELLED",
            CANCEL_REQUESTED: "CANCELLING",
        },
        finals="COMPLETED FAILED CANCELLED",
    ),
    Vocabulary(
        "azure-quantum",
        {
            WAITING: "Waiting Queued",
            RUNNING: "Executing Finishing",
            SUCCESS: "Succeeded Completed",
            ERROR: "Failed",
            CANCELED: "Cancelled",
            CANCEL_REQUESTED: "CancellationRequested Cancelling",
        },
        finals="Succeeded Completed Failed Cancelled",
    ),
    Vocabulary(
        "ionq",
        {
            WAITING: "ready submitted",
            RUNNING: "started running",
            SUCCESS: "completed",
            ERROR: "failed",
            CANCELED: "canceled deleted",
        },
        finals="completed failed canceled deleted",
    ),
    Vocabulary(
        "pytket",
        {
            WAITING: "QUEUED SUBMITTED",
            RUNNING: "RUNNING RETRYING",
            SUCCESS: "COMPLETED",
            ERROR: "ERROR",
            CANCELED: "CANCELLED",
            CANCEL_REQUESTED: "CANCELLING",
        },
        finals="COMPLETED ERROR CANCELLED",
    ),
    # the long names of sacct and the short ones of squeue
    Vocabulary(
        "slurm",
        {
            WAITING: "PENDING CONFIGURING REQUEUED REQUEUE_FED POWER_UP_NODE EXPEDITING PD CF RF RQ",
            RUNNING: "RUNNING COMPLETING RESIZING SIGNALING STAGE_OUT R CG RS SI SO",
            SUCCESS: "COMPLETED CD",
            ERROR: "FAILED BOOT_FAIL DEADLINE NODE_FAIL OUT_OF_MEMORY TIMEOUT LAUNCH_FAILED RECONFIG_FAIL F BF DL NF OOM TO",
            CANCELED: "CANCELLED PREEMPTED REVOKED CA PR RV",
            SUSPENDED: "SUSPENDED STOPPED REQUEUE_HOLD RESV_DEL_HOLD SPECIAL_EXIT S ST RH RD SE",
            UNKNOWN: "UPDATE_DB",
        },
        unwritten="UPDATE_DB",
        finals="COMPLETED FAILED BOOT_FAIL DEADLINE NODE_FAIL OUT_OF_MEMORY TIMEOUT LAUNCH_FAILED RECONFIG_FAIL CANCELLED "
        "PREEMPTED REVOKED CD F BF DL NF OOM TO CA PR RV",
        simplified=slurm_state,
    ),
    Vocabulary(
        "pbs",
        {WAITING: "Q W T", RUNNING: "R B E", SUCCESS: "F X", SUSPENDED: "S H U", UNKNOWN: "M 0"},
        unwritten="M 0",
        finals="F X",
        over={"F": "exit code", "X": "exit code"},
    ),
    Vocabulary(
        "torque",
        {WAITING: "Q W T", RUNNING: "R E", SUCCESS: "C", SUSPENDED: "S H"},
        finals="C",
        over={"C": "exit code"},
    ),
    Vocabulary(
        "lsf",
        {
            WAITING: "PEND PROV WAIT FWD_PEND",
            RUNNING: "RUN",
            SUCCESS: "DONE POST_DONE",
            ERROR: "EXIT POST_ERR",
            SUSPENDED: "SSUSP USUSP PSUSP",
            CANCEL_REQUESTED: "ZOMBI",
            UNKNOWN: "UNKWN",
        },
        unwritten="ZOMBI",
        finals="DONE POST_DONE EXIT POST_ERR",
    ),
    Vocabulary(
        "htcondor",
        {
            WAITING: "IDLE",
            RUNNING: "RUNNING TRANSFERRING_OUTPUT",
            SUCCESS: "COMPLETED",
            CANCELED: "REMOVED",
            SUSPENDED: "SUSPENDED HELD",
        },
        finals="COMPLETED REMOVED",
        over={"COMPLETED": "exit code"},
        numbers={1: "IDLE", 2: "RUNNING", 3: "REMOVED", 4: "COMPLETED", 5: "HELD", 6: "TRANSFERRING_OUTPUT", 7: "SUSPENDED"},
    ),
    Vocabulary(
        "kubernetes-pod",
        {WAITING: "Pending", RUNNING: "Running", SUCCESS: "Succeeded", ERROR: "Failed", UNKNOWN: "Unknown"},
        finals="Succeeded Failed",
    ),
    # the types of a job's conditions, of which only those with the status "True" count
    Vocabulary(
        "kubernetes-job",
        {RUNNING: "FailureTarget SuccessCriteriaMet", SUCCESS: "Complete", ERROR: "Failed", SUSPENDED: "Suspended"},
        unwritten="FailureTarget SuccessCriteriaMet",
        finals="Complete Failed",
    ),
    Vocabulary(
        "aws-batch",
        {WAITING: "RUNNABLE SUBMITTED PENDING SCHEDULED STARTING", RUNNING: "RUNNING", SUCCESS: "SUCCEEDED", ERROR: "FAILED"},
        finals="SUCCEEDED FAILED",
    ),
    Vocabulary(
        "celery",
        {
            WAITING: "PENDING RECEIVED RETRY REJECTED",
            RUNNING: "STARTED",
            SUCCESS: "SUCCESS",
            ERROR: "FAILURE",
            CANCELED: "REVOKED",
            UNKNOWN: "IGNORED",
        },
        unwritten="IGNORED",
        finals="SUCCESS FAILURE REVOKED",
    ),
    Vocabulary(
        "rq",
        {
            WAITING: "queued created deferred scheduled rate_limited ready_to_enqueue",
            RUNNING: "started",
            SUCCESS: "finished",
            ERROR: "failed",
            CANCELED: "canceled stopped",
        },
        finals="finished failed canceled stopped",
    ),
    # the futures of distributed
    Vocabulary(
        "dask",
        {WAITING: "pending lost", SUCCESS: "finished", ERROR: "error", CANCELED: "cancelled"},
        finals="finished error cancelled",
    ),
    # the tasks of its scheduler
    Vocabulary(
        "dask-task",
        {
            WAITING: "waiting released no-worker queued",
            RUNNING: "processing",
            SUCCESS: "memory",
            ERROR: "erred",
            UNKNOWN: "forgotten",
        },
        unwritten="forgotten",
    ),
    Vocabulary(
        "ray",
        {WAITING: "PENDING", RUNNING: "RUNNING", SUCCESS: "SUCCEEDED", ERROR: "FAILED", CANCELED: "STOPPED"},
        finals="SUCCEEDED FAILED STOPPED",
    ),
    # the types of its states; their names are an open set
    Vocabulary(
        "prefect",
        {
            WAITING: "PENDING SCHEDULED",
            RUNNING: "RUNNING",
            SUCCESS: "COMPLETED",
            ERROR: "FAILED CRASHED",
            CANCELED: "CANCELLED",
            SUSPENDED: "PAUSED",
            CANCEL_REQUESTED: "CANCELLING",
        },
        finals="COMPLETED FAILED CRASHED CANCELLED",
    ),
    # task instances; one that is not scheduled yet has none
    Vocabulary(
        "airflow",
        {
            WAITING: "queued scheduled restarting up_for_retry up_for_reschedule deferred",
            RUNNING: "running",
            SUCCESS: "success skipped",
            ERROR: "failed upstream_failed",
            CANCELED: "removed",
            SUSPENDED: "awaiting_input",
        },
        unwritten="removed awaiting_input",
        finals="success skipped failed upstream_failed removed",
        unset=WAITING,
    ),
    Vocabulary(
        "airflow-dag-run",
        {WAITING: "queued", RUNNING: "running", SUCCESS: "success", ERROR: "failed"},
        finals="success failed",
    ),
    # a run that continues as new is closed, and the next run has another id
    Vocabulary(
        "temporal",
        {
            RUNNING: "RUNNING",
            SUCCESS: "COMPLETED CONTINUED_AS_NEW",
            ERROR: "FAILED TIMED_OUT",
            CANCELED: "CANCELED TERMINATED",
            SUSPENDED: "PAUSED",
            UNKNOWN: "UNSPECIFIED",
        },
        finals="COMPLETED CONTINUED_AS_NEW FAILED TIMED_OUT CANCELED TERMINATED",
        numbers={
            0: "UNSPECIFIED",
            1: "RUNNING",
            2: "COMPLETED",
            3: "FAILED",
            4: "CANCELED",
            5: "TERMINATED",
            6: "CONTINUED_AS_NEW",
            7: "TIMED_OUT",
            8: "PAUSED",
        },
        prefix="WORKFLOW_EXECUTION_STATUS_",
    ),
    # the status and, where that is "completed", the conclusion
    Vocabulary(
        "github-actions",
        {
            WAITING: "queued requested waiting pending",
            RUNNING: "in_progress",
            SUCCESS: "success neutral skipped",
            ERROR: "failure timed_out startup_failure",
            CANCELED: "cancelled stale",
            SUSPENDED: "action_required",
        },
        over={"completed": "conclusion"},
        finals="success neutral skipped failure timed_out startup_failure cancelled stale",
    ),
    Vocabulary(
        "concurrent.futures",
        {WAITING: "PENDING", RUNNING: "RUNNING", SUCCESS: "FINISHED", CANCELED: "CANCELLED CANCELLED_AND_NOTIFIED"},
        over={"FINISHED": "exception"},
        finals="FINISHED CANCELLED CANCELLED_AND_NOTIFIED",
    ),
)
