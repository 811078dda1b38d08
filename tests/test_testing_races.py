"""Races: every order of a few steps, on real objects."""

from __future__ import annotations

import time
from enum import Enum
from typing import Any

import pytest
from transitions import Machine

from job_status import JOB_LIFECYCLE, JobStatus, Lifecycle, RunningStatus, Transition
from job_status.testing import assert_invariants, races

SUCCESS, CANCELED, ERROR = RunningStatus.SUCCESS, RunningStatus.CANCELED, RunningStatus.ERROR

RUNNER = ["start_run", ("stop_run", SUCCESS)]
CANCELLER = ["request_cancel"]


def test_each_order_is_run() -> None:
    orders = races(JOB_LIFECYCLE, RUNNER, CANCELLER)
    assert [str(order) for order in orders] == [
        "1:start_run, 1:stop_run(SUCCESS), 2:request_cancel (refused) => SUCCESS",
        "1:start_run, 2:request_cancel, 1:stop_run(SUCCESS) => SUCCESS",
        "2:request_cancel, 1:start_run (refused), 1:stop_run(SUCCESS) => SUCCESS",
    ]
    assert [step.label for step in orders[0].refused] == ["request_cancel"]
    assert [(step.script, step.before, step.after, step.cancel_requested) for step in orders[1].steps] == [
        (1, "WAITING", "RUNNING", False),
        (2, "RUNNING", "CANCEL_REQUESTED", True),
        (1, "CANCEL_REQUESTED", "SUCCESS", True),
    ]
    assert_invariants(orders)


def test_the_report_is_by_outcome() -> None:
    watchdog = ["stop_run(ERROR)"]
    assert str(races(JOB_LIFECYCLE, ["start_run", "stop_run(SUCCESS)"], watchdog)) == (
        "3 orders, 3 outcomes\n"
        "     1 x SUCCESS, refused: 2:stop_run(ERROR)\n"
        "         as in 1:start_run, 1:stop_run(SUCCESS), 2:stop_run(ERROR)\n"
        "     1 x ERROR, refused: 1:stop_run(SUCCESS)\n"
        "         as in 1:start_run, 2:stop_run(ERROR), 1:stop_run(SUCCESS)\n"
        "     1 x ERROR, refused: 1:start_run, 1:stop_run(SUCCESS)\n"
        "         as in 2:stop_run(ERROR), 1:start_run, 1:stop_run(SUCCESS)"
    )


def test_three_parties_race_in_a_moment() -> None:
    scripts = (
        ["start_run", ("update_progress", 0.5), ("stop_run", SUCCESS)],
        ["request_cancel", ("stop_run", CANCELED)],
        ["suspend", "resume", ("observe", ERROR)],
    )
    start = time.process_time()
    orders = races(JOB_LIFECYCLE, *scripts)
    assert time.process_time() - start < 2.0  # some 60 ms; the machines that run this are noisy
    assert len(orders) == 560
    assert sum(map(len, orders.outcomes.values())) == 560
    assert {final for final, _ in orders.outcomes} == {"SUCCESS", "CANCELED", "ERROR"}
    assert_invariants(orders)


def test_an_explosion_is_refused_with_its_number() -> None:
    steps = ["update_progress"] * 6
    with pytest.raises(ValueError, match="these scripts fall in 17,153,136 orders, more than the limit of 20,000"):
        races(JOB_LIFECYCLE, steps, steps, steps)
    assert len(races(JOB_LIFECYCLE, steps[:2], steps[:2], limit=6)) == 6


def test_one_party_does_not_race() -> None:
    with pytest.raises(ValueError, match="a race needs two scripts or more, not 1"):
        races(JOB_LIFECYCLE, RUNNER)


def test_a_trigger_that_there_is_not_is_named() -> None:
    with pytest.raises(ValueError, match="there is no trigger 'requeue'; the triggers are: start_run, "):
        races(JOB_LIFECYCLE, RUNNER, ["requeue"])
    with pytest.raises(ValueError, match="there is no trigger 'leave'; the triggers are: go, end"):
        races(machine(), ["go"], ["leave"])


def test_a_row_of_ones_own_races() -> None:
    ours = JOB_LIFECYCLE.extend(Transition("requeue", RunningStatus.RUNNING, RunningStatus.WAITING))
    orders = races(ours, ["start_run", "stop_run(SUCCESS)"], ["requeue"])
    assert [order.final for order in orders] == ["SUCCESS", "WAITING", "SUCCESS"]
    assert_invariants(orders)


