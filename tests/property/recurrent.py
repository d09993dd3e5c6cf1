"""Recurrences built by hand: programs of the tensor IR, each with inputs at some sizes and the same thing as loops of NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from einlang.ir.build import access, add, div, mul, number, select, sub, total
from einlang.ir.extent import Extent, sized
from einlang.ir.indices import fresh
from einlang.ir.nodes import Definition, Expr, Index, Kind, Role, Size, Solve, Tensor
from einlang.ir.operators import apply
from einlang.ir.program import Program

Floats = NDArray[np.float64]
N, B, K, M, S = (sized(name) for name in "nbkms")
L = N + 1
SIZES = {"n": 5, "b": 3, "k": 4, "m": 2}


def tensor(name: str, *shape: Extent, role: Role = "input", kind: Kind = "float") -> Tensor:
    """A tensor, an input unless said otherwise."""
    return Tensor(name, shape, kind, role, None)


def defined(name: str, *shape: Extent, kind: Kind = "float") -> Tensor:
    """A tensor that the program defines."""
    return tensor(name, *shape, role="definition", kind=kind)


def before(index: Index, steps: int = 1) -> Expr:
    """The position some steps before."""
    return add(index, number(-steps))


def start(index: Index, first: Expr, step: Expr, at: int = 0) -> Expr:
    """`first` at a position, else `step`."""
    return select(apply("==", index, number(at)), first, step)


def program(inputs: tuple[Tensor, ...], *definitions: Definition, outputs: tuple[Tensor, ...] = ()) -> Program:
    """A program of some definitions, whose outputs are all of them unless said otherwise."""
    return Program("p", inputs, definitions, outputs or tuple(d.tensor for d in definitions))


@dataclass(frozen=True)
class Case:
    """A program, and its outputs computed otherwise, from inputs by name."""

    program: Program
    expected: Callable[..., dict[str, Floats]]


def rnn() -> Case:
    """`h[0,i] = h0[i]`, `h[t+1,i] = tanh(h[t,K] U[K,i] + x[t,K] V[K,i])` for a batch."""
    h0, x = tensor("h0", B, K), tensor("x", N, B, M)
    u, v = tensor("U", K, K), tensor("V", M, K)
    h = defined("h", L, B, K)
    t, b, i, j, m = Index("t", L), Index("b", B), Index("i", K), Index("j", K), Index("m", M)
    carried = total((j,), mul(access(h, (before(t), b, j)), access(u, (j, i))))
    given = total((m,), mul(access(x, (before(t), b, m)), access(v, (m, i))))
    step = apply("tanh", add(carried, given))
    made = program((h0, x, u, v), Definition(h, (t, b, i), start(t, access(h0, (b, i)), step)))

    def expected(h0: Floats, x: Floats, U: Floats, V: Floats) -> dict[str, Floats]:
        rows = [h0]
        for row in x:
            rows.append(np.tanh(rows[-1] @ U + row @ V))
        return {"h": np.array(rows)}

    return Case(made, expected)


def rnn_adjoint() -> Case:
    """What the derivative of Σ w h is made of: a recurrence that runs backwards, and a sum over time."""
    h, u, w = tensor("h", N, K), tensor("U", K, K), tensor("w", N, K)
    a, g = defined("a", N, K), defined("g", K, K)
    t, i, j = Index("t", N), Index("i", K), Index("j", K)
    after = add(t, number(1))
    slope = sub(number(1), mul(access(h, (after, j)), access(h, (after, j))))
    carried = total((j,), mul(access(a, (after, j)), slope, access(u, (i, j))))
    body = add(access(w, (t, i)), select(apply("<", t, sub(Size(N), number(1))), carried, number(0)))
    s, p, q = Index("t", N), Index("p", K), Index("q", K)
    held = mul(access(h, (before(s), p)), access(a, (s, q)))
    weights = total((s,), select(apply(">=", s, number(1)), held, number(0)))
    made = program((h, u, w), Definition(a, (t, i), body), Definition(g, (p, q), weights))

    def expected(h: Floats, U: Floats, w: Floats) -> dict[str, Floats]:
        found = np.zeros_like(w)
        for t in reversed(range(len(w))):
            found[t] = w[t]
            if t + 1 < len(w):
                found[t] += (found[t + 1] * (1 - h[t + 1] ** 2)) @ U.T
        return {"a": found, "g": h[:-1].T @ found[1:] if len(w) else np.zeros_like(U)}

    return Case(made, expected)


def lstm() -> Case:
    """Two gates, a cell and an output that use one another; the gates have a row less."""
    x, u, v = tensor("x", N, K), tensor("U", K, K), tensor("V", K, K)
    f, g = defined("f", N, K), defined("g", N, K)
    c, h = defined("c", L, K), defined("h", L, K)
    t, s, i, j = Index("t", N), Index("t", L), Index("i", K), Index("j", K)

    def gate(function: str, weights: Tensor) -> Expr:
        return apply(function, add(total((j,), mul(access(h, (t, j)), access(weights, (j, i)))), access(x, (t, i))))

    r, q, o = Index("t", L), Index("i", K), Index("i", K)
    kept = mul(access(f, (before(s), q)), access(c, (before(s), q)))
    new = mul(sub(number(1), access(f, (before(s), q))), access(g, (before(s), q)))
    made = program(
        (x, u, v),
        Definition(h, (r, o), apply("tanh", access(c, (r, o)))),
        Definition(f, (t, i), gate("sigmoid", u)),
        Definition(g, (t, i), gate("tanh", v)),
        Definition(c, (s, q), start(s, number(1), add(kept, new))),
    )

    def expected(x: Floats, U: Floats, V: Floats) -> dict[str, Floats]:
        c, f, g = [np.ones(len(U))], [], []
        for row in x:
            f.append(1 / (1 + np.exp(-(np.tanh(c[-1]) @ U + row))))
            g.append(np.tanh(np.tanh(c[-1]) @ V + row))
            c.append(f[-1] * c[-1] + (1 - f[-1]) * g[-1])
        gates = {"f": np.array(f).reshape(len(x), len(U)), "g": np.array(g).reshape(len(x), len(U))}
        return {**gates, "c": np.array(c), "h": np.tanh(np.array(c))}

    return Case(made, expected)


def fibonacci() -> Case:
    """Whole numbers with two starts."""
    a = tensor("a", N, kind="int")
    f = defined("f", N, kind="int")
    t = Index("t", N)
    step = add(access(f, (before(t),)), access(f, (before(t, 2),)), access(a, (t,)))
    made = program((a,), Definition(f, (t,), start(t, number(1), start(t, number(2), step, at=1))))

    def expected(a: NDArray[np.int64]) -> dict[str, Floats]:
        found = [1, 2]
        for t in range(2, len(a)):
            found.append(found[-1] + found[-2] + int(a[t]))
        return {"f": np.array(found[: len(a)], np.int64)}

    return Case(made, expected)


def kalman() -> Case:
    """A system of equations at each position: `(A + p[t-1]) p[t] = x[t]`, for a batch, the step axis last."""
    a, x = tensor("A", K, K), tensor("x", B, K, N)
    q, p = defined("q", B, K, N), defined("p", B, K, N)
    b, i, t = Index("b", B), Index("i", K), Index("t", N)
    row, column = Index("r", K), Index("c", K)
    scale = add(number(20), access(p, (b, row, before(t))))
    first = select(apply("==", t, number(0)), number(20), scale)
    matrix = add(access(a, (row, column)), select(apply("==", row, column), first, number(0)))
    solved = Definition(q, (b, i, t), Solve((row,), (column,), matrix, access(x, (b, row, t)), (i,)))
    c, j, s = fresh(b), fresh(i), fresh(t)
    found = Definition(p, (c, j, s), div(access(q, (c, j, s)), number(2)))
    made = program((a, x), solved, found)

    def expected(A: Floats, x: Floats) -> dict[str, Floats]:
        q = np.zeros_like(x)
        for b, t in np.ndindex(x.shape[0], x.shape[2]):
            diagonal = np.full(len(A), 20.0) + (q[b, :, t - 1] / 2 if t else 0)
            q[b, :, t] = np.linalg.solve(A + np.diag(diagonal), x[b, :, t])
        return {"q": q, "p": q / 2}

    return Case(made, expected)


def averaged() -> Case:
    """The step axis in the middle, two batch axes, a maximum over one of them in the step."""
    x = tensor("x", B, N, K)
    s = defined("s", B, N, K)
    b, t, i, j = Index("b", B), Index("t", N), Index("i", K), Index("j", K)
    half = mul(number(Fraction(1, 2)), access(s, (b, before(t), i)))
    most = total((j,), mul(access(s, (b, before(t), j)), access(s, (b, before(t), j))))
    step = add(half, div(access(x, (b, t, i)), add(number(1), most)))
    made = program((x,), Definition(s, (b, t, i), start(t, access(x, (b, t, i)), step)))

    def expected(x: Floats) -> dict[str, Floats]:
        s = x.copy()
        for t in range(1, x.shape[1]):
            s[:, t] = s[:, t - 1] / 2 + x[:, t] / (1 + (s[:, t - 1] ** 2).sum(axis=-1, keepdims=True))
        return {"s": s}

    return Case(made, expected)


def ahead() -> Case:
    """A member that another reads further on: `y` at t + 1, which itself reads three back."""
    x = tensor("x", N)
    y, z = defined("y", L), defined("z", N)
    t, s = Index("t", N), Index("t", L)
    first = Definition(z, (t,), mul(number(2), access(y, (add(t, number(1)),))))
    step = add(access(z, (before(s, 3),)), access(x, (before(s),)))
    second = Definition(y, (s,), select(apply("<", s, number(3)), number(1), step))
    made = program((x,), first, second)

    def expected(x: Floats) -> dict[str, Floats]:
        y = np.ones(len(x) + 1)
        for t in range(3, len(x) + 1):
            y[t] = 2 * y[t - 2] + x[t - 1]
        return {"y": y, "z": 2 * y[1:]}

    return Case(made, expected)


CASES: dict[str, Callable[[], Case]] = {
    made.__name__: made for made in (rnn, rnn_adjoint, lstm, fibonacci, kalman, averaged, ahead)
}


def inputs(program: Program, seed: int = 0, **sizes: int) -> dict[str, NDArray[np.generic]]:
    """Random arrays for a program; whole numbers are small."""
    random = np.random.default_rng(seed)
    known = {**SIZES, **sizes}
    shapes = {t: [extent.evaluate(known) for extent in t.shape] for t in program.inputs}
    return {
        t.name: random.integers(0, 9, shape) if t.kind == "int" else random.normal(size=shape) * 0.7
        for t, shape in shapes.items()
    }
