"""The lifecycles of rq, Celery, Prefect, Temporal, Slurm and GitHub Actions, in tests/lifecycles, where their tables are.

Each of these systems goes on with a job that seems to be over. There are two honest ways to say so, and each has a test here: the
status was not final, or what goes on is a new job.
"""

from __future__ import annotations

from typing import Any

import pytest

from job_status import JobCompleted, JobStatus, Lifecycle, Observation, RunningStatus, Superseded
from tests.lifecycles import celery_tasks, github_actions, prefect_flows, rq_jobs, slurm_jobs, temporal_workflows
from tests.lifecycles.celery_tasks import CELERY
from tests.lifecycles.github_actions import GITHUB
from tests.lifecycles.prefect_flows import PREFECT
from tests.lifecycles.rq_jobs import RQ, RQ_REQUEUED
from tests.lifecycles.slurm_jobs import SLURM
from tests.lifecycles.temporal_workflows import TEMPORAL, TEMPORAL_CHAIN

LIFECYCLES: dict[str, Lifecycle[Any]] = {
    "rq": RQ,
    "rq, requeued": RQ_REQUEUED,
    "Celery": CELERY,
    "Prefect": PREFECT,
    "Temporal": TEMPORAL,
    "Temporal, a chain": TEMPORAL_CHAIN,
    "Slurm": SLURM,
    "GitHub Actions": GITHUB,
}

#: the statuses that are never left, by what they mean: success, error, canceled
FINALS = {
    "rq": ("FINISHED", "FAILED", "CANCELED STOPPED"),
    "rq, requeued": ("FINISHED", "", "CANCELED"),
    "Celery": ("SUCCESS", "FAILURE", "REVOKED"),
    "Prefect": ("COMPLETED", "CRASHED FAILED", "CANCELLED"),
    "Temporal": ("COMPLETED CONTINUED_AS_NEW", "FAILED TIMED_OUT", "CANCELED TERMINATED"),
    "Temporal, a chain": ("COMPLETED", "FAILED TIMED_OUT", "CANCELED TERMINATED"),
    "Slurm": ("COMPLETED", "BOOT_FAIL DEADLINE FAILED NODE_FAIL OUT_OF_MEMORY TIMEOUT", "CANCELLED PREEMPTED"),
    "GitHub Actions": ("NEUTRAL SKIPPED SUCCESS", "FAILURE STARTUP_FAILURE TIMED_OUT", "CANCELLED STALE"),
}


@pytest.mark.parametrize("system", LIFECYCLES)
def test_final_statuses(system: str) -> None:
    lifecycle = LIFECYCLES[system]
    meanings = (RunningStatus.SUCCESS, RunningStatus.ERROR, RunningStatus.CANCELED)
    found = [sorted(final.name for final in lifecycle.finals if lifecycle.meaning(final) is meaning) for meaning in meanings]
    assert tuple(" ".join(names) for names in found) == FINALS[system]
    assert not any(lifecycle.triggers(final) for final in lifecycle.finals)


@pytest.mark.parametrize("system", LIFECYCLES)
def test_what_is_unusual(system: str) -> None:
    unusual = {
        # a run that cannot end with ERROR has to end otherwise when its work raises
        "rq, requeued": {f"{name} has no path to a final status that means ERROR" for name in rq_jobs.S.__members__}
        - {f"{name} has no path to a final status that means ERROR" for name in ("FINISHED", "CANCELED")},
        "Prefect": {"CANCELLING has no path to a final status that means ERROR"},
    }
    found = {sentence.partition("): ")[2] for sentence in LIFECYCLES[system].lint()}
    assert found == unusual.get(system, set())


def came_to(job: JobStatus[Any]) -> str:
    """The statuses that a job was in, in order."""
    moves = [move for move in job.history if not move.refused]
    return " ".join([moves[0].source.name, *(move.dest.name for move in moves)])


# -- the status was not final


def test_rq_keeps_a_failed_job_for_somebody_to_requeue() -> None:
    job = JobStatus(lifecycle=RQ_REQUEUED, name="thumbnail 17")
    job.trigger("enqueue")
    job.start_run()
    job.trigger("fail", "ZeroDivisionError: division by zero")
    assert not job.completed
    job.trigger("enqueue")
    job.start_run()
    job.stop_run(rq_jobs.S.FINISHED)
    assert came_to(job) == "CREATED QUEUED STARTED FAILED QUEUED STARTED FINISHED"
    assert job.attempt == 2


