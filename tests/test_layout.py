from __future__ import annotations

import os
import subprocess
import sys
from itertools import combinations, pairwise
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from job_status.diagrams.layout import Graph, Layout, Link, Point, Rect, Region, Route, Shape, lay_out, measure

Way = Literal["right", "down"]
DIRECTIONS: tuple[Way, ...] = ("right", "down")


def shapes(*ids: str, **more: Shape) -> tuple[Shape, ...]:
    return tuple(more.get(one, Shape(one, 90, 40)) for one in ids)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    count = draw(st.integers(0, 12))
    ids = [f"s{number}" for number in range(count)]
    sizes = st.one_of(st.integers(20, 260), st.floats(20, 260, width=16))
    made = tuple(Shape(one, draw(sizes), draw(sizes), draw(st.booleans()), draw(st.integers(0, 5)) == 0) for one in ids)
    regions = draw(nested(frozenset(ids), 0)) if ids else []
    sources = [*ids, *(region.id for region in regions)]
    widths = st.one_of(st.just(0), st.integers(20, 200), st.integers(200, 1500))
    links = []
    for source, dest in draw(st.lists(st.tuples(st.sampled_from(sources), st.sampled_from(ids)), max_size=24)) if ids else ():
        if source != dest:
            width = draw(widths)
            links.append(Link(source, dest, width, 15 * draw(st.integers(1, 5)) if width else 0, draw(st.integers(0, 3)) == 0))
    return Graph(made, tuple(links), tuple(regions), draw(st.sampled_from([None, *ids])))


@st.composite
def nested(draw: st.DrawFn, within: frozenset[str], depth: int) -> list[Region]:
    """Regions of some of the shapes, with others in them or beside them; some have all the members of the one around them."""
    if depth == 3 or not draw(st.booleans()):
        return []
    members = draw(st.sets(st.sampled_from(sorted(within)), min_size=1).map(frozenset))
    found = [Region(f"r{depth}{min(members)}", members), *draw(nested(members, depth + 1))]
    rest = within - members
    return [*found, *(draw(nested(rest, depth + 1)) if rest else [])]


def hold(graph: Graph, layout: Layout) -> None:
    """What must be true of every picture."""
    for shape, rect in zip(graph.shapes, layout.shapes, strict=True):
        assert rect.width >= shape.width
        assert rect.height >= shape.height
    assert not [pair for pair in combinations(layout.shapes, 2) if overlap(*pair)]
    labels = [route.label for route in layout.routes if route.label]
    assert not [pair for pair in combinations(labels, 2) if overlap(*pair)]
    assert not [(label, shape) for label in labels for shape in layout.shapes if overlap(label, shape)]
    for rect in (*layout.shapes, *labels, *layout.regions):
        assert 0 <= rect.x <= rect.x + rect.width <= layout.width
        assert 0 <= rect.y <= rect.y + rect.height <= layout.height
    for region, frame in zip(graph.regions, layout.regions, strict=True):
        for shape, rect in zip(graph.shapes, layout.shapes, strict=True):
            assert within(rect, frame) if shape.id in region.members else not overlap(rect, frame)
        for other, inner in zip(graph.regions, layout.regions, strict=True):
            if other.members < region.members:
                assert within(inner, frame)
    places = {shape.id: rect for shape, rect in zip(graph.shapes, layout.shapes, strict=True)}
    places |= {region.id: rect for region, rect in zip(graph.regions, layout.regions, strict=True)}
    for link, route in zip(graph.links, layout.routes, strict=True):
        run(route, layout)
        assert on_border(route.points[0], places[link.source])
        assert on_border(route.points[-1], places[link.dest])
        assert (route.label is not None) == (link.width > 0)
        if route.label is not None:
            assert route.label.width >= link.width
            assert route.label.height >= link.height
            assert min(distance(route.label, *piece) for piece in pairwise(route.points)) <= 14
    assert (layout.start is None) == (graph.initial is None)
    if layout.start is not None and graph.initial is not None:
        run(layout.start, layout)
        assert on_border(layout.start.points[-1], places[graph.initial])
    measures = measure(graph, layout)
    assert measures.through_shapes == 0
    assert measures.misplaced == 0


def overlap(one: Rect, other: Rect) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def within(inner: Rect, outer: Rect) -> bool:
    return (
        outer.x < inner.x
        and inner.x + inner.width < outer.x + outer.width
        and outer.y < inner.y
        and inner.y + inner.height < outer.y + outer.height
    )


def run(route: Route, layout: Layout) -> None:
    """The line runs at right angles, and turns at each of its corners."""
    for one, other in pairwise(route.points):
        assert (one.x == other.x) != (one.y == other.y)
        assert 0 <= one.x <= layout.width
        assert 0 <= one.y <= layout.height
    for before, corner, after in zip(route.points, route.points[1:], route.points[2:], strict=False):
        assert (before.x == corner.x) != (corner.x == after.x)


