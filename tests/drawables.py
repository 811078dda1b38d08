"""Sources to draw, for the tests of all formats: lifecycles, hostile and large machines; and what reads the tags of the outcome."""

from __future__ import annotations

import random
from enum import Enum
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from transitions import Machine

from job_status import JOB_LIFECYCLE, Lifecycle, RunningStatus, Transition
from job_status.perceval import PERCEVAL_LIFECYCLE

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus
EXTENDED = JOB_LIFECYCLE.extend(Transition("requeue", RUNNING, WAITING, None, "the platform lost it"))

LIFECYCLES = [
    pytest.param(JOB_LIFECYCLE, id="default"),
    pytest.param(PERCEVAL_LIFECYCLE, id="perceval"),
    pytest.param(EXTENDED, id="extended"),
]
BOTH = pytest.mark.parametrize("full", [pytest.param(False, id="compact"), pytest.param(True, id="full")])


class S(Enum):
    """Statuses of somebody's own, four of them named like meanings that they do not have."""

    CREATED = "created"
    QUEUED = "queued"
    RUNNING = "running"
    UNKNOWN = "to be sorted by hand"
    LOST = "lost"
    FINISHED = "finished"
    ERROR = "stopped by a user"
    SUCCESS = "a report of a failure was sent"


OWN = Lifecycle(
    (
        Transition("enqueue", S.CREATED, S.QUEUED),
        Transition("start_run", S.QUEUED, S.RUNNING),
        Transition("puzzle", S.RUNNING, S.UNKNOWN),
        Transition("start_run", S.UNKNOWN, S.RUNNING),
        Transition("stop_run", S.RUNNING, S.FINISHED),
        Transition("stop_run", S.RUNNING, S.SUCCESS),
        Transition("stop_run", S.QUEUED, S.ERROR),
        Transition("observe", S.RUNNING, S.LOST),
        Transition("observe", S.LOST, S.RUNNING),
        Transition("observe", S.LOST, S.SUCCESS),
        Transition("stop_run", S.LOST, S.SUCCESS),
    ),
    means={
        S.CREATED: WAITING,
        S.QUEUED: WAITING,
        S.RUNNING: RUNNING,
        S.UNKNOWN: WAITING,
        S.LOST: UNKNOWN,
        S.FINISHED: SUCCESS,
        S.ERROR: CANCELED,
        S.SUCCESS: ERROR,
    },
)
LEGEND = "CREATED, QUEUED and UNKNOWN mean WAITING; FINISHED means SUCCESS; SUCCESS means ERROR; ERROR means CANCELED"
LEGEND += "; LOST means UNKNOWN"

HOSTILE = [
    'a"b', "<script>alert(1)</script>", "line1\nline2", "x: y; z | w", "שלום עולם", "\u202eevil", "L" * 200, "end", "graph",
    "`code`", "__init__", "1. list", "- item", "a\\", "{x}", "%%", "#quot;", "&amp;", "<b>", "\x00nul", "\ud800", "", " ",
    "a-->b", "*s*", "[l](javascript:1)", "]]>", "<!--", "@me", "$x$", "class A b", "it's", "\t", "é🎉", "Start",
]  # fmt: skip


def hostile_machine(*, failing: bool = True) -> Machine:
    machine = Machine(model=None, states=HOSTILE, initial=HOSTILE[0], auto_transitions=False)
    for source, dest in pairwise(HOSTILE):
        machine.add_transition(source or "none", source, dest)
        if failing:
            machine.add_transition('fail:"<img src=x onerror=alert(1)>|', source, "<b>")
    return machine


def large_machine(statuses: int, moves: int) -> Machine:
    dice = random.Random(4)
    names = [f"status_{number}" for number in range(statuses)]
    machine = Machine(model=None, states=names, initial=names[0], auto_transitions=False)
    for source, dest in pairwise(names):
        machine.add_transition("next", source, dest)
    for number in range(moves - statuses + 1):
        machine.add_transition(f"move_{number % 10}", dice.choice(names), dice.choice(names))
    return machine


class Tags(HTMLParser):
    """Which tags and attributes a page or a picture has, as a browser reads it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
