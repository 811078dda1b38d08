"""How long a job takes to move, beside its peers: `python tests/benchmarks` prints a table of ratios.

Only ratios within one run mean anything: the two that are compared take turns in short batches, and the fastest batch of each
counts. A ratio is there to be read; none is asserted, since a busy machine proves nothing. Needs the extra `bench`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from statistics import median
from tempfile import TemporaryDirectory
from timeit import Timer
from typing import Any, NamedTuple, Protocol

from automat import TypeMachineBuilder
from statemachine import State, StateMachine
from transitions import Machine
from transitions.extensions import LockedMachine

from job_status import JOB_LIFECYCLE, InvalidTransition, JobStatus, Lifecycle, RunningStatus, Transition

# -- the peers, each as its users would write it, with the same moves


def perceval_job() -> Callable[[], Any]:
    """Perceval's own JobStatus: no guards, no lock, no history."""
    with TemporaryDirectory() as folder:
        os.environ["PCVL_PERSISTENT_PATH"] = folder  # else it makes folders in the user's home as it is imported
        job: Callable[[], Any] = import_module("perceval.runtime").JobStatus
    return job


MOVES = [
    ("start_run", "WAITING", "RUNNING"),
    ("update_progress", "WAITING RUNNING", "RUNNING"),
    ("update_progress", "CANCEL_REQUESTED", "CANCEL_REQUESTED"),
    ("request_cancel", "WAITING RUNNING SUSPENDED", "CANCEL_REQUESTED"),
    ("suspend", "RUNNING", "SUSPENDED"),
    ("resume", "SUSPENDED", "RUNNING"),
    ("succeed", "RUNNING CANCEL_REQUESTED", "SUCCESS"),
    ("fail", "WAITING RUNNING SUSPENDED CANCEL_REQUESTED", "ERROR"),
    ("cancel", "WAITING RUNNING SUSPENDED CANCEL_REQUESTED", "CANCELED"),
]
STATES = ("WAITING", "RUNNING", "SUCCESS", "ERROR", "CANCELED", "SUSPENDED", "CANCEL_REQUESTED")


def shared(machine_class: type[Machine]) -> Machine:
    """One machine for all jobs."""
    machine = machine_class(model=None, states=[*STATES], initial="WAITING", auto_transitions=False)
    for trigger, sources, dest in MOVES:
        for source in sources.split():
            machine.add_transition(trigger, source, dest)
    return machine


class MachineJob:
    """A plain object: a shared Machine is told to fire its events for it, and need not register it."""

    machine = shared(Machine)

    def __init__(self) -> None:
        self.state = "WAITING"
        self.progress = 0.0

    def start_run(self) -> bool:
        return self.machine.events["start_run"].trigger(self)

    def update_progress(self, progress: float) -> bool:
        self.progress = progress
        return self.machine.events["update_progress"].trigger(self)

    def succeed(self) -> bool:
        return self.machine.events["succeed"].trigger(self)


class LockedJob:
    """A registered model: only those are locked. The machine gives it its triggers."""

    machine = shared(LockedMachine)

    def __init__(self) -> None:
        self.progress = 0.0
        self.machine.add_model(self)


class StateMachineJob(StateMachine):
    """python-statemachine."""

    waiting = State(initial=True)
    running = State()
    suspended = State()
    cancel_requested = State()
    success = State(final=True)
    error = State(final=True)
    canceled = State(final=True)

    start_run = waiting.to(running)
    update_progress = waiting.to(running) | running.to(running) | cancel_requested.to(cancel_requested)
    request_cancel = waiting.to(cancel_requested) | running.to(cancel_requested) | suspended.to(cancel_requested)
    suspend = running.to(suspended)
    resume = suspended.to(running)
    succeed = running.to(success) | cancel_requested.to(success)
    fail = waiting.to(error) | running.to(error) | suspended.to(error) | cancel_requested.to(error)
    cancel = waiting.to(canceled) | running.to(canceled) | suspended.to(canceled) | cancel_requested.to(canceled)

    def on_update_progress(self, progress: float) -> None:
        self.progress = progress


