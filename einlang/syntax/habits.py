"""What people write by habit of other notations: in goes the place where the parser stopped, out comes the Einlang form."""

from __future__ import annotations

from collections.abc import Callable

from einlang.syntax import partials
from einlang.syntax.layout import unclosed
from einlang.syntax.lexicon import DELTA, RESERVED, STATEMENT_WORDS
from einlang.syntax.place import Place, elsewhere
from einlang.syntax.token import END, ReadingError, Token, mistake

Rule = Callable[[Place], ReadingError | None]

_COMPARISONS = {"LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL", "SAME", "DIFFERENT"}
_EXPRESSION_WORDS = {"if", "else", "and", "or", "not", "for", "in"}

_OPENING_WORDS = {
    "def": "a function is declared on one line: `fn f(x) = x^2`",
    "function": "a function is declared on one line: `fn f(x) = x^2`",
    "import": 'functions of another file come by `use "layers.ein"`',
    "from": 'functions of another file come by `use "layers.ein"`',
    "include": 'functions of another file come by `use "layers.ein"`',
    "return": "what a call returns is said once: `output L, G`",
    "print": "what a call returns is said once: `output L, G`",
    "let": "a definition is its name, its indices and what they equal: `Z[i,j] = X[i,K] W[K,j]`",
    "var": "a definition is its name, its indices and what they equal: `Z[i,j] = X[i,K] W[K,j]`",
    "while": "there are no loops; a recurrence defines a tensor by its own earlier positions: `h[t+1,i] = …`",
}


def _opening_word(place: Place) -> ReadingError | None:
    first = place.read[0] if place.read else place.token
    if first.text in _OPENING_WORDS and len(place.read) == 1 and place.token.type not in ("COMMA", END):
        return mistake("other-notation", first.span, f"`{first.text}` opens no statement", help=_OPENING_WORDS[first.text])
    if not place.read and first.type == "FOR":
        return mistake(
            "other-notation", first.span, "`for` opens no statement", help="write it after what it repeats: `… for m in 1..n`"
        )
    if not place.read and first.type == "IF":
        return mistake("other-notation", first.span, "`if` opens no statement", help="a choice is an expression: `a if c else b`")
    return None


def _lambda(place: Place) -> ReadingError | None:
    found = next((token for token in place.read if token.text == "lambda"), None)
    if found is None:
        return None
    return mistake("other-notation", found.span, "`lambda` is nothing special here", help="declare it: `fn f(x) = x^2`")


def _reserved_word(place: Place) -> ReadingError | None:
    token, before = place.token, place.before
    in_expression = "NUMBER" in place.accepted
    if token.text in (*RESERVED, *DELTA, "levicivita") and "NAME" in place.accepted and token.type not in place.accepted:
        return None if in_expression and token.text in _EXPRESSION_WORDS else _reserved(token)
    if before is not None and before.text in STATEMENT_WORDS and token.type in ("EQUAL", "WRITTEN", "ARROW", "SAME"):
        return _reserved(before)
    return None


def _reserved(token: Token) -> ReadingError:
    return mistake(
        "reserved-word", token.span, f"`{token.text}` is a reserved word", label="cannot be a name", help="choose another name"
    )


def _defined_function(place: Place) -> ReadingError | None:
    """`f(x) = x^2`, and `exp[i] = …`."""
    line = place.token.span.text + place.following
    if not place.read and place.token.type == "FUNCTION" and line.partition("=")[1] and "(" not in line.partition("=")[0]:
        return mistake(
            "reserved-word",
            place.token.span,
            f"`{place.token.text}` is a function",
            label="cannot name a tensor",
            help="choose another name",
        )
    header = place.span(0).text + line if place.read else line
    named = place.token if not place.read else place.read[0]
    opens = (place.token.type == "LPAR" and len(place.read) == 1) or (place.token.type == "FUNCTION" and not place.read)
    if not opens or named.type not in ("NAME", "FUNCTION") or "=" not in header:
        return None
    return elsewhere(
        named.span, f"{named.text}(…) = …", f"fn {header.partition('=')[0].strip()} = …", "a function is declared by `fn`"
    )


def _doubled_sign(place: Place) -> ReadingError | None:
    before, token = place.before, place.token
    if before is None or before.type != token.type or not before.touches(token):
        return None
    if token.type == "TIMES":
        return elsewhere(before.span.to(token.span), "**", "^")
    if token.type == "OVER":
        return elsewhere(
            before.span.to(token.span), "//", "#", "a comment starts with `#`; a whole quotient is not part of the language"
        )
    return None


def _adjacent_number(place: Place) -> ReadingError | None:
    before, token = place.before, place.token
    if token.type not in ("NUMBER", "FILLED") or before is None or not place.after_operand or "PLUS" not in place.accepted:
        return None
    if before.type == "PARTIAL":
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
    """`==` for `=`, `=` for `==`, `:=`, `+=`."""
    token, before = place.token, place.before
    if token.type == "SAME" and {"EQUAL", "ARROW"} & set(place.accepted):
        return elsewhere(token.span, "==", "=", "`==` compares; a definition, a claim or an assumption has `=`")
    opened = place.opened()
    if token.type == "EQUAL" and opened and not any(earlier.type == "EQUAL" for earlier in place.read):
        return unclosed(place.read[opened[-1]])
    if token.type == "EQUAL" and "SAME" in place.accepted:
        return elsewhere(token.span, "=", "==", "a comparison has `==`; one statement holds one definition")
    if place.following.startswith("=") and "EQUAL" in place.accepted and token.type == "COLON":
        return elsewhere(token.span, ":=", "=")
    if place.following.startswith("=") and "ARROW" in place.accepted and before is not None:
        target = place.span(0).text
        return elsewhere(
            token.span, f"{token.text}=", f"{target} <- {target} {token.text} …", "an update says the whole new value"
        )
    return None


