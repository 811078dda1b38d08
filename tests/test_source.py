"""What a machine of somebody else declares, held against what the machine does when it is fired."""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import Any

import pytest
from transitions import Machine, MachineError
from transitions.extensions import HierarchicalMachine

from job_status._source import Definition, Group, definition, load
from job_status.diagrams import render
from job_status.testing import covering_walks


class Model:
    """What is moved; the conditions are its attributes."""

    state: Any
    full = False
    late = False

    def __init__(self, **conditions: bool) -> None:
        vars(self).update(conditions)


def coffee() -> HierarchicalMachine:
    """A machine with states in states, one of which is entered by itself, one by its first, and one in all of its parts at once."""
    fast = {"name": "fast", "initial": "jog", "children": ["jog", "sprint"], "transitions": [["hop", "jog", "sprint"]]}
    changes = [["change", "slow", "fast"], ["change", "fast", "slow"]]
    states = [
        "standing",
        {"name": "walking", "initial": "slow", "children": ["slow", fast], "transitions": changes},
        {"name": "awake", "children": ["dithering", {"name": "done", "final": True}]},
        {"name": "away", "children": ["home"]},
        {"name": "busy", "parallel": ["talking", {"name": "typing", "initial": "code", "children": ["code", "mail"]}]},
    ]
    machine = HierarchicalMachine(model=None, states=states, initial="standing")
    machine.add_transition("walk", "standing", "walking")
    machine.add_transition("stop", "walking", "standing", conditions="full")
    machine.add_transition("stop", "walking_fast", "walking", conditions="late")
    machine.add_transition("stop", "walking_fast_jog", "walking_slow", unless=["full", "late"])
    machine.add_transition("stop", "walking", "awake")
    machine.add_transition("change", "walking_fast", "standing")
    machine.add_transition("leave", "standing", "away_home")
    machine.add_transition("drink", "*", "awake")
    machine.add_transition("tick", "walking", None)
    machine.add_transition("again", "awake", "=")
    machine.add_transition("meet", ["standing", "awake_dithering"], "busy")
    return machine


def ends(machine: Machine, status: str, trigger: str, **conditions: bool) -> set[str] | None:
    """Where the machine itself takes a model; None where it refuses."""
    model = Model(**conditions)
    machine.add_model(model, initial=status)
    machine.set_state(status, model)
    try:
        model.trigger(trigger)  # type: ignore[attr-defined]  # the machine puts it there
    except (MachineError, ValueError):
        return None
    finally:
        machine.remove_model(model)
    return set(flat(model.state))


def flat(state: Any) -> list[str]:
    return [name for one in state for name in flat(one)] if isinstance(state, list) else [state]


def declared_ends(declared: Definition, status: str, trigger: str, **conditions: bool) -> set[str] | None:
    """Where the definition says that it goes."""
    leaving = [edge for edge in declared.edges if (edge.source, edge.trigger) == (status, trigger)]
    held = {name: conditions.get(name, False) for name in ("full", "late")}
    held |= {f"not {name}": not value for name, value in held.items()}
    for edge in leaving:
        if not edge.condition or all(held[part] for part in edge.condition.split(" and ")):
            return {other.dest for other in leaving if other.condition == edge.condition and other.otherwise == edge.otherwise}
    return None


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("late", [False, True])
def test_a_nested_machine_does_what_its_definition_says(full: bool, late: bool) -> None:
    machine = coffee()
    declared = definition(machine, nested=True)
    for status in declared.statuses:
        if not status.startswith("busy"):  # a model is never in one part of it alone
            for trigger in declared.labels:
                found = ends(machine, status, trigger, full=full, late=late)
                assert found == declared_ends(declared, status, trigger, full=full, late=late), (status, trigger)


def test_the_statuses_of_a_nested_machine_are_the_states_that_a_model_can_be_in() -> None:
    declared = definition(coffee(), nested=True)
    assert declared.statuses == (
        "standing",
        "walking_slow",
        "walking_fast_jog",
        "walking_fast_sprint",
        "awake",
        "awake_dithering",
        "awake_done",
        "away_home",
        "busy_talking",
        "busy_typing_code",
        "busy_typing_mail",
    )
    assert declared.initial == "standing"
    assert declared.finals == ("awake_done",)
    assert declared.groups[:2] == (
        Group("walking", frozenset({"walking_slow", "walking_fast_jog", "walking_fast_sprint"})),
        Group("walking_fast", frozenset({"walking_fast_jog", "walking_fast_sprint"})),
    )
    assert [group.name for group in declared.groups if group.parallel] == ["busy"]
    assert not any(label.startswith("to_") for label in declared.labels)


@pytest.mark.parametrize(
    ("initial", "first"),
    [
        ("walking", "walking_slow"),
        ("walking_fast", "walking_fast_jog"),
        (["busy_talking", "busy_typing"], "busy_talking"),
        (None, None),
    ],
)
def test_a_nested_machine_begins_where_its_initial_state_is_entered(initial: Any, first: str | None) -> None:
    machine = HierarchicalMachine(model=None, states=list(coffee().states.values()), initial=initial)
    assert definition(machine, nested=True).initial == first


