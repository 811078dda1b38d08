"""What a refused move says, word for word, and that it says it in another process too."""

from __future__ import annotations

import copy
import pickle
import re
import time

import pytest
from transitions import MachineError

from job_status import InvalidTransition, JobCanceled, JobCompleted, JobStatus, JobStatusError, RunningStatus

ERROR, SUCCESS, CANCELED = RunningStatus.ERROR, RunningStatus.SUCCESS, RunningStatus.CANCELED


def refusal(job: JobStatus, *, cause: RunningStatus | None = None) -> InvalidTransition:
    with pytest.raises(InvalidTransition) as caught:
        job.stop_run(cause) if cause else job.suspend()
    return caught.value


def ended(cause: RunningStatus = SUCCESS) -> JobStatus:
    job = JobStatus()
    job.start_run()
    job.stop_run(cause)
    return job


def test_an_invalid_transition_says_what_is_allowed_instead() -> None:
    error = refusal(JobStatus())
    assert str(error) == (
        "cannot suspend while WAITING; allowed now: start_run, update_progress, request_cancel, stop_run(ERROR|CANCELED)"
    )
    assert (error.trigger, error.status, error.cause) == ("suspend", RunningStatus.WAITING, None)
    assert error.allowed == ("start_run", "update_progress", "request_cancel", "stop_run(ERROR)", "stop_run(CANCELED)")
    assert [move.refused for move in error.history] == [True]


def test_an_invalid_transition_names_the_cause() -> None:
    error = refusal(JobStatus(), cause=SUCCESS)
    assert str(error).startswith("cannot stop_run(SUCCESS) while WAITING; allowed now: ")
    assert error.cause is SUCCESS


def test_a_completed_job_tells_its_story() -> None:
    error = refusal(ended())
    assert isinstance(error, JobCompleted)
    assert re.fullmatch(
        r"cannot suspend: the job is SUCCESS, which is final \(SUCCESS since \d\d:\d\d:\d\d, after WAITING, RUNNING\)", str(error)
    )
    assert error.allowed == ()


def test_a_story_of_another_day_has_its_date() -> None:
    data = ended().to_dict()
    long_ago = 1_600_000_000.0
    for move in data["history"]:
        move["timestamp"] = long_ago
    day = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(long_ago))
    assert f"(SUCCESS since {day}, after WAITING, RUNNING)" in str(refusal(JobStatus.from_dict(data)))


def test_a_story_leaves_out_what_is_not_known() -> None:
    job = JobStatus()
    job.observe(SUCCESS)
    assert str(refusal(job)) == "cannot suspend: the job is SUCCESS, which is final (after WAITING, RUNNING)"
    data = job.to_dict() | {"history": []}
    assert str(refusal(JobStatus.from_dict(data))) == "cannot suspend: the job is SUCCESS, which is final"


def test_a_long_story_is_shortened() -> None:
    job = JobStatus()
    job.start_run()
    for _ in range(5):
        job.suspend()
        job.resume()
    job.stop_run()
    assert str(refusal(job)).endswith("after ..., SUSPENDED, RUNNING, SUSPENDED, RUNNING, SUSPENDED, RUNNING)")


def test_nothing_allowed_is_said_so() -> None:
    assert str(InvalidTransition("hold", RunningStatus.RUNNING)) == "cannot hold while RUNNING; allowed now: nothing"


@pytest.mark.parametrize("job", [JobStatus(), ended(ERROR)], ids=str)
def test_refusals_survive_pickling_and_copying(job: JobStatus) -> None:
    error = refusal(job, cause=SUCCESS)
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert (twin.trigger, twin.status, twin.cause, twin.allowed) == (error.trigger, error.status, error.cause, error.allowed)
        assert twin.history == error.history


def test_one_except_catches_each_error_of_the_package() -> None:
    for error in (JobCanceled, InvalidTransition, JobCompleted):
        assert issubclass(error, JobStatusError)


def test_who_knows_transitions_catches_its_error() -> None:
    error = refusal(JobStatus())
    assert isinstance(error, MachineError)
    assert error.value == str(error)


def test_a_refusal_has_no_cause_of_ours() -> None:
    with pytest.raises(ValueError, match="the cause of stop_run must be one of") as caught:
        JobStatus().stop_run(RunningStatus.WAITING)
    assert caught.value.__suppress_context__
