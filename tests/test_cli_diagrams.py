"""The commands `job-status diagram` and `job-status table`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from job_status import JOB_LIFECYCLE
from job_status.cli import cli
from job_status.diagrams import render
from job_status.diagrams.__main__ import main as gallery_command


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [*map(str, arguments)])


def test_the_default_is_the_lifecycle_of_a_job_as_mermaid() -> None:
    assert run("diagram").stdout == render(JOB_LIFECYCLE, "mermaid")


def test_table_writes_the_transition_table() -> None:
    assert run("table").stdout == render(JOB_LIFECYCLE, "markdown")
    assert run("table", "--full").stdout == render(JOB_LIFECYCLE, "markdown", full=True)


@pytest.mark.parametrize(("suffix", "form"), [("mmd", "mermaid"), ("dot", "dot"), ("md", "markdown"), ("json", "json")])
def test_the_name_of_the_file_says_the_format(tmp_path: Path, suffix: str, form: str) -> None:
    file = tmp_path / f"lifecycle.{suffix}"
    assert run("diagram", "-o", file).exit_code == 0
    assert file.read_text(encoding="utf-8") == render(JOB_LIFECYCLE, form)  # type: ignore[arg-type]


def test_a_source_may_be_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "somebodys_jobs.py").write_text(
        "from transitions import Machine\n"
        "class jobs:\n"
        "    lifecycle = Machine(model=None, states=['new', 'done'], initial='new', auto_transitions=False)\n"
        "    lifecycle.add_transition('finish', 'new', 'done')\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    result = run("table", "somebodys_jobs:jobs.lifecycle", "--title", "Mine")
    assert result.stdout.splitlines()[0] == "# Mine"
    assert "| new | done |" in result.stdout


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("job_status", "'job_status' is not like package.module:object"),
        ("no_such_module:x", "no_such_module cannot be imported: ModuleNotFoundError: No module named 'no_such_module'"),
        ("job_status:NOPE", "job_status has no NOPE"),
        ("job_status:JobStatus", "job_status:JobStatus cannot be drawn: expected a Lifecycle or a transitions.Machine, not"),
    ],
)
def test_a_source_that_cannot_be_drawn_is_a_clear_error(source: str, message: str) -> None:
    result = run("diagram", source)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert "Traceback" not in result.output


def test_a_source_may_be_one_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one_job.py").write_text("from job_status import JobStatus\nstatus = JobStatus()\nstatus.start_run()\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*sys.path])  # the command puts the current folder there
    assert "1 start_run" in run("diagram", "one_job:status").stdout


def test_a_picture_without_graphviz_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    result = run("diagram", "--format", "svg")
    assert result.exit_code == 1
    assert "pip install 'job_status[diagrams]'" in result.stderr


def test_a_file_that_cannot_be_read_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "lifecycle.mmd").write_bytes(b"\xff")
    result = run("diagram", "--check", tmp_path / "lifecycle.mmd")
    assert result.exit_code == 2
    assert "cannot read" in result.stderr


def test_the_pictures_of_this_project_are_made_by_one_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "job_status.diagrams", str(tmp_path)], check=False)
    assert done.returncode == 0
    assert (tmp_path / "job_lifecycle.svg").read_text(encoding="utf-8").startswith("<")
    assert gallery_command([]) == 2
    assert capsys.readouterr().err == "usage: python -m job_status.diagrams FOLDER\n"


def test_an_unknown_format_names_those_there_are() -> None:
    result = run("diagram", "--format", "pdf")
    assert result.exit_code == 2
    assert "there is no format 'pdf'; the formats are: mermaid, dot, svg, markdown, html, json" in result.stderr


def test_a_file_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    result = run("diagram", "-o", tmp_path / "no" / "folder.mmd")
    assert result.exit_code == 2
    assert "No such file or directory" in result.stderr


@pytest.mark.parametrize("name", ["a.mmd", "a.dot", "a.svg", "a.json"])
def test_check_passes_what_is_up_to_date(tmp_path: Path, name: str) -> None:
    if name.endswith("svg"):
        pytest.importorskip("pygraphviz")
    run("diagram", "-o", tmp_path / name)
    result = run("diagram", "--check", tmp_path / name)
    assert (result.exit_code, result.stdout) == (0, "")


@pytest.mark.parametrize("name", ["a.mmd", "a.svg"])
def test_check_shows_how_a_file_is_stale(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    run("diagram", "-o", file)
    file.write_text(file.read_text(encoding="utf-8").replace("suspend<", "halt<").replace('"suspend"', '"halt"'), encoding="utf-8")
    before = file.read_bytes()
    result = run("diagram", "--check", file)
    assert result.exit_code == 1
    changes = [line for line in result.stdout.splitlines()[2:] if line[0] in "+-"]
    assert ["halt" in line for line in changes] == [True, False]
    assert file.read_bytes() == before


def test_check_of_a_missing_file_shows_all_of_it(tmp_path: Path) -> None:
    result = run("table", "--check", tmp_path / "none.md")
    assert result.exit_code == 1
    assert "+# The lifecycle of a job" in result.stdout


def test_check_and_output_exclude_each_other(tmp_path: Path) -> None:
    assert run("diagram", "--check", tmp_path / "a.mmd", "-o", tmp_path / "a.mmd").exit_code == 2
