"""What a real browser makes of the pictures and pages. Skipped where there is no Chromium."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from job_status import JOB_LIFECYCLE
from job_status.diagrams import render
from job_status.diagrams._gallery import traced_job
from job_status.diagrams._look import PALETTE
from tests.drawables import OWN, hostile_machine

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")

OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--window-size=1000,900",
)  # fmt: skip

#: colours as the browser computes them, and as the attributes have them; texts that leave their frame or the picture
PROBE = """<pre id="probe"></pre><script>
async function probed() {
  const found = {shown: [], colors: [], loose: [], images: []};
  for (const picture of document.querySelectorAll("svg.job-status")) {
    const whole = picture.getBoundingClientRect();
    found.shown.push([Math.round(whole.width), Math.round(whole.height), picture.querySelectorAll("g.status").length]);
    const colors = {};
    for (const part of picture.querySelectorAll("[fill], [stroke]")) {
      const seen = getComputedStyle(part), key = part.parentNode.getAttribute("class") + "/" + part.getAttribute("class");
      colors[key] = [part.getAttribute("fill"), seen.fill, part.getAttribute("stroke"), seen.stroke];
    }
    found.colors.push(colors);
    for (const text of picture.querySelectorAll("text")) {
      const box = text.getBoundingClientRect(), frame = text.parentNode.querySelector(".status > .frame");
      const around = text.closest(".status") ? frame.getBoundingClientRect() : whole;
      const inside = box.left >= around.left - 0.5 && box.right <= around.right + 0.5;
      if (text.textContent.trim() && !inside) found.loose.push(text.textContent);
    }
  }
  for (const image of document.querySelectorAll("img")) {
    await image.decode();
    const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    pen.drawImage(image, 0, 0);
    found.images.push([...pen.getImageData(canvas.width / 2, 4, 1, 1).data]);
  }
  document.getElementById("probe").textContent = JSON.stringify(found);
}
probed();
</script>"""


def probed(body: str, folder: Path, *, dark: bool = False, probe: str = PROBE) -> Any:
    """Return what the probe finds in a page, to a reader who prefers light or dark pages."""
    assert CHROMIUM is not None
    page = folder / "page.html"
    page.write_text(f"<!doctype html><meta charset='utf-8'>{body}{probe}", encoding="utf-8")
    scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    command = [CHROMIUM, *OPTIONS, scheme, "--virtual-time-budget=5000", f"--user-data-dir={folder / 'profile'}"]
    dom = subprocess.run([*command, "--dump-dom", page.as_uri()], capture_output=True, text=True, check=True, timeout=120).stdout
    return json.loads(dom.rpartition('<pre id="probe">')[2].partition("</pre>")[0])


def rgb(color: str) -> str:
    return f"rgb({', '.join(str(int(color[start : start + 2], 16)) for start in (1, 3, 5))})"


def papers(found: Any) -> list[str]:
    """The grounds of the pictures as they are seen."""
    return [colors["job-status/paper"][1] for colors in found["colors"]]


LIGHT, DARK = map(rgb, PALETTE["paper"])

SVG = render(JOB_LIFECYCLE, "svg")
MANY = "".join(
    render(source, "svg", full=full)
    for source, full in ((JOB_LIFECYCLE, False), (JOB_LIFECYCLE, True), (traced_job(), False), (OWN, False))
)


def test_the_stylesheet_paints_as_the_attributes_do(tmp_path: Path) -> None:
    found = probed(MANY, tmp_path)
    assert [statuses for _, _, statuses in found["shown"]] == [8, 8, 8, 8]
    for colors in found["colors"]:
        assert len(colors) > 10
        for part, (fill, seen_fill, stroke, seen_stroke) in colors.items():
            assert fill == "none" or seen_fill == rgb(fill), part
            assert stroke is None or seen_stroke == rgb(stroke), part


@pytest.mark.parametrize("font", [pytest.param("", id="its own font"), pytest.param("DejaVu Sans, serif", id="a wider font")])
def test_all_texts_stay_within_their_frames(tmp_path: Path, font: str) -> None:
    style = f"<style>svg * {{ font-family: {font} }}</style>" if font else ""
    assert probed(style + MANY + render(hostile_machine(failing=False), "svg"), tmp_path)["loose"] == []


def test_a_picture_is_dark_where_its_reader_or_its_page_is(tmp_path: Path) -> None:
    pages = "".join(
        f"<div {attribute}>{SVG}</div>"
        for attribute in (
            "", 'data-theme="dark"', 'data-theme="light"', 'data-md-color-scheme="slate"', 'data-color-mode="dark"',
            'data-jp-theme-light="true"', 'style="--js-paper: #123456"',
        )
    )  # fmt: skip
    own = rgb("#123456")
    assert papers(probed(pages, tmp_path)) == [LIGHT, DARK, LIGHT, DARK, DARK, LIGHT, own]
    assert papers(probed(pages, tmp_path, dark=True)) == [DARK, DARK, LIGHT, DARK, DARK, LIGHT, own]


@pytest.mark.parametrize("dark", [pytest.param(False, id="light"), pytest.param(True, id="dark")])
def test_an_image_is_dark_where_its_reader_is(tmp_path: Path, dark: bool) -> None:
    data = base64.b64encode(SVG.encode()).decode()
    found = probed(
        f'<meta name="color-scheme" content="light dark"><img src="data:image/svg+xml;base64,{data}">', tmp_path, dark=dark
    )
    assert [rgb("#" + bytes(pixel[:3]).hex()) for pixel in found["images"]] == [DARK if dark else LIGHT]


def test_two_pictures_in_a_page_look_as_they_do_alone(tmp_path: Path) -> None:
    other = render(traced_job(), "svg")
    alone = [probed(text, tmp_path)["colors"][0] for text in (SVG, other)]
    assert probed(SVG + other, tmp_path)["colors"] == alone


@pytest.mark.parametrize("shown", [JOB_LIFECYCLE, traced_job()], ids=["lifecycle", "trace"])
def test_a_notebook_shows_a_picture_whose_texts_fit(tmp_path: Path, shown: Any) -> None:
    found = probed(shown._repr_mimebundle_()["text/html"], tmp_path)
    width, height, statuses = found["shown"][0]
    assert width > 300
    assert height > 200
    assert statuses == 8
    assert found["loose"] == []


#: how wide the page and its pictures are in a frame as narrow as a phone
PHONE = """<iframe width="390" height="800"></iframe><pre id="probe"></pre><script>
const frame = document.querySelector("iframe"), page = document.querySelector("template").innerHTML;
frame.onload = () => {
  const inside = frame.contentDocument, figures = [...inside.querySelectorAll("figure")];
  document.getElementById("probe").textContent = JSON.stringify({
    page: inside.documentElement.scrollWidth,
    scales: figures.map(figure => {
      const picture = figure.querySelector("svg");
      return picture.getBoundingClientRect().width / picture.viewBox.baseVal.width;
    }),
  });
};
frame.srcdoc = "<!doctype html>" + page;
</script>"""


def test_on_a_phone_a_picture_is_scrolled_and_not_shrunk_beyond_reading(tmp_path: Path) -> None:
    found = probed(f"<template>{render(JOB_LIFECYCLE, 'html')}</template>", tmp_path, probe=PHONE)
    assert found["page"] <= 390
    assert found["scales"][0] >= 0.59


def test_a_sphinx_page_shows_the_picture(tmp_path: Path) -> None:
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
    page = (tmp_path / "html" / "index.html").read_text(encoding="utf-8")
    found = probed(page.replace("<!DOCTYPE html>", ""), tmp_path / "html")
    assert [statuses for _, _, statuses in found["shown"]] == [8]
    assert found["loose"] == []
