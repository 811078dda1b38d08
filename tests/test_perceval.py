"""The drop-in by itself: where its JobStatus differs from `job_status.JobStatus`, and when it may be installed.

Perceval is not needed here; `interop/test_perceval.py` runs the real one.
"""

from __future__ import annotations

import copy
import json
import logging
import pickle
import pydoc
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import spec_from_file_location
from itertools import pairwise
from math import inf, nan
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import job_status
from job_status import JOB_LIFECYCLE, InvalidTransition, Observation, RunningStatus, Transition
from job_status.perceval import PERCEVAL_LIFECYCLE, ExecutionStatus, JobStatus, install

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus
FINALS = (SUCCESS, ERROR, CANCELED)


def at(status: RunningStatus) -> JobStatus:
    """A job there, because somebody said so."""
    job = JobStatus()
    job.status = status
    return job


def moves(job: job_status.JobStatus) -> list[str]:
    return [f"{move.trigger}: {move.source.name} -> {move.dest.name}{', refused' * move.refused}" for move in job.history]


# -- an override


@pytest.mark.parametrize("dest", RunningStatus, ids=lambda status: status.name)
@pytest.mark.parametrize("source", RunningStatus, ids=lambda status: status.name)
def test_any_status_may_be_assigned_over_any_other(source: RunningStatus, dest: RunningStatus) -> None:
    job = at(source)
    before = job.history
    job.status = dest
    assert job.status is dest
    if source is dest:  # no move
        assert job.history == before
    else:
        assert moves(job)[len(before) :] == [f"override: {source.name} -> {dest.name}"]
        assert job.history[-1].timestamp is not None


@pytest.mark.parametrize("end", FINALS, ids=lambda status: status.name)
def test_an_override_that_takes_an_end_back(end: RunningStatus) -> None:
    job = JobStatus()
    job.start_run()
    job.update_progress(0.5, "sampling")
    started = job.start_timestamp
    job.stop_run(end, "so it seemed")
    job.status = RUNNING
    assert (job.completed, job.completion_timestamp, job.duration, job.stop_message) == (False, None, None, None)
    assert (job.start_timestamp, job.progress, job.phase) == (started, 1.0 if end is SUCCESS else 0.5, "sampling")
    assert job.update_progress(0.75)
    assert job.stop_run()
    assert job.completion_timestamp is not None
    assert job.duration is not None


def test_an_override_that_ends_a_job_leaves_the_times_to_the_server() -> None:
    job = JobStatus()
    job.start_run()
    job.status = ERROR
    assert (job.completion_timestamp, job.duration) == (None, None)
    job.update_times(1000.0, 1060.0, 20.0)
    assert (job.start_timestamp, job.completion_timestamp, job.duration) == (1060.0, 1080.0, 20.0)


def test_an_override_of_one_end_by_another_keeps_its_times_and_message() -> None:
    job = JobStatus()
    job.start_run()
    job.stop_run(ERROR, "no photons")
    completed, duration = job.completion_timestamp, job.duration
    job.status = CANCELED
    assert (job.completion_timestamp, job.duration, job.stop_message) == (completed, duration, "no photons")


def test_an_override_to_waiting_forgets_the_run() -> None:
    job = JobStatus()
    job.start_run()
    job.update_progress(0.5, "sampling")
    job.status = WAITING
    assert (job.start_timestamp, job.running_time, job.progress, job.phase) == (None, None, 0.0, None)
    assert job.start_run()


def test_an_override_to_running_knows_no_start() -> None:
    job = at(RUNNING)
    assert (job.start_timestamp, job.running_time) == (None, None)
    job.stop_run(ERROR)
    assert job.duration is None


def test_an_override_to_success_has_done_all_the_work() -> None:
    assert at(SUCCESS).progress == 1.0


def test_an_override_never_loses_a_cancel_request() -> None:
    job = JobStatus()
    job.request_cancel()
    for status in (WAITING, UNKNOWN, RUNNING, SUCCESS, RUNNING):
        job.status = status
        assert job.cancel_requested


def test_an_override_to_unknown_remembers_what_was_known() -> None:
    job = JobStatus()
    job.start_run()
    job.status = UNKNOWN
    assert job.observe(WAITING) is Observation.STALE
    assert job.observe(RUNNING) is Observation.MOVED


