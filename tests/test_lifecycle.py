"""The definition: what a lifecycle checks as it is built, and what it answers."""

from __future__ import annotations

import copy
import logging
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from transitions import EventData

from job_status import JOB_LIFECYCLE, Guard, InvalidTransition, JobStatus, Lifecycle, Move, Observation, RunningStatus, Transition

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus
REQUEUE = Transition("requeue", RUNNING, WAITING, None, "the worker was lost")

#: one that has a name in a module
NAMED = JOB_LIFECYCLE.extend(REQUEUE)

#: the least that a lifecycle needs
SMALL = (
    Transition("start_run", WAITING, RUNNING),
    Transition("stop_run", WAITING, ERROR),
    Transition("stop_run", WAITING, CANCELED),
    Transition("stop_run", RUNNING, SUCCESS),
    Transition("stop_run", RUNNING, ERROR),
    Transition("stop_run", RUNNING, CANCELED),
)


def test_running_status_has_the_names_and_numbers_of_perceval() -> None:
    assert {status.name: status.value for status in RunningStatus} == {
        "WAITING": 0,
        "RUNNING": 1,
        "SUCCESS": 2,
        "ERROR": 3,
        "CANCELED": 4,
        "SUSPENDED": 5,
        "CANCEL_REQUESTED": 6,
        "UNKNOWN": 7,
    }


@pytest.mark.parametrize("status", RunningStatus)
def test_a_status_goes_to_a_server_and_comes_back(status: RunningStatus) -> None:
    word = RunningStatus.to_server_response(status)
    assert word == ("completed" if status is SUCCESS else status.name.lower())
    assert RunningStatus.from_server_response(word) is status


@pytest.mark.parametrize("word", ["", "done", "COMPLETED", "none", None, 3, [], b"running", float("nan")])
def test_what_a_server_says_and_is_not_understood_is_unknown(word: object, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "job_status"):
        assert RunningStatus.from_server_response(word) is UNKNOWN
    assert repr(word) in caplog.text


def test_a_status_survives_pickling_as_itself() -> None:
    for status in RunningStatus:
        assert pickle.loads(pickle.dumps(status)) is status
        assert {status: 1}[copy.deepcopy(status)] == 1


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        pytest.param(
            Transition("reopen", SUCCESS, RUNNING),
            "SUCCESS is final, and a final status is never left: a rerun is a new job, see JobStatus.again",
            id="out of a final",
        ),
        pytest.param(
            Transition("start_run", WAITING, RUNNING),
            "it is taken under the same conditions as an earlier row, start_run: WAITING -> RUNNING: leave one out, or give",
            id="duplicate",
        ),
        pytest.param(Transition("start_run", WAITING, SUSPENDED), "under the same conditions", id="ambiguous"),
        pytest.param(
            Transition("stop_run", RUNNING, ERROR, Guard.CANCEL_REQUESTED), "under the same conditions", id="guard beside none"
        ),
        pytest.param(
            Transition("lose", RUNNING, UNKNOWN), "only observe leads into UNKNOWN, which means UNKNOWN", id="into UNKNOWN"
        ),
        pytest.param(
            Transition("observe", WAITING, RUNNING), "into or out of the status that means UNKNOWN", id="another observation"
        ),
        pytest.param(
            Transition("stop_run", RUNNING, WAITING),
            "stop_run leads to a final status, which WAITING is not",
            id="stop_run to no end",
        ),
        pytest.param(Transition("resume", SUSPENDED, RUNNING), "no move leads to SUSPENDED from WAITING", id="unreachable"),
        pytest.param(
            Transition("observe", UNKNOWN, RUNNING), "nothing leads to UNKNOWN: add a row of observe", id="UNKNOWN unreachable"
        ),
        pytest.param(Transition("suspend", RUNNING, SUSPENDED), "SUSPENDED has no path to a final status", id="dead end"),
    ],
)
def test_a_row_that_is_wrong_is_named(row: Transition, fault: str) -> None:
    with pytest.raises(ValueError, match=r"^row 7 \(") as error:
        Lifecycle((*SMALL, row))
    assert f"row 7 ({row}): " in str(error.value)
    assert fault in str(error.value)


