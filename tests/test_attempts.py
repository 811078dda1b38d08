"""The name and the attempts of a job: what each caller means when it says something about a job that others run too."""

from __future__ import annotations

import asyncio
import copy
import gc
import json
import logging
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import Any, Literal

import pytest

from job_status import (
    JOB_LIFECYCLE,
    InvalidTransition,
    JobCanceled,
    JobCompleted,
    JobStatus,
    Lifecycle,
    Move,
    Observation,
    RunningStatus,
    Superseded,
    Transition,
)

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus

REQUEUED = JOB_LIFECYCLE.extend(
    Transition("requeue", RUNNING, WAITING),
    Transition("requeue", CANCEL_REQUESTED, WAITING),
    Transition("requeue", SUSPENDED, WAITING),
)


class S(Enum):
    QUEUED = "queued"
    STARTED = "started"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    STOPPED = "stopped"


#: two ways to succeed, and no status between the request of a cancel and the cancel
SKIPPING = Lifecycle(
    (
        Transition("start_run", S.QUEUED, S.STARTED),
        *(Transition("stop_run", S.STARTED, final) for final in (S.DONE, S.SKIPPED, S.FAILED, S.STOPPED)),
    ),
    means={
        S.QUEUED: WAITING, S.STARTED: RUNNING, S.DONE: SUCCESS, S.SKIPPED: SUCCESS, S.FAILED: ERROR, S.STOPPED: CANCELED,
    },
)  # fmt: skip


def started(name: str | None = None, on_invalid: Literal["raise", "warn"] = "raise") -> JobStatus:
    job = JobStatus(lifecycle=REQUEUED, name=name, on_invalid=on_invalid)
    job.start_run()
    return job


def moves(job: JobStatus[Any]) -> list[tuple[str, str, str]]:
    return [(move.trigger, move.source.name, move.dest.name) for move in job.history if not move.refused]


# -- the name


def test_a_job_says_its_name_in_its_repr_its_dict_and_its_errors() -> None:
    job = JobStatus(name="thumbnail 17")
    assert (job.name, repr(job), job.to_dict()["name"]) == (
        "thumbnail 17",
        "<JobStatus 'thumbnail 17' WAITING, 0%>",
        "thumbnail 17",
    )
    assert JobStatus().to_dict()["name"] is None
    with pytest.raises(InvalidTransition, match=r"^thumbnail 17: cannot resume while WAITING; allowed now: ") as refused:
        job.resume()
    assert refused.value.name == "thumbnail 17"
    job.stop_run(ERROR)
    with pytest.raises(JobCompleted, match=r"^thumbnail 17: cannot start_run: the job is ERROR, which is final") as late:
        job.start_run()
    assert late.value.name == "thumbnail 17"


def test_errors_about_arguments_name_the_job() -> None:
    job = JobStatus(name="thumbnail 17")
    calls: dict[str, Callable[[], object]] = {
        "progress must be a real number from 0 to 1, not 2": lambda: job.update_progress(2),
        "phase must be a str or None, not 2": lambda: job.update_progress(0.5, 2),  # type: ignore[arg-type]
        "phase must be a str or None, not False": lambda: job.update_progress(0.5, False),  # type: ignore[arg-type]
        "mesg must be a str or None, not 2": lambda: job.suspend(2),  # type: ignore[arg-type]
        "the cause of stop_run must be one of SUCCESS, ERROR, CANCELED, CANCEL_REQUESTED, not RUNNING": lambda: job.stop_run(
            RUNNING
        ),
        "attempt must be a whole number from 0, not '1'": lambda: job.suspend(attempt="1"),  # type: ignore[arg-type]
    }
    for text, call in calls.items():
        with pytest.raises((TypeError, ValueError)) as raised:
            call()
        assert str(raised.value) == f"thumbnail 17: {text}"


@pytest.mark.parametrize("name", ["thumbnail 17", None])
def test_each_line_of_the_log_has_the_name(name: str | None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "job_status")
    job = started(name, "warn")

    def broken(_job: JobStatus, _move: Move[Any]) -> None:
        raise RuntimeError("broken")

    unsubscribe = job.subscribe(broken)
    job.start_run()
    job.update_progress(2.0, 7)  # type: ignore[arg-type]
    job.suspend(b"text")  # type: ignore[arg-type]
    unsubscribe()
    job.resume()
    pickle.dumps(job)
    with job.run() if job.waiting else JobStatus(name=name).run() as run:
        run.stop_run(ERROR)
    job.stop_run(ERROR)
    job.observe(SUCCESS)
    job.resume(attempt=1)
    job.trigger("requeue", attempt=7)
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("job_status")]
    assert len(lines) >= 8
    named = [line for line in lines if "thumbnail 17: " in line]
    assert named == ([] if name is None else lines)
    assert [line for line in lines if line.startswith(("None", ":", " "))] == []


def test_a_canceled_job_is_named_where_its_work_unwinds() -> None:
    job = started("thumbnail 17")
    job.request_cancel("enough")
    with pytest.raises(JobCanceled) as canceled:
        job.raise_if_cancel_requested()
    assert (str(canceled.value), canceled.value.reason, canceled.value.name) == ("thumbnail 17: enough", "enough", "thumbnail 17")
    assert str(pickle.loads(pickle.dumps(canceled.value))) == "thumbnail 17: enough"


