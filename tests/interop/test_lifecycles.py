"""The lifecycles of tests/lifecycles beside the packages that they are about: no name is missing, and the final ones agree."""

from __future__ import annotations

from enum import Enum
from typing import Any, get_args, get_type_hints

import pytest

from job_status import JobStatus, Lifecycle, RunningStatus, Transition
from tests.interop.packages import imported
from tests.lifecycles.celery_tasks import CELERY
from tests.lifecycles.github_actions import GITHUB
from tests.lifecycles.prefect_flows import PREFECT
from tests.lifecycles.rq_jobs import RQ, RQ_REQUEUED
from tests.lifecycles.slurm_jobs import SLURM
from tests.lifecycles.temporal_workflows import TEMPORAL


def names(statuses: Any) -> set[str]:
    return {status.name for status in statuses}


@pytest.mark.filterwarnings("ignore")
def test_rq() -> None:
    theirs = imported("rq.job").JobStatus
    assert {status.name: status.value for status in RQ.statuses} == {status.name: status.value for status in theirs}
    # rq lists only two of its final statuses anywhere: those for which it sends webhooks.
    hooks = get_args(get_type_hints(imported("rq.webhook").Webhook)["job_status"])
    assert {"finished", "failed"} == set(hooks) <= {status.value for status in RQ.finals}


@pytest.mark.filterwarnings("ignore")
def test_rq_with_the_enum_that_rq_has() -> None:
    theirs: type[Enum] = imported("rq.job").JobStatus  # a str, too
    lifecycle = Lifecycle(
        [Transition(row.trigger, theirs[row.source.name], theirs[row.dest.name], row.guard, row.words) for row in RQ.rows],
        means={theirs[status.name]: RQ.meaning(status) for status in RQ.statuses},
    )
    job = JobStatus(lifecycle=lifecycle)
    job.trigger("enqueue")
    job.start_run()
    assert job.observe(theirs("stopped"))
    assert job.status is theirs["STOPPED"]
    assert job.meaning is RunningStatus.CANCELED
    assert JobStatus.from_dict(job.to_dict(), lifecycle=lifecycle).status is job.status


@pytest.mark.filterwarnings("ignore")
def test_celery() -> None:
    theirs = imported("celery.states")
    # IGNORED, a constant in none of the sets, is never recorded as the state of a task.
    assert names(CELERY.statuses) == theirs.ALL_STATES | theirs.READY_STATES | theirs.UNREADY_STATES
    assert names(CELERY.finals) == theirs.READY_STATES
    assert {name for name in theirs.__all__ if isinstance(getattr(theirs, name), str)} - names(CELERY.statuses) == {"IGNORED"}


@pytest.mark.filterwarnings("ignore")
def test_prefect() -> None:
    theirs = imported("prefect.client.schemas.objects")
    assert {status.name: status.value for status in PREFECT.statuses} == {status.name: status.value for status in theirs.StateType}
    assert names(PREFECT.finals) == names(theirs.TERMINAL_STATES)


@pytest.mark.filterwarnings("ignore")
def test_temporal() -> None:
    # The client's Enum is shorter than the protocol's, which also has a zero value for "not said".
    theirs = {status.name: int(status) for status in imported("temporalio.client").WorkflowExecutionStatus}
    protocol = imported("temporalio.api.enums.v1").WorkflowExecutionStatus
    known = {name.removeprefix("WORKFLOW_EXECUTION_STATUS_"): number for name, number in protocol.items()}
    ours = {status.name: status.value for status in TEMPORAL.statuses}
    assert theirs.items() <= ours.items()
    assert ours == {name: number for name, number in known.items() if name != "UNSPECIFIED"}
    assert names(TEMPORAL.finals) == theirs.keys() - {"RUNNING"}


def test_slurm() -> None:
    # By the page Job State Codes and the manual of squeue; there is no package that has all of them.
    base = {"BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PENDING", "PREEMPTED"}
    base |= {"RUNNING", "SUSPENDED", "TIMEOUT"}
    flags = {"COMPLETING", "CONFIGURING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "RESIZING", "RESV_DEL_HOLD", "REVOKED"}
    flags |= {"SIGNALING", "SPECIAL_EXIT", "STAGE_OUT", "STOPPED"}
    left_out = {"REQUEUE_FED", "RESIZING", "REVOKED", "SIGNALING", "STAGE_OUT"}
    assert names(SLURM.statuses) == (base | flags) - left_out
    assert names(SLURM.finals) == base - {"PENDING", "RUNNING", "SUSPENDED"}


def test_github_actions() -> None:
    # By the page Workflow run statuses; the schema of the REST API has them as plain strings.
    statuses = {"requested", "queued", "pending", "waiting", "in_progress"}
    conclusions = {
        "action_required",
        "cancelled",
        "failure",
        "neutral",
        "skipped",
        "stale",
        "success",
        "timed_out",
        "startup_failure",
    }
    assert {status.value for status in GITHUB.statuses} == statuses | conclusions
    assert {status.value for status in GITHUB.finals} == conclusions - {"action_required"}


def test_a_second_way_to_say_it_has_the_same_names() -> None:
    assert names(RQ_REQUEUED.statuses) == names(RQ.statuses)
