from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sphinx")
pytest.importorskip("pygraphviz")

PAGE = """
Jobs
====

.. job-status-diagram::
   :title: The "life" of a job

.. job-status-table:: job_status.perceval:PERCEVAL_LIFECYCLE

.. job-status-diagram:: job_status:JOB_LIFECYCLE
   :full:
   :alt: all of <it>
"""

#: a page about statuses of somebody's own, and the module that it is about
OWN_PAGE = """
Jobs
====

.. job-status-diagram:: own_jobs:LIFECYCLE

.. job-status-table:: own_jobs:job
"""
OWN_CONF = """
import sys, types
from enum import Enum
from job_status import JobStatus, Lifecycle, RunningStatus, Transition

S = Enum("S", ["NEW", "UNKNOWN", "DONE", "ERROR"])
sys.modules["own_jobs"] = own_jobs = types.ModuleType("own_jobs")
own_jobs.LIFECYCLE = Lifecycle(
    (
        Transition("start_run", S.NEW, S.UNKNOWN),
        Transition("stop_run", S.UNKNOWN, S.DONE),
        Transition("stop_run", S.UNKNOWN, S.ERROR),
    ),
    means=dict(zip(S, (RunningStatus.WAITING, RunningStatus.RUNNING, RunningStatus.SUCCESS, RunningStatus.CANCELED))),
)
own_jobs.job = JobStatus(lifecycle=own_jobs.LIFECYCLE, name="thumbnail 17")
"""

WITHOUT_PYGRAPHVIZ = """
import sys
sys.modules["pygraphviz"] = None
"""


def build(folder: Path, builder: str, page: str, conf: str = "", *options: str) -> tuple[Path, subprocess.CompletedProcess[str]]:
    source, target = folder / "source", folder / builder
    source.mkdir(exist_ok=True)
    (source / "conf.py").write_text(f'extensions = ["job_status.sphinx"]\nproject = "jobs"\n{conf}')
    (source / "index.rst").write_text(page)
    command = [sys.executable, "-m", "sphinx", "-q", "-b", builder, "-d", str(folder / "doctrees"), *options]
    return target, subprocess.run([*command, str(source), str(target)], capture_output=True, text=True, check=False)


def test_html_has_the_picture_with_its_alt_text(tmp_path: Path) -> None:
    target, result = build(tmp_path, "html", PAGE, "", "-W")
    assert result.returncode == 0, result.stderr
    html = (target / "index.html").read_text(encoding="utf-8")
    assert html.count('<img src="_images/job-status-') == 2
    assert 'alt="The &quot;life&quot; of a job: A state diagram of 8 statuses and 36 moves.' in html
    assert 'alt="all of &lt;it&gt;"' in html
    assert html.count("<table") == 1
    for image in (target / "_images").iterdir():
        assert image.read_text(encoding="utf-8").startswith("<svg")


def test_latex_has_the_picture_as_pdf(tmp_path: Path) -> None:
    target, result = build(tmp_path, "latex", PAGE, "", "-W")
    assert result.returncode == 0, result.stderr
    tex = (target / "jobs.tex").read_text(encoding="utf-8")
    pictures = list(target.glob("job-status-*.pdf"))
    assert len(pictures) == 2
    for picture in pictures:
        assert f"{{{picture.name}}}" in tex
        assert picture.read_bytes().startswith(b"%PDF")


def test_statuses_of_ones_own_are_shown_by_their_meaning(tmp_path: Path) -> None:
    target, result = build(tmp_path, "html", OWN_PAGE, OWN_CONF, "-W")
    assert result.returncode == 0, result.stderr
    html = (target / "index.html").read_text(encoding="utf-8")
    legend = "NEW means WAITING; UNKNOWN means RUNNING; DONE means SUCCESS; ERROR means CANCELED"
    assert f"Meanings: {legend}." in html
    assert f"<p>{legend}</p>" in html
    (picture,) = (target / "_images").iterdir()
    svg = picture.read_text(encoding="utf-8")
    assert [sign in svg for sign in ("✓ DONE", "⊘ ERROR", 'bold" font-size="13.00" fill="#1f2328">UNKNOWN')] == [True, True, True]


@pytest.mark.parametrize("builder", ["text", "man", "texinfo"])
def test_other_outputs_have_the_table(tmp_path: Path, builder: str) -> None:
    target, result = build(tmp_path, builder, PAGE, "", "-W")
    assert result.returncode == 0, result.stderr
    text = "".join(file.read_text(encoding="utf-8") for file in target.iterdir() if file.is_file())
    assert text.count("observe leads from") == 6


@pytest.mark.parametrize("builder", ["html", "latex"])
def test_without_pygraphviz_there_is_the_table(tmp_path: Path, builder: str) -> None:
    target, result = build(tmp_path, builder, PAGE, WITHOUT_PYGRAPHVIZ, "-W")
    assert result.returncode == 0, result.stderr
    text = (target / ("index.html" if builder == "html" else "jobs.tex")).read_text(encoding="utf-8")
    assert text.count("The legal moves") == 3


@pytest.mark.parametrize("directive", ["job-status-diagram", "job-status-table"])
def test_what_cannot_be_imported_is_a_warning_at_its_line(tmp_path: Path, directive: str) -> None:
    _, result = build(tmp_path, "html", f"Jobs\n====\n\n.. {directive}:: no_such_module:x\n")
    assert result.returncode == 0
    assert f"index.rst:4: WARNING: {directive}: no_such_module cannot be imported" in result.stderr
    assert build(tmp_path, "text", f"Jobs\n====\n\n.. {directive}:: job_status:NOPE\n", "", "-W")[1].returncode == 1
