"""Derived programs are as long as the programs they come from, up to a factor: counted as texts, shared parts each time."""

import pytest

from einlang.calculus import differentiate, gradient
from einlang.ir.measure import tree_size
from einlang.optimize import optimise, simplify


def layers(n: int) -> str:
    lines = ["input X[b, k], Y[b, k]", *(f"param W{m}[k, k], c{m}[k]" for m in range(1, n + 1)), "X0[i,j] = X[i,j]"]
    for m in range(1, n + 1):
        lines += [f"Z{m}[i,j] = X{m - 1}[i,K] W{m}[K,j] + c{m}[j]", f"X{m}[i,j] = tanh(Z{m}[i,j])"]
    return "\n".join([*lines, f"L = -Y[I,J] log_softmax[J](Z{n}[I,J]) / b"])


def horner(n: int) -> str:
    text = "1"
    for power in range(n):
        text = f"({text}) x + {power}" if power else "x + 2"
    return f"param x\nL = {text}"


def horner_of_inactive(n: int) -> str:
    text = "x"
    for m in range(n):
        text = f"a{m} (x + {text})"
    return "input " + ", ".join(f"a{m}" for m in range(n)) + f"\nparam x\nL = {text}"


def polynomial(n: int) -> str:
    return "param x\nL = " + " + ".join(f"{m + 1} x^{m + 2}" for m in range(n))


def product(n: int) -> str:
    names = [f"x{m}" for m in range(n)]
    return f"param {', '.join(names)}\nL = {' '.join(names)}"


def product_of_vectors(n: int) -> str:
    return "param " + ", ".join(f"x{m}[n]" for m in range(n)) + "\nL = " + " ".join(f"x{m}[I]" for m in range(n))


def product_of_sums(n: int) -> str:
    return "param " + ", ".join(f"x{m}" for m in range(n)) + "\nL = " + " ".join(f"(x{m} + 2)" for m in range(n))


def chain(n: int) -> str:
    letters = [f"I{m}" for m in range(n + 1)]
    factors = (f"A{m}[{letters[m]},{letters[m + 1]}]" for m in range(n))
    return "param " + ", ".join(f"A{m}[n, n]" for m in range(n)) + f", v[n]\nL = v[I0] {' '.join(factors)} v[I{n}]"


def many_terms(n: int) -> str:
    return "param x[n]\nL = sum[I](exp(" + " + ".join(f"{m + 1} x[I]^{m % 3 + 1}" for m in range(n)) + "))"


def functions(n: int) -> str:
    text = "x[I]"
    for m in range(n):
        text = f"{('sin', 'exp', 'tanh', 'sigmoid')[m % 4]}({text})"
    return f"param x[n]\nL = sum[I]({text})"


def squares(n: int) -> str:
    lines = ["x1[i] = x[i] x[i]", *(f"x{m}[i] = x{m - 1}[i] x{m - 1}[i]" for m in range(2, n + 1))]
    return "\n".join(["param x[n]", *lines, f"L = x{n}[I]"])


def branching(n: int) -> str:
    """Every definition reads the one before twice."""
    lines = ["x1[i] = sin(x[i]) + x[i]", *(f"x{m}[i] = x{m - 1}[i] sin(x{m - 1}[i])" for m in range(2, n + 1))]
    return "\n".join(["param x[n]", *lines, f"L = x{n}[I]"])


def quotients(n: int) -> str:
    text = "x"
    for _ in range(n):
        text = f"(1 + x / {text})"
    return f"param x\nL = {text}"


def softmaxes(n: int) -> str:
    lines = ["P0[i,j] = X[i,j]", *(f"P{m}[i,j] = softmax[j](P{m - 1}[i,j])" for m in range(1, n + 1))]
    return "\n".join(["param X[n, m]", *lines, f"L = P{n}[I,J]^2"])


def rectified(n: int) -> str:
    """Each guard holds for all that comes before it."""
    lines = ["x1[i] = relu(w[i] x[i])", *(f"x{m}[i] = relu(w[i] x{m - 1}[i] - {m})" for m in range(2, n + 1))]
    return "\n".join(["param x[n], w[n]", *lines, f"L = x{n}[I]"])


def cases(n: int) -> str:
    choices = " else ".join(f"x[I]^{m % 3 + 1} if x[I] < {m}" for m in range(n))
    return f"param x[n]\nL = sum[I]({choices} else x[I])"


