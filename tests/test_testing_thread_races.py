"""Races of real threads, and the order of the steps that explains what each was answered."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from enum import Enum
from pathlib import Path
from random import Random
from traceback import walk_tb
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transitions import Machine
from transitions.extensions import LockedMachine

from job_status import JOB_LIFECYCLE, JobStatus, Lifecycle, RunningStatus, Transition
from job_status.testing import Recorder, assert_invariants, races, thread_races
from job_status.testing._graph import Graph
from job_status.testing._linear import Answer, Explainer
from job_status.testing._races import Order, run
from job_status.testing._scripts import parties, start
from job_status.testing._subject import Subject
from job_status.testing._turns import Turns
from tests.random_lifecycles import lifecycles

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus

RUNNER = ["start_run", "stop_run(SUCCESS)"]
WATCHDOG = ["stop_run(ERROR)"]


class Job:
    """A job class as people write them: each method looks first and then acts, which is right as long as one thread calls it."""

    def __init__(self) -> None:
        self.status = WAITING
        self.cancel_requested = False
        self.mesg: str | None = None

    @property
    def completed(self) -> bool:
        return self.status in (SUCCESS, ERROR, CANCELED)

    def start_run(self) -> bool:
        if self.status is not WAITING:
            return False
        self.status = RUNNING
        return True

    def request_cancel(self) -> bool:
        if self.completed or self.cancel_requested:
            return False
        self.cancel_requested = True
        self.status = CANCEL_REQUESTED
        return True

    def stop_run(self, cause: RunningStatus) -> bool:
        if self.completed or (cause is SUCCESS and self.status not in (RUNNING, CANCEL_REQUESTED)):
            return False
        self.status = cause
        return True


class LockedJob(Job):
    """The same, with a lock around each."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()

    def start_run(self) -> bool:
        with self.lock:
            return super().start_run()

    def request_cancel(self) -> bool:
        with self.lock:
            return super().request_cancel()

    def stop_run(self, cause: RunningStatus) -> bool:
        with self.lock:
            return super().stop_run(cause)


class OnOneLine(LockedJob):
    """A check-then-act without a call or a new line between the two."""

    def start_run(self) -> bool:
        won, self.status = (True, RUNNING) if self.status is WAITING else (False, self.status)
        return won


class Undoing(LockedJob):
    """A refusal that first acts, then looks, and takes back what it did: it leaves no trace, unless others act meanwhile."""

    def stop_run(self, cause: RunningStatus) -> bool:
        before, self.status = self.status, cause
        if before in (RUNNING, CANCEL_REQUESTED) or (before in (WAITING, SUSPENDED) and cause is not SUCCESS):
            return True
        self.status = before
        return False


class Grumbling(LockedJob):
    """A refusal that leaves a trace."""

    def stop_run(self, cause: RunningStatus) -> bool:
        won = super().stop_run(cause)
        self.mesg = self.mesg if won else f"not {cause.name} any more"
        return won


class CheckThenAct(JobStatus):
    """A subclass that looks by itself, outside of the lock."""

    def stop_run(self, cause: RunningStatus = SUCCESS, mesg: str | None = None, attempt: int | None = None) -> bool:
        if self.completed:
            return False
        self._position = self.lifecycle.position(cause, None, self.cancel_requested)
        return True


