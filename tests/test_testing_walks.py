"""Legal walks, typed by hand where that is feasible, and taken by real objects."""

from __future__ import annotations

from collections import Counter
from enum import Enum
from typing import Any

import pytest
from transitions import Machine
from transitions.extensions import HierarchicalMachine

from job_status import JOB_LIFECYCLE, JobStatus, RunningStatus, Transition
from job_status.testing import Walk, all_walks, covering_walks, shortest_walk
from job_status.testing._graph import Graph


class Light(Enum):
    RED = 1
    GREEN = 2
    OFF = 3


MOVES: list[Any] = [["go", Light.RED, Light.GREEN], ["stop", Light.GREEN, Light.RED], ["off", "*", Light.OFF]]
LIGHTS = Machine(model=None, states=Light, initial=Light.RED, transitions=MOVES, auto_transitions=False)


@pytest.mark.parametrize(
    ("status", "walk"),
    [
        ("WAITING", "WAITING"),
        ("RUNNING", "WAITING -start_run-> RUNNING"),
        ("SUSPENDED", "WAITING -start_run-> RUNNING -suspend-> SUSPENDED"),
        ("CANCEL_REQUESTED", "WAITING -request_cancel-> CANCEL_REQUESTED"),
        ("UNKNOWN", "WAITING -observe(UNKNOWN)-> UNKNOWN"),
        ("SUCCESS", "WAITING -start_run-> RUNNING -stop_run(SUCCESS)-> SUCCESS"),
        ("ERROR", "WAITING -stop_run(ERROR)-> ERROR"),
        ("CANCELED", "WAITING -stop_run(CANCELED)-> CANCELED"),
    ],
)
def test_the_shortest_walk_to_each_status(status: str, walk: str) -> None:
    assert str(shortest_walk(JOB_LIFECYCLE, status)) == walk
    assert shortest_walk(JOB_LIFECYCLE, RunningStatus[status]).take().status is RunningStatus[status]


def test_the_shortest_walk_with_and_without_a_cancel_request() -> None:
    asked = shortest_walk(JOB_LIFECYCLE, "UNKNOWN", cancel_requested=True)
    assert str(asked) == "WAITING -request_cancel-> CANCEL_REQUESTED -observe(UNKNOWN)-> UNKNOWN"
    assert asked.take().cancel_requested
    assert not shortest_walk(JOB_LIFECYCLE, "ERROR", cancel_requested=False).take().cancel_requested