def deep(n: int) -> str:
    """Layers of one sample, whose derivatives by the first offsets have as many indices as orders."""
    lines = ["input X0[k], t[k]", "param " + ", ".join(f"W{m}[k, k], c{m}[k]" for m in range(1, n + 1))]
    lines += [f"X{m}[j] = tanh(X{m - 1}[I] W{m}[I,j] + c{m}[j])" for m in range(1, n + 1)]
    return "\n".join([*lines, f"L = (X{n}[I] - t[I])^2"])


FAMILIES = [
    rectified, cases, layers, horner, horner_of_inactive, polynomial, product, product_of_vectors, product_of_sums, chain,
    many_terms, functions, squares, branching, quotients, softmaxes,
]  # fmt: skip


def sizes(text: str, program_of) -> dict[str, int]:
    """The nodes of the derived program, by stage."""
    program = program_of(text)
    derived = gradient(program, "L", [tensor.name for tensor in program.inputs])
    stages = {"calculus": derived, "simplify": simplify(derived), "optimise": optimise(derived)}
    return {stage: sum(tree_size(d.body) for d in made.definitions) for stage, made in stages.items()}


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_growth_is_linear(family, program_of) -> None:
    """From n to 2n and from 2n to 3n the same is added, to within a quarter."""
    one, two, three = (sizes(family(n), program_of) for n in (10, 20, 30))
    for stage in one:
        assert three[stage] - two[stage] <= 1.25 * (two[stage] - one[stage]) + 10, stage


@pytest.mark.parametrize("family", [functions, branching, layers], ids=lambda family: family.__name__)
def test_a_derived_program_is_a_small_multiple(family, program_of) -> None:
    program = program_of(family(20))
    size = sum(tree_size(d.body) for d in program.definitions)
    assert sizes(family(20), program_of)["optimise"] < 8 * size


ORDERS = {
    "layers": (deep, ["∂L/∂c1[p]", "∂²L/∂c1[p]∂c1[q]", "∂³L/∂c1[p]∂c1[q]∂c1[r]"]),
    "a Jacobian": (deep, ["∂X{n}[p]/∂X0[q]", "∂²X{n}[p]/∂X0[q]∂c1[r]"]),
    "polynomial": (polynomial, ["∂L/∂x", "∂²L/∂x∂x", "∂³L/∂x∂x∂x"]),
    "terms": (many_terms, ["∂L/∂x[p]", "∂²L/∂x[p]∂x[q]", "∂³L/∂x[p]∂x[q]∂x[r]"]),
    "squares": (squares, ["∂L/∂x[p]", "∂²L/∂x[p]∂x[q]", "∂³L/∂x[p]∂x[q]∂x[r]"]),
    "branching": (branching, ["∂L/∂x[p]", "∂²L/∂x[p]∂x[q]"]),
}
CASES = [(family, derivative) for family, derivatives in ORDERS.values() for derivative in derivatives]


def derived_size(family, n: int, derivative: str, program_of) -> dict[str, int]:
    """The nodes of a program with that derivative, by stage."""
    left = [letter for letter in "pqr" if f"[{letter}]" in derivative]
    text = f"{family(n)}\nD[{','.join(left)}] = {derivative}".replace("[] =", " =").replace("{n}", str(n))
    program = differentiate(program_of(f"{text}\noutput D"))
    stages = {"calculus": program, "simplify": simplify(program), "optimise": optimise(program)}
    return {stage: sum(tree_size(d.body) for d in made.definitions) for stage, made in stages.items()}


@pytest.mark.parametrize(("family", "derivative"), CASES)
def test_growth_is_linear_in_every_order(family, derivative, program_of) -> None:
    one, two, three = (derived_size(family, n, derivative, program_of) for n in (5, 10, 15))
    for stage in one:
        assert three[stage] - two[stage] <= 1.25 * (two[stage] - one[stage]) + 10, stage


@pytest.mark.parametrize("n", [4, 8])
def test_a_gradient_that_is_known_is_not_found_again(n, program_of) -> None:
    """What sums of it add to the program is those sums."""
    texts = [deep(n), "\n".join(f"g{m}[j] = ∂L/∂X{m}[j]" for m in range(1, n + 1))]
    sums = "\n".join(f"s{m} = ∂L/∂X{m}[J] c{m}[J]" for m in range(1, n + 1))
    without, found = (differentiate(program_of("\n".join([*texts, *more]))) for more in ([], [sums]))
    assert len(found.definitions) == len(without.definitions) + n
