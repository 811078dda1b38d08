from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sphinx")

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

.. job-status-diagram:: own_jobs:machine
"""
OWN_CONF = """
import sys, types
from enum import Enum
from job_status import JobStatus, Lifecycle, RunningStatus, Transition
from transitions import Machine

S = Enum("S", ["NEW", "UNKNOWN", "DONE", "ERROR"], module="own_jobs._statuses")
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
own_jobs.machine = Machine(model=None, states=["off", "on"], initial="off", auto_transitions=False)
"""

#: the same statuses, documented as a package above the module that defines them has them, and two of them not by themselves
API_PAGE = """
API
===

.. py:module:: own_jobs

.. py:class:: S

   .. py:attribute:: NEW

   .. py:attribute:: DONE
"""
LINKED_PAGE = """
Jobs
====

.. toctree::

   api

.. _over:

When it is over
---------------

.. job-status-diagram:: own_jobs:LIFECYCLE
   :links: DONE = :ref:`over`
           ERROR = https://example.org/errors?a=1&b=2

.. job-status-diagram:: own_jobs:job
   :only: NEW, DONE
   :no-labels:
   :direction: down
"""

WITHOUT_RENDERER = """
import sys
sys.modules["vl_convert"] = None
"""


def build(
    folder: Path, builder: str, page: str, conf: str = "", *options: str, **pages: str
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    source, target = folder / "source", folder / builder
    source.mkdir(exist_ok=True)
    (source / "conf.py").write_text(f'extensions = ["job_status.sphinx"]\nproject = "jobs"\n{conf}')
    for name, text in {"index": page, **pages}.items():
        (source / f"{name}.rst").write_text(text)
    command = [sys.executable, "-m", "sphinx", "-q", "-b", builder, "-d", str(folder / "doctrees"), *options]
    return target, subprocess.run([*command, str(source), str(target)], capture_output=True, text=True, check=False)


#: where a status in a page leads to, and its name
LINK = r'<a [^>]*href="([^"]*)"[^>]*>\s*<g class="status[^>]* data-status="([^"]*)"'


def test_html_has_the_picture_with_its_description(tmp_path: Path) -> None:
    target, result = build(tmp_path, "html", PAGE, "", "-W")
    assert result.returncode == 0, result.stderr
    html = (target / "index.html").read_text(encoding="utf-8")
    assert html.count('<svg xmlns="http://www.w3.org/2000/svg"') == 2
    assert ">The &quot;life&quot; of a job</title>" in html
    assert ">A state diagram of 8 statuses and 36 moves." in html
    assert ">all of &lt;it&gt;</desc>" in html
    assert html.count("<table") == 1


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
    looks = dict(re.findall(r'<g class="status ?([^"]*)" data-status="([^"]*)"', html))
    assert {"success": "DONE", "canceled": "ERROR"}.items() <= looks.items()


@pytest.mark.parametrize("builder", ["text", "man", "texinfo"])
def test_other_outputs_have_the_table(tmp_path: Path, builder: str) -> None:
    target, result = build(tmp_path, builder, PAGE, "", "-W")
    assert result.returncode == 0, result.stderr
    text = "".join(file.read_text(encoding="utf-8") for file in target.iterdir() if file.is_file())
    assert text.count("observe leads from") == 6


def test_latex_without_the_renderer_has_the_table(tmp_path: Path) -> None:
    target, result = build(tmp_path, "latex", PAGE, WITHOUT_RENDERER, "-W")
    assert result.returncode == 0, result.stderr
    assert (target / "jobs.tex").read_text(encoding="utf-8").count("The legal moves") == 3


@pytest.mark.parametrize("builder", ["html", "latex"])
def test_graphviz_lays_out_where_that_is_asked_for(tmp_path: Path, builder: str) -> None:
    pytest.importorskip("pygraphviz")
    page = "Jobs\n====\n\n.. job-status-diagram::\n   :engine: dot\n"
    target, result = build(tmp_path, builder, page, "", "-W")
    assert result.returncode == 0, result.stderr
    if builder == "html":
        assert 'class="cluster"' in (target / "index.html").read_text(encoding="utf-8")
    else:
        (picture,) = target.glob("job-status-*.pdf")
        assert picture.read_bytes().startswith(b"%PDF")
    target, result = build(tmp_path, builder, page, 'import sys\nsys.modules["pygraphviz"] = None', "-W", "-E")
    assert result.returncode == 0, result.stderr
    text = (target / ("index.html" if builder == "html" else "jobs.tex")).read_text(encoding="utf-8")
    assert text.count("The legal moves") == 1


def test_statuses_lead_to_where_they_are_documented(tmp_path: Path) -> None:
    target, result = build(tmp_path, "html", LINKED_PAGE, OWN_CONF, "-n", "-W", api=API_PAGE)
    assert result.returncode == 0, result.stderr
    first, second = (target / "index.html").read_text(encoding="utf-8").split("<figure")[1:]
    assert {status: url for url, status in re.findall(LINK, first)} == {
        "NEW": "api.html#own_jobs.S.NEW",
        "UNKNOWN": "api.html#own_jobs.S",
        "DONE": "#over",
        "ERROR": "https://example.org/errors?a=1&amp;b=2",
    }
    assert {status: url for url, status in re.findall(LINK, second)} == {
        "NEW": "api.html#own_jobs.S.NEW",
        "DONE": "api.html#own_jobs.S.DONE",
    }
    assert 'class="label"' in first
    assert 'class="label"' not in second


def test_there_are_no_links_into_what_is_not_a_part_of_the_document(tmp_path: Path) -> None:
    target, result = build(tmp_path, "latex", OWN_PAGE, OWN_CONF, "-W", api=f":orphan:\n{API_PAGE}")
    assert result.returncode == 0, result.stderr
    assert len(list(target.glob("job-status-*.pdf"))) == 2


def test_statuses_lead_to_the_documentation_of_other_projects(tmp_path: Path) -> None:
    inventory = build(tmp_path, "html", LINKED_PAGE, OWN_CONF, "-W", api=API_PAGE)[0] / "objects.inv"
    conf = OWN_CONF + 'extensions.append("sphinx.ext.intersphinx")\n'
    conf += f'intersphinx_mapping = {{"own": ("https://example.org", "{inventory}")}}\n'
    (tmp_path / "other").mkdir()
    target, result = build(tmp_path / "other", "html", OWN_PAGE, conf, "-n", "-W")
    assert result.returncode == 0, result.stderr
    found = re.findall(LINK, (target / "index.html").read_text(encoding="utf-8"))
    assert ("https://example.org/api.html#own_jobs.S.NEW", "NEW") in found


#: directives that are wrong, and the warning that each gets at its line; all are read in one document, since a build takes its time
WRONG = {
    "job_status:JOB_LIFECYCLE\n   :only: NOPE": "only names 'NOPE', which is none of the statuses: WAITING, RUNNING, ",
    "job_status:JOB_LIFECYCLE\n   :links: RUNNING": "each line of links is STATUS = TARGET, not 'RUNNING'",
    "job_status:JOB_LIFECYCLE\n   :links: NOPE = :ref:`x`": "links names 'NOPE', which is none of the statuses: WAITING, ",
    "job_status:JOB_LIFECYCLE\n   :links: RUNNING = javascript:1": "a link must be a relative URL, or one of http, ",
    "job_status:JOB_LIFECYCLE\n   :direction: up": "direction must be 'right' or 'down', or left out, not 'up'",
    "job_status:JOB_LIFECYCLE\n   :links: RUNNING = :ref:`nowhere`": "undefined label: 'nowhere'",
    "own_jobs:jobs": "own_jobs:jobs is a collection; a document shows one job",
}


def test_what_is_wrong_with_a_directive_is_a_warning_at_its_line(tmp_path: Path) -> None:
    page = "Jobs\n====\n"
    for wrong in WRONG:
        page += f"\n.. job-status-diagram:: {wrong}\n"
    target, result = build(tmp_path, "html", page, OWN_CONF + "own_jobs.jobs = [own_jobs.job]\n")
    line = 4
    for wrong, warning in WRONG.items():
        assert any(f"index.rst:{line}: " in text and warning in text for text in result.stderr.splitlines()), warning
        line += wrong.count("\n") + 2
    (figure,) = (target / "index.html").read_text(encoding="utf-8").split("<figure")[1:]
    assert "<a href=" not in figure.partition("</figure>")[0]  # the one whose reference leads nowhere


@pytest.mark.parametrize("directive", ["job-status-diagram", "job-status-table"])
def test_what_cannot_be_imported_is_a_warning_at_its_line(tmp_path: Path, directive: str) -> None:
    _, result = build(tmp_path, "html", f"Jobs\n====\n\n.. {directive}:: no_such_module:x\n")
    assert result.returncode == 0
    assert f"index.rst:4: WARNING: {directive}: no_such_module cannot be imported" in result.stderr
    assert build(tmp_path, "text", f"Jobs\n====\n\n.. {directive}:: job_status:NOPE\n", "", "-W")[1].returncode == 1
