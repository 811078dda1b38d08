"""A process that uses a store as it is ordered to, for the tests of races and of kills: `store_crew` starts it and gives orders.

An order is a line of JSON. Once all is prepared, the answer is "ready"; what was ordered is done at the next line, so that several
processes can begin at once, and its result is another line of JSON.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import count
from select import select
from typing import Any

from job_status import JOB_LIFECYCLE, InvalidTransition, Observation, RunningStatus, StoreError, Transition
from job_status.store import JobStore

__all__ = ["REQUEUE", "Answer", "main"]

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus
REQUEUE = JOB_LIFECYCLE.extend(*(Transition("requeue", source, WAITING) for source in (RUNNING, CANCEL_REQUESTED, UNKNOWN)))

#: what was called, and the answer: the job's id, the trigger, the message that the move has if it was made, and "yes", "no", or "?"
#: if the answer was lost.
#: Of what `reap` has moved, the trigger is "reap"; of a job that was made, "create".
Answer = tuple[str, str, str | None, str]

#: from a status that is not over there is a call that is allowed, but not always; those that end a job are rare
CALLS = (
    "start_run", "start_run", "requeue", "suspend", "resume", "resume", "update_progress", "update_progress", "observe(RUNNING)",
    "observe(SUSPENDED)", "observe(UNKNOWN)", "observe(WAITING)", "request_cancel", "stop_run(SUCCESS)", "stop_run(ERROR)",
)  # fmt: skip

#: what a worker does itself: what others observe is not its own
BY_WORKERS = tuple(call for call in CALLS if not call.startswith("observe"))


class Worker:
    """What one process does. `say` is called with each call before it is made, and with its answer."""

    def __init__(self, url: str, name: str, options: dict[str, Any], say: Callable[[Answer], object]) -> None:
        self._url = url
        self._name = name
        self._options = options
        self._say = say
        self._tokens = map(f"{name}.{{}}".format, count(1))
        self._random = random.Random(name)
        #: objects are kept: the one that started a job speaks for its attempt
        self._jobs: dict[str, Any] = {}
        #: what the latest order has found out
        self.result: Any = None

    @cached_property
    def store(self) -> JobStore[RunningStatus]:
        return JobStore(self._url, REQUEUE, **self._options)

    def job(self, job_id: str) -> Any:
        if job_id not in self._jobs:
            self._jobs[job_id] = self.store.get(job_id)
        return self._jobs[job_id]

    def call(self, job: Any, label: str) -> bool:
        """Call a trigger, `stop_run(ERROR)` say, and return whether the job was moved by that."""
        trigger, _, cause = label.rstrip(")").partition("(")
        token = None if trigger in ("start_run", "update_progress") else next(self._tokens)
        self._say((job.id, trigger, token, "?"))
        try:
            if trigger == "start_run":
                moved = job.start_run()
            elif trigger == "stop_run":
                moved = job.stop_run(RunningStatus[cause], token)
            elif trigger == "observe":
                moved = job.observe(RunningStatus[cause], token) is Observation.MOVED
            elif trigger == "update_progress":
                moved = job.update_progress(self._random.random())
            else:
                moved = job.trigger(trigger, token)
        except InvalidTransition:
            moved = False
        self._say((job.id, trigger, token, "yes" if moved else "no"))
        return bool(moved)

    def reap(self, **options: Any) -> int:
        moved = self.store.reap(**options)
        for job in moved:
            self._say((job.id, "reap", None, "yes"))
        return len(moved)

    # -- orders: each prepares, yields once, and returns its result

    def calls(self, jobs: list[str], labels: list[str], fresh: bool = False) -> Iterator[None]:
        """For each job the calls, until one is refused, by an object that knows the job as it was before the race, or a new one."""
        self._random.shuffle(jobs)
        known = [job_id if fresh else self.job(job_id) for job_id in jobs]
        yield
        for one in known:
            job = self.store.get(one) if fresh else one
            for label in labels:
                if not self.call(job, label):
                    break

    def cancel(self) -> Iterator[None]:
        """Request the cancel of all jobs."""
        self.store.count()
        yield
        token = next(self._tokens)
        for job in self.store.request_cancel(token):
            self._say((job.id, "request_cancel", token, "yes"))

    def sweep(self, passes: int, **options: Any) -> Iterator[None]:
        """Reap, several times."""
        yield
        for _ in range(passes):
            self.reap(**options)

    def open(self, url: str) -> Iterator[None]:
        """Open a database that may be new, and run a job there."""
        yield
        with JobStore(url, REQUEUE, **self._options) as store, store.create(self._name).run():
            pass

    def report(self, job: str, seconds: float, end: str) -> Iterator[None]:
        """Report progress a thousand times a second, and then end by a call, or else just exit, close or wait."""
        one = self.job(job)
        one.start_run()
        yield
        self.result = reports(one, seconds)
        if end == "close":
            self.store.close()
        elif end not in ("exit", "wait"):
            self.call(one, end)

    def mix(self, jobs: int, calls: int = 0, seconds: float = 0.0) -> Iterator[None]:
        """Random calls on the newest jobs; for each that has ended, a new one is made."""
        self.store.count()
        yield
        end = time.monotonic() + seconds
        for number in count():
            if time.monotonic() > end and number >= calls:
                return
            if number % 50 == 0:
                some = self.store.list(limit=jobs)
            job = self._random.choice(some)
            if not self.call(job, self._random.choice(CALLS)) and job.completed:
                some[some.index(job)] = self.store.create()
            if number % 100 == 99:
                self.reap(stale_after=0.0 if number % 200 == 99 else 60.0, lost_after=0.0, trigger="requeue")

    def busy(self) -> Iterator[None]:
        """Make jobs and move them, until killed."""
        yield
        while True:
            try:
                job = self.store.create(self._name)
                self._say((job.id, "create", None, "yes"))
                for label in ("start_run", *self._random.sample(BY_WORKERS, self._random.randrange(6))):
                    self.call(job, label)
            except StoreError as error:
                self._say(("", "failed", str(error), "failed"))
                time.sleep(0.02)  # or it would fill the disk with failures

    def check(self) -> Iterator[None]:
        """Read all the time, until the next line is there, and say what contradicts itself or what was read before."""
        from tests.store_audit import Witness  # which imports this module

        witness = Witness(self.store)
        yield
        while not select([sys.stdin], [], [], 0)[0]:
            witness.look()
        sys.stdin.readline()
        witness.look()
        self.result = witness.looks, witness.faults


def reports(job: Any, seconds: float) -> tuple[int, float, float]:
    """Report progress a thousand times a second; return how many reports that were, how long it took, and the last one."""
    begun, last = time.monotonic(), 0.0
    for number in count(1):
        passed = time.monotonic() - begun
        if passed >= seconds:
            return number - 1, passed, last
        last = min(1.0, number / (2000 * seconds))
        job.update_progress(last, f"report {number}")
        time.sleep(max(0.0, begun + number / 1000 - time.monotonic()))
    raise AssertionError("numbers do not end")


def reply(value: Any) -> None:
    print(json.dumps(value), flush=True)


def main(url: str, name: str, options: str) -> None:
    """Do what is ordered, until there are no more orders."""
    answers: list[Answer] = []
    worker = Worker(url, name, json.loads(options), answers.append)
    while line := sys.stdin.readline():
        order = json.loads(line)
        running: Iterator[None] = getattr(worker, order.pop("do"))(**order)
        next(running)
        reply("ready")
        sys.stdin.readline()
        worker.result = None
        next(running, None)
        reply([answers, worker.result])
        answers.clear()


def work_until_killed(url: str, name: str, options: str) -> None:
    """Be busy, and write down each call and its answer, so that a file has them whatever happens to this process."""
    worker = Worker(url, name, json.loads(options), lambda answer: os.write(1, (json.dumps(answer) + "\n").encode()))
    for _ in worker.busy():
        pass
