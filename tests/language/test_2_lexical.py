"""Section 2 of the language reference: how a text is read, names, indices, numbers, spellings, and habits of other notations."""

import pytest
from language.stated import Wrong, alike, compiles, findings, ids, mends, number, refused, value

from einlang.options import options
from einlang.program import compile as compiled
from einlang.program import from_text
from einlang.syntax.lexicon import FUNCTIONS

PLAIN = "input x[n], y[n]\nr[i] = x[i] + y[i]\n"
ONES = {"x": [1.0, 2.0], "y": [10.0, 20.0]}

# --- the text -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + PLAIN,
        "    input x[n], y[n]\n    r[i] = x[i] + y[i]\n",
        "\ufeff  input x[n], y[n]\n\n  r[i] = x[i] + y[i]\n",
        "input x[n], y[n]   # data\n# a comment\nr[i] = x[i] + y[i] # and one = more (",
        "input x[n], y[n]\nr[i] = x[i]\n  + y[i]",
        "input x[n], y[n]\nr[i] =\n    # comment lines end nothing\n    x[i] +\n\n# not even at the margin\n    y[i]",
        "input x[n],\n  y[n]\nr[i] = x[\ni\n] + y[i]",
        "input x[n], y[\nn\n]\nr[i] = x[i] + y[i]",
        "input x[n], y[n]\r\nr[i] = x[i] + y[i]\r\n",
    ],
)
def test_layout_means_nothing_but_where_a_statement_ends(text: str) -> None:
    assert alike(text, PLAIN)


def test_a_statement_ends_with_its_line() -> None:
    assert ids("input x[n], y[n]\nr[i] = x[i]\n+ y[i]") == ["unexpected-text"]


def test_a_text_is_utf_8(tmp_path) -> None:  # type: ignore[no-untyped-def]
    import einlang

    path = tmp_path / "model.ein"
    path.write_bytes(b"y = 1 # \xff")
    with pytest.raises(einlang.CompileError) as caught:
        einlang.load(path)
    assert [finding.id for finding in caught.value.diagnostics] == ["not-utf-8"]


def test_an_unclosed_bracket_is_reported_where_it_opened_and_reading_resumes_at_the_margin() -> None:
    first, second = findings("input x[n]\ny = exp(sum[I](x[I])\nz[i] = x[i] + w[i]\n")
    assert (first.id, first.span.text, first.span.start) == ("unclosed-bracket", "(", 18)
    assert (second.id, second.span.text) == ("undefined-name", "w")


# --- names --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["W1", "x_hat", "σ", "w'", "w''", "_w", "größe", "В", "输入"])
def test_a_name_is_an_identifier_and_primes(name: str) -> None:
    assert value(f"input {name}[n]\nr = {name}[I]", **{name: [1.0, 2.0]}) == 3


def test_names_are_compared_after_nfkc() -> None:
    assert value("input ﬁ[n]\nr = fi[I]", fi=[1.0, 2.0]) == 3
    assert value("input K[n]\nr = K[I]", K=[1.0, 2.0]) == 3
    assert value("input e\u0301\nr = \u00e9", é=2.0) == 2


def test_the_middle_dot_of_python_s_identifiers_is_a_product() -> None:
    assert number("a·b", a=2, b=3) == 6


STATEMENTS = ["input", "param", "size", "const", "assume", "output", "use", "fn", "abstract", "check", "solve"]
RESERVED = [*STATEMENTS, "for", "in", "if", "else", "and", "or", "not"]
TAKEN = ["pi", "inf", "delta", "δ", "levicivita", "sum", "softmax", "stop", *sorted(FUNCTIONS)]


@pytest.mark.parametrize("word", [*RESERVED, *TAKEN])
def test_what_is_reserved_names_no_tensor(word: str) -> None:
    for text in (f"input {word}[n]\ny = 1", f"input x[n]\n{word} = x[I]"):
        assert len(findings(text)) == 1, text


