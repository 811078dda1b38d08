"""How wide texts are, where they are broken, and how parts are painted."""

from __future__ import annotations

import re

import pytest

from job_status import JOB_LIFECYCLE
from job_status.diagrams import _face, _metrics, render
from job_status.diagrams._drafting import drawing
from job_status.diagrams._drawing import Line
from job_status.diagrams._face import Text
from job_status.diagrams._style import paint, stylesheet

#: some characters with their widths in thousandths of the size, by the metrics that Adobe publishes of Helvetica and Helvetica-Bold
CHARACTERS = " AMWimx_(0@|"
HELVETICA = (278, 667, 833, 944, 222, 833, 500, 556, 333, 556, 1015, 260)
HELVETICA_BOLD = (278, 722, 833, 944, 278, 889, 556, 556, 333, 556, 975, 280)


def test_widths_are_those_of_the_font() -> None:
    assert tuple(_metrics.width(char, 1000) for char in CHARACTERS) == HELVETICA
    assert tuple(_metrics.width(char, 1000, bold=True) for char in CHARACTERS) == HELVETICA_BOLD


def test_the_width_of_a_text_is_that_of_its_letters() -> None:
    assert _metrics.width("Wax", 10) == pytest.approx(9.44 + 5.56 + 5)
    assert _metrics.width("", 10) == 0


@pytest.mark.parametrize(
    ("text", "width"),
    [
        pytest.param("é", 556, id="a letter with an accent is as wide as without"),
        pytest.param("e\u0301", 556, id="a combining accent takes no room"),
        pytest.param("\u200d", 0, id="a joiner takes no room"),
        pytest.param("漢", 1000, id="an ideograph is as wide as it is high"),
        pytest.param("가", 1000, id="so is a syllable of Hangul"),
        pytest.param("🎉", 1400, id="a pictograph is wider"),
        pytest.param("ש", 750, id="other scripts are estimated"),
    ],
)
def test_widths_of_what_the_table_lacks(text: str, width: float) -> None:
    assert _metrics.width(text, 1000) == width


def test_it_is_known_which_widths_are_estimates() -> None:
    assert _metrics.known("stop_run(ÄRGER) [no cancel]")
    assert not _metrics.known("a ש")


def broken(text: str) -> list[str]:
    return [part.text for part in _face.label([Line(text)]).lines]


def test_a_text_is_broken_at_blanks_into_lines_of_much_the_same_length() -> None:
    assert broken("receive SYN, ACK and send ACK") == ["receive SYN, ACK", "and send ACK"]
    assert broken("start_run") == ["start_run"]


def test_a_word_is_left_whole_where_it_is_not_much_too_wide() -> None:
    assert broken("then raise AirflowSkipException") == ["then raise", "AirflowSkipException"]
    assert broken("stop_run(OUT_OF_MEMORY)") == ["stop_run(OUT_OF_MEMORY)"]


def test_a_long_word_is_broken_after_signs_or_else_anywhere() -> None:
    parts = [part.text for part in _face.heading("WAITING_FOR_" * 6).lines]
    assert len(parts) > 1
    assert all(part.endswith("_") for part in parts)
    parts = [part.text for part in _face.heading("L" * 200).lines]
    assert "".join(parts) == "L" * 200
    assert all(Text(part, "name", bold=True).width <= 1.4 * 260 for part in parts)


def test_a_condition_stands_on_a_line_of_its_own_where_both_are_too_wide() -> None:
    assert [part.text for part in _face.label([Line("go", "it is open")]).lines] == ["go [it is open]"]
    assert [part.text for part in _face.label([Line("request_cancel", "no cancel was requested")]).lines] == [
        "request_cancel",
        "[no cancel was requested]",
    ]
    node = drawing(JOB_LIFECYCLE).nodes["UNKNOWN"]
    assert [part.indent for part in _face.status(node).lines] == [0.0] * 6


def test_a_status_is_as_large_as_its_text_asks_for_and_not_too_small() -> None:
    nodes = drawing(JOB_LIFECYCLE).nodes
    small, large = _face.status(nodes["WAITING"]), _face.status(nodes["UNKNOWN"])
    assert (small.width, small.height) == (98, 46)
    assert large.width > 300
    assert large.height == 19 + 5 * 16 + 18 + 1
    assert len(_face.status(nodes["UNKNOWN"], labels=False).lines) == 1


def test_no_label_takes_no_room() -> None:
    assert _face.label([]) == _face.Face((), 0, 0.0)


# -- paint


def test_a_part_is_painted_by_its_class_and_by_its_group() -> None:
    assert paint(["move"], "line") == 'class="line" fill="none" stroke="#57606a" stroke-width="1.5"'
    assert paint(["move", "main"], "line") == 'class="line" fill="none" stroke="#0969da" stroke-width="2.5"'
    assert 'stroke-dasharray="6 4"' in paint(["move", "light"], "line")
    assert "stroke-dasharray" not in paint(["move", "light", "taken"], "line")


def test_the_stylesheet_has_what_is_drawn_and_no_more() -> None:
    sheet = stylesheet("js-1", f"<rect {paint((), 'paper')}/>")
    assert sheet.splitlines() == [
        "#js-1{--_paper:var(--js-paper,#ffffff)}",
        "@media(prefers-color-scheme:dark){#js-1:not(:is([data-color-mode=light],[data-md-color-scheme=default],[data-theme=light],"
        "[data-jp-theme-light=true],.vscode-light) *){--_paper:var(--js-paper,#0d1117)}}",
        ":is([data-color-mode=dark],[data-md-color-scheme=slate],[data-theme=dark],[data-jp-theme-light=false],.vscode-dark) #js-1"
        "{--_paper:var(--js-paper,#0d1117)}",
        ":where(#js-1) .paper{fill:var(--_paper)}",
    ]


def test_every_colour_of_a_picture_is_a_custom_property() -> None:
    text = render(JOB_LIFECYCLE, "svg", full=True)
    sheet = text.partition("<style>")[2].partition("</style>")[0]
    rules = re.findall(r"^:where\(.*?\) \.[\w-]+\{(.*)\}$", sheet, re.MULTILINE)
    assert rules
    assert all(re.fullmatch(r"((fill|stroke):var\(--_[\w-]+\);?)+", rule) for rule in rules)