def test_what_is_legal_but_seldom_meant_is_named_to_those_who_ask() -> None:
    assert JOB_LIFECYCLE.lint() == Lifecycle(SMALL).lint() == ()
    rows = (*SMALL, Transition("suspend", RUNNING, SUSPENDED), Transition("stop_run", SUSPENDED, ERROR))
    assert Lifecycle(rows).lint() == (
        "row 7 (suspend: RUNNING -> SUSPENDED): SUSPENDED has no path to a final status that means CANCELED",
    )
    never = Transition("suspend", CANCEL_REQUESTED, SUSPENDED, Guard.NO_CANCEL_REQUESTED)
    assert JOB_LIFECYCLE.extend(never).lint() == (
        "row 37 (suspend: CANCEL_REQUESTED -> SUSPENDED): its guard, 'no cancel was requested', is never met in CANCEL_REQUESTED",
    )


def test_a_lifecycle_needs_rows() -> None:
    with pytest.raises(ValueError, match="needs rows, such as Transition"):
        Lifecycle(())
    with pytest.raises(TypeError, match="row 2 must be a Transition, not 'start_run'"):
        Lifecycle((SMALL[0], "start_run"))  # type: ignore[arg-type]


def test_its_rows_are_over_one_enum_and_it_needs_to_know_what_that_means() -> None:
    other: Transition[Any] = Transition("x", Guard.CANCEL_REQUESTED, Guard.NO_CANCEL_REQUESTED)
    with pytest.raises(TypeError, match=r"^row 2 \(.*\): its statuses are members of Guard, but those of row 1 are members of Run"):
        Lifecycle((SMALL[0], other))
    with pytest.raises(TypeError, match=r"^means must say what each Guard means, as a mapping or a function, not None$"):
        Lifecycle((other,))


Stage = Enum("Stage", "NEW BUSY DONE UNUSED")
Twin = Enum("Twin", "NEW")


@pytest.mark.parametrize("status", [Stage.UNUSED, Twin.NEW])
def test_a_member_that_no_row_names_has_no_meaning(status: Any) -> None:
    small = Lifecycle(
        (Transition("start_run", Stage.NEW, Stage.BUSY), Transition("stop_run", Stage.BUSY, Stage.DONE)),
        means={Stage.NEW: WAITING, Stage.BUSY: RUNNING, Stage.DONE: SUCCESS},
    )
    with pytest.raises(ValueError, match=rf"^{status.name} is not a status of this lifecycle; its statuses are: NEW, BUSY, DONE$"):
        small.meaning(status)


def test_a_row_without_a_guard_beside_one_with_is_refused_in_either_order() -> None:
    rows = (*SMALL[:4], SMALL[5], Transition("stop_run", RUNNING, ERROR, Guard.CANCEL_REQUESTED))
    with pytest.raises(ValueError, match=r"^row 7 .*: it is taken under the same conditions as an earlier row, stop_run\(ERROR\)"):
        Lifecycle((*rows, SMALL[4]))


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        (("re queue", RUNNING, WAITING), ValueError, "a trigger must be an identifier such as 'requeue', not 're queue'"),
        ((None, RUNNING, WAITING), ValueError, "not None"),
        (("requeue", "RUNNING", WAITING), TypeError, "the source of a row must be a member of an Enum, .*, not 'RUNNING'"),
        (("requeue", RUNNING, 0), TypeError, "the dest of a row must be a member of an Enum, .*, not 0"),
        (
            ("requeue", RUNNING, Guard.CANCEL_REQUESTED),
            TypeError,
            "of one Enum, not RunningStatus.RUNNING and Guard.CANCEL_REQUESTED",
        ),
        (("requeue", RUNNING, WAITING, "always"), TypeError, "the guard of a row must be a Guard or None, not 'always'"),
    ],
)
def test_a_row_checks_its_fields(arguments: tuple[str, RunningStatus, RunningStatus], error: type, text: str) -> None:
    with pytest.raises(error, match=text):
        Transition(*arguments)


