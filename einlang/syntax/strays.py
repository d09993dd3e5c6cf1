"""Characters of no terminal: in goes the place of one, out comes what people mean by it and how Einlang writes that."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from einlang.source import Span
from einlang.syntax import partials
from einlang.syntax.place import Place, elsewhere
from einlang.syntax.token import ReadingError, mistake


class Form(NamedTuple):
    """What Einlang writes instead, and more help where that alone is not enough."""

    written: str
    help: str = ""


def _each(characters: str, form: Form) -> dict[str, Form]:
    return dict.fromkeys(characters, form)


_FORMS: dict[str, Form] = {
    **_each("−–—‐‑﹣", Form("-")),
    **_each("⋅∙•∗", Form("*", "or leave it out: factors that stand side by side are multiplied, `A[i,K] B[K,j]`")),
    **_each("⊙∘", Form("*", "a product of tensors goes element by element where their indices are lowercase: `a[i] b[i]`")),
    **_each("⊗", Form("*", "an outer product is written with two indices: `a[i] b[j]`")),
    **_each("÷∕⁄", Form("/")),
    **_each("√", Form("sqrt(…)")),
    **_each("∑", Form("sum[I](…)", "a capital index that two factors share is summed without saying so: `u[I] v[I]`")),
    **_each("∏", Form("prod[I](…)")),
    **_each("∇", Form("∂L/∂W[i,j]", "the gradient of L by W is the tensor of its partial derivatives, `G[i,j] = ∂L/∂W[i,j]`")),
    **_each("∞", Form("inf")),
    **_each("←⟵", Form("<-")),
    **_each("≔", Form("=")),
    **_each("≡", Form("==")),
    **_each("∈", Form("in")),
    **_each("∧&", Form("and")),
    **_each("∨", Form("or")),
    **_each("¬!~", Form("not")),
    **_each("|‖", Form("abs(…)", "`or` joins conditions; a norm is `sqrt(x[I] x[I])`")),
    **_each("%", Form("mod(a, b)", "a comment starts with `#`")),
    **_each("′‘’´`", Form("'")),
    **_each("“”„", Form('"')),
    **_each("?", Form("a if c else b")),
    **_each("\\$", Form("A[i,j]", "indices stand in brackets, superscripts in braces, `W{m}`; Greek letters are names, `σ`")),
}
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾"
_SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎"
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060\u00ad"


def error(place: Place) -> ReadingError:
    """The mistake of a character that no terminal of the grammar takes."""
    character = place.token.text
    speaker = next((speaker for characters, speaker in _SPEAKERS if character in characters), None)
    if speaker is not None:
        return speaker(place)
    folded = unicodedata.normalize("NFKC", character)
    form = _FORMS.get(character) or (Form(folded) if folded != character and folded.isascii() else None)
    if form is None or (form.written == "not" and place.after_operand):
        return _unknown(place)
    return elsewhere(place.token.span, character, form.written, form.help)


def _semicolon(place: Place) -> ReadingError:
    help = "each statement stands on a line of its own"
    return mistake("unknown-character", place.token.span, "`;` means nothing in Einlang", help=help)


def _ellipsis(place: Place) -> ReadingError:
    return mistake("unknown-character", place.token.span, "`…` leaves something out", help="write all of it")


def _unknown(place: Place) -> ReadingError:
    character, span = place.token.text, place.token.span
    name = unicodedata.name(character, "no character of Unicode" if ord(character) > 127 else "a control character").lower()
    code = f"U+{ord(character):04X}"
    visible = character.isprintable() and character not in _INVISIBLE
    named = f"`{character}` ({code}, {name})" if visible else f"{code} ({name})"
    return mistake(
        "unknown-character", span, f"{named} means nothing in Einlang", help="" if visible else "delete it; it cannot be seen"
    )


def _run(place: Place, characters: str) -> tuple[str, Span]:
    """The characters of one kind from the place on, as ordinary ones, and their place."""
    span = place.token.span
    end = span.start
    while end < len(place.text) and place.text[end] in characters:
        end += 1
    run = unicodedata.normalize("NFKC", place.text[span.start : end]).replace("−", "-")
    return run, Span(span.source, span.start, end)


def _superscript(place: Place) -> ReadingError:
    power, span = _run(place, _SUPERSCRIPTS)
    if place.before is not None and place.before.type == "PARTIAL":
        return mistake(
            "other-notation",
            place.before.span.to(span),
            f"there is no `∂{span.text}`",
            label="∂, ∂² and ∂³ are the derivatives of order 1, 2 and 3",
            help="a higher one is nested: `∂(∂³L/∂x∂x∂x)/∂x`",
        )
    unfinished = partials.unfinished(place)
    if unfinished:
        denominator = Span(span.source, span.start - len(unfinished.denominator), span.end)
        return elsewhere(denominator, denominator.text, unfinished.pure)
    if not place.after_operand:
        return elsewhere(span, span.text, f"x^{power}")
    operand = place.operand_before()
    if operand.text == "d" and power in ("2", "3"):
        return elsewhere(operand.to(span), f"d{span.text}f/dx{span.text}", f"∂{span.text}f/{'∂x' * int(power)}")
    return elsewhere(operand.to(span), operand.text + span.text, f"{operand.text}^{power}")


def _subscript(place: Place) -> ReadingError:
    letters, span = _run(place, _SUBSCRIPTS)
    before = place.before
    if before is None or before.type != "NAME" or not before.touches(place.token):
        return elsewhere(span, span.text, f"[{letters}]")
    return elsewhere(
        before.span.to(span),
        before.text + span.text,
        before.text + letters,
        f"`{before.text}{letters}` is a name of its own, `{before.text}[{letters}]` an element of `{before.text}`",
    )


def _quote(place: Place) -> ReadingError:
    found = re.compile(r"'([^'\n]*)'").match(place.text, place.token.span.start)
    if found:
        span = Span(place.token.span.source, found.start(), found.end())
        return elsewhere(span, found.group(), f'"{found.group(1)}"')
    return mistake(
        "unclosed-bracket", place.token.span, f"this `{place.token.text}` is not closed", label="the line ends before it"
    )


def _point(place: Place) -> ReadingError:
    """A point belongs to a number; after a name people mean an attribute."""
    before, span = place.before, place.token.span
    number = re.compile(r"\.[0-9]+").match(place.text, span.start)
    if before is not None and before.type == "NUMBER" and before.touches(place.token):
        digits = number.group() if number else ".0"
        return _number(before.span.to(span), before.text + digits)
    if number:
        operand = place.operand_before() if place.after_operand else None
        span, written = Span(span.source, span.start, number.end()), "0" + number.group()
        return _number(operand.to(span) if operand else span, f"{operand.text} * {written}" if operand else written)
    word = re.compile(r"\.\s*(\w+)").match(place.text, span.start)
    if before is not None and before.type == "NAME" and before.touches(place.token) and word:
        return _attribute(place, before.text, word)
    return mistake("unknown-character", span, "`.` means nothing here", label="a point stands between the digits of a number")


def _number(span: Span, written: str) -> ReadingError:
    return mistake(
        "number-spelling",
        span,
        "a number has digits on both sides of its point",
        label="a digit is missing",
        help=f"write `{written}`",
    )


def _attribute(place: Place, owner: str, word: re.Match[str]) -> ReadingError:
    name = word.group(1)
    span = Span(place.token.span.source, place.token.span.start - len(owner), word.end())
    forms = {"T": (f"{owner}[j,i]", "axes are known by their order"), "shape": (f"size({owner}, 0)", "")}
    written, help = forms.get(name, (name, f"`{owner}` has no members; functions go by their bare names, as `exp(x)`"))
    return elsewhere(span, f"{owner}.{name}", written, help)


_SPEAKERS: tuple[tuple[str, Callable[[Place], ReadingError]], ...] = (
    (".", _point),
    (_SUPERSCRIPTS, _superscript),
    (_SUBSCRIPTS, _subscript),
    ("\"'", _quote),
    (";", _semicolon),
    ("…", _ellipsis),
)
"""Characters that need to know their place."""
