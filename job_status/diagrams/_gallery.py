"""The pictures of this project's own documentation, all of which one command makes: `python -m job_status.diagrams diagrams/`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._lifecycle import JOB_LIFECYCLE
from .._rows import RunningStatus
from .._status import JobStatus
from ..perceval import PERCEVAL_LIFECYCLE
from ._drawing import Drawable
from ._gallery_jobs import sweep
from ._numbers import Numbers
from ._render import SUFFIXES, render


def gallery(others: Mapping[str, Drawable] | None = None) -> dict[str, str]:
    """Return the text of each file, by its name: of this package's own sources, and of others by the names given to them."""
    pictures: list[tuple[str, Drawable, str, bool, tuple[str, ...]]] = [
        ("job_lifecycle", JOB_LIFECYCLE, "The lifecycle of a job", False, (".mmd", ".dot", ".svg", ".md", ".json")),
        ("job_lifecycle_full", JOB_LIFECYCLE, "The lifecycle of a job, all moves", True, (".mmd", ".dot", ".svg", ".md")),
        ("perceval_lifecycle", PERCEVAL_LIFECYCLE, "The lifecycle of a Perceval job", False, (".mmd", ".dot", ".svg", ".md")),
        ("traced_job", traced_job(), "One job, canceled while it ran", False, (".mmd", ".dot", ".svg", ".md")),
    ]
    pictures += [
        (name, source, f"The lifecycle of a job: {name}", False, (".svg", ".md")) for name, source in (others or {}).items()
    ]
    files = {
        f"{name}{suffix}": render(source, SUFFIXES[suffix], title=title, full=full)
        for name, source, title, full, suffixes in pictures
        for suffix in suffixes
    }
    return files | {
        "traced_job_timeline.svg": render(traced_job(), "timeline", title="One job, canceled while it ran"),
        "jobs_over_time.svg": render(sweep(), "timeline"),
        "many_jobs.svg": render(JOB_LIFECYCLE, "svg", title="A day of jobs on the lifecycle", numbers=many_jobs()),
    }


def many_jobs() -> Numbers:
    """Return what a log of some 1,200 jobs might have counted, three moves among them that the lifecycle does not have."""
    return Numbers(
        moves={
            ("WAITING", "RUNNING"): 1204,
            ("WAITING", "CANCELED"): 9,
            ("RUNNING", "SUCCESS"): 1011,
            ("RUNNING", "ERROR"): 118,
            ("RUNNING", "SUSPENDED"): 64,
            ("SUSPENDED", "RUNNING"): 61,
            ("RUNNING", "CANCEL_REQUESTED"): 72,
            ("CANCEL_REQUESTED", "CANCELED"): 68,
            ("CANCEL_REQUESTED", "SUCCESS"): 4,
            ("SUCCESS", "RUNNING"): 3,
        },
        visits={
            "WAITING": 1213,
            "RUNNING": 1268,
            "SUCCESS": 1015,
            "ERROR": 118,
            "CANCELED": 77,
            "SUSPENDED": 64,
            "CANCEL_REQUESTED": 72,
        },
        stays={
            "WAITING": {50: 14.0, 90: 95.0, 99: 1260.0},
            "RUNNING": {50: 212.0, 90: 1810.0, 99: 9400.0},
            "SUSPENDED": {50: 600.0, 90: 3600.0},
            "CANCEL_REQUESTED": {50: 1.5, 90: 30.0},
        },
    )


def traced_job() -> JobStatus[RunningStatus]:
    """Return a job with an eventful life: it was observed from afar, so that its start is inferred, and was canceled in the end."""
    created = 1_750_000_000.0  # a Sunday in June 2025
    moves = [
        _move("start_run", "WAITING", "RUNNING", None, inferred=True),
        _move("observe", "RUNNING", "SUSPENDED", created + 90.0, "maintenance"),
        _move("resume", "SUSPENDED", "RUNNING", created + 690.0),
        _move("start_run", "RUNNING", "RUNNING", created + 691.0, refused=True),
        _move("observe", "RUNNING", "UNKNOWN", created + 900.0, "status code 17"),
        _move("observe", "UNKNOWN", "RUNNING", created + 930.0),
        _move("request_cancel", "RUNNING", "CANCEL_REQUESTED", created + 1500.0, "the results suffice"),
        _move("stop_run", "CANCEL_REQUESTED", "CANCELED", created + 1503.25),
    ]
    lived = {
        "status": "CANCELED",
        "meaning": "CANCELED",
        "cancel_requested": True,
        "attempt": 1,
        "started": "untimed",
        "progress": 0.4,
        "phase": "sampling",
        "stop_message": "the results suffice",
        "creation_timestamp": created,
        "completion_timestamp": created + 1503.25,
        "observation_timestamp": created + 930.0,
        "history": moves,
    }
    return JobStatus.from_dict(JobStatus().to_dict() | lived)


def _move(
    trigger: str,
    source: str,
    dest: str,
    at: float | None,
    mesg: str | None = None,
    *,
    inferred: bool = False,
    refused: bool = False,
) -> dict[str, Any]:
    return {
        "trigger": trigger,
        "source": source,
        "dest": dest,
        "timestamp": at,
        "mesg": mesg,
        "inferred": inferred,
        "refused": refused,
    }
