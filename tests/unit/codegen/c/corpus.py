"""Programs that C is made of and compared with the oracle: in the language where it has words for them, else by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from einlang.calculus import differentiate
from einlang.diagnostics import Report
from einlang.ir.build import access, add, delta, div, mul, neg, number, power, select, total
from einlang.ir.extent import sized
from einlang.ir.nodes import Definition, Expr, Index, Infinity, Mul, Number, Pi, Reduce, Size, Stack, Stop, Tensor, Zero
from einlang.ir.operators import OPERATORS, apply
from einlang.ir.program import Program
from einlang.sema import analyse
from einlang.source import Source
from einlang.syntax.parser import parse

PRODUCTS = {
    "product": "input A[m,k], B[k,n]\nC[i,j] = A[i,K] B[K,j]",
    "product of a transpose": "input A[k,m], B[k,n]\nC[i,j] = A[K,i] B[K,j]",
    "product with a transpose": "input A[m,k], B[n,k]\nC[i,j] = A[i,K] B[j,K]",
    "product of transposes": "input A[k,m], B[n,k]\nC[i,j] = A[K,i] B[j,K]",
    "transposed result": "input A[m,k], B[k,n]\nC[j,i] = A[i,K] B[K,j]",
    "batch": "input A[b,m,k], B[b,k,n]\nC[e,i,j] = A[e,i,K] B[e,K,j]",
    "batch last": "input A[m,k,b], B[k,n,b]\nC[i,j,e] = A[i,K,e] B[K,j,e]",
    "batch inside": "input A[m,b,k], B[k,b,n]\nC[i,e,j] = A[i,e,K] B[K,e,j]",
    "several summed": "input A[m,k,b], B[k,b,n]\nC[i,j] = A[i,K,E] B[K,E,j]",
    "several summed, permuted": "input A[m,k,b], B[b,k,n]\nC[i,j] = A[i,K,E] B[E,K,j]",
    "rows of two axes": "input A[m,b,k], B[k,n]\nC[i,e,j] = A[i,e,K] B[K,j]",
    "columns of two axes": "input A[m,k], B[k,n,b]\nC[i,j,e] = A[i,K] B[K,j,e]",
    "columns torn apart": "input A[m,k], B[n,k,b]\nC[i,j,e] = A[i,K] B[j,K,e]",
    "four axes": "input A[k,b,m,n], B[c,k]\nC[i,e,p,j] = A[K,e,i,j] B[p,K]",
    "diagonal": "input A[k,k], B[k,n]\nC[i,j] = A[i,i] B[i,j] + A[i,K] B[K,j]",
    "prologue": "input A[m,k], B[k,n]\nC[i,j] = exp(A[i,K]) (2 - B[K,j])",
    "three factors": "input A[m,k], s[k], B[k,n]\nC[i,j] = A[i,K] s[K] B[K,j]",
    "quotient": "input A[m,k], s[k], B[k,n]\nC[i,j] = sum[K](-2 A[i,K] B[K,j] / (3 + s[K] s[K]))",
    "sum within an operand": "input A[m,k,b], B[k,n]\nC[i,j] = A[i,K,E] B[K,j]",
    "bias and activation": "input A[m,k], B[k,n], c[n]\nC[i,j] = tanh(A[i,K] B[K,j] + c[j])",
    "epilogue of one axis": "input A[m,k], B[k,n,b], c[b]\nC[i,j,e] = relu(A[i,K] B[K,j,e] + c[e])",
    "epilogue of both axes": "input A[m,k], B[k,n], D[m,n], s\nC[i,j] = s (A[i,K] B[K,j]) D[i,j] / (1 + exp(D[i,j]))",
    "whole numbers": "input t[m] : int, B[m,n], A[k,m]\nC[i,j] = A[i,K] t[K] B[K,j]",
    "outer product": "input u[m], v[n]\nC[i,j] = u[i] v[j]",
    "matrix and vector": "input A[m,k], x[k], y[m]\nu[i] = A[i,K] x[K]\nv[j] = A[I,j] y[I]",
}
MAPS = {
    "nothing but a number": "input a\nb = 2 a + pi",
    "broadcast": "input u[m], v[n]\nC[i,j] = exp(u[i]) + v[j] exp(u[i])",
    "transpose": "input A[m,n]\nB[j,i] = 2 A[i,j] + 1",
    "merged": "input A[m,n,k]\nB[i,j,l] = tanh(A[i,j,l]) A[i,j,l]",
    "positions": "input A[m,n]\nB[i,j] = A[i,j] (i - j) + size(A, 0) j / 3",
    "delta": "input A[m,m]\nB[i,j] = δ[i,j] A[i,j] + δ[i,j]",
    "mask": "input A[m,m]\nB[i,j] = A[i,j] if j <= i else -inf",
    "logic": "input A[m,n]\nB[i,j] = 1 if A[i,j] > 0 and not (i == j) or A[i,j] < -1 else A[i,j]",
    "largest and smallest": "input u[m], v[m]\nw[i] = max(u[i], v[i]) - min(u[i], 0.5) + abs(v[i]) + sign(u[i])",
    "powers": "input u[m]\nw[i] = u[i]^2 + u[i]^3 - 1 / (2 + u[i]^-2) + abs(u[i])^0.5 + (1 + u[i]^2)^-0.5 + 2^u[i] + u[i]^7",
    "shared": "input u[m]\nw[i] = (u[i] + 1) (u[i] + 1) + exp((u[i] + 1) (u[i] + 1))",
    "unused": "input u[m], v[n], s\nw[i] = 2 u[i]",
    "numbers": "input u[m]\nw[i] = 1e300 u[i] + 1e-300 + 0.1 u[i] - 123456789012345 u[i] + 1e40 / (1 + u[i]^2)",
}
REDUCTIONS = {
    "rows": "input A[m,n]\ns[i] = sum[J](A[i,J])\nM[i] = max[J](A[i,J])\nN[i] = min[J](A[i,J])\np[i] = prod[J](A[i,J])",
    "columns": "input A[m,n]\ns[j] = sum[I](A[I,j])\nM[j] = max[I](A[I,j])\nN[j] = min[I](A[I,j])\np[j] = prod[I](A[I,j])",
    "everything": "input A[m,n]\ns = sum[I,J](A[I,J])\nM = max[I,J](A[I,J])\nN = min[J,I](A[I,J]) + 1",
    "middle": "input A[m,k,n]\ns[i,j] = sum[K](A[i,K,j]^2)\nt[i] = sum[K,J](A[i,K,J])\nu[k] = sum[I,J](A[I,k,J])",
    "mean and variance": "input A[m,n]\nu[i] = mean[J](A[i,J])\nv[i,j] = (A[i,j] - u[i]) / sqrt(mean[J]((A[i,J] - u[i])^2) + 1)",
    "distances": "input X[m,k], Y[n,k]\nD[i,j] = sum[K]((X[i,K] - Y[j,K])^2)\nE[i,j] = exp(-D[i,j] / 2)\ns[i] = sum[J](E[i,J])",
    "searches": "input A[m,n]\na[i] = argmax[J](A[i,J])\nb[j] = argmin[I](A[I,j])",
    "search, used": "input A[m,n]\na[i] = 2 * argmax[J](A[i,J]) + 0.5",
    "search, whole": "input t[m] : int\na = argmax[I](t[I]) + argmin[I](t[I])",
    "nested": "input A[m,n], v[n]\nw[i] = sum[J](A[i,J] exp(sum[K](v[K] A[i,K])))",
    "two in one": "input A[m,n]\nw[i] = sum[J](A[i,J]) / (2 + max[J](A[i,J]))",
    "softmax": "input A[m,n]\nw[i,j] = exp(A[i,j] - max[J](A[i,J])) / sum[J](exp(A[i,J] - max[K](A[i,K])))",
    "whole numbers": "input t[m] : int, A[m,n]\nw = sum[I](t[I]^2) + sum[I](t[I])\nv[j] = t[I] A[I,j]",
    "largest whole number": "input t[m] : int, A[n,m]\nw = max[I](t[I])\nv = min[I](2 * t[I] + I)\nu[j] = max[I](A[j,I] * t[I])",
    "positions": "input A[m,n]\nw[j] = sum[I](I A[I,j])\nv = sum[I : m, J : n](I + J)",
    "masked": "input A[m,m]\nw[i] = sum[J](A[i,J] if J <= i else 0)\nv[i] = sum[J](δ[i,J] A[i,J])",
    "only readers": "input A[m,n]\nB[i,j] = exp(A[i,j])\nc[i] = sum[J](B[i,J])\nd[i] = log(1 + c[i])\nL = sum[I](d[I])\noutput L",
}
TEXTS = {
    f"{group}: {name}": text
    for group, cases in (("products", PRODUCTS), ("maps", MAPS), ("reductions", REDUCTIONS))
    for name, text in cases.items()
}


@dataclass(frozen=True)
class Case:
    """A program under a name."""

    name: str
    make: Callable[[], Program]


def read(text: str) -> Program:
    """The tensor IR of a program's text."""
    report = Report()
    program = analyse(parse(Source("case.ein", text), report, lambda path, span: None), report, name="case")
    assert program is not None, report.diagnostics
    return differentiate(program)


