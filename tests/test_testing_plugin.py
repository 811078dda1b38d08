"""The pytest plugin, by real pytest sessions: mostly on a package that knows nothing of us but a `transitions.Machine`."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

RELAY = '''
from transitions import Machine

STATES = ["idle", "busy", "done", "broken"]
MOVES = [
    {"trigger": "take", "source": "idle", "dest": "busy"},
    {"trigger": "finish", "source": "busy", "dest": "done"},
    {"trigger": "fail", "source": ["idle", "busy"], "dest": "broken"},
]
machine = Machine(model=None, states=STATES, initial="idle", transitions=MOVES, auto_transitions=False)


class Relay:
    """It carries a machine of its own, as most users of transitions do, and one refusal that leaves a trace."""

    def __init__(self):
        self.asked = 0
        self.machine = Machine(model=self, states=STATES, initial="idle", transitions=MOVES, auto_transitions=False)


class Faulty(Relay):
    def finish(self):
        self.asked += 1
        return self.machine.events["finish"].trigger(self)
'''

TABLE = """\
# How a relay works

<!-- job-status: lifecycle=relay:machine factory=relay:Relay -->

A `|` in prose is no table.

| state  | take | finish | fail |
|--------|------|--------|------|
| idle   | busy | -      | broken |
| busy   | -    | done   | broken |
| done   | -    | -      | -    |
| broken | -    | -      | -    |

More prose.
"""

TESTS = """
from relay import Relay, machine

class Model:
    pass

def model():
    model = Model()
    machine.set_state("idle", model)
    return model

def fire(model, name):
    return machine.events[name].trigger(model)

def test_done():
    job = model()
    assert fire(job, "take") and fire(job, "finish")

def test_broken():
    assert fire(model(), "fail")

def test_refused():
    from transitions import MachineError
    try:
        fire(model(), "finish")
    except MachineError:
        pass
