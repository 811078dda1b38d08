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
from job_status.testing import check_document


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [*map(str, arguments)])


def test_the_default_is_the_lifecycle_of_a_job_as_mermaid() -> None:
    assert run("diagram").stdout == render(JOB_LIFECYCLE, "mermaid")


def test_table_writes_the_transition_table() -> None:
    heading = "<!-- job-status: lifecycle=job_status:JOB_LIFECYCLE -->\n\n"
    assert run("table").stdout == heading + render(JOB_LIFECYCLE, "markdown")
    assert run("table", "--full").stdout == render(JOB_LIFECYCLE, "markdown", full=True)


def test_the_table_of_a_lifecycle_is_a_test(tmp_path: Path) -> None:
    run("table", "-o", tmp_path / "jobs.transitions.md")
    assert check_document((tmp_path / "jobs.transitions.md").read_text(encoding="utf-8"), JOB_LIFECYCLE) == []


def test_a_table_that_cannot_be_a_test_does_not_claim_to_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wide_jobs.py").write_text(
        "from enum import Enum\n"
        "from job_status import JobStatus, Lifecycle, RunningStatus, Transition\n"
        "S = Enum('S', [f's{number}' for number in range(30)])\n"
        "first, *finals = S\n"
        "WIDE = Lifecycle(\n"
        "    [Transition('stop_run', first, final) for final in finals],\n"
        "    means=lambda status: RunningStatus.WAITING if status is first else RunningStatus.ERROR,\n"
        ")\n"
        "job = JobStatus()\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*sys.path])  # the command puts the current folder there
    wide = run("table", "wide_jobs:WIDE").stdout
    assert wide.startswith("# The lifecycle of a job\n")
    assert "| stop_run(s29) | s0 | s29 |  |  |" in wide
    assert "mean ERROR" in wide
    assert run("table", "wide_jobs:job").stdout.startswith("# A job that is WAITING\n")


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
    assert result.stdout.splitlines()[:3] == ["<!-- job-status: lifecycle=somebodys_jobs:jobs.lifecycle -->", "", "# Mine"]
    assert "| new | done |" in result.stdout


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("job_status", "'job_status' is not of the form package.module:object"),
        ("no_such_module:x", "no_such_module cannot be imported: ModuleNotFoundError: No module named 'no_such_module'"),
        ("job_status:NOPE", "job_status has no NOPE"),
        ("job_status:JobStatus", "job_status:JobStatus: expected a Lifecycle or a transitions.Machine, not"),
    ],
)
def test_a_source_that_cannot_be_drawn_is_a_clear_error(source: str, message: str) -> None:
    result = run("diagram", source)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert "Traceback" not in result.output


def test_a_source_may_be_one_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one_job.py").write_text("from job_status import JobStatus\nstatus = JobStatus(name='n')\nstatus.start_run()\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*sys.path])  # the command puts the current folder there
    text = run("diagram", "one_job:status").stdout
    assert "1 start_run" in text
    assert "accTitle: n: RUNNING" in text


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
    for wrong in ([], [str(tmp_path / "none")], [str(tmp_path), "job_status:JOB_LIFECYCLE"]):
        assert gallery_command(wrong) == 2
        assert capsys.readouterr().err == "usage: python -m job_status.diagrams FOLDER [NAME=package.module:object ...]\n"


def test_the_same_command_makes_pictures_of_other_lifecycles(tmp_path: Path) -> None:
    assert gallery_command([str(tmp_path), "more=job_status:JOB_LIFECYCLE"]) == 0
    assert (tmp_path / "more.svg").exists()
    assert (tmp_path / "more.md").read_text(encoding="utf-8").startswith("# The lifecycle of a job: more\n")


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
