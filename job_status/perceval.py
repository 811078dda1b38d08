"""A drop-in for the status of jobs in the photonic framework Perceval, versions 1.0 to 1.3.

Call `install()` before the first `import perceval`: Perceval's own jobs, executions and groups then run on the `JobStatus` of this
module, in 1.3 on its `ExecutionStatus`. Perceval's own `RunningStatus` stays as it is. It goes by what it finds in these versions:

=============  ==================================  =========================================  =====================================
what differs   1.0, 1.1, 1.2.1 to 1.2.3            1.2.4                                      1.3
=============  ==================================  =========================================  =====================================
module, class  job_status, JobStatus               the same                                   execution_status, ExecutionStatus
RunningStatus  WAITING 0, RUNNING 1, SUCCESS 2,    NONE -1, SUCCESS 0, WAITING 1, RUNNING 2,  the same
               ERROR 3, CANCELED 4, SUSPENDED 5,   SUSPENDED 3, CANCEL_REQUESTED 4, CANCELED
               CANCEL_REQUESTED 6, UNKNOWN 7       5, ERROR 6, UNKNOWN 7
canceled       if CANCELED                         or CANCEL_REQUESTED                        the same
for groups     1.2.3: copy_from                    and merge_status, merge_with_index         the same
messages       stop_message of ends and requests   the same                                   message; stop_message of failures
in archives    no                                  no                                         yes, in the form of Perceval's own
=============  ==================================  =========================================  =====================================

The `JobStatus` of this module is `job_status.JobStatus` with a lifecycle and defaults that suit this host:

==========================  ========================  ==============================================================================
where they differ           job_status.JobStatus      job_status.perceval.JobStatus
==========================  ========================  ==============================================================================
lifecycle                   JOB_LIFECYCLE             PERCEVAL_LIFECYCLE, all its rows and the next, over Perceval's RunningStatus
start_run while RUNNING     refused                   takes the start time anew: LocalJob's worker calls it again to be precise
a refused move              raises InvalidTransition  logged; the trigger returns False. LocalJob.status may stop a job that the
                                                      worker has stopped: the first one wins. A second request to cancel is silent
a progress out of 0 to 1    ValueError                logged; the nearer bound is taken
`status.status = X`         AttributeError            an override of any status, kept in the history as the trigger "override":
                                                      RemoteJob does this on every poll, and the server's word counts
`status.status = NONE`      (no such status)          logged, and taken as UNKNOWN
progress once overridden    refused                   taken after an end: 1.3 says first that a job is over, then how far it came
`status._stop_message = X`  (private)                 taken; RemoteJob writes it, in 1.3 as `_message`
update_times(0, 0, 0)       the year 1970             not stated: the host writes 0 for None
copy_from(other)            (none)                    an override, with all that is known of the other; the earlier creation counts
merge_status(jobs)          (none)                    completed only when all jobs are; Perceval's own is once one has failed
==========================  ========================  ==============================================================================

An override with the status that the job already has is not a move. One to a final status leaves the times to `update_times`, and
one from a final status to any other reopens the job. Archives hold no history; pickles and copies do.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from enum import Enum
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from pathlib import Path
from time import time
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar, Literal, Self

from ._engine import Step
from ._facts import Observed, completion
from ._lifecycle import JOB_LIFECYCLE, Lifecycle
from ._rows import CANCEL_REQUESTED, CANCELED, ERROR, RUNNING, SUCCESS, SUSPENDED, UNKNOWN, WAITING, RunningStatus, Transition
from ._status import JobStatus as _JobStatus
from ._values import shown

__all__ = ["PERCEVAL_LIFECYCLE", "ExecutionStatus", "JobStatus", "RunningStatus", "install"]

logger = logging.getLogger("job_status")

#: the lifecycle of a job of Perceval; an override is not a row of it, since it may even leave a final status
PERCEVAL_LIFECYCLE = JOB_LIFECYCLE.extend(
    Transition("start_run", RUNNING, RUNNING, None, "the worker knows the start more precisely"),
)

Time = float | None
Report = tuple[float, str | None]

#: a group of jobs has the status of the job in it whose status comes first here; so it is over only when all are
_FOREMOST = (CANCEL_REQUESTED, RUNNING, UNKNOWN, SUSPENDED, WAITING, ERROR, CANCELED, SUCCESS)


class JobStatus(_JobStatus[Any]):
    """The status of one of Perceval's jobs; the module's documentation says how it differs from `job_status.JobStatus`."""

    __slots__ = ()

    _overrides = True
    #: the lifecycle of a new job: over the statuses of the Perceval that this is installed in, if it is
    _usual: ClassVar[Lifecycle[Any]] = PERCEVAL_LIFECYCLE

    def __init__(
        self, *, lifecycle: Lifecycle[Any] | None = None, name: str | None = None, on_invalid: Literal["raise", "warn"] = "warn"
    ) -> None:
        super().__init__(lifecycle=self._usual if lifecycle is None else lifecycle, name=name, on_invalid=on_invalid)

    @property
    def status(self) -> Any:
        """Where the job stands. Assigning is an override, kept in the history."""
        return super().status

    @status.setter
    def status(self, status: Enum) -> None:
        statuses = self.lifecycle.enum
        if not isinstance(status, statuses):
            raise TypeError(f"status must be a {statuses.__name__}, not {shown(status)}")
        if status.name not in self.lifecycle.means:
            logger.warning("%s%s is not the status of a job, and is taken as UNKNOWN", self._prefix, status.name)
            status = statuses[UNKNOWN.name]
        self._override(status)

    def _override(self, status: Enum, cancel_requested: bool = False) -> None:
        while status is not self.status:
            override = Observed(self, None)
            position = override.position
            # From a final status nothing is known of what the job does now.
            known = self.lifecycle.initial if position.final else position.known
            after = self.lifecycle.position(status, known, position.cancel_requested or cancel_requested)
            override.record(Step("override", None, position, after), time(), None)
            if self._move(None, observed=override):
                break

    @property
    def canceled(self) -> bool:
        """Whether the job ended CANCELED; since Perceval 1.2.4, which has NONE, also whether it is CANCEL_REQUESTED."""
        meaning = self.meaning
        return meaning is CANCELED or (meaning is CANCEL_REQUESTED and "NONE" in self.lifecycle.enum.__members__)

    def stop_run(self, cause: Any = SUCCESS, mesg: str | None = None, attempt: int | None = None) -> bool:
        """The job stopped, for `cause`: a final status, or CANCEL_REQUESTED, which is taken for `request_cancel(mesg)`."""
        if isinstance(cause, self.lifecycle.enum):
            cause = self.lifecycle.means.get(cause.name, cause)
        if cause is CANCEL_REQUESTED is self.meaning:
            return False  # an execution asks again at each progress report
        return super().stop_run(cause, mesg, attempt)

    def update_progress(self, progress: float, phase: str | None = None, attempt: int | None = None) -> bool:
        """Report how much of the work is done, `progress` from 0 to 1, and which phase it is in: even after an override."""
        latest = self._history
        if attempt is not None or not self.completed or latest is None or latest[1].trigger != "override":
            return super().update_progress(progress, phase, attempt)
        try:
            report = self._checked_report(progress, phase)
        except (TypeError, ValueError) as error:
            return self._refused(error)
        self._take(None, None, None, None, report, None)
        self._tell_progress()
        return True

    def update_times(
        self, creation_datetime: float | None = None, start_time: float | None = None, duration: float | None = None
    ) -> None:
        """State the times that the server knows. 0 means "not stated", except as a duration beside a start time."""
        try:
            super().update_times(creation_datetime or None, start_time or None, duration if start_time else duration or None)
        except ValueError as error:
            if self._strict:
                raise
            logger.warning("%s", error)

    def copy_from(self, status: JobStatus) -> None:
        """Take over the status of another job, and all else that is known of that."""
        facts = status._snapshot()
        self._override(self.lifecycle.enum[facts.position.status.name], facts.position.cancel_requested)
        report = facts.progress, facts.phase
        self._take(facts.created, facts.started, facts.duration, completion(facts), report, facts.stop_message)

    @classmethod
    def merge_status(cls, status: Sequence[JobStatus]) -> Self:
        """Return the status of a group of jobs: completed only when all of them are, and WAITING if there are none.

        It runs from their first start to their last stop, and its progress is their mean.
        """
        merged = cls()
        if not status:
            return merged
        jobs = [job._snapshot() for job in status]
        meanings = {job.position.meaning for job in jobs}
        if WAITING in meanings and any(job.position.final for job in jobs):
            meanings.add(RUNNING)  # it has begun and goes on
        requested = any(job.position.cancel_requested for job in jobs)
        merged._override(merged.lifecycle.enum[min(meanings, key=_FOREMOST.index).name], requested)
        foremost = min(jobs, key=lambda job: _FOREMOST.index(job.position.meaning))
        started = min((job.started for job in jobs if job.started is not None), default=None)
        ends = [end for end in map(completion, jobs) if end is not None]
        completed = max(ends) if len(ends) == len(jobs) else None
        lasted = None if any(job.start for job in jobs) else 0.0
        if completed is not None and started is not None:
            lasted = max(0.0, completed - started)
        report = sum(job.progress for job in jobs) / len(jobs), foremost.phase
        merged._take(min(job.created for job in jobs), started, lasted, completed, report, foremost.stop_message)
        return merged

    def _take(self, created: Time, started: Time, lasted: Time, ended: Time, report: Report, mesg: str | None) -> None:
        """Take over what is known elsewhere, as far as it goes with the status; what is not known there stays as it is."""
        self._state_times(min(created or self._created, self._created), started, lasted)
        progress, phase = report
        with self._lock:
            if self._position.final and self._completed is None:
                self._completed = ended
            if self._position.meaning is not WAITING:
                self._progress = 1.0 if self._position.meaning is SUCCESS else progress or self._progress
                self._phase = phase or self._phase
            self._stop_message = mesg or self._stop_message


class ExecutionStatus(JobStatus):
    """The same of Perceval 1.3, with one message for all: how a job goes, why it is asked to stop, why it stopped."""

    __slots__ = ()

    @property
    def message(self) -> str | None:
        """Why it stopped or was asked to; else its phase, also after a success."""
        return super().stop_message or self.phase

    @property
    def stop_message(self) -> str | None:
        """Why it failed or was canceled; None unless it did or was."""
        return super().stop_message if self.failed else None

    #: the name by which the host writes the message of a failure
    _message = _JobStatus._stop_message  # type: ignore[misc]  # the slot itself, which knows any number of names


class _Archiver(SimpleNamespace):
    """Writes and reads our status in Perceval's archives, in the format that its serializer `theirs` has for its own."""

    def write(self, status: ExecutionStatus, archive: Any) -> Any:
        facts = status._snapshot()
        # An archive knows values by their addresses: these are all kept by the status, and none is made here.
        fields = SimpleNamespace(
            _status=facts.position.status,
            _init_time_start=facts.created,
            _running_time_start=facts.started,
            _duration=facts.duration,
            _completed_time=facts.completed,
            _running_progress=facts.progress,
            _message=facts.stop_message or facts.phase,
        )
        return self.theirs.write(fields, archive)

    def read(self, archive: Any, descriptor: Any, remember: Callable[[object], None]) -> ExecutionStatus:
        fields = self.theirs.read(archive, descriptor, lambda _: None)
        status = ExecutionStatus()
        status.status = fields._status
        started, lasted, completed = fields._running_time_start, fields._duration, fields._completed_time
        if started == 0:  # Perceval writes it for None, and adds it to the duration
            started = completed = None
        elif completed is not None:  # Perceval's own duration begins at the creation
            lasted = max(0.0, completed - started) if started else lasted and 0.0
        phase, mesg = (None, fields._message) if status.failed or status.cancel_requested else (fields._message, None)
        status._take(fields._init_time_start, started, lasted, completed, (fields._running_progress, phase), mesg)
        remember(status)
        return status


