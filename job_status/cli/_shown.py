"""How jobs are shown: as a line of a table, as a page of their own, and as JSON."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from .._history import Move
from .._rows import CANCEL_REQUESTED, CANCELED, ERROR, RUNNING, SUCCESS
from .._status import JobStatus
from ..diagrams._text import span
from ..errors import _clock_time
from ._texts import line_of, plain, short

if TYPE_CHECKING:
    from ..store import JobStore, StoredJob

__all__ = ["HEADINGS", "all_as_json_of", "as_json_of", "cells", "copied", "echo", "echo_columns", "line", "page", "seen"]

#: the colours of meanings, as near to those of the pictures as terminals have them; the others have none
COLOURS = {RUNNING: "blue", CANCEL_REQUESTED: "magenta", CANCELED: "magenta", SUCCESS: "green", ERROR: "red"}

HEADINGS = ("ID", "STATUS", "NAME", "PROGRESS", "CREATED", "TIME", "LABELS")


def as_json_of(job_id: str, status: JobStatus[Any], labels: Mapping[str, str]) -> dict[str, Any]:
    """Return what is known of a job for programs: times as ISO 8601 in UTC, intervals in seconds."""
    return {
        "id": job_id,
        "name": status.name,
        "labels": labels,
        "status": status.status.name,
        "meaning": status.meaning.name,
        "cancel_requested": status.cancel_requested,
        "attempt": status.attempt,
        "progress": status.progress,
        "phase": status.phase,
        "message": status.stop_message,
        "created": _iso(status.creation_timestamp),
        "started": _iso(status.start_timestamp),
        "completed": _iso(status.completion_timestamp),
        "duration": status.duration,
        "running_time": status.running_time,
    }


def all_as_json_of(job: StoredJob[Any]) -> dict[str, Any]:
    """Return the same, with the moves and the attempts that were refused."""
    status = copied(job)
    history = {"history": [_move_as_json(move) for move in status.history], "refusals": job.refusals}
    return as_json_of(job.id, status, job.labels) | history


def _move_as_json(move: Move[Any]) -> dict[str, Any]:
    return {
        "trigger": move.trigger,
        "source": move.source.name,
        "dest": move.dest.name,
        "at": _iso(move.timestamp),
        "message": move.mesg,
        "inferred": move.inferred,
        "refused": move.refused,
    }


def _iso(timestamp: float | None) -> str | None:
    if timestamp is None:
        return None
    try:
        return datetime.fromtimestamp(timestamp, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):  # no calendar has it, such as nanoseconds
        return None


def copied(job: StoredJob[Any]) -> JobStatus[Any]:
    """Return a copy of what is known of a job at one moment."""
    return JobStatus.from_dict(job.to_dict(), lifecycle=job.lifecycle)


def seen(store: JobStore[Any], jobs: Sequence[StoredJob[Any]]) -> Iterator[tuple[str, JobStatus[Any], Mapping[str, str]]]:
    """Yield the id, the status and the labels of jobs as they were when they were read: the labels of all by one more query."""
    labels = store._labels(jobs)
    return ((job.id, job._seen(), labels.get(job._row.number, {})) for job in jobs)


def line(job: StoredJob[Any]) -> str:
    """Return a line that says where a job was when it was last read or moved, or how it ended."""
    status = job._seen()
    name = f" {status.name}" if status.name else ""
    took = "" if status.duration is None else f" after {span(status.duration)}"
    why = f": {status.stop_message}" if status.stop_message else ""
    return plain(f"{short(job.id)}{name}: {status}{took}{why}")


def cells(job_id: str, status: JobStatus[Any], labels: Mapping[str, str]) -> tuple[str, ...]:
    """Return what a line of the table has of a job."""
    lasted = status.running_time if status.duration is None else status.duration
    return (
        short(job_id),
        _painted(status),
        plain(status.name or "-"),
        _progress(status),
        _clock_time(status.creation_timestamp),
        "-" if lasted is None else span(lasted),
        _labels(labels) or "-",
    )


def _progress(status: JobStatus[Any]) -> str:
    return plain(" ".join([f"{status.progress:.0%}", *([status.phase] if status.phase else [])]))


def _labels(labels: Mapping[str, str]) -> str:
    return " ".join(plain(f"{name}={value}") for name, value in labels.items())


def _painted(status: JobStatus[Any]) -> str:
    return click.style(plain(status.status.name), fg=COLOURS.get(status.meaning))


def page(job: StoredJob[Any]) -> str:
    """Return all that is known of a job, for people."""
    status = copied(job)
    same = status.status.name == status.meaning.name
    asked = ", a cancel was requested" if status.cancel_requested and status.meaning is not CANCEL_REQUESTED else ""
    lasted = status.running_time if status.duration is None else status.duration
    facts = {
        "id": job.id,
        "name": status.name,
        "status": _painted(status) + ("" if same else f", which means {status.meaning.name}") + asked,
        "message": status.stop_message,
        "attempt": str(status.attempt) if status.attempt > 1 else None,
        "progress": _progress(status),
        "created": _clock_time(status.creation_timestamp),
        "started": None if status.start_timestamp is None else _clock_time(status.start_timestamp),
        "ended": None if status.completion_timestamp is None else _clock_time(status.completion_timestamp),
        "time": None if lasted is None else span(lasted),
        "labels": _labels(job.labels) or None,
        "store": job.store.url,
    }
    lines = [f"{name:<9} {text if name == 'status' else plain(text)}" for name, text in facts.items() if text is not None]
    moves = [_line_of(move) for move in status.history]
    refused = [f"  {label}, {times} times" if times > 1 else f"  {label}" for label, times in job.refusals.items()]
    return "\n".join([*lines, *(["moves", *moves] if moves else []), *(["refused", *refused] if refused else [])])


def _line_of(move: Move[Any]) -> str:
    notes = [*(["refused"] if move.refused else []), *(["inferred"] if move.inferred else []), *([move.mesg] if move.mesg else [])]
    return plain(line_of(move) + (f" ({', '.join(notes)})" if notes else ""))


def echo_columns(rows: Iterable[Sequence[str]]) -> None:
    """Write rows of cells in columns, with the colours in them where there is a terminal that wants them."""
    from rich.cells import cell_len  # CJK and emoji take two columns

    table = list(rows)
    sizes = [[cell_len(click.unstyle(cell)) for cell in row] for row in table]
    widths = [max(column) for column in zip(*sizes, strict=True)]
    for row, size in zip(table, sizes, strict=True):
        padded = [cell + " " * (width - own) for cell, width, own in zip(row, widths, size, strict=True)]
        echo("  ".join(padded).rstrip())


def echo(text: str) -> None:
    click.echo(text, color=False if os.environ.get("NO_COLOR") else None)
