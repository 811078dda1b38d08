"""The pictures that Graphviz lays out, where it is asked to."""

from __future__ import annotations

import builtins
import re
from typing import Any
from xml.dom import minidom

import pytest

from job_status import JOB_LIFECYCLE
from job_status.diagrams import MissingExtra, render
from job_status.diagrams._drafting import drawing
from job_status.diagrams._gallery import traced_job
from job_status.diagrams._graphviz import laid_out, svg
from tests.drawables import OWN, hostile_machine, large_machine
from tests.pictures import graphviz


def without_pygraphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def imported(name: str, *args: Any) -> Any:
        if name == "pygraphviz":
            raise ModuleNotFoundError("No module named 'pygraphviz'", name=name)
        return original(name, *args)

    monkeypatch.setattr(builtins, "__import__", imported)


def test_without_pygraphviz_it_says_which_extra_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    without_pygraphviz(monkeypatch)
    with pytest.raises(MissingExtra, match=r"^this picture is drawn by Graphviz: pip install 'job_status\[diagrams\]'$"):
        render(JOB_LIFECYCLE, "svg", engine="dot")


def test_our_own_pictures_do_without_pygraphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    before = [render(JOB_LIFECYCLE, form) for form in ("svg", "html")]
    without_pygraphviz(monkeypatch)
    assert [render(JOB_LIFECYCLE, form) for form in ("svg", "html")] == before


@pytest.mark.parametrize("source", [JOB_LIFECYCLE, OWN, traced_job()], ids=["lifecycle", "own", "trace"])
def test_it_shows_each_status_and_each_arrow(source: Any) -> None:
    pytest.importorskip("pygraphviz")
    text = render(source, "svg", engine="dot", title="Jobs & more")
    picture, drawn = graphviz(text), drawing(source)
    assert set(picture.statuses) == set(drawn.nodes)
    assert len(picture.arrows) == len(drawn.arrows)
    assert text.startswith('<svg xmlns="http://www.w3.org/2000/svg" role="img"')
    assert "<title>Jobs &amp; more</title>\n<desc>A state diagram of " in text


def test_the_lines_of_a_status_are_centered_in_it() -> None:
    pytest.importorskip("pygraphviz")
    text = render(JOB_LIFECYCLE, "svg", engine="dot")
    groups = re.findall(r'<g id="[^"]*" class="node">.*?</g>', text, re.DOTALL)
    assert groups
    assert all(len(set(re.findall(r'text-anchor="middle" x="([^"]*)"', group))) <= 1 for group in groups)
    assert not any('text-anchor="start"' in group for group in groups)


def test_hostile_names_inject_nothing() -> None:
    pytest.importorskip("pygraphviz")
    text = render(hostile_machine(), "svg", engine="dot", title='<script>"x"\n')
    minidom.parseString(text.encode())
    assert not re.search(r"<(script|img|b|i)\b", text)


def test_it_draws_pictures_of_dots_too() -> None:
    pytest.importorskip("pygraphviz")
    assert laid_out(drawing(JOB_LIFECYCLE), "png").startswith(b"\x89PNG")
    assert laid_out(drawing(JOB_LIFECYCLE), "pdf").startswith(b"%PDF")


def test_it_does_not_give_up_on_a_large_machine() -> None:
    pytest.importorskip("pygraphviz")
    assert len(graphviz(render(large_machine(200, 1000), "svg", engine="dot")).statuses) == 200


def test_what_no_test_took_is_red_there_too() -> None:
    pytest.importorskip("pygraphviz")
    text = svg(drawing(JOB_LIFECYCLE, untested=[("RUNNING", "suspend", "SUSPENDED")]))
    assert text.count('stroke="#c1121f"') == 2  # the line and its head
