"""The stages of the layout one by one, each on something small."""

from __future__ import annotations

from itertools import pairwise

import pytest

from job_status.diagrams.layout import Graph, Layout, Link, Point, Rect, Region, Route, Shape, lay_out, measure
from job_status.diagrams.layout._board import Board, Weights
from job_status.diagrams.layout._cells import cells
from job_status.diagrams.layout._compaction import compacted
from job_status.diagrams.layout._coordinates import GAP, NEAR, coordinates
from job_status.diagrams.layout._crossings import crossings, known
from job_status.diagrams.layout._grid import grid
from job_status.diagrams.layout._labels import labels
from job_status.diagrams.layout._measure import Measures
from job_status.diagrams.layout._net import Net, Wire, net
from job_status.diagrams.layout._order import main_path, sequence, ties
from job_status.diagrams.layout._paths import paths
from job_status.diagrams.layout._prices import Prices
from job_status.diagrams.layout._score import cost, flawless
from job_status.diagrams.layout._spacing import MARGIN, set_apart
from job_status.diagrams.layout._tracks import order, pieces
from job_status.diagrams.layout._variants import drawn


def graph(links: str, regions: str = "", initial: str | None = "a", **more: bool) -> Graph:
    """A graph of shapes of one letter, from links like "a-b b=c AB-c": = is one of the main path, capitals are a region of these.

    Shapes are 80 x 40 px, labels 50 x 15.
    """
    made = [Link(one[:-2], one[-1], 50, 15, main=one[-2] == "=") for one in links.split()]
    names = dict.fromkeys(letter for one in (*links.split(), *regions.split()) for letter in one.lower() if letter.isalpha())
    return Graph(
        tuple(
            Shape(name, 80, 40, final=more.get(f"final_{name}", False), aside=more.get(f"aside_{name}", False)) for name in names
        ),
        tuple(made),
        tuple(Region(region, frozenset(region.lower())) for region in regions.split()),
        initial,
    )


def numbers(links: str, regions: str = "", initial: str | None = "a") -> Net:
    return net(graph(links, regions, initial))


# -- the graph by numbers


def test_a_net_has_numbers_for_names_and_even_sizes() -> None:
    made = net(
        Graph(
            (Shape("x", 70.5, 41), Shape("y", 80, 40, True, True)), (Link("r", "y", 33, 15),), (Region("r", frozenset("x")),), "x"
        )
    )
    assert made.sizes == ((72, 42), (80, 40), (14, 14))
    assert made.wires == (Wire(-1, 1, 34, 16, False), Wire(2, 0, 0, 0, False))
    assert (made.regions, made.start) == ((frozenset({0}),), 2)
    assert made.finals == made.asides == {1}
    assert made.members(-1) == {0}
    assert made.members(1) == {1}


# -- what comes first


def test_the_main_path_goes_on_after_a_region_that_comes_between() -> None:
    assert main_path(numbers("a=b b-c CD-e c=d", "CD")) == [0, 1, 2, 3]
    assert main_path(numbers("a=b b=a")) == [0, 1]
    assert main_path(numbers("a=b", initial=None)) == [0, 1]
    assert main_path(numbers("a-b", initial=None)) == []


def test_a_tie_is_all_links_between_two_ends_and_leads_forward_unless_it_leads_back() -> None:
    made = {(tie.source, tie.dest): (tie.main, tie.forward) for tie in ties(numbers("a-b a=b b-c c-a b-d d-b"))}
    assert made == {
        (0, 1): (True, True),
        (1, 2): (False, True),
        (2, 0): (False, False),  # back to the first
        (1, 3): (False, False),  # there and back
    }


def test_of_two_links_there_and_back_the_one_of_the_main_path_leads_forward() -> None:
    assert [(tie.source, tie.dest, tie.main, tie.forward) for tie in ties(numbers("b-a a=b"))] == [(1, 0, True, True)]


def test_next_comes_what_has_most_ties_to_what_there_is_then_finals_then_what_stands_aside() -> None:
    made = net(graph("a-b a-c b-d c-d a-e e-f", aside_b=True, final_c=True))
    letters = [shape.id for shape in graph("a-b a-c b-d c-d a-e e-f").shapes]
    assert [letters[shape] for shape in sequence(made, [0])] == ["e", "f", "d", "c", "b"]


# -- cells


