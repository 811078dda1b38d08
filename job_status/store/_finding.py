"""What one finds in a store: jobs by their ids, names, labels and statuses; and how those that are over are deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import islice
from string import hexdigits
from typing import TYPE_CHECKING, Any

from .._lean import Generic, S
from .._rows import RunningStatus
from .._tally import Place
from .._values import checked_seconds, shown
from ..errors import InvalidTransition, JobGone
from ._job import StoredJob
from ._record import Row, status_of
from ._statements import BEGINNING, COUNT, FIND, LABELS_OF, NUMBER_OF, OVER_SINCE, PLACES, REMOVE, matching, page
from ._texts import checked, checked_labels

if TYPE_CHECKING:
    from .._lifecycle import Lifecycle
    from ._database import Database

__all__ = ["Finding", "Jobs"]

#: in the class, `list` is a method
Names = list[str]
Numbers = list[int]
Jobs = list[StoredJob[S]]

#: how many jobs are deleted in one transaction: others have to wait for it
AT_ONCE = 500

#: the least that an id may be shortened to, and how many jobs are named if several begin so
SHORTEST, MOST_NAMED = 4, 5


class Finding(Generic[S]):
    """The jobs of a `JobStore`, as they are found."""

    if TYPE_CHECKING:
        lifecycle: Lifecycle[S]
        url: str
        _database: Database

        def _row(self, values: Any) -> Row: ...

    def _job(self, row: Row) -> StoredJob[S]:
        return StoredJob._of(self, row)  # type: ignore[arg-type]  # it is a JobStore

    def get(self, job_id: str) -> StoredJob[S]:
        """Return the job of that id. Raises `JobGone` if there is none."""
        found = self._database.read(FIND, (checked("the id of a job", job_id),))
        if not found:
            raise JobGone(f"there is no job {shown(job_id)} in {self.url}; it may have been deleted")
        return self._job(self._row(found[0]))

    def find(self, beginning: str) -> StoredJob[S]:
        """Return the job whose id begins so; four digits or more.

        Raises `JobGone` if there is none, and `ValueError` if there are several, which it names.
        """
        if not isinstance(beginning, str) or not SHORTEST <= len(beginning) <= 32 or set(beginning) - set(hexdigits.lower()):
            raise ValueError(f"the beginning of an id is {SHORTEST} to 32 of the digits 0 to 9 and a to f, not {shown(beginning)}")
        found = [
            self._job(self._row(values)) for values in self._database.read(BEGINNING, (beginning, f"{beginning}g", MOST_NAMED))
        ]
        if not found:
            raise JobGone(f"there is no job {beginning}... in {self.url}; it may have been deleted")
        if len(found) > 1:
            some = ", ".join(f"{job.id} ({job._row.facts.position.status.name})" for job in found)
            raise ValueError(f"several jobs begin with {beginning}: {some}{', ...' if len(found) == MOST_NAMED else ''}")
        return found[0]

    def list(
        self,
        status: S | None = None,
        meaning: RunningStatus | None = None,
        name: str | None = None,
        labels: Mapping[str, str] | None = None,
        limit: int = 100,
        after: StoredJob[S] | str | None = None,
    ) -> Jobs[S]:
        """Return a page of jobs, the newest first: those with that status or meaning, that name and all of those labels.

        `after` is the last job of the page before, or its id. Raises `JobGone` if there is no such job.
        """
        if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
            raise ValueError(f"limit must be a whole number from 1, not {shown(limit)}")
        texts, names = _texts(name, labels)
        start = [] if after is None else [self._number(after)]
        found: list[Any] = []
        chosen = self._wanted(status, meaning)
        for wanted in [[]] if chosen is None else ([one] for one in chosen):
            statement = page(bool(wanted), bool(names), len(texts) // 2, bool(start), limit)
            found.append(self._database.read(statement, [*texts, *wanted, *names, *start]))
        rows = islice(merge(*found, key=lambda values: -values[0]), limit)
        return [self._job(self._row(values)) for values in rows]

    def _wanted(self, status: S | None, meaning: RunningStatus | None) -> Names | None:
        """Return the names of the statuses that a filter lets pass; None for all of them."""
        if status is not None:
            self.lifecycle.meaning(status)  # a ValueError that names the statuses
        if not isinstance(meaning, RunningStatus | None):
            raise TypeError(f"meaning must be a RunningStatus, not {shown(meaning)}")
        if status is None and meaning is None:
            return None
        statuses = self.lifecycle.statuses if status is None else (status,)
        return [one.name for one in statuses if meaning is None or self.lifecycle.meaning(one) is meaning]

    def _number(self, job: StoredJob[S] | str) -> int:
        if isinstance(job, StoredJob):
            return job._row.number
        found = self._database.read(NUMBER_OF, (checked("the id of a job", job),))
        if not found:
            raise JobGone(f"there is no job {shown(job)} in {self.url}; it may have been deleted")
        return int(found[0][0])

    def _matching(self, statuses: Names, name: str | None, labels: Mapping[str, str] | None) -> Numbers:
        """Return the numbers of all jobs in a status of these names, newest first, as they are at one moment."""
        texts, names = _texts(name, labels)
        if not statuses:  # PostgreSQL has no empty list
            return []
        statement = matching(len(statuses), bool(names), len(texts) // 2)
        return sorted((row[0] for row in self._database.read(statement, [*texts, *statuses, *names])), reverse=True)

    def _labels(self, jobs: Iterable[StoredJob[S]]) -> dict[int, dict[str, str]]:
        """Return the labels of jobs by the numbers of the jobs; those that have none are not in it."""
        labels: dict[int, dict[str, str]] = {}
        for number, name, value in self._database.among(LABELS_OF, [job._row.number for job in jobs]):
            labels.setdefault(number, {})[name] = value
        return labels

    def count(self) -> dict[S, int]:
        """Return how many jobs there are in each status that has any, in the order of the lifecycle."""
        found = dict(self._database.read(COUNT))
        return {status: found[status.name] for status in self.lifecycle.statuses if status.name in found}

    def _places(self, jobs: Sequence[StoredJob[S]]) -> Sequence[Place]:
        """Return where each of these jobs stands, all at one moment; see `_tally.parts`."""
        return list(self._each_place([job._row.number for job in jobs]))

    def _each_place(self, numbers: Sequence[int]) -> Iterator[Place]:
        lifecycle: Lifecycle[Any] = self.lifecycle
        rows = self._database.among(PLACES, numbers)
        found = {number: rest for number, *rest in rows}
        for number in numbers:
            if number not in found:
                raise JobGone(f"a job of the group was deleted from {self.url}")
            status, known, asked = found[number]
            position = lifecycle.position(status_of(status, lifecycle), status_of(known, lifecycle), bool(asked))
            yield Place(status, position.meaning, position.cancel_requested)

    # -- deleting

    def delete(self, job: StoredJob[S] | str) -> None:
        """Delete a job that is over, with its history. Raises `InvalidTransition` if it is not over, `JobGone` if it is gone."""
        one = job if isinstance(job, StoredJob) else self.get(job)
        position = one._position
        if not position.final:  # somebody runs it, or will
            raise InvalidTransition("delete", position.status, None, position.allowed, one.history, one.name)
        self._delete([one._row.number])

    def prune(self, older_than: float) -> int:
        """Delete the jobs that have been over for more than `older_than` seconds, and return how many those were."""
        seconds = checked_seconds("older_than", older_than)
        if seconds is None or seconds < 0.0:
            raise ValueError(f"older_than must be a number of seconds from 0, not {shown(older_than)}")
        before, deleted = self._database.now() - seconds, 0
        for final in self.lifecycle.finals:
            while numbers := [row[0] for row in self._database.read(OVER_SINCE, (final.name, before, AT_ONCE))]:
                self._delete(numbers)
                deleted += len(numbers)
        return deleted

    def _delete(self, numbers: Iterable[int]) -> None:
        with self._database.transaction() as execute:
            for number in numbers:
                for statement in REMOVE:
                    execute(statement, (number,))


def _texts(name: str | None, labels: Mapping[str, str] | None) -> tuple[Names, Names]:
    """Return what jobs are found by: the name and the value of each label, and their own name, if that is to be looked at."""
    pairs = checked_labels(labels).items()
    return [text for pair in pairs for text in pair], [] if name is None else [checked("name", name)]
