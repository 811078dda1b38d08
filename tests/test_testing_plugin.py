"""The pytest plugin, by real pytest sessions: mostly on a package that knows nothing of us but a `transitions.Machine`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.relay import RELAY, TABLE, run, write


@pytest.fixture
def relay(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(relay=RELAY)
    pytester.makeini("[pytest]\npythonpath = .\nfilterwarnings = error\n")
    return pytester


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
            "expected idle, got -",
            "  cell: busy-take, line 10",
            "  walk: idle -take-> busy",
            "*relay.transitions.md:10",
            "expected -, got done",
            "  cell: busy-finish, line 10",
            "FAILED relay.transitions.md::busy-take - expected idle, got -",
        ],
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_refusal_that_changes_the_object_fails(relay: pytest.Pytester) -> None:
    write(relay, TABLE.replace("relay:Relay", "relay:Faulty"))
    result = run(relay)
    result.assert_outcomes(passed=9, failed=3)
    result.stdout.fnmatch_lines(["expected -, got - and a change", "  asked: 0 -> 1", "  cell: idle-finish, line 9"])


def test_an_object_that_raises_something_else_shows_where(relay: pytest.Pytester) -> None:
    relay.makepyfile(broken="def factory():\n    raise RuntimeError('no relay today')\n")
    write(relay, TABLE.replace("relay:Relay", "broken:factory"))
    result = run(relay)
    result.assert_outcomes(failed=12)
    result.stdout.fnmatch_lines(["expected busy, got RuntimeError: no relay today*", "  at: broken.py:2, in factory: raise *"])


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
    "no comment before a second table": (
        TABLE + TABLE.replace("<!--", "<!-- not"),
        21,
        "no line before this table names its lifecycle: <!-- job-status: lifecycle=*",
    ),
    "a comment in two lines": (
        TABLE.replace(" factory", "\nfactory"),
        8,
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


# -- what it costs


def test_at_start_up_the_plugin_imports_neither_transitions_nor_the_core(pytester: pytest.Pytester) -> None:
    """So that what measures or patches either of them comes first."""
    pytester.makepyfile(
        """
        import sys

        def test_modules():
            loaded = {name for name in sys.modules if name.partition(".")[0] in ("job_status", "transitions")}
            testing = {"job_status.testing", "job_status.testing.plugin", "job_status.testing._documents"}
            assert loaded == {"job_status", "job_status._late", *testing}
        """
    )
    write(pytester, "of somebody else", "router.transitions.md")
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:hypothesispytest").assert_outcomes(passed=1)