"""


@pytest.fixture
def relay(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(relay=RELAY)
    pytester.makeini("[pytest]\npythonpath = .\nfilterwarnings = error\n")
    return pytester


def run(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    return pytester.runpytest("-p", "no:cacheprovider", "-p", "no:randomly", *args)


def write(pytester: pytest.Pytester, text: str, name: str = "relay.transitions.md") -> Path:
    path = pytester.path / name
    path.write_text(text, encoding="utf-8")
    return path


# -- tables


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_each_cell_of_a_table_is_a_test(relay: pytest.Pytester, workers: tuple[str, ...]) -> None:
    write(relay, TABLE)
    result = relay.runpytest_subprocess("-p", "no:cacheprovider", "-v", *workers)
    result.assert_outcomes(passed=12)
    result.stdout.fnmatch_lines(["*relay.transitions.md::busy-finish*"])


def test_a_cell_is_selected_by_its_id(relay: pytest.Pytester) -> None:
    write(relay, TABLE)
    run(relay, "relay.transitions.md::busy-finish").assert_outcomes(passed=1)
    run(relay, "-k", "idle-fail").assert_outcomes(passed=1, deselected=11)


def test_a_wrong_cell_fails_with_what_was_expected_and_found_and_the_walk(relay: pytest.Pytester) -> None:
    write(relay, TABLE.replace("| busy   | -    | done   |", "| busy   | idle | -      |"))
    result = run(relay)
    result.assert_outcomes(passed=10, failed=2)
    result.stdout.fnmatch_lines(
        [
            "*relay.transitions.md:10",
            "busy-take: expected idle, got -",
            "  line: 10",
            "  walk: idle -take-> busy",
            "busy-finish: expected -, got done",
        ],
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_refusal_that_changes_the_object_fails(relay: pytest.Pytester) -> None:
    write(relay, TABLE.replace("relay:Relay", "relay:Faulty"))
    result = run(relay)
    result.assert_outcomes(passed=9, failed=3)
    result.stdout.fnmatch_lines(
        ["idle-finish: expected -, got -, but the object changed", "  before: *'asked': 0*", "  after: *'asked': 1*"]
    )


def test_an_object_that_raises_something_else_shows_where(relay: pytest.Pytester) -> None:
    relay.makepyfile(broken="def factory():\n    raise RuntimeError('no relay today')\n")
    write(relay, TABLE.replace("relay:Relay", "broken:factory"))
    result = run(relay)
    result.assert_outcomes(failed=12)
    result.stdout.fnmatch_lines(["*RuntimeError: no relay today"])


def test_a_bare_model_stands_in_where_no_factory_is_named(relay: pytest.Pytester) -> None:
    write(relay, TABLE.replace(" factory=relay:Relay", ""))
    run(relay).assert_outcomes(passed=12)


def test_several_tables_in_one_document(relay: pytest.Pytester) -> None:
    write(relay, TABLE + TABLE)
    result = run(relay, "-v")
    result.assert_outcomes(passed=24)
    result.stdout.fnmatch_lines(["*::busy-finish PASSED*", "*::busy-finish@2 PASSED*"])


def test_what_is_no_table_is_not_collected(relay: pytest.Pytester) -> None:
    write(relay, TABLE, "README.md")
    assert run(relay).ret == pytest.ExitCode.NO_TESTS_COLLECTED


COLLECTION_ERRORS = {
    "no table": ("nothing here\n", 1, "this document has no transition table"),
    "no comment": (
        TABLE.replace("<!--", "<!-- not"),
        7,
        "no line before this table names its lifecycle: <!-- job-status: lifecycle=*",
    ),
    "no table after the comment": (TABLE + "\n<!-- job-status: lifecycle=relay:machine -->\n", 16, "no table follows"),
    "two comments": ("<!-- job-status: lifecycle=relay:machine -->\n" + TABLE, 1, "no table follows"),
    "unknown option": (TABLE.replace("factory=", "factor="), 3, "'factor=relay:Relay' is not understood; known are lifecycle=*"),
    "no lifecycle": (TABLE.replace("lifecycle=relay:machine", ""), 3, "no lifecycle is named: lifecycle=module:OBJECT"),
    "unknown kind": (
        TABLE.replace("factory=relay:Relay", "kind=states"),
        3,
        "the kind of a table is transitions or observations, not *",
    ),
    "observations of a machine": (
        TABLE.replace("factory=relay:Relay", "kind=observations"),
        7,
        "only a Lifecycle has an observation table*",
    ),
    "a name without a colon": (TABLE.replace("relay:machine", "relay"), 7, "'relay' is not of the form package.module:object"),
    "no such module": (
        TABLE.replace("relay:machine", "nowhere:machine"),
        7,
        "nowhere cannot be imported: ModuleNotFoundError:*",
    ),
    "no such object": (TABLE.replace("relay:Relay", "relay:Nothing"), 7, "relay has no Nothing"),
    "no lifecycle by that name": (TABLE.replace("relay:machine", "relay:STATES"), 7, "relay:STATES: expected a Lifecycle or *"),
    "missing row": (TABLE.replace("| done   | -    | -      | -    |\n", ""), 7, "a row is missing: done"),
    "missing column": (
        "\n".join(line.rsplit("|", 2)[0] + "|" if line.startswith("|") else line for line in TABLE.splitlines()),
        7,
        "a column is missing: fail",
    ),
    "unknown status": (
        TABLE.replace("| done ", "| gone "),
        11,
        "the row 'gone' is not a status; there are: idle, busy, done, broken",
    ),
    "unknown trigger": (
        TABLE.replace("| take |", "| seize |"),
        7,
        "the column 'seize' is not a trigger; there are: take, finish, fail",
    ),
    "column twice": (TABLE.replace("| finish |", "| take |"), 7, "there are two columns take"),
    "row twice": (TABLE.replace("| done ", "| busy "), 11, "there is a row busy already, in line 10"),
    "row of several words": (TABLE.replace("| done ", "| well done "), 11, "the row 'well done' is not a status; there are: *"),
    "unknown status in a cell": (
        TABLE.replace("| done   | broken", "| gone | broken"),
        10,
        "the cell busy-finish has 'gone', which is *",
    ),
    "empty cell": (
        TABLE.replace("| idle   | busy |", "| idle   |  |"),
        9,
        "the cell idle-take has '', which is none of: - idle *",
    ),
    "short row": (TABLE.replace("| done   | -    |", "| done   |"), 11, "this row has 3 cells, but the heading has 4"),
}


@pytest.mark.parametrize("problem", COLLECTION_ERRORS)
def test_what_is_wrong_with_a_table_is_named_with_its_line(relay: pytest.Pytester, problem: str) -> None:
    text, line, words = COLLECTION_ERRORS[problem]
    write(relay, text)
    result = run(relay)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*relay.transitions.md:{line}: {words}"])
    result.stdout.no_fnmatch_line("*Traceback*")


# -- rewriting


def test_cells_are_rewritten_in_place_and_prose_is_left_alone(relay: pytest.Pytester) -> None:
    wrong = TABLE.replace("| busy   | -    | done   | broken |", "| busy   | idle (x) | ?    | - |").replace("\n", "\r\n")
    path = relay.path / "relay.transitions.md"
    path.write_bytes(wrong.encode())
    result = run(relay, "--update-transition-tables")
    result.assert_outcomes(passed=12)
    result.stdout.fnmatch_lines(["relay.transitions.md: 3 cells rewritten"])
    right = TABLE.replace("| busy   | -    | done   | broken |", "| busy   | - (x)    | done | broken |").replace("\n", "\r\n")
    assert path.read_bytes() == right.encode()
    assert sorted(file.name for file in relay.path.glob("*relay*")) == ["relay.py", "relay.transitions.md"]
    run(relay).assert_outcomes(passed=12)


def test_only_what_is_run_is_rewritten(relay: pytest.Pytester) -> None:
    path = write(relay, TABLE.replace("| idle   | busy | -      |", "| idle   | idle | idle   |"))
    run(relay, "--update-transition-tables", "-k", "idle-take").assert_outcomes(passed=1, deselected=11)
    assert path.read_text(encoding="utf-8") == TABLE.replace("| idle   | busy | -      |", "| idle   | busy | idle   |")


def test_nothing_is_rewritten_where_nothing_is_wrong(relay: pytest.Pytester) -> None:
    path = write(relay, TABLE)
    before = path.stat().st_mtime_ns
    result = run(relay, "--update-transition-tables")
    result.stdout.no_fnmatch_line("*cells rewritten")
    assert path.stat().st_mtime_ns == before


def test_files_are_rewritten_though_their_cells_are_run_in_turns(relay: pytest.Pytester) -> None:
    """As by a plugin that shuffles tests: a file that has been written is written again, from its first text."""
    wrong = TABLE.replace("| idle   | busy | -      |", "| idle   | -    | broken |").replace(
        "| done   | broken |", "| -      | broken |"
    )
    paths = [write(relay, wrong, f"{name}.transitions.md") for name in "ab"]
    relay.makeconftest(
        "def pytest_collection_modifyitems(items):\n    items.sort(key=lambda item: item.name)\n",
    )
    run(relay, "--update-transition-tables").assert_outcomes(passed=24)
    assert [path.read_text(encoding="utf-8") for path in paths] == [TABLE, TABLE]


def test_an_object_that_misbehaves_fails_though_tables_are_rewritten(relay: pytest.Pytester) -> None:
    path = write(relay, TABLE.replace("relay:Relay", "relay:Faulty"))
    run(relay, "--update-transition-tables").assert_outcomes(passed=9, failed=3)
    assert path.read_text(encoding="utf-8") == TABLE.replace("relay:Relay", "relay:Faulty")


def test_workers_do_not_rewrite(relay: pytest.Pytester) -> None:
    result = run(relay, "-n", "2", "--update-transition-tables")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: --update-transition-tables rewrites files, which several workers can't: run it without -n"]
    )


# -- coverage


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


def test_reports_of_each_kind(covered: pytest.Pytester) -> None:
    names = [f"cover.{suffix}" for suffix in ("md", "json", "svg", "html")]
    run(covered, *(f"--transition-coverage-report={name}" for name in names)).assert_outcomes(passed=3)
    markdown, as_json, svg, html = ((covered.path / name).read_text(encoding="utf-8") for name in names)
    assert "| idle | 1 | -1 | 1 |\n| busy | **-!** | 1 | **!** |\n" in markdown
    assert "75 % of 4 moves, 12.5 % of 8 refusals." in markdown
    assert json.loads(as_json)["relay:machine"]["moves"] == {"total": 4, "exercised": 3, "percent": 75.0}
    namespace = {"svg": "http://www.w3.org/2000/svg"}
    red = [
        box.findtext("svg:title", namespaces=namespace) or ""
        for box in ET.fromstring(svg).iterfind("svg:rect", namespace)
        if box.get("fill") == "#d62728"
    ]
    assert len(red) == 8
    assert "busy-fail -> broken: 0" in red
    assert html.count('class="untested"') == 8
    assert '<td class="untested" title="busy-fail -&gt; broken: 0"><strong>!</strong></td>' in html


def test_a_report_of_no_known_kind_is_refused(covered: pytest.Pytester) -> None:
    result = run(covered, "--transition-coverage-report=cover.pdf")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --transition-coverage-report=cover.pdf: the suffix is one of .md, .json, .html, .svg"])


def test_a_machine_that_cannot_be_found_is_named(relay: pytest.Pytester) -> None:
    relay.makeini("[pytest]\npythonpath = .\ntransition_coverage_machines = relay:nothing\n")
    result = run(relay, "--transition-coverage")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: transition_coverage_machines: relay has no nothing"])


def test_an_async_machine_is_not_counted(relay: pytest.Pytester) -> None:
    relay.makepyfile(
        slow="""
        from transitions.extensions.asyncio import AsyncMachine
        machine = AsyncMachine(states=["a", "b"], initial="a", transitions=[["go", "a", "b"]], auto_transitions=False)
        """
    )
    relay.makeini("[pytest]\npythonpath = .\ntransition_coverage_machines = slow:machine\n")
    result = run(relay, "--transition-coverage")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: slow:machine has to be awaited: the coverage of async machines is not counted"])


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


def test_no_job_at_all_is_no_coverage(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_nothing():\n    pass\n")
    result = run(pytester, "--transition-coverage-fail-under=1")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["job_status:JOB_LIFECYCLE: 0 % of 36 moves, 0 % of 41 refusals"])


def test_without_its_options_the_plugin_imports_nothing_more(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_modules():
            loaded = {name for name in sys.modules if name.startswith("job_status.testing.")}
            assert loaded == {"job_status.testing.plugin"}
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:hypothesispytest").assert_outcomes(passed=1)


def test_what_a_worker_hands_on_is_plain(pytester: pytest.Pytester) -> None:
    """A worker of xdist is another process; this is one that says what it would have handed on."""
    pytester.makepyfile(jobs=JOBS, test_jobs=JOB_TESTS)
    pytester.makeini("[pytest]\npythonpath = .\n")
    pytester.makeconftest(
        """
        import json

        def pytest_configure(config):
            config.workeroutput = {}

        def pytest_unconfigure(config):
            output = config.workeroutput["job_status_transition_coverage"]
            with open("output.json", "w") as file:
                json.dump(output, file)
        """
    )
    run(pytester, "--transition-coverage", "-p", "no:xdist").assert_outcomes(passed=4)
    output = json.loads((pytester.path / "output.json").read_text(encoding="utf-8"))
    name, (module, qualname, rows, means, initial), cases = output["lifecycles"][-1]
    assert (name, module, qualname, initial) == ("jobs:OURS", "job_status._rows", "RunningStatus", "WAITING")
    assert len(rows) == 37
    assert rows[0] == ["start_run", "WAITING", "RUNNING", "", "a platform takes the job"]
    assert means[0] == ["WAITING", "WAITING"]
    assert ["WAITING", "start_run", "RUNNING", 1] in cases
    assert output["machines"] == []


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


def test_observation_tables_are_rewritten_too(pytester: pytest.Pytester) -> None:
    ours = (Path(__file__).parent / "job_lifecycle.transitions.md").read_text(encoding="utf-8")
    wrong = ours.replace("| SUSPENDED | < | > (t) | =", "| SUSPENDED | ? | = (t) | =").replace(
        "| UNKNOWN | - | RUNNING (*)", "| UNKNOWN | - | - (*)"
    )
    path = write(pytester, wrong, "job.transitions.md")
    result = run(pytester, "--update-transition-tables")
    result.assert_outcomes(passed=120)
    result.stdout.fnmatch_lines(["job.transitions.md: 3 cells rewritten"])
    assert path.read_text(encoding="utf-8") == ours