#: the modules of Perceval with a status to replace, of which it has one, and by which class of ours
_REPLACED = {"perceval.runtime.execution_status": ExecutionStatus, "perceval.runtime.job_status": JobStatus}


class _Replacement(MetaPathFinder, Loader):
    """Finds the module of Perceval that has the status, and puts ours into it once it is loaded."""

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path) if fullname in _REPLACED else None
        if spec is not None:
            self._loader: Any = spec.loader
            spec.loader = self
        return spec

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        names, ours = vars(module), _REPLACED[module.__name__]
        theirs, statuses = names["JobStatus"], names["RunningStatus"]
        rows = PERCEVAL_LIFECYCLE.rows
        rows = tuple(Transition(r.trigger, statuses[r.source.name], statuses[r.dest.name], r.guard, r.words) for r in rows)
        JobStatus._usual = Lifecycle(rows, lambda status: RunningStatus[status.name])
        names.update({theirs.__name__: ours, "JobStatus": ours, "__doc__": __doc__})
        if ours is ExecutionStatus:
            registry = import_module("perceval.serialization.library.class_registry").ClassRegistry
            serializer = registry._serializers_by_tag.pop(registry.get_by_class(theirs).class_tag)
            tag, descriptor = serializer.class_tag, serializer.descriptor_type
            registry.register(_Archiver(type=ours, class_tag=tag, descriptor_type=descriptor, theirs=serializer))


def install() -> None:
    """Make Perceval run on this module's status. A second call changes nothing.

    Raises `ImportError` if Perceval is not installed, or is a version that has no such module to replace, and `RuntimeError` if it
    was imported already.
    """
    if any(isinstance(finder, _Replacement) for finder in sys.meta_path):
        return
    if not sys.modules.keys().isdisjoint(_REPLACED):
        raise RuntimeError("perceval was imported before: call job_status.perceval.install() first, then import perceval")
    spec = find_spec("perceval")
    if spec is None:
        raise ImportError("there is no perceval to install into: pip install 'perceval-quandela>=1.0,<1.4'")
    folders, files = spec.submodule_search_locations or (), [f"{name.rpartition('.')[2]}.py" for name in _REPLACED]
    if not any(Path(folder, "runtime", file).is_file() for folder in folders for file in files):
        raise ImportError(f"this perceval has no {' or '.join(_REPLACED)} to replace: 1.0 to 1.3 have, other versions may not")
    sys.meta_path.insert(0, _Replacement())
