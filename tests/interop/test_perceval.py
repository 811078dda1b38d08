"""Perceval itself, as published, on our status: its jobs, executions and groups run unchanged and nothing of theirs breaks.

It runs with whichever of the versions 1.0 to 1.3 is installed. The scenarios are functions of `perceval_scenarios.py` and
`perceval_executions.py`, which run once, in a process of their own; here stands what each must come to.
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


def installed_perceval() -> tuple[int, ...]:
    """Its version, without importing it."""
    try:
        return tuple(int(part) for part in version("perceval-quandela").split(".")[:3] if part.isdigit())
    except PackageNotFoundError:
        return ()


INSTALLED = installed_perceval()
#: the version since which a group of jobs has a status, and the one since which a job has one message
GROUPS, ONE_MESSAGE = (1, 2, 4), (1, 3)

pytestmark = pytest.mark.skipif(
    not (1, 0) <= INSTALLED < (1, 4), reason="needs Perceval 1.0 to 1.3: pip install 'job_status[interop]'"
)
since_groups = pytest.mark.skipif(INSTALLED < GROUPS, reason="needs Perceval 1.2.4 or 1.3, which has executions")
since_one_message = pytest.mark.skipif(INSTALLED < ONE_MESSAGE, reason="needs Perceval 1.3, which has archives")

CREATED, STARTED = 1_700_000_000.0, 1_700_000_060.0
ENDED = [CREATED, STARTED, STARTED + 20.0, 20.0]
#: what a job that was asked to stop has for a stop message; since 1.3 only a failure has one
ASKED = None if INSTALLED >= ONE_MESSAGE else "Cancellation requested by user"


def came_to(folder: Path, *arguments: str, **variables: str) -> dict[str, Any]:
    """The results of the scenarios, by their names; what Perceval and its imports keep in files goes to `folder`."""
    kept = {"PCVL_PERSISTENT_PATH": str(folder / "perceval"), "MPLCONFIGDIR": str(folder / "matplotlib")}
    # Perceval 1.0 knows no such variable: it keeps its groups, by name, where the user's data are.
    kept |= {"XDG_DATA_HOME": str(folder / "data"), "HOME": str(folder)}
    roots = [str(Path(job_status.__file__).parents[1]), str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")]
    environment = {**os.environ, **kept, "PYTHONPATH": os.pathsep.join(filter(None, roots)), "NO_PROXY": "*", **variables}
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
    return came_to(tmp_path_factory.mktemp("original"), "original")


def test_perceval_uses_our_class_over_its_own_statuses(results: dict[str, Any]) -> None:
    assert results["drop_in"] == {"classes": True, "a job": True, "statuses": True}


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
            ["SUCCESS", 1.0, "sampling", None, *ENDED],
        ],
        "results": {"results": {"a sample": 1}},
        "by id": ["SUCCESS", 1.0, None, None, *ENDED],
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
            ["CANCEL_REQUESTED", 0.25, "sampling", ASKED, CREATED, STARTED, None, None],
            ["RUNNING", 0.25, "sampling", ASKED, CREATED, STARTED, None, None],
            ["CANCEL_REQUESTED", 0.5, "sampling", ASKED, CREATED, STARTED, None, None],
            ["CANCELED", 0.5, "sampling", "by order of the user", *ENDED],
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
        "stop_message": "that of the error",
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
    assert original["late"] == (
        "RuntimeError: perceval was imported before: call job_status.perceval.install() first, then import perceval"
    )


@pytest.mark.parametrize("kind", [0, 1], ids=["JobStatus", "RunningStatus"])
def test_every_name_of_theirs_exists_in_ours(results: dict[str, Any], original: dict[str, Any], kind: int) -> None:
    (name, theirs), (our_name, ours) = (list(each["described"]["names"].items())[kind] for each in (original, results))
    assert len(theirs) >= 8
    assert set(theirs) <= set(ours)
    assert name == our_name


def test_our_triggers_take_what_theirs_take(results: dict[str, Any], original: dict[str, Any]) -> None:
    for trigger, theirs in original["described"]["parameters"].items():
        assert results["described"]["parameters"][trigger][: len(theirs)] == theirs


@pytest.mark.parametrize("what", ["members", "from_server_response", "to_server_response", "a new job", "meanings"])
def test_ours_is_the_same_as_theirs(results: dict[str, Any], original: dict[str, Any], what: str) -> None:
    assert results["described"][what] == original["described"][what]


def test_a_request_to_cancel_counts_as_canceled_in_some_versions_only(results: dict[str, Any]) -> None:
    canceled = [name for name, properties in results["described"]["meanings"].items() if "canceled" in properties]
    assert canceled == (["CANCEL_REQUESTED", "CANCELED"] if INSTALLED >= GROUPS else ["CANCELED"])


@since_groups
def test_a_group_is_over_when_all_its_jobs_are(results: dict[str, Any], original: dict[str, Any]) -> None:
    ends = {"SUCCESS", "ERROR", "CANCELED"}
    ours, theirs = results["merged"], original["merged"]
    assert ours.keys() == theirs.keys()
    assert len(ours) == 1 + 8 + 8**2 + 8**3
    for group, status in ours.items():
        jobs = group.split()
        assert (status in ends) is (bool(jobs) and set(jobs) <= ends)
        if set(jobs) <= ends or len(set(jobs)) == 1:
            assert status == theirs[group]
    assert (theirs["RUNNING ERROR"], ours["RUNNING ERROR"]) == ("ERROR", "RUNNING")
    assert (theirs["WAITING CANCELED"], ours["WAITING CANCELED"]) == ("CANCELED", "RUNNING")


#: of which copies ours differs from theirs, and in what; a glance: status, progress, stop message, message, start, duration
DIFFERENT = {
    "asked": {5},  # ours has no duration as long as it has not stopped
    "succeeded": {3},  # ours keeps the phase as the message
    "failed before its start": {5},  # ours was 0 s long, theirs is as old as it is
    "completed elsewhere": {1},  # ours has done all the work
}


@since_groups
def test_a_copy_has_what_the_copies_of_theirs_have(results: dict[str, Any], original: dict[str, Any]) -> None:
    assert len(original["copied"]) == 14
    for name, theirs in original["copied"].items():
        ours = results["copied"][name]
        different = {number for number, (mine, other) in enumerate(zip(ours[0], theirs[0], strict=True)) if mine != other}
        assert different <= DIFFERENT.get(name, set())
        assert ours[1] == theirs[1]


# -- executions


@since_groups
def test_execution_by_the_simulator(results: dict[str, Any]) -> None:
    assert results["execution_simulated"] == {
        "status": "SUCCESS",
        "progress": 1.0,
        "stop_message": None,
        "cancel_requested": False,
        "history": ["start_run: WAITING -> RUNNING", "stop_run: RUNNING -> SUCCESS"],
        "samples": 500,
    }


@since_groups
def test_execution_that_runs_asynchronously(results: dict[str, Any]) -> None:
    succeeded = {"status": "SUCCESS", "progress": 1.0, "stop_message": None, "cancel_requested": False}
    assert results["execution_asynchronous"] == {
        **succeeded,
        "history": ["start_run: WAITING -> RUNNING", "override: RUNNING -> SUCCESS"],
        "parts": [{**succeeded, "history": ["start_run: WAITING -> RUNNING", "stop_run: RUNNING -> SUCCESS"]}],
        "results": {"results": "samples"},
        "times known": True,
    }


FAILED = {"status": "ERROR", "stop_message": "ValueError: no photons", "cancel_requested": False}


@since_groups
def test_execution_that_fails(results: dict[str, Any]) -> None:
    assert results["execution_failing"] == {
        **FAILED,
        "progress": 0.2,  # Perceval counts its own work as well
        "history": ["start_run: WAITING -> RUNNING", "stop_run: RUNNING -> ERROR"],
        "raised": "no photons",
    }


@since_groups
def test_execution_that_fails_asynchronously(results: dict[str, Any]) -> None:
    part = {**FAILED, "progress": 0.25, "history": ["start_run: WAITING -> RUNNING", "stop_run: RUNNING -> ERROR"]}
    assert results["execution_failing_asynchronously"] == {
        **part,
        "history": ["start_run: WAITING -> RUNNING", "override: RUNNING -> ERROR"],
        "parts": [part],
    }


@since_groups
def test_execution_canceled_by_the_answer_to_a_progress_report(results: dict[str, Any]) -> None:
    assert results["execution_canceled"] == {
        "status": "CANCELED",
        "progress": 1.0,  # its work has not heeded it
        "stop_message": "Canceled",
        "cancel_requested": True,
        "history": [
            "start_run: WAITING -> RUNNING",
            "request_cancel: RUNNING -> CANCEL_REQUESTED",
            "stop_run: CANCEL_REQUESTED -> CANCELED",
        ],
        "asked": ["CANCEL_REQUESTED", 0.2, "sampling", ASKED and "Canceled"],
    }


@since_groups
def test_execution_canceled_while_it_runs(results: dict[str, Any]) -> None:
    canceled = {"status": "CANCELED", "progress": 0.25, "stop_message": "Canceled", "cancel_requested": False}
    assert results["execution_canceled_asynchronously"] == {
        **canceled,
        "canceled": ["CANCELED", 0.25, "sampling", "Canceled"],
        "history": ["start_run: WAITING -> RUNNING", "override: RUNNING -> CANCELED"],
        "parts": [
            {
                **canceled,
                "history": [
                    "start_run: WAITING -> RUNNING",
                    "stop_run: RUNNING -> CANCELED",
                    "update_progress: CANCELED -> RUNNING, refused",
                ],
            }
        ],
    }


@since_groups
def test_execution_goes_on_while_one_of_its_parts_runs(results: dict[str, Any]) -> None:
    """Perceval's own is over as soon as one has failed."""
    assert results["execution_of_several"] == {
        "before": [False, False, ["RUNNING", (1.0 + 0.25 + 0.5) / 3, "sampling", None]],
        "after": [True, True],
        "status": "ERROR",
        "progress": (1.0 + 0.25 + 1.0) / 3,
        "stop_message": "ValueError: no photons",
        "cancel_requested": False,
        "history": ["start_run: WAITING -> RUNNING", "override: RUNNING -> ERROR"],
    }