# --- what the language has no words for yet -----------------------------------------------------------------------------

M, N = sized("m"), sized("n")
U = Tensor("u", (M,), "float", "input", None)
T = Tensor("t", (N,), "int", "input", None)
A = Tensor("A", (M, N), "float", "input", None)


def defined(name: str, indices: tuple[Index, ...], body: Expr, kind: str = "float") -> Definition:
    """A definition of a tensor over indices."""
    return Definition(Tensor(name, tuple(index.extent for index in indices), kind, "definition", None), indices, body)


def program(inputs: tuple[Tensor, ...], *definitions: Definition, sizes: tuple[tuple[str, int], ...] = ()) -> Program:
    """A program whose outputs are all its definitions."""
    return Program("case", inputs, definitions, tuple(d.tensor for d in definitions), sizes)


def shifted() -> Program:
    """x[i-1] if i > 0, in a map and in a sum; the neighbour must not be read where there is none."""
    i, k = Index("i", M), Index("k", M)
    before = select(apply(">", i, number(0)), access(U, [add(i, number(-1))]), number(7))
    shared = select(apply(">", k, number(0)), mul(access(U, [add(k, number(-1))]), access(U, [add(k, number(-1))])), number(0))
    return program((U,), defined("v", (i,), before), defined("s", (), total([k], shared)))


