"""The pytest plugin in other people's projects: what it leaves alone, what it reads, and what it can import there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from job_status.testing._documents import is_ours

MACHINE = """
from transitions import Machine

machine = Machine(
    model=None, states=["off", "on"], initial="off", transitions=[["press", "off", "on"]], auto_transitions=False
)
"""

TABLE = """\
# Schalter für Gäste

<!-- job-status: lifecycle=switch:machine -->

| state | press |
|-------|-------|
| off   | on    |
| on    | -     |
"""

FOREIGN = {
    "a table of something else": "| route | page |\n|---|---|\n| / | home |\n",
    "no table": "Transitions of the router.\n",
    "a mention of us": "See `job-status: ...` comments.\n",
    "our comment as an example": f"```\n{TABLE}```\n",
    "nothing": "",
}


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(switch=MACHINE, test_own="def test_own():\n    pass\n")
    pytester.makeini("[pytest]\nfilterwarnings = error\n")
    return pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run `pytest`, the script: unlike `python -m pytest` it does not import from the current folder."""
    command = [sys.executable, "-P", "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:randomly", *arguments]
    done = subprocess.run(command, cwd=project.path, capture_output=True, encoding="utf-8", check=False)
    return pytest.RunResult(done.returncode, done.stdout.splitlines(), done.stderr.splitlines(), 0.0)


# -- whose document it is


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_a_document_of_somebody_else_is_left_alone(project: pytest.Pytester, text: str) -> None:
    (project.path / "router.transitions.md").write_text(text)
    run(project).assert_outcomes(passed=1)


def test_a_document_of_somebody_else_may_be_no_text_at_all(project: pytest.Pytester) -> None:
    (project.path / "router.transitions.md").write_bytes(bytes(range(256)))
    run(project).assert_outcomes(passed=1)


def test_what_cannot_be_read_is_not_ours(tmp_path: Path) -> None:
    assert not is_ours(tmp_path)


# -- how it is encoded


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("first", [TABLE, TABLE[TABLE.index("<!--") :]], ids=["title first", "comment first"])
def test_a_byte_order_mark_and_any_line_ends_are_read_and_kept(
    project: pytest.Pytester, first: str, end: str, encoding: str
) -> None:
    path = project.path / "switch.transitions.md"
    right = first.replace("\n", end).encode(encoding)
    path.write_bytes(right.replace(b"on    |", b"off   |", 1))
    run(project, "--update-transition-tables").assert_outcomes(passed=3)
    assert path.read_bytes() == right
    run(project).assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("encoding", "line", "byte"), [("latin-1", 1, "fc"), ("utf-16", 1, "ff")], ids=["Latin-1", "UTF-16 of PowerShell"]
)
def test_another_encoding_is_one_sentence(project: pytest.Pytester, encoding: str, line: int, byte: str) -> None:
    (project.path / "switch.transitions.md").write_bytes(TABLE.encode(encoding))
    result = run(project)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*switch.transitions.md:{line}: this is not UTF-8 (byte 0x{byte}): save the document as UTF-8"])
    result.stdout.no_fnmatch_line("*Traceback*")


# -- what it can import


@pytest.mark.parametrize("folder", [".", "docs", "docs/deep"])
def test_a_document_finds_modules_of_the_root_folder_wherever_it_lies(project: pytest.Pytester, folder: str) -> None:
    (project.path / folder).mkdir(parents=True, exist_ok=True)
    (project.path / folder / "switch.transitions.md").write_text(TABLE, encoding="utf-8")
    run(project).assert_outcomes(passed=3)


def test_a_document_finds_modules_beside_it_and_packages_that_it_lies_in(project: pytest.Pytester) -> None:
    (project.path / "switch.py").unlink()
    for folder in ("beside", "above/package/inner"):
        (project.path / folder).mkdir(parents=True)
    for folder in ("above/package", "above/package/inner"):
        (project.path / folder / "__init__.py").touch()
    (project.path / "beside" / "switch.py").write_text(MACHINE)
    (project.path / "beside" / "switch.transitions.md").write_text(TABLE, encoding="utf-8")
    (project.path / "above" / "package" / "levers.py").write_text(MACHINE)
    inner = project.path / "above" / "package" / "inner" / "levers.transitions.md"
    inner.write_text(TABLE.replace("switch:", "package.levers:"), encoding="utf-8")
    run(project).assert_outcomes(passed=5)


def test_machines_named_in_the_ini_file_are_found_too(project: pytest.Pytester) -> None:
    (project.path / "switch.transitions.md").write_text(TABLE, encoding="utf-8")
    project.makeini("[pytest]\ntransition_coverage_machines = switch:machine\n")
    result = run(project, "--transition-coverage")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["switch:machine: 100 % of 1 moves, 100 % of 1 refusals"])


@pytest.mark.parametrize(("mode", "first"), [("prepend", True), ("append", False)])
def test_the_import_mode_says_what_comes_first(project: pytest.Pytester, mode: str, first: bool) -> None:
    (project.path / "tables").mkdir()
    (project.path / "tables" / "colorsys.py").write_text(MACHINE)
    table = project.path / "tables" / "switch.transitions.md"
    table.write_text(TABLE.replace("switch:", "colorsys:"), encoding="utf-8")
    result = run(project, f"--import-mode={mode}", str(table))
    result.assert_outcomes(**({"passed": 2} if first else {"errors": 1}))


def test_with_importlib_the_path_stays_as_it_is(project: pytest.Pytester) -> None:
    (project.path / "switch.transitions.md").write_text(TABLE, encoding="utf-8")
    result = run(project, "--import-mode=importlib")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*switch cannot be imported: ModuleNotFoundError: No module named 'switch'"])
    project.makeini("[pytest]\npythonpath = .\n")
    run(project, "--import-mode=importlib").assert_outcomes(passed=3)