def _chained_comparison(place: Place) -> ReadingError | None:
    earlier = [i for i, token in enumerate(place.read) if token in place.same_bracket() and token.type in _COMPARISONS]
    if place.token.type not in _COMPARISONS or not earlier or "PLUS" not in place.accepted or not place.read[earlier[-1] + 1 :]:
        return None
    first, middle, second = place.read[earlier[-1]].text, place.span(earlier[-1] + 1).text, place.token.text
    return mistake(
        "other-notation",
        place.token.span,
        "comparisons do not chain",
        label="a second comparison of the same operand",
        help=f"write `… {first} {middle} and {middle} {second} …`",
    )


def _subscripts(place: Place) -> ReadingError | None:
    """`X[i][j]`, `X[1:3]`, `X[…]`, `X[]`, a tensor written out without subscripts."""
    token, before, opened = place.token, place.before, place.opened()
    if set(place.accepted) == {"LSQB"} and before is not None and before.type == "RSQB":
        start = place.operand_start(len(place.read))
        if start > 0 and place.read[start - 1].type == "RSQB":
            return _double_subscripts(place, place.operand_start(start), start)
        written = place.span(start)
        if place.read[start - 1].type == "NUMBER":
            mended = f"{place.read[start - 1].text} * 1{written.text}"
            return elsewhere(place.span(start - 1), place.span(start - 1).text, mended, "a tensor of ones, multiplied")
        return mistake("unexpected-text", written, "a tensor written out needs subscripts", help=f"write `{written.text}[i]`")
    if token.type == "WRITTEN" and before is not None and before.type == "RSQB":
        return mistake("other-notation", token.span, "all subscripts stand in one bracket", help="write `X[i,j]` for `X[i][j]`")
    in_subscripts = bool(opened) and place.read[opened[-1]].type == "LSQB"
    if in_subscripts and token.type in ("COLON", "TO") and not ({"COLON", "TO"} & set(place.accepted)):
        return mistake(
            "other-notation",
            token.span,
            "there are no slices",
            help="name an index and say how far it goes: `y[i : n] = x[i + 1]`",
        )
    if in_subscripts and token.type == "RSQB" and before is not None and before.type == "LSQB":
        return mistake(
            "unexpected-text", before.span.to(token.span), "empty brackets", help="a tensor of rank 0 stands without brackets"
        )
    return None


def _double_subscripts(place: Place, tensor: int, second: int) -> ReadingError:
    found, name = place.span(tensor), place.read[tensor]
    if not name.touches(place.read[tensor + 1]):
        written = f"{name.text} * {place.span(tensor + 1).text}"
        return elsewhere(found, found.text, written, "after a name, `[` opens its subscripts")
    return elsewhere(found, found.text, f"{place.span(tensor, second - 2).text},{place.span(second + 1).text}")


def _braces(place: Place) -> ReadingError | None:
    if place.token.type == "LBRACE" and place.before is not None and place.before.type == "RAISED":
        return elsewhere(
            place.before.span.to(place.token.span), "^{", "^(", "a power is `x^2` or `x^(n + 1)`, a superscript of a name `W{m}`"
        )
    return None


def _axes_in_parentheses(place: Place) -> ReadingError | None:
    if place.token.type == "LPAR" and place.read and place.read[0].type in ("INPUT", "PARAM") and "LSQB" in place.accepted:
        axes = place.following.partition(")")[0]
        name = place.operand_before().text
        return elsewhere(place.token.span, f"{name}({axes})", f"{name}[{axes}]", "axes stand in square brackets")
    return None


def _output_of_expression(place: Place) -> ReadingError | None:
    if not place.read or place.read[0].type != "OUTPUT" or place.token.type == END:
        return None
    span = place.token.span
    return mistake(
        "unexpected-text", span, "an output is a name", help="define it first, `G[i,j] = ∂L/∂W[i,j]`, then say `output G`"
    )


def _repeated_inside(place: Place) -> ReadingError | None:
    if place.token.type == "FOR" and place.opened():
        return mistake(
            "other-notation", place.token.span, "`for` repeats whole statements", help="a sum names its index: `sum[I](x[I])`"
        )
    return None


RULES: tuple[Rule, ...] = (
    _opening_word,
    _lambda,
    _defined_function,
    _doubled_sign,
    _adjacent_number,
    _equality,
    _chained_comparison,
    partials.missing_denominator,
    partials.missing_slash,
    _subscripts,
    _braces,
    _axes_in_parentheses,
    _repeated_inside,
    _reserved_word,
    _output_of_expression,
)
"""Tried in this order; the first that knows the habit speaks."""


def error(place: Place) -> ReadingError | None:
    """The mistake of a habit, None where no rule knows it."""
    return next((found for rule in RULES if (found := rule(place)) is not None), None)
