"""Files, errors and limits: what `parse` returns, reports and never does."""

from pathlib import Path

import pytest

from einlang.diagnostics import Report
from einlang.source import Source
from einlang.syntax.format import format_file
from einlang.syntax.parser import ERROR_LIMIT, NESTING_LIMIT, parse
from einlang.tree import equal

ROOT = Path(__file__).parents[3]


def test_the_errors_of_a_file_are_reported_each_once(read) -> None:
    file, wrong = read("a = \nb = 1\nc = (2\nd = 3\ne = x²\nf = 4")
    assert [(d.span.position, d.id) for d in wrong] == [
        ((1, 4), "unexpected-text"),
        ((3, 5), "unclosed-bracket"),
        ((5, 5), "other-notation"),
    ]
    assert [item.name.name for item in file.items] == ["b", "d", "f"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("y[i] = x²", ("y",)),
        ("w'[i] <- ", ("w'",)),
        ("input X[b, k] Y[b], y : int", ("X", "Y", "y", "int")),
        ("solve s[j] H = g", ("s", "H")),
        ("fn f(x) = ", ("f",)),
        ("= 3", ()),
        ("y → x", ("y",)),
    ],
)
def test_the_names_of_a_line_that_cannot_be_read_are_kept(text, names, read) -> None:
    assert read(text)[0].unread == names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("y =", "expected an expression"),
        ("y = a +", "expected an expression"),
        ("y = a if b", "expected an operator or `else`"),
        ("y = f(a", "this `(` is not closed"),
        ("y x", "expected `=`, `<-` or `[`"),
        ("check a", "expected an operator or `=`"),
        ("solve s[j] H[i,J] s[J] = g[i]", "expected `:`"),
        ("input X[b] Y[c]", "expected `,`, `:` or the end of the line"),
        ("output", "expected a name"),
        ("output L G", "expected `,` or the end of the line"),
        ("fn f(x, y = 3) = x", "expected `,`, `)` or `[`"),
        ("use layers", "expected the name of a file in quotation marks"),
        ("fn f = 3", "expected a function with its parameters"),
        ("x{1}[i] + 3", "expected `=` or `<-`"),
        ("y = sum[I]", "expected `(`"),
        ("y = (a + ]", "this `(` is not closed"),
        ("y = a for m in 1", "expected an operator or `..`"),
        ("3 = x", "expected a name or a word that opens a statement"),
        ("y = max(a,)", "expected an expression"),
        ("y = ∂L", "expected `/`"),
    ],
)
def test_messages_are_in_the_words_of_the_language(text, message, mistake) -> None:
    found = mistake(text)
    assert message in (found.message, found.label)


@pytest.mark.parametrize("line", ["b = 2", "input X[b]", "y[i] = x[i]"])
def test_a_statement_that_is_indented_by_mistake_is_named(line, mistake) -> None:
    found = mistake(f"a = 1\n  {line}")
    assert (found.id, found.span.position) == ("unexpected-text", (2, 3))
    assert "indented" in found.message


def test_words_do_not_grow_with_the_text(mistake) -> None:
    found = mistake(f"y = {'x' * 10**5} 2")
    assert max(map(len, (found.message, found.label, found.help))) < 400


def test_files_that_are_used_follow_the_main_file_each_once() -> None:
    texts = {"a.ein": 'use "b.ein"\nfn f(x) = g(x)', "b.ein": 'use "a.ein"\nuse "main.ein"\nfn g(x) = x'}
    report, asked = Report(), []

    def load(path, place):
        asked.append((path, place.text))
        return Source(path, texts[path]) if path in texts else None

    main = Source("main.ein", 'use "a.ein"\nuse "a.ein"\nuse "lost.ein"\ny = f(x) + g(x) + h(x)')
    files = parse(main, report, load)
    assert [file.span.source.name for file in files] == ["main.ein", "a.ein", "b.ein"]
    assert asked == [("a.ein", '"a.ein"'), ("lost.ein", '"lost.ein"'), ("b.ein", '"b.ein"')]
    *calls, product = [type(term.operand).__name__ for term in files[0].items[-1].body.terms]
    assert (calls, product, report.diagnostics) == (["Call", "Call"], "Product", [])


def test_a_file_without_statements(mistake) -> None:
    assert mistake("# nothing\n\n").id == "empty-file"
    assert mistake("").id == "empty-file"


@pytest.mark.parametrize(
    ("opening", "closing"),
    [("(", ")"), ("-", ""), ("a^", ""), ("not ", ""), ("a if b else ", ""), ("x[", "]"), ("b - (", ")"), ("exp(", ")")],
)
def test_nesting_is_limited(opening, closing, items, mistake) -> None:
    text = "y = {}a{}".format
    assert items(text(opening * NESTING_LIMIT, closing * NESTING_LIMIT))
    found = mistake(text(opening * (NESTING_LIMIT + 1), closing * (NESTING_LIMIT + 1)))
    assert found.id == "nested-too-deeply"


def test_long_chains_are_not_nested(items) -> None:
    for sign in (" ", " + ", " - ", " * ", " / ", " and "):
        assert items("y = " + sign.join(["a"] * 500))


@pytest.mark.parametrize(
    "text", ["(" * 10**6, "y = " + "[" * 10**6, ")\n" * 10**5, "y = [\n" * 10**5, "a→" * 10**5, "y = " + "-" * 10**6, "a" * 10**6]
)
def test_large_nonsense_is_reported(text, read) -> None:
    _, wrong = read(text)
    assert 0 < len(wrong) <= ERROR_LIMIT + 1


def test_reading_stops_after_too_many_errors(read) -> None:
    _, wrong = read("y = \n" * (ERROR_LIMIT + 1))
    assert [d.id for d in wrong[-2:]] == ["unexpected-text", "too-many-errors"]
    assert wrong[-1].span.position == (ERROR_LIMIT + 1, 1)


PROGRAMS = sorted(ROOT.glob("examples/**/*.ein"))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.name)
def test_every_example_parses_and_survives_formatting(path, read) -> None:
    file, wrong = read(path.read_text())
    again, wrong_again = read(format_file(file))
    assert not wrong and not wrong_again
    assert equal(file, again)