def machine(**options: Any) -> Machine:
    moves: list[Any] = [["go", "new", "old"], ["end", ["new", "old"], "gone"]]
    return Machine(model=None, states=["new", "old", "gone"], initial="new", transitions=moves, auto_transitions=False, **options)


def test_the_models_of_a_machine_race() -> None:
    orders = races(machine(), ["go", "end"], ["end"])
    assert [(order.final, len(order.refused)) for order in orders] == [("gone", 1), ("gone", 1), ("gone", 2)]
    assert_invariants(orders)


def test_a_machine_that_ignores_what_is_invalid_refuses_it_all_the_same() -> None:
    orders = races(machine(ignore_invalid_triggers=True), ["end"], ["end"])
    assert [len(order.refused) for order in orders] == [1, 1]


@pytest.mark.parametrize("forgets", [False, True])
def test_a_machine_may_not_forget_a_cancel_request(forgets: bool) -> None:
    moves: list[Any] = [["request_cancel", "new", "stopping"], ["go", "new", "old"], ["end", ["old", "stopping"], "gone"]]
    moves += [["go", "stopping", "old"]] if forgets else []
    states = ["new", "old", "stopping", "gone"]
    ours = Machine(model=None, states=states, initial="new", transitions=moves, auto_transitions=False)
    orders = races(ours, ["request_cancel", "end"], ["go"])
    if forgets:
        with pytest.raises(AssertionError, match="the cancel request was forgotten: old after 2:go, in the order 1:request_cancel"):
            assert_invariants(orders)
    else:
        assert_invariants(orders)


class Reopened(JobStatus):
    """A late report of progress makes it RUNNING again, as in more than one real job runner."""

    def update_progress(self, progress: float, phase: str | None = None, attempt: int | None = None) -> bool:
        self._position = self.lifecycle.position(RunningStatus.RUNNING, None, self.cancel_requested)
        return True


class Overwritten(JobStatus):
    """The last finish wins."""

    def stop_run(self, cause: RunningStatus = SUCCESS, mesg: str | None = None, attempt: int | None = None) -> bool:
        if self.completed:
            self._position = self.lifecycle.position(cause)
            return True
        return super().stop_run(cause, mesg)


class TwiceFinished(JobStatus):
    """It says yes to a second finish of the same kind."""

    def stop_run(self, cause: RunningStatus = SUCCESS, mesg: str | None = None, attempt: int | None = None) -> bool:
        return self.status is cause or super().stop_run(cause, mesg)


class Forgetful(JobStatus):
    """A start after the request makes it RUNNING."""

    def start_run(self, attempt: int | None = None) -> bool:
        self._position = self.lifecycle.position(RunningStatus.RUNNING)
        return True


class Denying(JobStatus):
    """It finishes though it says that it doesn't."""

    def stop_run(self, cause: RunningStatus = SUCCESS, mesg: str | None = None, attempt: int | None = None) -> bool:
        super().stop_run(cause, mesg)
        return False


@pytest.mark.parametrize(
    ("factory", "scripts", "words"),
    [
        (
            Reopened,
            (["stop_run(ERROR)"], ["update_progress"]),
            "the final status ERROR was left for RUNNING by 2:update_progress, in the",
        ),
        (Overwritten, (["stop_run(ERROR)"], ["stop_run(CANCELED)"]), "the final status ERROR was left for CANCELED by"),
        (TwiceFinished, (["stop_run(ERROR)"], ["stop_run(ERROR)"]), r"more than one finish won: 1:stop_run\(ERROR\) and 2:"),
        (
            Forgetful,
            (["request_cancel"], ["start_run"]),
            "the cancel request was forgotten: RUNNING after 2:start_run, in the order 1:",
        ),
        (Denying, (["stop_run(ERROR)"], ["stop_run(ERROR)"]), "no finish won, and yet the job is ERROR"),
    ],
)
def test_what_breaks_an_invariant_is_named_with_its_order(
    factory: type[JobStatus], scripts: tuple[list[str], ...], words: str
) -> None:
    with pytest.raises(AssertionError, match=words):
        assert_invariants(races(JOB_LIFECYCLE, *scripts, factory=factory))


# -- what every step is held against: the table, if it is accepted, and the snapshot, if it is refused


class Handwritten:
    """A job class that knows nothing of us."""

    def __init__(self) -> None:
        self.status = RunningStatus.WAITING
        self.log: list[str] = []

    def start_run(self) -> bool:
        self.status = RunningStatus.RUNNING
        return True

    def suspend(self) -> bool:
        self.status = RunningStatus.SUSPENDED
        return True

    def stop_run(self, cause: RunningStatus) -> bool:
        if self.status in (SUCCESS, ERROR, CANCELED):
            self.log.append("too late")
            return False
        self.status = cause
        return True


