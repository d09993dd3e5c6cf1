"""Deep networks written out flat: the derived program and the C text grow linearly with the layers."""

import pytest

import einlang


def network(layers: int) -> str:
    """A network of equal layers, one definition a line, without any repetition construct."""
    lines = ["input X[b, k], Y[b, k]", *(f"param W{m}[k, k], c{m}[k]" for m in range(1, layers + 1)), "X0[i,j] = X[i,j]"]
    for m in range(1, layers + 1):
        lines.append(f"Z{m}[i,j] = X{m - 1}[i,K] W{m}[K,j] + c{m}[j]")
        lines.append(f"X{m}[i,j] = tanh(Z{m}[i,j])")
    return "\n".join([*lines, f"L = (X{layers}[I,J] - Y[I,J])^2 / b"])


def polynomial(degree: int) -> str:
    """A polynomial by Horner's rule in one expression."""
    text = "1"
    for power in range(degree):
        text = f"({text}) x + {power}" if power else "x + 2"
    return f"p = {text}"


@pytest.mark.parametrize("stage", ["source", "numpy_source", "c_source"])
def test_text_of_a_network_with_all_gradients_grows_linearly(stage: str) -> None:
    sizes = {n: len(getattr(einlang.compile(network(n), backend="numpy").value_and_grad("L"), stage)) for n in (5, 10, 20)}
    first, second = sizes[10] - sizes[5], sizes[20] - sizes[10]
    assert second < 2.2 * first


@pytest.mark.parametrize("degree", [40])
def test_text_of_a_polynomial_and_its_derivative_grows_linearly(degree: int) -> None:
    sizes = [len(einlang.compile(polynomial(n), backend="numpy").grad("p", wrt="x").source) for n in (degree // 2, degree)]
    assert sizes[1] < 2.4 * sizes[0]


def test_repeated_squares_do_not_double() -> None:
    lines = ["x1 = x * x", *(f"x{n} = x{n - 1} * x{n - 1}" for n in range(2, 41)), "L = x40"]
    assert len(einlang.compile("\n".join(lines), backend="numpy").grad("L", wrt="x").source) < 10_000
