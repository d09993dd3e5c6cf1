"""Names as LaTeX: in go names of the language, out comes mathematics in which nothing but letters and known commands occurs."""

from __future__ import annotations

import re
import unicodedata

from einlang.codegen.names import spell

_GREEK = re.compile(r"GREEK (SMALL|CAPITAL) LETTER (?:FINAL )?([A-Z]+)")
_LATIN_CAPITALS = ["ALPHA", "BETA", "EPSILON", "ZETA", "ETA", "IOTA", "KAPPA", "MU", "NU", "OMICRON", "RHO", "TAU", "CHI"]
"""Greek capitals that look Latin, for which TeX has no command."""


def word(text: str) -> str:
    """A name: one letter in italics as it is, a Greek letter by its command, a longer word in italics of one piece."""
    stem, primes = text.rstrip("'"), len(text) - len(text.rstrip("'"))
    plain = letters(stem)
    return (_greek(stem) or (plain if len(plain) == 1 else rf"\mathit{{{plain}}}")) + "'" * primes


def letters(text: str) -> str:
    """Letters, digits and `\\_` for a name that is no command."""
    ascii_text = text if text.isascii() and text.isidentifier() else spell([text])[text]
    return ascii_text.replace("_", r"\_")


def prose(text: str) -> str:
    """Words of a sentence; what is not ASCII, Greek names, as mathematics among them."""
    parts = re.split("([^\0-\x7f]+)", text)
    return "".join(word(part) if number % 2 else _plain(part) for number, part in enumerate(parts) if part)


def _plain(text: str) -> str:
    r"""`\text{…}` of words without a character that LaTeX reads as more than itself."""
    escaped = re.sub(r"[^\w ,.:;()'=-]", "", text).replace("_", r"\_")
    return rf"\text{{{escaped}}}"


def _greek(text: str) -> str | None:
    """The command of a name that is one Greek letter."""
    found = _GREEK.fullmatch(unicodedata.name(text, "")) if len(text) == 1 else None
    if found is None:
        return None
    name = {"LAMDA": "LAMBDA"}.get(found[2], found[2])
    if found[1] == "SMALL":
        return "o" if name == "OMICRON" else rf"\{name.lower()}"
    return rf"\mathrm{{{name[0]}}}" if name in _LATIN_CAPITALS else rf"\{name.capitalize()}"
