"""Any other machine through an adapter: its table, its walks and races, its picture, and what is wrong with an adapter."""

from __future__ import annotations

import doctest
import re
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from job_status import _source
from job_status._source import definition, load
from job_status.diagrams import render
from job_status.testing import (
    Adapter,
    Factory,
    all_walks,
    assert_invariants,
    check_document,
    covering_walks,
    races,
    replay,
    shortest_walk,
)
from job_status.testing._crashes import SubjectFailed
from job_status.testing.strategies import LifecycleMachine


class Turnstile:
    """A machine as one writes it by hand."""

    def __init__(self) -> None:
        self.locked = True
        self.broken = False
        self.coins: list[str] = []
        self.alarms = 0

    def coin(self) -> None:
        if self.broken:
            raise RuntimeError("out of order")
        self.coins.append("coin")
        self.locked = False

    def push(self) -> None:
        if self.broken or self.locked:
            raise RuntimeError("locked")
        self.locked = True

    def hammer(self) -> bool:
        hit = not self.broken
        self.broken = True
        return hit


class Turnstiles:
    """Its three methods."""

    rows: Sequence[Sequence[str]] = (
        ("coin", "locked", "unlocked"),
        ("coin", "unlocked", "unlocked"),
        ("push", "unlocked", "locked"),
        ("hammer", "locked", "broken"),
        ("hammer", "unlocked", "broken"),
    )

    def table(self) -> tuple[Iterable[str], Iterable[Sequence[str]]]:
        return ["locked", "unlocked", "broken"], self.rows

    def fire(self, machine: Turnstile, trigger: str, *args: Any) -> object:
        return getattr(machine, trigger)(*args)

    def snapshot(self, machine: Turnstile) -> tuple[str, object]:
        status = "broken" if machine.broken else "locked" if machine.locked else "unlocked"
        return status, (machine.coins, machine.alarms)


class Alarmed(Turnstile):
    """It counts how often it refuses, which is a change."""

    def push(self) -> None:
        self.alarms += self.locked
        super().push()


SOURCE = Turnstiles()
TURNSTILE = Factory(Turnstile, refusals=(RuntimeError,))
TABLE = """\
<!-- job-status: lifecycle=x:y -->
| turnstile | coin | push | hammer |
|---|---|---|---|
| locked | unlocked | - | broken |
| unlocked | unlocked | locked | broken |
| broken | - | - | - |
"""


def test_the_example_of_an_adapter_runs() -> None:
    assert doctest.testmod(_source).failed == 0
    assert doctest.testmod(_source).attempted >= 4
    assert isinstance(SOURCE, Adapter)


def test_its_table_is_a_test() -> None:
    assert check_document(TABLE, SOURCE, TURNSTILE) == []
    assert check_document("<!-- job-status: lifecycle=x:y -->\n\n" + render(SOURCE, "markdown"), SOURCE, TURNSTILE) == []
    wrong = check_document(TABLE.replace("| locked | unlocked | - |", "| locked | unlocked | locked |"), SOURCE, TURNSTILE)
    assert wrong == ["expected locked, got -\n  cell: locked-push, line 4\n  walk: locked"]


def test_a_refusal_that_changes_it_is_found() -> None:
    failures = check_document(TABLE, SOURCE, Factory(Alarmed, refusals=(RuntimeError,)))
    assert failures[0] == "expected -, got - and a change\n  [1][1]: 0 -> 1\n  cell: locked-push, line 4\n  walk: locked"


def test_its_walks_races_and_random_steps_are_taken_by_real_objects() -> None:
    for walk in covering_walks(SOURCE):
        assert SOURCE.snapshot(walk.take(factory=TURNSTILE))[0] == walk.end
    assert len(list(all_walks(SOURCE, 2))) == 4
    orders = races(SOURCE, ["coin", "push"], ["hammer"], factory=TURNSTILE)
    assert [order.final for order in orders] == ["broken"] * 3
    assert_invariants(orders)
    quick = settings(max_examples=30, stateful_step_count=20, derandomize=True)
    run_state_machine_as_test(type("Turning", (LifecycleMachine,), {"source": SOURCE, "factory": TURNSTILE}), settings=quick)
    found = settings(quick, max_examples=100, phases=[Phase.generate])
    alarmed = Factory(Alarmed, refusals=(RuntimeError,))
    with pytest.raises(AssertionError, match="expected a refusal, got one and a change: push while locked"):
        run_state_machine_as_test(type("Turning", (LifecycleMachine,), {"source": SOURCE, "factory": alarmed}), settings=found)


