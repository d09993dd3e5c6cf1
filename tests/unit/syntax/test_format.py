"""Formatting: parsing undoes it, for every tree; the canonical texts of each construct."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einlang.source import Source, Span
from einlang.syntax import nodes as n
from einlang.syntax.format import format_expression, format_file
from einlang.tree import equal, rewrite

NOWHERE = Span(Source("", ""), 0, 0)


def some(*options):
    return st.sampled_from(options)


def several(strategy, least=1, most=3):
    return st.lists(strategy, min_size=least, max_size=most).map(tuple)


def names(superscripts):
    return st.builds(n.TensorName, some("x", "W1", "σ", "w'", "Größe", "x̂"), several(superscripts, 0, 2), st.just(NOWHERE))


def numbers():
    made = some("0", "1", "2", "0.5", "1e-3", "12")
    return made.map(lambda text: n.Number(Fraction(text), text, NOWHERE))


def chain(first, others):
    """A product: juxtaposition does not follow a division, and starts neither with a sign nor with a number in the language."""
    factors = [n.Factor("*", first, NOWHERE)]
    for joined, operand in others:
        tight = joined == "juxtaposed" and factors[-1].joined == "/"
        factors.append(n.Factor("*" if tight else joined, operand, NOWHERE))
    return n.Product(tuple(factors), NOWHERE)


def grown(e):
    """Expressions one level larger than `e`."""
    here, name = st.just(NOWHERE), names(e)
    index = st.builds(n.IndexName, some("I", "K", "j"), st.none() | e, here)
    reference = st.builds(n.Reference, name, several(e), here)
    written = st.builds(n.Written, several(e), here)
    target = st.builds(n.Name, name, here) | reference
    return st.one_of(
        st.builds(n.Name, name, here),
        reference,
        st.builds(n.Filled, some(0, 1), several(e), here),
        st.builds(n.Delta, several(e, 2, 2), here),
        st.builds(n.LeviCivita, several(e), here),
        st.builds(n.Parenthesised, e, here),
        st.builds(n.Negative, e, here),
        st.builds(n.Power, e, e, here),
        st.builds(chain, e, st.lists(st.tuples(some("*", "/", "juxtaposed"), e), min_size=1, max_size=3)),
        st.builds(
            lambda first, others: n.Additive((n.Term("+", first, NOWHERE), *others), NOWHERE),
            e,
            several(st.builds(n.Term, some("+", "-"), e, here)),
        ),
        st.builds(n.Comparison, some("<", "<=", ">", ">=", "==", "!="), e, e, here),
        st.builds(n.Logical, some("and", "or"), several(e, 2), here),
        st.builds(n.Not, e, here),
        st.builds(n.Conditional, e, e, e, here),
        st.builds(n.Call, some("exp", "f"), some((), (0,), (0, 0), (2,), (1, 1, 2)), st.just(()), several(e, 1, 2), here),
        st.builds(n.Call, some("sum", "softmax"), st.just(()), several(index), several(e, 1, 1), here),
        st.builds(n.WrittenReference, written, several(e), here),
        several(target, 1, 3).flatmap(lambda d: st.builds(n.Derivative, st.just(len(d)), target | e, st.just(d), here)),
    )


EXPRESSIONS = st.recursive(numbers() | st.builds(n.Name, names(numbers()), st.just(NOWHERE)), grown, max_leaves=12)


def items_over(e):
    """Items that hold expressions of `e`."""
    here, name = st.just(NOWHERE), names(e)
    plain = st.builds(n.TensorName, some("A", "k"), st.just(()), here)
    index = st.builds(n.IndexName, some("i", "j"), st.none() | e, here)
    subscript = numbers() | st.builds(n.Name, st.builds(n.TensorName, some("i", "t"), st.just(()), here), here)
    left = several(st.builds(n.LeftIndex, subscript, st.none() | e, here), 0)
    declarator = st.builds(n.Declarator, name, several(e, 0), st.booleans(), here)
    parameter = st.builds(n.Parameter, some("x", "z"), several(index, 0), here)
    item = st.one_of(
        st.builds(n.Declaration, some("input", "param"), several(declarator), here),
        st.builds(n.SizeDeclaration, several(st.builds(n.SizeDeclarator, name, st.none() | e, here)), here),
        st.builds(n.ConstDeclaration, name, several(e, 0), e | st.builds(n.Written, several(e), here), here),
        st.builds(n.Use, some("a.ein", "b c/d.ein"), here),
        st.builds(n.Assume, e, e, here),
        st.builds(n.Abstract, plain, several(index, 0), several(name), here),
        st.builds(n.Check, several(e, 2), here),
        st.builds(n.Output, several(name), here),
        st.builds(n.Function, some("f", "g"), several(index, 0), several(parameter), st.none() | e, here),
        st.builds(n.Definition, name, left, e, here),
        st.builds(n.Update, name, left, e, here),
        st.builds(n.Solve, name, left, e, e, here),
    )
    repetition = st.builds(n.Repetition, some("m", "p"), e, e, here)
    return item | st.builds(n.Repeated, item, several(repetition), here)


FUNCTIONS = "fn f(x)\n"


def bare(file):
    """A tree without parentheses; `and` inside `and` needs them and keeps its shape."""
    return rewrite(file, lambda node: node.body if isinstance(node, n.Parenthesised) else None)


@given(several(items_over(EXPRESSIONS), 1, 2), st.booleans())
def test_parsing_undoes_formatting(read, items, ascii) -> None:
    declared = n.Function("f", (), (n.Parameter("x", (), NOWHERE),), None, NOWHERE)
    file = n.File((declared, *items), NOWHERE)
    text = format_file(file, ascii=ascii)
    parsed, wrong = read(text)
    assert not wrong, f"{text}{wrong[0].message}"
    assert equal(bare(parsed), bare(file)), text
    assert format_file(parsed, ascii=ascii) == text
    assert equal(read(format_file(parsed, ascii=not ascii))[0], parsed)


@pytest.mark.parametrize(
    ("text", "formatted"),
    [
        ("y[ i,j ]=X[ i , K ]W[K,j]+b[ j ]", "y[i,j] = X[i,K] W[K,j] + b[j]"),
        ("B[i:b,j]=c[j]", "B[i : b, j] = c[j]"),
        ("h[t + 1,i] = h[t,K]", "h[t+1,i] = h[t,K]"),
        ("y = x[2 i+K,E[t[n]]]", "y = x[2 i + K, E[t[n]]]"),
        ("y = x ^ 2*y/z", "y = x^2 · y / z"),
        ("y = sum[I:n-1,J](x[I])", "y = sum[I : n - 1, J](x[I])"),
        ("y = delta[i,j] - @@L/@w[i]@w[j]", "y = δ[i,j] - ∂²L/∂w[i]∂w[j]"),
        ("y=a if b<=c else-d", "y = a if b ≤ c else -d"),
        ("y = ((a))", "y = ((a))"),
        ("input X[b,k{m-1}],y[2*h]:int", "input X[b, k{m-1}], y[2 · h] : int"),
        ("const w[3]=[1/6,2 / 3]", "const w[3] = [1/6, 2/3]"),
        ("Z{ m , p+1 }[i]=1[ i ]for m in 1 .. n-1,p in 0..m", "Z{m,p+1}[i] = 1[i] for m in 1..n-1, p in 0..m"),
        ("solve s[j]:H[i,J]s[J]=g[i]", "solve s[j]: H[i,J] s[J] = g[i]"),
        ("w[i]<-w[i]", "w[i] <- w[i]"),
        ("fn f[j](z[j],x)=x z[j]", "fn f[j](z[j], x) = x z[j]"),
    ],
)
def test_the_canonical_text(text, formatted, read) -> None:
    file, wrong = read(text)
    assert not wrong
    assert format_file(file) == formatted + "\n"


def test_a_blank_line_between_items_stays(read) -> None:
    assert format_file(read("a = 1\n\n\n# c\n\nb = 2\n# d\nc = 3")[0]) == "a = 1\n\nb = 2\nc = 3\n"


def test_parentheses_are_added_where_a_tree_needs_them() -> None:
    x, two = n.Name(n.TensorName("x", (), NOWHERE), NOWHERE), n.Number(Fraction(2), "2", NOWHERE)
    total = n.Additive((n.Term("+", x, NOWHERE), n.Term("-", two, NOWHERE)), NOWHERE)
    index = n.IndexName("I", None, NOWHERE)
    assert format_expression(n.Power(total, n.Negative(total, NOWHERE), NOWHERE)) == "(x - 2)^-(x - 2)"
    assert format_expression(n.Power(n.Call("sum", (), (index,), (x,), NOWHERE), two, NOWHERE)) == "(sum[I](x))^2"
    assert format_expression(chain(x, [("juxtaposed", two), ("/", total)])) == "x (2) / (x - 2)"
