"""A drop-in for `perceval.runtime.job_status` of the Perceval photonic framework, versions 1.0 and 1.1.

Call `install()` before the first `import perceval`: Perceval's own `LocalJob`, `RemoteJob` and `JobGroup` then run on the
`JobStatus` of this module. It is `job_status.JobStatus` with a lifecycle and defaults that suit that host:

================================  ===========================================  ==========================================
where they differ                 job_status.JobStatus                         job_status.perceval.JobStatus
================================  ===========================================  ==========================================
lifecycle                         JOB_LIFECYCLE                                PERCEVAL_LIFECYCLE: all its rows, and the next
start_run while RUNNING           refused                                      takes the start time anew: LocalJob's worker
                                                                               calls it a second time to be more precise
a refused move                    raises InvalidTransition                     is logged, and the trigger returns False: the
                                                                               host never expects one to raise, and its
                                                                               `LocalJob.status` may stop a job that the
                                                                               worker has just stopped. The first one wins
a progress out of 0 to 1          ValueError                                   logged; the nearer bound is taken
`status.status = X`               AttributeError                               an override: taken whatever it overrides, a
                                                                               final status too, and kept in the history as
                                                                               the trigger "override". RemoteJob does this on
                                                                               every poll, and the server's word counts
`status._stop_message = text`     (private)                                    taken; RemoteJob writes it
update_times(0, 0, 0)             the year 1970                                not stated: the host writes 0 for None
================================  ===========================================  ==========================================

An override by the status that the job has already is no move. One to a final status leaves the times to `update_times`, and one
from a final status to any other takes the end back.
"""

from __future__ import annotations

import logging
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from time import time
from types import ModuleType
from typing import TYPE_CHECKING, Literal

from ._engine import Step
from ._facts import Observed
from ._lifecycle import JOB_LIFECYCLE, Lifecycle
from ._rows import RUNNING, WAITING, RunningStatus, Transition
from ._status import JobStatus as _JobStatus
from ._values import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PERCEVAL_LIFECYCLE", "JobStatus", "RunningStatus", "install"]

logger = logging.getLogger("job_status")

#: the lifecycle of a job of Perceval; an override is not a row of it, since it may even leave a final status
PERCEVAL_LIFECYCLE = JOB_LIFECYCLE.extend(
    Transition("start_run", RUNNING, RUNNING, None, "the worker knows the start more precisely"),
)


class JobStatus(_JobStatus[RunningStatus]):
    """The status of one of Perceval's jobs; the module's documentation says how it differs from `job_status.JobStatus`."""

    __slots__ = ()

    _overrides = True

    def __init__(
        self,
        *,
        lifecycle: Lifecycle[RunningStatus] = PERCEVAL_LIFECYCLE,
        name: str | None = None,
        on_invalid: Literal["raise", "warn"] = "warn",
    ) -> None:
        super().__init__(lifecycle=lifecycle, name=name, on_invalid=on_invalid)

    @property
    def status(self) -> RunningStatus:
        """Where the job stands. Assigning is an override, kept in the history."""
        return super().status

    @status.setter
    def status(self, status: RunningStatus) -> None:
        if not isinstance(status, RunningStatus):
            raise TypeError(f"status must be a RunningStatus, not {shown(status)}")
        while status is not self.status:
            override = Observed(self, None)
            position = override.position
            # From a final status nothing is known of what the job does now.
            known = WAITING if position.final else position.known
            after = self.lifecycle.position(status, known, position.cancel_requested)  # type: ignore[arg-type]  # a status of ours
            override.record(Step("override", None, position, after), time(), None)
            if self._move(None, observed=override):
                break

    def update_times(
        self,
        creation_datetime: float | None = None,
        start_time: float | None = None,
        duration: float | None = None,
    ) -> None:
        """State the times that the server knows. 0 is "not stated", save a duration of 0 s of a job that has a start."""
        try:
            super().update_times(creation_datetime or None, start_time or None, duration if start_time else duration or None)
        except ValueError as error:
            if self._strict:
                raise
            logger.warning("%s", error)


_REPLACED = "perceval.runtime.job_status"


class _Replacement(MetaPathFinder, Loader):
    """Finds and fills the one module that this one stands in for."""

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        return ModuleSpec(fullname, self, origin=__file__) if fullname == _REPLACED else None

    def exec_module(self, module: ModuleType) -> None:
        vars(module).update(JobStatus=JobStatus, RunningStatus=RunningStatus, __doc__=__doc__)


def install() -> None:
    """Make Perceval run on this module's `JobStatus`. A second call changes nothing.

    Raises `ImportError` if Perceval is not installed, or is a version that has no such module to replace, and `RuntimeError` if it
    was imported already.
    """
    if any(isinstance(finder, _Replacement) for finder in sys.meta_path):
        return
    if _REPLACED in sys.modules:
        raise RuntimeError("perceval was imported before: call job_status.perceval.install() first, then import perceval")
    spec = find_spec("perceval")
    if spec is None:
        raise ImportError("there is no perceval to install into: pip install 'perceval-quandela>=1.0,<1.2'")
    folders = spec.submodule_search_locations or ()
    if not any(Path(folder, "runtime", "job_status.py").is_file() for folder in folders):
        raise ImportError(f"this perceval has no {_REPLACED} to replace: 1.0 and 1.1 have, other versions may not")
    sys.meta_path.insert(0, _Replacement())