@since_groups
def test_remote_execution(results: dict[str, Any]) -> None:
    assert results["remote_execution"] == {
        "status": "SUCCESS",
        "progress": 1.0,
        "stop_message": None,
        "cancel_requested": False,
        "history": [
            "start_run: WAITING -> RUNNING",  # so says Execution as it is sent
            "override: RUNNING -> WAITING",
            "override: WAITING -> RUNNING",
            "override: RUNNING -> UNKNOWN",
            "override: UNKNOWN -> RUNNING",
            "override: RUNNING -> SUCCESS",
        ],
        "looks": [
            ["WAITING", 0.0, None, None, CREATED, None, None, None],
            ["RUNNING", 0.25, "sampling", None, CREATED, STARTED, None, None],
            "HTTPError",  # 502
            ["RUNNING", 0.25, "sampling", None, CREATED, STARTED, None, None],  # 429
            ["UNKNOWN", 0.25, "sampling", None, CREATED, STARTED, None, None],
            ["RUNNING", 0.75, "sampling", None, CREATED, STARTED, None, None],
            ["SUCCESS", 1.0, "sampling", None, *ENDED],
        ],
        "results": {"results": {"a sample": 1}},
    }


@since_groups
def test_remote_execution_that_has_failed_says_how_far_it_came(results: dict[str, Any]) -> None:
    progress, phase = (0.75, "sampling") if INSTALLED >= ONE_MESSAGE else (0.0, None)  # 1.2.4 does not ask
    assert results["remote_execution_failing"] == {
        "status": "ERROR",
        "progress": progress,
        "stop_message": "no photons",
        "cancel_requested": False,
        "history": ["start_run: WAITING -> RUNNING", "override: RUNNING -> ERROR"],
        "look": ["ERROR", progress, phase, "no photons", *ENDED],
    }