def test_lines_cross_if_they_do_so_between_their_ends() -> None:
    one = known((0, 0, 2, 2))
    assert crossings(one, [known((0, 2, 2, 0))]) == 1
    assert crossings(one, [known((0, 0, 2, 0)), known((2, 2, 3, 5)), known((2, 0, 0, 0)), known((0, 5, 2, 2))]) == 0  # share an end
    assert crossings(one, [known((5, 0, 6, 1)), known((0, 1, 0, 2)), known((0, 0.5, 0.2, 2))]) == 0
    assert crossings(one, [known((3, 3, 4, 4)), known((-1, 0, 0.2, 0.5))]) == 0
    assert crossings(one, [known((1, 1, 2, 0))]) == 1  # touches it


def board(links: str, regions: str = "", **places: tuple[int, int]) -> Board:
    made = numbers(links, regions)
    letters = [shape.id for shape in graph(links, regions).shapes]
    found = Board(made, ties(made), Weights(), below=1)
    for letter, (layer, row) in places.items():
        found.put(letters.index(letter), (layer, row))
    return found


def test_a_line_from_a_region_starts_at_the_nearest_place_of_its_frame() -> None:
    found = board("AB-c", "AB", a=(0, 0), b=(0, 2), c=(3, 1))
    assert found.line(found.ties[0]) == (0, 1, 3, 1)
    found.put(2, (1, 4))
    assert found.line(found.ties[0]) == (0, 2, 1, 4)
    found.take(2)
    assert found.line(found.ties[0]) is None


def test_a_stranger_is_who_stands_among_the_members_of_a_region() -> None:
    assert board("a-c", "AB", a=(0, 0), b=(0, 2), c=(0, 1)).strangers()
    assert not board("a-c", "AB", a=(0, 0), b=(0, 2), c=(1, 1)).strangers()


def test_a_place_in_a_straight_line_is_the_best() -> None:
    found = board("a-b b=c", a=(0, 0), b=(1, 0))
    free = [(layer, row) for layer in (0.0, 1.0, 2.0) for row in (-1.0, 0.0, 1.0) if (layer, row) not in found.taken]
    assert Prices(found, 2).best(free) == (2, 0)
    assert Prices(found, 2).best(free, limit=0.0) is None


def test_a_place_costs_more_where_something_is_in_the_way() -> None:
    found = board("a-b b-c a-d", a=(0, 0), b=(1, 0))
    prices = Prices(found, 3)
    beside, behind = prices.price((0, 1)), prices.price((2, 0))
    assert beside + Weights().blocked < behind


def test_a_line_from_a_region_to_a_member_draws_that_nowhere() -> None:
    inwards, outwards = board("AB-b", "AB", a=(0, 0)), board("AB-c", "AB", a=(0, 0))
    assert Prices(inwards, 1).frames == []
    assert [tie.dest for tie, _, _ in Prices(outwards, 2).frames] == [2]


def test_the_main_path_is_a_row_and_regions_have_no_strangers() -> None:
    made = net(job())
    places = cells(made, "right", Weights())
    assert places[made.start or 0][0] < places[0][0] < places[1][0] < places[2][0]
    assert len({places[shape][1] for shape in (made.start or 0, 0, 1, 2)}) == 1
    turned = cells(made, "down", Weights())
    assert turned[made.start or 0][1] < turned[0][1] < turned[1][1] < turned[2][1]


def test_the_main_path_leaves_its_row_where_a_region_would_have_a_stranger_in_it() -> None:
    made = numbers("a=b b=c", "AC")
    assert not strangers(made, cells(made, "right", Weights()))


@pytest.mark.parametrize("never", [0.0, 1000.0])
def test_no_stranger_is_in_a_region_even_if_that_cost_nothing(never: float) -> None:
    made = numbers("a=b b=c c=d d-e e-a b-e e-c AB-d b-f f-a", "ABEF EF AB")
    places = cells(made, "right", Weights(never=never))
    assert len(set(places)) == len(places)
    assert not strangers(made, places)


def strangers(made: Net, places: list[tuple[int, int]]) -> list[tuple[int, frozenset[int]]]:
    """The shapes that stand among members of a region that they are not in."""
    found = []
    for members in made.regions:
        columns, rows = zip(*(places[shape] for shape in members), strict=True)
        for shape, (column, row) in enumerate(places):
            if shape not in members and min(columns) <= column <= max(columns) and min(rows) <= row <= max(rows):
                found.append((shape, members))
    return found


# -- lines


def test_a_grid_has_a_line_for_each_column_and_channels_between_them_and_within_frames() -> None:
    made = numbers("a-b", "AB A", initial=None)
    found = grid(made, [(0, 0), (1, 0)])
    #   0 | 1 | 2 a 3 | 4 5 b 6 | 7
    assert (found.x.count, found.x.cells, found.x.frames) == (9, (3, 6), ((1, 7), (2, 4)))
    assert found.x.borders == ((), (0,), (1,), (), (), (1,), (), (), (0,))
    assert found.places == ((3, 3), (6, 3))


