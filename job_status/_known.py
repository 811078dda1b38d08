"""What can be read of a job: the facts about it, one by one and in a line."""

from __future__ import annotations

from time import monotonic

from ._facts import NOT_STARTED, Facts, Snapshot, completion
from ._history import History
from ._lean import TYPE_CHECKING, Generic, S
from ._notebook import Shown
from ._rows import CANCEL_REQUESTED, CANCELED, ERROR, RUNNING, SUCCESS, SUSPENDED, UNKNOWN, WAITING, RunningStatus
from .errors import prefixed

if TYPE_CHECKING:
    from ._lifecycle import Lifecycle

__all__ = ["Known"]

_RUNNING = frozenset((RUNNING, CANCEL_REQUESTED))
_FAILED = frozenset((CANCELED, ERROR))


class Known(Facts, Shown, Generic[S]):
    """A job as one reads it. Each read sees a single moment of the job; two reads may see two."""

    __slots__ = ()

    @property
    def status(self) -> S:
        """Where the job stands."""
        return self._position.status  # type: ignore[return-value]  # a position has statuses of its lifecycle

    @property
    def meaning(self) -> RunningStatus:
        """What the status means: what is true of the job."""
        return self._position.meaning

    @property
    def lifecycle(self) -> Lifecycle[S]:
        """The legal moves of this job."""
        return self._position.lifecycle

    @property
    def name(self) -> str | None:
        """What the job is called in refusals, log lines and pictures."""
        return self._name

    @property
    def attempt(self) -> int:
        """How many times the job has started. A return to WAITING does not change it; the next start adds one."""
        return self._attempt

    @property
    def waiting(self) -> bool:
        """Whether the job is WAITING."""
        return self._position.meaning is WAITING

    @property
    def running(self) -> bool:
        """Whether the job runs: RUNNING or CANCEL_REQUESTED."""
        return self._position.meaning in _RUNNING

    @property
    def suspended(self) -> bool:
        """Whether the job is SUSPENDED."""
        return self._position.meaning is SUSPENDED

    @property
    def completed(self) -> bool:
        """Whether the job is over: SUCCESS, ERROR or CANCELED."""
        return self._position.final

    @property
    def success(self) -> bool:
        """Whether the job ended in SUCCESS."""
        return self._position.meaning is SUCCESS

    @property
    def canceled(self) -> bool:
        """Whether the job ended CANCELED."""
        return self._position.meaning is CANCELED

    @property
    def failed(self) -> bool:
        """Whether the job ended without success: CANCELED or ERROR."""
        return self._position.meaning in _FAILED

    @property
    def unknown(self) -> bool:
        """Whether the latest report of the job could not be understood."""
        return self._position.meaning is UNKNOWN

    @property
    def maybe_completed(self) -> bool:
        """Whether the job is over or may be: completed or UNKNOWN."""
        position = self._position
        return position.final or position.meaning is UNKNOWN

    @property
    def cancel_requested(self) -> bool:
        """Whether a cancel was requested; only a requeue in place of the cancel makes it false again."""
        return self._position.cancel_requested

    @property
    def progress(self) -> float:
        """How much of the work is done, from 0 to 1. SUCCESS makes it 1; the other ends leave it where it was."""
        return self._progress

    @property
    def phase(self) -> str | None:
        """What the job was doing at its latest progress report."""
        return self._phase

    @property
    def stop_message(self) -> str | None:
        """Why the job stopped or was asked to; None after a success."""
        return self._snapshot().stop_message

    @property
    def creation_timestamp(self) -> float:
        """When the job was created."""
        return self._snapshot().created

    @property
    def start_timestamp(self) -> float | None:
        """When the latest attempt of the job started to run."""
        return self._snapshot().started

    @property
    def completion_timestamp(self) -> float | None:
        """When the job completed."""
        return completion(self._snapshot())

    @property
    def last_heard(self) -> float | None:
        """When the latest report of the job came in, whatever it was worth; None before any. See `observe` and `follow`."""
        return self._heard

    @property
    def duration(self) -> float | None:
        """From start to stop. None until the job completed, and where they come from two clocks; 0.0 if it never started."""
        return self._snapshot().duration

    @property
    def running_time(self) -> float | None:
        """As `duration`, but counting up while the job runs; None before the start."""
        return _running_time(self._snapshot())

    @property
    def suspended_time(self) -> float | None:
        """For how many seconds the latest attempt was SUSPENDED, counting up while it is; None where that is not known."""
        facts = self._snapshot()
        if facts.suspended is None or facts.position.known_meaning is not SUSPENDED:
            return facts.suspended
        return None if facts.halt_clock is None else facts.suspended + max(0.0, monotonic() - facts.halt_clock)

    @property
    def history(self) -> History[S]:
        """The moves so far, oldest first, the refused ones included; see `History` for how many are remembered."""
        return History(self._snapshot().history)

    def __call__(self) -> str:
        return self._position.status.name

    def __str__(self) -> str:
        return self._position.status.name

    def __repr__(self) -> str:
        facts = self._snapshot()
        phase = facts.phase
        name = "" if self._name is None else f"{self._name!r} "
        parts = [name + facts.position.status.name, f"{facts.progress:.0%}" + (f" {phase!r}" if phase else "")]
        if (elapsed := _running_time(facts)) is not None:
            parts.append(f"{elapsed:.3g} s")
        if facts.stop_message:
            parts.append(repr(facts.stop_message))
        return f"<{type(self).__name__} {', '.join(parts)}>"

    @property
    def _prefix(self) -> str:
        return prefixed(self._name, "")


def _running_time(facts: Snapshot) -> float | None:
    if facts.position.final:
        return facts.duration
    unknown = facts.clock is None or facts.start == NOT_STARTED
    return None if unknown else max(0.0, monotonic() - facts.clock)  # type: ignore[operator]  # which `unknown` says
