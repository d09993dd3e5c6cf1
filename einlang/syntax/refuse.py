"""What the grammar cannot say and no name decides: in go parts of a statement, a mistake is raised or nothing happens."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from einlang.diagnostics import Label
from einlang.source import Span
from einlang.syntax import nodes as n
from einlang.syntax.lexicon import ALONG, ELEMENTWISE, REDUCTIONS
from einlang.syntax.place import elsewhere
from einlang.syntax.token import Token, mistake

_INDEX = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def type_name(token: Token) -> None:
    """The only type that a declaration names is `int`."""
    if token.text != "int":
        raise mistake(
            "unknown-type",
            token.span,
            f"`{token.text}` is no type of a declaration",
            label="only `int` can stand here",
            help="leave it out: whether a program runs in float32 or float64 is chosen by the arrays of a call, or by --dtype",
        )


def primed_function(token: Token) -> None:
    """A prime after a function is its derivative."""
    if "'" in token.text:
        name = token.text.partition("'")[0]
        raise mistake(
            "primed-function",
            token.span,
            f"a function cannot be named `{token.text}`",
            label=f"this means the derivative of `{name}`",
            help="choose a name without a prime",
        )


def left_index(subscript: n.Expression) -> None:
    """A bare name on a left side is an index."""
    if isinstance(subscript, n.Name) and not subscript.name.superscripts:
        index(subscript.name.name, subscript.span)


def index(name: str, span: Span) -> None:
    """An index is spelled in ASCII, without primes."""
    if not _INDEX.fullmatch(name):
        raise mistake(
            "index-spelling",
            span,
            f"`{name}` cannot be an index",
            label="an index is an ASCII letter, then ASCII letters, digits and `_`",
            help="write `i` for a free index, `I` for a summed one",
        )


def latex_subscript(name: n.TensorName) -> None:
    """`X_{i,j}` is LaTeX; here it would be the name `X_` with superscripts."""
    if name.superscripts and name.name.endswith("_"):
        subscripts = ",".join(superscript.span.text for superscript in name.superscripts)
        raise elsewhere(name.span, name.span.text, f"{name.name.rstrip('_')}[{subscripts}]")


def grouped_digits(factors: Sequence[n.Factor]) -> None:
    """`1_000` would be a product with the name `_000`."""
    for before, after in pairwise(factors):
        number, name = before.operand.span, after.operand.span
        if isinstance(before.operand, n.Number) and number.end == name.start and name.text.startswith("_"):
            raise mistake(
                "number-spelling",
                number.to(name),
                "the digits of a number stand together",
                help=f"write `{(number.text + name.text).replace('_', '')}`",
            )


def juxtaposed_after_division(factors: Sequence[n.Factor]) -> None:
    """`a / b c` could mean two things."""
    for before, divisor, after in zip(factors, factors[1:], factors[2:], strict=False):
        if divisor.joined == "/" and after.joined == "juxtaposed":
            a, b, c = before.operand.span.text, divisor.operand.span.text, after.operand.span.text
            raise mistake(
                "juxtaposed-after-division",
                after.span,
                f"`/ {b} {c}` could divide by `{b}` or by `{b} {c}`",
                label="joined without a sign to what is divided by",
                help=f"write `{a} / ({b} {c})` or `({a} / {b}) {c}`",
            )


def power_of_reduction(base: n.Expression, exponent: n.Expression) -> None:
    """`op[K](e)^2` could mean the power of every `e` or of the result."""
    if isinstance(base, n.Call) and base.function in REDUCTIONS and base.indices:
        body = base.arguments[0].span.text
        if not isinstance(base.arguments[0], n.Name | n.Reference | n.Call | n.Parenthesised):
            body = f"({body})"
        opening = base.span.text.partition("(")[0]
        power = exponent.span.text
        raise mistake(
            "power-of-reduction",
            exponent.span,
            f"`^{power}` could raise what is reduced or the result",
            label=f"straight after `{opening}(…)`",
            others=(Label(base.span, f"`{base.function}` reduces this"),),
            help=f"write `{opening}({body}^{power})` or `({base.span.text})^{power}`",
        )


def call(made: n.Call, place: Span) -> None:
    """What reduces or works along an index names it."""
    name = made.function
    elementwise = name in ELEMENTWISE and len(made.arguments) > 1
    if made.indices or made.by or elementwise or name not in (*REDUCTIONS, *ALONG):
        return
    letters = "I,J" if name == "logdet" else "j" if name in ALONG else "I"
    raise mistake(
        "index-not-named",
        place,
        f"`{name}` does not say which index it {'works along' if name in ALONG else 'goes over'}",
        label="name the index in brackets",
        help=f"write `{name}[{letters}]({made.arguments[0].span.text})`, with an index of what stands in it",
    )
