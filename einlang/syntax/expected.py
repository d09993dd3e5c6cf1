"""What to say where a token cannot stand: in go the tokens read, the one that stopped the parser and those it would take."""

from __future__ import annotations

from collections.abc import Collection

from einlang.syntax import habits, strays
from einlang.syntax.place import Place
from einlang.syntax.token import END, STRAY, ReadingError, mistake

_SIGNS = {
    "COMMA": ",",
    "COLON": ":",
    "EQUAL": "=",
    "ARROW": "<-",
    "LPAR": "(",
    "RPAR": ")",
    "LSQB": "[",
    "RSQB": "]",
    "RBRACE": "}",
    "OVER": "/",
    "TO": "..",
    "IN": "in",
    "ELSE": "else",
}
"""Signs and words that messages name."""

_IN_EXPRESSIONS = {"OVER", "LPAR", "LSQB", "LBRACE"}
"""Signs that a mention of an operator or an expression covers."""

_STARTS = {
    "PLUS": "an operator",
    "NUMBER": "an expression",
    "NAME": "a name",
    "STRING": "the name of a file in quotation marks",
    "FUNCTION": "a function with its parameters",
    "PARTIAL": "`∂`",
}
"""What messages call a place, by the first of these terminals that it takes; an expression starts with a number or a name."""

_STATEMENT = "a line declares or defines something, as `input X[b, k]` or `Z[i,j] = X[i,K] W[K,j]`"


def error(place: Place) -> ReadingError:
    """The mistake of a token that cannot follow those that were read."""
    if place.token.type == STRAY:
        return strays.error(place)
    token = place.token
    found = "the statement ends here" if token.type == END else f"found `{token.span.text}`"
    help = _STATEMENT if "INPUT" in place.accepted else ""
    message = f"expected {_words(place.accepted)}"
    return habits.error(place) or mistake("unexpected-text", token.span, message, label=found, help=help)


def _words(accepted: Collection[str]) -> str:
    """What the parser would take, in the language's words."""
    if "INPUT" in accepted:
        return "a name or a word that opens a statement"
    names = [next((words for type, words in _STARTS.items() if type in accepted), "")]
    in_expression = "PLUS" in accepted or "NUMBER" in accepted
    names.extend(
        f"`{sign}`" for type, sign in _SIGNS.items() if type in accepted and not (in_expression and type in _IN_EXPRESSIONS)
    )
    names = [name for name in names if name] + (["the end of the line"] if END in accepted else [])
    return " or ".join(part for part in (", ".join(names[:-1]), names[-1] if names else "something else") if part)
