"""What is known of a job, for comparisons."""

from __future__ import annotations

from typing import Any

from job_status import JobStatus


def facts(job: JobStatus[Any], history: bool = True) -> dict[str, Any]:
    """All but when the latest report came in, which each report changes, whatever it is worth."""
    return {name: value for name, value in job.to_dict(history=history).items() if name != "last_heard"}
