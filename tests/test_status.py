"""One job in one thread: what its triggers do besides moving it, what it tells, and the values it is stored as."""

from __future__ import annotations

import asyncio
import copy
import json
import logging
import math
import pickle
import time
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from job_status import (
    InvalidTransition,
    JobCanceled,
    JobCompleted,
    JobStatus,
    Move,
    Observation,
    RunningStatus,
)

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus


def running() -> JobStatus:
    job = JobStatus()
    job.start_run()
    return job


def moves(job: JobStatus) -> list[tuple[str, str, str]]:
    return [(move.trigger, move.source.name, move.dest.name) for move in job.history]


# -- properties


@pytest.mark.parametrize(
    ("status", "true"),
    [
        (WAITING, {"waiting"}),
        (RUNNING, {"running"}),
        (SUSPENDED, {"suspended"}),
        (CANCEL_REQUESTED, {"running", "cancel_requested"}),
        (UNKNOWN, {"unknown", "maybe_completed"}),
        (SUCCESS, {"completed", "maybe_completed", "success"}),
        (ERROR, {"completed", "maybe_completed", "failed"}),
        (CANCELED, {"completed", "maybe_completed", "failed", "canceled"}),
    ],
)
def test_what_each_status_answers(status: RunningStatus, true: set[str]) -> None:
    job = JobStatus()
    job.observe(status)
    names = {"waiting", "running", "suspended", "unknown", "completed", "maybe_completed", "success", "failed", "canceled"}
    names |= {"cancel_requested"}
    assert {name for name in names if getattr(job, name)} == true
    assert job() == str(job) == status.name
    assert job.status is status


def test_status_is_read_only() -> None:
    with pytest.raises(AttributeError):
        JobStatus().status = SUCCESS  # type: ignore[misc]


def test_repr_is_one_line_that_says_what_matters() -> None:
    job = JobStatus()
    assert repr(job) == "<JobStatus WAITING, 0%>"
    job.start_run()
    job.update_progress(0.45, "sampling")
    job.request_cancel("enough\nof it")
    assert repr(job).startswith("<JobStatus CANCEL_REQUESTED, 45% 'sampling', ")
    assert repr(job).endswith(" s, 'enough\\nof it'>")


def test_bad_options_are_refused() -> None:
    with pytest.raises(ValueError, match="on_invalid must be 'raise' or 'warn', not 'ignore'"):
        JobStatus(on_invalid="ignore")  # type: ignore[call-overload]


# -- progress


@given(st.floats(0, 1))
def test_progress_is_kept_as_given(progress: float) -> None:
    job = running()
    assert job.update_progress(progress, "phase") is True
    assert (job.progress, job.phase, str(job)) == (progress, "phase", "RUNNING")
    assert len(job.history) == 1, "a report is no move"


@given(st.floats() | st.integers())
@example(1.0 + 1e-9)
@example(-1e-9)
@example(10**400)
@example(-(10**400))
def test_progress_out_of_range_is_refused_and_changes_nothing(progress: float) -> None:
    job = running()
    job.update_progress(0.5, "before")
    before = job.to_dict()
    if -1e-9 <= progress <= 1 + 1e-9:
        job.update_progress(progress)
        assert job.progress == min(max(progress, 0), 1)
        return
    with pytest.raises(ValueError, match="progress must be a real number from 0 to 1, not "):
        job.update_progress(progress)
    assert job.to_dict() == before


@pytest.mark.parametrize("progress", [1, 0, True, Fraction(1, 2), Decimal("0.5")])
def test_progress_may_be_any_real_number(progress: float) -> None:
    job = running()
    job.update_progress(progress)
    assert job.progress == progress
    assert type(job.progress) is float


@pytest.mark.parametrize("progress", ["0.5", b"0.5", None, 1j, [0.5], object(), math.nan])
def test_progress_that_is_no_number_is_refused(progress: Any) -> None:
    with pytest.raises(ValueError, match="progress must be a real number"):
        running().update_progress(progress)


def test_progress_starts_a_waiting_job_and_completes_none() -> None:
    job = JobStatus()
    job.update_progress(1.0, "done?")
    assert (str(job), job.progress, job.phase) == ("RUNNING", 1.0, "done?")
    assert job.start_timestamp is not None
    assert moves(job) == [("update_progress", "WAITING", "RUNNING")]


@pytest.mark.parametrize("cause", [SUCCESS, ERROR, CANCELED])
def test_success_completes_the_progress_and_the_other_ends_leave_it(cause: RunningStatus) -> None:
    job = running()
    job.update_progress(0.25)
    job.stop_run(cause)
    assert job.progress == (1.0 if cause is SUCCESS else 0.25)
    with pytest.raises(JobCompleted):
        job.update_progress(0.5)
    assert job.progress == (1.0 if cause is SUCCESS else 0.25)


