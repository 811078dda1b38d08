"""The colours of the pictures, which every format shares.

People who cannot see red or green can distinguish them (after Okabe and Ito), and none carries a meaning that a sign, a frame or a
kind of line does not carry as well. All are for a light background, which the pictures bring along.
"""

from __future__ import annotations

from dataclasses import dataclass

from ._drawing import Arrow, Node

INK, FAINT, PAPER = "#1f2328", "#6e7781", "#ffffff"
MAIN = "#0969da"
FRAME = "#8c959f"
#: of moves that no test took
UNTESTED = "#c1121f"
#: behind the labels of arrows, so that a line that passes there does not cut through the letters
CHIP = "#ffffffc0"
#: of boxes in boxes, from the outermost
GROUNDS = ("#f6f8fa", "#eaf2fb", "#dde9f7")


@dataclass(frozen=True, slots=True)
class Look:
    """How a status looks."""

    line: str
    fill: str
    sign: str = ""


OUTCOMES = {
    "success": Look("#00734f", "#cdeee2", "✓"),
    "error": Look("#b34700", "#fde0cf", "✗"),
    "canceled": Look("#5e548e", "#e9e6f3", "⊘"),
    "final": Look("#57606a", "#e7e9ec", "■"),
}


def look(node: Node) -> Look:
    """Return the colours of a status and the sign before its name."""
    if node.outcome:
        return OUTCOMES[node.outcome]
    return Look(FRAME if node.aside else "#57606a", PAPER)


def color(arrow: Arrow, traced: bool) -> str:
    """Return the colour of an arrow; in a trace, those that the job did not take are faded."""
    if arrow.untested:
        return UNTESTED
    if arrow.taken or (arrow.main and not traced):
        return MAIN
    return FRAME if traced or arrow.light else "#57606a"
