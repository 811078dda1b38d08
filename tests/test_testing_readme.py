"""The README's own lifecycle: its files, written as they stand, are a project whose commands run and whose tests pass."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import database

README = Path(__file__).parents[1] / "README.md"
TEXT = README.read_text(encoding="utf-8")
FILES = dict(re.findall(r"^```\w+ (\S+\.\w+)\n(.*?)^```$", TEXT, re.M | re.S))
COMMANDS = [line for block in re.findall(r"^```console\n(.*?)^```$", TEXT, re.M | re.S) for line in block.splitlines()]
#: those that are run by themselves, with `work.py` beside them
SCRIPTS = ("pools.py", "cluster.py")


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder with the README's files."""
    for name, text in FILES.items():
        (pytester.path / name).write_text(text, encoding="utf-8")
    pytester.makeini("[pytest]\npythonpath = .\nfilterwarnings = error\n")
    return pytester


def test_the_files_of_the_readme_pass(project: pytest.Pytester) -> None:
    assert {*FILES} == {"test_queue.py", "test_thumbnails.py", "thumbnails.py", "thumbnails.transitions.md", *SCRIPTS, "work.py"}
    options = ("-p", "no:cacheprovider", "--transition-coverage", "--transition-coverage-fail-under=100")
    result = project.runpytest(*options)
    walks = 5
    result.assert_outcomes(passed=7 * 7 + 1 + walks + 2)
    result.stdout.fnmatch_lines(["thumbnails:QUEUE: 100 % of 9 moves, 100 % of 40 refusals"])


def test_the_commands_of_the_readme_make_its_table(project: pytest.Pytester) -> None:
    shown = FILES["thumbnails.transitions.md"]
    table = project.path / "thumbnails.transitions.md"
    table.unlink()
    assert len(COMMANDS) == 3
    for line in COMMANDS:
        program, *arguments = shlex.split(line.removeprefix("$ "))
        module = {"job-status": ["-m", "job_status"], "python": []}[program]
        assert project.run(sys.executable, *module, *arguments).ret == 0, line
    assert (project.path / "thumbnails.svg").read_text(encoding="utf-8").startswith("<svg")
    comment, _, cells = shown.partition("\n\n")
    written = table.read_text(encoding="utf-8")
    assert written.startswith(f"{comment}\n\n")
    assert cells in written


def printed(script: str, folder: Path, **variables: str) -> list[str]:
    """What a script of the README prints."""
    for name in (script, "work.py"):
        (folder / name).write_text(FILES[name], encoding="utf-8")
    environment = {**os.environ, **variables}
    done = subprocess.run(
        [sys.executable, script], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_readmes_function_runs_in_pools(tmp_path: Path) -> None:
    assert printed("pools.py", tmp_path) == ["SUCCESS", "10 SUCCESS", "[10, 20]"]


def test_the_readmes_function_runs_on_a_cluster(tmp_path: Path, server: str) -> None:
    with database(server) as url:
        assert printed("cluster.py", tmp_path, JOBS=url) == ["[10, 20] {<RunningStatus.SUCCESS: 2>: 2}"]


def test_the_readme_is_no_longer_than_one_reads() -> None:
    assert len(TEXT.splitlines()) < 450
