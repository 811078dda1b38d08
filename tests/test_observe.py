"""Reports about a job: in whatever order and from however many threads they arrive, the job ends up in the same status."""

from __future__ import annotations

import itertools
import logging
import random
import sys
import threading
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from job_status import JOB_LIFECYCLE, JobStatus, Lifecycle, Observation, RunningStatus, Transition
from tests.facts import facts
from tests.random_lifecycles import lifecycles

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus
UNCHANGED, MOVED, STALE, CONTRADICTORY = Observation

Report = tuple[Any, float]


class S(Enum):
    NEW = "new"
    QUEUED = "queued"
    STARTED = "started"
    HELD = "held"
    STOPPING = "stopping"
    DONE = "done"
    FAILED = "failed"
    ABORTED = "aborted"
    LOST = "lost"


MEANS = {
    S.NEW: WAITING, S.QUEUED: WAITING, S.STARTED: RUNNING, S.HELD: SUSPENDED, S.STOPPING: CANCEL_REQUESTED,
    S.DONE: SUCCESS, S.FAILED: ERROR, S.ABORTED: CANCELED, S.LOST: UNKNOWN,
}  # fmt: skip
FINALS = (S.DONE, S.FAILED, S.ABORTED)

#: a lifecycle over an Enum of its own, in which a job may be queued again; each live status can come to each end
QUEUE = Lifecycle(
    (
        Transition("enqueue", S.NEW, S.QUEUED),
        Transition("start_run", S.QUEUED, S.STARTED),
        Transition("suspend", S.STARTED, S.HELD),
        Transition("resume", S.HELD, S.STARTED),
        Transition("requeue", S.STARTED, S.QUEUED),
        Transition("requeue", S.STOPPING, S.QUEUED),
        Transition("update_progress", S.STARTED, S.STARTED),
        *(Transition("request_cancel", source, S.STOPPING) for source in (S.STARTED, S.HELD)),
        *(Transition("stop_run", source, final) for source in (S.STARTED, S.HELD, S.STOPPING) for final in FINALS),
        *(Transition("observe", source, S.LOST) for source in (S.NEW, S.QUEUED, S.STARTED, S.HELD, S.STOPPING)),
        *(Transition("observe", S.LOST, dest) for dest in S if dest is not S.LOST),
    ),
    means=MEANS,
)

#: the moves of JOB_LIFECYCLE among the statuses that are understood
UNDERSTOOD = Lifecycle([row for row in JOB_LIFECYCLE.rows if UNKNOWN not in (row.source, row.dest)])


def observed(lifecycle: Lifecycle[Any], reports: Iterable[Report]) -> JobStatus[Any]:
    job = JobStatus(lifecycle=lifecycle)
    for status, at in reports:
        job.observe(status, at=at)
    return job


def known(job: JobStatus[Any]) -> tuple[object, ...]:
    """What must not depend on the order of the reports; of a job that is over, that is the status alone."""
    facts = job.to_dict()
    fields = ("last_known", "cancel_requested", "observation_timestamp", "unknown_timestamp")
    return job.status, None if job.completed else tuple(facts[field] for field in fields)


@st.composite
def reports_of(draw: st.DrawFn, lifecycle: Lifecycle[Any], most: int) -> list[Report]:
    """Generate reports with times that often coincide, at most one of them of a final status."""
    live = [status for status in lifecycle.statuses if status not in lifecycle.finals]
    times = st.integers(0, most).map(float)
    reports = draw(st.lists(st.tuples(st.sampled_from(live), times), min_size=2, max_size=most))
    if draw(st.booleans()):
        reports[0] = draw(st.sampled_from(lifecycle.finals)), draw(times)
    return reports


# -- in whatever order


LATE_UNKNOWN = [(RUNNING, 1.0), (SUSPENDED, 2.0), (UNKNOWN, 2.5), (RUNNING, 3.0), (SUSPENDED, 4.0)]


def test_unknown_in_the_midst_of_a_suspension_is_past_in_all_orders() -> None:
    jobs = [observed(JOB_LIFECYCLE, order) for order in itertools.permutations(LATE_UNKNOWN)]
    assert len(jobs) == 120
    assert {known(job) for job in jobs} == {(SUSPENDED, (None, False, 4.0, 2.5))}