def test_an_override_of_an_end_by_unknown_knows_nothing_any_more() -> None:
    job = at(SUCCESS)
    job.status = UNKNOWN
    assert job.observe(WAITING) is Observation.MOVED


@pytest.mark.parametrize("value", ["RUNNING", 1, None, job_status.Guard.CANCEL_REQUESTED])
def test_only_a_status_may_be_assigned(value: Any) -> None:
    job = at(RUNNING)
    before = job.to_dict()
    with pytest.raises(TypeError, match=r"^status must be a RunningStatus, not "):
        job.status = value
    assert job.to_dict() == before


def test_listeners_are_called_after_an_override() -> None:
    calls: list[tuple[str, RunningStatus, RunningStatus]] = []
    job = JobStatus()
    job.subscribe(lambda _, move: calls.append((move.trigger, move.source, move.dest)))
    job.status = SUSPENDED
    job.status = SUSPENDED
    assert calls == [("override", WAITING, SUSPENDED)]


def test_a_listener_that_moves_the_job_on_is_not_overridden_again() -> None:
    job = JobStatus()
    job.subscribe(lambda job, move: job.stop_run() if move.dest is RUNNING and len(job.history) < 9 else None)
    job.status = RUNNING
    assert moves(job) == ["override: WAITING -> RUNNING", "stop_run: RUNNING -> SUCCESS"]


def test_an_override_ends_the_wait_for_the_job() -> None:
    job = JobStatus()
    ended: list[bool] = []
    waiter = Thread(target=lambda: ended.append(job.wait(60.0)))
    waiter.start()
    job.status = CANCELED
    waiter.join()
    assert ended == [True]


def test_an_override_of_a_job_that_moves_meanwhile_overrides_that_move_too() -> None:
    class Late:
        """The job's lock, but the job is started before it is had."""

        def acquire(self) -> None:
            job._lock = lock
            job.start_run()
            lock.acquire()

        def release(self) -> None:
            lock.release()

    job = JobStatus()
    lock = job._lock
    job._lock = Late()  # type: ignore[assignment]
    job.status = SUSPENDED
    assert moves(job) == ["start_run: WAITING -> RUNNING", "override: RUNNING -> SUSPENDED"]


