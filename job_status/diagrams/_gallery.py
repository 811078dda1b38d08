"""The pictures of this project's own documentation, all of which one command makes: `python -m job_status.diagrams diagrams/`."""

from __future__ import annotations

from typing import Any

from .._lifecycle import JOB_LIFECYCLE
from .._status import JobStatus
from ..perceval import PERCEVAL_LIFECYCLE
from ._render import SUFFIXES, render


def gallery() -> dict[str, str]:
    """The text of each file, by its name."""
    return {
        f"{name}{suffix}": render(source, SUFFIXES[suffix], title=title, full=full)
        for name, source, title, full, suffixes in (
            ("job_lifecycle", JOB_LIFECYCLE, "The lifecycle of a job", False, (".mmd", ".dot", ".svg", ".md", ".json")),
            ("job_lifecycle_full", JOB_LIFECYCLE, "The lifecycle of a job, news included", True, (".mmd", ".dot", ".svg", ".md")),
            ("perceval_lifecycle", PERCEVAL_LIFECYCLE, "The lifecycle of a Perceval job", False, (".mmd", ".dot", ".svg", ".md")),
            ("traced_job", traced_job(), "One job, canceled while it ran", False, (".mmd", ".dot", ".svg", ".md")),
        )
        for suffix in suffixes
    }


def traced_job() -> JobStatus:
    """A job with an eventful life: it was followed from afar, so that its start is inferred, and was canceled in the end."""
    created = 1_750_000_000.0  # a Sunday in June 2025
    moves: list[dict[str, Any]] = [
        _move("start_run", "WAITING", "RUNNING", None, inferred=True),
        _move("observe", "RUNNING", "SUSPENDED", created + 90.0, "maintenance"),
        _move("resume", "SUSPENDED", "RUNNING", created + 690.0),
        _move("start_run", "RUNNING", "RUNNING", created + 691.0, refused=True),
        _move("observe", "RUNNING", "UNKNOWN", created + 900.0, "status code 17"),
        _move("observe", "UNKNOWN", "RUNNING", created + 930.0),
        _move("request_cancel", "RUNNING", "CANCEL_REQUESTED", created + 1500.0, "the results suffice"),
        _move("stop_run", "CANCEL_REQUESTED", "CANCELED", created + 1503.25),
    ]
    return JobStatus.from_dict(
        {
            "version": 1,
            "status": "CANCELED",
            "last_known": None,
            "cancel_requested": True,
            "may_have_started": True,
            "progress": 0.4,
            "phase": "sampling",
            "stop_message": "the results suffice",
            "creation_timestamp": created,
            "start_timestamp": None,
            "completion_timestamp": created + 1503.25,
            "duration": None,
            "news_timestamp": created + 930.0,
            "history": moves,
        }
    )


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