def test_its_picture_and_its_log() -> None:
    assert {"coin", "push", "hammer"} <= set(re.findall(r"\w+", render(SOURCE, "mermaid")))
    assert "<title>" in render(SOURCE, "html")
    assert replay(SOURCE, [("gate", "locked", 0), ("gate", "broken", 1)]).ok
    assert not replay(SOURCE, [("gate", "broken", 0), ("gate", "locked", 1)]).ok


def test_statuses_may_be_members_of_an_enum_and_rows_have_conditions() -> None:
    lamp = Enum("lamp", "OFF ON")

    class Lamps(Turnstiles):
        def table(self) -> Any:
            return lamp, [("press", lamp.OFF, lamp.ON, "it is plugged in"), ("press", lamp.ON, lamp.ON)]

    declared = definition(Lamps())
    assert (declared.statuses, declared.initial, declared.finals) == (("OFF", "ON"), "OFF", ("ON",))
    assert [edge.condition for edge in declared.edges] == ["it is plugged in", ""]


# -- what is wrong


def test_an_adapter_needs_a_factory_and_says_so() -> None:
    with pytest.raises(SubjectFailed, match=r"^got no object: Turnstiles needs a factory, which makes one"):
        shortest_walk(SOURCE, "unlocked").take()


def test_a_status_that_no_walk_leads_to_fails_alone() -> None:
    class Parted(Turnstiles):
        rows = (("hammer", "unlocked", "broken"), ("coin", "locked", "locked"))

    table = """
<!-- job-status: lifecycle=x:y -->
| t | hammer | coin |
|---|---|---|
| locked | - | locked |
| unlocked | broken | - |
| broken | - | - |
"""
    failures = [failure.splitlines()[0] for failure in check_document(table, Parted(), TURNSTILE)]
    assert failures[2:] == [
        "expected broken, got no unlocked object: no walk leads there",
        "expected -, got no unlocked object: no walk leads there",
        "expected -, got no broken object: no walk leads there",
        "expected -, got no broken object: no walk leads there",
    ]
    assert failures[:2] == ["expected -, got broken", "expected locked, got unlocked"]


def test_a_trigger_that_it_does_not_have_is_named() -> None:
    with pytest.raises(ValueError, match="there is no trigger 'kick'; the triggers are: coin, push, hammer"):
        races(SOURCE, ["kick"], ["coin"], factory=TURNSTILE)


class Empty(Turnstiles):
    def table(self) -> Any:
        return (), ()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ((("coin", "locked"),), r"a row is \(trigger, source, dest\), with a condition if there is one, not \('coin', 'locked'\)"),
        (("coin",), r"a row is \(trigger, source, dest\), with a condition if there is one, not 'coin'"),
        (
            (("coin", "locked", "gone"),),
            r"the row \('coin', 'locked', 'gone'\) has 'gone', which is none of the statuses: ",
        ),
    ],
)
def test_a_row_that_is_none_is_shown(rows: Any, words: str) -> None:
    adapter = Turnstiles()
    adapter.rows = rows
    with pytest.raises(ValueError, match=words):
        definition(adapter)
    with pytest.raises(ValueError, match="the table of Empty has no statuses"):
        definition(Empty())


def test_an_adapter_is_loaded_by_name_and_what_it_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Half:
        def table(self) -> Any:
            return (), ()

    monkeypatch.setattr(f"{__name__}.HALF", Half(), raising=False)
    monkeypatch.setattr(f"{__name__}.EMPTY", Empty(), raising=False)
    assert load(f"{__name__}:SOURCE") is SOURCE
    with pytest.raises(ValueError, match=r"HALF: expected a Lifecycle or .*: as an adapter it lacks fire and snapshot$"):
        load(f"{__name__}:HALF")
    with pytest.raises(ValueError, match=r"Turnstiles: expected a Lifecycle or .*, not <class .*Turnstiles'>$"):
        load(f"{__name__}:Turnstiles")
    with pytest.raises(ValueError, match="EMPTY: the table of Empty has no statuses"):
        load(f"{__name__}:EMPTY")