def on_border(point: Point, rect: Rect) -> bool:
    right, bottom = rect.x + rect.width, rect.y + rect.height
    if point.x in (rect.x, right):
        return rect.y < point.y < bottom
    return point.y in (rect.y, bottom) and rect.x < point.x < right


def distance(label: Rect, one: Point, other: Point) -> float:
    across = max(min(one.x, other.x) - label.x - label.width, label.x - max(one.x, other.x), 0)
    along = max(min(one.y, other.y) - label.y - label.height, label.y - max(one.y, other.y), 0)
    return float(across + along)


@settings(max_examples=25, deadline=None)
@given(graphs(), st.sampled_from((None, *DIRECTIONS)))
def test_nothing_overlaps_and_nothing_is_astray_whatever_the_graph(graph: Graph, direction: Way | None) -> None:
    layout = lay_out(graph, direction)
    hold(graph, layout)
    assert lay_out(graph, direction) == layout


def job() -> Graph:
    """The lifecycle of a job, in its compact drawing: one that is to be flawless."""
    live = frozenset(("WAITING", "RUNNING", "SUSPENDED", "CANCEL_REQUESTED"))
    return Graph(
        (
            Shape("WAITING", 98, 46),
            Shape("RUNNING", 136, 54),
            Shape("SUCCESS", 126, 46, final=True),
            Shape("ERROR", 108, 46, final=True),
            Shape("CANCELED", 136, 46, final=True),
            Shape("SUSPENDED", 126, 46),
            Shape("CANCEL_REQUESTED", 198, 54),
            Shape("UNKNOWN", 408, 118, aside=True),
        ),
        (
            Link("WAITING", "RUNNING", 94, 30, main=True),
            Link("started", "CANCEL_REQUESTED", 85, 15),
            Link("live", "ERROR", 102, 15),
            Link("live", "CANCELED", 125, 15),
            Link("live", "UNKNOWN", 119, 15),
            Link("RUNNING", "SUSPENDED", 47, 15),
            Link("RUNNING", "SUCCESS", 118, 15, main=True),
            Link("SUSPENDED", "RUNNING", 42, 15),
            Link("CANCEL_REQUESTED", "SUCCESS", 118, 15),
        ),
        (Region("live", live), Region("started", live - {"CANCEL_REQUESTED"})),
        "WAITING",
    )


@pytest.mark.parametrize("direction", [None, *DIRECTIONS])
def test_a_job_is_drawn_without_a_fault(direction: Way | None) -> None:
    graph = job()
    layout = lay_out(graph, direction)
    hold(graph, layout)
    measures = measure(graph, layout)
    assert (measures.crossings, measures.main_bends, measures.main_turns, measures.through_frames) == (0, 0, 0, 0)
    assert measures.bends <= 3
    assert measures.finals_apart == 0
    assert layout.flawless
    assert layout.width <= 800
    assert layout.direction == (direction or "right")


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_main_path_is_one_straight_line_in_the_direction_of_the_picture(direction: Way) -> None:
    graph = job()
    layout = lay_out(graph, direction)
    assert layout.start is not None
    lines = [route.points for link, route in zip(graph.links, layout.routes, strict=True) if link.main]
    points = [point for line in (layout.start.points, *lines) for point in line]
    along, across = [point.x for point in points], [point.y for point in points]
    if direction == "down":
        along, across = across, along
    assert len(set(across)) == 1
    assert along == sorted(along)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_what_stands_aside_is_below_all_others(direction: Way) -> None:
    graph = job()
    layout = lay_out(graph, direction)
    [aside] = [rect for shape, rect in zip(graph.shapes, layout.shapes, strict=True) if shape.aside]
    assert all(rect.y + rect.height < aside.y for rect in layout.shapes if rect is not aside)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_opposite_links_run_side_by_side(direction: Way) -> None:
    graph = job()
    there, back = (lay_out(graph, direction).routes[number].points for number in (5, 7))
    assert len(there) == len(back) == 2
    apart = {abs(one.x - other.x) + abs(one.y - other.y) for one, other in zip(there, back[::-1], strict=True)}
    assert len(apart) == 1
    assert max(apart) <= 20


def test_it_goes_to_the_right_if_that_fits_a_page_and_down_if_not() -> None:
    names = [f"step {number}" for number in range(9)]
    links = tuple(Link(*pair, width=60, height=15, main=True) for pair in pairwise(names))
    assert lay_out(Graph(shapes(*names[:4]), links[:3], initial=names[0])).direction == "right"
    long = lay_out(Graph(shapes(*names), links, initial=names[0]))
    assert long.direction == "down"
    assert long.width < 300
    loose = Graph(shapes(*names), tuple(Link(*pair, width=60, height=15) for pair in pairwise(names)), initial=names[0])
    assert lay_out(loose).width <= 1000
    assert lay_out(loose, "right").direction == "right"