def test_a_double_start_is_found() -> None:
    orders = races(JOB_LIFECYCLE, ["start_run"], ["start_run"], factory=Handwritten)
    assert str(orders).splitlines()[1] == "     2 x RUNNING, refused: nothing"
    with pytest.raises(AssertionError) as failure:
        assert_invariants(orders)
    assert str(failure.value) == (
        "2:start_run led from RUNNING to RUNNING, but the table refuses it there, in the order 1:start_run, 2:start_run => RUNNING"
    )


def test_a_finish_that_the_table_does_not_have_is_found() -> None:
    orders = races(JOB_LIFECYCLE, ["start_run", "suspend"], [("stop_run", SUCCESS)], factory=Handwritten)
    with pytest.raises(AssertionError, match=r"2:stop_run\(SUCCESS\) led from SUSPENDED to SUCCESS, but the table refuses it"):
        assert_invariants(orders)


def test_a_move_to_elsewhere_is_found() -> None:
    class Held(Handwritten):
        start_run = Handwritten.suspend

    orders = races(JOB_LIFECYCLE, ["start_run"], [], factory=Held)
    with pytest.raises(AssertionError, match="1:start_run led from WAITING to SUSPENDED, but the table has RUNNING, in the order"):
        assert_invariants(orders)


def test_a_refusal_that_leaves_a_trace_is_found() -> None:
    orders = races(JOB_LIFECYCLE, ["start_run", "stop_run(ERROR)"], ["stop_run(ERROR)"], factory=Handwritten)
    traces = {order.refused[0].traces for order in orders if order.refused and order.refused[0].script == 2}
    assert traces == {("log[0]: nothing -> 'too late'",)}
    with pytest.raises(AssertionError) as failure:
        assert_invariants(orders)
    assert str(failure.value) == (
        "2:stop_run(ERROR) was refused, and yet it changed log[0]: nothing -> 'too late', "
        "in the order 1:start_run, 1:stop_run(ERROR), 2:stop_run(ERROR) (refused) => ERROR"
    )


def test_a_refusal_that_changes_a_status_which_is_kept_elsewhere_is_found() -> None:
    kept: list[RunningStatus] = []

    class Elsewhere:
        def __init__(self) -> None:
            kept[:] = [RunningStatus.WAITING]

        @property
        def status(self) -> RunningStatus:
            return kept[0]

        def start_run(self) -> bool:
            kept[:] = [RunningStatus.RUNNING]
            return False

    with pytest.raises(AssertionError, match="1:start_run was refused, and yet it changed the status: WAITING -> RUNNING, in"):
        assert_invariants(races(JOB_LIFECYCLE, ["start_run"], [], factory=Elsewhere))


class Step(Enum):
    DRAFT = 1
    SENT = 2
    PAID = 3
    LATE = 4


INVOICE: Lifecycle[Step] = Lifecycle(
    (
        Transition("send", Step.DRAFT, Step.SENT),
        Transition("stop_run", Step.SENT, Step.PAID),
        Transition("stop_run", Step.SENT, Step.LATE),
    ),
    means={
        Step.DRAFT: RunningStatus.WAITING,
        Step.SENT: RunningStatus.RUNNING,
        Step.PAID: RunningStatus.SUCCESS,
        Step.LATE: RunningStatus.ERROR,
    },
)


class Invoice:
    def __init__(self, sends: int = 1) -> None:
        self.status = Step.DRAFT
        self.sends = sends

    def send(self) -> bool:
        if self.status not in (Step.DRAFT, Step.SENT)[: self.sends]:
            return False
        self.status = Step.SENT
        return True

    def stop_run(self, cause: Step | RunningStatus = SUCCESS) -> bool:
        if self.status is not Step.SENT:
            return False
        self.status = INVOICE.final(cause) or Step.LATE if isinstance(cause, RunningStatus) else cause
        return True


STOPS = ["stop_run", "stop_run(PAID)", "stop_run(SUCCESS)", ("stop_run", SUCCESS), ("stop_run", Step.PAID)]


@pytest.mark.parametrize("stop", STOPS)
def test_statuses_of_ones_own_are_held_against_their_own_rows(stop: Any) -> None:
    orders = races(INVOICE, ["send", stop], ["send"], factory=Invoice)
    assert {order.final for order in orders} == {"PAID"}
    assert_invariants(orders)
    with pytest.raises(AssertionError, match="2:send led from SENT to SENT, but the table refuses it there"):
        assert_invariants(races(INVOICE, ["send", stop], ["send"], factory=lambda: Invoice(sends=2)))