def routed(links: str, *places: tuple[int, int], regions: str = "") -> list[tuple[tuple[int, int], ...]]:
    made = numbers(links, regions, initial=None)
    return list(paths(made, grid(made, places)))


def test_a_path_is_straight_if_nothing_is_in_the_way_and_goes_around_what_is() -> None:
    assert routed("a-b", (0, 0), (1, 0)) == [((1, 1), (3, 1))]
    around = routed("a-b c-b", (0, 0), (2, 0), (1, 0))[0]
    assert around[0] == (1, 1)
    assert around[-1] == (5, 1)
    assert len(around) == 4
    assert (3, 1) not in {(x, y) for (x, y), (to_x, to_y) in pairwise(around) if y == to_y == 1}


def test_a_path_with_one_bend_for_two_that_are_not_in_line() -> None:
    [path] = routed("a-b", (0, 0), (1, 1))
    assert len(path) == 3


def test_opposite_paths_are_the_same() -> None:
    there, back = routed("a-b b-a", (0, 0), (1, 1))
    assert there == back[::-1]


def test_a_path_from_a_region_starts_at_its_frame_outwards_or_inwards() -> None:
    [outwards] = routed("AB-c", (0, 0), (0, 1), (1, 0), regions="AB")
    assert outwards == ((3, 2), (5, 2))
    [inwards] = routed("AB-b", (0, 0), (0, 1), regions="AB")
    assert len(inwards) == 2
    assert inwards[-1] == (2, 4)


def test_a_path_keeps_out_of_frames_that_it_has_no_business_in() -> None:
    path = routed("a-c b-d", (0, 1), (2, 1), (1, 0), (1, 2), regions="BD")[0]
    assert len(path) > 2


def test_pieces_know_what_follows_them() -> None:
    made = numbers("a-b", initial=None)
    [[first, second]] = pieces(made, [((1, 1), (3, 1), (3, 3))])
    assert (first.axis, first.line, first.low, first.high, first.high_next, first.high_turn) == (0, 1, 3, 6, second, 1)
    assert (second.axis, second.line, second.low, second.high, second.low_next, second.low_turn) == (1, 3, 2, 5, first, -1)
    assert (first.low_at, second.high_at, first.shapes(), second.shapes()) == (0, 1, [0], [1])


def test_two_pieces_on_a_line_are_put_into_the_order_in_which_they_do_not_cross() -> None:
    made = numbers("a-c b-d", initial=None)
    # both go down on line 4, the first from farther left to lower right
    first, second = pieces(made, [((1, 1), (4, 1), (4, 7), (7, 7)), ((1, 3), (4, 3), (4, 5), (7, 5))])
    order([first, second])
    assert first[1].rank != second[1].rank
    third, fourth = pieces(made, [((1, 1), (4, 1), (4, 5), (7, 5)), ((1, 3), (4, 3), (4, 7), (7, 7))])
    lines = order([third, fourth])
    assert [piece.wire for piece in lines[1, 4]] == [1, 0]


def test_a_label_is_beside_a_piece_of_its_own_line_and_that_of_the_lower_neighbour_below_it() -> None:
    made = numbers("a-b b-a", initial=None)
    field = grid(made, [(0, 0), (1, 0)])
    found = pieces(made, paths(made, field))
    lines = order(found)
    chosen = labels(made, field, found, lines)
    assert [label.piece for label in chosen] == [found[0][0], found[1][0]]
    assert [label.at for label in chosen] == [2, 2]
    assert sorted((label.piece.rank, label.before) for label in chosen) == [(0, True), (1, False)]


# -- px


def test_lines_are_set_apart_by_what_is_on_them() -> None:
    axis = grid(numbers("a-b", "AB", initial=None), [(0, 0), (1, 0)]).x
    middles, frames, size = set_apart(axis, [None, None, (-40, 40), (-3, 5), (-50, 50), None, None], 0)
    assert frames == ((MARGIN, size - MARGIN),)
    assert middles[2] == MARGIN + 18 + 40
    assert middles[3] == middles[2] + 40 + 22 + 3
    assert middles[4] == middles[3] + 5 + 22 + 50
    assert size == middles[4] + 50 + 18 + MARGIN


def staged(links: str, *places: tuple[int, int], regions: str = "") -> Layout:
    one = graph(links, regions, None)
    return drawn(one, net(one), "right", places)


