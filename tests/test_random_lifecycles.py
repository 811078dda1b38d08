"""What holds for the lifecycle of `RunningStatus` holds for any: lifecycles over Enums made on the fly, with random legal rows."""

from __future__ import annotations

import copy
import pickle
import sys
from collections.abc import Iterator
from contextlib import suppress
from enum import Enum
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize
from transitions import MachineError

from job_status import Guard, InvalidTransition, JobCompleted, JobStatus, Lifecycle, Observation, RunningStatus, Transition
from job_status.diagrams import FORMATS, render
from job_status.testing import (
    Coverage,
    Recorder,
    all_walks,
    assert_invariants,
    check_document,
    covering_walks,
    races,
    replay,
    shortest_walk,
)
from job_status.testing._graph import Graph, Place
from job_status.testing._subject import Subject
from job_status.testing.strategies import LifecycleMachine, Report, observations
from tests.random_lifecycles import lifecycles

# Where coverage is measured, which takes ten times as long, fewer will do: the others are drawn when it is not.
SHARE = 5 if sys.gettrace() else 1
many = settings(max_examples=150 // SHARE, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
some = settings(many, max_examples=50 // SHARE)


LIVE = (RunningStatus.WAITING, RunningStatus.RUNNING, RunningStatus.SUSPENDED)


class Probe:
    """A model by which `transitions` itself is asked."""


def positions(lifecycle: Lifecycle[Any]) -> Iterator[tuple[Enum, bool]]:
    for status in lifecycle.statuses:
        known = lifecycle.initial if status is lifecycle.unknown else status
        for requested in (False, True):
            if requested or lifecycle.meaning(known) is not RunningStatus.CANCEL_REQUESTED:
                yield status, requested


def causes(lifecycle: Lifecycle[Any]) -> Iterator[tuple[str, Enum | None]]:
    for trigger in dict.fromkeys(row.trigger for row in lifecycle.rows if row.trigger != "observe"):
        for cause in lifecycle.finals if trigger == "stop_run" else (None,):
            yield trigger, cause


def by_rows(lifecycle: Lifecycle[Any], trigger: str, status: Enum, cause: Enum | None, requested: bool) -> Enum | None:
    for row in lifecycle.rows:
        holds = row.guard is None or (row.guard.name == "CANCEL_REQUESTED") is requested
        if holds and row.trigger == trigger and row.source is status and (cause is None or row.dest is cause):
            found: Enum = row.dest
            return found
    return None


def by_machine(lifecycle: Lifecycle[Any], trigger: str, status: Enum, cause: Enum | None, requested: bool) -> Enum | None:
    probe: Any = Probe()
    lifecycle.machine.set_state(status.name, probe)
    try:
        moved = lifecycle.machine.events[trigger].trigger(probe, cause=cause, cancel_requested=requested)
    except MachineError:
        return None
    found: Any = lifecycle.machine.get_model_state(probe).value
    return found if moved else None


@many
@given(lifecycle=lifecycles())
def test_rows_machine_and_look_up_agree_in_every_cell(lifecycle: Lifecycle[Any]) -> None:
    for status, requested in positions(lifecycle):
        for trigger, cause in causes(lifecycle):
            dest = lifecycle.destination(trigger, status, cause, requested)
            assert dest is by_rows(lifecycle, trigger, status, cause, requested)
            assert dest is by_machine(lifecycle, trigger, status, cause, requested)


@many
@given(lifecycle=lifecycles())
def test_walks_reach_every_status(lifecycle: Lifecycle[Any]) -> None:
    for status in lifecycle.statuses:
        job = shortest_walk(lifecycle, status).take()
        assert job.status is status
        assert job.meaning is lifecycle.meaning(status)


def takeable(graph: Graph) -> set[object]:
    """Return the moves that can be taken in some position."""
    return {edge for place in graph.walks for edge, _ in graph.moves(place)}


@many
@given(lifecycle=lifecycles())
def test_covering_walks_take_every_move_that_can_be_taken(lifecycle: Lifecycle[Any]) -> None:
    graph = Graph(lifecycle)
    dead = [edge for edge in graph.edges if edge not in takeable(graph)]
    if dead:
        with pytest.raises(ValueError, match="no walk takes"):
            covering_walks(lifecycle)
        return
    walks = covering_walks(lifecycle)
    assert {move for walk in walks for move in walk} == set(graph.edges)
    recorder = Recorder(lifecycles=[lifecycle])
    recorder.install()
    try:
        for walk in walks:
            walk.take()
    finally:
        recorder.uninstall()
    ((counted, hits),) = recorder.lifecycles()
    assert counted is lifecycle
    assert Coverage("drawn", lifecycle, hits).untested_moves == ()


@some
@given(lifecycle=lifecycles(most=6))
def test_real_jobs_take_all_walks(lifecycle: Lifecycle[Any]) -> None:
    for walk in all_walks(lifecycle, 3):
        assert walk.take().status.name == walk.end


def jobs(lifecycle: Lifecycle[Any], graph: Graph) -> Iterator[tuple[Place, JobStatus[Any]]]:
    """Yield a job in each place that there is."""
    subject = Subject(lifecycle)
    for place, walk in graph.walks.items():
        job = subject.new()
        for edge in walk:
            assert subject.fire(job, edge.label)
        assert job._position is place.position
        yield place, job


@many
@given(lifecycle=lifecycles())
def test_a_refusal_changes_nothing(lifecycle: Lifecycle[Any]) -> None:
    subject = Subject(lifecycle)
    for _, job in jobs(lifecycle, Graph(lifecycle)):
        for trigger, cause in causes(lifecycle):
            before, number = subject.snapshot(job), len(job.history)
            column = trigger if cause is None else f"{trigger}({cause.name})"
            if job.can(trigger, cause):
                assert column in job.allowed()
                continue
            assert column not in job.allowed()
            with pytest.raises(InvalidTransition) as refusal:
                _call(job, trigger, cause)
            assert isinstance(refusal.value, JobCompleted) is job.completed
            assert refusal.value.status is job.status
            assert subject.snapshot(job) == before
            assert len(job.history) == number + 1


def _call(job: JobStatus[Any], trigger: str, cause: Enum | None) -> None:
    if cause is not None:
        job.stop_run(cause)
    elif trigger == "update_progress":
        job.update_progress(0.5)
    else:
        job.trigger(trigger)


@many
@given(lifecycle=lifecycles(), data=st.data())
def test_observations_never_raise_and_never_leave_a_final_status(lifecycle: Lifecycle[Any], data: st.DataObject) -> None:
    graph = Graph(lifecycle)
    for place in graph.walks:
        for seen in lifecycle.enum:
            job = shortest_job(lifecycle, graph, place)
            before, final = job.status, job.completed
            at = data.draw(st.sampled_from((None, 1.0, 2.0)))
            verdict = job.observe(seen, "reported", at)
            assert verdict in Observation
            assert job.status is (seen if verdict is Observation.MOVED else before)
            assert not final or job.status is before


def shortest_job(lifecycle: Lifecycle[Any], graph: Graph, place: Place) -> JobStatus[Any]:
    subject = Subject(lifecycle)
    job: JobStatus[Any] = subject.new()
    for edge in graph.walks[place]:
        subject.fire(job, edge.label)
    return job


@many
@given(data=st.data(), lifecycle=lifecycles())
def test_reports_in_any_order_never_raise_and_a_job_that_ended_stays_so(data: st.DataObject, lifecycle: Lifecycle[Any]) -> None:
    reports: tuple[Report, ...]
    reports, _ = data.draw(observations(lifecycle))
    job = JobStatus(lifecycle=lifecycle, name="drawn")
    for report in reports:
        final = job.completed and job.status
        job.observe(report.status, at=report.at)
        assert not final or job.status is final
        check_values(job)


@many
@given(data=st.data(), lifecycle=lifecycles(observable=True))
def test_timed_reports_of_one_attempt_lead_to_one_status_in_any_order(data: st.DataObject, lifecycle: Lifecycle[Any]) -> None:
    reports: tuple[Report, ...]
    reports, walk = data.draw(observations(lifecycle))
    known = lifecycle.initial
    for move in walk:
        if lifecycle.means[move.dest] is RunningStatus.UNKNOWN:
            continue
        dest = lifecycle.enum[move.dest]
        if dest is not known and dest.name not in lifecycle.forward(known):
            reject()  # the next attempt, or a status that moves do not lead to from what was known before UNKNOWN
        known = dest
    ends = set()
    for order in (reports, data.draw(st.permutations(reports))):
        job = JobStatus(lifecycle=lifecycle)
        for report in order:
            job.observe(report.status, at=report.at)
        ends.add(job.status.name)
    assert len(ends) == 1


def check_values(job: JobStatus[Any]) -> None:
    """Assert that a job survives as a dict, as a pickle and as a copy."""
    data = job.to_dict()
    assert JobStatus.from_dict(data, lifecycle=job.lifecycle).to_dict() == data
    for other in (pickle.loads(pickle.dumps(job)), copy.copy(job), copy.deepcopy(job)):
        assert other.to_dict() == data
        assert other.status is job.status
        assert other.lifecycle == job.lifecycle
        assert other.history == job.history


@some
@given(lifecycle=lifecycles(), data=st.data())
def test_jobs_survive_as_values(lifecycle: Lifecycle[Any], data: st.DataObject) -> None:
    for _, job in jobs(lifecycle, Graph(lifecycle)):
        check_values(job)
        trigger, cause = data.draw(st.sampled_from([*causes(lifecycle)]))
        with suppress(InvalidTransition):
            _call(job, trigger, cause)
        check_values(job)


@many
@given(lifecycle=lifecycles())
def test_lifecycles_survive_as_values(lifecycle: Lifecycle[Any]) -> None:
    other = pickle.loads(pickle.dumps(lifecycle))
    assert other == lifecycle
    assert hash(other) == hash(lifecycle)
    assert [status.name for status in other.statuses] == [status.name for status in lifecycle.statuses]
    assert other.initial is lifecycle.initial
    assert lifecycle.extend() == lifecycle
    assert copy.deepcopy(lifecycle) is lifecycle


@some
@given(lifecycle=lifecycles(), data=st.data())
def test_every_renderer_renders(lifecycle: Lifecycle[Any], data: st.DataObject) -> None:
    source: Any = lifecycle
    if data.draw(st.booleans()):
        source = JobStatus(lifecycle=lifecycle, name=data.draw(st.sampled_from((None, "a job", "<b>|</b>"))))
        for report in data.draw(observations(lifecycle))[0]:
            source.observe(report.status, at=report.at)
    full = data.draw(st.booleans())
    for form in FORMATS:
        assert render(source, form, full=full)


@many
@given(lifecycle=lifecycles())
def test_the_table_that_is_rendered_passes_as_a_test(lifecycle: Lifecycle[Any]) -> None:
    document = "<!-- job-status: lifecycle=drawn:LIFECYCLE -->\n\n" + render(lifecycle, "markdown")
    assert check_document(document, lifecycle) == []


def forgets(lifecycle: Lifecycle[Any], row: Transition[Any]) -> bool:
    """Return whether a row lets go of a cancel request other than by a requeue, as the invariants are there to find."""
    source, dest = lifecycle.meaning(row.source), lifecycle.meaning(row.dest)
    if row.trigger == "observe" or row.guard is Guard.NO_CANCEL_REQUESTED or dest not in LIVE:
        return False
    return source is RunningStatus.UNKNOWN or (source is RunningStatus.CANCEL_REQUESTED and dest is not RunningStatus.WAITING)


@some
@given(lifecycle=lifecycles(), data=st.data())
def test_races_break_no_invariant(lifecycle: Lifecycle[Any], data: st.DataObject) -> None:
    steps: list[Any] = [*lifecycle.labels, *(("observe", status) for status in lifecycle.statuses)]
    scripts = data.draw(st.lists(st.lists(st.sampled_from(steps), min_size=1, max_size=3), min_size=2, max_size=3))
    assume(not any(map(partial(forgets, lifecycle), lifecycle.rows)))
    assert_invariants(races(lifecycle, *scripts))


@some
@given(lifecycle=lifecycles())
def test_a_log_of_legal_walks_has_nothing_that_the_table_does_not_know(lifecycle: Lifecycle[Any]) -> None:
    graph = Graph(lifecycle)
    log = [
        (number, lifecycle.enum[status], at)
        for number, walk in enumerate(graph.walks.values())
        for at, status in enumerate((lifecycle.initial.name, *(edge.dest for edge in walk)))
    ]
    found = replay(lifecycle, log)
    assert found.ok
    assert {status for status, visits in found.visits.items() if visits} == {status.name for status in lifecycle.statuses}


class Driven(LifecycleMachine):
    """Draws a lifecycle before it makes an object of it."""

    @initialize(lifecycle=lifecycles())
    def begin(self, lifecycle: Lifecycle[Any]) -> None:
        """Make an object."""
        self.source = lifecycle  # type: ignore[misc]  # each run has its own
        super().begin()


Driven.TestCase.settings = settings(some, stateful_step_count=20)
TestDriven = Driven.TestCase
