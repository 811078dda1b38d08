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

#: the core's modules from the bottom up: each imports only from those above it here
ORDER = (
    "_late",
    "_lean",
    "_search",
    "_values",
    "errors",
    "_rows",
    "_paths",
    "_engine",
    "_checks",
    "_observation",
    "_history",
    "_notebook",
    "_lifecycle",
    "_facts",
    "_known",
    "_moving",
    "_current",
    "_run",
    "_fields",
    "_stored",
    "_status",
    "_any_job",
    "_tally",
    "_together",
    "_changes",
    "_group",
    "perceval",
    "_endings",
    "_processes",
    "_terminal",
    "_record",
    "_supervisor",
    "runner",
    "_definition",
    "_machines",
    "_source",
)
#: what may import from the core, and from what else of ours: renderers, the testing kit, and the faces of both
ABOVE = {
    "diagrams": {"diagrams"},
    "vocabularies": {"vocabularies"},
    "store": {"store"},
    "executors": {"executors", "store"},
    "testing": {"testing", "diagrams", "vocabularies"},
    "sphinx": {"diagrams"},
    "cli": {"cli", "_watch", "diagrams", "store", "testing"},
    "__main__": {"cli"},
    "_follow": {"vocabularies"},
    "_watch": {"_watch", "diagrams"},
    "__init__": {"_follow", "_late", "_watch"},
}
#: the late imports that lead up: each is of what whoever calls for it has
UPWARD = {"_notebook": {"diagrams"}, "_current": {"store"}}
OPTIONAL = {"click", "rich", "pygraphviz", "vl_convert", "sphinx", "docutils", "pytest", "hypothesis", "perceval"}
OPTIONAL |= {"psycopg", "sqlalchemy", "sqlite3"}


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


@pytest.mark.parametrize("module", ORDER)
def test_imports_go_down_only(module: str) -> None:
    found = {name[1:] for name in imports(PACKAGE / f"{module}.py") if name.startswith(".")}
    assert found <= set(ORDER[: ORDER.index(module)])


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_imports_what_is_built_on_it(path: Path) -> None:
    place = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    allowed = set(ORDER) | ABOVE.get(place, set())
    found = {name for name in all_imports(path) if name != "__main__"}
    found -= UPWARD.get(place, set())
    assert found <= allowed


def all_imports(path: Path) -> set[str]:
    """The modules and folders of ours that a file imports anywhere but for a type checker, by their names in the package."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            for other in node.orelse:
                visit(other)
            return
        if isinstance(node, ast.ImportFrom) and node.level:
            folder = path.parents[node.level - 1]
            if folder == PACKAGE:
                found.update([node.module.partition(".")[0]] if node.module else [alias.name for alias in node.names])
            else:
                found.add(folder.relative_to(PACKAGE).parts[0])
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text(encoding="utf-8")))
    return found


def test_every_module_of_the_core_has_its_place() -> None:
    assert {path.stem for path in PACKAGE.glob("*.py")} == {*ORDER, *ABOVE} - {
        "_watch",
        *("cli", "diagrams", "executors", "store", "testing", "vocabularies"),
    }


def test_few_modules_know_the_wrapped_package() -> None:
    """Of the core, that is: what draws and tests other people's machines has to know them."""
    assert {path.stem for path in PACKAGE.glob("*.py") if "transitions" in imports(path)} == {
        "_engine",
        "errors",
        "_machines",
        "_source",
    }


def test_importing_the_package_pulls_in_nothing_optional() -> None:
    code = "import sys; from job_status import JobStatus; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COV")}  # coverage imports things of its own
    done = subprocess.run([sys.executable, "-c", code], env=plain, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "transitions" in loaded
    assert loaded & (OPTIONAL | {"asyncio", "typing"}) == set()


def test_a_name_is_imported_when_it_is_first_asked_for() -> None:
    code = "import sys, job_status; print('transitions' in sys.modules); job_status.JobStatus; print('transitions' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
    names: dict[str, object] = {}
    exec("from job_status import *", names)
    assert set(job_status.__all__) <= names.keys()
    assert set(job_status.__all__) <= set(dir(job_status))


def test_what_the_package_offers_is_sorted_and_there() -> None:
    assert job_status.__all__ == sorted(job_status.__all__, key=lambda name: (not name.isupper(), name))
    assert all(hasattr(job_status, name) for name in job_status.__all__)


def test_the_example_of_the_package_runs() -> None:
    assert doctest.testmod(job_status).attempted >= 5
    assert doctest.testmod(job_status).failed == 0


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
    here = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "HOME": str(tmp_path)}  # where it records jobs, and macOS has it
    done = subprocess.run(command, shell=True, cwd=tmp_path, env=here, capture_output=True, text=True, check=False)
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