@since_groups
def test_remote_execution_canceled(results: dict[str, Any]) -> None:
    assert results["remote_execution_canceled"] == {
        "status": "CANCELED",
        "progress": 0.5,
        "stop_message": "by order of the user",
        "cancel_requested": True,
        "history": [
            "start_run: WAITING -> RUNNING",
            "override: RUNNING -> CANCEL_REQUESTED",
            "override: CANCEL_REQUESTED -> CANCELED",
        ],
        "looks": [
            ["CANCEL_REQUESTED", True],
            ["RUNNING", 0.25, "sampling", ASKED, CREATED, STARTED, None, None],
            ["CANCEL_REQUESTED", 0.5, "sampling", ASKED, CREATED, STARTED, None, None],
            ["CANCELED", 0.5, "sampling", "by order of the user", *ENDED],
        ],
        "asked": ["job-1"],
    }


def test_copies_and_pickles_of_a_status(results: dict[str, Any]) -> None:
    assert results["copies_of_a_status"] == {
        "alike": [True, True, True],
        "ended": [True, True, True],
        "status": "RUNNING",
        "copies": ["CANCELED", "CANCELED", "CANCELED"],
    }


# -- archives


@since_one_message
def test_group_of_executions_and_its_file(results: dict[str, Any]) -> None:
    def counted(successful: list[str], active: list[str], unsuccessful: list[str]) -> dict[str, object]:
        over = len(successful) + len(unsuccessful)
        return {
            "progress": {
                "Total": 4,
                "Finished": [over, {"successful": len(successful), "unsuccessful": len(unsuccessful)}],
                "Unfinished": [4 - over, {"sent": len(active), "not sent": 1}],
            },
            "successful": successful,
            "active": active,
            "unsuccessful": unsuccessful,
            "unsent": ["unsent"],
        }

    result = results["execution_group"]
    created = result["kept"][3].pop(6)
    assert created > STARTED
    assert result == {
        "steps": [
            counted([], ["first", "second", "third"], []),
            counted(["second"], ["first"], ["third"]),
            counted(["first", "second"], [], ["third"]),
        ],
        "kept": [
            ["first", "ExecutionStatus", "RUNNING", 0.5, "sampling", None, CREATED, STARTED, None, None],
            ["second", "ExecutionStatus", "SUCCESS", 1.0, None, None, *ENDED],
            ["third", "ExecutionStatus", "ERROR", 0.0, None, "no photons", *ENDED],
            ["unsent", "ExecutionStatus", "WAITING", 0.0, None, None, None, None, None],
        ],
        "again": ["SUCCESS", "SUCCESS", "ERROR", "WAITING"],
    }


@since_one_message
@pytest.mark.parametrize("arguments", [(), ("original",)], ids=["ours-reads-theirs", "theirs-reads-ours"])
def test_either_reads_the_archives_of_the_other(
    results: dict[str, Any], original: dict[str, Any], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    reader, writer = (original, results) if arguments else (results, original)
    (tmp_path / "archives").write_text(json.dumps(writer["archived"]), encoding="utf-8")
    found = came_to(tmp_path, *arguments, ARCHIVES=str(tmp_path / "archives"))["unarchived"]
    module = "perceval.runtime.execution_status" if arguments else "job_status.perceval"
    assert len(found) == 14
    allowed = DIFFERENT if arguments else {"succeeded": {3}}  # ours reads as its own whatever theirs has written otherwise
    for name, (read, again, kind, once) in found.items():
        assert (again, kind, once) == (read, module, True)
        for number, (one, other) in enumerate(zip(read, reader["copied"][name][0], strict=True)):
            assert one == other or number in allowed.get(name, set())
