"""Races: every order of a few steps, on real objects."""

from __future__ import annotations

import time
from typing import Any

import pytest
from transitions import Machine

from job_status import JOB_LIFECYCLE, JobStatus, RunningStatus, Transition
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