def test_a_name_survives_and_a_name_that_is_given_wins() -> None:
    job = JobStatus(name="one")
    assert [other.name for other in (copy.copy(job), copy.deepcopy(job), pickle.loads(pickle.dumps(job)))] == ["one"] * 3
    assert JobStatus.from_dict(job.to_dict()).name == "one"
    assert JobStatus.from_dict(job.to_dict(), name="other").name == "other"
    with pytest.raises(TypeError, match=r"^the lifecycle of a job must be a Lifecycle, not None$"):
        JobStatus(lifecycle=None)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="the name of a job must be a str or None, not 17"):
        JobStatus(name=17)  # type: ignore[call-overload]


# -- attempts


def fired(job: JobStatus, attempt: int | None) -> dict[str, Callable[[], object]]:
    return {
        "start_run": lambda: job.start_run(attempt=attempt),
        "update_progress": lambda: job.update_progress(0.9, "late", attempt=attempt),
        "request_cancel": lambda: job.request_cancel("late", attempt=attempt),
        "suspend": lambda: job.suspend("late", attempt=attempt),
        "resume": lambda: job.resume(attempt=attempt),
        "stop_run(SUCCESS)": lambda: job.stop_run(SUCCESS, attempt=attempt),
        "stop_run(ERROR)": lambda: job.stop_run(ERROR, "late", attempt=attempt),
        "stop_run(CANCELED)": lambda: job.stop_run(CANCELED, "late", attempt=attempt),
        "requeue": lambda: job.trigger("requeue", "late", attempt=attempt),
    }


TRIGGERS = tuple(fired(JobStatus(), None))


def zombies(state: str, on_invalid: Literal["raise", "warn"] = "raise") -> JobStatus:
    """Return a job whose first attempt was taken for lost, and which waits again, or runs, or is over, in its second."""
    job = started("a job", on_invalid)
    job.trigger("requeue")
    if state != "waits":
        job.start_run()
        job.update_progress(0.25, "anew")
    if state == "suspended":
        job.suspend()
    if state == "over":
        job.stop_run(CANCELED)
    return job


@pytest.mark.parametrize("state", ["waits", "runs", "suspended", "over"])
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_an_attempt_that_was_replaced_changes_nothing(trigger: str, state: str) -> None:
    job = zombies(state)
    if (trigger, state) == ("start_run", "waits"):
        return  # this is the start of the next attempt, after the latest one
    heard: list[Move[Any]] = []
    job.subscribe(lambda _, move: heard.append(move), progress=True)
    before = job.to_dict(history=False)
    with pytest.raises(Superseded) as refused:
        fired(job, 1)[trigger]()
    assert job.to_dict(history=False) == before
    assert (heard, job.history[-1].refused, refused.value.history[-1]) == ([], True, job.history[-1])
    assert (refused.value.attempt, refused.value.attempts, refused.value.name) == (1, 1 if state == "waits" else 2, "a job")
    now = "waits for attempt 2" if state == "waits" else "is at attempt 2"
    assert str(refused.value) == f"a job: cannot {trigger} for attempt 1: the job is {job.status.name} and {now}"


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_and_is_refused_by_a_host_that_expects_no_error(trigger: str, caplog: pytest.LogCaptureFixture) -> None:
    job = zombies("runs", "warn")
    before = job.to_dict(history=False)
    assert fired(job, 1)[trigger]() is False
    assert job.to_dict(history=False) == before
    assert caplog.messages == [f"a job: cannot {trigger} for attempt 1: the job is RUNNING and is at attempt 2"]


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_the_current_attempt_may_do_what_an_unnamed_one_may(trigger: str) -> None:
    named, unnamed = zombies("runs"), zombies("runs")
    results = []
    for job, attempt in ((named, 2), (unnamed, None)):
        try:
            results.append((fired(job, attempt)[trigger](), job.status, job.progress, job.attempt))
        except InvalidTransition as refused:
            assert type(refused) is InvalidTransition
            results.append((False, job.status, job.progress, job.attempt))
    assert results[0] == results[1]


def test_a_start_names_the_latest_attempt() -> None:
    job = JobStatus(lifecycle=REQUEUED)
    with pytest.raises(Superseded):
        job.start_run(attempt=1)
    assert job.start_run(attempt=0)
    job.trigger("requeue")
    with pytest.raises(Superseded):
        job.start_run(attempt=0)
    assert job.start_run(attempt=1)
    assert job.attempt == 2


def test_an_attempt_that_is_yet_to_come_is_refused_too() -> None:
    with pytest.raises(Superseded, match="cannot suspend for attempt 2: the job is RUNNING and is at attempt 1"):
        started().suspend(attempt=2)


@pytest.mark.parametrize("attempt", [-1, 1.0, "1", True, b"1", 1j])
def test_an_attempt_is_a_whole_number(attempt: Any) -> None:
    for call in fired(job := started(), attempt).values():
        with pytest.raises(ValueError, match="attempt must be a whole number from 0, not "):
            call()
    assert (job.status, len(job.history)) == (RUNNING, 1)


def test_superseded_survives_pickling_and_copying() -> None:
    with pytest.raises(Superseded) as raised:
        zombies("runs").stop_run(ERROR, attempt=1)
    refused = raised.value
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        twin = pickle.loads(pickle.dumps(refused, protocol))
        assert (type(twin), str(twin), twin.attempt, twin.attempts, twin.name, twin.allowed, twin.cause) == (
            Superseded, str(refused), 1, 2, "a job", refused.allowed, ERROR,
        )  # fmt: skip
        assert twin.history == refused.history
    assert str(copy.deepcopy(refused)) == str(refused)