def test_the_names_of_a_file_s_functions_name_no_tensors() -> None:
    for text in ("fn f(x) = x^2\ninput f[n]\ny = 1", "input f[n]\nfn f(x) = x^2\ny = 1", "fn f(x) = x^2\nf[i : 3] = 1"):
        refused(text, "reserved-name", "`f` is a function")


def test_sizes_have_a_name_space_of_their_own() -> None:
    assert value("input X[b, k], b[k]\nr = X[I,J] b[J]", X=[[1.0, 2.0]], b=[3.0, 4.0]) == 11


# --- indices ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("index", ["i", "i2", "row", "a_1", "xY"])
def test_an_index_that_begins_lowercase_is_free_and_its_capital_summed(index: str) -> None:
    summed = index[0].upper() + index[1:]
    assert list(value(f"input x[n]\nr[{index}] = x[{index}] x[{summed}]", x=[1.0, 2.0])) == [3, 6]


def test_indices_have_a_name_space_of_their_own() -> None:
    assert list(value("input x[n]\nr[x] = 2 x[x]", x=[1.0, 2.0])) == [2, 4]
    assert value("input X[n], x\nr = X[X] + x", X=[1.0, 2.0], x=5.0) == 8


@pytest.mark.parametrize("index", ["α", "_i", "i'", "Σ"])
def test_an_index_is_spelled_with_ascii_letters(index: str) -> None:
    assert findings(f"input x[n]\nr[{index}] = x[{index}]")[0].id in ("index-spelling", "unexpected-text")


# --- numbers ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", ["2.", ".5", "1.e3"])
def test_a_number_has_digits_on_both_sides_of_its_point(spelling: str) -> None:
    assert ids(f"y = {spelling}") == ["number-spelling"]


@pytest.mark.parametrize(("spelling", "meant"), [("2", 2), ("0.5", 0.5), ("1e-3", 1e-3), ("1.5E+2", 150), ("1e3", 1000)])
def test_numbers(spelling: str, meant: float) -> None:
    assert number(spelling) == meant


def test_a_juxtaposed_factor_starts_with_neither_a_sign_nor_a_number() -> None:
    assert number("a -b", a=5, b=3) == 2
    assert number("2 a", a=5) == 10
    assert list(value("input x[n]\nr[i] = x[i] 1[i]", x=[1.0, 2.0])) == [1, 2]
    assert value("input x[n]\nr = x[I] 1[I]", x=[1.0, 2.0]) == 3
    refused("y = 2 3", "adjacent-number", "`2 * 3`")
    refused("input x\ny = x 3", "adjacent-number", "`3 x`")


def test_an_arrow_is_one_only_after_the_target_of_an_update() -> None:
    assert number("1 if a<-b else 0", a=-5, b=3) == 1
    assert number("1 if a <-b else 0", a=5, b=3) == 0
    program = compiled("input a[n], b\na[i] <- a[i] if a[i]<-b else b")
    assert program.signature.updates if hasattr(program.signature, "updates") else program


# --- spellings ----------------------------------------------------------------------------------------------------------------

SPELLINGS = [
    ("input x[n]\nL = x[I]^2\ng[i] = ∂L/∂x[i]", "input x[n]\nL = x[I]^2\ng[i] = @L/@x[i]"),
    ("input x[n]\nL = x[I]^2\nH[i,j] = ∂²L/∂x[i]∂x[j]", "input x[n]\nL = x[I]^2\nH[i,j] = @@L/@x[i]@x[j]"),
    ("input x[n]\nL = x[I]^4\nT[i] = ∂³L/∂x[i]∂x[i]∂x[i]", "input x[n]\nL = x[I]^4\nT[i] = @@@L/@x[i]@x[i]@x[i]"),
    ("input x[n]\nD[i,j] = x[i] δ[i,j]", "input x[n]\nD[i,j] = x[i] delta[i,j]"),
    (
        "input x\ny = 1 if x ≤ 1 else 2 if x ≥ 3 else 3 if x ≠ 2 else 4",
        "input x\ny = 1 if x <= 1 else 2 if x >= 3 else 3 if x != 2 else 4",
    ),
    ("input σ[n]\ny[i] = 2 σ[i]", "input σ[n]\ny[i] = 2 σ[i]"),
    ("input a, b\ny = a · b", "input a, b\ny = a * b"),
]


