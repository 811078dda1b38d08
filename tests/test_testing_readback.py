"""What `job-status table` writes of a machine is a test of that machine, whatever its states and conditions are called."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st
from transitions import Machine, State

from job_status._source import definition
from job_status.diagrams import render
from job_status.diagrams._text import shown
from job_status.testing import check_document
from job_status.testing._checks import checks
from job_status.testing._tables import parse

COMMENT = "<!-- job-status: lifecycle=matter:machine -->\n\n"

#: such as look like the marks, the lists and the markup around them
ODD = (
    "saving the world", "a, b", "a (1)", "a (1), b", "(2)", "a", "b", "x|y", "back\\slash", "end\\", "`code`", "été", "漢字",
    "RUNNING (cancel requested)", "- a", "1. b", "<b>", "&amp;", "*", "_x_", "\u202eright to left", "two\nlines", " a  b ",
)  # fmt: skip

#: with something to be seen in them; "" is none at all for transitions
NAMES = st.one_of(
    st.sampled_from(ODD), st.text("ab 1(),|\\-*_`é\n", min_size=1, max_size=8), st.text(min_size=1, max_size=8)
).filter(str.strip)

CONDITIONS: list[Any] = ["is_ready", "has_fuel", "è_caldo"]


class Matter:
    """A model whose conditions hold or not, as it was made."""

    def __init__(self, holding: dict[str, bool]) -> None:
        for name, holds in holding.items():
            setattr(self, name, lambda holds=holds: holds)


@st.composite
def machines(draw: st.DrawFn) -> Machine:
    """Generate flat machines with any names, each state of which is reached by moves without conditions."""
    names = draw(st.lists(NAMES, min_size=1, max_size=5, unique_by=lambda name: shown(name).strip()))
    triggers = draw(st.lists(NAMES, min_size=1, max_size=3, unique_by=lambda name: shown(name).strip()))
    assume("-" not in map(str.strip, (*names, *triggers)))
    states: list[Any] = [State(name, final=draw(st.booleans())) for name in names]
    machine = Machine(model=None, states=states, initial=names[0], auto_transitions=False)
    for number, name in enumerate(names[1:]):
        machine.add_transition(f"reach_{number}", names[draw(st.integers(0, number))], name)
    for _ in range(draw(st.integers(0, 6))):
        machine.add_transition(
            draw(st.sampled_from(triggers)),
            draw(st.sampled_from(names)),
            draw(st.sampled_from(names)),
            conditions=draw(st.lists(st.sampled_from(CONDITIONS), max_size=2, unique=True)),
            unless=draw(st.lists(st.sampled_from(CONDITIONS), max_size=1)),
        )
    return machine


@given(machines())
def test_every_cell_is_read_as_the_moves_that_it_was_written_for(machine: Machine) -> None:
    text = COMMENT + render(machine, "markdown")
    (table,) = parse(text)
    declared = definition(machine)
    found = {(check.reading.status, check.reading.column): check for check in checks(table, machine)}
    assert found.keys() == {(status, label) for status in declared.statuses for label in declared.labels}
    for (status, label), check in found.items():
        moves = [(edge.dest, edge.condition) for edge in declared.edges if (edge.source, edge.label) == (status, label)]
        certain = next((number for number, (_, condition) in enumerate(moves, 1) if not condition), len(moves))
        if any(condition for _, condition in moves[:certain]):
            assert list(check.reading.alternatives) == moves[:certain]
            event("conditions")
        else:
            assert check.expected == (moves[0][0] if moves else "-")


@given(machines(), st.fixed_dictionaries({name: st.booleans() for name in CONDITIONS}))
def test_models_of_the_machine_pass(machine: Machine, holding: dict[str, bool]) -> None:
    assert check_document(COMMENT + render(machine, "markdown"), machine, lambda: Matter(holding)) == []


def guarded(**options: Any) -> Machine:
    moves: list[Any] = [
        {"trigger": "nap", "source": "awake", "dest": "asleep", "conditions": "is_tired"},
        {"trigger": "nap", "source": "awake", "dest": "resting", "unless": ["is_tired", "is_busy"]},
        ["wake_up", ["asleep", "resting"], "awake"],
    ]
    return Machine(
        model=None, states=["awake", "asleep", "resting"], initial="awake", transitions=moves, auto_transitions=False, **options
    )


GUARDED = COMMENT + render(guarded(), "markdown")


class Sleeper:
    """It has a machine's states, but takes its naps by itself."""

    def __init__(self, *, tired: bool, busy: bool = False, naps: str | None = None) -> None:
        self.state = "awake"
        self.tired, self.busy, self.naps = tired, busy, naps

    def is_tired(self) -> bool:
        return self.tired

    def is_busy(self) -> bool:
        return self.busy

    def nap(self) -> bool:
        self.state = self.naps or self.state
        return self.naps is not None and self.state == self.naps


