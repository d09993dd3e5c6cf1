"""Formatting and parsing of random programs, and what damaged texts get."""

from hypothesis import given
from hypothesis import strategies as st
from property.pieces import Sample
from property.programs import programs
from property.stages import findings, parsed

from einlang.syntax.format import format_file
from einlang.tree import equal


@given(programs(depth=3), st.booleans())
def test_parsing_what_is_formatted_gives_the_same_tree(sample: Sample, ascii: bool) -> None:
    tree = parsed(sample.source)
    text = format_file(tree, ascii=ascii)
    assert equal(parsed(text), tree)
    assert format_file(parsed(text), ascii=ascii) == text
    assert not ascii or text.isascii()


def test_nothing() -> None:
    assert findings("")


DAMAGE = [
    *"[](){},:=+-*/^ \n'0123iIkKxX",
    "∂",
    "δ",
    "·",
    "²",
    "for ",
    "if ",
    "1[",
    "sum[K](",
    " <- ",
    '"',
    "\\",
    "\x00",
    "\u2028",
    "é",
]


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """The text of a program with a few places deleted, doubled, swapped or written over."""
    text = draw(programs()).source
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 6)))
        middle = draw(st.sampled_from(["", text[start:end] * 2, *DAMAGE]))
        text = text[:start] + middle + text[end:]
    return text


@given(damaged())
def test_damaged_texts_get_diagnostics_and_nothing_else(text: str) -> None:
    for diagnostic in findings(text):
        assert diagnostic.message
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)


@given(st.text(max_size=200))
def test_any_text_gets_diagnostics_and_nothing_else(text: str) -> None:
    findings(text)
