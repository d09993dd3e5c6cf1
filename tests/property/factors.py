"""Random expressions: factors, products and sums that carry given indices, and sum capital ones by the rules.

Section 5 of the language reference in reverse: a capital index that a product sums stands in two of its factors, and inside
each of them in at most one factor of every product; an index that an `op` names may stand anywhere inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st
from property.pieces import LONGEST, SIZES, Known, Piece, Scope, Text, atom, fill, reduced, scale_text, summed, tame, tens_above

# --- factors ------------------------------------------------------------------------------------------------------------


@st.composite
def reference(draw: st.DrawFn, scope: Scope, must: Sequence[str]) -> Piece | None:
    """A tensor at indices of the scope, among them all of `must`; None where no tensor has such axes."""
    fitting = [tensor for tensor in scope.tensors if _fits(tensor, scope, must)]
    if not fitting:
        return None
    tensor = draw(st.sampled_from(fitting))
    letters: dict[int, str] = {}
    for letter in must:
        free_axes = [n for n, size in enumerate(tensor.axes) if size == scope.indices[letter] and n not in letters]
        letters[draw(st.sampled_from(free_axes))] = letter
    for axis, size in enumerate(tensor.axes):
        if axis not in letters:
            letters[axis] = draw(st.sampled_from(sorted(i for i, other in scope.indices.items() if other == size)))
    subscripts = f"[{','.join(letters[axis] for axis in sorted(letters))}]" if letters else ""
    return atom(tensor.name + subscripts, tensor.bound)


def _fits(tensor: Known, scope: Scope, must: Sequence[str]) -> bool:
    axes = list(tensor.axes)
    for letter in must:
        if scope.indices[letter] not in axes:
            return False
        axes.remove(scope.indices[letter])
    return all(size in scope.indices.values() for size in axes)


@st.composite
def factor(draw: st.DrawFn, scope: Scope, must: Sequence[str], depth: int) -> Piece:
    """Something that may stand in a product and that carries the indices of `must`."""
    plain = draw(reference(scope, must))
    if plain is not None and (depth <= 0 or draw(st.booleans())):
        return plain
    if depth <= 0:
        return draw(spread(scope, must))
    makers = [nested, call, call, reduction, choice]
    makers += [along] if [letter for letter in must if letter not in scope.named] else []
    makers += [literal] if not must else []
    makers += [written] if "3" in scope.indices.values() else []
    makers += [own_function] if scope.functions else []
    return draw(draw(st.sampled_from(makers))(scope, must, depth))


@st.composite
def spread(draw: st.DrawFn, scope: Scope, must: Sequence[str]) -> Piece:
    """The sum of one reference for each index of `must`, where no single tensor has all these axes."""
    if not must:
        return draw(literal(scope, must, 0))
    parts = [draw(_vector(scope, letter)) for letter in must]
    template = "(" + " + ".join("{}" for _ in parts) + ")"
    return atom(template, sum(part.bound for part in parts), *(part.text for part in parts))


def _vector(scope: Scope, letter: str) -> st.SearchStrategy[Piece]:
    """A reference that has this index alone."""
    return reference(replace(scope, free={}, once={letter: scope.indices[letter]}), [letter])


@st.composite
def literal(draw: st.DrawFn, scope: Scope, must: Sequence[str], depth: int) -> Piece:
    """A number, a size, or the position of a free index."""
    numbers = [("2", 2.0), ("0.5", 0.5), ("3", 3.0), ("pi", 3.2), ("1e-1", 0.1), ("half", 0.5), ("size(v0, 0)", LONGEST)]
    names = [*sorted(scope.free), *sorted(set(scope.free.values()) - {"3"})]
    return atom(*draw(st.sampled_from([*numbers, *((name, float(LONGEST)) for name in names)])))


@st.composite
def nested(draw: st.DrawFn, scope: Scope, must: Sequence[str], depth: int) -> Piece:
    """An expression in parentheses, to a power where nothing has to stand in it once only."""
    squares = not any(letter in must for letter in scope.once) and draw(st.booleans())
    if not squares:
        piece = draw(expression(scope, must, depth - 1))
        return atom("({})", piece.bound, piece.text)
    inner = replace(scope, once={}, named=scope.named | scope.once.keys(), summing=False)
    piece = tame(draw(expression(inner, must, depth - 1)), 4.0)
    exponent = draw(st.integers(2, 3))
    return atom(f"({{}})^{exponent}", piece.bound**exponent, piece.text)


UNARY = {
    "tanh({})": (9.0, 1.0),
    "sin({})": (9.0, 1.0),
    "cos({})": (9.0, 1.0),
    "exp({})": (2.0, 8.0),
    "sigmoid({})": (9.0, 1.0),
    "softplus({})": (9.0, 10.0),
    "relu({})": (9.0, 9.0),
    "abs({})": (9.0, 9.0),
    "gelu({})": (4.0, 4.0),
    "silu({})": (4.0, 4.0),
    "erf({})": (4.0, 1.0),
    "atan({})": (9.0, 1.6),
    "sinh({})": (2.0, 4.0),
    "cosh({})": (2.0, 4.0),
    "expm1({})": (2.0, 7.0),
    "sqrt(1.5 + sin({}))": (9.0, 1.6),
    "log(2 + cos({}))": (9.0, 1.1),
    "log1p(sigmoid({}))": (9.0, 0.7),
    "asin(0.5 * tanh({}))": (9.0, 0.6),
    "acos(0.5 * sin({}))": (9.0, 2.2),
    "tan(0.9 * sin({}))": (9.0, 1.3),
    "(2 + sin({}))^0.5": (9.0, 1.8),
    "(2 + cos({}))^-1": (9.0, 1.0),
    "(1.5 + sin({}))^-2": (9.0, 4.0),
    "pow(2 + tanh({}), 1.5)": (9.0, 5.2),
    "clip({}, -1, 1)": (9.0, 1.0),
}
"""Function texts, a bound of the argument and one of the value."""


@st.composite
def call(draw: st.DrawFn, scope: Scope, must: Sequence[str], depth: int) -> Piece:
    """A built-in function of an expression, or of two."""
    if draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from([extreme, where]).flatmap(lambda maker: maker(scope, must, depth)))
    template = draw(st.sampled_from(sorted([*UNARY, "stop({})"] if scope.stop else UNARY)))
    limit, bound = UNARY.get(template, (9.0, 9.0))
    return atom(template, bound, tame(draw(expression(scope, must, depth - 1)), limit).text)


@st.composite
def extreme(draw: st.DrawFn, scope: Scope, must: Sequence[str], depth: int) -> Piece:
    """max or min of two expressions."""
    pair = [tame(draw(expression(scope, needed, depth - 1)), 9.0) for needed in (must, ())]
    return atom(draw(st.sampled_from(["max({}, {})", "min({}, {})"])), 9.0, *(p.text for p in draw(st.permutations(pair))))


@st.composite
def where(draw: st.DrawFn, scope: Scope, must: Sequence[str], depth: int) -> Piece:
    """A choice by the value of references alone, so that it does not hang on rounding."""
    left, then = draw(spread(scope, must)), draw(expression(scope, (), depth - 1))
    return atom("where({} < 0.3, {}, 2)", max(then.bound, 2.0), left.text, then.text)


REDUCTIONS = {"sum": LONGEST * 9.0, "mean": 9.0, "max": 9.0, "min": 9.0, "logsumexp": 11.0, "prod": 1.6**LONGEST}


@st.composite
def reduction(draw: st.DrawFn, scope: Scope, must: Sequence[str], depth: int) -> Piece:
    """`op[K](…)`, sometimes with the range that K has anyway, sometimes over two indices."""
    inner, ranges, named = scope, [], {}
    for _ in range(draw(st.integers(1, 2))):
        letter, size = inner.fresh(), draw(st.sampled_from(SIZES))
        inner = replace(inner, free={**inner.free, letter: size}, named=inner.named | {letter})
        ranges.append(f"{letter} : {size}" if draw(st.integers(0, 3)) == 0 else letter)
        named[letter] = size
    body = tame(draw(expression(inner, [*must, *named], depth - 1)), 9.0).text
    operation = draw(st.sampled_from(sorted(REDUCTIONS)))
    if operation == "prod":
        body = fill("0.6 + sigmoid({})", body)
    bound = REDUCTIONS[operation] * (LONGEST if len(named) == 2 else 1)
    return Piece(reduced(operation, ranges, named, body), min(bound, 1e4), atom=True)


@st.composite
def along(draw: st.DrawFn, scope: Scope, must: Sequence[str], depth: int) -> Piece:
    """softmax or log_softmax along an index that goes on afterwards."""
    letter = draw(st.sampled_from([letter for letter in must if letter not in scope.named]))
    size = scope.indices[letter]
    once = {name: other for name, other in scope.once.items() if name != letter}
    inner = replace(scope, free={**scope.free, letter: size}, once=once, named=scope.named | {letter})
    body = tame(draw(expression(inner, must, depth - 1)), 9.0)
    name, bound = draw(st.sampled_from([("softmax", 1.0), ("log_softmax", 20.0)]))
    source, explicit, python = fill(
        f"{name}[{letter}]({{}})", body.text, python=f"{name}_(lambda {letter}: {{}}, {size}, {letter})"
    )
    return Piece(Text(source, explicit + "\0" * (letter in scope.once), python), bound, atom=True)


CONDITIONS = ("{0} <= {1}", "{0} == {1}", "{0} != {1} and {0} < {1} + 2", "not {0} > {1}", "{0} < 1 or {1} >= 2")


@st.composite
def choice(draw: st.DrawFn, scope: Scope, must: Sequence[str], depth: int) -> Piece:
    """`(a if … else b)` by positions; its branches give no range, so what must be carried stands beside it."""
    positions = [*sorted(scope.free), "1"]
    condition = draw(st.sampled_from(CONDITIONS)).format(*(draw(st.sampled_from(positions)) for _ in "ab"))
    then, otherwise = (draw(expression(scope, (), depth - 1)) for _ in "ab")
    text, bound = fill(f"({{}} if {condition} else {{}})", then.text, otherwise.text), max(then.bound, otherwise.bound)
    if not must:
        return Piece(text, bound, atom=True)
    beside = draw(spread(scope, must))
    return atom("({} + {})", bound + beside.bound, beside.text, text)


@st.composite
def written(draw: st.DrawFn, scope: Scope, must: Sequence[str], depth: int) -> Piece:
    """A tensor of three entries written out."""
    letters = sorted(letter for letter, size in scope.indices.items() if size == "3")
    letter = draw(st.sampled_from([i for i in must if i in letters] or letters))
    rest = [i for i in must if i != letter]
    inner = replace(scope, once={name: size for name, size in scope.once.items() if name != letter})
    inner = replace(inner, named=inner.named | (scope.once.keys() & {letter}))
    entries = [draw(expression(inner, rest if n == 0 else (), 0)) for n in range(3)]
    return atom(f"[{{}}, {{}}, {{}}][{letter}]", max(e.bound for e in entries), *(entry.text for entry in entries))


@st.composite
def own_function(draw: st.DrawFn, scope: Scope, must: Sequence[str], depth: int) -> Piece:
    """A function of the file; bounds of all of them: 4 for arguments, 9 for values."""
    name, arity = draw(st.sampled_from(scope.functions))
    arguments = [tame(draw(expression(scope, must if n == 0 else (), depth - 1)), 4.0) for n in range(arity)]
    return atom(f"{name}({', '.join('{}' for _ in arguments)})", 9.0, *(argument.text for argument in arguments))


# --- products -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sharing:
    """How a product uses indices: the capitals it sums, which factors carry what, and which capitals one reference has."""

    summed: dict[str, str]
    carriers: dict[str, set[int]]
    lone: frozenset[str]
    companions: tuple[Piece, ...]


@st.composite
def sharing(draw: st.DrawFn, scope: Scope, must: Sequence[str], number: int, depth: int, top: bool) -> Sharing:
    """Each index of `once` and `must` goes to one factor; each index that is summed to two or more, or to one beside a δ, a
    tensor of ones, or, in a term of a right side, nothing."""
    carriers = {letter: {draw(st.integers(0, number - 1))} for letter in dict.fromkeys([*scope.once, *must])}
    sums: dict[str, str] = {}
    lone, companions = set(), []
    for _ in range(draw(st.integers(0, 2)) if scope.summing and depth > 0 else 0):
        letter, size = replace(scope, once={**scope.once, **sums}).fresh(), draw(st.sampled_from(SIZES))
        sums[letter] = size
        partners = sorted(i for i, other in scope.free.items() if other == size)
        forms = ["ones", *(["delta"] if partners else []), *(["lone"] if top else []), *(["shared"] * 3 if number > 1 else [])]
        form = draw(st.sampled_from(forms))
        if form == "shared":
            carriers[letter] = draw(st.sets(st.integers(0, number - 1), min_size=2))
            continue
        carriers[letter] = {draw(st.integers(0, number - 1))}
        if form == "lone":
            lone.add(letter)
        elif form == "ones":
            companions.append(atom(f"1[{letter}]", 1.0, python="1"))
        else:
            companions.append(delta(draw(st.sampled_from(partners)), letter))
    sizes = {**scope.free, **sums}
    pairs = [(a, b) for a in sorted(sizes) for b in sorted(sizes) if a != b and sizes[a] == sizes[b]]
    if pairs and draw(st.integers(0, 4)) == 0:
        companions.append(delta(*draw(st.sampled_from(pairs))))
    return Sharing(sums, carriers, frozenset(lone), tuple(companions))


def delta(left: str, right: str) -> Piece:
    return atom(f"δ[{left},{right}]", 1.0, python=f"delta_[{left},{right}]")


@st.composite
def product(draw: st.DrawFn, scope: Scope, must: Sequence[str], depth: int, top: bool = False) -> Piece:
    """Factors, some of them sharing capital indices that are then summed, perhaps over a denominator."""
    number = draw(st.integers(1, 3))
    if number == 1 and scope.summing and depth > 0 and not scope.once and draw(st.integers(0, 3)) == 0:
        return draw(square(scope, must, depth))
    plan = draw(sharing(scope, must, number, depth, top))
    pieces = []
    for n in range(number):
        once = {i: size for i, size in {**scope.once, **plan.summed}.items() if n in plan.carriers[i]}
        reserved = scope.named | plan.summed.keys() | scope.once.keys()
        inner = replace(scope, once=once, named=frozenset(reserved - (once.keys() - scope.named)))
        needed = [i for i in plan.carriers if n in plan.carriers[i] and (i in must or i in plan.summed)]
        pieces.append(draw(lone_reference(inner, needed) if plan.lone & set(needed) else factor(inner, needed, depth - 1)))
    bound = float(LONGEST ** len(plan.summed))
    for piece in pieces:
        bound *= max(piece.bound, 0.1)
    text = draw(joined([*pieces, *plan.companions]))
    if draw(st.integers(0, 5)) == 0:
        below = replace(scope, once={}, named=scope.named | plan.summed.keys() | scope.once.keys())
        text = fill("{} / {}", text, draw(denominator(below, depth - 1)))
    return scaled(plan.summed, text, bound)


@st.composite
def square(draw: st.DrawFn, scope: Scope, must: Sequence[str], depth: int) -> Piece:
    """`(…)^2`, which is two factors and so sums the capitals inside."""
    letter, size = scope.fresh(), draw(st.sampled_from(SIZES))
    inner = replace(scope, once={letter: size}, summing=False)
    body = tame(draw(expression(inner, [*must, letter], depth - 1)), 4.0)
    return scaled({letter: size}, fill("({})^2", body.text), LONGEST * body.bound**2)


def scaled(sums: dict[str, str], text: Text, bound: float) -> Piece:
    """A product with a number as one more factor where its bound asks for it."""
    tens = tens_above(bound, 50.0)
    return Piece(summed(sums, fill(f"{scale_text(tens)} * {{}}", text) if tens else text), bound / 10**tens)


@st.composite
def denominator(draw: st.DrawFn, scope: Scope, depth: int) -> Text:
    """Something away from zero."""
    template = draw(st.sampled_from(["(1.5 + sin({}))", "(1 + size(v0, 0))", "cosh(tanh({}))", "2"]))
    return fill(template, draw(expression(scope, (), depth)).text)


@st.composite
def lone_reference(draw: st.DrawFn, scope: Scope, needed: Sequence[str]) -> Piece:
    """References that are direct factors, so that an index that one of them alone has is summed by the second rule."""
    plain = draw(reference(scope, needed))
    if plain is not None:
        return plain
    parts = [draw(_vector(scope, letter)) for letter in needed]
    python = " * ".join("{}" for _ in parts)
    return atom(" ".join("{}" for _ in parts), 2.0 ** len(parts), *(part.text for part in parts), python=python)


@st.composite
def joined(draw: st.DrawFn, pieces: Sequence[Piece]) -> Text:
    """Factors by juxtaposition or with a sign between."""
    text = pieces[0].factor
    for piece in pieces[1:]:
        first = piece.factor.source[0]
        bare = first == "[" or (first.isdigit() and not piece.factor.source.startswith("1["))
        sign = " * " if bare else draw(st.sampled_from([" ", " ", " * ", " · "]))
        text = fill(f"{{}}{sign}{{}}", text, piece.factor, python="{} * {}")
    return text


# --- sums ---------------------------------------------------------------------------------------------------------------


@st.composite
def expression(draw: st.DrawFn, scope: Scope, must: Sequence[str], depth: int, top: bool = False) -> Piece:
    """Terms with signs; the first carries `must`."""
    number = draw(st.integers(1, 1 if depth <= 0 else 3))
    terms = [draw(product(scope, must if n == 0 else (), depth, top)) for n in range(number)]
    text = fill("-{}" if draw(st.integers(0, 4)) == 0 else "{}", terms[0].text)
    for term in terms[1:]:
        text = fill(draw(st.sampled_from(["{} + {}", "{} - {}"])), text, term.text)
    return Piece(text, sum(term.bound for term in terms))
