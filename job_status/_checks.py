"""What a lifecycle refuses when it is built: each fault in one sentence that names the row or status and the remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum

from ._lean import TYPE_CHECKING, S
from ._paths import reached
from ._rows import CANCELED, ERROR, FINALS, UNKNOWN, RunningStatus, Transition
from ._values import shown

if TYPE_CHECKING:
    from ._rows import Means, Paths, Row

__all__ = ["check", "checked_initial", "checked_rows", "meanings", "statuses_of", "unusual"]


def checked_rows(rows: Iterable[Transition[S]]) -> tuple[Transition[S], ...]:
    """Return the rows. Raises `ValueError` if there are none, and `TypeError` if they are not rows over one Enum."""
    rows = tuple(rows)
    if not rows:
        raise ValueError("a lifecycle needs rows, such as Transition('start_run', RunningStatus.WAITING, RunningStatus.RUNNING)")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Transition):
            raise TypeError(f"row {number} must be a Transition, not {shown(row)}")
        if type(row.source) is not type(rows[0].source):
            enums = f"{type(row.source).__name__}, but those of row 1 are members of {type(rows[0].source).__name__}"
            raise TypeError(f"row {number} ({row}): its statuses are members of {enums}; a lifecycle is over one Enum")
    return rows


def statuses_of(rows: Iterable[Transition[S]], enum: type[S]) -> tuple[S, ...]:
    """Return every status that rows name, in the order in which they mention it; of `RunningStatus`, in its own order."""
    named = {status.name: status for row in rows for status in (row.source, row.dest)}
    return tuple(status for status in enum if status.name in named) if issubclass(enum, RunningStatus) else tuple(named.values())


def meanings(
    statuses: Iterable[S], enum: type[S], means: Mapping[S, RunningStatus] | Callable[[S], RunningStatus] | None
) -> dict[str, RunningStatus]:
    """Return what each status means, by its name.

    Raises `TypeError` if `means`, or a meaning in it, is of the wrong class, and `ValueError` if a status has no meaning or two
    statuses mean UNKNOWN.
    """
    if issubclass(enum, RunningStatus):
        return {status.name: status for status in enum}
    if callable(means):
        found = {status.name: means(status) for status in statuses}
    elif isinstance(means, Mapping):
        found = {status.name: meaning for status, meaning in means.items() if isinstance(status, enum)}
    else:
        raise TypeError(f"means must say what each {enum.__name__} means, as a mapping or a function, not {shown(means)}")
    meant: dict[str, RunningStatus] = {}
    for status in statuses:
        member = f"{enum.__name__}.{status.name}"
        if status.name not in found:
            raise ValueError(f"{member} has no meaning: means must give it one, a member of RunningStatus")
        if not isinstance(found[status.name], RunningStatus):
            raise TypeError(f"the meaning of {member} must be a member of RunningStatus, not {shown(found[status.name])}")
        meant[status.name] = found[status.name]
    unknown = [f"{enum.__name__}.{name}" for name, meaning in meant.items() if meaning is UNKNOWN]
    if len(unknown) > 1:
        raise ValueError(
            f"{' and '.join(unknown)} mean UNKNOWN, but only one status may: let the others mean what is true of the job"
        )
    return meant


def checked_initial(initial: S, statuses: Iterable[S], means: Mapping[str, RunningStatus]) -> S:
    """Return the status of a new job. Raises `ValueError` if a job cannot begin in it."""
    if not any(initial is status for status in statuses):
        raise ValueError(f"the initial status must be one that a row leads from, not {getattr(initial, 'name', shown(initial))}")
    if means[initial.name] in (*FINALS, UNKNOWN):
        raise ValueError(f"the initial status must be a live one, but {initial.name} means {means[initial.name].name}")
    return initial


def check(rows: Sequence[Row], means: Means, initial: Enum, paths: Paths) -> None:
    """Raise `ValueError` if a row is wrong, in a sentence that names the first such row; `paths` are those from each status."""
    stuck: dict[str, str | None] = {}
    for number, row in enumerate(rows):
        fault = _fault(row, rows[:number], means)
        for status in (row.source, row.dest):
            if status.name not in stuck:
                stuck[status.name] = _dead_end(status, rows, means, initial, paths)
            fault = fault or stuck[status.name]
        if fault:
            raise ValueError(f"row {number + 1} ({row}): {fault}")
    if lost := stuck.keys() - {name for name, _ in reached(rows, means, initial)}:
        names = ", ".join(name for name in stuck if name in lost)
        raise ValueError(f"no move leads to {names}: the guards of the rows that lead there never hold")


def _fault(row: Row, earlier: Iterable[Row], means: Means) -> str | None:
    """Return what is wrong with a row by itself or beside an earlier one."""
    source, dest = means[row.source.name], means[row.dest.name]
    for status in (row.source, row.dest):
        if status.name in ("*", "="):
            return f"a status cannot be named {status.name!r}, which has a meaning of its own in a transitions.Machine"
    if source in FINALS:
        return f"{row.source.name} is final, and a final status is never left: a rerun is a new job, see JobStatus.again"
    if dest is UNKNOWN and not row.observed:
        return f"only observe leads into {row.dest.name}, which means UNKNOWN"
    if row.observed and (source is UNKNOWN) is (dest is UNKNOWN):
        return "rows of observe lead into or out of the status that means UNKNOWN; all else is judged by what moves can reach"
    if row.trigger == "stop_run" and dest not in FINALS:
        return f"stop_run leads to a final status, which {row.dest.name} is not: name the trigger otherwise"
    for other in earlier:
        if other.trigger == row.trigger and other.source is row.source and _overlap(other, row):
            return f"it is taken under the same conditions as an earlier row, {other}: leave one out, or give both a guard"
    return None


def _overlap(one: Row, other: Row) -> bool:
    """Return whether both rows can be taken at once."""
    if one.takes_cause and one.dest is not other.dest:
        return False
    return one.guard is None or other.guard is None or one.guard is other.guard


def _dead_end(status: Enum, rows: Sequence[Row], means: Means, initial: Enum, paths: Paths) -> str | None:
    """Return what is wrong with a status: that nothing leads to it, or that no path leads from it to a final status."""
    meaning = means[status.name]
    if meaning is UNKNOWN:
        if not any(means[row.dest.name] is UNKNOWN for row in rows):
            return f"nothing leads to {status.name}: add a row of observe into it"
    elif status.name not in paths[initial.name]:
        return f"no move leads to {status.name} from {initial.name}, where a job begins: add a row that does"
    if meaning not in FINALS and _meanings_ahead(status, rows, means, paths).isdisjoint(FINALS):
        return f"{status.name} has no path to a final status, one that means SUCCESS, ERROR or CANCELED: add a row that ends it"
    return None


def _meanings_ahead(status: Enum, rows: Iterable[Row], means: Means, paths: Paths) -> set[RunningStatus]:
    """Return the meanings of the statuses that a job in `status` can come to; out of UNKNOWN by observations too."""
    ahead = {means[name] for name in paths[status.name]}
    if means[status.name] is UNKNOWN:
        understood = [row.dest.name for row in rows if row.source is status and row.observed]
        ahead |= {means[name] for start in understood for name in paths[start]}
    return ahead


def unusual(rows: Sequence[Row], statuses: Iterable[Enum], means: Means, initial: Enum, paths: Paths) -> Iterator[str]:
    """Yield what is legal but seldom meant: a status without a path to a failure, or to a cancel, and a guard that is never met."""
    for status in statuses:
        if means[status.name] in FINALS:
            continue
        number, row = next((number, row) for number, row in enumerate(rows, 1) if status is row.source or status is row.dest)
        ahead = _meanings_ahead(status, rows, means, paths)
        for meaning in (ERROR, CANCELED):
            if meaning not in ahead:
                yield f"row {number} ({row}): {status.name} has no path to a final status that means {meaning.name}"
    places = reached(rows, means, initial)
    for number, row in enumerate(rows, 1):
        if row.guard is not None and (row.source.name, row.guard.requested) not in places:
            yield f"row {number} ({row}): its guard, {row.guard.value!r}, is never met in {row.source.name}"
