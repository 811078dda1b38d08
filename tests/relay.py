"""A package that knows nothing of us but a `transitions.Machine`, as the files of a pytester, and how pytest is run there."""

from __future__ import annotations

from pathlib import Path

import pytest

RELAY = '''
from transitions import Machine

STATES = ["idle", "busy", "done", "broken"]
MOVES = [
    {"trigger": "take", "source": "idle", "dest": "busy"},
    {"trigger": "finish", "source": "busy", "dest": "done"},
    {"trigger": "fail", "source": ["idle", "busy"], "dest": "broken"},
]
machine = Machine(model=None, states=STATES, initial="idle", transitions=MOVES, auto_transitions=False)


class Relay:
    """It carries a machine of its own, as most users of transitions do, and one refusal that leaves a trace."""

    def __init__(self):
        self.asked = 0
        self.machine = Machine(model=self, states=STATES, initial="idle", transitions=MOVES, auto_transitions=False)


class Faulty(Relay):
    def finish(self):
        self.asked += 1
        return self.machine.events["finish"].trigger(self)
'''

TABLE = """\
# How a relay works

<!-- job-status: lifecycle=relay:machine factory=relay:Relay -->

A `|` in prose is no table.

| state  | take | finish | fail |
|--------|------|--------|------|
| idle   | busy | -      | broken |
| busy   | -    | done   | broken |
| done   | -    | -      | -    |
| broken | -    | -      | -    |

More prose.
"""

TESTS = """
from relay import Relay, machine

class Model:
    pass

def model():
    model = Model()
    machine.set_state("idle", model)
    return model

def fire(model, name):
    return machine.events[name].trigger(model)

def test_done():
    job = model()
    assert fire(job, "take") and fire(job, "finish")

def test_broken():
    assert fire(model(), "fail")

def test_refused():
    from transitions import MachineError
    try:
        fire(model(), "finish")
    except MachineError:
        pass
"""


def run(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    return pytester.runpytest("-p", "no:cacheprovider", "-p", "no:randomly", *args)


def write(pytester: pytest.Pytester, text: str, name: str = "relay.transitions.md") -> Path:
    path = pytester.path / name
    path.write_text(text, encoding="utf-8")
    return path
