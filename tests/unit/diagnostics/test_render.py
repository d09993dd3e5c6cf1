"""Diagnostics as people and as machines read them."""

import json
import re
import textwrap
from collections.abc import Callable

import pytest

from einlang.diagnostics import Diagnostic, Label
from einlang.diagnostics.catalogue import CATALOGUE, Entry
from einlang.diagnostics.render import in_order, render, render_all, summary, to_json
from einlang.diagnostics.snippet import LIMIT
from einlang.source import Source, Span

PROGRAM = """\
input X[b, k0]
param W[k1, k0]
# the product

# of rows
P[i,j] = exp(Z[i,j]) / exp(Z[i,J])
L = sum[I](
  X[I,0]

  + 3
)
"""
FINDING, WARNING = "index-not-summed", "a-warning"
Place = Callable[..., Span]


@pytest.fixture(autouse=True)
def a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row of the catalogue that is a warning, whatever the table holds."""
    monkeypatch.setitem(CATALOGUE, WARNING, Entry("warning", "something to look at"))


def place(text: str, source: Source | None = None, skip: int = 0) -> Span:
    """The span of the first occurrence of a text, from a character on."""
    source = source or Source("mlp.ein", PROGRAM)
    start = source.text.index(text, skip)
    return Span(source, start, start + len(text))


def drawn(diagnostic: Diagnostic) -> str:
    """The rendering, in the form in which the tests write it."""
    return render(diagnostic) + "\n"


def expected(text: str) -> str:
    return textwrap.dedent(text).removeprefix("\n")


def test_the_form_of_the_interface() -> None:
    finding = Diagnostic(
        FINDING,
        "nothing sums `J`",
        place("J", skip=PROGRAM.index("P[i,j]")),
        "only the denominator carries `J`",
        help="sum it where you mean to: `exp(Z[i,j]) / sum[J](exp(Z[i,J]))`",
    )
    assert drawn(finding) == expected("""
        error[index-not-summed]: nothing sums `J`
         --> mlp.ein:6:32
          |
        6 | P[i,j] = exp(Z[i,j]) / exp(Z[i,J])
          |                                ^ only the denominator carries `J`
          |
        help: sum it where you mean to: `exp(Z[i,j]) / sum[J](exp(Z[i,J]))`
        """)


def test_other_places_stand_in_the_order_of_the_text_and_labels_of_one_line_hang_from_right_to_left() -> None:
    source = Source("mlp.ein", PROGRAM)
    finding = Diagnostic(
        FINDING,
        "the sizes differ",
        place("Z[i,j]", source),
        "axis 1 of Z",
        others=(
            Label(place("k0", source), "axis 1 of X is k0"),
            Label(place("k1", source), "axis 0 of W is k1"),
            Label(place("P[i,j]", source), "here"),
            Label(place("exp(Z[i,J])", source), "there"),
        ),
    )
    assert drawn(finding) == expected("""
        error[index-not-summed]: the sizes differ
         --> mlp.ein:6:14
          |
        1 | input X[b, k0]
          |            -- axis 1 of X is k0
        2 | param W[k1, k0]
          |         -- axis 0 of W is k1
        ...
        6 | P[i,j] = exp(Z[i,j]) / exp(Z[i,J])
          | ------       ^^^^^^    ----------- there
          | |            |
          | |            axis 1 of Z
          | here
        """)


def test_one_line_between_two_places_is_shown() -> None:
    source = Source("s.ein", "a\nb\nc\n")
    finding = Diagnostic(FINDING, "m", place("a", source), others=(Label(place("c", source), "last"),))
    assert drawn(finding) == expected("""
        error[index-not-summed]: m
         --> s.ein:1:1
          |
        1 | a
          | ^
        2 | b
        3 | c
          | - last
        """)


def test_a_place_inside_another_and_two_labels_at_one_place() -> None:
    source = Source("s.ein", "Z[i] = exp(x[I])")
    whole, inner = place("exp(x[I])", source), place("I", source)
    finding = Diagnostic(FINDING, "m", inner, "nothing sums it", others=(Label(whole, "in here"), Label(inner, "again")))
    assert drawn(finding) == expected("""
        error[index-not-summed]: m
         --> s.ein:1:14
          |
        1 | Z[i] = exp(x[I])
          |        ------^-- in here
          |              |
          |              nothing sums it
          |              again
        """)


def test_a_place_of_several_lines_has_a_bar_beside_it() -> None:
    source = Source("mlp.ein", PROGRAM)
    finding = Diagnostic(FINDING, "m", place("sum[I](\n  X[I,0]\n\n  + 3\n)\n", source), "all of this")
    assert drawn(finding) == expected("""
        error[index-not-summed]: m
          --> mlp.ein:7:5
           |
         7 |   L = sum[I](
           |  _____^
        ...  |
        11 | | )
           | |_^ all of this
        """)


def test_places_of_several_lines_inside_one_another() -> None:
    source = Source("mlp.ein", PROGRAM)
    finding = Diagnostic(
        FINDING,
        "m",
        place("X[I,0]\n\n  + 3", source),
        "a sum",
        others=(Label(place("L = sum[I](\n  X[I,0]\n\n  + 3\n)\n", source), "all of this"), Label(place("3", source), "three")),
    )
    assert drawn(finding) == expected("""
        error[index-not-summed]: m
          --> mlp.ein:8:3
           |
         7 | /   L = sum[I](
         8 | | /   X[I,0]
         9 | | |
        10 | | |   + 3
           | | |     - three
           | | |_____^ a sum
        11 | |   )
           | |___- all of this
        """)


def test_the_end_of_the_file() -> None:
    source = Source("s.ein", "a = b +\n")
    end = len(source.text)
    assert drawn(Diagnostic(FINDING, "m", Span(source, end, end), "more is missing")) == expected("""
        error[index-not-summed]: m
         --> s.ein:2:1
          |
        2 |
          | ^ more is missing
        """)
    assert "1 | a = b +\n  |        ^ after this" in drawn(Diagnostic(FINDING, "m", Span(source, end - 1, end), "after this"))


@pytest.mark.parametrize("text", ["", "\n", " "])
@pytest.mark.parametrize("bounds", [(0, 0), (0, 1), (0, 99), (5, 9)])
def test_places_in_empty_files_and_beyond_the_end_are_drawn(text: str, bounds: tuple[int, int]) -> None:
    assert "^" in render(Diagnostic(FINDING, "m", Span(Source("empty.ein", text), *bounds)))


def test_tabs_wide_and_combining_characters_leave_the_marks_in_place() -> None:
    source = Source("s.ein", "\tQ = e\u0301 日本x[I]  # 日本")
    finding = Diagnostic(FINDING, "m", place("x[I]", source), "here", others=(Label(place("\u0301", source), "accent"),))
    assert drawn(finding) == (
        "error[index-not-summed]: m\n --> s.ein:1:11\n  |\n"
        "1 |     Q = e\u0301 日本x[I]  # 日本\n"
        "  |         -     ^^^^ here\n"
        "  |         |\n"
        "  |         accent\n"
    )


def test_nothing_steers_the_terminal() -> None:
    source = Source("evil\x1b]0;.ein", "x \x1b[2J\u202ey\r\nz")
    finding = Diagnostic(
        FINDING, "bad \x07", place("y", source), "\x1b[0m", others=(Label(place("z", source), "\x9b"),), help="\x00"
    )
    text = render(finding)
    assert text.replace("\n", "").isprintable()
    assert "1 | x \\x1b[2J\\u202ey\n  |                ^ \\x1b[0m\n" in text


def test_a_long_line_is_cut_and_far_places_are_shown_apart() -> None:
    source = Source("s.ein", "a" * 300 + "X" + "b" * 300 + "Y" + "c" * 300)
    finding = Diagnostic(FINDING, "m", place("X", source), "first", others=(Label(place("Y", source), "second"),))
    lines = render(finding).split("\n")[3:]
    assert [line[:7] for line in lines] == ["1 | ...", "  |    ", "1 | ...", "  |    "]
    for line, below, mark in ((lines[0], lines[1], "X"), (lines[2], lines[3], "Y")):
        assert line.index(mark) == re.search(r"[\^-]", below).start()  # type: ignore[union-attr]
        assert len(line) == LIMIT + 10


def test_a_place_longer_than_what_is_shown_is_marked_to_the_cut() -> None:
    source = Source("s.ein", "(" * 1000)
    below = render(Diagnostic(FINDING, "m", Span(source, 500, 1000), "deep")).split("\n")[-1]
    assert below == "  |    " + "^" * LIMIT + " deep"


def test_a_place_deep_inside_a_long_one_is_shown_by_itself() -> None:
    source = Source("s.ein", "a" * 500 + "X" + "b" * 500)
    finding = Diagnostic(FINDING, "m", Span(source, 0, 1001), "all", others=(Label(place("X", source), "one"),))
    assert [line.strip(" |-^") for line in render(finding).split("\n")[4::2]] == ["all", "one"]


def test_of_many_places_and_long_messages_a_part_is_shown() -> None:
    source = Source("s.ein", "x\n" * 50)
    others = tuple(Label(Span(source, 2 * n, 2 * n + 1), "again") for n in range(1, 50))
    text = render(Diagnostic(FINDING, "m" * 5000, place("x", source), "l" * 5000, others, "h" * 5000))
    assert text.count(" again\n") == 10 and "\n   |\n... and 39 other places\nhelp: hhh" in text
    assert max(map(len, text.split("\n"))) < 1100


def test_another_file_has_a_place_of_its_own() -> None:
    other = Source("layers.ein", "# layers\nfn f(x) = x\n")
    finding = Diagnostic(FINDING, "m", place("P[i,j]"), others=(Label(place("f(x)", other), "of this"),), help="mend")
    assert drawn(finding) == expected("""
        error[index-not-summed]: m
         --> mlp.ein:6:1
          |
        6 | P[i,j] = exp(Z[i,j]) / exp(Z[i,J])
          | ^^^^^^
          |
         ::: layers.ein:2:4
          |
        2 | fn f(x) = x
          |    ---- of this
          |
        help: mend
        """)


def test_several_lines_of_message_and_help_are_indented() -> None:
    text = drawn(Diagnostic(FINDING, "one\ntwo", place("W"), help="write\n`a`"))
    assert text.startswith("error[index-not-summed]: one\n  two\n --> ")
    assert text.endswith("help: write\n      `a`\n")


def test_colour_changes_nothing_but_colour() -> None:
    finding = Diagnostic(FINDING, "m", place("P[i,j]"), "l", others=(Label(place("k0"), "o"),), help="mend")
    coloured = render(finding, colour=True)
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == render(finding)
    assert "\x1b[1;31m^^^^^^\x1b[0m" in coloured
    assert "\x1b[1;33mwarning[a-warning]" in render(Diagnostic(WARNING, "m", place("P")), colour=True)


def test_all_are_in_the_order_of_their_places_with_the_number_of_each() -> None:
    source, other = Source("mlp.ein", PROGRAM), Source("layers.ein", "x")
    found = [
        Diagnostic(FINDING, "third", place("P[i,j]", source)),
        Diagnostic(FINDING, "fourth", place("x", other)),
        Diagnostic(WARNING, "first", place("X", source)),
        Diagnostic(FINDING, "second", place("W", source)),
    ]
    text = render_all(found)
    assert [line.rpartition(" ")[2] for line in text.split("\n") if "]: " in line] == ["first", "second", "third", "fourth"]
    assert text.endswith("\n\n3 errors, 1 warning")
    assert [finding.message for finding in in_order(found)] == ["first", "second", "third", "fourth"]


def test_numbers_of_each() -> None:
    error, warning = Diagnostic(FINDING, "m", place("X")), Diagnostic(WARNING, "m", place("X"))
    assert [summary(found) for found in ([], [error], [warning, warning], [error, error, warning])] == [
        "",
        "1 error",
        "2 warnings",
        "2 errors, 1 warning",
    ]
    assert render_all([]) == ""


def test_json_has_everything_on_one_line() -> None:
    finding = Diagnostic(FINDING, "m ∂\n", place("P[i,j]"), "l", others=(Label(place("k0"), "o"),), help="mend")
    assert "\n" not in to_json(finding)
    assert json.loads(to_json(finding)) == {
        "id": FINDING,
        "severity": "error",
        "message": "m ∂\n",
        "file": "mlp.ein",
        "start": {"line": 6, "column": 1},
        "end": {"line": 6, "column": 7},
        "label": "l",
        "others": [{"file": "mlp.ein", "start": {"line": 1, "column": 12}, "end": {"line": 1, "column": 14}, "label": "o"}],
        "help": "mend",
    }