def test_a_message_and_a_phase_are_text() -> None:
    job = running()
    with pytest.raises(TypeError, match="phase must be a str or None, not 3"):
        job.update_progress(0.5, 3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"mesg must be a str or None, not ValueError\('no'\)"):
        job.stop_run(ERROR, ValueError("no"))  # type: ignore[arg-type]
    assert job.progress == 0.0
    assert job.running

    class Text(str):
        __slots__ = ()

    job.stop_run(ERROR, Text("no"))
    assert job.stop_message == "no"


# -- stopping


@pytest.mark.parametrize("cause", [WAITING, RUNNING, SUSPENDED, UNKNOWN, "ERROR", 3, None, []])
def test_a_cause_is_one_of_four(cause: Any) -> None:
    job = running()
    with pytest.raises(ValueError, match="the cause of stop_run must be one of SUCCESS, ERROR, CANCELED, CANCEL_REQUESTED, not "):
        job.stop_run(cause)
    assert moves(job) == [("start_run", "WAITING", "RUNNING")]


def test_the_message_of_the_stop() -> None:
    job = running()
    job.stop_run(ERROR, "disk full")
    assert job.stop_message == "disk full"
    job = running()
    job.stop_run(SUCCESS, "all fine")
    assert job.stop_message is None
    assert job.history[-1].mesg == "all fine"


@pytest.mark.parametrize(
    ("cause", "mesg", "expected"),
    [
        (CANCELED, None, "the user"),
        (CANCELED, "killed", "killed"),
        (ERROR, None, None),
        (ERROR, "disk full", "disk full"),
        (SUCCESS, None, None),
    ],
)
def test_a_cancel_request_gives_its_message_to_the_cancel_alone(
    cause: RunningStatus, mesg: str | None, expected: str | None
) -> None:
    job = running()
    job.request_cancel("the user")
    assert job.stop_message == "the user"
    job.stop_run(cause, mesg)
    assert job.stop_message == expected
    assert job.cancel_requested, "what was asked for is remembered, whatever came of it"


def test_update_progress_out_of_unknown_keeps_the_cancel_request() -> None:
    job = running()
    job.request_cancel()
    job.observe(UNKNOWN)
    job.update_progress(0.9)
    assert str(job) == "CANCEL_REQUESTED"
    job = running()
    job.observe(UNKNOWN)
    job.update_progress(0.9, "again")
    assert (str(job), job.progress, job.phase) == ("RUNNING", 0.9, "again")


# -- times


def test_times_of_a_life() -> None:
    before = time.time()
    job = JobStatus()
    assert before <= job.creation_timestamp <= time.time()
    assert (job.start_timestamp, job.completion_timestamp, job.duration, job.running_time) == (None, None, None, None)
    job.start_run()
    assert job.duration is None
    first = job.running_time
    second = job.running_time
    assert first is not None
    assert second is not None
    assert 0 <= first <= second
    job.suspend()
    job.resume()
    job.stop_run()
    assert job.duration is not None
    assert job.duration >= second
    assert job.running_time == job.duration
    assert job.start_timestamp is not None
    assert job.completion_timestamp is not None
    assert before <= job.start_timestamp <= job.completion_timestamp <= time.time()


def test_a_wall_clock_set_back_makes_no_interval_negative(monkeypatch: pytest.MonkeyPatch) -> None:
    job = running()
    wall = time.time() - 3600
    monkeypatch.setattr("job_status._moving.time", lambda: wall)
    job.stop_run()
    assert job.duration is not None
    assert 0 <= job.duration < 60
    assert job.start_timestamp is not None
    assert job.completion_timestamp == job.start_timestamp + job.duration, "both ends are by one clock"
    assert JobStatus.from_dict(job.to_dict()).completion_timestamp == job.completion_timestamp


def test_two_threads_that_read_the_clock_in_the_other_order_make_no_interval_negative(monkeypatch: pytest.MonkeyPatch) -> None:
    job = running()
    monkeypatch.setattr("job_status._moving.monotonic", lambda: -1e9)
    job.stop_run()
    assert job.duration == 0.0


@pytest.mark.parametrize("cause", [ERROR, CANCELED])
def test_what_never_started_lasted_no_time(cause: RunningStatus) -> None:
    for prepare in (lambda _: None, JobStatus.request_cancel):
        job = JobStatus()
        prepare(job)
        job.stop_run(cause)
        assert (job.duration, job.running_time, job.start_timestamp) == (0.0, 0.0, None)
        assert job.completion_timestamp is not None


