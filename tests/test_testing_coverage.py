"""Transition coverage, by real pytest sessions: mostly of a package that knows nothing of us but a `transitions.Machine`."""

from __future__ import annotations

import json

import pytest

from tests.relay import RELAY, TABLE, TESTS, run, write


@pytest.fixture
def relay(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(relay=RELAY)
    pytester.makeini("[pytest]\npythonpath = .\nfilterwarnings = error\n")
    return pytester


@pytest.fixture
def covered(relay: pytest.Pytester) -> pytest.Pytester:
    relay.makepyfile(test_relay=TESTS)
    relay.makeini("[pytest]\npythonpath = .\nfilterwarnings = error\ntransition_coverage_machines = relay:machine\n")
    return relay


@pytest.mark.parametrize("workers", [("-p", "no:xdist"), ("-n", "2")], ids=["alone", "xdist"])
def test_the_cells_of_a_machine_are_counted(covered: pytest.Pytester, workers: tuple[str, ...]) -> None:
    result = covered.runpytest_subprocess("-p", "no:cacheprovider", "--transition-coverage", *workers)
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        [
            "*transition coverage*",
            "relay:machine: 75 % of 4 moves, 12.5 % of 8 refusals",
            "  status  take  finish  fail",
            "  idle    1     -1      1",
            "  busy    -!    1       !",
            "  done    -!    -!      -!",
            "  broken  -!    -!      -!",
            "  never taken: busy-fail -> broken",
            "  never refused: busy-take, done-take, *",
        ],
        consecutive=False,
    )


def test_hits_of_workers_add_up(covered: pytest.Pytester) -> None:
    covered.makepyfile(test_more=TESTS)
    result = covered.runpytest_subprocess("-p", "no:cacheprovider", "--transition-coverage-report=out/c.json", "-n", "2")
    result.assert_outcomes(passed=6)
    cells = json.loads((covered.path / "out" / "c.json").read_text(encoding="utf-8"))["relay:machine"]["cells"]
    hits = {(cell["status"], cell["trigger"], cell["dest"]): cell["hits"] for cell in cells if cell["hits"]}
    assert hits == {
        ("idle", "take", "busy"): 2,
        ("busy", "finish", "done"): 2,
        ("idle", "fail", "broken"): 2,
        ("idle", "finish", None): 2,
    }


def test_too_little_coverage_fails_the_session(covered: pytest.Pytester) -> None:
    write(covered, TABLE.replace(" factory=relay:Relay", ""))
    full = run(covered, "--transition-coverage-fail-under=100")
    assert full.ret == pytest.ExitCode.OK
    full.stdout.no_fnmatch_line("*never*taken:*")
    short = run(covered, "test_relay.py", "--transition-coverage-fail-under=50")
    short.assert_outcomes(passed=3)
    assert short.ret == pytest.ExitCode.TESTS_FAILED
    short.stdout.fnmatch_lines(["FAIL relay:machine: 75 % of 4 moves, 12.5 % of 8 refusals; required: 50 %"])


def test_a_worker_that_goes_down_is_named(covered: pytest.Pytester) -> None:
    covered.makepyfile(test_relay="import os\n\ndef test_down():\n    os._exit(1)\n")
    result = covered.runpytest_subprocess("-p", "no:cacheprovider", "--transition-coverage", "-n", "1", "--max-worker-restart=0")
    result.stdout.fnmatch_lines(["worker gw0 went down: what it counted is lost"])


def test_a_report_of_no_known_kind_is_refused(covered: pytest.Pytester) -> None:
    result = run(covered, "--transition-coverage-report=cover.pdf")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --transition-coverage-report=cover.pdf: the suffix is one of .md, .json, .html, .svg"])


def test_a_machine_that_cannot_be_found_is_named(relay: pytest.Pytester) -> None:
    relay.makeini("[pytest]\npythonpath = .\ntransition_coverage_machines = relay:nothing\n")
    result = run(relay, "--transition-coverage")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: transition_coverage_machines: relay has no nothing"])


