"""What a store holds after its jobs were fought over, beside what those who moved them were answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from job_status import JobStatus, Move, Observation
from job_status._history import History
from job_status.store import JobStore, StoredJob
from job_status.store._record import history_of
from job_status.store._statements import MOVES
from job_status.testing import replay
from tests.store_worker import Answer

__all__ = ["Witness", "audited", "jobs_of", "moves_of"]

#: the message of `reap`
LOST = "worker lost"
#: so well does each process know a server's clock, in seconds
ROUND_TRIP = 0.1


def jobs_of(store: JobStore[Any], name: str | None = None) -> Iterator[StoredJob[Any]]:
    """All jobs of a store, or those of a name, the newest first."""
    page: list[StoredJob[Any]] = store.list(name=name, limit=500)
    while page:
        yield from page
        page = store.list(name=name, limit=500, after=page[-1])


def moves_of(job: StoredJob[Any]) -> list[tuple[int, Move[Any]]]:
    """All moves of a job with the version that each led to, oldest first: `history` has no more than the latest 64."""
    found = job.store._database.read(MOVES, (job._row.number, -1, 1_000_000))
    return [(row[0], next(iter(History(history_of([row], (), job.lifecycle))))) for row in reversed(found)]


def audited(store: JobStore[Any], answers: Iterable[Answer], name: str | None = None) -> Counter[str]:
    """Assert that each job has come to where it is by a legal walk, made of just those calls that were answered by yes.

    Returns how many jobs are in each status, how many moves they have made, and how many of those nobody acknowledged.
    """
    said: dict[str, list[Answer]] = {}
    for answer in answers:
        assert answer[1] != "failed", answer
        said.setdefault(answer[0], []).append(answer)
    log: list[tuple[str, str, int]] = []
    found: Counter[str] = Counter()
    for job in jobs_of(store, name):
        moves = moves_of(job)
        check_walk(job, moves)
        silent = check_answers(job, [move for _, move in moves], said.pop(job.id, []))
        log.append((job.id, store.lifecycle.initial.name, 0))
        log += [(job.id, move.dest.name, version) for version, move in moves]
        found += Counter({job._row.facts.position.status.name: 1, "moves": len(moves), "not acknowledged": silent})
    assert not said, "jobs that were acknowledged are not there"
    assert not log or replay(store.lifecycle, log).ok
    return found


def check_walk(job: StoredJob[Any], moves: list[tuple[int, Move[Any]]]) -> None:
    """Assert that the same calls lead a job in memory to where the row says that this one is."""
    twin: JobStatus[Any] = JobStatus(lifecycle=job.lifecycle)
    version = 0
    latest = job.creation_timestamp
    for reached, move in moves:
        assert reached > version, "each move has a version of its own"
        version = reached
        assert twin.status is move.source, f"{move} of a job that was {twin.status}"
        repeat(twin, move)
        assert twin.status is move.dest, f"{move} led to {twin.status} in memory"
        if move.timestamp is not None:
            early = latest - move.timestamp
            assert early <= ROUND_TRIP * job.store.url.startswith("postgresql"), f"{move} is {early} s before the one before it"
            latest = max(latest, move.timestamp)
    facts, expected = job._row.facts, twin._snapshot()
    assert job._row.version >= version
    assert facts.position.status is expected.position.status
    if job._row.version == len(moves):  # a report that implies a start, say, is a change that is no move
        assert (facts.position, facts.attempt) == (expected.position, expected.attempt), moves
    assert facts.position.final is (facts.completed is not None) or any(move.trigger == "observe" for _, move in moves)
    assert 0.0 <= facts.progress <= 1.0


def repeat(twin: JobStatus[Any], move: Move[Any]) -> None:
    if move.trigger == "stop_run":
        twin.stop_run(move.dest, move.mesg)
    elif move.trigger == "update_progress":
        twin.update_progress(0.5)
    elif move.trigger == "observe":
        assert twin.observe(move.dest) is Observation.MOVED
    else:
        twin.trigger(move.trigger, move.mesg)


def check_answers(job: StoredJob[Any], moves: list[Move[Any]], said: list[Answer]) -> int:
    """Assert that the history has each move that was answered by yes, and no other, but for those whose answer was lost.

    Returns how many of those there are.
    """
    made = Counter(
        ("reap", None) if move.mesg == LOST else (move.trigger, move.mesg)
        for move in moves
        if not move.inferred and move.trigger != "update_progress"
    )
    tried = [answer for answer in said if answer[1] not in ("create", "update_progress")]
    yes = Counter(answer[1:3] for answer in tried if answer[3] == "yes")
    unsure = Counter(answer[1:3] for answer in tried if answer[3] == "?")
    assert yes <= made, f"acknowledged, and not in the history of {job}: {yes - made}"
    assert made - yes <= unsure, f"in the history of {job}, and not acknowledged: {made - yes}"
    return (made - yes).total()


class Witness:
    """Reads jobs again and again, and keeps what contradicts their history, or what it has read before."""

    def __init__(self, store: JobStore[Any]) -> None:
        self._store = store
        self._seen: dict[str, tuple[int, dict[str, Any]]] = {}
        self.looks = 0
        self.faults: list[str] = []

    def look(self) -> None:
        """Read each of the newest jobs in two ways: its row, and all that is known of it at one moment."""
        for job in self._store.list(limit=200):
            version, known = job._row.version, job.to_dict()
            self.looks += 1
            moves = [move for move in known["history"] if not move["refused"]]
            if (moves[-1]["dest"] if moves else self._store.lifecycle.initial.name) != known["status"]:
                self._fault(job, f"is {known['status']} after {moves[-1:]}")
            old_version, old = self._seen.get(job.id, (0, known))
            if version < old_version:
                self._fault(job, f"was at version {old_version}, and is at {version}")
            if known["attempt"] < old["attempt"]:
                self._fault(job, f"was at attempt {old['attempt']}, and is at {known['attempt']}")
            if job.lifecycle.enum[old["status"]] in job.lifecycle.finals and facts(old) != facts(known):
                self._fault(job, f"was over as {facts(old)}, and is {facts(known)}")
            self._seen[job.id] = version, known

    def _fault(self, job: StoredJob[Any], text: str) -> None:
        self.faults.append(f"{job.id} {text}")


def facts(known: dict[str, Any]) -> dict[str, Any]:
    """What must not change any more once a job is over: all but the refused attempts, and when somebody last reported."""
    return {**known, "last_heard": None, "history": [move for move in known["history"] if not move["refused"]]}
