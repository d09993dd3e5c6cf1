"""Brackets used as elsewhere: in goes the place where the parser stopped, out comes the Einlang form."""

from __future__ import annotations

from einlang.syntax.place import Place, elsewhere, habit
from einlang.syntax.token import ReadingError, mistake


def _without_subscripts(place: Place) -> ReadingError | None:
    """`[1, 2]` alone, and what is read as one: the second bracket of `X[i][j]`, the bracket of `2[i]`."""
    if set(place.accepted) != {"LSQB"} or place.before is None or place.before.type != "RSQB":
        return None
    start = place.operand_start(len(place.read))
    written, earlier = place.span(start).text, place.read[start - 1]
    if earlier.type == "RSQB":
        return _double_subscripts(place, place.operand_start(start), start)
    if earlier.type == "NUMBER":
        return elsewhere(
            place.span(start - 1), f"{earlier.text}{written}", f"{earlier.text} * 1{written}", "`1[i]` is a tensor of ones"
        )
    rank = len(written) - len(written.lstrip("[ "))
    subscripts = ",".join("ijklmnpq"[:rank])
    return mistake(
        "unexpected-text", place.span(start), "a tensor written out needs subscripts", help=f"write `{written}[{subscripts}]`"
    )


def _double_subscripts(place: Place, tensor: int, second: int) -> ReadingError:
    found, name = place.span(tensor), place.read[tensor]
    if name.touches(place.read[tensor + 1]):
        return elsewhere(found, found.text, f"{place.span(tensor, second - 2).text},{place.span(second + 1).text}")
    product = f"{name.text} * {place.span(tensor + 1).text}"
    return elsewhere(found, found.text, product, "after a name, `[` opens its subscripts")


def _double_axes(place: Place) -> ReadingError | None:
    """`X[b][k]` where a declaration or a left side takes no factor."""
    if place.token.type != "WRITTEN" or place.before is None or place.before.type != "RSQB":
        return None
    name = place.span(place.operand_start(len(place.read))).text
    second = place.following.partition("]")[0]
    return elsewhere(place.token.span, f"{name}[{second}]", f"{name[:-1]},{second}]")


def _slice(place: Place) -> ReadingError | None:
    """`x[1:3]` and `x[...]`."""
    if not place.in_subscripts or place.token.type not in ("COLON", "TO") or place.token.type in place.accepted:
        return None
    return habit(place.token.span, "there are no slices", "name an index and say how far it goes: `y[i : n] = x[i + 1]`")


def _empty(place: Place) -> ReadingError | None:
    """`x[]`."""
    if not place.in_subscripts or place.token.type != "RSQB" or place.before is None or place.before.type != "LSQB":
        return None
    span = place.before.span.to(place.token.span)
    return mistake("unexpected-text", span, "nothing stands in these brackets", help="a tensor of rank 0 stands without brackets")


def _braces(place: Place) -> ReadingError | None:
    """`x^{2}`."""
    if place.token.type != "LBRACE" or place.before is None or place.before.type != "RAISED":
        return None
    why = "braces hold the superscripts of a name, `W{m}`"
    exponent = place.following.partition("}")[0]
    return elsewhere(place.before.span.to(place.token.span), f"^{{{exponent}}}", f"^({exponent})", why)


def _axes_in_parentheses(place: Place) -> ReadingError | None:
    """`input X(b, k)`."""
    declared = bool(place.read) and place.read[0].type in ("INPUT", "PARAM")
    if place.token.type != "LPAR" or not declared or "LSQB" not in place.accepted:
        return None
    name, axes = place.operand_before().text, place.following.partition(")")[0]
    return elsewhere(place.token.span, f"{name}({axes})", f"{name}[{axes}]", "axes stand in square brackets")


RULES = (_without_subscripts, _double_axes, _slice, _empty, _braces, _axes_in_parentheses)
