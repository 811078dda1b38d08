"""Texts of ours drawn by the real Mermaid in a real browser, and what is seen of them there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import escape
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

_OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--window-size=1400,1000",
)  # fmt: skip

#: what Material for MkDocs and GitHub put behind a diagram, and the colour that Material gives to the names of nodes, whatever the
#: diagram says of it
GROUNDS = {
    "white": ("#ffffff", "default", ""),
    "material": ("#1e2129", "default", ".nodeLabel, .nodeLabel p { color: #e2e4e9cc !important }"),
    "github": ("#0d1117", "dark", ""),
}

_PROBE = """
async function probed() {
  mermaid.initialize({startOnLoad: false, theme: "%s"});
  const found = [];
  for (const pre of document.querySelectorAll("pre.mermaid")) {
    const one = {nodes: [], edges: [], frames: 0, error: ""};
    try {
      await mermaid.run({nodes: [pre]});
      one.frames = pre.querySelectorAll("g.cluster").length;
      for (const node of pre.querySelectorAll("g.node")) {
        const text = node.querySelector(".nodeLabel p") || node.querySelector(".nodeLabel");
        const seen = getComputedStyle(node.querySelector("rect, circle, path, polygon"));
        one.nodes.push({
          id: node.id, text: text ? text.textContent.trim() : "", color: text ? getComputedStyle(text).color : "",
          fill: seen.fill, stroke: seen.stroke, link: node.closest("a") ? node.closest("a").getAttribute("xlink:href") : "",
        });
      }
      for (const edge of pre.querySelectorAll("path.flowchart-link")) {
        one.edges.push({id: edge.id + " " + edge.getAttribute("class"), stroke: getComputedStyle(edge).stroke});
      }
    } catch (error) { one.error = String(error); }
    found.push(one);
  }
  document.getElementById("probe").textContent = JSON.stringify(found);
}
probed();
"""


def drawn(texts: list[str], script: Path, folder: Path, ground: str = "white") -> list[dict[str, Any]]:
    """Return what the browser shows of each text: its nodes, its edges, or Mermaid's error."""
    assert CHROMIUM is not None
    color, theme, style = GROUNDS[ground]
    shutil.copy(script, folder / "mermaid.js")
    body = "".join(f'<pre class="mermaid">{escape(text)}</pre>' for text in texts)
    page = folder / "mermaid.html"
    page.write_text(
        f"<!doctype html><meta charset='utf-8'><style>body {{ background: {color} }} {style}</style>{body}"
        f"<pre id='probe'></pre><script src='mermaid.js'></script><script>{_PROBE % theme}</script>",
        encoding="utf-8",
    )
    command = [
        CHROMIUM,
        *_OPTIONS,
        "--virtual-time-budget=60000",
        f"--user-data-dir={folder / 'profile'}",
        "--dump-dom",
        page.as_uri(),
    ]
    dom = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    found: list[dict[str, Any]] = json.loads(unescaped(dom.rpartition('<pre id="probe">')[2].partition("</pre>")[0]))
    return found


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ").replace("&amp;", "&")


def contrast(one: str, other: str, ground: str) -> float:
    """Return the contrast of two colours on a ground, as the Web Content Accessibility Guidelines reckon it."""
    lighter, darker = sorted((_luminance(one, other, ground), _luminance(other, ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(*colors: str) -> float:
    """Return how bright the first colour is, where each is laid over the next."""
    red, green, blue = 255.0, 255.0, 255.0
    for color in reversed(colors):
        r, g, b, alpha = _channels(color)
        red, green, blue = (r * alpha + red * (1 - alpha), g * alpha + green * (1 - alpha), b * alpha + blue * (1 - alpha))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (red / 255, green / 255, blue / 255)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(color: str) -> tuple[float, float, float, float]:
    if color.startswith("#"):
        return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16), 1.0
    red, green, blue, *alpha = map(float, re.findall(r"[\d.]+", color))
    return red, green, blue, alpha[0] if alpha else 1.0