def test_progress_of_the_attempt_that_runs_is_no_move() -> None:
    job = zombies("runs")
    length = len(job.history)
    assert job.update_progress(0.5, "on", attempt=2)
    assert (job.progress, job.phase, len(job.history)) == (0.5, "on", length)


@pytest.mark.parametrize("attempt", [None, 1])
def test_nor_is_that_of_a_job_that_nobody_saw_start(attempt: int | None) -> None:
    job = JobStatus()
    job.observe(RUNNING)
    before = job.history
    assert job.update_progress(0.5, attempt=attempt)
    assert (job.progress, job.history, job.attempt) == (0.5, before, 1)
    for lost in (JobStatus(), started()):
        if lost.attempt:
            lost.trigger("requeue")
        lost.observe(CANCEL_REQUESTED)
        attempts, before = lost.attempt, lost.history
        assert lost.update_progress(0.5)
        assert (lost.progress, lost.history, lost.attempt) == (0.5, before, attempts + 1)


@pytest.mark.parametrize("trigger", ["stop_run(ERROR)", "update_progress", "request_cancel"])
def test_an_attempt_is_replaced_by_one_that_may_have_started(trigger: str) -> None:
    job = started()
    job.trigger("requeue")
    job.observe(UNKNOWN)
    before = job.to_dict(history=False)
    with pytest.raises(Superseded):
        fired(job, 1)[trigger]()
    assert job.to_dict(history=False) == before


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda job: job.start_run(), id="start"),
        pytest.param(lambda job: job.resume(), id="refusal"),
        pytest.param(lambda job: job.suspend(attempt=7), id="refusal of another attempt"),
        pytest.param(lambda job: [job.observe(status) for status in (RUNNING, UNKNOWN)], id="observation"),
    ],
)
def test_what_happens_again_and_again_is_forgotten_in_the_end(call: Callable[[JobStatus], object]) -> None:
    job = JobStatus(lifecycle=JOB_LIFECYCLE.extend(Transition("start_run", RUNNING, RUNNING)), on_invalid="warn")
    for number in range(1, 300):
        call(job)
        assert min(number, 64) <= len(job.history) <= 128


def test_a_requeued_job_begins_anew() -> None:
    job = started()
    job.update_progress(0.5, "half way")
    job.suspend()
    job.resume()
    job.request_cancel("why")
    job.trigger("requeue")
    assert (job.status, job.attempt, job.progress, job.phase, job.start_timestamp, job.running_time, job.suspended_time) == (
        WAITING, 1, 0.0, None, None, None, 0.0,
    )  # fmt: skip
    assert (job.cancel_requested, job.stop_message) == (False, None), "the request was for the attempt that is over"
    with job.run() as run:
        run.raise_if_cancel_requested()
    assert (job.status, job.attempt) == (SUCCESS, 2)


def test_a_job_that_may_not_have_started_is_requeued_in_the_same_attempt() -> None:
    job = JobStatus(lifecycle=REQUEUED)
    job.observe(CANCEL_REQUESTED)
    job.trigger("requeue")
    assert (job.status, job.attempt) == (WAITING, 0)
    job.start_run()
    assert job.attempt == 1


def test_progress_is_reported_while_waiting_where_a_row_says_so() -> None:
    rows = (*SKIPPING.rows, Transition("update_progress", S.QUEUED, S.QUEUED), Transition("requeue", S.STARTED, S.QUEUED))
    job = JobStatus(lifecycle=Lifecycle(rows, means=SKIPPING.meaning))
    assert job.update_progress(0.1, "staging", attempt=0)
    assert (job.status, job.progress, job.attempt, len(job.history)) == (S.QUEUED, 0.1, 0, 0)
    job.start_run()
    job.trigger("requeue")
    with pytest.raises(Superseded):
        job.update_progress(0.9, attempt=1)
    assert job.progress == 0.0
    assert job.update_progress(0.2)


def test_a_trigger_that_no_row_has_is_refused_as_any() -> None:
    job = JobStatus(lifecycle=SKIPPING)
    job.start_run()
    calls: list[Callable[[], object]] = [
        job.suspend,
        job.resume,
        job.request_cancel,
        job.start_run,
        lambda: job.update_progress(0.5),
    ]
    for call in calls:
        with pytest.raises(InvalidTransition, match=r"while STARTED; allowed now: stop_run\(DONE\|SKIPPED\|FAILED\|STOPPED\)"):
            call()


# -- again


@pytest.mark.parametrize("on_invalid", ["raise", "warn"])
def test_again_is_a_new_job_for_the_next_attempt(on_invalid: Literal["raise", "warn"]) -> None:
    job = zombies("over", on_invalid)
    before = job.to_dict()
    new = job.again()
    assert (new.status, new.name, new.attempt, new.lifecycle, len(new.history)) == (WAITING, "a job", 2, REQUEUED, 0)
    new.start_run()
    assert (new.attempt, new.duration, new.progress) == (3, None, 0.0)
    assert (type(new), job.to_dict()) == (JobStatus, before)
    if on_invalid == "warn":
        assert new.start_run() is False
    else:
        with pytest.raises(InvalidTransition):
            new.start_run()