def convolved() -> Program:
    """A valid convolution: extents m - 2, never negative."""
    valid = M - 2
    i, j, k, e = Index("i", valid), Index("j", valid), Index("k", sized("three")), Index("e", valid)
    window = Tensor("w", (sized("three"),), "float", "input", None)
    body = total([k], mul(access(U, [add(i, k)]), access(window, [k])))
    both = Tensor("P", (valid, valid), "float", "definition", None)
    pairs = Definition(both, (j, e), mul(access(U, [j]), access(U, [add(e, number(2))])))
    p, q = Index("p", valid), Index("q", valid)
    count = defined("c", (), add(total([p, q], access(both, [p, q])), Size(valid)))
    return program((U, window), defined("v", (i,), body), pairs, count, sizes=(("three", 3),))


def gathered() -> Program:
    """Whole-number tensors as subscripts, and a scatter by δ."""
    i, j, v, e = Index("i", N), Index("j", N), Index("v", M), Index("e", N)
    rows = defined("G", (i, j), access(A, [access(T, [i]), j]))
    scattered = defined("S", (v,), total([e], mul(delta(v, access(T, [e])), access(A, [v, e]))))
    copied = defined("tt", (Index("k", N),), number(0), "int")
    k = Index("k", N)
    copied = Definition(copied.tensor, (k,), add(mul(number(-3), access(T, [k])), k, number(2)))
    return program((A, T), rows, scattered, copied)


def written() -> Program:
    """Tensors written out: literals, and expressions, read inside their length."""
    i, j = Index("i", sized("five")), Index("j", sized("five"))
    literals = Stack(tuple(Number(Fraction(n, 6)) for n in (1, -2, 3, 5, 7)), i)
    entries = Stack(tuple(mul(number(n), access(U, [j])) for n in range(5)), j)
    u = Tensor("u", (sized("five"),), "float", "input", None)
    entries = Stack(tuple(mul(number(n), access(u, [j])) for n in range(5)), j)
    return program((u,), defined("a", (i,), literals), defined("b", (j,), entries), sizes=(("five", 5),))


def guarded_reduction() -> Program:
    """A sum that only a branch keeps in bounds, and a stop."""
    i, k = Index("i", M), Index("k", M)
    inner = total([k], mul(access(U, [add(i, neg(number(1)))]), access(U, [k])))
    return program((U,), defined("v", (i,), select(apply(">", i, number(0)), Stop(inner), div(number(1), number(3)))))


