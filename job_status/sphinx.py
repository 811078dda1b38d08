"""Sphinx directives that draw a lifecycle, a `transitions.Machine` or a job into a document.

Add "job_status.sphinx" to `extensions` in conf.py. Then, with the lifecycle of a job if nothing is named::

    .. job-status-diagram:: package.module:object
       :full:
       :title: What stands above it
       :alt: A description for those who cannot see it, in place of the one that is made by itself
       :direction: right, or down
       :engine: dot
       :only: RUNNING
       :links: RUNNING = :ref:`running`
               ERROR = https://example.org/errors
       :no-labels:

    .. job-status-table:: package.module:object
       :full:
       :title: What stands above it

`only` is a status, which is shown with those one move away, or several, separated by commas, or "not UNKNOWN". A status without a
link leads to where its Enum member is documented, here or in a project that intersphinx knows.

The diagram is a part of the page in HTML, and a PDF in LaTeX. Any other output has the table, as does LaTeX without the extra
`diagrams`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from docutils import nodes  # type: ignore[import-untyped]  # its types are a package of their own
from docutils.parsers.rst import directives  # type: ignore[import-untyped]  # as above
from sphinx.addnodes import pending_xref
from sphinx.errors import NoUri
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from ._lifecycle import Lifecycle
from ._source import are_several, is_job, load
from .diagrams import Drawable, MissingExtra
from .diagrams._choices import DIRECTIONS, ENGINES, checked_choice, checked_status
from .diagrams._drafting import drawing, drawings, linked
from .diagrams._drawing import Drawing
from .diagrams._graphviz import laid_out
from .diagrams._graphviz import svg as by_graphviz
from .diagrams._raster import pdf
from .diagrams._svg import svg
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
    """A diagram, whose children are the tables that stand in for it where it cannot be drawn, and the links of its statuses."""


class job_status_link(nodes.Inline, nodes.TextElement):  # type: ignore[misc]  # noqa: N801  # as above
    """What a status leads to, as it is written in the document, with the cross-reference in it."""


class TableDirective(SphinxDirective):
    """`job-status-table`: the legal moves, and of a job its path."""

    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[OptionSpec] = {"full": directives.flag, "title": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Read the directive; what cannot be imported or drawn is a warning at its line."""
        name = self.arguments[0] if self.arguments else _DEFAULT
        try:
            source = load(name, to_draw=True)
            if are_several(source):
                raise ValueError(f"{name} is a collection; a document shows one job")
            shown = self.shown(source)
        except ValueError as error:
            logger.warning("%s: %s", self.name, error, location=self.get_location(), type="job_status")
            return []
        file = getattr(sys.modules[name.partition(":")[0]], "__file__", None)
        if file is not None:  # pragma: no branch  # but for a module that conf.py itself made up
            self.env.note_dependency(file)  # a change there rebuilds this document
        return shown

    def shown(self, source: Drawable) -> list[nodes.Node]:
        """Return the tables of what the directive names."""
        full = "full" in self.options
        drawn = drawing(source, title=self.options.get("title"), full=full)
        return [node for table in tables(source, drawn, full) for node in _nodes(table)]


class DiagramDirective(TableDirective):
    """`job-status-diagram`: the picture."""

    option_spec: ClassVar[OptionSpec] = {
        **TableDirective.option_spec,
        "alt": directives.unchanged,
        "direction": directives.unchanged_required,
        "engine": directives.unchanged_required,
        "only": directives.unchanged_required,
        "links": directives.unchanged_required,
        "no-labels": directives.flag,
    }

    def shown(self, source: Drawable) -> list[nodes.Node]:
        """Return the picture, and the tables in case it cannot be drawn."""
        drawn = drawings(
            source,
            title=self.options.get("title"),
            full="full" in self.options,
            only=self.only(),
            links={status: target for status, target in self.targets() if "`" not in target},
            labels="no-labels" not in self.options,
        )
        if "alt" in self.options:
            drawn = tuple(replace(one, description=self.options["alt"]) for one in drawn)
        links = [self.link(drawn[0], status, target) for status, target in self.targets() if "`" in target]
        node = job_status_diagram(
            "",
            *super().shown(source),
            *links,
            drawings=drawn,
            members=_members(source),
            direction=checked_choice("direction", self.options.get("direction"), DIRECTIONS),
            engine=checked_choice("engine", self.options.get("engine"), ENGINES),
        )
        self.set_source_info(node)
        return [node]

    def only(self) -> str | list[str] | None:
        """Return the status, or the statuses, to show."""
        names = [name.strip() for name in self.options.get("only", "").split(",") if name.strip()]
        return names[0] if len(names) == 1 else names or None

    def targets(self) -> Iterator[tuple[str, str]]:
        """Yield each status that has a link, and the link as it is written. Raises `ValueError` if a line is not of that form."""
        for line in self.options.get("links", "").splitlines():
            status, equals, target = map(str.strip, line.partition("="))
            if not equals:
                raise ValueError(f"each line of links is STATUS = TARGET, not {line!r}")
            yield status, target

    def link(self, drawn: Drawing, status: str, target: str) -> job_status_link:
        """Return a link with a cross-reference, to be resolved when all documents are read."""
        parsed, messages = self.state.inline_text(target, self.lineno)
        return job_status_link("", "", *parsed, *messages, status=checked_status(drawn.declared, status, "links"))