def test_a_celery_task_retries() -> None:
    job = JobStatus(lifecycle=CELERY)
    job.trigger("receive")
    job.start_run()
    job.trigger("retry", "Retry in 180s")
    assert job.waiting
    # The first worker is slow to notice, and says that it failed.
    with pytest.raises(Superseded):  # a worker that does not know that its attempt is over
        job.stop_run(celery_tasks.S.FAILURE, attempt=1)
    assert job.observe(celery_tasks.S.SUCCESS, attempt=2) is Observation.MOVED
    assert came_to(job) == "PENDING RECEIVED STARTED RETRY RECEIVED STARTED SUCCESS"
    assert job.attempt == 2


def test_prefect_answers_a_failure_with_retries_left_by_scheduled() -> None:
    job = JobStatus(lifecycle=PREFECT)
    job.trigger("submit")
    job.start_run()
    job.trigger("retry")
    job.start_run()
    assert job.attempt == 2
    job.request_cancel("no longer needed")
    assert job.allowed() == ("stop_run(CANCELLED)",)
    job.stop_run(prefect_flows.S.CANCELLED)
    assert came_to(job) == "SCHEDULED PENDING RUNNING SCHEDULED RUNNING CANCELLING CANCELLED"


def test_a_chain_of_temporal_runs_goes_on() -> None:
    job = JobStatus(lifecycle=TEMPORAL_CHAIN)
    job.trigger("continue_as_new")
    assert job.waiting
    job.start_run()
    job.stop_run(temporal_workflows.S.COMPLETED)
    assert came_to(job) == "RUNNING CONTINUED_AS_NEW RUNNING COMPLETED"
    assert job.attempt == 2


def test_slurm_requeues_a_job_that_runs() -> None:
    job = JobStatus(lifecycle=SLURM)
    assert [job.observe(status) for status in (slurm_jobs.S.RUNNING, slurm_jobs.S.COMPLETING)] == [Observation.MOVED] * 2
    assert job.observe(slurm_jobs.S.REQUEUED) is Observation.STALE  # back to a queue: older, for all that is known
    assert job.observe(slurm_jobs.S.REQUEUED, attempt=2) is Observation.MOVED
    assert [job.observe(status) for status in (slurm_jobs.S.RUNNING, slurm_jobs.S.TIMEOUT)] == [Observation.MOVED] * 2
    assert came_to(job) == "PENDING RUNNING COMPLETING REQUEUED PENDING RUNNING COMPLETING TIMEOUT"
    assert job.attempt == 2


def test_github_goes_on_with_a_completed_run_that_a_maintainer_approves() -> None:
    job = JobStatus(lifecycle=GITHUB)
    for word in ("action_required", "queued", "in_progress", "waiting", "in_progress", "success"):
        assert job.observe(github_actions.S(word)) is Observation.MOVED
    assert came_to(job) == "REQUESTED ACTION_REQUIRED QUEUED IN_PROGRESS WAITING IN_PROGRESS SUCCESS"
    assert job.attempt == 1  # the wait for an approval was no new attempt


# -- what goes on is a new job


@pytest.mark.parametrize(
    ("lifecycle", "ended"),
    [
        pytest.param(RQ, rq_jobs.S.FAILED, id="rq: Job.requeue"),
        pytest.param(RQ, rq_jobs.S.STOPPED, id="rq: Job.requeue of a stopped job"),
        pytest.param(CELERY, celery_tasks.S.FAILURE, id="Celery: sent once more"),
        pytest.param(PREFECT, prefect_flows.S.CRASHED, id="Prefect: retried by a person"),
        pytest.param(TEMPORAL, temporal_workflows.S.CONTINUED_AS_NEW, id="Temporal: the next run"),
        pytest.param(TEMPORAL, temporal_workflows.S.TIMED_OUT, id="Temporal: a retry"),
        pytest.param(SLURM, slurm_jobs.S.NODE_FAIL, id="Slurm: scontrol requeue"),
        pytest.param(GITHUB, github_actions.S.FAILURE, id="GitHub Actions: re-run"),
    ],
)
def test_a_new_job(lifecycle: Lifecycle[Any], ended: Any) -> None:
    job = JobStatus(lifecycle=lifecycle, name="nightly")
    running = next(status for status in lifecycle.statuses if lifecycle.meaning(status) is RunningStatus.RUNNING)
    success = lifecycle.final(RunningStatus.SUCCESS)
    assert success is not None
    job.observe(running)
    job.observe(ended, "it ended")
    before = job.to_dict()
    new = job.again()
    assert new.status is lifecycle.initial
    assert new.name == "nightly"
    new.observe(running)
    new.observe(success)
    assert (job.attempt, new.attempt) == (1, 2)
    assert job.to_dict() == before
    with pytest.raises(JobCompleted):
        job.stop_run(RunningStatus.SUCCESS)
    assert job.status is ended
