"""The races between processes over the jobs of a store, at any size: few jobs in the tests, many in `benchmarks/soak.py`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from job_status import RunningStatus
from job_status.store import JobStore
from tests.store_audit import audited
from tests.store_crew import Crew
from tests.store_worker import REQUEUE, Answer
from tests.test_store_finding import filled

__all__ = ["RACES", "canceled_at_once", "mixed", "opened_at_once", "raced"]

#: so many jobs are raced for, by each process in an order of its own, before all begin anew: the fastest would win them all
AT_ONCE = 10

Orders = list[dict[str, Any]]
#: of jobs and a number of processes: what these do to prepare, if anything, and then in the race
Race = Callable[[list[str], int], Iterator[Orders]]


def start_start(jobs: list[str], processes: int) -> Iterator[Orders]:
    """All start the same jobs; half know them from before the race, half look first."""
    yield [{"do": "calls", "jobs": jobs, "labels": ["start_run"], "fresh": me % 2 == 1} for me in range(processes)]


def cancel_finish(jobs: list[str], processes: int) -> Iterator[Orders]:
    """Half request a cancel, and end what they canceled; half finish."""
    yield [calls(jobs, "start_run"), *nothing(processes - 1)]
    yield [
        calls(jobs, "stop_run(SUCCESS)" if me % 4 else "stop_run(ERROR)", fresh=me > 1)
        if me % 2 == 0
        else calls(jobs, "request_cancel", "stop_run(CANCELED)", fresh=me > 1)
        for me in range(processes)
    ]


def finish_reap(jobs: list[str], processes: int) -> Iterator[Orders]:
    """Half finish the jobs that they started, half take them for lost."""
    half = processes // 2
    yield [calls(jobs[me::half], "start_run") for me in range(half)] + nothing(half)
    reap = {"do": "sweep", "passes": 3, "stale_after": 0.0, "lost_after": 0.0}
    yield [calls(jobs[me::half], "stop_run(SUCCESS)") for me in range(half)] + [reap] * half


def requeue_finish(jobs: list[str], processes: int) -> Iterator[Orders]:
    """Half finish the jobs that they started, when others give them to another attempt, and run that."""
    half = processes // 2
    yield [calls(jobs[me::half], "start_run") for me in range(half)] + nothing(half)
    reap = {"do": "sweep", "passes": 3, "stale_after": 0.0, "lost_after": 0.0, "trigger": "requeue"}
    requeue = calls(jobs, "requeue", "start_run", "stop_run(SUCCESS)")
    restart = calls(jobs, "start_run", "stop_run(ERROR)", fresh=True)
    yield [calls(jobs[me::half], "stop_run(SUCCESS)") for me in range(half)] + [
        [reap, requeue, restart][me % 3] for me in range(half)
    ]


def calls(jobs: list[str], *labels: str, fresh: bool = False) -> dict[str, Any]:
    return {"do": "calls", "jobs": jobs, "labels": labels, "fresh": fresh}


def nothing(number: int) -> Orders:
    return [calls([])] * number


RACES: dict[str, Race] = {
    "start/start": start_start,
    "cancel/finish": cancel_finish,
    "finish/reap": finish_reap,
    "requeue/late finish": requeue_finish,
}


def raced(url: str, race: Race, number: int, processes: int = 8) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Have processes race for so many new jobs, and assert that nobody was answered wrongly.

    Returns how many jobs ended in each status, how many calls of each kind were accepted, and how many by each process.
    """
    answers: list[Answer] = []
    by_process: Counter[str] = Counter()
    with JobStore(url, REQUEUE) as store, Crew(url, processes) as crew:
        for done in range(0, number, AT_ONCE):
            for orders in race([store.create().id for _ in range(min(AT_ONCE, number - done))], processes):
                for name, said in enumerate(crew.together(orders), 1):
                    answers += said
                    by_process[f"process {name}"] += sum(answer[3] == "yes" for answer in said)
        where = audited(store, answers)
    return where, Counter(answer[1] for answer in answers if answer[3] == "yes"), by_process


def canceled_at_once(url: str, number: int) -> tuple[Counter[str], Counter[str]]:
    """Have two processes request the cancel of all jobs at once, while another one ends them one by one.

    Returns how many jobs ended in each status, and how many calls of each kind were accepted.
    """
    with JobStore(url, REQUEUE) as store, Crew(url, 3) as crew:
        store.create()
        jobs = [job.id for job in filled(store, number)]
        orders = [calls(jobs, "stop_run(CANCELED)"), {"do": "cancel"}, {"do": "cancel"}]
        answers = [answer for said in crew.together(orders) for answer in said]
        return audited(store, answers), Counter(answer[1] for answer in answers if answer[3] == "yes")


def opened_at_once(new_urls: Iterable[str], url: str, processes: int = 8) -> int:
    """Have two and then all processes open each of some new databases at once; return how often all succeeded."""
    rounds = 0
    with Crew(url, processes) as crew:
        for number, new in enumerate(new_urls):
            openers = 2 if number % 2 == 0 else processes
            crew.together([{"do": "open", "url": new}] * openers + nothing(processes - openers))
            with JobStore(new, REQUEUE) as store:
                assert store.count() == {RunningStatus.SUCCESS: openers}
            rounds += 1
    return rounds


def mixed(url: str, jobs: int, processes: int = 8, **extent: float) -> tuple[Counter[str], int]:
    """Have all processes make random calls on the same jobs, while another one reads all the time; assert that all fits.

    Returns what the jobs have come to, as `audited` does, and how many times the reader has read a job.
    """
    with JobStore(url, REQUEUE) as store, Crew(url, processes) as crew, Crew(url, 1) as readers:
        for _ in range(jobs):
            store.create()
        reader = readers.members[0]
        reader.order("check")
        assert reader.read() == "ready"
        reader.write()
        answers = [answer for said in crew.together([{"do": "mix", "jobs": jobs, **extent}] * processes) for answer in said]
        reader.write()
        _, (looks, faults) = reader.result()
        assert not faults, faults[:10]
        return audited(store, answers), looks