def test_again_of_a_job_that_is_not_over_is_refused() -> None:
    with pytest.raises(InvalidTransition, match="a job: cannot again while RUNNING; allowed now: ") as refused:
        zombies("runs").again()
    assert pickle.loads(pickle.dumps(refused.value)).trigger == "again"


# -- run


def test_run_ends_only_the_attempt_that_it_started(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "job_status")
    job = JobStatus(lifecycle=REQUEUED, name="a job")
    with job.run():
        job.trigger("requeue")
        job.start_run()
    assert (job.status, job.attempt, job.progress) == (RUNNING, 2, 0.0)
    assert "a job: cannot stop_run(SUCCESS) for attempt 1: the job is RUNNING and is at attempt 2" in caplog.text


def test_run_ends_its_job_once() -> None:
    job = JobStatus()
    with job.run():
        pass
    gc.collect()
    assert [move.refused for move in job.history] == [False, False]
    job = JobStatus()
    with job.run():
        job.stop_run(ERROR)
    gc.collect()
    assert [move.refused for move in job.history] == [False, False, True]


def test_and_none_while_the_job_waits_again() -> None:
    job = JobStatus(lifecycle=REQUEUED)
    with pytest.raises(KeyError), job.run():
        job.trigger("requeue")
        raise KeyError("late")
    assert (job.status, job.stop_message) == (WAITING, None)


def test_run_of_the_next_attempt_within_that_of_an_earlier_one() -> None:
    job = JobStatus(lifecycle=REQUEUED)
    with job.run():
        job.trigger("requeue")
        with pytest.raises(ValueError, match=r"^$"), job.run():
            raise ValueError
    assert (job.status, job.stop_message, job.attempt) == (ERROR, "ValueError", 2)


def test_run_of_a_job_canceled_while_it_was_queued_ends_it() -> None:
    job = JobStatus(name="a job")
    job.request_cancel("no longer needed")
    with pytest.raises(JobCanceled, match=r"^a job: no longer needed$"), job.run():
        raise AssertionError("the block was entered")
    assert (job.status, job.stop_message, job.duration, job.attempt) == (CANCELED, "no longer needed", 0.0, 0)


def test_but_not_one_that_another_worker_runs() -> None:
    job = JobStatus()
    with job.run():
        job.request_cancel("stop soon")
        with pytest.raises(InvalidTransition, match="cannot start_run while CANCEL_REQUESTED") as refused, job.run():
            raise AssertionError("the block was entered")
        assert type(refused.value) is InvalidTransition
        assert job.status is CANCEL_REQUESTED
    assert job.status is SUCCESS


@pytest.mark.parametrize("on_invalid", ["raise", "warn"])
@pytest.mark.parametrize("final", [SUCCESS, ERROR, CANCELED])
def test_nor_one_that_is_over(final: RunningStatus, on_invalid: Literal["raise", "warn"]) -> None:
    job = JobStatus(on_invalid=on_invalid)
    job.observe(final)
    with pytest.raises(JobCompleted, match="which is final"), job.run():
        raise AssertionError("the block was entered")


def test_run_of_a_lifecycle_without_a_final_for_each_end() -> None:
    short = Lifecycle(
        (Transition("start_run", S.QUEUED, S.STARTED), Transition("stop_run", S.STARTED, S.STOPPED)),
        means={S.QUEUED: WAITING, S.STARTED: RUNNING, S.STOPPED: CANCELED},
    )
    for error in (None, KeyError("key"), JobCanceled("why")):
        job = JobStatus(lifecycle=short)
        try:
            with job.run():
                if error:
                    raise error
        except (KeyError, JobCanceled) as raised:
            assert raised is error
        assert job.status is S.STOPPED


# -- timeouts


def test_a_timeout_in_a_task_ends_the_block() -> None:
    job = JobStatus(name="a job")

    async def work() -> None:
        with job.run(timeout=0.01):
            await asyncio.sleep(60)

    with pytest.raises(TimeoutError, match=r"^timed out after 0\.01 s$"):
        asyncio.run(work())
    assert (job.status, job.stop_message) == (ERROR, "timed out after 0.01 s")


def test_the_task_goes_on_after_it() -> None:
    job = JobStatus()

    async def work() -> int:
        with pytest.raises(TimeoutError), job.run(timeout=0.01):
            await asyncio.sleep(60)
        await asyncio.sleep(0.01)
        task = asyncio.current_task()
        assert task is not None
        return task.cancelling()

    assert asyncio.run(work()) == 0


def test_a_task_that_is_canceled_is_canceled_and_not_late() -> None:
    job = JobStatus()

    async def work() -> None:
        with job.run(timeout=60):
            await asyncio.sleep(60)

    async def main() -> None:
        task = asyncio.create_task(work())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert (job.status, job.stop_message) == (CANCELED, "CancelledError")


def test_a_task_that_is_canceled_and_late_raises_that_it_was_canceled() -> None:
    job = JobStatus()

    async def work() -> None:
        with job.run(timeout=0.01):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
                raise

    async def main() -> None:
        with pytest.raises(asyncio.CancelledError):
            await asyncio.create_task(work())

    asyncio.run(main())
    assert job.status is ERROR


def test_work_in_a_task_that_is_in_time() -> None:
    job = JobStatus()

    async def work() -> None:
        with job.run(timeout=0.02):
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)

    asyncio.run(work())
    assert (job.status, job.cancel_requested) == (SUCCESS, False)


