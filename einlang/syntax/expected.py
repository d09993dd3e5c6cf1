"""What to say where a token cannot stand: in go the tokens read, the one that stopped the parser and those it would take."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from einlang.syntax.token import END, ReadingError, Token, mistake

_SIGNS = {
    "COMMA": ",",
    "COLON": ":",
    "EQUAL": "=",
    "ARROW": "<-",
    "LPAR": "(",
    "RPAR": ")",
    "LSQB": "[",
    "RSQB": "]",
    "LBRACE": "{",
    "RBRACE": "}",
    "OVER": "/",
    "TO": "..",
    "IN": "in",
    "ELSE": "else",
}


def error(read: Sequence[Token], token: Token, accepted: Collection[str]) -> ReadingError:
    """The mistake of a token that cannot follow those that were read."""
    words = _words(accepted)
    found = "the statement ends here" if token.type == END else f"found `{token.span.text}`"
    return mistake("unexpected-text", token.span, f"expected {words}", label=found)


def _words(accepted: Collection[str]) -> str:
    """What the parser would take, in the language's words."""
    if "INPUT" in accepted:
        return "a name or a word that opens a statement"
    names = []
    if "NUMBER" in accepted:
        names.append("an expression")
    elif "PLUS" in accepted:
        names.append("an operator")
    elif "NAME" in accepted:
        names.append("a name")
    names.extend(
        f"`{sign}`" for type, sign in _SIGNS.items() if type in accepted and not ("PLUS" in accepted and type in ("OVER", "LPAR"))
    )
    if END in accepted:
        names.append("the end of the line")
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