@given(reports_of(JOB_LIFECYCLE, 5))
@example([(RUNNING, 100.0), (SUSPENDED, 200.0), (RUNNING, 150.0)])
@example([(UNKNOWN, 3.0), (RUNNING, 3.0), (SUSPENDED, 3.0)])
@example([(CANCELED, 1.0), (CANCEL_REQUESTED, 3.0), (UNKNOWN, 2.0)])
def test_timed_reports_lead_to_the_same_status_in_all_orders(reports: list[Report]) -> None:
    assert len({known(observed(JOB_LIFECYCLE, order)) for order in itertools.permutations(reports)}) == 1


@given(reports_of(QUEUE, 5))
@example([(S.QUEUED, 5.0), (S.STARTED, 1.0), (S.NEW, 3.0), (S.LOST, 1.0)])
@example([(S.LOST, 2.0), (S.STOPPING, 2.0), (S.HELD, 2.0), (S.STARTED, 2.0)])
def test_and_so_they_do_with_statuses_of_ones_own_and_a_way_back_to_the_queue(reports: list[Report]) -> None:
    assert len({known(observed(QUEUE, order)) for order in itertools.permutations(reports)}) == 1


@given(reports_of(JOB_LIFECYCLE, 16) | reports_of(QUEUE, 16), st.randoms(use_true_random=False))
def test_and_so_do_many(reports: list[Report], order: random.Random) -> None:
    lifecycle: Lifecycle[Any] = JOB_LIFECYCLE if isinstance(reports[0][0], RunningStatus) else QUEUE
    expected = known(observed(lifecycle, reports))
    for _ in range(10):
        shuffled = order.sample(reports, len(reports))
        assert known(observed(lifecycle, shuffled)) == expected, shuffled


@given(lifecycles(6), st.data())
def test_reports_of_one_attempt_of_any_lifecycle_in_any_order_lead_to_where_the_job_is(
    lifecycle: Lifecycle[Any], data: st.DataObject
) -> None:
    server = JobStatus(lifecycle=lifecycle)
    reports: list[Report] = []
    for at in range(data.draw(st.integers(2, 9))):
        position = server._position
        columns = [column for column in position.allowed if not position.steps[column].requeues]
        if not columns:
            break
        server._move(data.draw(st.sampled_from(columns)))
        reports.append((server.status, float(at)))
    seen = reports[-1:] + data.draw(st.lists(st.sampled_from(reports), max_size=4) if reports else st.just([]))
    for order in itertools.permutations(seen):
        assert observed(lifecycle, order).status is server.status


# -- by any threads