def failed(**options: Any) -> list[str]:
    """Return what is wrong with the naps of such a sleeper."""
    found = check_document(GUARDED, guarded(), lambda: Sleeper(**options))
    return [line.partition("\n")[0] for line in found if "cell: awake-nap" in line]


def test_a_cell_with_conditions_is_held_against_those_that_hold() -> None:
    assert failed(tired=True, naps="asleep") == []
    assert failed(tired=False, naps="resting") == []
    assert failed(tired=False, busy=True) == []
    expected = "expected asleep if is_tired, else resting if not is_tired and not is_busy, else -"
    assert failed(tired=True, naps="resting") == [f"{expected}, got resting"]
    assert failed(tired=False, busy=True, naps="resting") == [f"{expected}, got resting"]
    assert failed(tired=True) == [f"{expected}, got -"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("asleep (1)", "away (1)", "line 9: the cell awake-nap has 'away', which is none of: awake asleep resting"),
        ("only if: is_tired", "only if: is_bored", "line 13: no move has the condition 'is_bored'; there are: is_tired, "),
    ],
)
def test_what_does_not_fit_the_machine_is_named_with_its_line(old: str, new: str, problem: str) -> None:
    assert old in GUARDED
    (found,) = check_document(GUARDED.replace(old, new), guarded())
    assert found.startswith(problem)


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (["a", "-"], "line 7: in a table, the name '-' cannot be told from a refusal"),
        (["a", "a "], "line 10: there is a row a already, in line 9"),
        (["a", " "], "line 7: in a table, the name ' ' cannot be seen"),
    ],
)
def test_names_that_no_table_can_show_are_refused(names: list[str], problem: str) -> None:
    machine = Machine(model=None, states=names, initial="a", transitions=[["go", *names]], auto_transitions=False)
    assert check_document(COMMENT + render(machine, "markdown"), machine) == [problem]


class Lamps:
    """Another machine, by an adapter: what its conditions are, nobody can ask."""

    def table(self) -> Any:
        return ("off", "on"), [("press", "off", "on", "there is power"), ("press", "on", "off")]

    def fire(self, lamp: Any, trigger: str, *args: Any) -> bool:
        lamp["status"] = lamp["press"] if lamp["status"] == "off" else "off"
        return bool(lamp["press"] == "on")

    def snapshot(self, lamp: Any) -> tuple[str, object]:
        return lamp["status"], None


def test_under_a_condition_that_cannot_be_asked_either_outcome_passes() -> None:
    text = COMMENT + render(Lamps(), "markdown")
    assert "| off | on (1) |" in text
    assert check_document(text, Lamps(), lambda: {"status": "off", "press": "on"}) == []
    without_power = check_document(text, Lamps(), lambda: {"status": "off", "press": "off"})
    assert [line.partition("\n")[0] for line in without_power] == ["expected off, got no object there"]
    strange = check_document(text, Lamps(), lambda: {"status": "off", "press": "ajar"})
    assert len(strange) == 2