def test_a_timeout_in_a_thread_requests_a_cancel() -> None:
    job = JobStatus(name="a job")
    with pytest.raises(TimeoutError, match=r"^timed out after 0\.01 s$"), job.run(timeout=0.01):
        for _ in range(1000):
            time.sleep(0.01)
            job.raise_if_cancel_requested()
    assert (job.status, job.stop_message, job.cancel_requested) == (ERROR, "timed out after 0.01 s", True)


def test_work_that_ignores_its_timeout_succeeds_late() -> None:
    job = JobStatus()
    with job.run(timeout=0.01):
        time.sleep(0.1)
    assert (job.status, job.cancel_requested) == (SUCCESS, True)


def test_work_in_a_thread_that_is_in_time_leaves_no_timer_behind() -> None:
    job = JobStatus()
    before = threading.active_count()
    with job.run(timeout=60):
        assert threading.active_count() == before + 1
    for _ in range(100):
        if threading.active_count() == before:
            break
        time.sleep(0.01)
    assert threading.active_count() == before
    assert job.success


def test_a_timeout_cancels_only_the_attempt_that_it_was_for() -> None:
    job = JobStatus(lifecycle=REQUEUED)
    with job.run(timeout=0.02):
        job.trigger("requeue")
        job.start_run()
        time.sleep(0.1)
    assert (job.status, job.cancel_requested, job.attempt) == (RUNNING, False, 2)


def test_work_in_a_program_without_asyncio() -> None:
    program = """if True:
        import sys
        from job_status import JobStatus
        with JobStatus().run(timeout=60) as job:
            pass
        assert job.success
        try:
            with JobStatus().run() as job:
                raise KeyError("late")
        except KeyError:
            assert job.failed
        assert "asyncio" not in sys.modules
    """
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_task_whose_block_raises_as_it_is_late_is_canceled_no_more() -> None:
    async def work(raised: type[Exception] | None) -> int:
        job = JobStatus()
        with suppress(ValueError), job.run(timeout=0.01):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if raised is not None:
                    raise raised("as it ends") from None
        assert job.status is (SUCCESS if raised is None else ERROR)
        task = asyncio.current_task()
        assert task is not None
        return task.cancelling()

    assert [asyncio.run(work(ValueError)), asyncio.run(work(None))] == [0, 0]


def test_a_run_is_entered_once() -> None:
    job = JobStatus(lifecycle=REQUEUED)
    run = job.run()
    with run:
        job.trigger("requeue")
    with pytest.raises(RuntimeError, match="a run is entered once"), run:
        raise AssertionError("the block was entered")
    assert (job.status, job.attempt) == (WAITING, 1)


def test_a_timeout_is_a_number() -> None:
    for timeout in ("1", float("nan"), float("inf")):
        with pytest.raises(ValueError, match="timeout must be a finite number of seconds or None, not "):
            JobStatus().run(timeout)  # type: ignore[arg-type]


# -- small things that hosts need


@pytest.mark.parametrize("on_invalid", ["raise", "warn"])
def test_a_quiet_request(on_invalid: Literal["raise", "warn"], caplog: pytest.LogCaptureFixture) -> None:
    job = started(on_invalid=on_invalid)
    assert job.request_cancel("first", quiet=True) is True
    assert job.request_cancel("second", quiet=True) is False
    assert job.stop_message == "first"
    job.stop_run(CANCELED)
    assert job.request_cancel(quiet=True) is False
    assert [move.trigger for move in job.history if move.refused] == [], "it was not even tried"
    assert caplog.messages == []


def test_a_quiet_request_of_an_attempt_that_was_replaced() -> None:
    job = zombies("runs")
    assert job.request_cancel(attempt=1, quiet=True) is False
    assert (job.status, job.cancel_requested) == (RUNNING, False)


def test_a_quiet_request_still_checks_its_message() -> None:
    with pytest.raises(TypeError, match="mesg must be a str or None"):
        started().request_cancel(17, quiet=True)  # type: ignore[arg-type]


def test_who_listens_to_progress_is_called_for_each_report() -> None:
    job = started()
    moved: list[str] = []
    reported: list[tuple[str, float]] = []
    job.subscribe(lambda _, move: moved.append(move.trigger))
    unsubscribe = job.subscribe(lambda status, move: reported.append((move.trigger, status.progress)), progress=True)
    job.update_progress(0.5)
    job.update_progress(0.75, attempt=1)
    job.suspend()
    unsubscribe()
    job.resume()
    job.update_progress(0.8)
    assert moved == ["suspend", "resume"]
    assert reported == [("update_progress", 0.5), ("update_progress", 0.75), ("suspend", 0.75)]


def test_progress_that_starts_a_job_is_one_call() -> None:
    job = JobStatus()
    calls: list[Move[Any]] = []
    job.subscribe(lambda _, move: calls.append(move), progress=True)
    job.update_progress(0.5)
    assert [(move.trigger, move.source, move.dest) for move in calls] == [("update_progress", WAITING, RUNNING)]
    job.update_progress(0.6)
    assert [(move.trigger, move.source, move.dest) for move in calls[1:]] == [("update_progress", RUNNING, RUNNING)]
    assert isinstance(calls[1].timestamp, float)


def test_one_function_may_listen_twice() -> None:
    job = started()
    calls: list[str] = []

    def listener(_job: JobStatus, move: Move[Any]) -> None:
        calls.append(move.trigger)

    first, second = job.subscribe(listener), job.subscribe(listener)
    first()
    first()
    job.suspend()
    second()
    job.resume()
    assert calls == ["suspend"]


