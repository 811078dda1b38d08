"""Ctrl-C at any moment: it leaves no job behind that nobody ends, and no end that nobody is notified of."""

from __future__ import annotations

import asyncio
import gc
import logging
import operator
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext, suppress
from functools import partial
from itertools import pairwise
from types import FrameType
from typing import Any, Self

import pytest

from job_status import InvalidTransition, JobStatus, Move, RunningStatus
from tests.facts import facts

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus

#: as long as the interrupted code takes, so that the interrupts fall anywhere in it
LONGEST = 60e-6

#: the share of the interrupts that may be lost, as CPython drops those that fall into a destructor
SWALLOWED = 0.01

unix = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no interval timers")


# -- at random moments


class Interrupts:
    """Raises one KeyboardInterrupt, at a random moment of the code that it is armed for, as Ctrl-C would."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.armed = False

    def __enter__(self) -> Self:
        self.before = signal.signal(signal.SIGALRM, self.handle)
        return self

    def __exit__(self, *_: object) -> None:
        self.armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self.before)

    def handle(self, _signal: int, _frame: FrameType | None) -> None:
        if self.armed:
            self.armed = False
            raise KeyboardInterrupt

    def arm(self) -> None:
        self.armed = True
        signal.setitimer(signal.ITIMER_REAL, self.random.uniform(1e-6, LONGEST))


def interrupted(interrupts: Interrupts, job: JobStatus, reports: int) -> bool:
    """Run a job with a short block, which reports its progress so many times; return whether it was interrupted."""
    through = False
    try:
        try:
            interrupts.arm()
            with job.run():
                for _ in range(reports):
                    job.update_progress(0.5)
            through = True
        finally:
            interrupts.armed = False
    except KeyboardInterrupt:
        return not through
    return False


def strike(number: int, seed: int, reports: int = 0) -> Counter[str]:
    """Run jobs until so many were interrupted, and count what became of them."""
    found: Counter[str] = Counter()
    latest: dict[JobStatus, Move[Any]] = {}
    listener = partial(operator.setitem, latest)  # in C, so that no interrupt falls into the listener itself
    logger = logging.getLogger("job_status")
    disabled, logger.disabled = logger.disabled, True
    hook, sys.unraisablehook = sys.unraisablehook, lambda _: found.update(["swallowed"])
    try:
        with Interrupts(seed) as interrupts:
            while found["interrupted"] < number:
                job = JobStatus()
                job.subscribe(listener)
                found["run"] += 1
                if interrupted(interrupts, job, reports):
                    found["interrupted"] += 1
                    if not job.completed:
                        gc.collect(0)
                    found[job.status.name] += 1
                    found["stranded"] += job.attempt > 0 and not job.completed
                    found["unheard"] += job.completed and (job not in latest or latest[job].dest is not job.status)
                    found["locked"] += not unlocked(job)
                latest.clear()
    finally:
        logger.disabled = disabled
        sys.unraisablehook = hook
    return found


def unlocked(job: JobStatus) -> bool:
    """Return whether this thread does not hold the lock of a job: another one could take it."""
    taken: list[bool] = []

    def take() -> None:
        if job._lock.acquire(timeout=1.0):
            taken.append(True)
            job._lock.release()

    if job._lock._is_owned():  # type: ignore[attr-defined]  # of a lock in C as of one in Python
        thread = threading.Thread(target=take)
        thread.start()
        thread.join()
        return bool(taken)
    return True


@unix
@pytest.mark.skipif(sys.gettrace() is not None, reason="an interrupt in the tracer itself, which coverage is, would lock it up")
def test_an_interrupt_at_any_moment_strands_no_job_and_silences_no_listener() -> None:
    found = strike(400, seed=12)
    assert found["interrupted"] == 400
    # Of 10,000 it is less than 0.5 %; of a few hundred the share scatters.
    assert found["stranded"] + found["unheard"] <= 8, found
    assert found["swallowed"] <= SWALLOWED * found["interrupted"], found
    assert found["locked"] == 0, found


def test_a_run_that_is_dropped_before_its_block_ends_its_job() -> None:
    job = JobStatus()
    run = job.run()
    run.__enter__()
    assert job.running
    del run
    gc.collect()
    assert (job.status, job.stop_message) == (CANCELED, "interrupted")


def test_a_run_that_was_never_entered_ends_nothing() -> None:
    job = JobStatus()
    run = job.run()
    run.__exit__(None, None, None)
    del run
    gc.collect()
    assert (job.status, len(job.history)) == (WAITING, 0)
    job.start_run()
    run = job.run()
    with pytest.raises(InvalidTransition):
        run.__enter__()
    del run
    gc.collect()
    assert job.status is RUNNING, "another runs it"


def test_a_run_that_lasts_as_the_program_exits_leaves_its_job_as_it_is() -> None:
    program = """