@pytest.mark.parametrize(
    ("factory", "scripts", "words"),
    [
        pytest.param(
            Job,
            (RUNNER, WATCHDOG),
            r"no order of the steps explains 1:start_run, 1:stop_run\(SUCCESS\), 2:stop_run\(ERROR\) => (SUCCESS|ERROR): "
            r"after 1:start_run, .* the job is (ERROR|SUCCESS), where the table refuses \d:stop_run\((SUCCESS|ERROR)\); "
            r"so in \d+ of 400 rounds",
            id="two finishes win",
        ),
        pytest.param(
            CheckThenAct,
            (RUNNER, WATCHDOG),
            r"where the table refuses \d:stop_run",
            id="two finishes of a JobStatus win",
        ),
        pytest.param(
            Job,
            (["start_run"], ["start_run"]),
            "no order of the steps explains 1:start_run, 2:start_run => RUNNING: "
            "after 1:start_run the job is RUNNING, where the table refuses 2:start_run; so in",
            id="two starts win",
        ),
        pytest.param(OnOneLine, (["start_run"], ["start_run"]), "the table refuses 2:start_run", id="two starts win, on one line"),
        pytest.param(
            Job,
            (["start_run"], ["request_cancel"]),
            "no order of the steps explains 1:start_run, 2:request_cancel => RUNNING: "
            "the orders that explain the answers end as CANCEL_REQUESTED; so in",
            id="a cancel request is lost",
        ),
        pytest.param(
            Undoing,
            (["start_run"], ["stop_run(SUCCESS)"]),
            r"no order of the steps explains 1:start_run, 2:stop_run\(SUCCESS\) \(refused\) => WAITING: "
            r"the orders that explain the answers end as RUNNING; so in|\(refused\) => WAITING: .* has RUNNING for 1:start_run",
            id="a refusal overwrites a start",
        ),
        pytest.param(
            Grumbling,
            (["stop_run(ERROR)"], ["stop_run(CANCELED)"]),
            r"2:stop_run\(CANCELED\) was refused, and yet it changed mesg: None -> 'not CANCELED any more', in the order 1:|"
            r"1:stop_run\(ERROR\) was refused, and yet it changed mesg: None -> 'not ERROR any more', in the order 2:",
            id="a refusal leaves a trace",
        ),
    ],
)
def test_what_threads_break_is_found(factory: Callable[[], Any], scripts: tuple[list[str], ...], words: str) -> None:
    rounds = thread_races(JOB_LIFECYCLE, *scripts, factory=factory)
    with pytest.raises(AssertionError, match=words):
        assert_invariants(rounds)


@pytest.mark.parametrize("factory", [Job, OnOneLine, Undoing])
def test_the_same_classes_are_right_one_step_after_the_other(factory: Callable[[], Any]) -> None:
    assert_invariants(races(JOB_LIFECYCLE, RUNNER, WATCHDOG, ["request_cancel"], ["start_run"], factory=factory))


SCRIPTS = (
    ["start_run", ("update_progress", 0.5), "stop_run(SUCCESS)"],
    ["request_cancel", "stop_run(CANCELED)"],
    ["suspend", "resume", ("observe", ERROR)],
    [("observe", UNKNOWN), ("start_run", 0)],
)


def test_a_job_status_passes() -> None:
    rounds = thread_races(JOB_LIFECYCLE, *SCRIPTS)
    assert len(rounds) == 400
    assert len(rounds.outcomes) > 5
    assert_invariants(rounds)


def test_a_class_with_a_lock_passes() -> None:
    rounds = thread_races(JOB_LIFECYCLE, RUNNER, WATCHDOG, ["request_cancel"], factory=LockedJob)
    assert_invariants(rounds)
    sequential = races(JOB_LIFECYCLE, RUNNER, WATCHDOG, ["request_cancel"], factory=LockedJob)
    assert len(rounds.outcomes) > 3
    assert set(rounds) <= set(sequential)


def test_the_report_is_by_outcome() -> None:
    rounds = thread_races(JOB_LIFECYCLE, ["start_run"], ["start_run"], factory=Job)
    text = str(rounds)
    assert text.startswith("400 rounds of threads, 3 outcomes\n")
    assert " x RUNNING, refused: 1:start_run\n         as in 2:start_run, 1:start_run\n" in f"{text}\n"
    assert (
        " x RUNNING, refused: nothing\n         no order of the steps explains it: "
        "after 1:start_run the job is RUNNING, where the table refuses 2:start_run\n"
    ) in f"{text}\n"
    found = next(order for order in rounds if order.unexplained)
    assert [(step.script, step.accepted, step.before, step.after) for step in found.steps] == [
        (1, True, "WAITING", "RUNNING"),
        (2, True, "WAITING", "RUNNING"),
    ]


# -- machines, and lifecycles of one's own

MOVES: list[Any] = [["go", "new", "old"], ["end", ["new", "old"], "gone"]]


