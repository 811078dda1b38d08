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
from job_status.perceval import PERCEVAL_LIFECYCLE, JobStatus, install

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


def test_listeners_are_told_of_an_override() -> None:
    told: list[tuple[str, RunningStatus, RunningStatus]] = []
    job = JobStatus()
    job.subscribe(lambda _, move: told.append((move.trigger, move.source, move.dest)))
    job.status = SUSPENDED
    job.status = SUSPENDED
    assert told == [("override", WAITING, SUSPENDED)]


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


def test_a_start_of_a_job_heard_to_run_stamps_the_start() -> None:
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


def test_it_raises_if_told_to() -> None:
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
def test_a_time_of_zero_is_not_told(nothing: float | None) -> None:
    job = at(SUCCESS)
    before = job.to_dict()
    job.update_times(nothing, nothing, nothing)
    assert job.to_dict() == before


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ((1000.0, 1060.0, 20), (1000.0, 1060.0, 1080.0, 20.0)),
        ((1000.0, 1060.0, 0), (1000.0, 1060.0, 1060.0, 0.0)),
        ((1000.0, 0.0, 20), (1000.0, None, None, 20.0)),
        ((1000.0, 0.0, 0), (1000.0, None, None, None)),
    ],
    ids=["all", "no-duration", "no-start", "neither"],
)
def test_times_of_an_ended_job(told: tuple[float, float, float], expected: tuple[float | None, ...]) -> None:
    job = at(CANCELED)
    job.update_times(*told)
    assert (job.creation_timestamp, job.start_timestamp, job.completion_timestamp, job.duration) == expected


def test_a_duration_of_a_running_job_is_not_told_yet() -> None:
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
def test_impossible_times_raise_if_told_to(times: tuple[float, float, float]) -> None:
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
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in modules():
        del sys.modules[name]


def make_perceval(folder: Path) -> Path:
    runtime = folder / "perceval" / "runtime"
    runtime.mkdir(parents=True)
    (folder / "perceval" / "__init__.py").write_text("from . import runtime\n")
    (runtime / "__init__.py").write_text("from .job_status import JobStatus, RunningStatus\n")
    (runtime / "job_status.py").write_text("raise AssertionError('this is to be replaced')\n")
    return folder / "perceval"


def check_installed() -> None:
    runtime = import_module("perceval.runtime")
    assert (runtime.JobStatus, runtime.RunningStatus) == (JobStatus, RunningStatus)
    assert import_module("perceval.runtime.job_status").__doc__ == import_module("job_status.perceval").__doc__


def test_install(site: Path) -> None:
    make_perceval(site)
    install()
    finders = [*sys.meta_path]
    install()
    assert sys.meta_path == finders
    check_installed()
    install()


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
    with pytest.raises(ImportError, match=r"^this perceval has no perceval\.runtime\.job_status to replace"):
        install()
    assert sys.meta_path == finders