@pytest.mark.parametrize(
    "prepare",
    [
        pytest.param(lambda job: job.observe(UNKNOWN), id="not heard of meanwhile"),
        pytest.param(lambda job: (job.request_cancel(), job.update_progress(0.1)), id="progress after the cancel request"),
        pytest.param(lambda job: job.observe(SUSPENDED), id="seen suspended"),
        pytest.param(lambda job: job.observe(CANCEL_REQUESTED), id="seen with a cancel request"),
    ],
)
def test_a_duration_that_nobody_knows_is_none(prepare: Callable[[JobStatus], object]) -> None:
    job = JobStatus()
    prepare(job)
    job.stop_run(ERROR)
    assert job.duration is None


def test_success_after_a_cancel_of_a_waiting_job_ran_for_nobody_knows_how_long() -> None:
    job = JobStatus()
    job.request_cancel()
    job.stop_run(SUCCESS)
    assert job.duration is None


def test_update_times_tells_what_a_server_knows() -> None:
    job = JobStatus()
    job.observe(SUCCESS)
    assert (job.start_timestamp, job.completion_timestamp, job.duration) == (None, None, None)
    job.update_times(1000.0, 1010, 5.5)
    assert (job.creation_timestamp, job.start_timestamp, job.duration, job.completion_timestamp) == (1000.0, 1010.0, 5.5, 1015.5)
    job.update_times(duration=6)
    assert (job.start_timestamp, job.duration, job.completion_timestamp) == (1010.0, 6.0, 1016.0)


def test_a_duration_told_before_the_start_is_known() -> None:
    job = JobStatus()
    job.observe(ERROR)
    job.update_times(duration=3)
    assert (job.duration, job.completion_timestamp) == (3.0, None)


def test_a_duration_follows_from_both_ends() -> None:
    job = JobStatus()
    job.observe(SUCCESS, at=1030.0)
    job.update_times(start_time=1010.0)
    assert job.duration == 20.0
    job = JobStatus()
    job.observe(SUCCESS, at=1000.0)
    job.update_times(start_time=1010.0)
    assert job.duration == 0.0, "two clocks that disagree make no negative duration"


def test_a_running_job_counts_from_the_start_it_was_told() -> None:
    job = JobStatus()
    job.observe(RUNNING)
    assert job.running_time is None
    job.update_times(start_time=time.time() - 100, duration=7)
    assert job.running_time is not None
    assert 100 <= job.running_time < 160
    assert job.duration is None
    job.observe(RUNNING)
    job.stop_run()
    assert job.duration is not None
    assert 100 <= job.duration < 160


def test_a_start_told_while_waiting_is_no_running_time() -> None:
    job = JobStatus()
    job.update_times(start_time=5.0)
    assert (job.start_timestamp, job.running_time) == (5.0, None)


@pytest.mark.parametrize(
    ("times", "text"),
    [
        ({"duration": -1}, "duration must be at least 0 seconds, not -1.0"),
        ({"start_time": math.nan}, "start_time must be a finite number of seconds or None, not nan"),
        ({"creation_datetime": math.inf}, "creation_datetime must be a finite number"),
        ({"creation_datetime": "yesterday"}, "creation_datetime must be a finite number of seconds or None, not 'yesterday'"),
    ],
)
def test_times_that_cannot_be_are_refused_and_none_is_set(times: dict[str, Any], text: str) -> None:
    job = running()
    before = job.to_dict()
    with pytest.raises(ValueError, match=text):
        job.update_times(**({"creation_datetime": 1, "start_time": 2, "duration": 3} | times))
    assert job.to_dict() == before


# -- history


def test_history_is_the_walk() -> None:
    job = JobStatus()
    assert list(job.history) == []
    job.start_run()
    job.suspend("maintenance")
    job.resume()
    job.stop_run(ERROR, "no")
    assert moves(job) == [
        ("start_run", "WAITING", "RUNNING"),
        ("suspend", "RUNNING", "SUSPENDED"),
        ("resume", "SUSPENDED", "RUNNING"),
        ("stop_run", "RUNNING", "ERROR"),
    ]
    assert [move.mesg for move in job.history] == [None, "maintenance", None, "no"]
    stamps = [move.timestamp for move in job.history]
    assert stamps == sorted(stamps, key=lambda stamp: stamp or 0)
    assert job.history[0].timestamp == job.start_timestamp
    assert job.history[-1].timestamp == job.completion_timestamp


