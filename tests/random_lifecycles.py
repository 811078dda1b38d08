"""A Hypothesis strategy of legal lifecycles, over Enums made on the fly: what holds for our own must hold for any."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, IntEnum, StrEnum
from typing import Any, cast

from hypothesis import strategies as st

from job_status import Guard, Lifecycle, RunningStatus, Transition

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus
FINALS = (SUCCESS, ERROR, CANCELED)
LIVE = (WAITING, RUNNING, SUSPENDED, CANCEL_REQUESTED)

#: ordinary names, names with a meaning of their own elsewhere, and names that are no identifiers, as systems of strings have them
NAMES = (
    "QUEUED", "STARTED", "DONE", "RETRYING", "CANCELED", "UNKNOWN", "SUCCESS", "WAITING", "no-worker", "a|b", "<b>", "in progress",
    "state", "end", "note", "x_y", "_x", "a\\b", "*bold*", "é", "1. first", "`code`", "#1", "&amp;", "final",
)  # fmt: skip

#: triggers of a lifecycle's own; some have the names of methods by which `JobStatus` does something else
TRIGGERS = ("enqueue", "retry", "lose", "wait", "run", "name", "trigger", "class", "history", "initial", "to_state")

GUARDS = (None, None, None, *Guard)


class Plain(Enum):
    pass


class Words(StrEnum):
    """A member is a text as well; the first is empty, and so false."""


class OldWords(str, Enum):  # noqa: UP042  # as most of those that are older than StrEnum
    """The same; str() shows the class."""


class Numbers(IntEnum):
    """A member is a number as well; the first is 0, and so false."""


class Alike(Enum):
    """Every member equals everything and has the hash of all others; one asks in vain whether it is true."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 7

    def __bool__(self) -> bool:
        return False


BASES: tuple[Any, ...] = (Plain, Words, OldWords, Numbers, Alike)


def values(base: type[Enum], names: list[str]) -> dict[str, object]:
    """Return the values of an Enum with those members."""
    if base is Numbers:
        return {name: number for number, name in enumerate(names)}
    if issubclass(base, str):
        return {name: name.lower() if number else "" for number, name in enumerate(names)}
    return dict(zip(names, names, strict=True))


@st.composite
def enums(draw: st.DrawFn, least: int = 2, most: int = 12) -> type[Enum]:
    """Generate Enums of any sort; each can be pickled until the next is made."""
    base: type[Enum] = draw(st.sampled_from(BASES))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=least, max_size=most, unique=True))
    members = values(base, names)
    if draw(st.booleans()):
        members["ALIAS"] = members[names[-1]]
    functional = cast("Callable[..., type[Enum]]", base)
    enum = functional("Drawn", members, module=__name__, qualname="Drawn")
    globals()["Drawn"] = enum
    return enum


@st.composite
def lifecycles(draw: st.DrawFn, most: int = 12, *, observable: bool = False) -> Lifecycle[Any]:
    """Generate legal lifecycles: a tree of moves that reaches every status, a way to an end from each, and moves at random.

    If it is to be `observable`, UNKNOWN can overlay every live status, and every status can be observed under it.
    """
    enum = draw(enums(most=most))
    statuses = draw(st.permutations(list(enum)))
    unknown = statuses.pop() if len(statuses) > 2 and draw(st.booleans()) else None
    number = draw(st.integers(1, len(statuses) - 1))
    live, finals = statuses[:number], statuses[number:]
    means = {status.name: draw(st.sampled_from(LIVE)) for status in live}
    means |= {status.name: draw(st.sampled_from(FINALS)) for status in finals}
    if unknown is not None:
        means[unknown.name] = UNKNOWN
    rows = Rows(draw, means)
    for place, status in enumerate(live[1:], 1):
        rows.need(draw(st.sampled_from(live[:place])), status)
    for final in finals:
        rows.need(draw(st.sampled_from(live)), final)
    ending = [final.name for final in finals]
    for status in reversed(live):
        if not any(row.source is status and row.dest.name in ending for row in rows.rows):
            rows.need(status, draw(st.sampled_from(finals)))
        ending.append(status.name)
    for _ in range(draw(st.integers(0, 2 * len(live)))):
        rows.add(draw(st.sampled_from(live)), draw(st.sampled_from(statuses)))
    if unknown is not None:
        overlaid = live if observable else draw(st.lists(st.sampled_from(live), min_size=1, unique_by=id))
        understood = statuses if observable else draw(st.lists(st.sampled_from(statuses), unique_by=id))
        rows.rows += [Transition("observe", status, unknown) for status in overlaid]
        rows.rows += [Transition("observe", unknown, status) for status in understood]
        for _ in range(draw(st.integers(0, 4))):
            rows.add(unknown, draw(st.sampled_from(statuses)))
        rows.need(unknown, draw(st.sampled_from(finals)))
    return Lifecycle(draw(st.permutations(rows.rows)), lambda status: means[status.name], live[0])


class Rows:
    """Rows as they are drawn: no two of them can be taken at once."""

    def __init__(self, draw: st.DrawFn, means: dict[str, RunningStatus]) -> None:
        self.draw = draw
        self.means = means
        self.rows: list[Transition[Any]] = []
        self.own = draw(st.lists(st.sampled_from(TRIGGERS), min_size=1, max_size=3, unique=True))

    def need(self, source: Enum, dest: Enum) -> None:
        """Add a row from one status to another that can always be taken."""
        rows = [Transition(trigger, source, dest) for trigger in (*self._triggers(dest), f"go_{len(self.rows)}")]
        self.rows.append(self.draw(st.sampled_from([row for row in rows if not self._overlaps(row)])))

    def add(self, source: Enum, dest: Enum) -> None:
        """Add a row from one status to another, guarded perhaps, unless an earlier one can be taken at once."""
        row = Transition(self.draw(st.sampled_from(self._triggers(dest))), source, dest, self.draw(st.sampled_from(GUARDS)))
        if not self._overlaps(row):
            self.rows.append(row)

    def _triggers(self, dest: Enum) -> list[str]:
        meaning = self.means[dest.name]
        fitting = ["start_run", "update_progress", "suspend", "resume", *self.own]
        if meaning in (*FINALS, CANCEL_REQUESTED):
            fitting.append("request_cancel")
        return [*fitting, "stop_run", "stop_run"] if meaning in FINALS else fitting

    def _overlaps(self, row: Transition[Any]) -> bool:
        return any(
            other.source is row.source
            and other.trigger == row.trigger
            and (other.dest is row.dest or not row.takes_cause)
            and (None in (other.guard, row.guard) or other.guard is row.guard)
            for other in self.rows
        )
