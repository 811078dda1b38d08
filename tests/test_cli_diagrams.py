"""The commands `job-status diagram` and `job-status table`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from job_status import JOB_LIFECYCLE
from job_status.cli._commands import cli
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
    assert file.read_text(encoding="utf-8") == render(JOB_LIFECYCLE, form)  # type: ignore[call-overload]


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


@pytest.mark.parametrize(
    ("module", "arguments"),
    [("pygraphviz", ["--format", "svg", "--engine", "dot"]), ("vl_convert", ["--format", "png"])],
)
def test_a_picture_whose_extra_is_missing_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, module: str, arguments: list[str]
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    result = run("diagram", *arguments)
    assert result.exit_code == 1
    assert "pip install 'job_status[diagrams]'" in result.stderr
    assert result.stdout == ""


def test_a_file_that_cannot_be_read_is_a_clear_error(tmp_path: Path) -> None:
    file = tmp_path / "lifecycle.mmd"
    (file / "within").mkdir(parents=True)
    result = run("diagram", "--check", file / "within" / "..")
    assert result.exit_code == 2
    assert "is a directory" in result.stderr
    result = run("diagram", "--check", tmp_path / f"{'x' * 300}.mmd")
    assert result.exit_code == 2
    assert "File name too long" in result.stderr


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
    result = run("diagram", "--format", "gif")
    assert result.exit_code == 2
    formats = "mermaid, dot, svg, markdown, html, json, png, pdf, timeline"
    assert f"there is no format 'gif'; the formats are: {formats}" in " ".join(result.stderr.split())


def test_a_file_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    result = run("diagram", "-o", tmp_path / "no" / "folder.mmd")
    assert result.exit_code == 2
    assert "No such file or directory" in result.stderr


NAMES = ["a.mmd", "a.dot", "a.svg", "a.html", "a.md", "a.json"]


@pytest.mark.parametrize("name", NAMES)
def test_check_passes_what_is_up_to_date(tmp_path: Path, name: str) -> None:
    run("diagram", "-o", tmp_path / name)
    result = run("diagram", "--check", tmp_path / name)
    assert (result.exit_code, result.stdout) == (0, "")


@pytest.mark.parametrize("name", ["a.svg", "a.html"])
def test_check_passes_a_picture_that_was_made_on_a_machine_with_other_fonts(tmp_path: Path, name: str) -> None:
    """A whole process that finds no fonts at all writes the same bytes."""
    config = tmp_path / "fonts.conf"
    config.write_text('<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig></fontconfig>')
    run("diagram", "-o", tmp_path / name)
    command = [sys.executable, "-m", "job_status", "diagram", "--check", str(tmp_path / name)]
    done = subprocess.run(command, env={**os.environ, "FONTCONFIG_FILE": str(config)}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


#: ways to change a picture so that it still shows every status and every text
CHANGES = {
    "arrows deleted": (r'<path class="line"[^>]*/>\n?', ""),
    "one arrow deleted": (r'<path class="line"[^>]*/>(?=(?s:.)*data-trigger="suspend")', ""),
    "recoloured": ("#00734f", "#b34700"),
    "a script inserted": ("</svg>", "<script>alert(1)</script></svg>"),
    "a space added": ("</svg>", " </svg>"),
    "other ends of lines": ("\n", "\r\n"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_check_finds_any_change_of_a_picture(tmp_path: Path, change: str) -> None:
    file = tmp_path / "a.svg"
    run("diagram", "-o", file)
    old = file.read_bytes()
    file.write_bytes(re.sub(CHANGES[change][0], CHANGES[change][1], old.decode()).encode())
    changed = file.read_bytes()
    assert changed != old
    result = run("diagram", "--check", file)
    assert result.exit_code == 1
    assert result.stdout
    assert file.read_bytes() == changed


@pytest.mark.parametrize("name", ["a.mmd", "a.svg"])
def test_check_shows_how_a_file_is_stale(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    run("diagram", "-o", file)
    file.write_text(re.sub(r'suspend(?=["<])', "halt", file.read_text(encoding="utf-8")), encoding="utf-8")
    before = file.read_bytes()
    result = run("diagram", "--check", file)
    assert result.exit_code == 1
    changes = [line for line in result.stdout.splitlines()[2:] if line[0] in "+-"]
    assert {line[0]: "halt" in line for line in changes} == {"-": True, "+": False}
    assert file.read_bytes() == before


def test_check_says_so_where_only_the_ends_of_lines_differ(tmp_path: Path) -> None:
    file = tmp_path / "a.mmd"
    run("diagram", "-o", file)
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert run("diagram", "--check", file).stdout == f"{file} has the right lines, but they do not all end with a line feed alone\n"


@pytest.mark.parametrize("arguments", [["a.png"], ["a.pdf"], ["a.svg", "--engine", "dot"]])
def test_what_depends_on_the_machine_cannot_be_checked(tmp_path: Path, arguments: list[str]) -> None:
    pytest.importorskip("pygraphviz")
    name, *options = arguments
    result = run("diagram", "--check", tmp_path / name, *options)
    assert result.exit_code == 2
    assert "depend on the machine: check the SVG of ours" in " ".join(result.stderr.split())


def test_check_of_a_missing_file_shows_all_of_it(tmp_path: Path) -> None:
    result = run("table", "--check", tmp_path / "none.md")
    assert result.exit_code == 1
    assert "+# The lifecycle of a job" in result.stdout


def test_check_and_output_exclude_each_other(tmp_path: Path) -> None:
    assert run("diagram", "--check", tmp_path / "a.mmd", "-o", tmp_path / "a.mmd").exit_code == 2


# -- formats and names of files


@pytest.mark.parametrize(("name", "start"), [("a.png", b"\x89PNG"), ("a.PDF", b"%PDF")])
def test_an_image_is_an_image(tmp_path: Path, name: str, start: bytes) -> None:
    assert run("diagram", "-o", tmp_path / name).exit_code == 0
    assert (tmp_path / name).read_bytes().startswith(start)
    result = run("diagram", "--format", name[-3:].lower())
    assert result.stdout_bytes.startswith(start)


@pytest.mark.parametrize("name", ["a.gif", "a.jpg", "a", "a.svgz"])
@pytest.mark.parametrize("option", ["-o", "--check"])
def test_a_name_that_says_no_format_is_an_error_that_lists_the_known_ones(tmp_path: Path, name: str, option: str) -> None:
    result = run("diagram", option, tmp_path / name)
    assert result.exit_code == 2
    known = ".mmd, .mermaid, .dot, .gv, .svg, .md, .html, .json, .png, .pdf"
    assert f"says no format: let it end with one of {known}, or give --format" in " ".join(result.stderr.split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "form", "name", "named"),
    [("diagram", "mermaid", "a.png", "png"), ("diagram", "png", "a.svg", "svg"), ("table", "markdown", "a.html", "html")],
)
def test_no_file_has_the_name_of_another_format(tmp_path: Path, command: str, form: str, name: str, named: str) -> None:
    options = ["--format", form] if command == "diagram" else []
    result = run(command, "-o", tmp_path / name, *options)
    assert result.exit_code == 2
    assert f"is the name of a file of {named}, not of {form}" in " ".join(result.stderr.split())
    assert list(tmp_path.iterdir()) == []


def test_a_format_that_is_given_may_go_into_a_file_of_any_other_name(tmp_path: Path) -> None:
    assert run("diagram", "--format", "mermaid", "-o", tmp_path / "lifecycle.txt").exit_code == 0
    assert (tmp_path / "lifecycle.txt").read_text(encoding="utf-8") == render(JOB_LIFECYCLE, "mermaid")


# -- what is chosen of a picture


def test_the_options_are_the_choices_of_render() -> None:
    few = ["--only", "RUNNING", "--only", "SUSPENDED", "--only", "ERROR"]
    assert run("diagram", "--format", "svg", *few).stdout == render(JOB_LIFECYCLE, "svg", only=["RUNNING", "SUSPENDED", "ERROR"])
    around = run("diagram", "--format", "svg", "--only", "SUSPENDED", "--direction", "down", "--no-labels").stdout
    assert around == render(JOB_LIFECYCLE, "svg", only="SUSPENDED", direction="down", labels=False)
    linked = run("diagram", "--link", "RUNNING=jobs.html?a=b", "--link", "ERROR=#error", "--only", "not UNKNOWN").stdout
    assert linked == render(JOB_LIFECYCLE, "mermaid", links={"RUNNING": "jobs.html?a=b", "ERROR": "#error"}, only="not UNKNOWN")
    pytest.importorskip("pygraphviz")
    assert 'class="cluster"' in run("diagram", "--format", "svg", "--engine", "dot").stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--direction", "up"], "direction must be 'right' or 'down', or left out, not 'up'"),
        (["--engine", "elk", "--format", "svg"], "engine must be 'dot', or left out, not 'elk'"),
        (["--engine", "dot"], "engine is for svg, html, png, pdf, not for mermaid"),
        (["--only", "NOPE"], "only names 'NOPE', which is none of the statuses: WAITING, RUNNING, "),
        (["--link", "RUNNING"], "a link is STATUS=URL, not 'RUNNING'"),
        (["--link", "RUNNING=javascript:1"], "a link must be a relative URL, or one of http, https, mailto, not 'javascript:1'"),
        (["--format", "timeline"], "a timeline is of a job, of several or of a JobGroup, not of "),
    ],
)
def test_a_wrong_option_gets_a_sentence(options: list[str], message: str) -> None:
    result = run("diagram", *options)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert result.stdout == ""


JOBS = """
from job_status import JobGroup, JobStatus
jobs = [JobStatus(name="first"), JobStatus(name="second")]
for job in jobs:
    job.start_run()
    job.stop_run()