@pytest.fixture
def short_turns() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("short_turns")
@pytest.mark.parametrize(
    "reports",
    [
        pytest.param([(RUNNING, 100.0), (SUSPENDED, 200.0)], id="suspended"),
        pytest.param([(SUSPENDED, 100.0), (RUNNING, 200.0)], id="resumed"),
        pytest.param([(RUNNING, 200.0), (SUSPENDED, 100.0), (UNKNOWN, 150.0)], id="unknown"),
    ],
)
def test_reports_by_several_threads_lead_to_the_same_status(reports: list[Report]) -> None:
    rounds = 1000
    expected = known(observed(JOB_LIFECYCLE, reports))
    jobs = [JobStatus() for _ in range(rounds)]
    barrier = threading.Barrier(len(reports))

    def report(status: RunningStatus, at: float) -> None:
        for job in jobs:
            barrier.wait()
            job.observe(status, at=at)

    threads = [threading.Thread(target=report, args=args) for args in reports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {known(job) for job in jobs} == {expected}


class Interrupted(JobStatus[RunningStatus]):
    """Something happens to it between the judgement of a report and the move that follows from it."""

    meanwhile: tuple[Any, ...] = ()

    def _move(self, *args: Any, **options: Any) -> bool:
        meanwhile, self.meanwhile = self.meanwhile, ()
        for action in meanwhile:
            action(self)
        return super()._move(*args, **options)


def test_a_report_is_judged_anew_if_a_later_one_arrives_meanwhile_that_changes_nothing() -> None:
    job = Interrupted()
    job.observe(RUNNING, at=100.0)
    job.meanwhile = (lambda job: job.observe(RUNNING, at=200.0),)
    assert job.observe(SUSPENDED, at=150.0) is STALE
    assert (job.status, job.to_dict()["observation_timestamp"]) == (RUNNING, 200.0)


def test_a_report_forgets_no_refusal_of_the_meantime() -> None:
    job = Interrupted(on_invalid="warn")
    job.meanwhile = (JobStatus.resume,)
    assert job.observe(SUCCESS) is MOVED
    assert [move.trigger for move in job.history] == ["resume", "start_run", "observe"]


# -- whose time is set with the move


def test_a_listener_that_stores_the_job_stores_the_time_of_the_report() -> None:
    stored: list[dict[str, Any]] = []
    job = JobStatus()
    job.subscribe(lambda status, _: stored.append(status.to_dict()))
    job.observe(RUNNING, at=100.0)
    job.observe(SUSPENDED, at=200.0)
    job.observe(UNKNOWN, at=300.0)
    times = [(data["status"], data["observation_timestamp"], data["unknown_timestamp"]) for data in stored]
    assert times == [("RUNNING", 100.0, None), ("SUSPENDED", 200.0, None), ("UNKNOWN", 200.0, 300.0)]
    copy = JobStatus.from_dict(stored[1])
    assert copy.observe(RUNNING, at=150.0) is STALE
    copy = JobStatus.from_dict(stored[2])
    assert [copy.observe(SUSPENDED, at=250.0), copy.observe(SUSPENDED, at=299.0)] == [STALE, STALE]
    assert (copy.observe(SUSPENDED, at=300.0), copy.status) == (MOVED, SUSPENDED)


def test_the_older_of_two_reports_is_stale() -> None:
    job = JobStatus()
    verdicts = [job.observe(status, at=at) for status, at in ((RUNNING, 100.0), (SUSPENDED, 200.0), (RUNNING, 150.0))]
    assert (verdicts, job.status) == ([MOVED, MOVED, STALE], SUSPENDED)
    assert len(job.history) == 2, "a stale report is not remembered"


def test_of_two_reports_with_one_time_the_status_further_on_counts() -> None:
    for order in itertools.permutations([(RUNNING, 100.0), (SUSPENDED, 100.0)]):
        assert observed(JOB_LIFECYCLE, order).status is SUSPENDED


def test_a_report_that_changes_nothing_sets_the_time_and_an_older_one_does_not_set_it_back() -> None:
    job = JobStatus()
    assert [job.observe(RUNNING, at=at) for at in (100.0, 300.0, 200.0)] == [MOVED, UNCHANGED, UNCHANGED]
    assert job.to_dict()["observation_timestamp"] == 300.0
    assert [job.observe(SUSPENDED, at=at) for at in (250.0, 301.0)] == [STALE, MOVED]


def test_a_report_without_a_time_is_as_late_as_its_call() -> None:
    job = observed(JOB_LIFECYCLE, [(RUNNING, 100.0)])
    assert [job.observe(SUSPENDED), job.observe(RUNNING)] == [MOVED, MOVED]
    assert job.observe(SUSPENDED, at=99.0) is STALE, "the time that is known still counts"
    assert [job.observe(UNKNOWN, at=50.0), job.observe(UNKNOWN), job.observe(RUNNING)] == [STALE, MOVED, MOVED]


def test_after_a_report_without_a_time_that_of_an_earlier_status_is_forgotten() -> None:
    job = observed(JOB_LIFECYCLE, [(RUNNING, 100.0)])
    assert job.observe(CANCEL_REQUESTED) is MOVED
    assert job.to_dict()["observation_timestamp"] is None
    assert job.observe(UNKNOWN, at=50.0) is MOVED


def test_a_report_without_a_time_is_later_than_unknown() -> None:
    job = observed(JOB_LIFECYCLE, [(RUNNING, 100.0), (UNKNOWN, 200.0)])
    assert (job.observe(RUNNING), job.status) == (MOVED, RUNNING)
    assert (job.to_dict()["observation_timestamp"], job.to_dict()["unknown_timestamp"]) == (100.0, None)
    job = observed(JOB_LIFECYCLE, [(RUNNING, 100.0), (UNKNOWN, 200.0)])
    assert (job.observe(UNKNOWN), job.to_dict()["unknown_timestamp"]) == (UNCHANGED, None)
    assert job.observe(RUNNING, at=150.0) is MOVED, "since when it is not understood nobody knows"


def test_what_the_job_does_here_is_later_than_a_report_that_was_not_understood() -> None:
    job = observed(JOB_LIFECYCLE, [(RUNNING, 100.0), (UNKNOWN, 200.0)])
    job.update_progress(0.5)
    assert (job.status, job.to_dict()["observation_timestamp"], job.to_dict()["unknown_timestamp"]) == (RUNNING, 200.0, None)
    assert job.observe(SUSPENDED, at=150.0) is STALE


def test_but_a_move_of_a_job_that_is_understood_again_sets_no_time() -> None:
    job = observed(JOB_LIFECYCLE, [(RUNNING, 100.0), (UNKNOWN, 200.0), (RUNNING, 300.0)])
    job.suspend()
    assert (job.to_dict()["observation_timestamp"], job.to_dict()["unknown_timestamp"]) == (300.0, 200.0)


def test_the_first_report_with_a_time_is_later_than_what_the_job_did_here() -> None:
    job = JobStatus()
    job.start_run()
    assert (job.observe(SUSPENDED, at=5.0), job.status) == (MOVED, SUSPENDED)


def test_and_than_what_was_known_before_that_if_it_had_no_time() -> None:
    job = observed(JOB_LIFECYCLE, [(RUNNING, 100.0)])
    job.observe(UNKNOWN)
    job.update_progress(0.5)
    assert (job.status, job.to_dict()["observation_timestamp"], job.to_dict()["unknown_timestamp"]) == (RUNNING, 100.0, None)


# -- UNKNOWN


@pytest.mark.parametrize("at", [None, 5.0])
def test_unknown_over_a_cancel_request_keeps_the_request_and_its_message(at: float | None) -> None:
    job = JobStatus()
    job.start_run()
    job.request_cancel("why")
    assert job.observe(UNKNOWN, "what?", at=at) is MOVED
    assert (job.status, job.cancel_requested, job.stop_message, job.to_dict()["last_known"]) == (
        UNKNOWN, True, "why", "CANCEL_REQUESTED",
    )  # fmt: skip
    assert JobStatus.from_dict(job.to_dict()).to_dict() == job.to_dict()
    job.update_progress(0.5)
    assert (job.status, job.cancel_requested, job.stop_message) == (CANCEL_REQUESTED, True, "why")


def test_unknown_over_a_cancel_request_is_one_position_with_the_flag_or_without() -> None:
    without = JOB_LIFECYCLE.position(UNKNOWN, CANCEL_REQUESTED)
    assert without is JOB_LIFECYCLE.position(UNKNOWN, CANCEL_REQUESTED, cancel_requested=True)
    assert without.cancel_requested


def test_unknown_overlays_no_end() -> None:
    for final in (SUCCESS, ERROR, CANCELED):
        job = observed(JOB_LIFECYCLE, [(final, 1.0)])
        assert (job.observe(UNKNOWN, at=2.0), job.status) == (UNCHANGED, final)
        assert len(job.history) == len(observed(JOB_LIFECYCLE, [(final, 1.0)]).history)


def test_a_report_overtaken_by_unknown_is_known_beneath_it() -> None:
    job = observed(JOB_LIFECYCLE, [(UNKNOWN, 10.0)])
    assert job.observe(RUNNING, at=5.0) is MOVED
    assert (job.status, job.to_dict()["last_known"]) == (UNKNOWN, "RUNNING")
    assert (job.attempt, job.start_timestamp) == (1, None)
    assert [(move.dest, move.timestamp, move.inferred) for move in job.history][1:] == [
        (RUNNING, 5.0, False),
        (UNKNOWN, None, True),
    ]
    assert job.observe(WAITING, at=20.0) is STALE
    assert (job.observe(RUNNING, at=11.0), job.status) == (MOVED, RUNNING)


def test_and_so_it_is_with_what_it_implies() -> None:
    job = observed(JOB_LIFECYCLE, [(UNKNOWN, 10.0), (WAITING, 11.0), (SUSPENDED, 5.0)])
    assert (job.status, job.to_dict()["last_known"]) == (UNKNOWN, "SUSPENDED")
    assert [move.dest for move in job.history if move.inferred] == [RUNNING, UNKNOWN]


# -- lifecycles that have little of this


def test_a_lifecycle_without_rows_of_observe_is_observed_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    job = JobStatus(lifecycle=UNDERSTOOD, name="a job")
    assert UNDERSTOOD.unknown is None
    assert [job.observe(status) for status in (RUNNING, WAITING, SUSPENDED, CANCEL_REQUESTED)] == [MOVED, STALE, MOVED, MOVED]
    before = facts(job, history=False)
    assert job.observe(UNKNOWN) is UNCHANGED, "nothing can be known of it"
    assert facts(job, history=False) == before
    assert [job.observe(SUCCESS), job.observe(RUNNING), job.observe(ERROR)] == [MOVED, STALE, CONTRADICTORY]
    assert caplog.messages == ["a job: ignored: ERROR was reported, but the job is SUCCESS already"]
    assert JobStatus.from_dict(job.to_dict(), lifecycle=UNDERSTOOD).to_dict() == job.to_dict()


def test_its_reports_lead_to_the_same_status_in_all_orders() -> None:
    reports = [(RUNNING, 1.0), (SUSPENDED, 2.0), (RUNNING, 3.0), (SUSPENDED, 4.0)]
    assert {observed(UNDERSTOOD, order).status for order in itertools.permutations(reports)} == {SUSPENDED}


def test_unknown_that_no_report_leads_out_of() -> None:
    rows = [row for row in JOB_LIFECYCLE.rows if not (row.trigger == "observe" and row.source is UNKNOWN)]
    job = observed(Lifecycle(rows), [(RUNNING, 1.0), (UNKNOWN, 2.0)])
    assert job.unknown
    assert [job.observe(status, at=3.0) for status in (SUCCESS, SUSPENDED, WAITING)] == [CONTRADICTORY, CONTRADICTORY, STALE]
    assert job.unknown
    job.update_progress(0.5)
    assert (job.status, job.observe(SUCCESS, at=4.0)) == (RUNNING, MOVED)


def test_a_member_that_is_no_status_of_the_lifecycle_is_contradictory() -> None:
    short = Lifecycle(
        (Transition("start_run", S.QUEUED, S.STARTED), Transition("stop_run", S.STARTED, S.DONE)),
        means={S.QUEUED: WAITING, S.STARTED: RUNNING, S.DONE: SUCCESS},
    )
    job = JobStatus(lifecycle=short)
    assert (job.observe(S.LOST), job.status) == (CONTRADICTORY, S.QUEUED)
    assert job.history[0].dest is S.LOST
    with pytest.raises(TypeError, match="observe takes a S, not "):
        job.observe(RUNNING)  # type: ignore[arg-type]


# -- attempts


def started(attempts: int = 1) -> JobStatus[S]:
    job = JobStatus(lifecycle=QUEUE)
    job.trigger("enqueue")
    for _ in range(attempts - 1):
        job.start_run()
        job.trigger("requeue")
    job.start_run()
    return job


def test_a_late_report_of_waiting_is_stale_although_a_job_can_come_back_to_it() -> None:
    job = started()
    assert [job.observe(S.QUEUED), job.observe(S.QUEUED, at=1e12), job.observe(S.NEW)] == [STALE, STALE, STALE]
    assert (job.status, job.attempt) == (S.STARTED, 1)


def test_reports_of_an_earlier_attempt_are_stale() -> None:
    job = started(2)
    before = facts(job)
    for status in S:
        assert job.observe(status, "late", at=5.0, attempt=1) is STALE
    assert facts(job) == before
    assert (job.observe(S.DONE, attempt=2), job.status, job.attempt) == (MOVED, S.DONE, 2)


def test_a_report_of_a_later_attempt_implies_that_the_job_was_queued_again() -> None:
    job = started()
    assert job.observe(S.QUEUED, at=7.0, attempt=2) is MOVED
    assert (job.status, job.attempt, job.start_timestamp, job.progress) == (S.QUEUED, 1, None, 0.0)
    assert [job.observe(S.STARTED, at=8.0, attempt=2), job.attempt, job.start_timestamp] == [MOVED, 2, 8.0]
    assert [job.observe(S.DONE, attempt=4), job.attempt] == [MOVED, 4]
    assert [(move.trigger, move.inferred) for move in job.history][-4:-1] == [
        ("observe", False), ("requeue", True), ("start_run", True),
    ]  # fmt: skip
    assert job.observe(S.STARTED, attempt=5) is CONTRADICTORY


def test_a_report_of_the_current_attempt_is_judged_as_one_that_names_none() -> None:
    job = started(2)
    assert [job.observe(S.QUEUED, attempt=2), job.observe(S.STARTED, attempt=2)] == [STALE, UNCHANGED]
    assert [job.observe(S.HELD, attempt=2), job.observe(S.NEW, attempt=2)] == [MOVED, STALE]
    assert (job.status, job.attempt) == (S.HELD, 2)


def test_a_report_of_a_later_attempt_leads_out_of_unknown_where_a_row_does() -> None:
    rows = [row for row in QUEUE.rows if not (row.trigger == "observe" and row.source is S.LOST)]
    rows.append(Transition("update_progress", S.LOST, S.STARTED))
    job = JobStatus(lifecycle=Lifecycle(rows, means=MEANS))
    job.observe(S.STARTED)
    job.observe(S.LOST)
    assert (job.observe(S.QUEUED, attempt=2), job.status) == (CONTRADICTORY, S.LOST)


def test_a_job_that_waits_again_takes_reports_of_its_next_attempt_alone() -> None:
    job = started()
    job.trigger("requeue")
    assert [job.observe(S.STARTED, attempt=1), job.observe(S.FAILED, attempt=1)] == [STALE, STALE]
    assert (job.observe(S.STARTED, attempt=2), job.attempt) == (MOVED, 2)


@pytest.mark.parametrize("attempt", [1, 5])
def test_a_report_that_names_the_attempt_of_a_job_that_may_have_started(attempt: int) -> None:
    job = JobStatus(lifecycle=JOB_LIFECYCLE.extend(Transition("requeue", RUNNING, WAITING)))
    job.observe(UNKNOWN)
    job.observe(SUSPENDED)
    assert (job.observe(RUNNING, attempt=attempt), job.status, job.attempt) == (MOVED, RUNNING, attempt)
    requeued = "requeue" in [move.trigger for move in job.history]
    assert requeued is (attempt > 1), "the first may be the one that was suspended"


def test_attempts_count_from_one_and_are_whole_numbers() -> None:
    job = JobStatus()
    assert (job.observe(RUNNING, attempt=0), job.attempt) == (MOVED, 1)
    for attempt in (-1, 1.0, "1", True):
        with pytest.raises(ValueError, match="attempt must be a whole number from 0, not "):
            job.observe(SUCCESS, attempt=attempt)  # type: ignore[arg-type]


def test_reports_of_a_later_attempt_need_a_way_back(caplog: pytest.LogCaptureFixture) -> None:
    job = observed(JOB_LIFECYCLE, [(RUNNING, 1.0)])
    assert job.observe(WAITING, attempt=2) is CONTRADICTORY
    assert (job.status, job.attempt) == (RUNNING, 1)
    assert "ignored: WAITING was reported, but the job is RUNNING already" in caplog.text


def test_a_job_that_was_lost_is_queued_again() -> None:
    job = started()
    job.observe(S.LOST)
    assert job.observe(S.QUEUED, attempt=2) is MOVED
    moves = [(move.source, move.dest, move.inferred) for move in job.history]
    assert moves[-2:] == [(S.LOST, S.STARTED, True), (S.STARTED, S.QUEUED, False)]
    assert JobStatus.from_dict(job.to_dict(), lifecycle=QUEUE).to_dict() == job.to_dict()


def test_a_status_that_only_a_requeue_leads_to_implies_one() -> None:
    retrying = Lifecycle(
        (
            Transition("start_run", S.NEW, S.STARTED),
            Transition("retry", S.STARTED, S.QUEUED),
            Transition("start_run", S.QUEUED, S.STARTED),
            Transition("stop_run", S.STARTED, S.DONE),
        ),
        means={S.NEW: WAITING, S.QUEUED: WAITING, S.STARTED: RUNNING, S.DONE: SUCCESS},
    )
    job = JobStatus(lifecycle=retrying)
    assert (job.observe(S.QUEUED), job.status, job.attempt) == (MOVED, S.QUEUED, 1)
    job.start_run()
    assert job.attempt == 2
    lost = retrying.extend(
        Transition("observe", S.NEW, S.LOST), Transition("observe", S.LOST, S.NEW), Transition("stop_run", S.LOST, S.DONE),
        means={S.LOST: UNKNOWN},
    )  # fmt: skip
    job = observed(lost, [(S.LOST, 1.0)])
    assert (job.observe(S.QUEUED), job.status, job.attempt) == (MOVED, S.QUEUED, 1)


def test_a_job_that_was_held_before_anybody_saw_it_run() -> None:
    held = Lifecycle(
        (
            Transition("hold", S.NEW, S.HELD),
            Transition("release", S.HELD, S.STARTED),
            Transition("stop_run", S.STARTED, S.DONE),
        ),
        means={S.NEW: WAITING, S.HELD: SUSPENDED, S.STARTED: RUNNING, S.DONE: SUCCESS},
    )
    for status in (S.STARTED, S.DONE):
        job = JobStatus(lifecycle=held)
        assert (job.observe(status, at=7.0), job.suspended_time, job.attempt) == (MOVED, None, 1)
        assert (job.to_dict()["suspended_time"], job.to_dict()["suspension_timestamp"]) == (None, None)


@pytest.mark.parametrize("status", [S.STARTED, S.HELD, S.DONE])
def test_a_job_that_nobody_saw_enqueued(status: S) -> None:
    job = observed(QUEUE, [(status, 8.0)])
    assert (job.attempt, job.start_timestamp) == (1, 8.0 if status is S.STARTED else None)
    assert (job.to_dict()["suspended_time"], job.to_dict()["suspension_timestamp"]) == (0.0, 8.0 if status is S.HELD else None)


def test_two_statuses_of_a_suspension_one_after_the_other() -> None:
    halted = Lifecycle(
        (
            Transition("start_run", S.NEW, S.STARTED),
            Transition("suspend", S.STARTED, S.HELD),
            Transition("pause", S.STARTED, S.QUEUED),
            *(Transition("resume", source, S.STARTED) for source in (S.HELD, S.QUEUED)),
            Transition("stop_run", S.STARTED, S.DONE),
        ),
        means={S.NEW: WAITING, S.STARTED: RUNNING, S.HELD: SUSPENDED, S.QUEUED: SUSPENDED, S.DONE: SUCCESS},
    )
    job = JobStatus(lifecycle=halted)
    job.start_run()
    job.suspend()
    assert job.observe(S.QUEUED) is MOVED
    assert job.to_dict()["suspended_time"] is None
    assert JobStatus.from_dict(job.to_dict(), lifecycle=halted).to_dict() == job.to_dict()
    assert job.resume()
    assert (job.status, job.suspended_time) == (S.STARTED, None)


def test_a_job_counts_as_started_as_soon_as_a_report_shows_it() -> None:
    job = observed(JOB_LIFECYCLE, [(UNKNOWN, 1.0), (SUSPENDED, 2.0)])
    assert job.attempt == 0
    job.observe(SUCCESS)
    assert (job.attempt, job.duration) == (1, None)
    job = observed(JOB_LIFECYCLE, [(CANCEL_REQUESTED, 1.0), (UNKNOWN, 2.0)])
    assert job.attempt == 0
    job.update_progress(0.5)
    assert (job.status, job.attempt) == (CANCEL_REQUESTED, 1)
    job = observed(JOB_LIFECYCLE, [(CANCEL_REQUESTED, 1.0)])
    job.update_progress(0.5)
    assert (job.status, job.attempt) == (CANCEL_REQUESTED, 1)
    job.update_progress(0.6)
    assert job.attempt == 1
    job = JobStatus()
    job.observe(RUNNING)
    assert (job.attempt, job.to_dict()["started"], job.start_timestamp) == (1, "untimed", None)
    assert JobStatus.from_dict(job.to_dict()).to_dict() == job.to_dict()
    job.suspend()
    job.resume()
    assert job.attempt == 1


def test_reports_on_and_on_leave_a_history_that_can_be_stored() -> None:
    job = JobStatus(lifecycle=QUEUE)
    for attempt in range(1, 300):
        assert job.observe(S.HELD, attempt=attempt) is MOVED
    assert job.attempt == 299
    assert len(job.history) <= 128 + 8
    assert JobStatus.from_dict(job.to_dict(), lifecycle=QUEUE).to_dict() == job.to_dict()


# -- an end is an end


@given(st.sampled_from((JOB_LIFECYCLE, QUEUE)), st.data())
def test_reports_never_lead_out_of_a_final_status(lifecycle: Lifecycle[Any], data: st.DataObject) -> None:
    logging.disable(logging.WARNING)
    try:
        final = data.draw(st.sampled_from(lifecycle.finals))
        job = observed(lifecycle, [(final, 5.0)])
        before = facts(job, history=False)
        for status in data.draw(st.lists(st.sampled_from(lifecycle.statuses), max_size=8)):
            at, attempt = data.draw(st.none() | st.floats(0, 10)), data.draw(st.none() | st.integers(0, 4))
            assert job.observe(status, at=at, attempt=attempt) is not MOVED
            now = facts(job, history=False)
            assert {**now, "observation_timestamp": None} == {**before, "observation_timestamp": None}
    finally:
        logging.disable(logging.NOTSET)