def test_nothing_is_laid_out_as_nothing() -> None:
    layout = lay_out(Graph((), ()))
    assert (layout.shapes, layout.regions, layout.routes, layout.start) == ((), (), (), None)
    assert layout.flawless
    hold(Graph((), ()), layout)


def test_a_single_shape_has_its_start_dot() -> None:
    graph = Graph(shapes("one"), (), initial="one")
    layout = lay_out(graph)
    hold(graph, layout)
    assert layout.start is not None
    assert layout.start.points[0].x == 15
    assert layout.shapes[0].width == 90


def test_thirty_shapes_that_have_nothing_to_do_with_each_other_do_not_make_a_long_line() -> None:
    graph = Graph(shapes(*map(str, range(30))), ())
    layout = lay_out(graph)
    hold(graph, layout)
    assert layout.width <= 1000
    assert layout.height <= 1000


def test_two_graphs_in_one_stand_beside_each_other() -> None:
    links = [Link(f"{one}{part}", f"{other}{part}", 60, 15) for part in "ab" for one, other in ("xy", "yz", "zx")]
    graph = Graph(shapes(*(f"{one}{part}" for part in "ab" for one in "xyz")), tuple(links), initial="xa")
    layout = lay_out(graph)
    hold(graph, layout)
    assert measure(graph, layout).crossings == 0


@pytest.mark.parametrize("width", [200, 1500])
def test_a_long_label_has_its_room(width: int) -> None:
    graph = Graph(shapes("a", "b"), (Link("a", "b", width, 15), Link("b", "a", width, 15)), initial="a")
    hold(graph, lay_out(graph))


def test_sizes_need_not_be_whole_numbers_but_places_are() -> None:
    graph = Graph((Shape("a", 70.3, 40.1), Shape("b", 71, 39.9)), (Link("a", "b", 33.7, 14.9),))
    layout = lay_out(graph)
    hold(graph, layout)
    rects = [*layout.shapes, *(route.label for route in layout.routes if route.label)]
    assert all(float(value).is_integer() for rect in rects for value in (rect.x, rect.y, rect.width, rect.height))


ASTRAY = "must lead from a shape or region of the graph to one of its shapes"
REFUSED = [
    (Graph(shapes("a", "a"), ()), "two shapes or regions have the same id: each needs one of its own"),
    (Graph(shapes("a"), (), (Region("a", frozenset("a")),)), "two shapes or regions have the same id: each needs one of its own"),
    (Graph(shapes("a"), (Link("a", "a"),)), "the link 'a' -> 'a' leads nowhere: write it into the shape"),
    (
        Graph(shapes("a"), (Link("a", "b"),)),
        "the link 'a' -> 'b' must lead from a shape or region of the graph to one of its shapes",
    ),
    (
        Graph(shapes("a"), (Link("b", "a"),)),
        "the link 'b' -> 'a' must lead from a shape or region of the graph to one of its shapes",
    ),
    (Graph(shapes("a"), (), initial="b"), "the initial shape 'b' must be a shape of the graph"),
    (Graph(shapes("a"), (), (Region("r", frozenset()),)), "the region 'r' must have members, all of them shapes of the graph"),
    (Graph(shapes("a"), (), (Region("r", frozenset("ab")),)), "the region 'r' must have members, all of them shapes of the graph"),
    (
        Graph(shapes("a", "b", "c"), (), (Region("r", frozenset("ab")), Region("s", frozenset("bc")))),
        "the regions 'r' and 's' must be apart, or one must be part of the other",
    ),
]


@pytest.mark.parametrize(("graph", "message"), REFUSED)
def test_what_cannot_be_laid_out_is_refused_by_name(graph: Graph, message: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011  # the whole message is compared
        lay_out(graph)
    assert str(refused.value) == message


def alone(script: str, seed: str = "0") -> str:
    """Run a script that has imported the layout and nothing else."""
    folder = Path(lay_out.__code__.co_filename).parent.parent
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); before = {{*sys.modules}}; from layout import *; {script}"
    environment = os.environ | {"PYTHONHASHSEED": seed}
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment).stdout.strip()


def test_the_layout_depends_on_nothing_but_the_graph() -> None:
    expected = repr(lay_out(job()))
    assert [alone(f"print(repr(lay_out({job()!r})))", seed) for seed in ("1", "2")] == [expected] * 2


def test_it_needs_nothing_but_the_standard_library() -> None:
    found = alone("print(*{name.split('.')[0] for name in {*sys.modules} - before})")
    assert {*found.split()} <= {*sys.stdlib_module_names, "layout"}


def test_no_stage_is_longer_than_two_hundred_lines() -> None:
    folder = Path(lay_out.__code__.co_filename).parent
    assert {file.name for file in folder.glob("*.py") if len(file.read_text(encoding="utf-8").splitlines()) > 200} == set()
