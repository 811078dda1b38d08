"""Pictures of jobs over time, and the page of several jobs: of one job, of several, or of a group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from time import time
from typing import Any
from warnings import warn

from .._group import JobGroup
from .._source import ReadableJob, are_several, is_job
from .._values import shown
from . import _html, _timeline
from ._stays import life
from ._table import TextTable
from ._text import known

__all__ = ["Jobs", "html", "timeline"]

#: what there is a timeline of
Jobs = ReadableJob | JobGroup[Any] | Iterable[ReadableJob | JobGroup[Any]]

#: how many jobs a picture, and a table, shows at most
MOST = 300


def timeline(source: object, title: str | None = None) -> str:
    """Return when one job was in which status, or several jobs were, as SVG. Raises `TypeError` if it is no job."""
    now = time()
    if is_job(source):
        return _timeline.of_job(life(source, now), now, title)
    if not are_several(source):
        raise TypeError(f"a timeline is of a job, of several or of a JobGroup, not of {shown(source)}")
    jobs = list(_flat(source))
    if len(jobs) > MOST:
        warn(f"{len(jobs):,} jobs are too many for a picture; it shows the first {MOST}", stacklevel=3)
    lives = [life(job, now) for job in jobs[:MOST]]
    return _timeline.of_jobs(lives, now, title or _title(source, len(jobs)), len(jobs) - len(lives))


def html(source: Iterable[Any], title: str | None = None) -> str:
    """Return the page of several jobs: where they stand together, if they are a group, the picture, and a table."""
    group = source if isinstance(source, JobGroup) else None
    jobs = list(_flat(source))
    state = ""
    if group is not None:
        counts = ", ".join(f"{count} {status}" for status, count in group.counts_by_name.items())
        state = _html.state(group.name, group(), group.progress, counts)
    return _html.fragment(state, [timeline(jobs if group is None else group, title)], [_table(jobs)])


def _table(jobs: Sequence[ReadableJob]) -> TextTable:
    rows = []
    for number, job in enumerate(jobs[:MOST], 1):
        moves = [move for move in job.history if not move.refused]
        since = moves[-1].timestamp if moves else job.creation_timestamp
        facts = job.status.name, f"{job.progress:.0%}", known(since), job.phase or "", job.stop_message or ""
        rows.append((job.name or f"job {number}", *facts))
    caption = f"The first {MOST} of {len(jobs):,} jobs" if len(jobs) > MOST else "The jobs"
    return TextTable(("job", "status", "progress", "since", "phase", "message"), tuple(rows), caption)


def _title(source: object, count: int) -> str:
    name = source.name if isinstance(source, JobGroup) else None
    return f"{name or ('1 job' if count == 1 else f'{count:,} jobs')} over time"


def _flat(source: Iterable[Any]) -> Iterator[ReadableJob]:
    """Yield the jobs, those of groups included. Raises `TypeError` at what is none."""
    for job in source:
        if isinstance(job, JobGroup):
            yield from _flat(job)
        elif is_job(job):
            yield job
        else:
            raise TypeError(f"a timeline is of jobs, and {shown(job)} is none")