def test_a_history_is_a_sequence_that_never_changes() -> None:
    job = running()
    history = job.history
    job.stop_run()
    assert len(history) == 1
    assert len(job.history) == 2
    assert job.history[:1] == tuple(history)
    assert job.history[-1] == Move("stop_run", RUNNING, SUCCESS, job.completion_timestamp)
    assert history == list(history)
    assert history != 3
    assert hash(history) == hash(tuple(history))
    assert repr(history).startswith("History([Move(trigger='start_run'")
    assert pickle.loads(pickle.dumps(history)) == history
    with pytest.raises(IndexError):
        history[1]
    with pytest.raises(AttributeError):
        history[0].trigger = "other"  # type: ignore[misc]


def test_refused_attempts_are_kept_and_marked() -> None:
    job = JobStatus()
    with pytest.raises(InvalidTransition):
        job.suspend("too early")
    (attempt,) = job.history
    assert (attempt.trigger, attempt.source, attempt.dest, attempt.mesg) == ("suspend", WAITING, SUSPENDED, "too early")
    assert attempt.refused
    assert attempt.timestamp is not None


def test_a_flood_of_refusals_drives_no_move_out_of_the_history() -> None:
    job = running()
    job.stop_run()
    lengths = []
    for _ in range(500):
        with pytest.raises(JobCompleted):
            job.start_run()
        lengths.append(len(job.history))
    assert 64 <= max(lengths) <= 2 * 64
    assert min(lengths[64:]) == 64
    assert moves(job)[:2] == [("start_run", "WAITING", "RUNNING"), ("stop_run", "RUNNING", "SUCCESS")]
    assert all(move.refused for move in job.history[2:])


def test_of_too_many_moves_the_oldest_are_forgotten() -> None:
    job = running()
    for number in range(100):
        job.suspend(str(number))
        job.resume()
    assert 64 <= len(job.history) <= 2 * 64
    job.stop_run()
    assert [move.dest for move in job.history[-3:]] == [SUSPENDED, RUNNING, SUCCESS]


# -- news


def test_skipped_steps_are_inferred_and_have_no_time() -> None:
    job = JobStatus()
    assert job.observe(SUCCESS, "fine", at=50.0) is Observation.MOVED
    assert list(job.history) == [
        Move("start_run", WAITING, RUNNING, None, None, inferred=True),
        Move("observe", RUNNING, SUCCESS, 50.0, "fine"),
    ]
    assert (job.start_timestamp, job.completion_timestamp, job.duration, job.progress) == (None, 50.0, None, 1.0)


def test_news_stamps_a_time_only_from_the_server() -> None:
    job = JobStatus()
    job.observe(RUNNING)
    job.observe(SUCCESS)
    assert (job.start_timestamp, job.completion_timestamp, job.duration) == (None, None, None)
    assert [move.timestamp for move in job.history] == [None, None]
    job = JobStatus()
    job.observe(RUNNING, at=10.0)
    job.observe(ERROR, "no", at=14)
    assert (job.start_timestamp, job.completion_timestamp, job.duration, job.stop_message) == (10.0, 14.0, 4.0, "no")
    job = JobStatus()
    job.observe(RUNNING, at=10.0)
    job.observe(CANCELED, at=9)
    assert (job.duration, job.stop_message) == (0.0, None)


def test_a_contradiction_is_kept_and_logged_and_the_first_end_stands(caplog: pytest.LogCaptureFixture) -> None:
    job = running()
    job.stop_run(CANCELED)
    with caplog.at_level(logging.WARNING, "job_status"):
        assert job.observe(SUCCESS, "late webhook") is Observation.CONTRADICTORY
    assert "ignored: SUCCESS was reported, but the job is CANCELED already" in caplog.text
    assert job.canceled
    assert job.history[-1].refused
    assert (job.history[-1].dest, job.history[-1].mesg) == (SUCCESS, "late webhook")


def test_a_late_webhook_reopens_no_finished_job() -> None:
    job = running()
    job.stop_run()
    for status in (WAITING, RUNNING, SUSPENDED, CANCEL_REQUESTED):
        assert job.observe(status, at=1e12) is Observation.STALE
    assert job.observe(UNKNOWN) is Observation.UNCHANGED
    assert job.success
    assert len(job.history) == 2


def test_unknown_overlays_and_does_not_erase() -> None:
    job = running()
    assert job.observe(UNKNOWN) is Observation.MOVED
    assert job.maybe_completed
    assert job.observe(UNKNOWN) is Observation.UNCHANGED
    assert job.observe(WAITING) is Observation.STALE
    assert job.observe(RUNNING) is Observation.MOVED
    assert moves(job)[1:] == [("observe", "RUNNING", "UNKNOWN"), ("observe", "UNKNOWN", "RUNNING")]
    assert job.start_timestamp is not None