def test_coordinates_spread_lines_around_the_middle_of_their_shapes_and_make_room_for_labels() -> None:
    made = numbers("a-b b-a", initial=None)
    field = grid(made, [(0, 0), (1, 0)])
    found = pieces(made, paths(made, field))
    lines = order(found)
    chosen = labels(made, field, found, lines)
    x, y = (coordinates(made, field, axis, lines, chosen) for axis in (0, 1))
    assert y.shapes[0] == y.shapes[1]
    first, second = sorted(y.pieces[path[0]] for path in found)
    assert second - first == GAP
    assert first + second == 2 * (y.shapes[0][0] + 20)
    assert x.end(found[0][0], False) == x.shapes[0][0] + 80
    assert x.end(found[0][0], True) == x.shapes[1][0]
    assert x.end(found[0][0], True) - x.end(found[0][0], False) >= 50 + 16
    closer = compacted(field, 0, found, chosen, x, y)
    assert closer.size < x.size
    assert closer.end(found[0][0], True) - closer.end(found[0][0], False) == 50 + 16


def test_a_shape_grows_if_many_lines_meet_a_side() -> None:
    layout = staged("a-b c-b d-b e-b", (0, 0), (2, 1), (0, 1), (0, 2), (0, 3))
    assert layout.shapes[1].height >= 40
    tall = lay_out(Graph((Shape("a", 30, 20), Shape("b", 30, 20)), tuple(Link("a", "b", 40, 15) for _ in range(5))))
    assert tall.shapes[0].height > 20 or tall.shapes[0].width > 30


def test_a_wide_shape_does_not_push_its_column_apart() -> None:
    wide = Graph((Shape("a", 80, 40), Shape("b", 80, 40), Shape("w", 400, 40)), (Link("a", "b", 50, 15), Link("a", "w", 50, 15)))
    layout = drawn(wide, net(wide), "right", [(0, 0), (1, 0), (0, 1)])
    assert layout.shapes[1].x - layout.shapes[0].x - 80 == 50 + 16
    assert layout.width <= 400 + 2 * MARGIN + 20


def test_a_label_is_near_its_piece() -> None:
    [across] = staged("a-b", (0, 0), (1, 0)).routes
    assert across.label is not None
    assert across.points[0].y - across.label.y - across.label.height == NEAR[0]
    [down] = staged("a-b", (0, 0), (0, 1)).routes
    assert down.label is not None
    assert down.label.x - down.points[0].x == NEAR[1]


# -- the score


def picture(*routes: Route, shapes: tuple[Rect, ...] = (), regions: tuple[Rect, ...] = (), start: Route | None = None) -> Layout:
    return Layout("right", 300, 200, shapes, regions, routes, start, 0.0)


def line(*corners: tuple[int, int], label: tuple[int, int, int, int] | None = None) -> Route:
    return Route(tuple(Point(*corner) for corner in corners), Rect(*label) if label else None)


AT = (Rect(0, 0, 40, 40), Rect(100, 0, 40, 40), Rect(200, 0, 40, 40), Rect(100, 100, 40, 40))


def counts(links: str, *routes: Route, regions: str = "", frames: tuple[Rect, ...] = (), start: Route | None = None) -> Measures:
    made = graph(links, regions, None, final_c=True, final_d=True)
    return measure(made, picture(*routes, shapes=AT[: len(made.shapes)], regions=frames, start=start))


def test_measures_of_a_straight_line_with_its_label() -> None:
    found = counts("a=b", line((40, 20), (100, 20), label=(45, 2, 50, 15)))
    assert found == Measures(
        crossings=0,
        bends=0,
        main_bends=0,
        main_turns=0,
        finals_apart=0,
        through_shapes=0,
        through_frames=0,
        labels_on_shapes=0,
        labels_on_labels=0,
        labels_on_lines=0,
        labels_on_frames=0,
        labels_astray=0,
        labels_far=0,
        length=60,
        width=300,
        height=200,
    )
    assert found.misplaced == 0


def test_lines_that_cross_touch_or_run_over_each_other_are_counted_that_from_the_start_too() -> None:
    level = line((0, 50), (100, 50))
    assert counts("a-b a-b", level, line((50, 0), (50, 90))).crossings == 1
    assert counts("a-b a-b", level, line((50, 0), (50, 50))).crossings == 1
    assert counts("a-b a-b", level, line((20, 50), (80, 50))).crossings == 1
    assert counts("a-b a-b", level, line((50, 60), (50, 90))).crossings == 0
    assert counts("a-b", level, start=line((20, 20), (20, 70))).crossings == 1