class Model:
    state: str


def model_of(kind: type[Machine]) -> Callable[[], Model]:
    def make() -> Model:
        model = Model()
        kind(model, states=["new", "old", "gone"], initial="new", transitions=MOVES, auto_transitions=False)
        return model

    return make


FLAT = Machine(model=None, states=["new", "old", "gone"], initial="new", transitions=MOVES, auto_transitions=False)


def test_a_machine_without_a_lock_is_found() -> None:
    for factory in (None, model_of(Machine)):
        with pytest.raises(AssertionError, match="no order of the steps explains 1:go, 1:end, 2:end => gone: after 1:go, "):
            assert_invariants(thread_races(FLAT, ["go", "end"], ["end"], factory=factory))


def test_a_locked_machine_passes() -> None:
    rounds = thread_races(FLAT, ["go", "end"], ["end"], factory=model_of(LockedMachine), rounds=200)
    assert {order.final for order in rounds} == {"gone"}
    assert_invariants(rounds)


def test_a_condition_of_a_machine_may_refuse() -> None:
    class Fenced(Model):
        def allowed(self) -> bool:
            return False

    machine = Machine(None, states=["new", "old"], initial="new", auto_transitions=False)
    machine.add_transition("go", "new", "old", conditions="allowed")
    rounds = thread_races(machine, ["go"], ["go"], factory=Fenced, rounds=20)
    assert [order.final for order in rounds] == ["new"] * 20
    assert_invariants(rounds)


class Step(Enum):
    DRAFT = 1
    SENT = 2
    PAID = 3


INVOICE: Lifecycle[Step] = Lifecycle(
    (Transition("send", Step.DRAFT, Step.SENT), Transition("stop_run", Step.SENT, Step.PAID)),
    means={Step.DRAFT: WAITING, Step.SENT: RUNNING, Step.PAID: SUCCESS},
)


class Invoice:
    def __init__(self) -> None:
        self.status = Step.DRAFT

    def send(self) -> bool:
        if self.status is Step.DRAFT:
            self.status = Step.SENT
            return True
        return False

    def stop_run(self, cause: Any) -> bool:
        if self.status is Step.SENT:
            self.status = Step.PAID
            return True
        return False


def test_statuses_of_ones_own_race() -> None:
    assert_invariants(thread_races(INVOICE, ["send", "stop_run(SUCCESS)"], ["stop_run(PAID)"]))
    with pytest.raises(AssertionError, match="after 1:send the job is SENT, where the table refuses 2:send"):
        assert_invariants(thread_races(INVOICE, ["send"], ["send"], factory=Invoice))


# -- what explains a round


def explained(
    scripts: tuple[list[Any], ...],
    answers: list[list[tuple[bool, int, int]]],
    final: str,
    cancel_requested: bool | None = None,
    factory: Callable[[], Any] | None = None,
) -> Order:
    """Explain a round in which each step was accepted or not, was called at one time and had been answered at another."""
    subject, graph = Subject(JOB_LIFECYCLE, factory), Graph(JOB_LIFECYCLE)
    explainer = Explainer(subject, graph, start(subject, graph), parties(scripts, subject))
    given = [[Answer(accepted, "", "", called, answered) for accepted, called, answered in script] for script in answers]
    return explainer.order(given, final, cancel_requested)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(lifecycle=lifecycles(), data=st.data())
def test_what_a_job_answers_to_steps_in_any_order_is_explained(lifecycle: Lifecycle[Any], data: st.DataObject) -> None:
    steps: list[Any] = [*lifecycle.labels, *(("observe", status) for status in lifecycle.statuses)]
    steps += [("observe", status, None, at) for status in lifecycle.statuses for at in (1.0, 2.0)]
    scripts = data.draw(st.lists(st.lists(st.sampled_from(steps), min_size=1, max_size=4), min_size=2, max_size=3))
    subject, graph = Subject(lifecycle), Graph(lifecycle)
    calls = parties(scripts, subject)
    order = data.draw(st.permutations([script for script, script_calls in enumerate(calls) for _ in script_calls]))
    ran = run(subject, calls, order, {})
    apart = data.draw(st.booleans())  # else all steps take place at once
    answers: list[list[Answer]] = [[] for _ in scripts]
    for number, step in enumerate(ran.steps):
        times = (2 * number, 2 * number + 1) if apart else (0, 9)
        answers[step.script - 1].append(Answer(step.accepted, step.before, step.after, *times))
    requested = ran.steps[-1].cancel_requested
    found = Explainer(subject, graph, start(subject, graph), calls).order(answers, ran.final, requested)
    assert not found.unexplained
    if apart:
        assert found == ran


