"""Sums of products: which call of NumPy they become, and that it gives what the oracle gives, with NaN and empty ranges too."""

import random
from fractions import Fraction

import numpy as np
import pytest
from property.stages import analysed
from unit.codegen.numpy.running import check

from einlang.codegen.numpy import emit
from einlang.ir.build import access, add, div, mul, neg, number, power, reduce
from einlang.ir.extent import sized
from einlang.ir.indices import free_indices
from einlang.ir.nodes import Definition, Expr, Index, Pi, Size, Tensor
from einlang.ir.operators import apply
from einlang.ir.program import Program

FORMS = {
    "C[i,j] = A[i,K] B[K,j]": "C = A @ B",
    "C[i,j] = A[K,i] B[K,j]": "C = A.T @ B",
    "C[j,i] = A[i,K] B[K,j]": "C = B.T @ A.T",
    "y[i] = A[i,K] x[K]": "y = A @ x",
    "y[j] = x[K] A[K,j]": "y = x @ A",
    "y[j] = A[K,j] x[K]": "y = x @ A",
    "s = x[K] y[K]": "s = x @ y",
    "s = A[I,J] B[I,J]": "s = np.vdot(A, B)",
    "s = A[I,J] B[J,I]": "s = np.vdot(A, B.T)",
    "s = x[I]^2": "s = x @ x",
    "s = A[I,J]": "s = A.sum()",
    "y[i] = 1[J] A[i,J]": "y = A.sum(axis=1)",
    "y[i] = A[i,J] B[i,J]": 'y = np.einsum("ij,ij->i", A, B)',
    "S[b,h,q,k] = Q[b,h,q,D] K[b,h,k,D]": "S = Q @ K.swapaxes(-1, -2)",
    "S[b,h,q,k] = Q[b,q,h,D] K[b,k,h,D]": "S = Q.transpose(0, 2, 1, 3) @ K.transpose(0, 2, 3, 1)",
    "Z[b,t,j] = X[b,t,K] W[K,j]": "Z = X @ W",
    "Z[a,d] = X[a,B,C] Y[B,C,d]": 'Z = np.einsum("abc,bcd->ad", X, Y, optimize=True)',
    "y[i,j] = 2 A[i,K] B[K,j]": "y = 2 * (A @ B)",
    "s = -A[I,J] B[I,J]": "s = -np.vdot(A, B)",
    "C[i,j] = A[i,K] B[K,j] / size(A, 0)": "C = (A / A_0) @ B",
    "s = x[I] y[I] / size(x, 0)": "s = x @ y / max(x_0, 1)",
    "c[j] = X[I,j] / 2 + b[j]": "c = X.sum(axis=0) / 2 + b",
    "C[i,j] = A[i,K] s[K] B[K,j]": "C = A @ (s[:, None] * B)",
    "M[i,d] = E[i,J] V[J,d] / sum[J](E[i,J])": "M = (E / E.sum(axis=1)[:, None]) @ V",
}


@pytest.mark.parametrize("formula", FORMS)
def test_a_formula_becomes_the_call_that_a_person_would_write(formula: str) -> None:
    assert FORMS[formula] in emit(analysed(formula)).replace("        ", "").splitlines()


NAMES = "ijklm"


