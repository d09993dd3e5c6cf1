"""Random recurrences of two tensors that use one another, up or down: both backends against the oracle."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from property.recurrent import B, K, N, defined, inputs, tensor
from unit.codegen.c.building import build_all
from unit.codegen.c.test_programs import same
from unit.codegen.numpy.running import check

from einlang.ir.build import access, add, mul, number, select, sub, total
from einlang.ir.interpret import interpret
from einlang.ir.nodes import Definition, Expr, Index, Size, Tensor
from einlang.ir.operators import apply
from einlang.ir.program import Program
from einlang.ir.recurrences import grouped
from einlang.ir.verify import verify

X, Y, U = tensor("x", N, B, K), tensor("y", B, K), tensor("U", K, K)
H, G = defined("h", N, B, K), defined("g", N, B, K)


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Two definitions whose steps are products, sums and functions of each other at one to two positions before, or after."""
    way = draw(st.sampled_from([-1, 1]))

    def read(t: Index, own: bool, other: Tensor, b: Index, i: Index) -> Expr:
        """An element one or two positions away; what is `h` may be read by `g` at the same position."""
        least = 0 if not own and other is H else 1
        offset = way * draw(st.integers(least, 2))
        return access(other, (add(t, number(offset)) if offset else t, b, i))

    def term(tensor: Tensor, t: Index, b: Index, i: Index) -> Expr:
        """What one term of a step is."""
        other = draw(st.sampled_from([H, G]))
        here = read(t, other is tensor, other, b, i)
        j = Index("j", K)
        match draw(st.integers(0, 5)):
            case 0:
                return total((j,), mul(read(t, other is tensor, other, b, j), access(U, (j, i))))
            case 1:
                return mul(number(-1), apply("tanh", here))
            case 2:
                return total((j,), mul(access(X, (t, b, j)), access(U, (i, j))))
            case 3:
                return mul(here, access(X, (t, b, i)))
            case 4:
                return select(apply("<", t, number(3)), access(Y, (b, i)), apply("sin", here))
            case _:
                return total((j,), mul(here, access(U, (i, j)), access(U, (j, i))))

    def definition(tensor: Tensor) -> Definition:
        t, b, i = Index("t", N), Index("b", B), Index("i", K)
        step = apply("tanh", add(*(term(tensor, t, b, i) for _ in range(draw(st.integers(1, 3))))))
        position = t if way == -1 else sub(sub(Size(N), number(1)), t)
        first = select(apply("==", position, number(0)), access(Y, (b, i)), number(draw(st.integers(-1, 1))))
        return Definition(tensor, (t, b, i), select(apply("<", position, number(2)), first, step))

    made = grouped([definition(H), definition(G)])
    outputs = draw(st.sampled_from([(H, G), (H,), (G,)]))
    return Program("p", (X, Y, U), made, outputs)


@settings(max_examples=25, deadline=None)
@given(programs(), st.integers(0, 6))
def test_backends_agree_with_the_oracle(program: Program, length: int) -> None:
    verify(program, "test")
    lengths = ({"n": length, "b": 2, "k": 3}, {"n": length + 2, "b": 5, "k": 9})
    with TemporaryDirectory() as folder:
        built = build_all(program, Path(folder), ["-O1"])
        for sizes in lengths:
            data = inputs(program, **sizes)
            check(program, data)
            for dtype, function in built.items():
                outputs = function(data)
                assert function.status == 0
                same(program, outputs, interpret(program, data, dtype), dtype, sizes)
                assert all(np.isfinite(array).all() for array in outputs)