def test_steps_at_the_same_time_may_come_in_any_order() -> None:
    order = explained((["start_run"], ["suspend"]), [[(True, 0, 9)], [(False, 1, 8)]], "RUNNING", False)
    assert str(order) == "2:suspend (refused), 1:start_run => RUNNING"
    order = explained((["start_run"], ["suspend"]), [[(True, 0, 9)], [(True, 1, 8)]], "SUSPENDED", False)
    assert str(order) == "1:start_run, 2:suspend => SUSPENDED"


def test_a_step_comes_after_those_that_had_been_answered_when_it_was_called() -> None:
    order = explained((["start_run"], ["suspend"]), [[(True, 0, 1)], [(False, 2, 3)]], "RUNNING", False)
    late = "2:suspend (refused), 1:start_run would, but 1:start_run had been answered before 2:suspend was called"
    assert order.unexplained == late
    order = explained((["start_run"], ["suspend", "suspend"]), [[(True, 2, 3)], [(False, 0, 1), (False, 4, 5)]], "RUNNING", False)
    assert order.unexplained == f"2:suspend (refused), {late}"


def test_an_order_ends_as_the_job_did() -> None:
    both = (["start_run"], ["request_cancel"])
    order = explained(both, [[(True, 0, 9)], [(True, 0, 9)]], "RUNNING", True)
    assert order.unexplained == "the orders that explain the answers end as CANCEL_REQUESTED"
    order = explained((["request_cancel"], WATCHDOG), [[(True, 0, 9)], [(True, 0, 9)]], "ERROR", False)
    assert order.unexplained == "the orders that explain the answers leave a cancel request, which the job has forgotten"
    assert not explained((["request_cancel"], WATCHDOG), [[(True, 0, 9)], [(True, 0, 9)]], "ERROR", True).unexplained
    assert not explained((["request_cancel"], WATCHDOG), [[(True, 0, 9)], [(True, 0, 9)]], "ERROR", None).unexplained


def test_a_first_step_that_nothing_explains_is_named() -> None:
    order = explained((["suspend"], ["start_run"]), [[(True, 0, 9)], [(False, 0, 9)]], "SUSPENDED")
    assert order.unexplained == "the job begins as WAITING, where the table refuses 1:suspend and has RUNNING for 2:start_run"


def test_nothing_is_explained_by_nothing() -> None:
    assert str(explained(([], []), [[], []], "WAITING", False)) == " => WAITING"
    assert explained(([], []), [[], []], "RUNNING").unexplained == "the orders that explain the answers end as WAITING"


def test_a_step_that_names_its_attempt_may_be_refused_for_that() -> None:
    scripts = (["start_run"], [("stop_run", SUCCESS, None, 2)])
    order = explained(scripts, [[(True, 0, 1)], [(False, 2, 3)]], "RUNNING", False)
    assert [(step.before, step.after) for step in order.steps] == [("WAITING", "RUNNING"), ("RUNNING", "RUNNING")]
    unnamed = (["start_run"], [("stop_run", SUCCESS, None, None)])
    assert explained(unnamed, [[(True, 0, 1)], [(False, 2, 3)]], "RUNNING", False).unexplained


def test_where_real_objects_answer_otherwise_an_order_is_as_the_table_has_it() -> None:
    order = explained((["start_run"], [("request_cancel", None, 7)]), [[(True, 0, 1)], [(True, 2, 3)]], "CANCEL_REQUESTED", None)
    assert not order.unexplained
    assert [(step.accepted, step.after, step.cancel_requested) for step in order.steps] == [
        (True, "RUNNING", None),
        (True, "CANCEL_REQUESTED", None),
    ]


