"""Where statements end, what unclosed brackets do, and where reading resumes after an error."""

import pytest

from einlang.source import Source
from einlang.syntax.layout import Layout, Statement
from einlang.syntax.token import ReadingError


def statements(text):
    """The texts of the tokens of each statement, or the message where it cannot be read."""
    layout = Layout(Source("test.ein", text))
    start, found = layout.start, []
    while start < len(text):
        statement = Statement(layout, start)
        try:
            found.append(" ".join(token.text for token in statement).strip())
        except ReadingError as error:
            found.append(f"{error.diagnostic.span.place} {error.diagnostic.message}")
        start = statement.next()
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("\n \n# only a comment\n\t", []),
        ("a\nb", ["a", "b"]),
        ("a\r\n  b\r\nc\r\n", ["a b", "c"]),
        ("  a\n  b\n    c", ["a", "b c"]),
        ("    a\n  b", ["a", "b"]),
        ("a\n# c\n  b\n\n\n  d\ne", ["a b d", "e"]),
        ("a[\ni\n]\nb", ["a [ i ]", "b"]),
        ("a # (\nb", ["a", "b"]),
    ],
)
def test_lines_and_statements(text, expected) -> None:
    assert statements(text) == expected


@pytest.mark.parametrize(
    "line",
    [
        "y = 1",
        "y[i, j] = x",
        "y{m}[t[i]] = x",
        "w' = 1",
        "w[i] <- 1",
        "σ_1 = 1",
        "input x",
        "size n",
        "fn f(x) = x",
        "solve s[j]: a = b",
        "output L",
    ],
)
def test_a_line_that_looks_like_a_statement_ends_an_open_bracket(line) -> None:
    first, second = statements(f"x = (a\n{line}")
    assert first == "test.ein:1:5 this `(` is not closed"
    assert "".join(second.split()) == "".join(line.split())


@pytest.mark.parametrize("line", ["y == 1)", "y <= 1)", "size(x, 0))", "y <-1)", "b)", "  y = 1)", "+ y)"])
def test_a_line_that_does_not_look_like_a_statement_continues(line) -> None:
    assert len(statements(f"x = (a\n{line}")) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = (b]\nc = d", ["test.ein:1:5 this `(` is not closed", "c = d"]),
        ("a = b)\nc = d", ["test.ein:1:6 nothing opens this `)`", "c = d"]),
        ("a = f(b[i)\nc\nd = e", ["test.ein:1:8 this `[` is not closed", "d = e"]),
        ("a = (\n", ["test.ein:1:5 this `(` is not closed"]),
        ("a = b))\n  c\nd = e", ["test.ein:1:6 nothing opens this `)`", "d = e"]),
    ],
)
def test_brackets_in_disorder_are_reported_where_they_open(text, expected) -> None:
    assert statements(text) == expected