def test_a_job_seen_waiting_again_has_not_started() -> None:
    job = JobStatus()
    job.observe(UNKNOWN)
    job.observe(WAITING)
    job.stop_run(CANCELED)
    assert job.duration == 0.0


def test_news_of_a_cancel_request_is_remembered() -> None:
    job = running()
    job.observe(CANCEL_REQUESTED, "by the operator")
    assert job.cancel_requested
    assert job.stop_message == "by the operator"
    assert job.observe(RUNNING) is Observation.STALE


@given(st.permutations([WAITING, RUNNING, SUSPENDED, CANCEL_REQUESTED, SUCCESS, UNKNOWN] * 2))
def test_news_in_any_order_converges_to_the_end(stream: list[RunningStatus]) -> None:
    job = JobStatus()
    for status in stream:
        job.observe(status)
    assert job.success


@given(st.lists(st.sampled_from(RunningStatus)))
def test_the_first_final_news_stands(stream: list[RunningStatus]) -> None:
    job = JobStatus()
    for status in stream:
        job.observe(status)
    finals = [status for status in stream if status in (SUCCESS, ERROR, CANCELED)]
    assert job.completed == bool(finals)
    if finals:
        assert job.status is finals[0]


@pytest.mark.parametrize("at", [math.nan, math.inf, "now"])
def test_the_time_of_news_is_a_finite_number(at: Any) -> None:
    job = JobStatus()
    with pytest.raises(ValueError, match="at must be a finite number of seconds"):
        job.observe(RUNNING, at=at)
    assert job.waiting


def test_news_is_a_status() -> None:
    with pytest.raises(TypeError, match=r"observe takes a RunningStatus, not 'running': see RunningStatus\.from_server_response"):
        JobStatus().observe("running")  # type: ignore[arg-type]


# -- firing by name


def test_trigger_fires_what_takes_a_message_alone() -> None:
    job = JobStatus()
    assert job.trigger("start_run", "on node 3")
    assert job.history[0].mesg == "on node 3"
    with pytest.raises(ValueError, match=r"stop_run takes more than a message: call stop_run\(\.\.\.\)"):
        job.trigger("stop_run")
    with pytest.raises(ValueError, match="update_progress takes more"):
        job.trigger("update_progress")
    with pytest.raises(ValueError, match="there is no trigger 'observe'"):
        job.trigger("observe")
    with pytest.raises(ValueError, match="there is no trigger 'requeue'"):
        job.can("requeue")


def test_allowed_follows_the_status() -> None:
    job = JobStatus()
    assert job.allowed() == ("start_run", "update_progress", "request_cancel", "stop_run(ERROR)", "stop_run(CANCELED)")
    job.stop_run(ERROR)
    assert job.allowed() == ()


# -- warn


def test_a_host_that_expects_no_error_gets_none(caplog: pytest.LogCaptureFixture) -> None:
    job = JobStatus(on_invalid="warn")
    with caplog.at_level(logging.WARNING, "job_status"):
        assert job.resume() is False
        assert job.update_progress(1.5, "over") is True
        assert (job.progress, job.phase) == (1.0, "over")
        assert job.update_progress(-math.inf, 3) is True  # type: ignore[arg-type]
        assert (job.progress, job.phase) == (0.0, "3")
        assert job.update_progress(math.nan) is False
        assert job.stop_run(ERROR, KeyError("x")) is True  # type: ignore[arg-type]
        assert job.stop_message == "'x'"
        assert job.start_run() is False
    assert [record.message for record in caplog.records] == [
        "cannot resume while WAITING; allowed now: start_run, update_progress, request_cancel, stop_run(ERROR|CANCELED)",
        "progress must be a real number from 0 to 1, not 1.5; the nearer bound is taken",
        "progress must be a real number from 0 to 1, not -inf; the nearer bound is taken",
        "phase must be a str or None, not 3; its str() is taken",
        "progress must be a real number from 0 to 1, not nan",
        "mesg must be a str or None, not KeyError('x'); its str() is taken",
        caplog.records[-1].message,
    ]
    assert caplog.records[-1].message.startswith("cannot start_run: the job is ERROR, which is final (ERROR since ")


# -- listeners


def test_listeners_hear_each_move_in_order() -> None:
    job = JobStatus()
    heard: list[tuple[JobStatus, Move]] = []
    unsubscribe = job.subscribe(lambda status, move: heard.append((status, move)))
    job.start_run()
    job.update_progress(0.5)
    with pytest.raises(InvalidTransition):
        job.start_run()
    job.observe(SUCCESS)
    assert [move for _, move in heard] == [move for move in job.history if not move.refused]
    assert all(status is job for status, _ in heard)
    unsubscribe()
    unsubscribe()
    job.observe(ERROR)
    assert len(heard) == 2