# -- threads


class Stuck(Job):
    """Two locks, taken in either order."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.other, self.both = threading.Lock(), threading.Lock(), threading.Barrier(2)

    def start_run(self) -> bool:
        with self.one:
            self.both.wait()
            with self.other:  # waits for ever
                return True

    def request_cancel(self) -> bool:
        with self.other:
            self.both.wait()
            with self.one:
                return True


def test_threads_that_wait_for_each_other_are_named_with_their_lines() -> None:
    jobs: list[Stuck] = []

    def make() -> Stuck:
        jobs.append(Stuck())
        return jobs[-1]

    try:
        with pytest.raises(AssertionError) as failure:
            thread_races(JOB_LIFECYCLE, ["start_run"], ["request_cancel"], factory=make, timeout=1.0)
    finally:
        for lock in (jobs[-1].one, jobs[-1].other):
            lock.release()
    lines = str(failure.value).splitlines()
    first = Stuck.start_run.__code__.co_firstlineno
    assert lines[0] == "round 1 of threads has not ended after 1 s"
    assert lines[1] == f"  1:start_run is at {__file__}:{first + 3}, in start_run"
    assert lines[2].startswith("  2:request_cancel is at ")


def test_the_line_of_a_thread_is_the_innermost_where_none_is_the_users() -> None:
    jobs: list[JobStatus] = []

    def make() -> JobStatus:
        jobs.append(JobStatus())
        if len(jobs) > 1:
            jobs[-1]._lock.acquire()
        return jobs[-1]

    threads = set(threading.enumerate())
    with pytest.raises(AssertionError, match=r"1:start_run is at .*_\w+\.py:\d+, in _\w+\n  2:"):
        thread_races(JOB_LIFECYCLE, ["start_run"], ["start_run"], factory=make, timeout=1.0)
    assert len(set(threading.enumerate()) - threads) == 2
    jobs[-1]._lock.release()


def test_what_a_thread_raises_is_raised_with_its_round() -> None:
    class Crashing(JobStatus):
        def suspend(self, mesg: str | None = None, attempt: int | None = None) -> bool:
            raise KeyError("node 3")

    class Interrupted(JobStatus):
        def suspend(self, mesg: str | None = None, attempt: int | None = None) -> bool:
            raise SystemExit(3)

    with pytest.raises(AssertionError, match=r"got KeyError: 'node 3'\n.*\n *in: suspend") as failure:
        thread_races(JOB_LIFECYCLE, ["start_run"], ["suspend"], factory=Crashing)
    assert failure.value.__notes__ == ["in round 1 of threads"]
    with pytest.raises(SystemExit):
        thread_races(JOB_LIFECYCLE, ["start_run"], ["suspend"], factory=Interrupted)


def test_the_switch_interval_is_as_before_whatever_happens() -> None:
    seen: list[float] = []

    class Looking(JobStatus):
        def start_run(self, attempt: int | None = None) -> bool:
            seen.append(sys.getswitchinterval())
            return super().start_run()

    class Crashing(Looking):
        def suspend(self, mesg: str | None = None, attempt: int | None = None) -> bool:
            raise KeyError("node 3")

    before = sys.getswitchinterval()
    thread_races(JOB_LIFECYCLE, ["start_run"], ["suspend"], factory=Looking, rounds=2)
    assert sys.getswitchinterval() == before
    with pytest.raises(AssertionError):
        thread_races(JOB_LIFECYCLE, ["start_run"], ["suspend"], factory=Crashing, rounds=2)
    assert sys.getswitchinterval() == before
    assert max(seen) < before / 100


def test_the_threads_of_a_round_end_with_it() -> None:
    before = set(threading.enumerate())
    thread_races(JOB_LIFECYCLE, ["start_run"], ["start_run"], rounds=10)
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize(
    ("scripts", "options", "words"),
    [
        ((RUNNER,), {}, "a race needs two scripts or more, not 1"),
        ((RUNNER, ["requeue"]), {}, "there is no trigger 'requeue'; the triggers are: start_run, "),
        ((RUNNER, RUNNER), {"rounds": 0}, "a race of threads needs at least 1 round, not 0"),
        ((RUNNER,) * 8, {}, "there are 6,561 ways to have taken some of these steps, more than the limit of 5,000"),
    ],
)
def test_a_race_of_threads_that_cannot_be_is_named(scripts: tuple[list[str], ...], options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        thread_races(JOB_LIFECYCLE, *scripts, **options)


def test_a_seed_repeats_most_rounds() -> None:
    def outcomes(seed: int) -> list[str]:
        rounds = thread_races(JOB_LIFECYCLE, RUNNER, WATCHDOG, factory=Job, seed=seed)
        return [f"{order} {order.unexplained}" for order in rounds][1::2]  # the others run free

    def alike(one: list[str], other: list[str]) -> int:
        return sum(map(str.__eq__, one, other))

    first, again, elsewhere = outcomes(1), outcomes(1), outcomes(2)
    assert alike(first, again) > alike(first, elsewhere)  # some 180 and 50 of 200: how fast threads run differs


def test_a_thread_gives_way_after_an_instruction_of_the_code_under_test() -> None:
    # What a trace function does is not seen by coverage, which is one itself: so it is called here.
    turns = Turns(2, Random(0))
    turns._turns[1].clear()
    trace = turns._trace(0, {2, 3})
    assert trace(sys._getframe(), "call", None) is None  # no trigger was fired
    ran: list[Any] = []

    def called() -> Any:
        return trace(sys._getframe(), "call", None)

    class Looking(Job):
        def start_run(self) -> bool:
            assert called() is None  # by code that is not traced, as that which counts for the coverage of transitions is
            mine = sys._getframe()
            step = trace(mine, "call", None)
            assert mine.f_trace is step
            assert mine.f_trace_opcodes
            assert called() is step
            with ExitStack() as stack:  # whose code is left out, but not what it calls
                stack.callback(lambda: ran.append(trace(sys._getframe(), "call", None)))
            assert ran.pop() is step
            with pytest.raises(ValueError, match="a race needs two scripts") as failure:
                parties([], Subject(JOB_LIFECYCLE))
            *_, (kit, _line) = walk_tb(failure.tb)
            assert trace(kit, "call", None) is None
            mine.f_trace, mine.f_trace_opcodes = None, False
            assert step(mine, "opcode", None) is step
            assert not turns._turns[1].is_set()
            assert step(mine, "opcode", None) is step  # the other one never runs, so that this one goes on
            assert turns._turns[1].is_set()
            assert turns.counts == [2, 0]
            turns._end(1)
            turns._turns[1].clear()
            assert step(mine, "opcode", None) is step  # now there is no other one
            assert not turns._turns[1].is_set()
            ran.append(self)
            return super().start_run()

    subject = Subject(JOB_LIFECYCLE, Looking)
    assert subject.fire(subject.new(), "start_run")
    assert len(ran) == 1


def test_races_are_found_while_transitions_are_counted() -> None:
    recorder = Recorder()
    recorder.install()
    try:
        rounds = thread_races(JOB_LIFECYCLE, ["start_run"], ["start_run"], factory=Job)
    finally:
        recorder.uninstall()
    assert any(order.unexplained for order in rounds)


COVERED = """
from job_status import JOB_LIFECYCLE, RunningStatus
from job_status.testing import thread_races

class Job:
    status = RunningStatus.WAITING

    def start_run(self):
        if self.status is RunningStatus.WAITING:
            self.status = RunningStatus.RUNNING
            return True
        return False

thread_races(JOB_LIFECYCLE, ["start_run"], ["start_run"], factory=Job, rounds=10)
"""


def test_coverage_sees_what_threads_run(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(COVERED)
    (tmp_path / ".coveragerc").write_text("[run]\nbranch = true\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    coverage = [sys.executable, "-m", "coverage"]
    for command in (["run", "--include=job.py", "job.py"], ["report", "--fail-under=100", "--show-missing"]):
        ran = subprocess.run([*coverage, *command], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
