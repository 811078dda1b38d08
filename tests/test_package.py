"""The package as a whole: what imports what, what its README says, and what a type checker sees in a user's code."""

from __future__ import annotations

import ast
import doctest
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import job_status

PACKAGE = Path(job_status.__file__).parent
ROOT = PACKAGE.parent
README = ROOT / "README.md"

#: each module and those of ours that it may import; the direction is down, and what is not named here may be imported by none
LAYERS: dict[str, set[str]] = {
    "errors": set(),
    "_lifecycle": set(),
    "_history": {"_lifecycle"},
    "_record": {"_history", "_lifecycle"},
    "_status": {"_history", "_lifecycle", "_record", "errors"},
    "perceval": {"_lifecycle", "_status"},
    "runner": {"_history", "_lifecycle", "_status", "errors"},
    "_source": {"_lifecycle"},
}
OPTIONAL = {"click", "rich", "pygraphviz", "sphinx", "docutils", "pytest", "hypothesis", "perceval", "sqlalchemy"}


def imports(path: Path, *, at_run_time: bool = True) -> set[str]:
    """The names of the modules that a file imports as it is imported itself, ours with a leading dot."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            return
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and at_run_time:
            return
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            name = node.module or ""
            found.add("." + name.partition(".")[0] if node.level else name.partition(".")[0])
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text(encoding="utf-8")))
    return found


@pytest.mark.parametrize("module", LAYERS)
def test_imports_go_down_only(module: str) -> None:
    ours = {name[1:] for name in imports(PACKAGE / f"{module}.py") if name.startswith(".")}
    assert ours <= LAYERS[module]


def test_few_modules_know_the_wrapped_package() -> None:
    """Of the core, that is: what draws and tests other people's machines has to know them."""
    assert {path.stem for path in PACKAGE.glob("*.py") if "transitions" in imports(path)} <= {"_lifecycle", "errors", "_source"}


def test_importing_the_package_pulls_in_nothing_optional() -> None:
    code = "import sys, job_status; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COV")}  # coverage imports things of its own
    done = subprocess.run([sys.executable, "-c", code], env=plain, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "transitions" in loaded
    assert loaded & (OPTIONAL | {"asyncio", "typing"}) == set()


def test_what_the_package_offers_is_sorted_and_there() -> None:
    assert job_status.__all__ == sorted(job_status.__all__, key=lambda name: (not name.isupper(), name))
    assert all(hasattr(job_status, name) for name in job_status.__all__)


def test_the_example_of_the_package_runs() -> None:
    assert doctest.testmod(job_status).attempted >= 5
    assert doctest.testmod(job_status).failed == 0


USER_CODE = """
from typing_extensions import assert_type
from collections.abc import Callable
from job_status import History, JobStatus, Lifecycle, Move, Observation, RunningStatus

status = JobStatus()
assert_type(status.start_run(), bool)
assert_type(status.update_progress(0.5, "phase"), bool)
assert_type(status.request_cancel("why"), bool)
assert_type(status.suspend(), bool)
assert_type(status.resume(), bool)
assert_type(status.stop_run(RunningStatus.ERROR, "why"), bool)
assert_type(status.trigger("start_run"), bool)
assert_type(status.observe(RunningStatus.RUNNING, at=5.0), Observation)
assert_type(status.status, RunningStatus)
assert_type(status.progress, float)
assert_type(status.phase, str | None)
assert_type(status.duration, float | None)
assert_type(status.completed, bool)
assert_type(status.history, History)
assert_type(status.history[0], Move)
assert_type(status.history[1:], tuple[Move, ...])
assert_type(status.lifecycle, Lifecycle)
assert_type(status.subscribe(lambda job, move: print(job.status, move.dest)), Callable[[], None])
assert_type(JobStatus.from_dict(status.to_dict()), JobStatus)
with status.run() as running:
    assert_type(running, JobStatus)
status.strat_run()
status.status = RunningStatus.SUCCESS
status.update_progress("half")
"""


def test_a_type_checker_sees_every_trigger_in_a_users_code(tmp_path: Path) -> None:
    (tmp_path / "user.py").write_text(USER_CODE, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "user.py"]
    output = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    errors = [re.sub(r"^user\.py:\d+: error: ", "", line) for line in output.splitlines() if ": error: " in line]
    assert [re.findall(r"\[([a-z-]+)\]$", error) for error in errors] == [["attr-defined"], ["misc"], ["arg-type"]], output
    assert (PACKAGE / "py.typed").is_file()


def readme_blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README.read_text(encoding="utf-8"), re.M | re.S)


@pytest.mark.parametrize("code", readme_blocks("python"), ids=lambda code: code.strip().splitlines()[0][:40])
def test_the_readmes_python_runs(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize("code", readme_blocks("pycon"), ids=lambda code: code.strip().splitlines()[0][:40])
def test_the_readmes_sessions_run(code: str) -> None:
    test = doctest.DocTestParser().get_doctest(code, {}, "README.md", "README.md", 0)
    assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test).failed == 0


def shell_lines() -> list[str]:
    """What the README has one type, but for its two set-up lines and the benchmarks, which `.ci/run` runs."""
    lines = [line for block in readme_blocks("sh") for line in block.splitlines()]
    return [line for line in lines if "pip install" not in line and "tests/benchmarks" not in line]


@pytest.mark.parametrize("line", shell_lines())
def test_the_readmes_commands_run(line: str, tmp_path: Path) -> None:
    assert line.startswith("job-status "), "a command of another kind needs a test of its own"
    command = f"{shlex.quote(sys.executable)} -m job_status {line.removeprefix('job-status ')}"
    done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_readme_shows_code_before_line_30() -> None:
    lines = README.read_text(encoding="utf-8").splitlines()
    assert any(line.startswith("```python") for line in lines[:30])


def test_the_readmes_pictures_are_there() -> None:
    links = re.findall(r"\]\(((?!https?:|#)[^)]+)\)", README.read_text(encoding="utf-8"))
    assert links
    assert all((ROOT / link).exists() for link in links), links


def test_nothing_else_stands_at_the_top_level() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    if not tracked:
        pytest.skip("not a git checkout")
    top = {line.partition("/")[0] for line in tracked.splitlines()}
    visible = {name for name in top if not name.startswith(".")}
    assert visible <= {"pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "job_status", "tests", "diagrams"}
