"""Layout of graphs: nothing overlaps, wires run down, and the same graph lies the same way."""

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from einlang.codegen.html.layout import GAP_ACROSS, Layout, Point, Size, Wire, layout

SIZES = st.builds(Size, st.floats(4, 200), st.floats(4, 60))


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Size], list[Wire]]:
    """Graphs whose wires go from earlier vertices to later ones."""
    vertices = draw(st.lists(SIZES, min_size=1, max_size=14))
    pairs = list(combinations(range(len(vertices)), 2))
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=24)) if pairs else []
    return vertices, [Wire(source, target, draw(SIZES)) for source, target in chosen]


def rectangles(found: Layout, vertices: list[Size], wires: list[Wire]) -> list[tuple[float, float, float, float]]:
    sizes = [*vertices, *(wire.label for wire in wires)]
    places = (*found.vertices, *found.labels)
    return [
        (p.x - s.width / 2, p.y - s.height / 2, p.x + s.width / 2, p.y + s.height / 2) for p, s in zip(places, sizes, strict=True)
    ]


@settings(max_examples=60)
@given(graphs())
def test_nothing_overlaps_and_all_is_inside(graph: tuple[list[Size], list[Wire]]) -> None:
    vertices, wires = graph
    found = layout(vertices, wires)
    boxes = rectangles(found, vertices, wires)
    for (left, top, right, bottom), (x0, y0, x1, y1) in combinations(boxes, 2):
        assert right <= x0 + 1e-6 or x1 <= left + 1e-6 or bottom <= y0 + 1e-6 or y1 <= top + 1e-6
    for left, top, right, bottom in boxes:
        assert left >= -1e-6 and top >= -1e-6 and right <= found.size.width + 1e-6 and bottom <= found.size.height + 1e-6


@settings(max_examples=60)
@given(graphs())
def test_wires_run_down_from_vertex_to_vertex_past_all_others(graph: tuple[list[Size], list[Wire]]) -> None:
    vertices, wires = graph
    found = layout(vertices, wires)
    boxes = rectangles(found, vertices, wires)
    for number, (wire, points) in enumerate(zip(wires, found.wires, strict=True)):
        assert all(after.y >= before.y - 1e-6 for before, after in pairwise(points))
        others = [box for k, box in enumerate(boxes) if k not in (wire.source, wire.target, len(vertices) + number)]
        for point in (p for pair in pairwise(points) for p in between(*pair)):
            assert not any(l + 1e-6 < point.x < r - 1e-6 and t + 1e-6 < point.y < b - 1e-6 for l, t, r, b in others)


def between(start: Point, end: Point) -> list[Point]:
    """Points of the curve that leaves and arrives straight down."""
    middle = (start.y + end.y) / 2
    found = []
    for k in range(11):
        t = k / 10
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        x = sum(w * v for w, v in zip(weights, (start.x, start.x, end.x, end.x), strict=True))
        y = sum(w * v for w, v in zip(weights, (start.y, middle, middle, end.y), strict=True))
        found.append(Point(x, y))
    return found


def test_a_chain_is_straight_and_what_is_given_stands_just_above_its_use() -> None:
    box, label = Size(40, 20), Size(10, 10)
    found = layout([box, box, box], [Wire(0, 1, label), Wire(1, 2, label)])
    assert len({point.x for wire in found.wires for point in wire}) == 1
    found = layout([box, box, box, box], [Wire(0, 1, label), Wire(1, 3, label), Wire(2, 3, label)])
    assert found.vertices[2].y == found.vertices[1].y
    assert found.vertices[2].x - found.vertices[1].x >= box.width + GAP_ACROSS


def test_crossings_that_need_not_be_are_gone() -> None:
    box, label = Size(40, 20), Size(10, 10)
    found = layout([box] * 4, [Wire(0, 3, label), Wire(1, 2, label)])
    left, right = found.vertices[0].x < found.vertices[1].x, found.vertices[3].x < found.vertices[2].x
    assert left == right


def test_the_graph_of_nothing() -> None:
    assert layout([], []).size == Size(0, 0)
