"""A layout for state diagrams: shapes in layers, lines at right angles, labels on their lines.

The idea is that of Sugiyama, Tagawa and Toda (1981) and Gansner, Koutsofios, North and Vo (1993): decide about order first, about
lines next, and about places last. It goes in stages of data, each a module with a function for it:

* `_net`: the graph by numbers; `_order`: the main path, what leads forward, and who comes first
* `_cells`: the cell that each shape stands in, searched for on a `_board` by guessed `_prices`, among them `_crossings`
* `_grid`: the lines between the cells, within frames as well; `_paths`: the lines of the grid that each link runs on
* `_tracks`: the straight pieces of the paths, and their order where several are on a line; `_labels`: the piece for each label
* `_coordinates`: from places on the grid to px, with `_spacing` between the lines
* `_compaction`: what there is (`_things`) moves together as far as the `_rules` allow
* `_picture`: rectangles and lines, for the caller; `_measure`: its faults, counted; `_score`: what they weigh

`_variants` tries several sets of weights for the cells and keeps the picture with the best score. All numbers that something is
decided by are whole or exact fractions, and all choices among equals follow the order of the graph, so that the same graph has the
same layout on every machine.
"""

from ._graph import Direction, Graph, Layout, Link, Point, Rect, Region, Route, Shape
from ._measure import Measures, measure
from ._variants import lay_out

__all__ = ["Direction", "Graph", "Layout", "Link", "Measures", "Point", "Rect", "Region", "Route", "Shape", "lay_out", "measure"]