from job_status import JobStatus
job = JobStatus()
job.subscribe(lambda _, move: print(move.dest.name))
run = job.run(timeout=60.0)
run.__enter__()
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30.0)
    assert (ran.stdout.split(), ran.stderr) == (["RUNNING"], "")


@pytest.mark.parametrize("moment", ["start_run", "stop_run"])
@pytest.mark.parametrize("before", [True, False])
def test_an_interrupt_just_before_or_after_a_move_of_run(moment: str, before: bool) -> None:
    class Struck(JobStatus[RunningStatus]):
        struck = False

        def _move(self, key: Any, *args: Any, **options: Any) -> bool:
            strikes = not self.struck and (key == "start_run") is (moment == "start_run")
            self.struck = self.struck or strikes
            if strikes and before:
                raise KeyboardInterrupt
            moved = super()._move(key, *args, **options)
            if strikes:
                raise KeyboardInterrupt
            return moved

    job = Struck()
    ends: list[str] = []
    job.subscribe(lambda _, move: ends.append(move.dest.name))
    with pytest.raises(KeyboardInterrupt), job.run():
        assert moment == "stop_run", "the block was entered"
    gc.collect()
    expected = {
        ("start_run", True): (WAITING, None, []),
        ("start_run", False): (CANCELED, "KeyboardInterrupt", ["RUNNING", "CANCELED"]),
        ("stop_run", True): (CANCELED, "KeyboardInterrupt", ["RUNNING", "CANCELED"]),
        ("stop_run", False): (SUCCESS, None, ["RUNNING", "SUCCESS"]),
    }
    assert (job.status, job.stop_message, ends) == expected[moment, before]


class StruckLock:
    """In place of a job's lock: Ctrl-C arrives as soon as it is acquired, or as soon as it is released."""

    def __init__(self, job: JobStatus[Any], when: str) -> None:
        self.job, self.lock, self.when = job, job._lock, when
        job._lock = self  # type: ignore[assignment]

    def acquire(self) -> None:
        self.lock.acquire()
        self.strike("acquired")

    def release(self) -> None:
        self.lock.release()
        self.strike("released")

    def strike(self, when: str) -> None:
        if when == self.when:
            self.job._lock = self.lock
            raise KeyboardInterrupt

    def owned(self) -> bool:
        return self.lock._is_owned()  # type: ignore[attr-defined, no-any-return]  # as above