def test_overrides_by_many_threads_are_one_walk() -> None:
    job = JobStatus()

    def override(first: RunningStatus, second: RunningStatus) -> None:
        for _ in range(200):
            job.status = first
            job.status = second

    threads = [Thread(target=override, args=pair) for pair in ((RUNNING, SUCCESS), (WAITING, UNKNOWN), (ERROR, SUSPENDED))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    history = job.history
    assert all(before.dest is after.source for before, after in pairwise(history))
    assert history[-1].dest is job.status


def test_an_endless_series_of_overrides_keeps_the_history_short() -> None:
    job = JobStatus()
    for _ in range(100):
        job.status = RUNNING
        job.status = UNKNOWN
    assert 64 <= len(job.history) <= 2 * 64


def test_the_stop_message_may_be_written() -> None:
    job = at(ERROR)
    job._stop_message = "no photons"
    assert job.stop_message == "no photons"


# -- triggers


def test_the_lifecycle_has_one_row_more() -> None:
    extra = set(PERCEVAL_LIFECYCLE.rows) - set(JOB_LIFECYCLE.rows)
    assert extra == {Transition("start_run", RUNNING, RUNNING, None, "the worker knows the start more precisely")}
    assert set(JOB_LIFECYCLE.rows) < set(PERCEVAL_LIFECYCLE.rows)


def test_a_second_start_takes_the_start_time_anew() -> None:
    job = JobStatus()
    assert job.start_run()
    job.update_progress(0.5, "sampling")
    job.update_times(start_time=1000.0)
    assert job.start_run()
    assert job.start_timestamp == job.history[-1].timestamp
    assert (job.progress, job.phase) == (0.5, "sampling")
    assert moves(job) == ["start_run: WAITING -> RUNNING", "start_run: RUNNING -> RUNNING"]


def test_a_start_of_a_job_reported_to_run_stamps_the_start() -> None:
    job = at(RUNNING)
    assert job.start_run()
    assert job.start_timestamp == job.history[-1].timestamp


def test_a_refused_second_start_changes_nothing() -> None:
    job = JobStatus(lifecycle=JOB_LIFECYCLE)
    job.status = RUNNING
    before = job.to_dict()
    assert not job.start_run()
    assert job.to_dict() == before | {"history": [*before["history"], job.to_dict()["history"][-1]]}
    job.stop_run(ERROR)
    assert job.duration is None  # nobody knows when it started


@pytest.mark.parametrize("source", [SUSPENDED, CANCEL_REQUESTED, UNKNOWN, *FINALS], ids=lambda status: status.name)
def test_a_refused_move_is_logged_and_returns_false(source: RunningStatus, caplog: pytest.LogCaptureFixture) -> None:
    job = at(source)
    before = job.to_dict()
    assert job.start_run() is False
    assert moves(job)[-1] == f"start_run: {source.name} -> RUNNING, refused"
    assert job.to_dict() | {"history": None} == before | {"history": None}
    [record] = caplog.records
    assert (record.name, record.levelno) == ("job_status", logging.WARNING)
    assert record.message.startswith("cannot start_run")


def test_the_first_end_wins() -> None:
    job = JobStatus()
    job.start_run()
    assert job.stop_run(ERROR, "ValueError: no photons") is True
    assert job.stop_run() is False
    assert (job.status, job.stop_message) == (ERROR, "ValueError: no photons")


def test_it_raises_if_asked_to() -> None:
    job = JobStatus(on_invalid="raise")
    with pytest.raises(InvalidTransition):
        job.stop_run()


@pytest.mark.parametrize(
    ("progress", "taken"), [(-0.5, 0.0), (1.5, 1.0), (100, 1.0), (inf, 1.0), (-inf, 0.0)], ids=lambda value: str(value)
)
def test_a_progress_out_of_range_is_clamped(progress: float, taken: float, caplog: pytest.LogCaptureFixture) -> None:
    job = JobStatus()
    assert job.update_progress(progress, "sampling") is True
    assert (job.status, job.progress, job.phase) == (RUNNING, taken, "sampling")
    assert caplog.messages == [f"progress must be a real number from 0 to 1, not {progress!r}; the nearer bound is taken"]


@pytest.mark.parametrize("progress", [nan, "half", None], ids=lambda value: str(value))
def test_a_progress_that_is_no_number_is_ignored(progress: Any, caplog: pytest.LogCaptureFixture) -> None:
    job = JobStatus()
    before = job.to_dict()
    assert job.update_progress(progress) is False
    assert job.to_dict() == before
    assert caplog.messages == [f"progress must be a real number from 0 to 1, not {progress!r}"]


# -- times


@pytest.mark.parametrize("nothing", [0, 0.0, None])
def test_a_time_of_zero_is_not_stated(nothing: float | None) -> None:
    job = at(SUCCESS)
    before = job.to_dict()
    job.update_times(nothing, nothing, nothing)
    assert job.to_dict() == before


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ((1000.0, 1060.0, 20), (1000.0, 1060.0, 1080.0, 20.0)),
        ((1000.0, 1060.0, 0), (1000.0, 1060.0, 1060.0, 0.0)),
        ((1000.0, 0.0, 20), (1000.0, None, None, 20.0)),
        ((1000.0, 0.0, 0), (1000.0, None, None, None)),
    ],
    ids=["all", "no-duration", "no-start", "neither"],
)
def test_times_of_an_ended_job(stated: tuple[float, float, float], expected: tuple[float | None, ...]) -> None:
    job = at(CANCELED)
    job.update_times(*stated)
    assert (job.creation_timestamp, job.start_timestamp, job.completion_timestamp, job.duration) == expected


def test_a_duration_of_a_running_job_is_not_taken() -> None:
    job = at(RUNNING)
    job.update_times(1000.0, 1060.0, 0)
    assert (job.start_timestamp, job.duration) == (1060.0, None)
    assert job.running_time is not None


IMPOSSIBLE = [(nan, 1060.0, 20), (1000.0, inf, 20), (1000.0, 1060.0, nan), (1000.0, 1060.0, -1), (1000.0, 0, -1)]


@pytest.mark.parametrize("times", IMPOSSIBLE, ids=str)
def test_impossible_times_are_logged_and_none_is_set(times: tuple[float, float, float], caplog: pytest.LogCaptureFixture) -> None:
    job = at(SUCCESS)
    before = job.to_dict()
    job.update_times(*times)
    assert job.to_dict() == before
    [message] = caplog.messages
    assert "must be" in message