ASYNC = """
import asyncio
from transitions import MachineError
from transitions.extensions.asyncio import AsyncMachine

MOVES = [["go", "a", "b"], ["end", "b", "c"]]
machine = AsyncMachine(model=None, states=["a", "b", "c"], initial="a", transitions=MOVES, auto_transitions=False)

class Slow:
    def __init__(self):
        self.machine = AsyncMachine(model=self, states=["a", "b", "c"], initial="a", transitions=MOVES, auto_transitions=False)

async def life():
    job = Slow()
    await job.go()
    try:
        await job.go()
    except MachineError:
        pass

def test_life():
    asyncio.run(life())
"""


def test_async_machines_are_counted(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_slow=ASYNC)
    pytester.makeini("[pytest]\npythonpath = .\ntransition_coverage_machines = test_slow:machine\n")
    result = run(pytester, "--transition-coverage")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "test_slow:machine: 50 % of 2 moves, 25 % of 4 refusals",
            "  status  go  end",
            "  a       1   -!",
            "  b       -1  !",
        ]
    )


OWN = """
from relay import Relay

def test_done():
    job = Relay()
    assert job.take() and job.finish()

def test_broken():
    assert Relay().fail()
"""


@pytest.mark.parametrize("workers", [("-p", "no:xdist"), ("-n", "2")], ids=["alone", "xdist"])
@pytest.mark.parametrize(("ini", "name"), [("transition_coverage_machines = relay:machine", "relay:machine"), ("", "relay:Relay")])
def test_machines_that_objects_make_for_themselves_are_one(
    relay: pytest.Pytester, ini: str, name: str, workers: tuple[str, ...]
) -> None:
    relay.makepyfile(test_own=OWN)
    relay.makeini(f"[pytest]\npythonpath = .\nfilterwarnings = error\n{ini}\n")
    result = relay.runpytest_subprocess("-p", "no:cacheprovider", "--transition-coverage", *workers)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            f"{name}: 75 % of 4 moves, 0 % of 8 refusals",
            "  status  take  finish  fail",
            "  idle    1     -!      1",
            "  busy    -!    1       !",
        ]
    )


HAND_WRITTEN = """
MOVES = {"idle": {"take": "busy", "fail": "broken"}, "busy": {"finish": "done", "fail": "broken"}, "done": {}, "broken": {}}

class Clerk:
    def __init__(self):
        self.state = "idle"

    def _to(self, trigger):
        self.state, before = MOVES[self.state].get(trigger, self.state), self.state
        return self.state != before

    def take(self):
        return self._to("take")

    def finish(self):
        return self._to("finish")

    def fail(self):
        return self._to("fail")
"""


@pytest.mark.parametrize("workers", [("-p", "no:xdist"), ("-n", "2")], ids=["alone", "xdist"])
def test_cells_that_a_hand_written_class_passes_are_counted(relay: pytest.Pytester, workers: tuple[str, ...]) -> None:
    relay.makepyfile(clerk=HAND_WRITTEN)
    write(relay, TABLE.replace("relay:Relay", "clerk:Clerk"))
    options = ("-p", "no:cacheprovider", "--transition-coverage-fail-under=100", *workers)
    result = relay.runpytest_subprocess(*options)
    result.assert_outcomes(passed=12)
    result.stdout.fnmatch_lines(["relay:machine: 100 % of 4 moves, 100 % of 8 refusals"])
    assert result.ret == pytest.ExitCode.OK


JOBS = """
from job_status import JOB_LIFECYCLE, InvalidTransition, JobStatus, RunningStatus, Transition

OURS = JOB_LIFECYCLE.extend(Transition("requeue", RunningStatus.RUNNING, RunningStatus.WAITING))

def job_of_a_library(**options):
    return JobStatus(**options)
"""

