"""What people write by habit of other notations: in goes the place where the parser stopped, out comes the Einlang form."""

from __future__ import annotations

from collections.abc import Callable

from einlang.syntax import brackets, partials
from einlang.syntax.layout import looks_like_statement, unclosed
from einlang.syntax.lexicon import DELTA, FUNCTIONS, RESERVED, STATEMENT_WORDS
from einlang.syntax.place import Place, elsewhere, habit
from einlang.syntax.token import END, ReadingError, Token, mistake

Rule = Callable[[Place], ReadingError | None]

_COMPARISONS = {"LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL", "SAME", "DIFFERENT"}
_EXPRESSION_WORDS = {"if", "else", "and", "or", "not", "for", "in"}

_FUNCTION = "a function is declared on one line: `fn f(x) = x^2`"
_USE = 'functions of another file come by `use "layers.ein"`'
_OUTPUT = "what a call returns is said once: `output L, G`"
_DEFINITION = "a definition is its name, its indices and what they equal: `Z[i,j] = X[i,K] W[K,j]`"
_OPENING_WORDS = {
    **dict.fromkeys(("def", "function", "func"), _FUNCTION),
    **dict.fromkeys(("import", "from", "include"), _USE),
    **dict.fromkeys(("return", "print"), _OUTPUT),
    **dict.fromkeys(("let", "var"), _DEFINITION),
    "while": "there are no loops; a recurrence defines a tensor by its own earlier positions: `h[t+1,i] = …`",
    "for": "write it after what it repeats: `… for m in 1..n`",
    "if": "a choice is an expression: `a if c else b`",
}
_KEYWORDS = {"for", "if"}


def _indented_statement(place: Place) -> ReadingError | None:
    """A line that would be a statement if it were not indented."""
    token = place.token
    line = place.text.rfind("\n", 0, token.span.start) + 1
    first = next((earlier for earlier in (*place.read, token) if earlier.span.start >= line), token)
    if not place.read or first is place.read[0] or place.opened() or not looks_like_statement(place.text, first.span.start):
        return None
    return mistake(
        "unexpected-text",
        first.span,
        "this line is indented, so it continues the statement above",
        label="the statement above ends before it",
        help="begin it where the other statements begin",
    )


def _opening_word(place: Place) -> ReadingError | None:
    """`def f(x)`, `import numpy`, `for i in range(n)`."""
    first = place.read[0] if place.read else place.token
    if first.text not in _OPENING_WORDS or len(place.read) != (first.text not in _KEYWORDS) or place.token.type == END:
        return None
    return habit(first.span, f"`{first.text}` opens no statement", _OPENING_WORDS[first.text])


def _leading_condition(place: Place) -> ReadingError | None:
    """`y = if c then a else b`."""
    if place.token.type != "IF" or "NUMBER" not in place.accepted:
        return None
    return habit(place.token.span, "`if` stands after what it chooses", "write `a if c else b`")


def _lambda(place: Place) -> ReadingError | None:
    found = next((token for token in place.read if token.text == "lambda"), None)
    if found is None or place.token.type not in ("COLON", "COMMA"):
        return None
    return habit(found.span, "`lambda` is nothing special here", _FUNCTION)


def _reserved_word(place: Place) -> ReadingError | None:
    """`input = 3`, `y = size`, `input f[n]` where `f` is a function of the file."""
    token, before = place.token, place.before
    if token.type == "FUNCTION" and place.accepted == {"NAME"}:
        return _reserved(token, "a function")
    if token.text in (*RESERVED, *DELTA, "levicivita") and "NAME" in place.accepted and token.type not in place.accepted:
        return None if token.text in _EXPRESSION_WORDS and "NUMBER" in place.accepted else _reserved(token)
    if before is not None and before.text in STATEMENT_WORDS and token.type in ("EQUAL", "WRITTEN", "ARROW", "SAME"):
        return _reserved(before)
    return None


def _reserved(token: Token, what: str = "a reserved word") -> ReadingError:
    return mistake("reserved-name", token.span, f"`{token.text}` is {what}", label="cannot be a name", help="choose another name")


def _function_as_tensor(place: Place) -> ReadingError | None:
    """`f[i] = 3`, `exp(x) = 3`."""
    token = place.token
    named = token.type == "FUNCTION" and (token.text in FUNCTIONS or place.following.lstrip().startswith("["))
    return _reserved(token, "a function") if named and not place.read and place.equation else None