class Deep(Enum):
    """Members that are states, of which one has members within it."""

    OUT = "out"
    IN = {"children": ["a", "b"], "initial": "a"}  # noqa: RUF012  # it is no attribute, but a member


def test_states_within_a_member_of_an_enum_are_found() -> None:
    machine = HierarchicalMachine(model=None, states=list(Deep), initial=Deep.OUT, auto_transitions=False)
    machine.add_transition("enter", Deep.OUT, Deep.IN)
    machine.add_transition("leave", Deep.IN, Deep.OUT)
    declared = definition(machine, nested=True)
    assert [(edge.source, edge.dest) for edge in declared.edges] == [("OUT", "IN_a"), ("IN_a", "OUT"), ("IN_b", "OUT")]


def test_a_hierarchical_machine_without_nesting_is_a_machine_like_any_other() -> None:
    flat_one, plain = (kind(model=None, states=["a", "b"], initial="a") for kind in (HierarchicalMachine, Machine))
    for machine in (flat_one, plain):
        machine.add_transition("go", "a", "b")
    assert definition(flat_one) == definition(plain)
    assert [walk.end for walk in covering_walks(flat_one)] == ["b"]


def test_a_nested_machine_is_for_pictures_alone() -> None:
    with pytest.raises(TypeError, match=r"^only a flat machine has a transition table; this one has nested states$"):
        definition(coffee())
    assert load("tests.test_source:COFFEE", to_draw=True) is COFFEE
    with pytest.raises(ValueError, match=r"^tests\.test_source:COFFEE: only a flat machine"):
        load("tests.test_source:COFFEE")


COFFEE = coffee()


# -- moves under conditions


def sack() -> Machine:
    """Some rows of it have conditions, one is what happens otherwise, and one is never come to."""
    machine = Machine(model=None, states=["a", "b", "c", "d"], initial="a", auto_transitions=False)
    machine.add_transition("ok", ["a", "b"], "d")
    machine.add_transition("ok", "c", "b", conditions="full")
    machine.add_transition("ok", "c", "a", unless="late")
    machine.add_transition("ok", "c", "d")
    machine.add_transition("ok", "c", "c")
    machine.add_transition("skip", "c", "d")
    return machine


def test_a_move_behind_others_with_conditions_is_taken_otherwise() -> None:
    edges = [edge for edge in definition(sack()).edges if edge.source == "c"]
    assert [(edge.trigger, edge.dest, edge.condition, edge.otherwise, edge.when) for edge in edges] == [
        ("ok", "b", "full", False, "full"),
        ("ok", "a", "not late", False, "not late"),
        ("ok", "d", "", True, "else"),
        ("skip", "d", "", False, ""),
    ]


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("late", [False, True])
def test_a_machine_with_conditions_does_what_its_definition_says(full: bool, late: bool) -> None:
    machine = sack()
    for status in "abcd":
        for trigger in ("ok", "skip"):
            expected = declared_ends(definition(machine), status, trigger, full=full, late=late)
            assert ends(machine, status, trigger, full=full, late=late) == expected


def is_full(limit: int, event: Any = None) -> bool:
    return limit > 3


class Scale:
    def __call__(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("condition", "name"),
    [
        ("full", "full"),
        (is_full, "is_full"),
        (partial(is_full, 4), "is_full"),
        (partial(partial(is_full), 4), "is_full"),
        (Scale(), "Scale"),
    ],
)
def test_a_condition_has_the_name_of_what_decides_it(condition: Any, name: str) -> None:
    machine = Machine(model=None, states=["a", "b"], initial="a", auto_transitions=False)
    machine.add_transition("go", "a", "b", conditions=[condition])
    assert [edge.condition for edge in definition(machine).edges] == [name]


# -- machines without a start


@pytest.mark.parametrize("kind", [Machine, HierarchicalMachine])
@pytest.mark.parametrize("form", ["svg", "dot", "mermaid", "json", "markdown", "html"])
def test_no_start_is_invented(kind: type[Machine], form: Any) -> None:
    machine = kind(model=None, states=["a", "b"], initial=None, auto_transitions=False)
    machine.add_transition("go", "a", "b")
    declared = definition(machine)
    assert (declared.initial, declared.start) == (None, "a")
    text = render(machine, form)
    assert "None" not in text
    assert "starts in" not in text
    assert "First status" not in text
    for drawn in ("start ->", "start --", 'class="start"'):
        assert drawn not in text


@pytest.mark.parametrize("kind", [Machine, HierarchicalMachine])
@pytest.mark.parametrize("form", ["svg", "dot", "mermaid", "json", "markdown", "html"])
def test_a_machine_without_states_is_shown_as_what_it_is(kind: type[Machine], form: Any) -> None:
    machine = kind(model=None, states=[], initial=None)
    text = render(machine, form)
    assert "A state diagram of 0 statuses and 0 moves." in text or form in ("markdown", "dot")
    with pytest.raises(ValueError, match=r"^there are no statuses, so there is nothing to test$"):
        covering_walks(machine)