@pytest.mark.parametrize(
    ("status", "asked", "words"),
    [
        ("GONE", None, "no walk leads to GONE; the statuses are: WAITING, RUNNING, "),
        ("RUNNING", True, "no walk leads to RUNNING after a cancel request; "),
        ("CANCEL_REQUESTED", False, "no walk leads to CANCEL_REQUESTED without a cancel request; "),
    ],
)
def test_a_walk_that_there_is_not(status: str, asked: bool | None, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        shortest_walk(JOB_LIFECYCLE, status, asked)


def test_walks_of_a_machine_with_enums() -> None:
    assert str(shortest_walk(LIGHTS, Light.GREEN)) == "RED -go-> GREEN"
    walks = covering_walks(LIGHTS)
    assert [str(walk) for walk in walks] == ["RED -go-> GREEN -stop-> RED -off-> OFF -off-> OFF", "RED -go-> GREEN -off-> OFF"]
    assert walks[0].take().state is Light.OFF


@pytest.mark.parametrize("walk", covering_walks(JOB_LIFECYCLE))
def test_real_jobs_take_the_covering_walks(walk: Walk) -> None:
    job = walk.take()
    assert job.status.name == walk.end
    assert [move.dest.name for move in job.history] == [move.dest for move in walk if move.source != move.dest]


def test_the_covering_walks_are_few_and_take_every_move() -> None:
    walks = covering_walks(JOB_LIFECYCLE)
    taken = Counter(move for walk in walks for move in walk)
    assert set(taken) == set(Graph(JOB_LIFECYCLE).definition.edges)
    # A final status ends a walk, so there can't be fewer of them than there are moves into one.
    assert len(walks) == sum(row.dest in JOB_LIFECYCLE.finals for row in JOB_LIFECYCLE.rows) == 16


def test_covering_walks_have_readable_ids(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from job_status import JOB_LIFECYCLE
        from job_status.testing import all_walks, covering_walks

        @pytest.mark.parametrize("walk", covering_walks(JOB_LIFECYCLE))
        def test_walk(walk): pass

        @pytest.mark.parametrize("walk", all_walks(JOB_LIFECYCLE, 0))
        def test_no_walk(walk): pass
        """
    )
    result = pytester.runpytest("--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:randomly")
    result.stdout.fnmatch_lines(
        [
            "*::test_walk[[]start_run-update_progress-*]",
            "*::test_walk[[]stop_run(ERROR)]",
            "*::test_no_walk[[]WAITING]",
        ]
    )


def test_a_move_that_no_walk_takes_is_named() -> None:
    moves = [["go", "a", "b"], ["back", "lost", "a"]]
    machine = Machine(model=None, states=["a", "b", "lost"], initial="a", transitions=moves, auto_transitions=False)
    with pytest.raises(ValueError, match="no walk takes back: lost -> a"):
        covering_walks(machine)


def test_all_walks_of_a_length() -> None:
    assert [str(walk) for walk in all_walks(LIGHTS, 2)] == [
        "RED -go-> GREEN -stop-> RED",
        "RED -go-> GREEN -off-> OFF",
        "RED -off-> OFF -off-> OFF",
    ]
    assert [sum(1 for _ in all_walks(JOB_LIFECYCLE, length)) for length in range(5)] == [1, 6, 33, 121, 415]
    for walk in all_walks(JOB_LIFECYCLE, 3):
        assert len(walk) == 3 or walk.end in ("SUCCESS", "ERROR", "CANCELED")
        walk.take()
    with pytest.raises(ValueError, match="a walk has at least 0 moves, not -1"):
        all_walks(LIGHTS, -1)


def test_a_walk_is_taken_by_whatever_object_is_given() -> None:
    job = JobStatus()
    assert shortest_walk(JOB_LIFECYCLE, "RUNNING").take(job) is job
    assert job.status is RunningStatus.RUNNING


def test_an_object_that_does_not_follow_is_named() -> None:
    class Lazy(JobStatus):
        def suspend(self, mesg: str | None = None, attempt: int | None = None) -> bool:
            return True

    walk = shortest_walk(JOB_LIFECYCLE, "SUSPENDED")
    with pytest.raises(AssertionError, match=r"^expected SUSPENDED, got RUNNING: suspend from RUNNING, move 2 of the walk "):
        walk.take(factory=Lazy)
    done = shortest_walk(JOB_LIFECYCLE, "ERROR").take()
    with pytest.raises(AssertionError, match=r"^expected RUNNING, got a refusal: start_run from WAITING, move 1 of the walk "):
        walk.take(done)


def test_a_row_of_ones_own_is_walked() -> None:
    ours = JOB_LIFECYCLE.extend(Transition("requeue", RunningStatus.RUNNING, RunningStatus.WAITING))
    (walk,) = (walk for walk in covering_walks(ours) if "requeue" in walk.labels)
    assert any(move.trigger == "requeue" for move in walk.take().history)


# -- machines with conditions


def conditional(*transitions: dict[str, Any]) -> Graph:
    return Graph(Machine(model=None, states=["a", "b", "c"], initial="a", transitions=transitions, auto_transitions=False))


def test_a_machine_never_comes_to_a_move_behind_an_unconditional_one() -> None:
    go = {"trigger": "go", "source": "a"}
    graph = conditional({**go, "dest": "b", "conditions": "ready"}, {**go, "dest": "c"}, {**go, "dest": "a"})
    assert [edge.dest for edge in graph.edges] == ["b", "c"]
    assert not graph.may_refuse(graph.start, "go")


def test_whether_a_machine_may_refuse_is_seen_in_its_conditions() -> None:
    go = {"trigger": "go", "source": "a"}
    one = conditional({**go, "dest": "b", "conditions": "ready"})
    both = conditional({**go, "dest": "b", "conditions": "ready"}, {**go, "dest": "c", "unless": "ready"})
    assert one.may_refuse(one.start, "go")
    assert not both.may_refuse(both.start, "go")


def test_what_is_no_flat_machine_is_refused() -> None:
    with pytest.raises(TypeError, match="nested"):
        shortest_walk(HierarchicalMachine(states=[{"name": "a", "children": ["b"]}], initial="a"), "a")