def test_a_dict_without_history_is_for_reading() -> None:
    job = zombies("over")
    whole, short = job.to_dict(), job.to_dict(history=False)
    assert {field: value for field, value in whole.items() if field != "history"} == short
    assert json.loads(json.dumps(short)) == short
    with pytest.raises(ValueError, match="the field 'history' is missing"):
        JobStatus.from_dict(short, lifecycle=REQUEUED)


@pytest.mark.parametrize(("start", "dest"), [([], RUNNING), (["start_run", "suspend"], RUNNING), (["start_run"], RUNNING)])
def test_a_refused_report_wanted_the_job_to_run(start: list[str], dest: RunningStatus) -> None:
    job = JobStatus()
    for trigger in start:
        job.trigger(trigger)
    if not job.suspended:
        job.stop_run(ERROR)
    with pytest.raises(InvalidTransition):
        job.update_progress(0.5)
    assert (job.history[-1].trigger, job.history[-1].refused, job.history[-1].dest) == ("update_progress", True, dest)


@pytest.mark.parametrize("progress", [1.0 + 1e-6, -1e-6, 1.0 + 2e-9, -2e-9])
def test_an_overshoot_that_is_no_rounding_is_refused(progress: float) -> None:
    job = started()
    with pytest.raises(ValueError, match="progress must be a real number from 0 to 1, not "):
        job.update_progress(progress)
    assert job.progress == 0.0


# -- times


