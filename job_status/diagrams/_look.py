"""The colours of the pictures, which every format shares.

People who cannot see red or green can distinguish them (after Okabe and Ito), and none carries a meaning that a sign, a frame or a
kind of line does not carry as well. Each is for a light ground and for a dark one; on both, texts have a contrast of 4.5 at least,
and lines and frames of 3 (WCAG 2.2, AA).
"""

from __future__ import annotations

from dataclasses import dataclass

from ._drawing import Arrow, Node

#: each colour by its name, on a light ground and on a dark one; a site sets it by the custom property `--js-NAME`
PALETTE = {
    "paper": ("#ffffff", "#0d1117"),
    "ink": ("#1f2328", "#e6edf3"),
    "faint": ("#57606a", "#9aa4ae"),
    "line": ("#57606a", "#9aa4ae"),
    "frame": ("#767f8a", "#7d8590"),
    "main": ("#0969da", "#58a6ff"),
    "untested": ("#c1121f", "#ff7b72"),
    "success": ("#00734f", "#3fb950"),
    "error": ("#b34700", "#f0883e"),
    "canceled": ("#5e548e", "#b1a2e8"),
    "final": ("#57606a", "#9aa4ae"),
    "success-fill": ("#d9f2e8", "#10291f"),
    "error-fill": ("#fde6d8", "#2e1c10"),
    "canceled-fill": ("#eeebf6", "#221d33"),
    "final-fill": ("#eceef0", "#20262d"),
    "current-fill": ("#ddf4ff", "#0f2d4a"),
    # of boxes in boxes, from the outermost
    "ground": ("#f6f8fa", "#151b23"),
    "ground-2": ("#eaf2fb", "#1a2431"),
    "ground-3": ("#dde9f7", "#202d3d"),
}

# The light ones, for formats that cannot change with the ground and so bring their own along.
INK, FAINT, PAPER, MAIN, FRAME, LINE = (PALETTE[name][0] for name in ("ink", "faint", "paper", "main", "frame", "line"))
#: of moves that no test took
UNTESTED = PALETTE["untested"][0]
#: of boxes in boxes, from the outermost
GROUNDS = tuple(PALETTE[name][0] for name in ("ground", "ground-2", "ground-3"))


@dataclass(frozen=True, slots=True)
class Look:
    """How a status looks."""

    line: str
    fill: str
    sign: str = ""


OUTCOMES = {
    outcome: Look(PALETTE[outcome][0], PALETTE[f"{outcome}-fill"][0], sign)
    for outcome, sign in (("success", "✓"), ("error", "✗"), ("canceled", "⊘"), ("final", "■"))
}


def look(node: Node) -> Look:
    """Return the colours of a status and the sign before its name."""
    if node.outcome:
        return OUTCOMES[node.outcome]
    return Look(FRAME if node.aside else LINE, PAPER)


def color(arrow: Arrow, traced: bool) -> str:
    """Return the colour of an arrow; those that the job of a trace, or no job of a log, took are faded."""
    if arrow.alarming:
        return UNTESTED
    if arrow.count == 0:
        return FRAME
    if arrow.taken or (arrow.main and not traced):
        return MAIN
    return FRAME if traced or arrow.light else LINE