def test_listeners_hear_inferred_moves_and_no_contradiction() -> None:
    job = JobStatus()
    heard: list[Move] = []
    job.subscribe(lambda _, move: heard.append(move))
    job.observe(SUCCESS)
    job.observe(ERROR)
    assert [(move.dest, move.inferred) for move in heard] == [(RUNNING, True), (SUCCESS, False)]


def test_a_listener_that_raises_is_logged_and_disturbs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    job = JobStatus()
    heard: list[str] = []
    job.subscribe(lambda *_: 1 / 0)
    job.subscribe(lambda _, move: heard.append(move.trigger))
    assert job.start_run() is True
    assert heard == ["start_run"]
    assert "a listener failed on Move(trigger='start_run'" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_a_listener_may_move_the_job_and_listen_anew() -> None:
    job = JobStatus()

    def cancel(status: JobStatus, _: Move) -> None:
        unsubscribe()
        status.subscribe(lambda *_: None)
        status.request_cancel("at once")

    unsubscribe = job.subscribe(cancel)
    job.start_run()
    assert str(job) == "CANCEL_REQUESTED"


def test_a_listener_can_be_called() -> None:
    with pytest.raises(TypeError, match=r"a listener is called as listener\(status, move\), which 3 cannot be"):
        JobStatus().subscribe(3)  # type: ignore[arg-type]


# -- with status.run()


def test_run_starts_and_ends() -> None:
    job = JobStatus()
    with job.run() as status:
        assert status is job
        assert job.running
    assert job.success


@pytest.mark.parametrize(
    ("error", "cause", "mesg"),
    [
        (ValueError("no"), ERROR, "ValueError: no"),
        (ValueError(), ERROR, "ValueError"),
        (SystemExit(3), ERROR, "SystemExit: 3"),
        (JobCanceled("enough"), CANCELED, "enough"),
        (KeyboardInterrupt(), CANCELED, "KeyboardInterrupt"),
        (asyncio.CancelledError(), CANCELED, "CancelledError"),
    ],
    ids=repr,
)
def test_run_ends_as_its_exception_says(error: BaseException, cause: RunningStatus, mesg: str) -> None:
    job = JobStatus()
    with pytest.raises(type(error)) as raised, job.run():
        raise error
    assert raised.value is error
    assert (job.status, job.stop_message) == (cause, mesg)


def test_run_keeps_the_end_that_came_first() -> None:
    job = JobStatus()
    with job.run():
        job.stop_run(CANCELED, "from elsewhere")
    assert (job.status, job.stop_message) == (CANCELED, "from elsewhere")
    assert job.history[-1].refused
    job = JobStatus()
    with pytest.raises(KeyError), job.run():
        job.stop_run()
        raise KeyError("late")
    assert job.success


def test_run_does_not_enter_a_job_that_may_not_start() -> None:
    for job in (running(), JobStatus(on_invalid="warn")):
        if job.waiting:
            job.start_run()
        with pytest.raises(InvalidTransition, match="cannot start_run while RUNNING"), job.run():
            pytest.fail("two runners would do the work twice")
        assert job.running


def test_run_does_not_call_a_suspended_job_done() -> None:
    job = JobStatus()
    with pytest.raises(InvalidTransition, match=r"cannot stop_run\(SUCCESS\) while SUSPENDED"), job.run():
        job.suspend()
    assert (job.status, job.stop_message) == (SUSPENDED, None), "nor failed"


def test_a_safe_point_ends_the_work() -> None:
    job = JobStatus()
    job.raise_if_cancel_requested()
    with pytest.raises(JobCanceled, match="the user"), job.run():
        job.request_cancel("the user")
        job.raise_if_cancel_requested()
    assert (job.status, job.stop_message) == (CANCELED, "the user")
    job = running()
    job.stop_run(CANCELED)
    with pytest.raises(JobCanceled, match="a cancel was requested"):
        job.raise_if_cancel_requested()


# -- waiting


def test_wait_for_what_is_over_or_not() -> None:
    job = JobStatus()
    assert job.wait(0) is False
    assert job.wait(0.001) is False
    job.stop_run(ERROR)
    assert job.wait() is True


def test_wait_async_for_what_is_over_or_not() -> None:
    async def scenario() -> None:
        job = JobStatus()
        assert await job.wait_async(0.001) is False
        waiting = asyncio.create_task(job.wait_async())
        await asyncio.sleep(0)
        job.start_run()
        await asyncio.to_thread(job.stop_run)
        assert await waiting is True
        assert await job.wait_async() is True

    asyncio.run(scenario())