@pytest.mark.parametrize(("unicode", "ascii"), SPELLINGS)
def test_every_unicode_spelling_has_an_ascii_one_and_fmt_changes_between_them(unicode: str, ascii: str) -> None:
    assert alike(unicode, ascii)
    for text in (unicode, ascii):
        stages = from_text(text, options()).stages
        assert stages.formatted("ascii").rstrip() == ascii
        assert stages.formatted("unicode").rstrip() == unicode


@pytest.mark.parametrize("sign", ["·", "×", "*"])
def test_a_product_has_three_signs(sign: str) -> None:
    assert number(f"a {sign} b", a=2, b=3) == 6


HABITS: list[Wrong] = [
    ("input x\ny = x²", "other-notation", "x^2"),
    ("input W1[n, m]\ny = W₁[I,J]", "other-notation", "W1"),
    ("input x\ny = 3 − x", "other-notation", "`-`"),
    ("input x\ny = 3 ⋅ x", "other-notation", "`*`"),
    ("input A[n, m], B[m, k]\nC[i,j] = A @ B", "other-notation", "A[i,K] B[K,j]"),
    ("input x\ny = x**2", "other-notation", "`^`"),
    ("input x\nf = x^3\ny = ∂²f/∂x²", "other-notation", "∂²f/∂x∂x"),
]


HABITS_AT_THEIR_PLACE = [
    ("input x\ny = x²", "x^2"),
    ("input x\ny = x⁻¹", "x^-1"),
    ("input W1[n, m]\ny = W₁[I,J]", "W1"),
    ("input x\ny = 3 − x", "-"),
    ("input x\ny = 3 ⋅ x", "*"),
    ("input x\ny = x**2", "^"),
    ("input x\ny = x ÷ 2", "/"),
    ("input x\ny = 2.", "2.0"),
    ("input x\ny = x .5", "x * 0.5"),
    ("input x\ny = x 2", "2 x"),
    ("input x[n]\ny[i] = x[i] 1[i] 3", "1[i] * 3"),
    ("input x\ny = 1_000", "1000"),
]


@pytest.mark.parametrize(("text", "mend"), HABITS_AT_THEIR_PLACE)
def test_what_the_message_says_is_a_program_in_that_place(text: str, mend: str) -> None:
    (found,) = findings(text)
    assert mend in mends(found)
    operand = text[: found.span.start].split(" ")[-2] + " " if found.id == "adjacent-number" else ""
    assert compiles(text[: found.span.start - len(operand)] + mend + text[found.span.end :])


HABITS_BY_WORDS: list[Wrong] = [
    ("input w[n]\nL = w[I]^2\ng[i] = dL/dw[i]", "undefined-name", "`∂L/∂w[i]`"),
    ("def f(x): return x", "other-notation", "`fn f(x) = x^2`"),
    ("input x\ny = 2 π x", "undefined-name", "`pi`"),
    ("input x[n]\ny = Σ x[I]", "undefined-name", "`sum[I](…)`"),
    ("input a\ny = 1 if 0 < a < 1 else 0", "other-notation", "`… < a and a < …`"),
    ("input x\ny = 1 if x else 2", "number-as-condition", "`x != 0`"),
    ("input x\ny = 1 if (1 if x > 0 else 0) else 2", "number-as-condition", "`(1 if x > 0 else 0) != 0`"),
]


@pytest.mark.parametrize(("text", "id", "words"), HABITS_BY_WORDS)
def test_further_habits(text: str, id: str, words: str) -> None:
    refused(text, id, words)


@pytest.mark.parametrize(("text", "id", "words"), HABITS)
def test_habits_are_met_with_the_form_of_einlang(text: str, id: str, words: str) -> None:
    refused(text, id, words)