def _members(source: Drawable) -> dict[str, list[str]]:
    """Return the full names under which the Enum member behind each status may be documented, the likeliest first.

    It may be documented where it is defined, or in a package above, from where people import it; by itself, or with its Enum.
    """
    definer: Any = source.lifecycle if is_job(source) else source
    members = (
        definer.statuses if isinstance(definer, Lifecycle) else [state.value for state in getattr(definer, "states", {}).values()]
    )
    found: dict[str, list[str]] = {}
    for member in members:
        if isinstance(member, Enum):
            kind = type(member)
            parts = kind.__module__.split(".")
            homes = [f"{'.'.join(parts[:end])}.{kind.__qualname__}" for end in range(len(parts), 0, -1)]
            found[member.name] = [*(f"{home}.{member.name}" for home in homes), *homes]
    return found


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


def _link_statuses(app: Sphinx, document: nodes.document, docname: str) -> None:
    """Give the statuses of all diagrams their links, now that cross-references are resolved."""
    for node in document.findall(job_status_diagram):
        links = {}
        for link in list(node.findall(job_status_link)):
            node.remove(link)
            links[link["status"]] = _address(next(link.findall(nodes.reference), None))
        for status, names in node["members"].items():
            if not links.get(status):
                links[status] = next(filter(None, (_documented(app, docname, name) for name in names)), "")
        node["drawings"] = tuple(linked(one, links) for one in node["drawings"])


def _documented(app: Sphinx, docname: str, name: str) -> str:
    """Return the URL of where Python's `name` is documented; "" if it is not."""
    target, text = pending_xref("", refdomain="py", reftype="obj", reftarget=name, refdoc=docname), nodes.literal("", name)
    with suppress(NoUri):
        found = app.env.get_domain("py").resolve_xref(app.env, docname, app.builder, "obj", name, target, text)
        return _address(found or app.emit_firstresult("missing-reference", app.env, target, text, allowed_exceptions=(NoUri,)))
    return ""


def _address(reference: nodes.reference | None) -> str:
    """Return the URL that a reference leads to, from the page that it is on."""
    if reference is None:
        return ""
    return str(reference.get("refuri") or f"#{reference['refid']}")


def _visit_html(self: HTML5Translator, node: job_status_diagram) -> None:
    try:
        picture = _picture(node)
    except MissingExtra as error:
        logger.info("%s", error, location=node)
        return
    self.body.append(f'<figure class="job-status">\n{picture}</figure>\n')
    raise nodes.SkipNode


def _visit_latex(self: LaTeXTranslator, node: job_status_diagram) -> None:
    try:
        picture = _picture(node)
        data = laid_out(node["drawings"][0], "pdf", node["direction"]) if node["engine"] else pdf(picture)
    except MissingExtra as error:
        logger.info("%s", error, location=node)
        return
    path = Path(self.builder.outdir, f"job-status-{sha256(picture.encode()).hexdigest()[:16]}.pdf")
    path.write_bytes(data)
    self.body.append(f"\n\\noindent\\sphinxincludegraphics[width=\\linewidth]{{{path.name}}}\n")
    raise nodes.SkipNode


def _picture(node: job_status_diagram) -> str:
    """Return the picture as SVG. Raises `MissingExtra` if Graphviz is to lay it out and is not there."""
    drawn = cast("tuple[Drawing, ...]", node["drawings"])
    return by_graphviz(drawn[0], node["direction"]) if node["engine"] else svg(*drawn, direction=node["direction"])


def _visit_other(self: nodes.NodeVisitor, node: job_status_diagram) -> None:
    """Leave it to its children: the tables."""


_depart = _visit_other


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
    app.connect("doctree-resolved", _link_statuses)
    return {"version": "2", "parallel_read_safe": True, "parallel_write_safe": True}