def _function_without_fn(place: Place) -> ReadingError | None:
    """`f(x) = x^2`."""
    named = place.read[0] if place.read else place.token
    unknown = len(place.read) == 1 and named.type == "NAME" and place.token.type == "LPAR"
    known = not place.read and named.type == "FUNCTION" and place.following.lstrip().startswith("(")
    if not (unknown or known) or not place.equation:
        return None
    header = (named.span.to(place.token.span).text + place.following).partition("=")[0].strip()
    return elsewhere(named.span, f"{header} = …", f"fn {header} = …")


def _doubled_sign(place: Place) -> ReadingError | None:
    """`x**2`, `a // b`."""
    before, token = place.before, place.token
    if before is None or before.type != token.type or not before.touches(token):
        return None
    if token.type == "TIMES":
        return elsewhere(before.span.to(token.span), "**", "^")
    if token.type == "OVER":
        return habit(
            before.span.to(token.span), "`//` is no sign of Einlang", "a comment starts with `#`, a quotient has one `/`"
        )
    return None


def _adjacent_number(place: Place) -> ReadingError | None:
    """`2 3`, `x[i] 2`."""
    before, token = place.before, place.token
    if token.type not in ("NUMBER", "FILLED") or before is None or not place.after_operand or "PLUS" not in place.accepted:
        return None
    operand = place.operand_before().text
    mended = f"`{operand} * {token.text}`" + ("" if before.type == "NUMBER" else f" or `{token.text} {operand}`")
    return mistake(
        "adjacent-number",
        token.span,
        f"a number cannot follow `{operand}` without a sign",
        label="what is joined without a sign starts with no number",
        help=f"write {mended}",
    )


def _equality(place: Place) -> ReadingError | None:
    """`y == 3` for a definition, `check a == b`, `if a = b`, `y[i = 3`."""
    token, opened = place.token, place.opened()
    if token.type == END and "EQUAL" in place.accepted and place.read[0].type in ("CHECK", "ASSUME"):
        token = next((place.read[i] for i in place.same_bracket() if place.read[i].type == "SAME"), token)
    if token.type == "SAME" and place.takes_equality:
        return elsewhere(token.span, "==", "=", "`==` compares; a definition, a claim or an assumption has `=`")
    if token.type == "EQUAL" and opened and not place.closes_later:
        return unclosed(place.read[opened[-1]])
    if token.type == "EQUAL" and "SAME" in place.accepted:
        return elsewhere(token.span, "=", "==", "a comparison has `==`; one statement holds one definition")
    return None


def _assignment(place: Place) -> ReadingError | None:
    """`y := 3`, `w[i] += 2`."""
    if not place.following.startswith("=") or not place.takes_equality:
        return None
    span, sign = place.token.span, place.token.text
    if sign == ":":
        return elsewhere(span, ":=", "=")
    target = place.span(0).text
    return elsewhere(span, f"{sign}=", f"{target} <- {target} {sign} …", "an update says the whole new value")


def _chained_comparison(place: Place) -> ReadingError | None:
    """`0 <= i < n`."""
    compared = [i for i in place.same_bracket() if place.read[i].type in _COMPARISONS]
    if place.token.type not in _COMPARISONS or not compared or "PLUS" not in place.accepted:
        return None
    first, middle = place.read[compared[-1]].text, place.span(compared[-1] + 1).text
    return habit(place.token.span, "comparisons do not chain", f"write `… {first} {middle} and {middle} {place.token.text} …`")


def _output_of_expression(place: Place) -> ReadingError | None:
    """`output ∂L/∂W`."""
    if not place.read or place.read[0].type != "OUTPUT" or place.token.type in ("NAME", END):
        return None
    return habit(place.token.span, "an output is a name", "define it first, `G[i,j] = ∂L/∂W[i,j]`, then say `output G`")


def _repeated_inside(place: Place) -> ReadingError | None:
    """`sum(x[i] for i in I)`."""
    if place.token.type != "FOR" or not place.opened():
        return None
    return habit(place.token.span, "`for` repeats whole statements", "a sum names its index: `sum[I](x[I])`")


RULES: tuple[Rule, ...] = (
    _indented_statement,
    _opening_word,
    _leading_condition,
    _lambda,
    _function_as_tensor,
    _function_without_fn,
    _doubled_sign,
    _adjacent_number,
    _equality,
    _assignment,
    _chained_comparison,
    *partials.RULES,
    *brackets.RULES,
    _repeated_inside,
    _reserved_word,
    _output_of_expression,
)
"""Tried in this order; the first that knows the habit speaks."""


def error(place: Place) -> ReadingError | None:
    """The mistake of a habit, None where no rule knows it."""
    return next((found for rule in RULES if (found := rule(place)) is not None), None)
