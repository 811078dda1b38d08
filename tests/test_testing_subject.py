"""Objects of other people's classes: what they may be, how they are fired, and what is said when they fail."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from transitions import Machine
from transitions.extensions import GraphMachine, LockedMachine
from transitions.extensions.asyncio import AsyncMachine

from job_status import JOB_LIFECYCLE, JobStatus, Lifecycle, Observation, RunningStatus, Transition
from job_status.diagrams import render
from job_status.testing import (
    Factory,
    SubjectFailed,
    all_walks,
    assert_invariants,
    check_document,
    covering_walks,
    races,
    shortest_walk,
)
from job_status.testing._subject import Subject
from job_status.testing.strategies import LifecycleMachine

WAITING, RUNNING, SUCCESS, ERROR, CANCELED = list(RunningStatus)[:5]

TICKETS = Lifecycle(
    (
        Transition("start_run", WAITING, RUNNING),
        Transition("assign", RUNNING, RUNNING),
        Transition("update_progress", RUNNING, RUNNING),
        Transition("stop_run", WAITING, CANCELED),
        Transition("stop_run", RUNNING, SUCCESS),
    )
)


def document(source: Any) -> str:
    return "<!-- job-status: lifecycle=x:y -->\n\n" + render(source, "markdown")


class Ticket:
    """A class that knows nothing of us: it refuses by an exception of its own, and its triggers take arguments of their own."""

    def __init__(self) -> None:
        self.status = WAITING
        self.calls: list[object] = []

    def _move(self, trigger: str, cause: RunningStatus | None = None) -> None:
        dest = TICKETS.destination(trigger, self.status, cause)
        if dest is None:
            raise LookupError(f"not now: {trigger}")
        self.status = dest

    def start_run(self) -> None:
        self._move("start_run")

    def assign(self, user: str) -> None:
        self._move("assign")
        self.calls.append(user)

    def update_progress(self, percent: int, of: str) -> None:
        self._move("update_progress")
        self.calls.append((percent, of))

    def stop_run(self, cause: RunningStatus, *, reason: str) -> None:
        self._move("stop_run", cause)
        self.calls.append(reason)


ARGUMENTS: dict[str, Any] = {
    "assign": ("ada",),
    "update_progress": (40, "pages"),
    "stop_run": {"reason": "done"},
    "stop_run(CANCELED)": {"reason": "never mind"},
}
TICKET = Factory(Ticket, refusals=(LookupError,), arguments=ARGUMENTS)


# -- what a factory says


def test_a_factory_says_which_exceptions_are_refusals_and_what_triggers_are_called_with() -> None:
    assert check_document(document(TICKETS), TICKETS, TICKET) == []
    assert_invariants(races(TICKETS, ["start_run", "assign", "stop_run(SUCCESS)"], ["stop_run(CANCELED)"], factory=TICKET))
    calls = [walk.take(factory=TICKET).calls for walk in covering_walks(TICKETS)]
    assert sorted(calls, key=len) == [["never mind"], ["ada", (40, "pages"), "done"]]
    run_state_machine_as_test(type("Tickets", (LifecycleMachine,), {"source": TICKETS, "factory": TICKET}), settings=SHORT)


SHORT = settings(max_examples=10, stateful_step_count=15, phases=[Phase.generate], database=None, deadline=None)


def test_given_arguments_are_taken_as_they_are() -> None:
    (order, *_) = races(TICKETS, ["start_run", ("assign", "bob")], [], factory=TICKET)
    assert order.final == "RUNNING"
    subject = Subject(TICKETS, TICKET)
    job = subject.new()
    assert subject.fire(job, "start_run")
    assert subject.fire(job, "assign", "bob")
    assert job.calls == ["bob"]


def test_without_it_the_exception_is_a_failure_that_says_in_which_cell_and_line() -> None:
    failures = check_document(document(TICKETS), TICKETS, Factory(Ticket, arguments=ARGUMENTS))
    first = failures[0].splitlines()
    assert first[0] == "expected -, got LookupError: not now: update_progress"
    assert first[1].startswith("  at: ")
    assert first[1].endswith(', in _move: raise LookupError(f"not now: {trigger}")')
    assert first[2:] == ["  in: update_progress", "  cell: WAITING-update_progress, line 9", "  walk: WAITING"]


def test_a_trigger_without_its_arguments_says_what_gives_them() -> None:
    failures = check_document(document(TICKETS), TICKETS, Factory(Ticket, refusals=(LookupError,)))
    assert failures[0].splitlines()[:2] == [
        "expected -, got TypeError: Ticket.update_progress() missing 1 required positional argument: 'of'",
        "  Factory(Ticket, arguments={'update_progress': (...)}) says what it is called with",
    ]


def test_arguments_of_a_trigger_that_there_is_not_are_an_error() -> None:
    with pytest.raises(ValueError, match="there is no trigger 'assing'; the triggers are: start_run, "):
        Subject(TICKETS, Factory(Ticket, arguments={"assing": ()}))


def test_a_factory_says_what_a_refusal_has_to_leave_as_it_was() -> None:
    class Counting(Ticket):
        asked = 0

        def start_run(self) -> None:
            self.asked += 1
            super().start_run()

    partly = Factory(Counting, (LookupError,), ARGUMENTS, snapshot=lambda ticket: (ticket.status, ticket.calls))
    assert check_document(document(TICKETS), TICKETS, partly) == []
    wholly = check_document(document(TICKETS), TICKETS, Factory(Counting, (LookupError,), ARGUMENTS))
    assert wholly[0].splitlines()[:2] == ["expected -, got - and a change", "  asked: 1 -> 2"]


# -- async classes


class AsyncTicket:
    """Its methods are coroutines, which share what is bound to an event loop."""

    def __init__(self) -> None:
        self.status = JobStatus(lifecycle=TICKETS)
        self.turn = asyncio.Queue[int](1)
        self.turn.put_nowait(0)
        self.beats: asyncio.Task[None] | None = None

    async def _turn(self, move: Callable[[], object]) -> None:
        turn = await self.turn.get()
        await asyncio.sleep(0)
        try:
            move()
        finally:
            await self.turn.put(turn + 1)

    async def start_run(self) -> None:
        await self._turn(self.status.start_run)
        self.beats = asyncio.create_task(asyncio.sleep(3600))

    async def assign(self) -> None:
        assert self.status.completed or self.beats is None or not self.beats.done()  # the loop is still the same
        await self._turn(lambda: self.status.trigger("assign"))

    async def update_progress(self, progress: float) -> None:
        await self._turn(lambda: self.status.update_progress(progress))

    async def stop_run(self, cause: RunningStatus) -> None:
        await self._turn(lambda: self.status.stop_run(cause))
        assert self.beats is None or self.beats.cancel()

    async def observe(self, status: RunningStatus, at: float | None = None) -> Observation:
        return self.status.observe(status, at=at)


async def async_ticket() -> AsyncTicket:
    return AsyncTicket()


# The queue counts the turns, refused ones as well.
ASYNC = Factory(async_ticket, snapshot=lambda ticket: ticket.status)


def test_coroutine_methods_are_awaited() -> None:
    assert check_document(document(TICKETS), TICKETS, ASYNC) == []
    assert_invariants(races(TICKETS, ["start_run", "assign", "stop_run(SUCCESS)"], ["stop_run(CANCELED)"], factory=ASYNC))
    for walk in covering_walks(TICKETS):
        walk.take(factory=AsyncTicket)
    run_state_machine_as_test(type("Tickets", (LifecycleMachine,), {"source": TICKETS, "factory": ASYNC}), settings=SHORT)


def test_coroutines_are_not_run_inside_of_a_loop_or_by_two_threads() -> None:
    async def nested() -> None:
        shortest_walk(TICKETS, "RUNNING").take(factory=AsyncTicket)

    with pytest.raises(
        SubjectFailed, match="got TypeError: coroutine methods are run in an event loop of their own: call this where"
    ):
        asyncio.run(nested())

    problems: list[str] = []

    class Racing(AsyncTicket):
        async def start_run(self) -> None:
            thread = Thread(target=other)
            thread.start()
            thread.join()

    def other() -> None:
        try:
            Subject(TICKETS, AsyncTicket).fire(AsyncTicket(), "assign")
        except SubjectFailed as error:
            problems.append(str(error))

    Subject(TICKETS, Racing).fire(Racing(), "start_run")
    assert [problem.splitlines()[0] for problem in problems] == [
        "got TypeError: coroutine methods run one at a time: threads cannot race on them"
    ]


# -- what is wrong with a class


class Crashing(JobStatus):
    def suspend(self, mesg: str | None = None, attempt: int | None = None) -> bool:
        return bool(1 / (mesg is not None))


def test_a_crash_is_shown_with_what_was_fired_before_and_begins_in_the_users_code() -> None:
    with pytest.raises(SubjectFailed) as caught:
        Subject(JOB_LIFECYCLE, Crashing).fire(Crashing(), "suspend", after=("start_run", "resume (refused)"))
    lines = str(caught.value).splitlines()
    assert lines[0] == "got ZeroDivisionError: division by zero"
    assert lines[1].endswith("in suspend: return bool(1 / (mesg is not None))")
    assert lines[2] == "  in: suspend, after start_run, resume (refused)"
    cause = caught.value.__cause__
    assert isinstance(cause, ZeroDivisionError)
    assert cause.__traceback__ is not None
    assert cause.__traceback__.tb_frame.f_code.co_filename == __file__


def test_a_crash_on_the_way_to_a_cell_and_in_a_race_is_a_failure_that_says_so() -> None:
    text = (Path(__file__).parent / "job_lifecycle.transitions.md").read_text(encoding="utf-8")
    failures = check_document(text, JOB_LIFECYCLE, Crashing)
    assert failures[0].splitlines()[0] == "expected -, got ZeroDivisionError: division by zero"
    way = next(failure for failure in failures if "on the way" in failure).splitlines()
    assert way[0] == "expected -, got ZeroDivisionError: division by zero on the way"
    assert way[2:] == [
        "  in: suspend, after start_run",
        way[3],
        "  walk: WAITING -start_run-> RUNNING -suspend-> SUSPENDED",
    ]
    with pytest.raises(SubjectFailed, match=r"(?s)^got ZeroDivisionError: division by zero\n  at: .*in: suspend"):
        races(JOB_LIFECYCLE, ["start_run", "suspend"], ["request_cancel"], factory=Crashing)
    with pytest.raises(SubjectFailed, match=r"(?s)^got ZeroDivisionError.*in: suspend, after start_run"):
        shortest_walk(JOB_LIFECYCLE, "SUSPENDED").take(factory=Crashing)


def test_pytest_shows_the_users_line_first_and_the_error_in_its_summary(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    pytester.makepyfile(
        test_it="""
        from job_status import JOB_LIFECYCLE, JobStatus
        from job_status.testing import races

        class Crashing(JobStatus):
            def suspend(self, mesg=None, attempt=None):
                return 1 / 0

        def test_races():
            races(JOB_LIFECYCLE, ["start_run", "suspend"], ["suspend"], factory=Crashing)
        """
    )
    result = pytester.runpytest("--tb=short", "-p", "no:cacheprovider")
    shown = [line for line in result.outlines if ".py:" in line or line.startswith("E ")]
    assert shown[0].endswith(": in suspend")
    assert shown[1] == "E   ZeroDivisionError: division by zero"
    assert "E     in: suspend, after 1:start_run" in shown
    assert not any("_crashes.py" in line or "_subject.py" in line for line in shown)
    result.stdout.fnmatch_lines(["FAILED *::test_races - job_status.testing.SubjectFailed: got ZeroDivisionError*"])


def test_a_crash_within_a_library_names_the_users_last_line() -> None:
    class Door:
        def creak(self) -> None:
            raise OSError

    machine = relay(transitions=[{"trigger": "pull", "source": "new", "dest": "old", "after": "creak"}])
    with pytest.raises(SubjectFailed, match=r"^got OSError\n  at: .*, in creak: raise OSError\n  in: pull$"):
        Subject(machine, Door).fire(Subject(machine, Door).new(), "pull")


def test_where_no_line_is_the_users_the_last_one_is_named() -> None:
    with pytest.raises(SubjectFailed, match=r"(?s)^got .*\n  at: .*job_status.*\n  in: update_progress$"):
        Subject(JOB_LIFECYCLE).fire(shortest_walk(JOB_LIFECYCLE, "RUNNING").take(), "update_progress", "much")


def test_a_failure_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(SubjectFailed("this", "at: there")))
    assert str(error) == "got this\n  at: there"


class Bare:
    """A job class with no more than a status."""

    def __init__(self) -> None:
        self.status = WAITING


OBSERVATIONS = """\
<!-- job-status: lifecycle=x:y kind=observations -->
| known | WAITING | RUNNING | SUCCESS | CANCELED |
|---|---|---|---|---|
| WAITING | = | > | > | > |
| RUNNING | < | = | > | ! |
| SUCCESS | < | < | = | ! |
| CANCELED | < | ! | ! | = |
"""


def test_a_missing_method_is_a_sentence() -> None:
    assert check_document(document(TICKETS), TICKETS, Bare)[0].splitlines()[0] == (
        "expected RUNNING, got no method start_run: Bare needs it, or trigger(name)"
    )
    assert check_document(OBSERVATIONS, TICKETS, Bare)[0].splitlines()[0] == (
        "expected =, got no method observe: Bare needs observe(status, at=None)"
    )
    assert check_document(document(TICKETS), TICKETS, object)[0].splitlines()[0] == (
        "expected RUNNING, got no status: object needs it, a member of the lifecycle's Enum or a JobStatus"
    )
    with pytest.raises(SubjectFailed, match=r"^got no method start_run: Bare needs it, or trigger\(name\)$"):
        races(TICKETS, ["start_run"], ["start_run"], factory=Bare)
    assert check_document(OBSERVATIONS, TICKETS) == []


def test_what_the_history_does_not_have_is_a_failure() -> None:
    class Silent(JobStatus):
        def start_run(self, attempt: int | None = None) -> bool:
            return self.status is WAITING and super().start_run()

    failures = check_document(document(TICKETS), TICKETS, lambda: Silent(lifecycle=TICKETS))
    assert failures[0].startswith("expected -, got -, but the history has something else\n  cell: RUNNING-start_run, ")


def test_only_a_lifecycle_has_reports() -> None:
    words = "only a Lifecycle has an observation table: what is reported of a machine is not judged"
    assert check_document(OBSERVATIONS, relay()) == [f"line 2: {words}"]
    (order,) = races(TICKETS, [("observe", RUNNING)], [])
    assert order.final == "RUNNING"


def test_a_factory_or_a_status_that_fails_is_a_failure() -> None:
    class Lost:
        @property
        def status(self) -> RunningStatus:
            raise ConnectionError("no server")

    with pytest.raises(SubjectFailed, match=r"(?s)^got ConnectionError: no server.*in: the status"):
        races(TICKETS, ["start_run"], ["start_run"], factory=Lost)

    def failing() -> Any:
        raise ConnectionError("no server")

    failures = check_document(document(TICKETS), TICKETS, failing)
    assert failures[0].splitlines()[0] == "expected RUNNING, got ConnectionError: no server"


# -- machines of every kind

MOVES: list[Any] = [
    ["go", "new", "old"],
    ["end", ["new", "old"], "gone"],
    {"trigger": "stay", "source": "new", "dest": "="},
    {"trigger": "note", "source": "new", "dest": None},
    {"trigger": "skip", "source": "new", "dest": "gone", "conditions": "may_skip"},
    {"trigger": "wait", "source": "new", "dest": "=", "conditions": "may_skip"},
    {"trigger": "hold", "source": "new", "dest": "=", "unless": "may_skip"},
]
TABLE = """\
<!-- job-status: lifecycle=x:y -->
| status | go | end | stay | note | skip | wait | hold |
|---|---|---|---|---|---|---|---|
| new | old | gone | new | new | - | - | new |
| old | - | gone | - | - | - | - | - |
| gone | - | - | - | - | - | - | - |
"""


class Cautious:
    def may_skip(self) -> bool:
        return False


class Stated(Cautious):
    state = "new"


class AsyncCautious:
    async def may_skip(self) -> bool:
        return False


def relay(kind: type[Machine] = Machine, **options: Any) -> Machine:
    usual = {"model": None, "states": ["new", "old", "gone"], "initial": "new", "transitions": MOVES, "auto_transitions": False}
    return kind(**{**usual, **options})


MACHINES: dict[str, Callable[[], Machine]] = {
    "plain": relay,
    "queued": lambda: relay(queued=True),
    "ignoring": lambda: relay(ignore_invalid_triggers=True),
    "queued and ignoring": lambda: relay(queued=True, ignore_invalid_triggers=True),
    "graph": lambda: relay(GraphMachine, graph_engine="mermaid"),
    "queued graph": lambda: relay(GraphMachine, graph_engine="mermaid", queued=True),
    "locked": lambda: relay(LockedMachine, ignore_invalid_triggers=True),
    "async": lambda: relay(AsyncMachine),
    "queued async": lambda: relay(AsyncMachine, queued=True, ignore_invalid_triggers=True),
    "async, a queue for each model": lambda: relay(AsyncMachine, queued="model"),
}


@pytest.mark.parametrize("kind", MACHINES)
def test_machines_of_every_kind_are_read_alike(kind: str) -> None:
    machine = MACHINES[kind]()
    model = AsyncCautious if "async" in kind else Cautious
    assert check_document(TABLE, machine, model) == []
    wrong = check_document(TABLE.replace("| old | - | gone", "| old | old | gone"), machine, model)
    assert [failure.splitlines()[0] for failure in wrong] == ["expected old, got -"]
    orders = races(machine, ["go", "end"], ["end"], factory=model)
    assert [(order.final, len(order.refused)) for order in orders] == [("gone", 1), ("gone", 1), ("gone", 2)]
    assert_invariants(orders)
    run_state_machine_as_test(type("Relay", (LifecycleMachine,), {"source": machine, "factory": model}), settings=SHORT)


def test_a_model_may_bring_its_state() -> None:
    assert check_document(TABLE, relay(), Stated) == []


@pytest.mark.parametrize("kind", ["graph", "locked", "async, a queue for each model"])
def test_a_machine_keeps_no_more_than_the_latest_of_our_models(kind: str) -> None:
    machine = MACHINES[kind]()
    subject = Subject(machine)
    for _ in range(5):
        model = subject.new()
        subject.fire(model, "go")
        assert subject.status(model) == "old"
    assert len(machine.models) == 1
    assert len(getattr(machine, "model_graphs", [model])) == 1


def test_a_machine_whose_conditions_are_functions_and_objects_is_read() -> None:
    class Always:
        def __call__(self) -> bool:
            return True

    machine = relay(transitions=[{"trigger": "go", "source": "new", "dest": "old", "conditions": Always(), "unless": bool}])
    assert Subject(machine).definition.edges[0].condition == "Always and not bool"


class Rooms(Enum):
    HALL = 1
    ATTIC = 2
    CELLAR = 3


def test_a_state_that_no_walk_leads_to_is_checked_on_a_model_that_is_put_there() -> None:
    moves: list[Any] = [["climb", Rooms.CELLAR, Rooms.HALL], ["climb", Rooms.HALL, Rooms.ATTIC]]
    machine = relay(states=Rooms, initial=Rooms.HALL, transitions=moves)
    table = "<!-- job-status: lifecycle=x:y -->\n| room | climb |\n|--|--|\n| HALL | ATTIC |\n| ATTIC | - |\n| CELLAR | HALL |\n"
    assert check_document(table, machine) == []
    wrong = check_document(table.replace("| CELLAR | HALL |", "| CELLAR | - |"), machine)
    assert wrong == ["expected -, got HALL\n  cell: CELLAR-climb, line 6\n  walk: CELLAR"]


def test_a_status_that_no_walk_of_a_lifecycle_leads_to_fails_alone() -> None:
    subject = Subject(TICKETS)
    with pytest.raises(SubjectFailed, match=r"^got no SUCCESS object: no walk leads there$"):
        subject.new("SUCCESS")
    assert subject.new("WAITING").status is WAITING


def walks_of_two(source: Any) -> Iterator[str]:
    return map(str, all_walks(source, 2))


def test_walks_of_an_async_machine_are_taken() -> None:
    machine = relay(AsyncMachine, transitions=MOVES[:2])
    assert list(walks_of_two(machine)) == ["new -go-> old -end-> gone", "new -end-> gone"]
    assert shortest_walk(machine, "old").take().state == "old"
