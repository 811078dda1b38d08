"""Where a row of a log has the job, its status and the times: in logs of one's own, and in what other systems export.

A row either says that a job was in a status at a time, or is all about one job: when it was in which status.
The fields are those of Slurm's `sacct` (manual; `--json` by its data parser), of GitHub's REST API ("workflow runs", "workflow
jobs") and `gh run list --json`, of Airflow's REST API ("task instances", "event logs") and its tables of those names, and of
Kubernetes' API (Event v1, Pod v1, Job v1) as kubectl prints it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from .._rows import CANCEL_REQUESTED, ERROR, RUNNING, SUCCESS, WAITING, RunningStatus

__all__ = ["DEFAULT", "Form", "Names", "Time", "chosen"]

#: the names that a field may have; in JSON, a dot leads to what is inside
Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Time:
    """A field with a time, and in what status the job was then."""

    names: Names
    #: the word for that status, and other words for statuses after which none of the later times has come yet; empty for the
    #: status that the row has
    words: tuple[object, ...] = ()

    def ends_with(self, word: object) -> bool:
        """Return whether a job whose status is that word has not come any further."""
        return word in self.words or (isinstance(word, str) and word.lower() in _lower(self.words))


@cache
def _lower(words: tuple[object, ...]) -> frozenset[str]:
    return frozenset(str(word).lower() for word in words)


@dataclass(frozen=True, slots=True)
class Form:
    """Where a row has what is read of it."""

    #: the parts of a job's id, of which all but the first may be missing
    job: tuple[Names, ...]
    #: the word for its status
    status: Names
    #: when the job was in which status
    times: tuple[Time, ...]
    #: the field that has the word instead, once the job is over
    conclusion: Names = ()
    #: a field with conditions as Kubernetes has them: each with its type, whether it is true, and since when
    conditions: Names = ()
    #: what the words of the status field stand for, if they are no words for statuses
    words: Mapping[str, object] | None = None
    #: whether rows whose word is not one for a status are about something else, and left out
    mixed: bool = False
    #: what is in the id of a part of a job alone; rows about parts are left out
    part: str = ""

    @property
    def whole(self) -> bool:
        """Whether a row is all about one job, rather than about one moment of it."""
        return len(self.times) > 1 or bool(self.times[0].words)

    @property
    def names(self) -> frozenset[str]:
        """All names that its fields may have, in lower case."""
        fields = (*self.job, self.status, self.conclusion, *(time.names for time in self.times))
        return frozenset(name.lower() for field in fields for name in field)

    def fits(self, names: Iterable[str]) -> bool:
        """Return whether fields of these names have a job, a status and a time."""
        there = {name.lower() for name in names}
        times = tuple(name for time in self.times for name in time.names)
        return all(
            any(name.lower() in there or name.split(".")[0].lower() in there for name in field)
            for field in (self.job[0], self.status or self.conditions, times)
        )


DEFAULT = Form((("job", "job_id", "id"),), ("status", "state"), (Time(("timestamp", "time")),))

#: words of Slurm and of GitHub for a job that has not started, whose later times are not to be believed
_PENDING = ("PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "RESV_DEL_HOLD")
_QUEUED = ("queued", "requested", "waiting", "pending")

#: why Kubernetes reports on a pod or a job, as far as that says where it is
_REASONS: Mapping[str, RunningStatus] = {
    "Scheduled": WAITING,
    "SuccessfulCreate": RUNNING,
    "Started": RUNNING,
    "Killing": CANCEL_REQUESTED,
    "Evicted": ERROR,
    "BackoffLimitExceeded": ERROR,
    "DeadlineExceeded": ERROR,
    "Completed": SUCCESS,
}
_EVENTS = Form(
    job=(("involvedObject.kind", "regarding.kind"), ("metadata.namespace",), ("involvedObject.name", "regarding.name")),
    status=("reason",),
    times=(Time(("eventTime", "firstTimestamp", "deprecatedFirstTimestamp", "lastTimestamp")),),
    words=_REASONS,
)
_OBJECT = (("metadata.namespace",), ("metadata.name",))
_CREATED = Time(("metadata.creationTimestamp",), (WAITING,))

#: the task of a run of a DAG, where it is a mapped one with its index
_TASK = (("dag_id",), ("dag_run_id", "run_id", "logical_date", "execution_date"), ("task_id",), ("map_index",))

#: the forms of what a system exports, by the name of its vocabulary
EXPORTS: Mapping[str, tuple[Form, ...]] = {
    "slurm": (
        Form(
            job=(("JobID", "JobIDRaw", "job_id"),),
            status=("State", "state.current"),
            times=(
                Time(("Submit", "time.submission"), _PENDING),
                Time(("Start", "time.start"), ("RUNNING",)),
                Time(("End", "time.end")),
            ),
            part=".",
        ),
    ),
    "github-actions": (
        Form(
            job=(("id", "databaseId"),),
            status=("status",),
            conclusion=("conclusion",),
            times=(
                Time(("created_at", "createdAt"), _QUEUED),
                Time(("run_started_at", "started_at", "startedAt"), ("in_progress",)),
                Time(("completed_at", "completedAt", "updated_at", "updatedAt")),
            ),
        ),
    ),
    "airflow": (
        Form(
            job=_TASK,
            status=("state",),
            times=(Time(("queued_when", "queued_dttm"), ("queued",)), Time(("start_date",), ("running",)), Time(("end_date",))),
        ),
        Form(job=_TASK, status=("event",), times=(Time(("when", "dttm")),), mixed=True),
    ),
    "airflow-dag-run": (
        Form(
            job=_TASK[:2],
            status=("state",),
            times=(Time(("queued_at",), ("queued",)), Time(("start_date",), ("running",)), Time(("end_date",))),
        ),
    ),
    "kubernetes-pod": (
        _EVENTS,
        Form(
            job=_OBJECT,
            status=("status.phase",),
            times=(
                _CREATED,
                Time(
                    ("status.containerStatuses.state.terminated.startedAt", "status.containerStatuses.state.running.startedAt"),
                    ("Running",),
                ),
                Time(("status.containerStatuses.state.terminated.finishedAt", "status.conditions.lastTransitionTime")),
            ),
        ),
    ),
    "kubernetes-job": (
        _EVENTS,
        Form(job=_OBJECT, status=(), times=(_CREATED, Time(("status.startTime",), (RUNNING,))), conditions=("status.conditions",)),
    ),
}


def chosen(vocabulary: str, job: Sequence[str], status: str, times: Mapping[str, tuple[object, ...]]) -> tuple[Form, ...]:
    """Return the forms that rows may have: those of a vocabulary and the plainest, with the fields that the user names instead.

    `times` has the words of each, as `Time` has them. Raises `ValueError` if several times have none.
    """
    given: dict[str, Any] = {}
    if job:
        given["job"] = tuple((name,) for name in job)
    if status:
        given |= {"status": (status,), "conclusion": (), "words": None, "mixed": False}
    if times:
        last = [name for name, words in times.items() if not words]
        if len(last) > 1:
            raise ValueError(f"of several times only one is that of the status: what was the job at {last[0]}?")
        given["times"] = tuple(Time((name,), words) for name, words in times.items())
    return tuple(replace(form, **given) for form in (*EXPORTS.get(vocabulary, ()), DEFAULT))