# those that acquire the lock by hand: nothing comes between a lock that `with` acquires and its block
CALLS: dict[str, Callable[[JobStatus], object]] = {
    "move": lambda job: job.suspend(),
    "refusal": lambda job: job.resume(),
    "report": lambda job: job.update_progress(0.75),
    "observation": lambda job: job.observe(SUSPENDED, at=2.0),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("when", ["acquired", "released"])
@pytest.mark.parametrize("within", [False, True], ids=["", "within another call, by a signal handler"])
def test_an_interrupt_just_as_the_lock_is_taken_or_left(call: Callable[[JobStatus], object], when: str, within: bool) -> None:
    job = JobStatus()
    job.observe(RUNNING, at=1.0)
    job.update_progress(0.5)
    calls: list[RunningStatus] = []
    job.subscribe(lambda _, move: calls.append(move.dest))
    before = facts(job)
    lock = StruckLock(job, when)
    with lock.lock if within else nullcontext(), pytest.raises(KeyboardInterrupt):
        call(job)
    assert not lock.owned()
    if when == "acquired":
        assert facts(job) == before, "nothing was done"
    else:
        assert facts(job) != before, "all was done"
    assert calls == [job.status] * (len(job.history) - len(before["history"]) - any(move.refused for move in job.history))


class Overtaken(StruckLock):
    """The same, of a job that another call moves just before."""

    def acquire(self) -> None:
        self.job._lock = self.lock
        self.job.suspend()
        self.job._lock = self  # type: ignore[assignment]
        super().acquire()


@pytest.mark.parametrize("when", ["acquired", "released"])
def test_and_as_an_observation_comes_too_late(when: str) -> None:
    job = JobStatus()
    job.start_run()
    lock = Overtaken(job, when)
    with lock.lock, pytest.raises(KeyboardInterrupt):
        job.observe(SUCCESS)
    assert not lock.owned()
    assert job.status is SUSPENDED


OTHERS: dict[str, Callable[[JobStatus], object]] = {
    "another attempt": lambda job: job.suspend(attempt=7),
    "observation that changes nothing": lambda job: job.observe(RUNNING, at=2.0),
}


@pytest.mark.parametrize("call", [*CALLS.values(), *OTHERS.values()], ids=[*CALLS, *OTHERS])
def test_a_call_by_a_signal_handler_within_another_leaves_the_lock_to_that(call: Callable[[JobStatus], object]) -> None:
    job = JobStatus()
    job.start_run()
    with job._lock:
        with suppress(InvalidTransition):
            call(job)
        assert job._lock._is_owned()  # type: ignore[attr-defined]  # as above


# -- between a move and its listeners


class Stop(BaseException):
    """As SystemExit, but of this test."""


@pytest.mark.parametrize("interrupt", [SystemExit, KeyboardInterrupt, Stop])
def test_a_listener_that_raises_an_interrupt_silences_no_other(interrupt: type[BaseException]) -> None:
    job = JobStatus()
    calls: list[str] = []

    def first(_job: JobStatus, move: Move[Any]) -> None:
        calls.append(f"first {move.dest.name}")
        raise interrupt("first")

    def second(_job: JobStatus, move: Move[Any]) -> None:
        calls.append(f"second {move.dest.name}")
        raise interrupt("second")

    job.subscribe(first)
    job.subscribe(second)
    job.subscribe(lambda _, move: calls.append(f"third {move.dest.name}"))
    with pytest.raises(interrupt, match="first"):
        job.observe(SUCCESS)
    assert job.success
    assert calls == [f"{name} {dest}" for name in ("first", "second", "third") for dest in ("RUNNING", "SUCCESS")]


def test_and_none_that_listens_to_progress() -> None:
    job = JobStatus()
    job.start_run()
    calls: list[float] = []

    def first(_job: JobStatus, _move: Move[Any]) -> None:
        raise SystemExit

    job.subscribe(first, progress=True)
    job.subscribe(lambda status, _: calls.append(status.progress), progress=True)
    with pytest.raises(SystemExit):
        job.update_progress(0.5)
    assert calls == [0.5]


def test_run_ends_the_job_whose_listener_exits() -> None:
    job = JobStatus()
    calls: list[str] = []

    def leave(_job: JobStatus, move: Move[Any]) -> None:
        if move.dest is RUNNING:
            raise SystemExit

    job.subscribe(leave)
    job.subscribe(lambda _, move: calls.append(move.dest.name))
    with pytest.raises(SystemExit), job.run():
        raise AssertionError("the block was entered")
    assert (job.status, calls) == (ERROR, ["RUNNING", "ERROR"])


def test_a_listener_that_fails_is_logged_and_the_others_are_called(caplog: pytest.LogCaptureFixture) -> None:
    job = JobStatus(name="a job")
    calls: list[str] = []

    def broken(_job: JobStatus, _move: Move[Any]) -> None:
        raise RuntimeError("broken")

    job.subscribe(broken)
    job.subscribe(lambda _, move: calls.append(move.dest.name))
    assert job.start_run()
    assert calls == ["RUNNING"]
    assert [record.getMessage().partition(" on ")[0] for record in caplog.records] == ["a job: a listener failed"]


# -- those who wait


def lose_calls(job: JobStatus) -> None:
    """Make it that no listener of the job is called from now on, as if each call had been interrupted."""
    job._listeners = ()


def test_a_wait_whose_call_was_lost_ends_all_the_same() -> None:
    job = JobStatus()
    results: list[bool] = []
    thread = threading.Thread(target=lambda: results.append(job.wait(timeout=60)))
    thread.start()
    while not job._listeners:
        time.sleep(0.001)
    lose_calls(job)
    job.stop_run(ERROR)
    thread.join(5)
    assert results == [True]


def test_an_asynchronous_wait_whose_call_was_lost_ends_all_the_same() -> None:
    job = JobStatus()

    async def main() -> bool:
        waiting = asyncio.create_task(job.wait_async(timeout=60))
        while not job._listeners:
            await asyncio.sleep(0)
        lose_calls(job)
        job.stop_run(ERROR)
        return await asyncio.wait_for(waiting, 5)

    assert asyncio.run(main()) is True


@pytest.mark.parametrize("wait", [JobStatus.wait, lambda job: asyncio.run(job.wait_async())], ids=["wait", "wait_async"])
def test_a_wait_without_a_timeout_lasts_until_the_end(wait: Callable[[JobStatus], bool]) -> None:
    job = JobStatus()
    results: list[bool] = []
    thread = threading.Thread(target=lambda: results.append(wait(job)))
    thread.start()
    thread.join(0.1)
    assert thread.is_alive()
    job.stop_run(ERROR)
    thread.join(5)
    assert results == [True]


def test_a_wait_leaves_no_listener_behind() -> None:
    job = JobStatus()
    assert job.wait(0.01) is False
    assert asyncio.run(job.wait_async(0.01)) is False
    assert job.wait(-1.0) is False
    assert job._listeners == ()


def test_a_wait_ends_in_time() -> None:
    began, worked = time.monotonic(), time.thread_time()
    assert JobStatus().wait(0.05) is False
    assert 0.05 <= time.monotonic() - began < 0.9, "it does not sleep until it would look again"
    assert time.thread_time() - worked < 0.01, "it sleeps"


def test_those_who_wait_are_woken_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("job_status._run.LOOK_AGAIN", 60.0)
    job = JobStatus()
    waited: list[float] = []

    def wait() -> None:
        job.wait(timeout=60)
        waited.append(time.monotonic())

    async def wait_async() -> None:
        await job.wait_async(timeout=60)
        waited.append(time.monotonic())

    threads = [threading.Thread(target=wait), threading.Thread(target=lambda: asyncio.run(wait_async()))]
    for thread in threads:
        thread.start()
    while len(job._listeners) < 2:
        time.sleep(0.001)
    ended = time.monotonic()
    job.stop_run(ERROR)
    for thread in threads:
        thread.join()
    assert max(waited) - ended < 30, "they did not wait until they would look again"


# -- those who subscribe meanwhile


def test_a_job_moves_while_others_subscribe() -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    job = JobStatus()
    job.start_run()
    calls: Counter[int] = Counter()
    over = threading.Event()
    errors: list[BaseException] = []

    def come_and_go(number: int) -> None:
        try:
            while not over.is_set():
                job.subscribe(lambda _, __: calls.update([number]), progress=bool(number % 2))()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=come_and_go, args=(number,)) for number in range(4)]
    stays: list[str] = []
    job.subscribe(lambda _, move: stays.append(move.trigger))
    try:
        for thread in threads:
            thread.start()
        for _ in range(500):
            job.suspend()
            job.resume()
            job.update_progress(0.5)
    finally:
        over.set()
        for thread in threads:
            thread.join()
        sys.setswitchinterval(interval)
    assert errors == []
    assert stays == ["suspend", "resume"] * 500
    assert len(job._listeners) == 1