@pytest.mark.parametrize("times", IMPOSSIBLE, ids=str)
def test_impossible_times_raise_if_asked_to(times: tuple[float, float, float]) -> None:
    job = JobStatus(on_invalid="raise")
    with pytest.raises(ValueError, match="must be"):
        job.update_times(*times)


# -- values


def ended_twice() -> JobStatus:
    job = JobStatus()
    job.start_run()
    job.stop_run(ERROR, "no photons")
    job.status = WAITING
    job.status = SUCCESS
    return job


def test_an_overridden_job_survives_pickling_and_copying() -> None:
    job = ended_twice()
    for other in (pickle.loads(pickle.dumps(job)), copy.copy(job), copy.deepcopy(job)):
        assert type(other) is JobStatus
        assert other.to_dict() == job.to_dict()
        assert other.lifecycle == PERCEVAL_LIFECYCLE
        assert other.start_run() is False
        other.status = RUNNING
        assert other.start_run() is True


def test_an_overridden_job_survives_json() -> None:
    job = ended_twice()
    other = JobStatus.from_dict(json.loads(json.dumps(job.to_dict())))
    assert other.to_dict() == job.to_dict()
    assert moves(other) == [
        "start_run: WAITING -> RUNNING",
        "stop_run: RUNNING -> ERROR",
        "override: ERROR -> WAITING",
        "override: WAITING -> SUCCESS",
    ]


WHAT_A_HOST_DOES = st.one_of(
    st.tuples(st.just("status"), st.sampled_from(RunningStatus)),
    st.tuples(st.just("start_run")),
    st.tuples(st.just("stop_run"), st.sampled_from([*FINALS, CANCEL_REQUESTED]), st.none() | st.text()),
    st.tuples(st.just("update_progress"), st.floats(), st.none() | st.text()),
    st.tuples(st.just("update_times"), *[st.just(0) | st.floats()] * 3),
    st.tuples(st.just("_stop_message"), st.text()),
)


@given(st.lists(WHAT_A_HOST_DOES, max_size=10))
def test_whatever_a_host_does_leaves_a_status_that_can_be_stored(deeds: list[tuple[Any, ...]]) -> None:
    job = JobStatus()
    for name, *arguments in deeds:
        if name in ("status", "_stop_message"):
            setattr(job, name, *arguments)
        else:
            getattr(job, name)(*arguments)
        assert JobStatus.from_dict(json.loads(json.dumps(job.to_dict()))).to_dict() == job.to_dict()


# -- the module


def test_help_has_the_table_of_differences() -> None:
    module = import_module("job_status.perceval")
    shown = pydoc.plain(pydoc.render_doc(module))
    assert module.__doc__ is not None
    assert "where they differ" in module.__doc__
    assert all(line in shown for line in module.__doc__.splitlines())


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A folder for a Perceval that is found first; it is not imported yet, and everything about it is forgotten afterwards."""

    def modules() -> list[str]:
        return [name for name in sys.modules if name.partition(".")[0] == "perceval"]

    for name in modules():
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.setattr(JobStatus, "_usual", JobStatus._usual)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in modules():
        del sys.modules[name]


STATUS_MODULE = """
from enum import Enum

class RunningStatus(Enum):
    NONE = -1
    SUCCESS = 0
    WAITING = 1
    RUNNING = 2
    SUSPENDED = 3
    CANCEL_REQUESTED = 4
    CANCELED = 5
    ERROR = 6
    UNKNOWN = 7

class JobStatus:
    def __init__(self):
        raise AssertionError("this is to be replaced")