JOB_TESTS = """
import pytest
from jobs import OURS, InvalidTransition, RunningStatus, job_of_a_library

def test_a_life():
    job = job_of_a_library()
    job.start_run()
    job.update_progress(0.5)
    job.observe(RunningStatus.UNKNOWN)
    job.observe(RunningStatus.SUCCESS)
    with pytest.raises(InvalidTransition):
        job.resume()

def test_a_lenient_one():
    assert not job_of_a_library(on_invalid="warn").resume()

def test_wrong_arguments_and_questions_exercise_nothing():
    job = job_of_a_library()
    for bad in (lambda: job.suspend(5), lambda: job.update_progress(7), lambda: job.can("resume")):
        try:
            bad()
        except (TypeError, ValueError):
            pass

def test_of_our_own():
    job = job_of_a_library(lifecycle=OURS)
    job.start_run()
    job.trigger("requeue", "node 3 is down")
"""


@pytest.mark.parametrize("workers", [("-p", "no:xdist"), ("-n", "2")], ids=["alone", "xdist"])
def test_jobs_are_counted_whoever_created_them(pytester: pytest.Pytester, workers: tuple[str, ...]) -> None:
    pytester.makepyfile(jobs=JOBS, test_jobs=JOB_TESTS)
    pytester.makeini("[pytest]\npythonpath = .\n")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--transition-coverage-report=c.json", *workers)
    result.assert_outcomes(passed=4)
    report = json.loads((pytester.path / "c.json").read_text(encoding="utf-8"))
    assert set(report) == {"job_status:JOB_LIFECYCLE", "jobs:OURS"}
    hits = {
        name: {(cell["status"], cell["trigger"], cell["dest"]): cell["hits"] for cell in part["cells"] if cell["hits"]}
        for name, part in report.items()
    }
    assert hits["job_status:JOB_LIFECYCLE"] == {
        ("WAITING", "start_run", "RUNNING"): 1,
        ("RUNNING", "update_progress", "RUNNING"): 1,
        ("RUNNING", "observe(UNKNOWN)", "UNKNOWN"): 1,
        ("UNKNOWN", "observe(SUCCESS)", "SUCCESS"): 1,
        ("SUCCESS", "resume", None): 1,
        ("WAITING", "resume", None): 1,
    }
    assert hits["jobs:OURS"] == {
        ("WAITING", "start_run", "RUNNING"): 1,
        ("RUNNING", "requeue", "WAITING"): 1,
    }


def test_a_lifecycle_that_is_named_is_the_only_one_reported(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(jobs=JOBS, test_jobs=JOB_TESTS)
    pytester.makeini("[pytest]\npythonpath = .\ntransition_coverage_machines =\n    jobs:OURS\n")
    result = run(pytester, "--transition-coverage")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["jobs:OURS: 5.4 % of 37 moves, 0 % of 48 refusals"])
    result.stdout.no_fnmatch_line("*JOB_LIFECYCLE*")


# -- nothing recorded


def test_if_nothing_was_recorded_that_is_said_and_why(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_nothing():\n    pass\n")
    result = run(pytester, "--transition-coverage-fail-under=1", "--transition-coverage-report=c.md")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "nothing was recorded: no test moved a JobStatus, fired a flat transitions.Machine, *",
            "FAIL nothing was recorded; required: 1 %",
        ]
    )
    assert "Nothing was recorded." in (pytester.path / "c.md").read_text(encoding="utf-8")
    assert run(pytester, "--transition-coverage-fail-under=0").ret == pytest.ExitCode.OK


@pytest.mark.parametrize("workers", [("-p", "no:xdist"), ("-n", "1")], ids=["alone", "xdist"])
def test_a_named_machine_that_nothing_was_recorded_of_says_what_was_fired_instead(
    covered: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    covered.makepyfile(relay=RELAY + "\nMOVES.pop()\n")
    covered.makepyfile(test_relay="from relay import Relay\n\ndef test_take():\n    assert Relay().take()\n")
    result = covered.runpytest_subprocess("-p", "no:cacheprovider", "--transition-coverage", *workers)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "relay:machine: 0 % of 4 moves, 0 % of 8 refusals",
            "  nothing was recorded: the machines that were fired declare other statuses or moves: relay:Relay",
        ]
    )


