"""Perceval itself, as published, on our status: its LocalJob, RemoteJob and JobGroup run unchanged and nothing of theirs breaks.

The scenarios are functions of `perceval_scenarios.py`, which runs once, in a process of its own; here stands what each must
come to.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest

import job_status


def installed_perceval() -> str:
    """Its version, without importing it."""
    try:
        return version("perceval-quandela")
    except PackageNotFoundError:
        return ""


pytestmark = pytest.mark.skipif(
    not installed_perceval().startswith(("1.0.", "1.1.")), reason="needs Perceval 1.0 or 1.1: pip install 'job_status[interop]'"
)

CREATED, STARTED = 1_700_000_000.0, 1_700_000_060.0


def came_to(folder: Path, *arguments: str) -> dict[str, Any]:
    """The results of the scenarios, by their names; what Perceval and its imports keep in files goes to `folder`."""
    kept = {"PCVL_PERSISTENT_PATH": str(folder / "perceval"), "MPLCONFIGDIR": str(folder / "matplotlib")}
    same = os.pathsep.join(filter(None, [str(Path(job_status.__file__).parents[1]), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, **kept, "PYTHONPATH": same, "NO_PROXY": "*"}
    script = Path(__file__).with_name("perceval_scenarios.py")
    command = [sys.executable, str(script), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    results: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return results


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return came_to(tmp_path_factory.mktemp("drop_in"))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    results: dict[str, Any] = came_to(tmp_path_factory.mktemp("original"), "original")["original"]
    return results


def test_perceval_uses_our_classes(results: dict[str, Any]) -> None:
    assert results["drop_in"] == {"JobStatus": True, "RunningStatus": True, "a job": True}


# -- local jobs


def test_local_job_that_samples_synchronously(results: dict[str, Any]) -> None:
    assert results["local_synchronous"] == {
        "status": "SUCCESS",
        "progress": 1.0,
        "stop_message": None,
        "cancel_requested": False,
        "history": ["start_run: WAITING -> RUNNING", "stop_run: RUNNING -> SUCCESS"],
        "samples": 500,
    }


def test_local_job_that_samples_asynchronously_is_started_twice(results: dict[str, Any]) -> None:
    assert results["local_asynchronous"] == {
        "status": "SUCCESS",
        "progress": 1.0,
        "stop_message": None,
        "cancel_requested": False,
        "history": ["start_run: WAITING -> RUNNING", "start_run: RUNNING -> RUNNING", "stop_run: RUNNING -> SUCCESS"],
        "samples": 500,
        "times known": True,
    }


def test_local_job_that_fails(results: dict[str, Any]) -> None:
    assert results["local_failing"] == {
        "status": "ERROR",
        "progress": 0.25,
        "stop_message": "ValueError: no photons",
        "cancel_requested": False,
        "history": ["start_run: WAITING -> RUNNING", "stop_run: RUNNING -> ERROR"],
        "results": None,
    }


def test_local_job_canceled_while_it_runs_stays_canceled(results: dict[str, Any]) -> None:
    assert results["local_canceled"] == {
        "status": "CANCELED",
        "progress": 0.5,
        "stop_message": "User has canceled the job",
        "cancel_requested": False,  # LocalJob.cancel() raises a flag of its own and tells the status nothing
        "history": [
            "start_run: WAITING -> RUNNING",
            "start_run: RUNNING -> RUNNING",
            "stop_run: RUNNING -> CANCELED",
            "stop_run: CANCELED -> SUCCESS, refused",
        ],
        "results": {"results": ["all"]},
        "again": False,
    }


def test_local_job_looked_at_as_its_worker_ends_keeps_the_first_end(results: dict[str, Any]) -> None:
    assert results["local_looked_at_as_it_ends"] == {
        "status": "ERROR",
        "progress": 0.0,
        "stop_message": "ValueError: no photons",
        "cancel_requested": False,
        "history": [
            "start_run: WAITING -> RUNNING",
            "start_run: RUNNING -> RUNNING",
            "stop_run: RUNNING -> ERROR",
            "stop_run: ERROR -> SUCCESS, refused",
        ],
    }


# -- remote jobs; a look: status, progress, phase, stop message, then the times: created, started, completed, duration


def test_remote_job(results: dict[str, Any]) -> None:
    assert results["remote"] == {
        "status": "SUCCESS",
        "progress": 1.0,
        "stop_message": None,
        "cancel_requested": False,
        "history": ["override: WAITING -> RUNNING", "override: RUNNING -> SUCCESS"],
        "looks": [
            ["WAITING", 0.0, None, None, CREATED, None, None, None],
            ["RUNNING", 0.25, "sampling", None, CREATED, STARTED, None, None],
            ["RUNNING", 0.75, "sampling", None, CREATED, STARTED, None, None],
            ["SUCCESS", 1.0, "sampling", None, CREATED, STARTED, STARTED + 20.0, 20.0],
        ],
        "results": {"results": {"a sample": 1}},
        "by id": ["SUCCESS", 1.0, None, None, CREATED, STARTED, STARTED + 20.0, 20.0],
    }


def test_remote_job_whose_server_fails_or_is_not_understood(results: dict[str, Any]) -> None:
    assert results["remote_in_trouble"] == {
        "status": "RUNNING",
        "progress": 0.75,
        "stop_message": None,
        "cancel_requested": False,
        "history": ["override: WAITING -> RUNNING", "override: RUNNING -> UNKNOWN", "override: UNKNOWN -> RUNNING"],
        "looks": [
            ["RUNNING", 0.25, "sampling", None, CREATED, STARTED, None, None],
            ["HTTPError", "RUNNING"],  # 502: RemoteJob raises it
            ["RUNNING", 0.25, "sampling", None, CREATED, STARTED, None, None],  # 429: RemoteJob lets it pass
            ["UNKNOWN", 0.25, "sampling", None, CREATED, STARTED, None, None],
            ["RUNNING", 0.75, "sampling", None, CREATED, STARTED, None, None],
        ],
    }


def test_remote_job_canceled(results: dict[str, Any]) -> None:
    assert results["remote_canceled"] == {
        "status": "CANCELED",
        "progress": 0.5,
        "stop_message": "by order of the user",
        "cancel_requested": True,
        "history": [
            "override: WAITING -> RUNNING",
            "request_cancel: RUNNING -> CANCEL_REQUESTED",
            "override: CANCEL_REQUESTED -> RUNNING",
            "override: RUNNING -> CANCEL_REQUESTED",
            "override: CANCEL_REQUESTED -> CANCELED",
        ],
        "looks": [
            ["CANCEL_REQUESTED", 0.25, "sampling", "Cancellation requested by user", CREATED, STARTED, None, None],
            ["RUNNING", 0.25, "sampling", "Cancellation requested by user", CREATED, STARTED, None, None],
            ["CANCEL_REQUESTED", 0.5, "sampling", "Cancellation requested by user", CREATED, STARTED, None, None],
            ["CANCELED", 0.5, "sampling", "by order of the user", CREATED, STARTED, STARTED + 20.0, 20.0],
        ],
        "canceled": ["job-1"],
        "again": ["job-1-again", "WAITING"],
    }


def test_remote_job_canceled_too_late_has_succeeded(results: dict[str, Any]) -> None:
    assert results["remote_canceled_too_late"] == {
        "status": "SUCCESS",
        "progress": 1.0,
        "stop_message": None,
        "cancel_requested": True,
        "history": ["request_cancel: WAITING -> CANCEL_REQUESTED", "override: CANCEL_REQUESTED -> SUCCESS"],
    }


def test_remote_job_that_the_cloud_does_not_accept(results: dict[str, Any]) -> None:
    assert results["remote_not_accepted"] == {
        "status": "ERROR",
        "progress": 0.0,
        "stop_message": "Url: CLOUD/api/job answered with status code 500.",
        "cancel_requested": False,
        "history": ["stop_run: WAITING -> ERROR"],
        "duration": 0.0,
        "raised": "HTTPError",
    }


def test_group_of_remote_jobs(results: dict[str, Any]) -> None:
    assert results["group"] == {
        "steps": [
            {
                "progress": {
                    "Total": 3,
                    "Finished": [0, {"successful": 0, "unsuccessful": 0}],
                    "Unfinished": [3, {"sent": 2, "not sent": 1}],
                },
                "successful": [],
                "active": ["job-1", "job-2"],
                "unsuccessful": [],
                "unsent": [None],
            },
            {
                "progress": {
                    "Total": 3,
                    "Finished": [2, {"successful": 1, "unsuccessful": 1}],
                    "Unfinished": [1, {"sent": 0, "not sent": 1}],
                },
                "successful": ["job-1"],
                "active": [],
                "unsuccessful": ["job-2"],
                "unsent": [None],
            },
        ],
        "stop messages": [None, "no photons"],
        "read from its file": ["SUCCESS", "ERROR", "WAITING"],
    }


# -- theirs and ours


def test_installing_after_perceval_was_imported_is_too_late(original: dict[str, Any]) -> None:
    assert original["install"] == (
        "RuntimeError: perceval was imported before: call job_status.perceval.install() first, then import perceval"
    )


@pytest.mark.parametrize("kind", ["JobStatus", "RunningStatus"])
def test_every_name_of_theirs_exists_in_ours(original: dict[str, Any], kind: str) -> None:
    theirs, ours = original["theirs"]["names"][kind], original["ours"]["names"][kind]
    assert len(theirs) >= 8
    assert set(theirs) <= set(ours)


def test_our_triggers_take_what_theirs_take(original: dict[str, Any]) -> None:
    for trigger, theirs in original["theirs"]["parameters"].items():
        assert original["ours"]["parameters"][trigger][: len(theirs)] == theirs


@pytest.mark.parametrize("what", ["members", "from_server_response", "to_server_response", "a new job"])
def test_ours_is_the_same_as_theirs(original: dict[str, Any], what: str) -> None:
    assert original["ours"][what] == original["theirs"][what]