class AutomatJob(Protocol):
    """Automat: the inputs."""

    def start_run(self) -> None: ...
    def update_progress(self, progress: float) -> None: ...
    def request_cancel(self) -> None: ...
    def suspend(self) -> None: ...
    def resume(self) -> None: ...
    def succeed(self) -> None: ...
    def fail(self) -> None: ...
    def cancel(self) -> None: ...


@dataclass
class Facts:
    """Automat: what a job remembers."""

    progress: float = 0.0


def automat_job() -> Callable[[], AutomatJob]:
    builder = TypeMachineBuilder(AutomatJob, Facts)
    states = {name: builder.state(name) for name in STATES}

    def report(job: AutomatJob, facts: Facts, progress: float) -> None:
        facts.progress = progress

    for trigger, sources, dest in MOVES:
        for source in sources.split():
            moved = states[source].upon(getattr(AutomatJob, trigger)).to(states[dest])
            if trigger == "update_progress":
                moved(report)
            else:
                moved.returns(None)
    build = builder.build()
    return lambda: build(Facts())


# -- the measures

#: how often two that are compared take turns, and for how long in seconds; how many interpreters import each; how many jobs
ROUNDS, TURN, IMPORTS, JOBS = 200, 0.002, 50, 100_000

LIFE = "job = Job(); job.start_run(); job.stop_run()"
PEER_LIFE = "job = Job(); job.start_run(); job.succeed()"
LOCKED_LIFE = PEER_LIFE + "; Job.machine.remove_model(job)"  # which would keep it forever
REPORT = "job.update_progress(0.5)"
LOCKED_REPORT = "job.update_progress(); job.progress = 0.5"
NEW_JOBS = "jobs = [Job() for _ in range(1000)]"
START_THEM = "for job in jobs: job.start_run()"
REFUSE_THEM = """
for job in jobs:
    try:
        job.start_run()
    except InvalidTransition:
        pass
"""
IMPORT = "from time import perf_counter; start = perf_counter(); {}; print(perf_counter() - start)"


class Row(NamedTuple):
    """A line of the table, as text."""

    measure: str
    against: str
    ratio: str
    at_most: str


def rows() -> Iterator[Row]:
    yield from beside_perceval()
    yield from beside_an_enum_of_ones_own()
    yield from beside_machines()
    yield refusal()
    yield from memory()
    yield imports()


def beside_perceval() -> Iterator[Row]:
    perceval = perceval_job()
    ours, theirs = names(JobStatus), names(perceval)
    for measure, code, limit in (
        ("create, start_run, stop_run", LIFE, "2.0"),
        ("update_progress", REPORT, "1.5"),
        ("running", "job.running;" * 20, "1.0"),
        ("completed", "job.completed;" * 20, "1.0"),
    ):
        yield Row(measure, "Perceval's own", ratio(Timer(code, globals=ours), Timer(code, globals=theirs)), limit)


class Stage(Enum):
    """Statuses of one's own."""

    QUEUED = "queued"
    STARTED = "started"
    DONE = "done"
    FAILED = "failed"


STAGES = Lifecycle(
    (
        Transition("start_run", Stage.QUEUED, Stage.STARTED),
        Transition("update_progress", Stage.STARTED, Stage.STARTED),
        Transition("stop_run", Stage.STARTED, Stage.DONE),
        Transition("stop_run", Stage.STARTED, Stage.FAILED),
    ),
    means=dict(zip(Stage, (RunningStatus.WAITING, RunningStatus.RUNNING, RunningStatus.SUCCESS, RunningStatus.ERROR), strict=True)),
)


def beside_an_enum_of_ones_own() -> Iterator[Row]:
    # Both are given: to pass the keyword takes longer than any difference between the two.
    own, ours = names(lambda: JobStatus(lifecycle=STAGES)), names(lambda: JobStatus(lifecycle=JOB_LIFECYCLE))
    for measure, code in (("create, start_run, stop_run", LIFE), ("update_progress", REPORT)):
        yield Row(f"own Enum: {measure}", "JOB_LIFECYCLE", ratio(Timer(code, globals=own), Timer(code, globals=ours)), "1.1")