def test_a_request_that_leads_to_a_status_which_says_nothing_of_it_is_not_remembered() -> None:
    assert_invariants(races(INVOICE, ["send", "stop_run(LATE)"], ["send"], factory=Invoice), cancel="send")


def test_a_cause_that_the_table_does_not_have_is_no_move() -> None:
    with pytest.raises(AssertionError, match=r"stop_run\(CANCELED\) led from SENT to LATE, but the table refuses it there"):
        assert_invariants(races(INVOICE, ["send", ("stop_run", CANCELED)], [], factory=Invoice))


def test_a_model_that_moves_by_itself_is_found() -> None:
    class Model:
        state = "new"

        def end(self) -> bool:
            self.state = "old"
            return True

    with pytest.raises(AssertionError, match="1:end led from new to old, but the table has gone"):
        assert_invariants(races(machine(), ["end"], [], factory=Model))


def started() -> JobStatus:
    job = JobStatus()
    job.start_run()
    return job


def test_a_job_may_begin_anywhere() -> None:
    orders = races(JOB_LIFECYCLE, ["suspend"], ["request_cancel"], factory=started)
    assert [order.final for order in orders] == ["CANCEL_REQUESTED", "CANCEL_REQUESTED"]
    assert_invariants(orders)


def test_a_job_that_begins_where_no_walk_leads_is_named() -> None:
    class Odd(Enum):
        GONE = 1

    class Lost:
        status = Odd.GONE

    with pytest.raises(ValueError, match="a new object is GONE, which no walk leads to; walks lead to: DRAFT, SENT, PAID, LATE"):
        races(INVOICE, ["send"], [], factory=Lost)


def test_reports_are_held_against_what_moves_can_reach() -> None:
    assert_invariants(races(JOB_LIFECYCLE, ["start_run", "observe(SUCCESS)"], [("observe", RunningStatus.SUSPENDED)]))

    class Gullible(JobStatus):
        def observe(self, status: RunningStatus, *_: Any, **__: Any) -> Any:
            if not self.completed:
                self._position = self.lifecycle.position(status)
            return True

    with pytest.raises(AssertionError, match=r"2:observe\(WAITING\) led from RUNNING to WAITING, but the table refuses it there"):
        assert_invariants(races(JOB_LIFECYCLE, ["start_run"], [("observe", RunningStatus.WAITING)], factory=Gullible))


def test_the_times_of_reports_are_left_to_the_job() -> None:
    polled = [("observe", RunningStatus.RUNNING, None, 10.0), ("observe", RunningStatus.RUNNING, None, 30.0)]
    pushed = [("observe", RunningStatus.SUSPENDED, None, 20.0), ("observe", RunningStatus.UNKNOWN, None, 40.0)]
    orders = races(JOB_LIFECYCLE, polled, pushed)
    assert {order.final for order in orders} == {"UNKNOWN"}
    assert_invariants(orders)


def test_a_report_of_no_status_is_named() -> None:
    with pytest.raises(ValueError, match="observe takes a status of the lifecycle, one of DRAFT, SENT, PAID, LATE, not RUNNING"):
        races(INVOICE, [("observe", RunningStatus.RUNNING)], ["send"])
    with pytest.raises(ValueError, match="observe takes a status of the lifecycle, one of WAITING, "):
        races(JOB_LIFECYCLE, ["observe"], ["start_run"])


def test_a_class_that_crashes_is_shown_with_the_steps_before() -> None:
    class Crashing(JobStatus):
        def suspend(self, mesg: str | None = None, attempt: int | None = None) -> bool:
            raise KeyError("node 3")

    with pytest.raises(AssertionError, match=r"got KeyError: 'node 3'\n.*\n *in: suspend, after 1:start_run, 2:request_cancel"):
        races(JOB_LIFECYCLE, ["start_run"], ["request_cancel", "suspend"], factory=Crashing)


def test_many_orders_are_looked_at_once_where_they_begin_alike() -> None:
    looked = 0

    class Looked(JobStatus):
        def to_dict(self, **options: Any) -> Any:
            nonlocal looked
            looked += 1
            return super().to_dict(**options)

    steps = ["update_progress"] * 4
    assert len(races(JOB_LIFECYCLE, steps, steps, factory=Looked)) == 70
    assert looked < 70 * 8
