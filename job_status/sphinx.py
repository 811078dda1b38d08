"""Sphinx directives that draw a lifecycle, a flat `transitions.Machine` or a job into a document.

Add "job_status.sphinx" to `extensions` in conf.py. Then, with the lifecycle of a job if nothing is named::

    .. job-status-diagram:: package.module:object
       :full:
       :title: What stands above it, and what is read to those who cannot see it

    .. job-status-table:: package.module:object

The diagram is an SVG in HTML and a PDF in LaTeX. Any other output, and a document built without pygraphviz, has the table.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from docutils import nodes  # type: ignore[import-untyped]  # its types are a package of their own
from docutils.parsers.rst import directives  # type: ignore[import-untyped]  # as above
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from ._source import load
from .diagrams import Drawable, MissingExtra
from .diagrams._drafting import drawing
from .diagrams._drawing import Drawing
from .diagrams._svg import laid_out, svg
from .diagrams._table import TextTable
from .diagrams._tabulated import tables
from .diagrams._text import shown

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata, OptionSpec
    from sphinx.writers.html5 import HTML5Translator
    from sphinx.writers.latex import LaTeXTranslator

logger = logging.getLogger(__name__)

#: what is shown unless a directive names something else
_DEFAULT = "job_status:JOB_LIFECYCLE"


class job_status_diagram(nodes.General, nodes.Element):  # type: ignore[misc]  # noqa: N801  # named like its element
    """A diagram, whose children are the tables that stand in for it where it cannot be drawn."""


class TableDirective(SphinxDirective):
    """`job-status-table`: the legal moves, and of a job its path."""

    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[OptionSpec] = {"full": directives.flag, "title": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Read the directive; what cannot be imported or drawn is a warning at its line."""
        name = self.arguments[0] if self.arguments else _DEFAULT
        try:
            source = load(name, jobs=True)
            drawn = drawing(source, title=self.options.get("title"), full="full" in self.options)
        except ValueError as error:
            logger.warning("%s: %s", self.name, error, location=self.get_location(), type="job_status")
            return []
        file = getattr(sys.modules[name.partition(":")[0]], "__file__", None)
        if file is not None:  # pragma: no branch  # but for a module that conf.py itself made up
            self.env.note_dependency(file)  # a change there rebuilds this document
        return self.shown(source, drawn)

    def shown(self, source: Drawable, drawn: Drawing) -> list[nodes.Node]:
        """Return the tables of what the directive names."""
        return [node for table in tables(source, drawn, "full" in self.options) for node in _nodes(table)]


class DiagramDirective(TableDirective):
    """`job-status-diagram`: the picture."""

    option_spec: ClassVar[OptionSpec] = {**TableDirective.option_spec, "alt": directives.unchanged}

    def shown(self, source: Drawable, drawn: Drawing) -> list[nodes.Node]:
        """Return the picture, and the tables in case it cannot be drawn."""
        alt = self.options.get("alt", f"{drawn.title}: {drawn.description}")
        node = job_status_diagram("", *super().shown(source, drawn), drawing=drawn, alt=alt)
        self.set_source_info(node)
        return [node]


def _nodes(table: TextTable) -> Iterator[nodes.Node]:
    """Yield a table, and its notes as a list below it."""
    group = nodes.tgroup(cols=len(table.header))
    group += [nodes.colspec(colwidth=1) for _ in table.header]
    group += nodes.thead("", _row(table.header))
    group += nodes.tbody("", *map(_row, table.rows))
    yield nodes.table("", nodes.title("", table.caption), group, classes=["job-status"])
    if table.notes:
        yield nodes.bullet_list("", *(nodes.list_item("", nodes.paragraph("", note)) for note in table.notes))


def _row(cells: Iterable[object]) -> nodes.row:
    texts = [shown(text) if text else "" for text in map(str, cells)]
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", text)) for text in texts))


def _visit_html(self: HTML5Translator, node: job_status_diagram) -> None:
    path = _drawn(self, node, "svg")
    if path is not None:
        target = f"{self.builder.imgpath}/{path.name}"
        self.body.append(
            f'<figure class="job-status"><img src="{target}" alt="{self.attval(node["alt"])}" style="max-width:100%;height:auto">'
            "</figure>\n"
        )
        raise nodes.SkipNode


def _visit_latex(self: LaTeXTranslator, node: job_status_diagram) -> None:
    path = _drawn(self, node, "pdf")
    if path is not None:
        self.body.append(f"\n\\noindent\\sphinxincludegraphics[width=\\linewidth]{{{path.name}}}\n")
        raise nodes.SkipNode


def _visit_other(self: nodes.NodeVisitor, node: job_status_diagram) -> None:
    """Leave it to its children: the tables."""


_depart = _visit_other


def _drawn(self: Any, node: job_status_diagram, kind: str) -> Path | None:
    """Write the picture beside the document's other images and return its file; None if it cannot be drawn."""
    folder = Path(self.builder.outdir, self.builder.imagedir if kind == "svg" else "")
    drawn = cast(Drawing, node["drawing"])
    try:
        picture = svg(drawn).encode() if kind == "svg" else laid_out(drawn, kind)
    except MissingExtra as error:
        logger.info("%s", error, location=node)
        return None
    path = folder / f"job-status-{sha256(picture).hexdigest()[:16]}.{kind}"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture)
    return path


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the directives to Sphinx, which calls this."""
    other = (_visit_other, _depart)
    app.add_node(
        job_status_diagram,
        html=(_visit_html, _depart),
        latex=(_visit_latex, _depart),
        text=other,
        man=other,
        texinfo=other,
    )
    app.add_directive("job-status-diagram", DiagramDirective)
    app.add_directive("job-status-table", TableDirective)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
