"""Expressions moved out of branches: every position at which they are read is one that they have."""

from einlang.ir.build import access, add, number, select
from einlang.ir.elsewhere import moved
from einlang.ir.extent import sized
from einlang.ir.indices import free_indices
from einlang.ir.nodes import Index, Size, Tensor, Zero
from einlang.ir.operators import apply

n = sized("n")
x, y = (Tensor(name, (extent,), "float", "input", None) for name, extent in (("x", n), ("y", n + 1)))
t = Index("t", n + 1)


def test_what_a_branch_keeps_in_bounds_is_read_at_another_position() -> None:
    found = moved(access(x, [add(t, number(-1))]), [apply(">=", t, number(1))])
    assert [index.extent for index in free_indices(found.expr)] == [n] and len(found.at) == 1


def test_what_has_a_condition_of_its_own_takes_no_positions_from_what_stands_beside_it() -> None:
    """Where t is n, `y[t]` has a value, and `x[t]` is not read."""
    inner = select(apply("<", t, Size(n)), access(x, [t]), Zero())
    found = moved(add(access(y, [t]), inner), [apply(">=", t, number(1))])
    assert [index.extent for index in free_indices(found.expr)] == [n + 1] and not found.at