def beside_machines() -> Iterator[Row]:
    ours = names(JobStatus)
    for peer, job, life, report, limit in (
        ("a shared transitions.Machine", MachineJob, PEER_LIFE, REPORT, "1/8"),
        ("a shared LockedMachine", LockedJob, LOCKED_LIFE, LOCKED_REPORT, "1/60"),
        ("python-statemachine", StateMachineJob, PEER_LIFE, REPORT, "1/100"),
        ("Automat", automat_job(), PEER_LIFE, REPORT, "1.0"),
    ):
        theirs = names(job)
        yield Row("create, start, stop", peer, ratio(Timer(LIFE, globals=ours), Timer(life, globals=theirs)), limit)
        yield Row("update_progress", peer, ratio(Timer(REPORT, globals=ours), Timer(report, globals=theirs)), limit)


def refusal() -> Row:
    """Of new jobs: their first start and their second. A turn is one run, since no job starts twice."""
    known = {"Job": JobStatus, "InvalidTransition": InvalidTransition}
    refused = Timer(REFUSE_THEM, f"{NEW_JOBS}\n{START_THEM}", globals=known)
    accepted = Timer(START_THEM, NEW_JOBS, globals=known)
    return Row("a refused move, caught", "an accepted one", ratio(refused, accepted, runs=1), "4.0")


def memory() -> Iterator[Row]:
    jobs: list[JobStatus | None] = [None] * JOBS
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(JOBS):
        jobs[number] = JobStatus()
    waiting, _ = tracemalloc.get_traced_memory()
    for job in jobs:
        assert job is not None
        job.start_run()
        job.update_progress(0.5, "sampling")
        job.stop_run()
    completed, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    yield Row("bytes per waiting job", "-", f"{(waiting - before) / JOBS:.0f}", "300")
    yield Row("bytes per completed job", "-", f"{(completed - before) / JOBS:.0f}", "900")


def imports() -> Row:
    """Each import in an interpreter of its own, by turns: the median ratio. The first pair, which may compile, is left out."""
    statements = "from job_status import JobStatus", "from transitions import Machine"
    pairs = [[seconds_to_import(statement) for statement in statements] for _ in range(IMPORTS + 1)][1:]
    return Row(*statements, shown(median(ours / theirs for ours, theirs in pairs)), "1.3")


def seconds_to_import(statement: str) -> float:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    child = [sys.executable, "-c", IMPORT.format(statement)]
    return float(subprocess.run(child, check=True, capture_output=True, text=True, env=environment).stdout)


def names(job: Callable[[], Any]) -> dict[str, Any]:
    """What the timed code may use: how to make a job, and one that runs."""
    running = job()
    running.start_run()
    return {"Job": job, "job": running}


def ratio(ours: Timer, theirs: Timer, runs: int | None = None) -> str:
    """The time of a run of `ours` by that of one of `theirs`; a turn is so many runs, or as many as fill it."""
    timers = [(timer, runs or runs_in_a_turn(timer)) for timer in (ours, theirs)]
    turns = [[timer.timeit(runs) / runs for timer, runs in timers] for _ in range(ROUNDS)]
    return shown(min(times[0] for times in turns) / min(times[1] for times in turns))


def runs_in_a_turn(timer: Timer) -> int:
    runs, seconds = timer.autorange()
    return max(1, round(runs * TURN / seconds))


def shown(ratio: float) -> str:
    """A ratio as text; a small one as a fraction."""
    return f"{ratio:.2f}" if ratio > 0.5 else f"1/{1 / ratio:.3g}"


def main() -> None:
    show(Row("measure", "against", "ratio", "at most"))
    show(Row("-" * 37, "-" * 28, "------:", "------:"))
    for row in rows():
        show(row)


def show(row: Row) -> None:
    print(f"| {row.measure:37} | {row.against:28} | {row.ratio:>7} | {row.at_most:>7} |", flush=True)


if __name__ == "__main__":
    main()
