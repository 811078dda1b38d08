"""Pictures as PNG and PDF."""

from __future__ import annotations

import re
import struct
import sys
import zlib
from typing import Any

import pytest

from job_status import JOB_LIFECYCLE
from job_status.diagrams import IMAGES, MissingExtra, render
from job_status.diagrams._gallery import traced_job
from job_status.diagrams._look import PALETTE
from job_status.diagrams._raster import SCALE, _plain
from tests.drawables import OWN, hostile_machine

pytest.importorskip("vl_convert")

SOURCES = [
    pytest.param(JOB_LIFECYCLE, id="lifecycle"),
    pytest.param(OWN, id="own"),
    pytest.param(traced_job(), id="trace"),
    pytest.param(hostile_machine(failing=False), id="hostile"),
]


def pixels(png: bytes) -> tuple[int, int, list[bytes]]:
    """The width, the height and the rows of a PNG of 8-bit RGBA pixels."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert (depth, kind) == (8, 6)
    data, place = b"", 8
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        if png[place + 4 : place + 8] == b"IDAT":
            data += png[place + 8 : place + 8 + length]
        place += 12 + length
    return width, height, unfiltered(zlib.decompress(data), width * 4, height)


def unfiltered(data: bytes, size: int, height: int) -> list[bytes]:
    """The rows of a PNG, of which each is stored as what differs from its neighbours."""
    rows: list[bytes] = []
    above = bytearray(size)
    for number in range(height):
        start = number * (size + 1)
        kind, row = data[start], bytearray(data[start + 1 : start + 1 + size])
        for place in range(size):
            left = row[place - 4] if place >= 4 else 0
            corner = above[place - 4] if place >= 4 else 0
            row[place] = (row[place] + predicted(kind, left, above[place], corner)) & 255
        rows.append(bytes(row))
        above = row
    return rows


def predicted(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 4:
        guess = left + up - corner
        return min((left, up, corner), key=lambda one: abs(guess - one))
    return (0, left, up, (left + up) // 2)[kind]


def colors(rows: list[bytes]) -> set[str]:
    return {"#" + row[place : place + 3].hex() for row in rows for place in range(0, len(row), 4) if row[place + 3] == 255}


def test_a_png_is_the_light_picture_and_sharp() -> None:
    few = ["RUNNING", "SUCCESS", "ERROR"]
    svg = render(JOB_LIFECYCLE, "svg", only=few)
    size = [int(number) * SCALE for number in re.findall(r' (?:width|height)="(\d+)"', svg)[:2]]
    width, height, rows = pixels(render(JOB_LIFECYCLE, "png", only=few))
    assert [width, height] == size
    seen = colors(rows)
    expected = ("paper", "ink", "main", "success", "success-fill", "error-fill", "line")
    assert {name: PALETTE[name][0] in seen for name in expected} == dict.fromkeys(expected, True)
    assert PALETTE["paper"][1] not in seen


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_is_drawn(source: Any) -> None:
    assert render(source, "png").startswith(b"\x89PNG\r\n\x1a\n")
    pdf = render(source, "pdf")
    assert pdf.startswith(b"%PDF-")
    assert pdf.rstrip().endswith(b"%%EOF")


def test_a_pdf_has_its_texts_as_texts_in_fonts_of_its_own() -> None:
    fonts = re.findall(rb"/FontName\s*/\S+", render(JOB_LIFECYCLE, "pdf"))
    assert fonts


def test_the_sign_that_few_fonts_have_is_set_apart_from_its_line() -> None:
    """Else the renderer would take the whole line from a font that has it."""
    lines = (
        '<text class="detail" x="100" y="20" text-anchor="middle" font-size="12" textLength="60">2 ↻ tick &amp; tock</text>'
        '<text class="note" x="14" y="40" text-anchor="start" font-size="12" font-weight="700">↻: it stays</text>'
        '<text class="name" x="5" y="6" text-anchor="end" font-size="12">tick</text>'
    )
    first, second, third = _plain(f"<style>.x{{}}\n</style>{lines}").split("</text>")[:3]
    assert re.sub(r' x="[-\d.]+"', "", first) == (
        '<text class="detail" y="20" font-size="12"><tspan>2</tspan><tspan>↻</tspan><tspan>tick &amp; tock</tspan>'
    )
    places = [float(x) for x in re.findall(r'<tspan x="([-\d.]+)"', first)]
    assert places == sorted(places)
    assert places[0] < 100 < places[-1] + 60
    assert re.findall(r'<tspan x="([-\d.]+)">(.*?)</tspan>', second)[0] == ("14.00", "↻")
    assert third == '<text class="name" x="5" y="6" text-anchor="end" font-size="12">tick'


@pytest.mark.parametrize("form", IMAGES.values())
def test_without_the_renderer_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch, form: Any) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(MissingExtra, match=rf"^a {form.upper()} is drawn by vl-convert: pip install 'job_status\[diagrams\]'$"):
        render(JOB_LIFECYCLE, form)


def test_graphviz_draws_images_of_its_own_layout() -> None:
    pytest.importorskip("pygraphviz")
    assert render(JOB_LIFECYCLE, "png", engine="dot").startswith(b"\x89PNG")
    assert render(JOB_LIFECYCLE, "pdf", engine="dot", direction="down").startswith(b"%PDF")