def test_rows_are_printed_as_they_are_read() -> None:
    assert str(REQUEUE) == "requeue: RUNNING -> WAITING"
    assert str(SMALL[3]) == "stop_run(SUCCESS): RUNNING -> SUCCESS"


def test_extend_makes_a_new_lifecycle_and_leaves_the_old_one() -> None:
    rows = JOB_LIFECYCLE.rows
    extended = JOB_LIFECYCLE.extend(REQUEUE)
    assert extended.rows == (*rows, REQUEUE)
    assert JOB_LIFECYCLE.rows is rows
    assert "requeue" in extended.labels
    assert "requeue" not in JOB_LIFECYCLE.labels
    assert extended.machine.get_transitions("requeue", RUNNING)
    assert extended.destination("requeue", RUNNING) is WAITING
    assert extended.destination("requeue", WAITING) is None


def test_a_job_fires_a_trigger_of_its_own_lifecycle() -> None:
    job = JobStatus(lifecycle=JOB_LIFECYCLE.extend(REQUEUE))
    job.start_run()
    job.update_progress(0.7, "almost")
    assert job.can("requeue")
    assert job.trigger("requeue", "node 3 is down") is True
    assert job.waiting
    assert (job.progress, job.phase, job.start_timestamp, job.running_time) == (0.0, None, None, None)
    assert job.history[-1].mesg == "node 3 is down"
    with pytest.raises(InvalidTransition, match="cannot requeue while WAITING"):
        job.trigger("requeue")
    job.start_run()
    assert job.start_timestamp is not None


def test_a_job_that_is_requeued_instead_of_canceled_leaves_the_request_behind() -> None:
    rows = (REQUEUE, Transition("requeue", CANCEL_REQUESTED, WAITING))
    job = JobStatus(lifecycle=JOB_LIFECYCLE.extend(*rows))
    job.start_run()
    job.request_cancel("the node goes down")
    job.trigger("requeue")
    assert (job.cancel_requested, job.stop_message) == (False, None)
    job.start_run()
    job.raise_if_cancel_requested()


def test_a_request_that_nobody_served_survives_a_requeue() -> None:
    job = JobStatus(lifecycle=JOB_LIFECYCLE.extend(Transition("requeue", UNKNOWN, WAITING)))
    job.start_run()
    job.request_cancel("enough")
    job.observe(UNKNOWN)
    job.trigger("requeue")
    assert (job.cancel_requested, job.stop_message) == (True, "enough")


def test_a_guard_of_ones_own_row_sees_the_request() -> None:
    give_up = Transition("give_up", RUNNING, CANCELED, Guard.CANCEL_REQUESTED)
    requeue = Transition("requeue", CANCEL_REQUESTED, RUNNING)
    job = JobStatus(lifecycle=JOB_LIFECYCLE.extend(give_up, requeue))
    job.start_run()
    assert not job.can("give_up")
    job.request_cancel()
    job.trigger("requeue")
    assert job.trigger("give_up")
    assert job.canceled


def test_a_job_that_was_held_starts_when_it_first_runs() -> None:
    job = JobStatus(lifecycle=JOB_LIFECYCLE.extend(Transition("hold", WAITING, SUSPENDED)))
    job.trigger("hold")
    assert job.start_timestamp is None
    job.resume()
    assert job.start_timestamp is not None
    assert job.running_time is not None