class Clocks:
    """The two clocks, set by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall, self.steady = 1000.0, 50.0
        for module in ("_facts", "_known", "_moving", "_status", "_values"):
            monkeypatch.setattr(f"job_status.{module}.time", lambda: self.wall, raising=False)
            monkeypatch.setattr(f"job_status.{module}.monotonic", lambda: self.steady, raising=False)

    def go(self, seconds: float, wall: float | None = None) -> None:
        self.steady += seconds
        self.wall += seconds if wall is None else wall


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    return Clocks(monkeypatch)


def test_the_time_that_a_job_was_suspended(clocks: Clocks) -> None:
    job = JobStatus()
    assert job.suspended_time == 0.0
    job.start_run()
    clocks.go(1.0)
    job.suspend()
    clocks.go(2.0, wall=-3600.0)
    assert job.suspended_time == 2.0, "it is counting up"
    job.resume()
    clocks.go(4.0)
    assert job.suspended_time == 2.0
    job.suspend()
    clocks.go(8.0)
    job.request_cancel()
    clocks.go(16.0)
    assert job.suspended_time == 10.0
    job.stop_run(CANCELED)
    assert (job.suspended_time, job.duration) == (10.0, 31.0)
    assert JobStatus.from_dict(job.to_dict()).suspended_time == 10.0


def test_a_suspension_that_lasts_goes_on_elsewhere(clocks: Clocks) -> None:
    job = started()
    job.suspend()
    clocks.go(2.0)
    job.resume()
    job.suspend()
    clocks.go(3.0)
    data = job.to_dict()
    assert (data["suspended_time"], data["suspension_timestamp"]) == (2.0, 1002.0)
    copied = JobStatus.from_dict(data, lifecycle=REQUEUED)
    clocks.go(1.0)
    assert (copied.suspended_time, job.suspended_time) == (6.0, 6.0)
    copied.stop_run(ERROR)
    assert copied.suspended_time == 6.0


def test_suspended_time_that_nobody_measured_is_unknown(clocks: Clocks) -> None:
    job = JobStatus()
    job.observe(RUNNING, at=1.0)
    job.observe(SUSPENDED, at=10.0)
    assert job.suspended_time is None, "the clock of the server cannot be read"
    job.observe(RUNNING, at=13.0)
    assert job.suspended_time == 3.0
    job.suspend()
    clocks.go(4.0)
    assert job.suspended_time == 7.0
    job.observe(RUNNING, at=100.0)
    assert job.suspended_time is None, "its ends are by two clocks"
    restored = JobStatus()
    restored.observe(SUSPENDED)
    restored = JobStatus.from_dict(restored.to_dict())
    assert restored.suspended_time is None
    restored.resume()
    assert restored.suspended_time is None


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ([(SUSPENDED, 10.0), (RUNNING, 10.5)], 0.5),
        ([(SUSPENDED, 10.0), (ERROR, 9.0)], 0.0),
        ([(SUSPENDED, 10.0), (RUNNING, None)], None),
        ([(SUSPENDED, None), (RUNNING, 10.5)], None),
    ],
)
def test_the_time_between_two_reports_of_a_suspension(
    reports: list[tuple[RunningStatus, float | None]], expected: float | None, clocks: Clocks
) -> None:
    job = JobStatus()
    for status, at in [(RUNNING, 1.0), *reports]:
        job.observe(status, at=at)
    assert job.suspended_time == expected
    if job.running:
        job.suspend()
        clocks.go(0.25)
        assert job.suspended_time == (None if expected is None else expected + 0.25)
        job.resume()
        assert job.suspended_time == (None if expected is None else expected + 0.25)


@pytest.mark.parametrize("trigger", ["resume", "release"])
def test_a_job_that_was_held_before_it_started_was_not_suspended(trigger: str, clocks: Clocks) -> None:
    held = JOB_LIFECYCLE.extend(Transition("hold", WAITING, SUSPENDED), Transition("release", SUSPENDED, WAITING))
    for lifecycle in (held, Lifecycle(held.rows, initial=SUSPENDED)):
        job = JobStatus(lifecycle=lifecycle)
        if job.waiting:
            job.trigger("hold")
        clocks.go(5.0)
        assert job.suspended_time == 5.0
        assert job.to_dict()["suspension_timestamp"] == job.creation_timestamp
        job.trigger(trigger)
        assert job.suspended_time == 0.0


@pytest.mark.parametrize("end", [500.0, 5000.0, None])
def test_a_duration_whose_ends_are_by_two_clocks_is_unknown(clocks: Clocks, end: float | None) -> None:
    job = JobStatus()
    job.start_run()
    clocks.go(10.0)
    job.observe(SUCCESS, at=end)
    assert (job.duration, job.running_time, job.start_timestamp, job.completion_timestamp) == (None, None, 1000.0, end)
    job.update_times(duration=7.5)
    assert (job.duration, job.completion_timestamp) == (7.5, 1007.5)


@pytest.mark.parametrize(("wall", "end"), [(10.5, 1010.5), (9.5, 1009.5), (11.0, 1010.0), (9.0, 1010.0), (-90.0, 1010.0)])
def test_an_end_by_a_clock_that_was_set_follows_from_the_duration(wall: float, end: float, clocks: Clocks) -> None:
    job = started()
    clocks.go(10.0, wall)
    job.stop_run(ERROR)
    assert (job.duration, job.completion_timestamp) == (10.0, end)


def test_and_so_it_is_the_other_way_round(clocks: Clocks) -> None:
    job = JobStatus()
    job.observe(RUNNING, at=990.0)
    clocks.go(10.0)
    job.stop_run(SUCCESS)
    assert (job.duration, job.start_timestamp, job.completion_timestamp) == (None, 990.0, 1010.0)


def test_a_duration_whose_ends_were_reported_is_what_is_between(clocks: Clocks) -> None:
    job = JobStatus()
    job.observe(RUNNING, at=5.0)
    assert [job.running_time, job.observe(SUCCESS, at=12.0)] == [None, Observation.MOVED]
    assert (job.duration, job.running_time, job.completion_timestamp) == (7.0, 7.0, 12.0)
    job = JobStatus()
    job.observe(RUNNING, at=5.0)
    job.observe(ERROR, at=5.25)
    assert job.duration == 0.25
    job = JobStatus()
    job.observe(RUNNING, at=5.0)
    job.observe(SUCCESS, at=4.0)
    assert job.duration == 0.0, "no interval is negative"


def test_a_start_of_a_job_that_runs_is_the_start_where_a_row_says_so(clocks: Clocks) -> None:
    job = JobStatus(lifecycle=JOB_LIFECYCLE.extend(Transition("start_run", RUNNING, RUNNING)))
    job.start_run()
    clocks.go(10.0)
    job.start_run()
    assert (job.start_timestamp, job.attempt) == (1010.0, 1)
    clocks.go(3.0)
    job.stop_run()
    assert job.duration == 3.0


def test_and_it_is_by_our_clocks_even_if_the_first_was_not(clocks: Clocks) -> None:
    job = JobStatus(lifecycle=JOB_LIFECYCLE.extend(Transition("start_run", RUNNING, RUNNING)))
    job.observe(RUNNING, at=5.0)
    job.start_run()
    assert (job.start_timestamp, job.to_dict()["started"]) == (1000.0, "own")
    clocks.go(3.0)
    assert job.running_time == 3.0


def test_a_start_that_is_stated_for_a_completed_job_carries_through(clocks: Clocks) -> None:
    job = JobStatus()
    job.start_run()
    clocks.go(0.01)
    job.stop_run(SUCCESS)
    assert job.duration == pytest.approx(0.01)
    job.update_times(start_time=900.01)
    assert (job.start_timestamp, job.completion_timestamp) == (900.01, 1000.01)
    assert job.duration == pytest.approx(100.0)
    job.update_times(start_time=2000.0)
    assert (job.duration, job.start_timestamp) == (0.0, 2000.0)
    job.update_times(start_time=1000.0)
    assert job.duration == pytest.approx(0.01)


def test_a_start_and_a_duration_that_are_stated_give_the_end(clocks: Clocks) -> None:
    job = JobStatus()
    job.observe(SUCCESS)
    job.update_times(creation_datetime=90.0)
    job.update_times(start_time=99.0)
    assert (job.start_timestamp, job.duration, job.completion_timestamp) == (99.0, None, None)
    job.update_times(start_time=100.0, duration=20.0)
    assert (job.start_timestamp, job.duration, job.completion_timestamp, job.attempt) == (100.0, 20.0, 120.0, 1)
    job.update_times(start_time=100.0, duration=0.25)
    assert (job.duration, job.completion_timestamp) == (0.25, 100.25)


def test_a_duration_that_is_stated_shows_that_the_job_has_started(clocks: Clocks) -> None:
    job = JobStatus()
    job.stop_run(CANCELED)
    job.update_times(duration=0.0)
    assert (job.attempt, job.creation_timestamp) == (0, 1000.0)
    job.update_times(duration=5.0)
    assert (job.attempt, job.duration, job.start_timestamp, job.completion_timestamp) == (1, 5.0, None, 1000.0)
    job = JobStatus()
    job.observe(RUNNING, at=10.0)
    job.observe(ERROR)
    job.update_times(duration=5.0)
    assert (job.attempt, job.duration, job.start_timestamp, job.completion_timestamp) == (1, 5.0, 10.0, 15.0)


def test_a_start_that_is_stated_for_a_job_that_runs_is_measured_from(clocks: Clocks) -> None:
    job = started()
    job.update_times(start_time=990.0)
    assert job.running_time == 10.0
    clocks.go(5.0, wall=-100.0)
    assert job.running_time == 15.0
    job.stop_run(SUCCESS)
    assert job.duration == 15.0


STARTS: dict[str, tuple[list[Callable[[JobStatus], object]], tuple[int, str]]] = {
    "it may have, or not": ([lambda job: job.observe(UNKNOWN), lambda job: job.stop_run(CANCELED)], (0, "perhaps")),
    "resumed": (
        [lambda job: job.observe(UNKNOWN), lambda job: job.observe(SUSPENDED), lambda job: job.resume()],
        (1, "untimed"),
    ),
    "a start is stated": ([lambda job: job.observe(UNKNOWN), lambda job: job.update_times(start_time=5.0)], (1, "stated")),
    "progress of a job that is not understood": (
        [lambda job: job.request_cancel(), lambda job: job.observe(UNKNOWN), lambda job: job.update_progress(0.5)],
        (1, "untimed"),
    ),
    "progress of a job that is asked to end": (
        [lambda job: job.request_cancel(), lambda job: job.update_progress(0.5)],
        (1, "untimed"),
    ),
    "a duration": ([lambda job: job.stop_run(CANCELED), lambda job: job.update_times(duration=0.5)], (1, "untimed")),
    "a duration of a job that may have started": (
        [lambda job: job.observe(UNKNOWN), lambda job: job.stop_run(CANCELED), lambda job: job.update_times(duration=0.5)],
        (1, "untimed"),
    ),
}


@pytest.mark.parametrize(("calls", "expected"), STARTS.values(), ids=STARTS)
@pytest.mark.parametrize("start", [None, 4.0])
def test_what_shows_that_a_job_has_started(
    calls: list[Callable[[JobStatus], object]], expected: tuple[int, str], start: float | None
) -> None:
    job = JobStatus()
    job.update_times(start_time=start)
    for call in calls:
        call(job)
    data = job.to_dict()
    attempt, kind = expected
    if start is not None and kind == "untimed":  # so its time is known as well
        kind = "stated" if job.completed else "reported"
    assert (data["attempt"], data["started"]) == (attempt, kind)
    assert JobStatus.from_dict(data).to_dict() == data


# -- the message and the progress of an end


def test_success_clears_the_message_and_completes_the_progress() -> None:
    job = started()
    job.update_progress(0.5, "phase")
    job.request_cancel("too late")
    job.stop_run(SUCCESS, "fine")
    assert (job.stop_message, job.progress, job.phase) == (None, 1.0, "phase")
    data = job.to_dict()
    assert (data["stop_message"], data["progress"]) == (None, 1.0)


def test_a_success_that_is_not_the_plain_one_keeps_its_message() -> None:
    job = JobStatus(lifecycle=SKIPPING)
    job.start_run()
    job.stop_run(S.SKIPPED, "nothing changed")
    assert (job.status, job.meaning, job.stop_message, job.progress) == (S.SKIPPED, SUCCESS, "nothing changed", 1.0)
    assert JobStatus.from_dict(job.to_dict(), lifecycle=SKIPPING).stop_message == "nothing changed"
    plain = JobStatus(lifecycle=SKIPPING)
    plain.start_run()
    plain.stop_run(SUCCESS, "nothing changed")
    assert (plain.status, plain.stop_message) == (S.DONE, None)


def test_an_observed_end_does_the_same() -> None:
    skipped, plain = JobStatus(lifecycle=SKIPPING), JobStatus(lifecycle=SKIPPING)
    assert [skipped.observe(S.SKIPPED, "why"), plain.observe(S.DONE, "why")] == [Observation.MOVED] * 2
    assert [(job.stop_message, job.progress) for job in (skipped, plain)] == [("why", 1.0), (None, 1.0)]


def test_a_cancel_keeps_the_message_of_its_request_unless_it_has_one() -> None:
    for mesg, kept in ((None, "why"), ("because", "because")):
        job = started()
        job.request_cancel("why")
        job.stop_run(CANCELED, mesg)
        assert job.stop_message == kept
    job = started()
    job.request_cancel("why")
    job.stop_run(ERROR)
    assert job.stop_message is None


def test_a_host_that_expects_no_error_runs_and_waits_all_the_same() -> None:
    job = started("a job", "warn")
    assert [job.resume(), job.stop_run(ERROR, "no"), job.stop_run(SUCCESS), job.start_run()] == [False, True, False, False]
    assert (job.status, job.stop_message, moves(job)) == (
        ERROR,
        "no",
        [("start_run", "WAITING", "RUNNING"), ("stop_run", "RUNNING", "ERROR")],
    )
    canceled = JobStatus(on_invalid="warn")
    canceled.request_cancel()
    with pytest.raises(JobCanceled), canceled.run():
        raise AssertionError("the block was entered")
    assert canceled.canceled
    late = JobStatus(on_invalid="warn")
    with pytest.raises(TimeoutError), late.run(timeout=0.01):
        for _ in range(1000):
            time.sleep(0.01)
            late.raise_if_cancel_requested()
    assert (late.status, late.stop_message) == (ERROR, "timed out after 0.01 s")