def constants() -> Program:
    """What is zero by structure hides NaN; infinity and π are themselves."""
    i = Index("i", M)
    shared = apply("log", access(U, [i]))
    hidden = Mul((Zero(), add(shared, mul(shared, shared))))
    return program((U,), defined("z", (i,), add(Number(Fraction(0)), hidden)), defined("c", (), div(Pi(), neg(Infinity()))))


def operators() -> Program:
    """Every operator of the table that gives a number, on arguments where it is defined."""
    made = []
    for number_, row in enumerate(row for row in OPERATORS.values() if row.result != "bool"):
        i = Index("i", M)
        argument = mul(Number(Fraction(9, 10)), apply("tanh", access(U, [i])))
        if row.name in ("log", "sqrt"):
            argument = apply("exp", argument)
        if row.takes == "int":
            argument = add(mul(number(3), i), number(-5))
        second = [number(3 if row.takes == "int" else 1), power(access(U, [i]), number(2))][: row.arity - 1]
        made.append(defined(f"f{number_}", (i,), apply(row.name, argument, *second)))
    return program((U,), *made)


def deep() -> Program:
    """A body nested a thousand deep, and one whose shared parts make a text of 2^60 nodes when written out."""
    i, j = Index("i", M), Index("j", M)
    nested = access(U, [i])
    for _ in range(1000):
        nested = apply("sin", add(nested, Number(Fraction(1, 7))))
    doubled = access(U, [j])
    for _ in range(60):
        doubled = apply("sin", add(doubled, mul(Number(Fraction(1, 3)), doubled)))
    return program((U,), defined("a", (i,), nested), defined("b", (j,), doubled))


def copies() -> Program:
    """Outputs that are inputs, or outputs already."""
    i = Index("i", M)
    twice = defined("v", (i,), add(access(U, [i]), access(U, [i])))
    return Program("case", (U, T), (twice,), (U, twice.tensor, twice.tensor, T, U))


def strange_names() -> Program:
    """Names that mean something in C, clash when spelled, or are no ASCII."""
    names = ("int", "exp", "W{1}", "W_1", "σ", "x'", "M_PI", "ein_exp_f32", "y_1", "case_f32", "workspace", "INT64_C", "values")
    sizes = tuple(sized(name) for name in ("n", "restrict", "values", "room", "bytes"))
    tensors = tuple(Tensor(name, (sizes[k % 5],), "float", "input", None) for k, name in enumerate(names))
    made = []
    for k, tensor in enumerate(tensors):
        i, j = Index("int" if k % 2 else "values", tensor.shape[0]), Index("i", tensor.shape[0])
        made.append(defined(f"{tensor.name}'", (i,), apply("exp", access(tensor, [i]))))
        made.append(defined(f"{tensor.name}''", (), Reduce("sum", (j,), access(tensor, [j]))))
    return program(tensors, *made)


LENGTHS = (
    {"m": 5, "n": 7, "k": 3, "b": 2},
    {"m": 1, "n": 1, "k": 1, "b": 1},
    {"m": 0, "n": 3, "k": 2, "b": 1},
    {"m": 3, "n": 0, "k": 2, "b": 2},
    {"m": 2, "n": 3, "k": 0, "b": 2},
    {"m": 67, "n": 131, "k": 19, "b": 3},
    {"m": 13, "n": 45, "k": 701, "b": 2},
)


def arrays(program: Program, lengths: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Inputs for lengths of the sizes; whole numbers are below the length m."""
    random = np.random.default_rng(5)
    sizes = {**dict(program.sizes), **{size: lengths.get(size, 4) for size in program.given_sizes}}
    if sizes.get("m") == 0 and any(tensor.kind == "int" for tensor in program.inputs):
        sizes["m"] = 2
    made = {}
    for tensor in program.inputs:
        shape = [extent.evaluate(sizes) for extent in tensor.shape]
        whole = random.integers(0, max(1, sizes.get("m", 1)), shape)
        made[tensor.name] = whole if tensor.kind == "int" else random.uniform(-1, 1, shape)
    return made


BY_HAND = (shifted, convolved, gathered, written, guarded_reduction, constants, operators, deep, copies, strange_names)
CASES = (
    *(Case(name, lambda text=text: read(text)) for name, text in TEXTS.items()),
    *(Case(make.__name__.replace("_", " "), make) for make in BY_HAND),
)
