"""The real machines of others that the pictures are measured on, each with where it comes from."""

from __future__ import annotations

from typing import Any

from tests.lifecycles import celery_tasks, github_actions, prefect_flows, rq_jobs, slurm_jobs, temporal_workflows
from tests.machines import machines

_LIFECYCLES = {
    "celery": ("Celery: the lifecycle of a task", celery_tasks.CELERY),
    "github_actions": ("GitHub Actions: the lifecycle of a workflow run", github_actions.GITHUB),
    "prefect": ("Prefect: the lifecycle of a flow run", prefect_flows.PREFECT),
    "rq": ("rq: the lifecycle of a job", rq_jobs.RQ),
    "slurm": ("Slurm: the lifecycle of a job", slurm_jobs.SLURM),
    "temporal": ("Temporal: the lifecycle of a workflow execution", temporal_workflows.TEMPORAL),
}


def corpus() -> dict[str, tuple[str, Any]]:
    """Return where each machine comes from, and the machine, by its name."""
    return dict(sorted(({name: (table.origin, table) for name, table in machines().items()} | _LIFECYCLES).items()))