"""


def make_perceval(folder: Path, statuses: str = STATUS_MODULE) -> Path:
    runtime = folder / "perceval" / "runtime"
    runtime.mkdir(parents=True)
    (folder / "perceval" / "__init__.py").write_text("from . import runtime\n")
    (runtime / "__init__.py").write_text("from .job_status import JobStatus, RunningStatus\n")
    (runtime / "job_status.py").write_text(statuses)
    return folder / "perceval"


def check_installed() -> None:
    runtime = import_module("perceval.runtime")
    assert runtime.JobStatus is JobStatus
    assert runtime.RunningStatus is runtime.job_status.RunningStatus is JobStatus().lifecycle.enum is not RunningStatus
    assert runtime.job_status.__doc__ == import_module("job_status.perceval").__doc__


def test_install(site: Path) -> None:
    make_perceval(site)
    install()
    finders = [*sys.meta_path]
    install()
    assert sys.meta_path == finders
    check_installed()
    install()


def test_the_other_modules_of_perceval_are_as_they_are(site: Path) -> None:
    make_perceval(site)
    install()
    with pytest.raises(ModuleNotFoundError, match=r"perceval\.runtime\.execution_status"):
        import_module("perceval.runtime.execution_status")
    assert import_module("perceval").__loader__ is not import_module("perceval.runtime.job_status").__loader__


def test_install_into_a_perceval_installed_as_editable(
    site: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a one is not on the path: a finder of its own finds it."""
    package = make_perceval(tmp_path_factory.mktemp("checkout"))

    class Editable(MetaPathFinder):
        def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
            if fullname != "perceval":
                return None
            return spec_from_file_location(fullname, package / "__init__.py", submodule_search_locations=[str(package)])

    sys.meta_path.insert(0, Editable())
    with monkeypatch.context() as only:
        only.setattr(sys, "path", [str(site)])
        install()
    check_installed()


def test_install_after_perceval_was_imported_is_an_error(site: Path) -> None:
    (make_perceval(site) / "runtime" / "job_status.py").write_text("JobStatus = RunningStatus = None\n")
    import_module("perceval")
    finders = [*sys.meta_path]
    with pytest.raises(RuntimeError, match=r"^perceval was imported before: call job_status\.perceval\.install\(\) first"):
        install()
    assert sys.meta_path == finders


