"""What a real browser makes of the pages. Skipped where there is no Chromium."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from job_status import JOB_LIFECYCLE
from job_status.diagrams._gallery import traced_job

pytest.importorskip("pygraphviz")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")

OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--window-size=1000,900",
)  # fmt: skip

#: writes into the page what a reader would see of each picture: its size, and for inline ones how its texts fit their frames
PROBE = """<pre id="probe"></pre><script>
const found = [];
for (const image of document.querySelectorAll("img")) found.push("img " + (image.naturalWidth > 300 && image.complete));
for (const shape of document.querySelectorAll("g.node")) {
  const frame = shape.querySelector("path");
  if (!frame) continue;
  const box = frame.getBBox();
  for (const text of shape.querySelectorAll("text")) {
    const inner = text.getBBox();
    found.push("text " + (inner.x >= box.x - 2 && inner.x + inner.width <= box.x + box.width + 2));
  }
}
document.getElementById("probe").textContent = found.join("\\n");
</script>"""


def opened(page: Path, folder: Path) -> tuple[str, bytes]:
    """Return what the probe wrote, and a screenshot."""
    assert CHROMIUM is not None
    page.write_text(page.read_text(encoding="utf-8") + PROBE, encoding="utf-8")
    command = [CHROMIUM, *OPTIONS, f"--user-data-dir={folder / 'profile'}"]
    dom = subprocess.run([*command, "--dump-dom", page.as_uri()], capture_output=True, text=True, check=True, timeout=120).stdout
    shot = folder / "shot.png"
    subprocess.run([*command, f"--screenshot={shot}", page.as_uri()], capture_output=True, check=True, timeout=120)
    return dom.rpartition('<pre id="probe">')[2].partition("</pre>")[0], shot.read_bytes()


def is_blank(png: bytes) -> bool:
    """Return whether a screenshot packs to as little as one plain colour does."""
    return len(png) < 15_000


@pytest.mark.parametrize("shown", [JOB_LIFECYCLE, traced_job()], ids=["lifecycle", "trace"])
def test_the_notebook_shows_a_picture_whose_texts_fit(tmp_path: Path, shown: object) -> None:
    page = tmp_path / "cell.html"
    html = shown._repr_mimebundle_()["text/html"]  # type: ignore[attr-defined]
    page.write_text(f"<!doctype html><meta charset='utf-8'><body>{html}</body>", encoding="utf-8")
    probe, shot = opened(page, tmp_path)
    lines = probe.split("\n")
    assert len(lines) > 15
    assert set(lines) == {"text true"}
    assert not is_blank(shot)


def test_the_sphinx_page_shows_the_picture(tmp_path: Path) -> None:
    pytest.importorskip("sphinx")
    source = tmp_path / "source"
    source.mkdir()
    (source / "conf.py").write_text('extensions = ["job_status.sphinx"]\n')
    (source / "index.rst").write_text("Jobs\n====\n\n.. job-status-diagram::\n\n.. job-status-table::\n")
    subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", str(source), str(tmp_path / "html")],
        capture_output=True,
        check=True,
    )
    probe, shot = opened(tmp_path / "html" / "index.html", tmp_path)
    assert probe == "img true"
    assert not is_blank(shot)