# -- values


def lives() -> st.SearchStrategy[JobStatus]:
    """Jobs after anything that may have happened to them."""
    happenings = st.one_of(
        st.sampled_from(["start_run", "request_cancel", "suspend", "resume"]).map(lambda name: lambda job: job.trigger(name, name)),
        st.floats(0, 1).map(lambda progress: lambda job: job.update_progress(progress, "é\n")),
        st.sampled_from([SUCCESS, ERROR, CANCELED]).map(lambda cause: lambda job: job.stop_run(cause, "stop")),
        st.tuples(st.sampled_from(RunningStatus), st.none() | st.floats(0, 1e10)).map(
            lambda news: lambda job: job.observe(news[0], "news", news[1])
        ),
        st.tuples(*[st.none() | st.floats(0, 1e10)] * 3).map(lambda times: lambda job: job.update_times(*times)),
    )

    def live(story: list[Callable[[JobStatus], object]]) -> JobStatus:
        job = JobStatus(on_invalid="warn")
        for happening in story:
            happening(job)
        return job

    return st.lists(happenings, max_size=8).map(live)


@given(lives())
def test_a_status_comes_back_from_its_dict_pickle_and_copy(job: JobStatus) -> None:
    data = job.to_dict()
    twins = [
        JobStatus.from_dict(json.loads(json.dumps(data)), on_invalid="warn"),
        pickle.loads(pickle.dumps(job)),
        copy.copy(job),
        copy.deepcopy(job),
    ]
    for twin in twins:
        assert twin is not job
        assert twin.to_dict() == data
        assert twin.history == job.history
        assert twin.allowed() == job.allowed()
        assert twin.lifecycle is job.lifecycle
        assert twin.start_run() == copy.copy(job).start_run(), "it goes on alike"


@given(lives())
def test_intervals_are_never_negative_and_progress_never_leaves_its_range(job: JobStatus) -> None:
    assert job.duration is None or job.duration >= 0
    assert job.running_time is None or job.running_time >= 0
    assert 0 <= job.progress <= 1
    assert (job.duration is None) or job.completed
    assert (job.completion_timestamp is None) or job.completed


@given(lives())
def test_a_history_is_a_walk_along_the_rows(job: JobStatus) -> None:
    walk = [move for move in job.history if not move.refused]
    edges = {(row.source, row.dest) for row in job.lifecycle.rows}
    assert all((move.source, move.dest) in edges for move in walk)
    assert all(one.dest is other.source for one, other in pairwise(walk))
    assert (walk[-1].dest if walk else WAITING) is job.status


def test_a_running_job_goes_on_counting_in_another_process() -> None:
    job = running()
    data = job.to_dict() | {"start_timestamp": time.time() - 50}
    twin = JobStatus.from_dict(data)
    assert twin.running_time is not None
    assert 50 <= twin.running_time < 110


def test_a_copy_has_its_own_listeners() -> None:
    job = JobStatus()
    heard: list[Move] = []
    job.subscribe(lambda _, move: heard.append(move))
    copy.deepcopy(job).start_run()
    assert heard == []