def test_install_without_perceval_is_an_error(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as nothing_else:
        nothing_else.setattr(sys, "path", [str(site)])
        nothing_else.setattr(sys, "meta_path", [PathFinder])
        with pytest.raises(ImportError, match=r"^there is no perceval to install into: pip install 'perceval-quandela"):
            install()


@pytest.mark.parametrize("file", ["perceval/__init__.py", "perceval.py"])
def test_install_into_another_perceval_is_an_error(site: Path, file: str) -> None:
    (site / file).parent.mkdir(exist_ok=True)
    (site / file).touch()
    finders = [*sys.meta_path]
    missing = r"^this perceval has no perceval\.runtime\.execution_status or perceval\.runtime\.job_status to replace: "
    with pytest.raises(ImportError, match=missing):
        install()
    assert sys.meta_path == finders


# -- over the statuses of a Perceval


@pytest.fixture
def host(site: Path) -> Any:
    """The runtime of a Perceval that numbers its statuses in another way and has one more, with this module installed."""
    make_perceval(site)
    install()
    return import_module("perceval.runtime")


def test_its_lifecycle_has_the_same_rows(host: Any) -> None:
    lifecycle = host.JobStatus().lifecycle
    assert [str(row) for row in lifecycle.rows] == [str(row) for row in PERCEVAL_LIFECYCLE.rows]
    assert {type(row.source) for row in lifecycle.rows} == {host.RunningStatus}
    assert host.RunningStatus.NONE not in lifecycle.statuses


def test_its_statuses_may_be_assigned(host: Any) -> None:
    for status in list(host.RunningStatus)[1:]:
        job = host.JobStatus()
        job.status = status
        assert job.status is status
        assert job.meaning is RunningStatus[status.name]


def test_none_is_taken_as_unknown(host: Any, caplog: pytest.LogCaptureFixture) -> None:
    job = host.JobStatus(name="job 4")
    job.status = host.RunningStatus.NONE
    assert job.status is host.RunningStatus.UNKNOWN
    assert caplog.messages == ["job 4: NONE is not the status of a job, and is taken as UNKNOWN"]


def test_statuses_of_another_enum_are_not_its_own(host: Any) -> None:
    with pytest.raises(TypeError, match=r"^status must be a RunningStatus, not <RunningStatus\.RUNNING: 1>"):
        host.JobStatus().status = RUNNING


@pytest.mark.parametrize("end", [*FINALS, CANCEL_REQUESTED], ids=lambda status: status.name)
def test_its_statuses_are_causes(host: Any, end: RunningStatus) -> None:
    job = host.JobStatus()
    job.start_run()
    assert job.stop_run(host.RunningStatus[end.name], "no photons")
    assert job.status is host.RunningStatus[end.name]
    assert job.stop_message == (None if end is SUCCESS else "no photons")


@pytest.mark.parametrize("cause", ["NONE", "RUNNING"])
def test_its_other_statuses_are_not(host: Any, cause: str) -> None:
    with pytest.raises(ValueError, match=f"^the cause of stop_run must be one of .*, not {cause}$"):
        host.JobStatus().stop_run(host.RunningStatus[cause])


def test_a_request_to_cancel_is_canceled_where_there_is_none(host: Any) -> None:
    asked, ended, ours = host.JobStatus(), host.JobStatus(), JobStatus(lifecycle=PERCEVAL_LIFECYCLE)
    asked.request_cancel()
    ours.request_cancel()
    ended.stop_run(host.RunningStatus.CANCELED)
    assert (asked.canceled, ended.canceled, host.JobStatus().canceled) == (True, True, False)
    assert (asked.running, asked.failed) == (True, False)
    assert not ours.canceled


def test_copies_keep_its_statuses(host: Any) -> None:
    job = host.JobStatus()
    job.status = host.RunningStatus.SUSPENDED
    for other in (pickle.loads(pickle.dumps(job)), copy.copy(job), copy.deepcopy(job), JobStatus.from_dict(job.to_dict())):
        assert other.status is host.RunningStatus.SUSPENDED
        assert other.to_dict() == job.to_dict()


def test_a_second_request_to_cancel_is_refused_in_silence(host: Any, caplog: pytest.LogCaptureFixture) -> None:
    """An execution makes one at each progress report, as long as its callback asks for it."""
    job = host.JobStatus()
    assert job.stop_run(host.RunningStatus.CANCEL_REQUESTED, "Canceled")
    before = job.to_dict()
    assert job.stop_run(host.RunningStatus.CANCEL_REQUESTED, "Canceled") is False
    assert job.to_dict() == before
    assert caplog.messages == []
    job.stop_run(host.RunningStatus.CANCELED)
    assert job.stop_run(host.RunningStatus.CANCEL_REQUESTED) is False
    assert caplog.messages[0].startswith("cannot request_cancel: the job is CANCELED, which is final")


def test_copies_and_groups_of_statuses_of_two_enums(host: Any) -> None:
    theirs, ours = host.JobStatus(), JobStatus(lifecycle=PERCEVAL_LIFECYCLE)
    ours.start_run()
    theirs.copy_from(ours)
    assert theirs.status is host.RunningStatus.RUNNING
    theirs.stop_run()
    ours.copy_from(theirs)
    assert ours.status is SUCCESS
    assert host.JobStatus.merge_status([ours, theirs]).status is host.RunningStatus.SUCCESS


# -- progress after an override


@pytest.mark.parametrize("end", FINALS, ids=lambda status: status.name)
def test_a_progress_is_taken_of_a_job_that_was_said_to_be_over(end: RunningStatus) -> None:
    job = at(end)
    calls: list[str] = []
    job.subscribe(lambda _, move: calls.append(move.trigger), progress=True)
    assert job.update_progress(0.75, "sampling")
    assert (job.status, job.progress, job.phase) == (end, 1.0 if end is SUCCESS else 0.75, "sampling")
    assert moves(job) == [f"override: WAITING -> {end.name}"]
    assert calls == ["update_progress"]


def test_a_progress_of_a_job_that_has_stopped_is_not(caplog: pytest.LogCaptureFixture) -> None:
    job = JobStatus()
    job.start_run()
    job.stop_run(ERROR)
    assert job.update_progress(0.75, "sampling") is False
    assert (job.progress, job.phase) == (0.0, None)
    assert caplog.messages[0].startswith("cannot update_progress: the job is ERROR, which is final")


def test_a_progress_of_an_attempt_is_not_either() -> None:
    job = at(ERROR)
    assert job.update_progress(0.75, attempt=0) is False
    assert job.progress == 0.0


def test_a_progress_that_is_no_number_is_ignored_there_too(caplog: pytest.LogCaptureFixture) -> None:
    job = at(ERROR)
    before = job.to_dict()
    assert job.update_progress(nan) is False
    assert job.to_dict() == before
    assert caplog.messages == ["progress must be a real number from 0 to 1, not nan"]


# -- copies of another status


def ran(start: float | None = 1060.0, end: RunningStatus | None = None, lasted: float = 20.0) -> JobStatus:
    """A job that ran elsewhere: since when, whether it has ended, and how long it ran."""
    job = at(end or RUNNING)
    job.update_progress(0.5, "sampling")
    job.update_times(1000.0, start, lasted)
    if end in (ERROR, CANCELED):
        job._stop_message = "no photons"
    return job


def facts(job: JobStatus) -> dict[str, Any]:
    stored = job.to_dict(history=False)
    return {name: value for name, value in stored.items() if name not in ("attempt", "started")}


@pytest.mark.parametrize("end", [None, *FINALS], ids=lambda end: end.name if end else "RUNNING")
def test_copy_from(end: RunningStatus | None) -> None:
    job, other = JobStatus(), ran(end=end)
    job.copy_from(other)
    assert facts(job) == facts(other)
    before = job.history
    assert moves(job) == [f"override: WAITING -> {other()}"]
    job.copy_from(other)  # once more: nothing is new
    assert (facts(job), job.history) == (facts(other), before)


def test_copy_from_keeps_what_the_other_does_not_know() -> None:
    job, other = ran(), at(CANCELED)
    job._stop_message = "asked to stop"
    job.copy_from(other)
    assert (job.status, job.progress, job.phase) == (CANCELED, 0.5, "sampling")
    assert (job.creation_timestamp, job.start_timestamp, job.stop_message) == (1000.0, 1060.0, "asked to stop")
    assert (job.completion_timestamp, job.duration) == (None, None)


def test_copy_from_a_job_that_never_started() -> None:
    job, other = JobStatus(), JobStatus()
    other.stop_run(ERROR, "not accepted")
    job.copy_from(other)
    assert (job.start_timestamp, job.duration, job.completion_timestamp) == (None, 0.0, other.completion_timestamp)


def test_copy_from_a_job_that_waits_forgets_the_run() -> None:
    job = ran()
    job.copy_from(JobStatus())
    assert (job.status, job.progress, job.phase, job.start_timestamp) == (WAITING, 0.0, None, None)


def test_copy_from_takes_what_goes_with_the_status_that_the_job_has_by_then() -> None:
    job = JobStatus()
    job.subscribe(lambda _, move: setattr(job, "status", WAITING) if move.dest is not WAITING else None)
    job.copy_from(ran(end=ERROR))
    assert (job.status, job.progress, job.phase, job.completion_timestamp) == (WAITING, 0.0, None, None)
    assert JobStatus.from_dict(job.to_dict()).to_dict() == job.to_dict()


def test_copy_from_never_loses_a_request_to_cancel() -> None:
    job, other = JobStatus(), ran()
    other.request_cancel()
    other.status = SUCCESS
    job.copy_from(other)
    assert (job.status, job.cancel_requested) == (SUCCESS, True)
    job.copy_from(ran(end=ERROR))
    assert (job.status, job.cancel_requested) == (ERROR, True)


# -- groups

VERDICTS = [
    ("", "WAITING"),
    ("WAITING", "WAITING"),
    ("WAITING WAITING", "WAITING"),
    ("SUCCESS SUCCESS", "SUCCESS"),
    ("SUCCESS CANCELED", "CANCELED"),
    ("CANCELED ERROR SUCCESS", "ERROR"),
    ("ERROR RUNNING", "RUNNING"),
    ("ERROR WAITING", "RUNNING"),
    ("SUCCESS WAITING", "RUNNING"),
    ("SUCCESS WAITING UNKNOWN", "RUNNING"),
    ("WAITING UNKNOWN", "UNKNOWN"),
    ("WAITING SUSPENDED", "SUSPENDED"),
    ("ERROR SUSPENDED", "SUSPENDED"),
    ("SUSPENDED UNKNOWN", "UNKNOWN"),
    ("UNKNOWN RUNNING", "RUNNING"),
    ("CANCELED UNKNOWN", "UNKNOWN"),
    ("RUNNING CANCEL_REQUESTED ERROR", "CANCEL_REQUESTED"),
    ("SUCCESS WAITING CANCEL_REQUESTED", "CANCEL_REQUESTED"),
]


@pytest.mark.parametrize(("jobs", "verdict"), VERDICTS)
def test_what_is_true_of_a_group(jobs: str, verdict: str) -> None:
    statuses = [at(RunningStatus[name]) for name in jobs.split()]
    for order in (statuses, statuses[::-1]):
        assert JobStatus.merge_status(order)() == verdict


@given(st.lists(st.sampled_from(RunningStatus), min_size=1))
def test_a_group_with_a_live_job_is_never_over(statuses: list[RunningStatus]) -> None:
    merged = JobStatus.merge_status([at(status) for status in statuses])
    assert merged.completed is all(status in FINALS for status in statuses)


def test_a_group_that_runs() -> None:
    merged = JobStatus.merge_status([ran(end=ERROR), ran(1050.0), JobStatus()])
    assert (merged.status, merged.phase, merged.stop_message) == (RUNNING, "sampling", None)
    assert merged.progress == pytest.approx(1.0 / 3)
    assert (merged.creation_timestamp, merged.start_timestamp) == (1000.0, 1050.0)
    assert (merged.completion_timestamp, merged.duration) == (None, None)
    assert merged.running_time is not None


def test_a_group_that_is_over() -> None:
    merged = JobStatus.merge_status([ran(end=SUCCESS), ran(1050.0, ERROR, 60.0), ran(1040.0, CANCELED)])
    assert (merged.status, merged.stop_message) == (ERROR, "no photons")
    assert merged.progress == pytest.approx(2.0 / 3)
    assert (merged.creation_timestamp, merged.start_timestamp) == (1000.0, 1040.0)
    assert (merged.completion_timestamp, merged.duration) == (1110.0, 70.0)


def test_a_group_of_which_an_end_is_not_known() -> None:
    merged = JobStatus.merge_status([ran(end=SUCCESS), at(SUCCESS)])
    assert (merged.start_timestamp, merged.completion_timestamp, merged.duration) == (1060.0, None, None)


def test_a_group_that_never_started() -> None:
    jobs = [JobStatus(), JobStatus()]
    for job in jobs:
        job.stop_run(CANCELED)
    merged = JobStatus.merge_status(jobs)
    assert (merged.start_timestamp, merged.duration) == (None, 0.0)
    assert merged.completion_timestamp == jobs[1].completion_timestamp


def test_a_group_of_which_one_was_asked_to_stop() -> None:
    asked = ran()
    asked.request_cancel("enough")
    asked.status = SUCCESS
    merged = JobStatus.merge_status([asked, ran(end=ERROR)])
    assert (merged.status, merged.cancel_requested) == (ERROR, True)


def test_a_group_of_executions_has_the_status_of_one() -> None:
    assert type(ExecutionStatus.merge_status([ExecutionStatus()])) is ExecutionStatus


@given(st.lists(st.sampled_from(RunningStatus), max_size=4), st.sampled_from(RunningStatus))
def test_whatever_is_copied_and_merged_can_be_stored(statuses: list[RunningStatus], status: RunningStatus) -> None:
    jobs = [at(each) for each in statuses]
    for number, job in enumerate(jobs):
        job.update_times(1000.0 + number, 1060.0, 20.0)
        job.update_progress(0.5, "sampling")
    job = at(status)
    job.copy_from(JobStatus.merge_status(jobs))
    assert JobStatus.from_dict(json.loads(json.dumps(job.to_dict()))).to_dict() == job.to_dict()


def test_copies_by_many_threads_leave_a_status_that_can_be_stored() -> None:
    job = JobStatus()

    def follow(others: list[JobStatus]) -> None:
        for _ in range(100):
            for other in others:
                job.copy_from(other)

    groups = ([ran(), ran(end=ERROR)], [JobStatus(), ran(end=SUCCESS)], [at(UNKNOWN), JobStatus()])
    threads = [Thread(target=follow, args=[others]) for others in groups]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert JobStatus.from_dict(job.to_dict()).to_dict() == job.to_dict()


# -- the status of an execution


def test_an_execution_has_one_message() -> None:
    job = ExecutionStatus()
    said = [(job.message, job.stop_message)]
    job.update_progress(0.5, "sampling")
    said.append((job.message, job.stop_message))
    job.stop_run(CANCEL_REQUESTED, "enough")
    said.append((job.message, job.stop_message))
    job.stop_run(CANCELED, "canceled")
    said.append((job.message, job.stop_message))
    assert said == [(None, None), ("sampling", None), ("enough", None), ("canceled", "canceled")]


def test_the_message_of_an_execution_may_be_written() -> None:
    job = ExecutionStatus()
    job.status = ERROR
    job._message = "no photons"  # type: ignore[misc]  # as Perceval does
    assert (job.message, job.stop_message) == ("no photons", "no photons")