def test_a_lifecycle_may_lack_triggers_and_statuses() -> None:
    small = Lifecycle(SMALL)
    job = JobStatus(lifecycle=small)
    with pytest.raises(InvalidTransition, match="cannot suspend while WAITING"):
        job.suspend()
    assert small.statuses == (WAITING, RUNNING, SUCCESS, ERROR, CANCELED)
    assert job.observe(UNKNOWN).name == "UNCHANGED"
    assert job.observe(SUSPENDED).name == "CONTRADICTORY"
    with pytest.raises(
        ValueError, match="SUSPENDED is not a status of this lifecycle; its statuses are: WAITING, RUNNING, SUCCESS,"
    ):
        small.destination("resume", SUSPENDED)
    assert small.reachable(SUSPENDED) == frozenset()


def test_triggers_are_named_once_in_the_order_of_the_rows() -> None:
    assert JOB_LIFECYCLE.triggers(WAITING) == ("start_run", "update_progress", "request_cancel", "stop_run", "observe")
    assert JOB_LIFECYCLE.triggers(SUSPENDED) == ("resume", "request_cancel", "stop_run", "observe")


def test_destination_asks_the_table() -> None:
    assert (JOB_LIFECYCLE.column("suspend"), JOB_LIFECYCLE.column("stop_run")) == ("suspend", SUCCESS)
    assert not JOB_LIFECYCLE.position(RUNNING).cancel_requested
    assert JOB_LIFECYCLE.judge(JOB_LIFECYCLE.position(RUNNING), WAITING).verdict is Observation.STALE
    assert JOB_LIFECYCLE.destination("stop_run", RUNNING) is SUCCESS
    assert JOB_LIFECYCLE.destination("stop_run", RUNNING, ERROR) is ERROR
    assert JOB_LIFECYCLE.destination("stop_run", RUNNING, CANCEL_REQUESTED) is CANCEL_REQUESTED
    assert JOB_LIFECYCLE.destination("update_progress", UNKNOWN) is RUNNING
    assert JOB_LIFECYCLE.destination("update_progress", UNKNOWN, cancel_requested=True) is CANCEL_REQUESTED
    with pytest.raises(ValueError, match="there is no trigger 'restart'; the triggers are: start_run, update_progress, "):
        JOB_LIFECYCLE.destination("restart", RUNNING)
    with pytest.raises(ValueError, match="only stop_run takes a cause, not suspend"):
        JOB_LIFECYCLE.destination("suspend", RUNNING, ERROR)
    with pytest.raises(ValueError, match="must be one of SUCCESS, ERROR, CANCELED, CANCEL_REQUESTED, not WAITING"):
        JOB_LIFECYCLE.destination("stop_run", RUNNING, WAITING)


def test_a_lifecycle_is_frozen_and_compares_by_its_rows() -> None:
    with pytest.raises(AttributeError, match="extend"):
        JOB_LIFECYCLE.rows = ()
    one, other = JOB_LIFECYCLE.extend(REQUEUE), JOB_LIFECYCLE.extend(REQUEUE)
    assert one == other
    assert hash(one) == hash(other)
    assert one != JOB_LIFECYCLE
    assert JOB_LIFECYCLE != "a lifecycle"
    assert repr(one) == "<Lifecycle of 8 statuses and 37 moves>"


@pytest.mark.parametrize("value", [JOB_LIFECYCLE.rows[0], Move("start_run", WAITING, RUNNING, 1.0)], ids=["row", "move"])
def test_rows_and_moves_are_frozen_values(value: Transition | Move) -> None:
    with pytest.raises(AttributeError, match="is frozen: source stays as it is"):
        value.source = RUNNING  # type: ignore[misc]
    with pytest.raises(AttributeError, match="is frozen: source stays as it is"):
        del value.source
    assert value == copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == value.__replace__()
    assert hash(value) == hash(copy.copy(value))
    other = value.__replace__(dest=ERROR)
    assert (other.source, other.dest) == (WAITING, ERROR)
    assert other != value
    assert value != value.trigger
    assert repr(value).startswith(f"{type(value).__name__}(trigger='start_run', source=<RunningStatus.WAITING: 0>, dest=")
    match value:
        case Transition(trigger, source, dest) | Move(trigger, source, dest):
            assert (trigger, source, dest) == ("start_run", WAITING, RUNNING)
        case _:
            pytest.fail("it has the fields of its constructor, in their order")