def good() -> dict[str, Any]:
    job = running()
    job.request_cancel("enough")
    return job.to_dict()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"version": 2}, "version 2 is unknown: this is a reader of version 1"),
        ({"version": True}, "version True is unknown"),
        ({"version": None}, "version None is unknown"),
        ({"status": "DONE"}, "status must be one of WAITING, RUNNING, .*, not 'DONE'"),
        ({"status": 1}, "status must be one of"),
        ({"status": ["RUNNING"]}, "status must be one of"),
        ({"progress": "half"}, "progress must be a finite number, not 'half'"),
        ({"progress": True}, "progress must be a finite number"),
        ({"progress": math.nan}, "progress must be a finite number"),
        ({"progress": 10**400}, "progress must be a finite number"),
        ({"progress": 1.5}, "impossible: a progress of 1.5; it is from 0 to 1"),
        ({"phase": 3}, "phase must be a string or null, not 3"),
        ({"cancel_requested": 1}, "cancel_requested must be true or false, not 1"),
        ({"cancel_requested": False}, "impossible: CANCEL_REQUESTED, but cancel_requested is false"),
        ({"creation_timestamp": None}, "creation_timestamp must be a finite number, not None"),
        ({"completion_timestamp": 5.0}, "impossible: CANCEL_REQUESTED with a completion_timestamp"),
        ({"duration": 5.0}, "impossible: CANCEL_REQUESTED with a duration"),
        ({"started": "untimed"}, "impossible: a start_timestamp, but started is 'untimed'"),
        ({"started": "at noon"}, "started must be one of no, perhaps, .*, not 'at noon'"),
        ({"attempt": -1}, "attempt must be a whole number from 0, not -1"),
        ({"attempt": True}, "attempt must be a whole number from 0, not True"),
        ({"attempt": 0}, "impossible: it has started, but attempt is 0"),
        ({"name": 3}, "name must be a string or null, not 3"),
        (
            {"meaning": "RUNNING"},
            "impossible: CANCEL_REQUESTED with the meaning 'RUNNING'; in this lifecycle it means CANCEL_REQUESTED",
        ),
        (
            {"last_known": "RUNNING"},
            "impossible: CANCEL_REQUESTED with a last_known of RUNNING; only a status that means UNKNOWN has one",
        ),
        (
            {"status": "UNKNOWN", "meaning": "UNKNOWN"},
            "impossible: UNKNOWN with a last_known of None; only a status that means UNKNOWN has one",
        ),
        ({"status": "UNKNOWN", "meaning": "UNKNOWN", "last_known": "SUCCESS"}, "impossible: UNKNOWN over SUCCESS"),
        ({"status": "RUNNING", "meaning": "RUNNING"}, "impossible: RUNNING, but the history ends in CANCEL_REQUESTED"),
        (
            {"status": "RUNNING", "meaning": "RUNNING", "started": "no", "start_timestamp": None, "history": []},
            "impossible: RUNNING, but it has not started",
        ),
        ({"status": "WAITING", "meaning": "WAITING"}, "impossible: WAITING, but it has started"),
        ({"status": "SUCCESS", "meaning": "SUCCESS"}, "impossible: SUCCESS with a progress of 0.0"),
        ({"status": "SUCCESS", "meaning": "SUCCESS", "progress": 1}, "impossible: SUCCESS with a stop_message"),
        ({"status": "ERROR", "meaning": "ERROR", "duration": -1}, "impossible: a duration of -1.0 seconds"),
        (
            {"status": "ERROR", "meaning": "ERROR", "duration": 2, "started": "no"},
            "impossible: a duration of 2.0 seconds, but it has not started",
        ),
        ({"history": {}}, "history must be a list of moves, not {}"),
        ({"history": [3]}, r"history\[0\]: a move must be a mapping, not 3"),
        ({"history": [{}]}, r"history\[0\]: the field 'trigger' is missing"),
        ({"history": [{"trigger": 3}]}, r"history\[0\]: trigger must be a string, not 3"),
    ],
)
def test_a_record_that_cannot_be_is_refused_by_name(change: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=f"^{text}"):
        JobStatus.from_dict(good() | change)


@pytest.mark.parametrize("field", good())
def test_a_missing_field_is_named(field: str) -> None:
    data = good()
    del data[field]
    with pytest.raises(ValueError, match=f"the field '{field}' is missing"):
        JobStatus.from_dict(data)


def test_a_history_with_a_gap_is_refused() -> None:
    data = good()
    data["history"][1]["source"] = "SUSPENDED"
    with pytest.raises(ValueError, match=r"impossible: history\[1\] leaves SUSPENDED, but the job was RUNNING"):
        JobStatus.from_dict(data)


def test_what_is_not_a_record_is_refused() -> None:
    with pytest.raises(ValueError, match=r"restored from a mapping, not from \['RUNNING'\]"):
        JobStatus.from_dict(["RUNNING"])  # type: ignore[arg-type]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([*RunningStatus.__members__]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*good(), *good()["history"][0]]), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*good()]), JSON), st.booleans())
def test_arbitrary_json_is_refused_or_understood(change: dict[str, Any], whole: bool) -> None:
    data = change if whole else good() | change
    try:
        job = JobStatus.from_dict(data)
    except ValueError as error:
        assert str(error)
    else:
        assert JobStatus.from_dict(job.to_dict()).to_dict() == job.to_dict()


class Finisher(logging.Handler):
    """Ends a job as soon as something is logged about it."""

    def __init__(self, job: JobStatus) -> None:
        super().__init__()
        self.job = job

    def emit(self, record: logging.LogRecord) -> None:
        logging.getLogger("job_status").removeHandler(self)
        self.job.stop_run()


def test_a_run_that_may_not_start_says_why_whatever_happens_to_the_job_meanwhile() -> None:
    job = JobStatus(on_invalid="warn")
    job.start_run()
    handler = Finisher(job)
    logging.getLogger("job_status").addHandler(handler)
    with pytest.raises(InvalidTransition, match=r"^cannot start_run while RUNNING; allowed now: "), job.run():
        pytest.fail("it runs already")
    assert job.status is SUCCESS
