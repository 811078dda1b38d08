"""What the real Mermaid makes of our texts, in a real browser; another version of it has its turn in tests/interop."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from transitions import Machine

from job_status import JOB_LIFECYCLE
from job_status.diagrams import Numbers, render
from job_status.diagrams._drafting import drawing
from job_status.diagrams._drawing import Box
from job_status.diagrams._gallery import traced_job
from tests.drawables import EXTENDED, HOSTILE, OWN, hostile_machine
from tests.mermaid_page import CHROMIUM, GROUNDS, contrast, drawn
from tests.test_source import COFFEE, sack

#: Mermaid 11, as the package that draws without a browser has it
_PACKAGE = find_spec("mermaidx")
SCRIPT = Path(_PACKAGE.origin if _PACKAGE and _PACKAGE.origin else "").with_name("assets") / "mermaid.js"

needs_browser = pytest.mark.skipif(CHROMIUM is None or not SCRIPT.exists(), reason="needs Chromium and mermaidx")

LOG = Numbers(moves={("WAITING", "RUNNING"): 9, ("RUNNING", "SUCCESS"): 4, ("SUCCESS", "RUNNING"): 1}, visits={"WAITING": 9})

#: sources, and what is chosen of their pictures
PICTURES: dict[str, tuple[Any, dict[str, Any]]] = {
    "lifecycle": (JOB_LIFECYCLE, {}),
    "all moves": (JOB_LIFECYCLE, {"full": True}),
    "extended": (EXTENDED, {"direction": "right"}),
    "own": (OWN, {"links": {"LOST": "jobs.html?a=1;b#lost"}}),
    "trace": (traced_job(), {}),
    "log": (JOB_LIFECYCLE, {"numbers": LOG}),
    "no labels": (JOB_LIFECYCLE, {"labels": False}),
    "nested": (COFFEE, {}),
    "else": (sack(), {}),
    "hostile": (hostile_machine(failing=False), {}),
    "no start": (Machine(model=None, states=["a"], initial=None), {}),
}


def texts() -> list[str]:
    return [render(source, "mermaid", title='"<x>\n%%', **choices) for source, choices in PICTURES.values()]


def check_nodes_and_edges(found: list[dict[str, Any]]) -> None:
    """Each status is a node, and so are the start and what arrows from several statuses have in common; none is detached."""
    for (name, (source, choices)), seen in zip(PICTURES.items(), found, strict=True):
        assert not seen["error"], name
        described = drawing(source, **{key: value for key, value in choices.items() if key != "direction"})
        joins = {arrow.source for arrow in described.arrows if isinstance(arrow.source, Box)}
        started = described.declared.initial in described.nodes
        notes = bool(described.legend) + bool(described.refused)
        assert len(seen["nodes"]) == len(described.nodes) + len(joins) + started + notes, name
        lines = sum(len(join.members) for join in joins)
        assert len(seen["edges"]) == len(described.arrows) + lines + started, name
        assert seen["frames"] == sum(bool(box.title) for box in described.boxes), name
        ends = " ".join(edge["id"] for edge in seen["edges"])
        for join in joins:
            assert len(re.findall(rf"[_-]{join.id}(?![0-9])", ends)) >= len(join.members), name
        assert not [node for node in seen["nodes"] if "from any of" in node["text"]]
        assert {node["text"][:4]: unquote(node["link"]) for node in seen["nodes"] if node["link"]} == choices.get("links", {})


def check_legible(found: list[dict[str, Any]], ground: str) -> None:
    """Names have a contrast of 4.5 to what is behind them, frames and arrows one of 3."""
    color = GROUNDS[ground][0]
    for name, seen in zip(PICTURES, found, strict=True):
        for node in seen["nodes"]:
            if node["text"]:
                assert contrast(node["color"], node["fill"], color) >= 4.5, (name, node)
            assert contrast(node["stroke"], color, color) >= 3, (name, node)
        for edge in seen["edges"]:
            assert contrast(edge["stroke"], color, color) >= 3, (name, edge)


@pytest.fixture(scope="module", params=GROUNDS)
def pages(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[dict[str, Any]]]:
    return request.param, drawn(texts(), SCRIPT, tmp_path_factory.mktemp("mermaid"), request.param)


@needs_browser
def test_each_picture_is_legible_and_whole(pages: tuple[str, list[dict[str, Any]]]) -> None:
    ground, found = pages
    check_nodes_and_edges(found)
    check_legible(found, ground)


def test_the_texts_bring_no_colour_for_letters_and_no_ground_of_their_own() -> None:
    for text in texts():
        styles = "\n".join(line for line in text.splitlines() if line.startswith(("  classDef", "  style", "  linkStyle")))
        assert not re.search(r"[:,]color:", styles)
        fills = re.findall(r"(?:classDef (?!join)|style )\S+ fill:#([0-9a-f]+)", styles)
        assert {len(fill) for fill in fills} == {8}  # with how much of the page is seen through them
        assert "#ffffff" not in styles


def test_hostile_names_are_shown_as_what_they_are() -> None:
    text = render(hostile_machine(), "mermaid")
    assert not re.search(r"<(?!br/>)", re.sub(r"^%%.*", "", text))
    assert text.count("\n  s") >= len(HOSTILE)