def lead_a_life(lifecycle: Lifecycle, ready: threading.Barrier) -> RunningStatus:
    ready.wait()
    job = JobStatus(lifecycle=lifecycle)
    job.start_run()
    job.observe(SUSPENDED)
    job.stop_run(CANCELED)
    return job.status


def test_a_lifecycle_is_unfolded_for_the_first_job_whichever_threads_create_it() -> None:
    for _ in range(20):
        lifecycle = Lifecycle(JOB_LIFECYCLE.rows)
        ready = threading.Barrier(4)

        with ThreadPoolExecutor(4) as pool:
            ends = [pool.submit(lead_a_life, lifecycle, ready) for _ in range(4)]
            assert [end.result() for end in ends] == [CANCELED] * 4


def test_a_lifecycle_survives_pickling_and_copying() -> None:
    assert pickle.loads(pickle.dumps(JOB_LIFECYCLE)) is JOB_LIFECYCLE
    assert pickle.loads(pickle.dumps(NAMED)) is NAMED
    assert copy.copy(JOB_LIFECYCLE) is copy.deepcopy(JOB_LIFECYCLE) is JOB_LIFECYCLE
    extended = JOB_LIFECYCLE.extend(REQUEUE)
    assert pickle.loads(pickle.dumps(extended)) == extended


def test_conditions_of_the_machine_have_names_that_can_be_shown() -> None:
    def names(trigger: str, source: RunningStatus) -> list[list[str]]:
        found = JOB_LIFECYCLE.machine.get_transitions(trigger, source)
        return [[getattr(condition.func, "__name__", "") for condition in transition.conditions] for transition in found]

    assert names("stop_run", SUSPENDED) == [["cause_is_ERROR"], ["cause_is_CANCELED"]]
    assert names("update_progress", UNKNOWN) == [["no_cancel_requested"], ["cancel_requested"]]
    assert names("suspend", RUNNING) == [[]]


class Broken(Lifecycle[RunningStatus]):
    @property
    def positions(self) -> NoReturn:
        raise AttributeError("a mistake of its own")


def test_a_mistake_in_a_lifecycle_of_ones_own_is_shown_as_it_is() -> None:
    with pytest.raises(AttributeError, match="a mistake of its own"):
        JobStatus(lifecycle=Broken(SMALL))


def test_the_machine_has_the_triggers_of_the_rows_and_no_model() -> None:
    machine = Lifecycle(JOB_LIFECYCLE.rows).machine
    assert (set(machine.events), list(machine.models)) == ({row.trigger for row in JOB_LIFECYCLE.rows}, [])


def test_a_machine_that_is_not_asked_about_a_cancel_request_takes_it_that_there_was_none() -> None:
    model = SimpleNamespace()
    machine = Lifecycle(JOB_LIFECYCLE.rows).machine
    machine.add_model(model, "UNKNOWN")
    model.update_progress()
    assert model.state is RUNNING


def test_what_is_read_of_transitions_is_there() -> None:
    """The engine reads these beside the documented constructor; a release without one of them must fail here, by its name."""
    machine = JOB_LIFECYCLE.machine
    event = machine.events["stop_run"]
    assert [transition.dest for transition in event.transitions["SUSPENDED"]] == ["ERROR", "CANCELED"], "Event.transitions"
    facts = EventData(None, event, machine, None, args=(), kwargs={"cause": ERROR, "cancel_requested": False})
    conditions = [transition.conditions[0] for transition in event.transitions["SUSPENDED"]]
    assert [condition.check(facts) for condition in conditions] == [True, False], "Condition.check and EventData"
    assert machine.states["ERROR"].value is ERROR, "State.value"
    assert machine.states["ERROR"].final, "State.final"
