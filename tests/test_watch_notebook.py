"""Watching in a notebook, which is executed for real, by Jupyter's own kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

nbformat: Any = pytest.importorskip("nbformat", reason="nbformat is not installed")
nbclient: Any = pytest.importorskip("nbclient", reason="nbclient is not installed")
pytest.importorskip("ipykernel", reason="ipykernel, which executes notebooks, is not installed")

SETUP = """
from job_status import *
jobs = [JobStatus(name=f"job <{number}>") for number in range(40)]
"""
LOOP = """
import threading
def work():
    for job in jobs:
        for percent in range(100):
            job.update_progress(percent / 100, "sampling")
        job.stop_run()
threading.Thread(target=work).start()
for job in watch(jobs):
    pass
print(job.status.name)
"""
ALONE = """
late = JobStatus(name="late")
watching = watch([late])
watching
"""
LATER = "late.start_run(); late.stop_run(RunningStatus.ERROR, 'no'); watching.wait()"


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> list[list[Any]]:
    """The outputs of the cells."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in (SETUP, LOOP, ALONE, LATER)])
    folder: Path = tmp_path_factory.mktemp("notebook")
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    return [cell["outputs"] for cell in notebook["cells"]]


def test_a_notebook_shows_one_output_that_was_replaced_as_the_jobs_moved(cells: list[list[Any]]) -> None:
    display, printed = cells[1]
    assert printed["text"] == "SUCCESS\n"
    lines = display["data"]["text/plain"].split("\n")
    assert len(lines) == 30
    assert lines[0].startswith("✓ job <0>")
    assert lines[-1] == "11 more: 11 SUCCESS (40 of 40 are over)"
    assert "\x1b" not in display["data"]["text/plain"]


def test_its_html_is_escaped_and_has_the_colors_of_the_pictures_on_light_and_dark_pages(cells: list[list[Any]]) -> None:
    html = cells[1][0]["data"]["text/html"]
    assert "job &lt;0&gt;" in html
    assert "<0>" not in html
    assert '<span style="color:var(--_success)">SUCCESS' in html
    for color in ("#00734f", "#3fb950"):  # of success, on a light and on a dark page
        assert f"--_success:var(--js-success,{color})" in html


def test_what_a_cell_has_put_on_display_goes_on_while_others_are_executed(cells: list[list[Any]]) -> None:
    (display,) = cells[2]
    assert display["output_type"] == "display_data"  # and no repr of it besides
    assert display["data"]["text/plain"].startswith("✗ late ERROR")
    (result,) = cells[3]
    assert result["data"]["text/plain"] == "True"
