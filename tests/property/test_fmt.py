"""Formatting of random programs with comments and line ends sprinkled over them."""

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from property.pieces import Sample
from property.programs import programs
from property.stages import parsed

from einlang.source import Source
from einlang.syntax.canonical import Spelling, canonical
from einlang.syntax.lexicon import FUNCTIONS
from einlang.syntax.lines import WIDTH
from einlang.syntax.scanner import NEWLINE, tokens
from einlang.tree import equal

INSIDE = ["\n    ", "  # {}\n  ", "\n # {}\n\n      # {} \n ", "\t", " "]
BETWEEN = ["\n", "\n\n\n", " # {}\n", "\n# {}\n", "\n\n  # {}\n#{}\n\n", "  # {}\n\n"]


def formatted(text: str, spelling: Spelling = "kept") -> str:
    tree = parsed(text)
    named = re.findall(r"^\s*fn\s+([^\W\d]\w*)", text, flags=re.MULTILINE)
    return canonical(tree, [*FUNCTIONS, *named], spelling)


def comments(text: str) -> list[str]:
    """Each comment with the token before it, operators aside, whose spelling may change."""
    found, before = [], ""
    for line in text.split("\n"):
        code, mark, comment = line.partition("#")
        words = re.findall(r"\w+", code)
        before = words[-1] if words else before
        if mark:
            found.append(f"{before} #{comment.rstrip()}")
    return found


@st.composite
def sprinkled(draw: st.DrawFn) -> str:
    """A program with comments anywhere between its tokens."""
    text = draw(programs()).source
    read = list(tokens(Source("", text), 0))
    number, made = 0, ["# first\n"] if draw(st.booleans()) else []
    for token, after in pairwise([*read, None]):
        made.append(token.text.strip())
        if token.type == NEWLINE or after is None or after.type == NEWLINE:
            gap = draw(st.sampled_from(BETWEEN)) if token.type == NEWLINE or after is None else ""
        else:
            usual = text[token.span.end : after.span.start]
            moved = token.text != "fn" and draw(st.integers(0, 12)) == 0
            gap = draw(st.sampled_from(INSIDE)) if moved else usual
        while "{}" in gap:
            gap, number = gap.replace("{}", f"c{number}", 1), number + 1
        made.append(gap)
    return "".join(made)


@given(sprinkled(), st.sampled_from(["kept", "unicode", "ascii"]))
def test_formatting_keeps_the_program_and_the_comments_and_is_done_once(text: str, spelling: Spelling) -> None:
    made = formatted(text, spelling)
    assert equal(parsed(made), parsed(text))
    assert comments(made) == comments(text)
    assert formatted(made, spelling) == made
    assert formatted(made) == made


@given(sprinkled())
def test_formatted_text_has_no_blanks_at_line_ends_and_no_two_empty_lines(text: str) -> None:
    lines = formatted(text).split("\n")
    assert lines[0] and not lines[-1]
    assert all(line == line.rstrip() for line in lines)
    assert not any(not line and not after for line, after in pairwise(lines[:-1]))


@given(programs(depth=4))
def test_a_line_that_is_too_long_has_no_place_to_break_it(sample: Sample) -> None:
    for line in formatted(sample.source).split("\n"):
        if len(line) > WIDTH:
            outside = re.sub(r"\[[^\[\]]*\]|\{[^{}]*\}", "", line.strip())
            assert not re.search(r"(?<=[\w)]) [-+·/] ", outside.partition("= ")[2][1:]), line