if __name__ == "__main__":
    print(strike(int(sys.argv[1]), seed=int(sys.argv[2]), reports=int(sys.argv[3])))


# -- garbage that is collected in the midst of a move


class Canceler:
    """Garbage that requests the cancel of a job as it is collected."""

    def __init__(self, job: JobStatus) -> None:
        self.job, self.itself = job, self

    def __del__(self) -> None:
        self.job.request_cancel("meanwhile", quiet=True)


@pytest.mark.parametrize("trigger", ["resume", "suspend", "stop_run", "observe", "update_progress"])
def test_a_finalizer_may_move_the_job_wherever_garbage_is_collected(trigger: str) -> None:
    for allocations in range(12):
        job = JobStatus()
        job.start_run()
        job.update_progress(0.5, "phase")
        if trigger in ("resume", "observe"):
            job.suspend()
        calls: dict[str, Callable[[], object]] = {
            "resume": job.resume,
            "suspend": job.suspend,
            "stop_run": job.stop_run,
            "observe": partial(job.observe, RUNNING),
            "update_progress": partial(job.update_progress, 0.75, "later"),
        }
        call = calls[trigger]
        # While these live, no tuple of their sizes is made of one that was dropped before.
        taken = [[(n, n) for n in range(4100)], [(n, n, n) for n in range(4100)], [(n, n, n, n) for n in range(4100)]]
        gc.collect()
        gc.disable()
        Canceler(job)
        before = gc.get_threshold()
        gc.set_threshold(gc.get_count()[0] + allocations)
        gc.enable()
        try:
            call()
        except InvalidTransition:
            pass
        finally:
            gc.set_threshold(*before)
            gc.enable()
        del taken
        gc.collect()
        moves = [move for move in job.history if not move.refused]
        assert moves[-1].dest is job.status
        assert all(one.dest is other.source for one, other in pairwise(moves))
        JobStatus.from_dict(job.to_dict())
