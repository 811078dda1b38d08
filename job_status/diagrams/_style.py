"""How each part of a picture is painted, said once, and given out in two ways that agree.

As attributes, which every viewer, editor and converter of SVG understands, in the colours for a light ground. And as a stylesheet,
in which the same colours are custom properties: with it a picture turns dark where its reader or the page around it is dark, and a
site restyles all its pictures by setting `--js-main`, `--js-paper` and the like.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from ._look import OUTCOMES, PALETTE

#: a class of the group that a part is in ("": any), the class of the part, and how it is painted: colours by their names in the
#: palette, anything else as SVG has it. What comes later overrides what comes before.
RULES: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("", "paper", {"fill": "paper"}),
    ("", "stripe", {"fill": "ground"}),
    ("", "note", {"fill": "faint"}),
    ("", "dot", {"fill": "ink"}),
    # of timelines
    ("", "grid", {"fill": "none", "stroke": "frame", "stroke-dasharray": "1 4"}),
    ("", "step", {"fill": "none", "stroke": "line"}),
    ("", "cross", {"fill": "none", "stroke": "untested", "stroke-width": "2"}),
    ("", "onward", {"fill": "line"}),
    ("", "inside", {"fill": "ink"}),
    ("", "sign", {"fill": "none", "stroke-width": "2"}),
    ("", "bar", {"fill": "paper", "stroke": "line"}),
    ("waiting", "bar", {"fill": "frame", "stroke": "frame"}),
    ("running", "bar", {"fill": "current-fill", "stroke": "main"}),
    ("running", "onward", {"fill": "main"}),
    ("halted", "bar", {"fill": "ground-3"}),
    ("asked", "bar", {"fill": "canceled-fill", "stroke": "canceled"}),
    ("asked", "onward", {"fill": "canceled"}),
    ("unknown", "bar", {"stroke": "frame", "stroke-dasharray": "5 3"}),
    ("gap", "bar", {"fill": "paper", "stroke": "faint", "stroke-dasharray": "2 3"}),
    ("region", "frame", {"fill": "ground", "stroke": "frame"}),
    ("region", "title", {"fill": "faint"}),
    ("level-2", "frame", {"fill": "ground-2"}),
    ("level-3", "frame", {"fill": "ground-3"}),
    ("status", "frame", {"fill": "paper", "stroke": "line", "stroke-width": "1.5"}),
    ("status", "inner", {"fill": "none", "stroke": "line"}),
    ("status", "name", {"fill": "ink"}),
    ("status", "detail", {"fill": "faint"}),
    ("status", "sign", {"fill": "none", "stroke": "ink", "stroke-width": "2"}),
    ("aside", "frame", {"stroke": "frame", "stroke-dasharray": "5 3"}),
    ("visited", "frame", {"stroke": "main"}),
    ("current", "frame", {"fill": "current-fill", "stroke-width": "3"}),
    *((outcome, "frame", {"fill": f"{outcome}-fill", "stroke": outcome}) for outcome in OUTCOMES),
    *((outcome, part, {"stroke": outcome}) for outcome in OUTCOMES for part in ("inner", "sign")),
    ("", "sign-final", {"fill": "final"}),
    ("", "sign-current", {"fill": "main", "stroke": "main"}),
    ("faded", "frame", {"fill": "paper", "stroke": "frame"}),
    ("faded", "inner", {"stroke": "frame"}),
    ("faded", "sign", {"stroke": "faint"}),
    ("faded", "name", {"fill": "faint"}),
    ("", "line", {"fill": "none", "stroke": "line", "stroke-width": "1.5"}),
    ("", "head", {"fill": "line"}),
    ("", "label", {"fill": "ink"}),
    ("start", "line", {"stroke": "ink"}),
    ("start", "head", {"fill": "ink"}),
    ("light", "line", {"stroke": "frame", "stroke-dasharray": "6 4"}),
    ("light", "head", {"fill": "frame"}),
    ("passed-by", "line", {"stroke": "frame"}),
    ("passed-by", "head", {"fill": "frame"}),
    ("passed-by", "label", {"fill": "faint"}),
    ("main", "line", {"stroke": "main", "stroke-width": "2.5"}),
    ("main", "head", {"fill": "main"}),
    ("taken", "line", {"stroke": "main", "stroke-width": "2.5", "stroke-dasharray": "none"}),
    ("taken", "head", {"fill": "main"}),
    ("inferred", "line", {"stroke-dasharray": "0.1 5", "stroke-linecap": "round"}),
    ("alarming", "line", {"stroke": "untested", "stroke-dasharray": "6 4"}),
    ("alarming", "head", {"fill": "untested"}),
    ("", "alarm", {"fill": "untested"}),
)

#: what pages that have a switch of their own say when they are dark, and when they are light: GitHub, Material for MkDocs, Furo and
#: other themes of Sphinx, JupyterLab, VS Code
_PAGES = "[data-color-mode={0}],[data-md-color-scheme={1}],[data-theme={0}],[data-jp-theme-light={2}],.vscode-{0}"
_LIGHT_PAGES, _DARK_PAGES = _PAGES.format("light", "default", "true"), _PAGES.format("dark", "slate", "false")


def paint(groups: Collection[str], part: str) -> str:
    """Return the class of a part, and the attributes that paint it in a group of those classes."""
    looks: dict[str, str] = {}
    for group, painted, look in RULES:
        if painted in part.split() and group in ("", *groups):
            looks |= look
    values = (
        f' {name}="{PALETTE[value][0] if value in PALETTE else value}"'
        for name, value in looks.items()
        if value != "none" or name == "fill"
    )
    return f'class="{part}"{"".join(values)}'


def stylesheet(picture: str, drawn: str) -> str:
    """Return the stylesheet of the picture with that id, with rules for what is drawn in it, and without effect outside of it."""
    classes = {name for names in re.findall(r'class="([^"]*)"', drawn) for name in names.split()}
    rules = [rule for rule in RULES if classes.issuperset(filter(None, rule[:2]))]
    used = {value for *_, look in rules for value in look.values() if value in PALETTE}
    light, dark = (
        ";".join(f"--_{name}:var(--js-{name},{colors[ground]})" for name, colors in PALETTE.items() if name in used)
        for ground in (0, 1)
    )
    return "\n".join(
        (
            f"#{picture}{{{light}}}",
            f"@media(prefers-color-scheme:dark){{#{picture}:not(:is({_LIGHT_PAGES}) *){{{dark}}}}}",
            f":is({_DARK_PAGES}) #{picture}{{{dark}}}",
            *filter(None, (_rule(picture, *rule) for rule in rules)),
        )
    )


def _rule(picture: str, group: str, part: str, look: dict[str, str]) -> str:
    """Return a rule that weighs as much as any other, whatever its group, so that the later one wins, as it does in `paint`."""
    colors = ";".join(f"{name}:var(--_{value})" for name, value in look.items() if value in PALETTE)
    return f":where(#{picture}{group and f' .{group}'}) .{part}{{{colors}}}" if colors else ""