def test_a_named_lifecycle_that_no_job_moved_in_says_in_which_ones_jobs_did(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(jobs=JOBS, test_jobs=JOB_TESTS)
    pytester.makeini("[pytest]\npythonpath = .\ntransition_coverage_machines = job_status.perceval:PERCEVAL_LIFECYCLE\n")
    result = run(pytester, "--transition-coverage")
    result.stdout.fnmatch_lines(
        ["  nothing was recorded: the lifecycles in which jobs moved declare other * moves: job_status:JOB_LIFECYCLE, jobs:OURS"]
    )


def test_a_session_without_tests_says_that_none_ran(covered: pytest.Pytester) -> None:
    result = run(covered, "--transition-coverage", "-k", "nowhere")
    result.stdout.fnmatch_lines(["  nothing was recorded: no test ran"])


def test_what_is_only_collected_is_not_held_against_a_limit(covered: pytest.Pytester) -> None:
    result = run(covered, "--collect-only", "--transition-coverage-fail-under=100", "--transition-coverage-report=c.html")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.no_fnmatch_line("*transition coverage*")
    assert not (covered.path / "c.html").exists()


# -- between processes


HANDED_ON = """
import json

def pytest_configure(config):
    config.workeroutput = {}

def pytest_unconfigure(config):
    output = config.workeroutput["job_status_transition_coverage"]
    with open("output.json", "w") as file:
        json.dump(output, file)
"""


def test_what_a_worker_hands_on_is_plain(pytester: pytest.Pytester) -> None:
    """A worker of xdist is another process; this is one that says what it would have handed on."""
    pytester.makepyfile(jobs=JOBS, test_jobs=JOB_TESTS)
    pytester.makeini("[pytest]\npythonpath = .\n")
    pytester.makeconftest(HANDED_ON)
    run(pytester, "--transition-coverage", "-p", "no:xdist").assert_outcomes(passed=4)
    output = json.loads((pytester.path / "output.json").read_text(encoding="utf-8"))
    name, (module, qualname, rows, means, initial), cases = output["lifecycles"][-1]
    assert (name, module, qualname, initial) == ("jobs:OURS", "job_status._rows", "RunningStatus", "WAITING")
    assert len(rows) == 37
    assert rows[0] == ["start_run", "WAITING", "RUNNING", "", "a platform takes the job"]
    assert means[0] == ["WAITING", "WAITING"]
    assert ["WAITING", "start_run", "RUNNING", 1] in cases
    assert output["machines"] == []


def test_what_a_worker_hands_on_of_machines_is_plain(relay: pytest.Pytester) -> None:
    relay.makepyfile(test_own=OWN)
    relay.makeconftest(HANDED_ON)
    run(relay, "--transition-coverage", "-p", "no:xdist").assert_outcomes(passed=2)
    output = json.loads((relay.path / "output.json").read_text(encoding="utf-8"))
    (name, (states, initial, finals, moves), cases) = output["machines"][0]
    assert (name, states, initial, finals) == ("relay:Relay", ["idle", "busy", "done", "broken"], "idle", ["done", "broken"])
    assert moves[0] == ["take", "idle", "busy", ""]
    assert sorted(cases) == [["busy", "finish", "done", 1], ["idle", "fail", "broken", 1], ["idle", "take", "busy", 1]]


def test_what_workers_hand_on_is_merged_by_lifecycle_and_name(covered: pytest.Pytester) -> None:
    covered.makepyfile(jobs=JOBS, test_jobs=JOB_TESTS)
    result = run(covered, "--transition-coverage", "-n", "2")
    result.assert_outcomes(passed=7)
    result.stdout.fnmatch_lines(
        [
            "relay:machine: 75 % of 4 moves, 12.5 % of 8 refusals",
            "job_status:JOB_LIFECYCLE: 11.1 % of 36 moves, 4.8 % of 41 refusals",
            "jobs:OURS: 5.4 % of 37 moves, 0 % of 48 refusals",
        ]
    )
