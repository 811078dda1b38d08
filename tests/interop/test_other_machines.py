"""Machines of python-statemachine and Automat under the kit, each through an adapter of three methods."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from job_status.diagrams import render
from job_status.testing import Adapter, Factory, assert_invariants, check_document, covering_walks, races
from job_status.testing.strategies import LifecycleMachine

statemachine = pytest.importorskip("statemachine", reason="needs python-statemachine: pip install 'job_status[bench]'")
automat = pytest.importorskip("automat", reason="needs automat: pip install 'job_status[bench]'")

TABLE = """\
<!-- job-status: lifecycle=x:y -->
| order | pay | ship | cancel |
|---|---|---|---|
| placed | paid | - | canceled |
| paid | - | shipped | canceled |
| shipped | - | - | - |
| canceled | - | - | - |
"""


# -- python-statemachine


class Order(statemachine.StateMachine):  # type: ignore[misc,name-defined]
    """An order, as one writes it with python-statemachine."""

    placed = statemachine.State(initial=True)
    paid = statemachine.State()
    shipped = statemachine.State(final=True)
    canceled = statemachine.State(final=True)

    pay = placed.to(paid)
    ship = paid.to(shipped)
    cancel = placed.to(canceled) | paid.to(canceled)

    def __init__(self) -> None:
        self.log: list[str] = []
        super().__init__()

    def on_pay(self) -> None:
        self.log.append("paid")


class Hurried(Order):
    """It ships before it is paid for, and says so in its log."""

    ship = Order.paid.to(Order.shipped)

    def send(self, event: str, *args: Any, **kwargs: Any) -> Any:
        if event == "ship":
            self.log.append("to be shipped")
        return super().send(event, *args, **kwargs)


@dataclass(frozen=True)
class StateMachines:
    """The adapter: any class of python-statemachine."""

    machine: Any

    def table(self) -> tuple[Iterable[str], Iterable[Sequence[str]]]:
        states = sorted(self.machine.states, key=lambda state: not state.initial)
        moves = (move for state in states for move in state.transitions)
        rows = [(move.event, move.source.id, move.target.id, " and ".join(map(str, move.cond))) for move in moves]
        return [state.id for state in states], rows

    def fire(self, machine: Any, trigger: str, *args: Any) -> object:
        machine.send(trigger, *args)
        return True

    def snapshot(self, machine: Any) -> tuple[str, object]:
        return machine.current_state_value, machine.log


ORDERS = Factory(Order, refusals=(statemachine.exceptions.TransitionNotAllowed,))
HURRIED = Factory(Hurried, refusals=(statemachine.exceptions.TransitionNotAllowed,))


# -- Automat


class Purchase(Protocol):
    def pay(self) -> None: ...
    def ship(self) -> None: ...
    def cancel(self) -> None: ...


@dataclass
class Facts:
    log: list[str] = field(default_factory=list)


def built(shipped: str = "shipped") -> Callable[[Facts], Purchase]:
    """An order, as one writes it with Automat; by mistake it may be shipped to another state."""
    builder = automat.TypeMachineBuilder(Purchase, Facts)
    states = {name: builder.state(name) for name in ("placed", "paid", "shipped", "canceled")}

    def note(purchase: Purchase, facts: Facts) -> None:
        facts.log.append("paid")

    states["placed"].upon(Purchase.pay).to(states["paid"])(note)
    states["placed"].upon(Purchase.cancel).to(states["canceled"]).returns(None)
    states["paid"].upon(Purchase.ship).to(states[shipped]).returns(None)
    states["paid"].upon(Purchase.cancel).to(states["canceled"]).returns(None)
    machine: Callable[[Facts], Purchase] = builder.build()
    return machine


@dataclass(frozen=True)
class Automats:
    """The adapter: any machine that a TypeMachineBuilder has built, and the order of its states, which Automat does not keep."""

    machine: Any
    states: Sequence[str]
    inputs: Sequence[str]

    def table(self) -> tuple[Iterable[str], Iterable[Sequence[str]]]:
        moves = {(move[1], move[0].name, move[2].name) for move in self.machine.__automat_automaton__.allTransitions()}
        return self.states, sorted(moves, key=lambda move: (self.inputs.index(move[0]), self.states.index(move[1])))

    def fire(self, machine: Any, trigger: str, *args: Any) -> object:
        return getattr(machine, trigger)(*args)

    def snapshot(self, machine: Any) -> tuple[str, object]:
        return machine.__automat_transitioner__._state.name, machine.__automat_core__


PURCHASE, MISTAKEN = built(), built(shipped="canceled")
PURCHASES = Factory(lambda: PURCHASE(Facts()), refusals=(automat.NoTransition,))
STATES, INPUTS = ("placed", "paid", "shipped", "canceled"), ("pay", "ship", "cancel")


# -- both


SOURCES: dict[str, tuple[Adapter, Factory]] = {
    "python-statemachine": (StateMachines(Order), ORDERS),
    "automat": (Automats(PURCHASE, STATES, INPUTS), PURCHASES),
}


@pytest.mark.parametrize(("source", "factory"), SOURCES.values(), ids=SOURCES)
def test_it_has_a_table_walks_races_random_steps_and_a_picture(source: Adapter, factory: Factory) -> None:
    assert check_document(TABLE, source, factory) == []
    for walk in covering_walks(source):
        assert source.snapshot(walk.take(factory=factory))[0] == walk.end
    orders = races(source, ["pay", "ship"], ["cancel"], factory=factory)
    assert [order.final for order in orders] == ["shipped", "canceled", "canceled"]
    assert_invariants(orders)
    quick = settings(max_examples=20, stateful_step_count=20, derandomize=True)
    run_state_machine_as_test(type("Driven", (LifecycleMachine,), {"source": source, "factory": factory}), settings=quick)
    assert all(name in render(source, "mermaid") for name in (*STATES, *INPUTS))


def test_what_is_wrong_with_one_is_found() -> None:
    failures = check_document(TABLE, StateMachines(Hurried), HURRIED)
    assert failures[0] == (
        "expected -, got - and a change\n  [1][0]: nothing -> 'to be shipped'\n  cell: placed-ship, line 4\n  walk: placed"
    )
    mistaken = Factory(lambda: MISTAKEN(Facts()), refusals=(automat.NoTransition,))
    failures = check_document(TABLE, Automats(MISTAKEN, STATES, INPUTS), mistaken)
    assert "expected shipped, got canceled\n  cell: paid-ship, line 5\n  walk: placed -pay-> paid" in failures