group = JobGroup(jobs)
"""


def test_jobs_are_drawn_on_a_timeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "some_jobs.py").write_text(JOBS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*sys.path])  # the command puts the current folder there
    for source in ("some_jobs:jobs", "some_jobs:group"):
        text = run("diagram", source, "--format", "timeline").stdout
        assert text.startswith("<svg")
        assert "first" in text
        assert "second" in text
    assert run("diagram", "some_jobs:job", "--format", "timeline", "-o", tmp_path / "job.svg").exit_code == 0
    assert (tmp_path / "job.svg").read_text(encoding="utf-8").startswith("<svg")
    for command in (["diagram", "some_jobs:jobs"], ["table", "some_jobs:jobs"]):
        result = run(*command)
        assert result.exit_code == 2
        assert "several jobs are drawn as timeline or html, not as " in result.stderr


def test_a_picture_that_cannot_show_all_is_written_with_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "many_moves.py").write_text(
        "from transitions import Machine\n"
        "names = [f's{number}' for number in range(40)]\n"
        "MANY = Machine(model=None, states=names, initial='s0', auto_transitions=False)\n"
        "for number in range(40):\n"
        "    for step in range(1, 5):\n"
        "        MANY.add_transition(f'go{step}', names[number], names[number * step % 40])\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*sys.path])  # as above
    result = run("diagram", "many_moves:MANY", "-o", tmp_path / "many.svg")
    assert result.exit_code == 0
    assert re.match(r"Warning: A state machine: \d+ arrows are too many for a picture", result.stderr)


def test_a_nested_machine_is_drawn_and_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nested_one.py").write_text(
        "from transitions.extensions import HierarchicalMachine\n"
        "states = ['out', {'name': 'in', 'children': ['a', 'b'], 'initial': 'a'}]\n"
        "NESTED = HierarchicalMachine(model=None, states=states, initial='out', auto_transitions=False)\n"
        "NESTED.add_transition('enter', 'out', 'in')\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*sys.path])  # as above
    assert 'subgraph box0_frame ["in"]' in run("diagram", "nested_one:NESTED").stdout
    text = run("table", "nested_one:NESTED").stdout
    assert text.startswith("# A state machine\n")  # no heading that would make a test of it
    assert "| enter | out | in_a |  |  |" in text