def test_bends_are_counted_and_the_turns_of_the_main_path() -> None:
    found = counts("a=b b=d", line((40, 20), (60, 20), (60, 30), (100, 30)), line((120, 40), (120, 100)))
    assert (found.bends, found.main_bends, found.main_turns) == (2, 2, 1)


def test_finals_that_are_not_in_line_are_counted() -> None:
    assert counts("a-b b-c b-d", *(line((0, 90), (1, 90)) for _ in range(3))).finals_apart == 1


def test_a_line_through_a_shape_is_counted_along_its_border_it_is_not() -> None:
    assert counts("a-c b-c", line((40, 20), (200, 20)), line((0, 90), (1, 90))).through_shapes == 1
    assert counts("a-c b-c", line((40, 40), (200, 40)), line((0, 90), (1, 90))).through_shapes == 0
    assert counts("a-b", line((30, 20), (100, 20))).through_shapes == 1  # its own


def test_a_line_through_a_frame_is_counted_unless_it_has_to_cross_it() -> None:
    frame = (Rect(90, -10, 60, 60),)
    assert counts("a-b", line((40, 20), (100, 20)), regions="B", frames=frame).through_frames == 0
    assert counts("a-b b-c", line((0, 90), (1, 90)), line((90, 20), (200, 20)), regions="B", frames=frame).through_frames == 1
    assert counts("a-c b-c", line((40, 45), (200, 45)), line((0, 90), (1, 90)), regions="B", frames=frame).through_frames == 2
    region = Graph(tuple(Shape(name, 40, 40) for name in "abc"), (Link("r", "c"),), (Region("r", frozenset("b")),))
    assert measure(region, picture(line((150, 20), (200, 20)), shapes=AT[:3], regions=frame)).through_frames == 0


def test_labels_in_wrong_places_are_counted() -> None:
    straight = line((40, 20), (100, 20), label=(20, 2, 50, 15))
    assert counts("a-b", straight).labels_on_shapes == 1
    twice = line((40, 60), (100, 60), label=(45, 62, 50, 15)), line((40, 80), (100, 80), label=(45, 62, 50, 15))
    assert counts("a-b a-b", *twice).labels_on_labels == 1
    across = line((40, 60), (100, 60), label=(45, 62, 50, 15)), line((50, 50), (50, 90))
    assert counts("a-b a-b", *across).labels_on_lines == 1
    framed = line((40, 60), (100, 60), label=(45, 62, 50, 15))
    assert counts("a-b", framed, regions="B", frames=(Rect(80, 50, 100, 100),)).labels_on_frames == 1
    astray = line((40, 60), (100, 60), label=(45, 70, 50, 15)), line((40, 87), (100, 87))
    assert counts("a-b a-b", *astray).labels_astray == 1
    assert [counts("a-b", line((40, 60), (100, 60), label=(45, 60 + far, 50, 15))).labels_far for far in (14, 15)] == [0, 1]
    assert counts("a-b", line((40, 60), (100, 60), label=(110, 70, 50, 15))).labels_far == 1
    assert counts("a-b", line((40, 60), (100, 60), label=(110, 70, 50, 15))).misplaced == 1


def test_each_fault_costs_something_and_what_hides_most() -> None:
    none = counts("a=b", line((40, 20), (100, 20)))
    assert flawless(graph("a=b"), none)
    assert not flawless(graph("a=b"), counts("a=b", line((40, 20), (60, 20), (60, 30), (100, 30))))
    bent = counts("a-b", line((40, 20), (60, 20), (60, 30), (100, 30)))
    crossed = counts("a-b a-b", line((0, 50), (100, 50)), line((50, 45), (50, 90)))
    hidden = counts("a-c b-c", line((40, 20), (200, 20)), line((0, 90), (1, 90)))
    assert cost(none) < cost(bent) < cost(crossed) < cost(hidden)
    assert not flawless(graph("a-b a-b"), crossed)


def test_many_lines_in_a_small_room_still_have_their_places() -> None:
    letters = "abcdefghijkl"
    links = [f"{one}-{letters[(position * step + 3) % 12]}" for position, one in enumerate(letters) for step in (1, 5)]
    crowd = graph(" ".join(one for one in links if one[0] != one[-1]), "ABC DEF DE")
    layout = lay_out(crowd)
    found = measure(crowd, layout)
    assert found.misplaced == found.through_shapes == 0


def job() -> Graph:
    return graph("w=r r=s r-u u-r c-s WRU-c WRUC-e", "WRUC WRU", "w", final_s=True, final_e=True)