class _Draw:
    """A random definition whose body is a sum of a product, and its inputs."""

    def __init__(self, seed: int) -> None:
        self.random, self.numbers = random.Random(seed), np.random.default_rng(seed)
        self.lengths = {n: self.random.choice([0, 1, 2, 3, 4]) if self.random.random() < 0.5 else 2 for n in NAMES}
        self.indices = {name: Index(name, sized(f"s{name}")) for name in NAMES}
        self.inputs = [Tensor(f"{name}s", (index.extent,), "float", "input", None) for name, index in self.indices.items()]
        self.arrays: dict[str, np.ndarray] = {f"{name}s": np.ones(self.lengths[name]) for name in NAMES}

    def tensor(self) -> Expr:
        axes = self.random.sample(NAMES, self.random.choice([0, 1, 1, 2, 2, 3]))
        whole = self.random.random() < 0.1
        tensor = Tensor(f"t{len(self.inputs)}", tuple(sized(f"s{a}") for a in axes), "int" if whole else "float", "input", None)
        shape = [self.lengths[axis] for axis in axes]
        values = np.asarray(self.numbers.integers(1, 4, shape) if whole else self.numbers.random(shape) + 0.5)
        if not whole and values.size and self.random.random() < 0.1:
            values.flat[0] = np.nan
        self.inputs.append(tensor)
        self.arrays[tensor.name] = values
        return access(tensor, [self.indices[axis] for axis in axes])

    def factor(self) -> Expr:
        kind = self.random.random()
        if kind < 0.2:
            size = Size(sized(f"s{self.random.choice(NAMES)}"))
            return self.random.choice([size, Pi(), number(Fraction(self.random.choice([-1, 2, 3]), self.random.choice([1, 3])))])
        made = self.tensor()
        shapes = [
            made,
            made,
            apply("exp", made),
            neg(made),
            add(made, self.tensor()),
            power(made, number(self.random.choice([2, 3, -1, Fraction(1, 2)]))),
        ]
        return self.random.choice(shapes)

    def program(self) -> Program:
        body = mul(*(self.factor() for _ in range(self.random.choice([1, 2, 2, 3, 3, 4, 5]))))
        if self.random.random() < 0.3:
            body = div(body, self.factor())
        summed = self.random.sample(NAMES, self.random.choice([1, 1, 2, 3]))
        body = reduce("sum", [self.indices[name] for name in summed], body)
        body = self.random.choice([body, add(body, self.factor()), mul(self.factor(), body)])
        free = list(free_indices(body))
        self.random.shuffle(free)
        tensor = Tensor("r", tuple(index.extent for index in free), "float", "definition", None)
        return Program("f", tuple(self.inputs), (Definition(tensor, tuple(free), body),), (tensor,))


@pytest.mark.parametrize("start", range(0, 400, 50))
def test_random_sums_agree_with_the_oracle(start: int) -> None:
    for seed in range(start, start + 50):
        draw = _Draw(seed)
        check(draw.program(), draw.arrays)


MASKED = {
    "f[i,k] = sum[J](A[i,J] B[J,k] if J <= i else 0)": True,
    "f[i,k] = sum[J](0 if J <= i else A[i,J] B[J,k])": True,
    "f[k,i] = sum[J](-2 B[J,k] A[i,J] / u[i] / w[J] if A[i,J] > 0 and not J == i else 0)": True,
    "f[i,k] = sum[J](A[i,J] B[J,k] / v[k] if J <= i else 0)": True,
    "f[i] = sum[J,K](A[i,J] B[J,K] if J <= i else 0)": True,
    "f = sum[I,J,K](A[I,J] B[J,K] v[K] / size(A, 0) if J <= I else 0)": True,
    "f[k] = sum[I,J](t[J] A[I,J] B[J,k] if I != J else 0)": True,
    "f[i] = sum[J](A[i,J] w[J] if J <= i else 0)": False,
    "f[i,k] = sum[J](A[i,J] B[J,k] if J <= i else 1)": False,
    "f[i,l] = sum[J](A[i,J] B[J,l] if l <= i else 0)": False,
}


@pytest.mark.parametrize("formula", MASKED)
@pytest.mark.parametrize("special", [1.0, np.nan, np.inf])
@pytest.mark.parametrize("sizes", [(4, 3, 2), (1, 1, 1), (0, 3, 2), (3, 0, 2), (3, 2, 0)])
def test_a_sum_that_a_condition_cuts(formula: str, special: float, sizes: tuple[int, int, int]) -> None:
    program = analysed(f"input A[n, m], B[m, k], u[n], v[k], w[m], t[m] : int\n{formula}\noutput f")
    assert ("isfinite" in emit(program)) == MASKED[formula]
    random = np.random.default_rng(4)
    lengths = dict(zip("nmk", sizes, strict=True))
    for spoilt in ("A", "B", "u", "v", "w"):
        arrays = {t.name: random.uniform(0.5, 2, [lengths[e.spell()] for e in t.shape]) for t in program.inputs}
        arrays["t"] = np.arange(lengths["m"])
        arrays[spoilt][..., -1:] = special
        check(program, arrays)
