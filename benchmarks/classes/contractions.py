"""Contractions of tensors: TCCG's, chains, MTTKRP and Tucker; in goes nothing, out come problems."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.problem import Class, Problem, mean_ratio

BYTES = 32 << 20
"""What the largest tensor of a TCCG contraction may take."""
CHAINS = {
    "ik,kl,lm,mn->in": {"i": 500, "k": 400, "l": 300, "m": 200, "n": 100},
    "ij,jk,kl->il": {"i": 1000, "j": 64, "k": 1000, "l": 64},
    "ea,fb,abcd,gc,hd->efgh": dict.fromkeys("abcdefgh", 24),
    "bdik,acaj,ikab,ajac,ikbd->": dict.fromkeys("abcdijk", 10),
    "abc,bd,cd,ae->de": {"a": 64, "b": 64, "c": 64, "d": 32, "e": 32},
}
FACTORISATIONS = {
    "MTTKRP first ijk,jr,kr->ir": {"i": 200, "j": 200, "k": 200, "r": 32},
    "MTTKRP middle ijk,ir,kr->jr": {"i": 200, "j": 200, "k": 200, "r": 32},
    "MTTKRP last ijk,ir,jr->kr": {"i": 200, "j": 200, "k": 200, "r": 32},
    "Tucker ijk,ia,jb,kc->abc": {"i": 150, "j": 150, "k": 150, "a": 16, "b": 16, "c": 16},
    "TTM ijk,kr->ijr": {"i": 200, "j": 200, "k": 200, "r": 32},
}


def tccg() -> Iterator[Problem]:
    """The TCCG contractions, all sizes scaled alike until the largest tensor takes 32 MiB."""
    with (Path(__file__).parent.parent / "data" / "tccg.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            for dtype in ("float32", "float64"):
                pairs = (pair.split(":") for pair in row[f"sizes_{dtype}"].split(";"))
                yield einsum(row["contraction"], _scaled(row["contraction"], {k: int(n) for k, n in pairs}, dtype), dtype)


def chains() -> Iterator[Problem]:
    """Several factors, whose order matters."""
    for formula, sizes in CHAINS.items():
        yield einsum(formula, sizes, "float32")


def factorisations() -> Iterator[Problem]:
    """The products of tensor factorisations."""
    for name, sizes in FACTORISATIONS.items():
        *words, formula = name.split()
        yield einsum(formula, sizes, "float32", " ".join(words))


def _scaled(formula: str, sizes: Mapping[str, int], dtype: str) -> dict[str, int]:
    """The sizes times one factor, multiples of 4 where they were."""
    tensors = [*formula.partition("->")[0].split(","), formula.partition("->")[2]]
    room, factor = BYTES // np.dtype(dtype).itemsize, 1.0
    found = dict(sizes)
    while max(math.prod(found[letter] for letter in tensor) for tensor in tensors) > room:
        factor *= 0.98
        found = {letter: max(4, round(size * factor / 4) * 4) for letter, size in sizes.items()}
    return found


def program(formula: str) -> str:
    """An einsum as a program: an index that the result has is free, the others are summed."""
    left, _, result = formula.partition("->")
    operands = left.split(",")
    names = [f"T{number}" for number in range(len(operands))]
    declared = ", ".join(f"{name}[{', '.join(f'n_{c}' for c in operand)}]" for name, operand in zip(names, operands, strict=True))
    factors = [
        f"{name}[{','.join(c if c in result else c.upper() for c in operand)}]"
        for name, operand in zip(names, operands, strict=True)
    ]
    target = f"R[{','.join(result)}]" if result else "R"
    return f"input {declared}\n{target} = {' '.join(factors)}\n"


def einsum(formula: str, sizes: Mapping[str, int], dtype: str, label: str = "") -> Problem:
    """A contraction of standard normal tensors."""
    left, _, result = formula.partition("->")
    operands, random = left.split(","), np.random.default_rng(0)
    arrays = [random.standard_normal([sizes[c] for c in operand]).astype(dtype) for operand in operands]
    named = {f"T{number}": array for number, array in enumerate(arrays)}
    path = np.einsum_path(formula, *arrays, optimize="optimal")[0]
    runs = peers.runs(
        einlang=lambda: peers.einlang_run(program(formula), named),
        numpy=lambda: lambda: np.einsum(formula, *arrays, optimize=path),
        torch=lambda: _torch(formula, arrays),
        jax=lambda: peers.jax_run(_jax(formula), arrays),
        opt_einsum=lambda: _opt_einsum(formula, arrays),
    )
    length = np.dtype(dtype).itemsize * (sum(array.size for array in arrays) + math.prod(sizes[c] for c in result))
    operations = 2.0 * math.prod(sizes.values()) if len(operands) == 2 else 0.0
    name = " ".join(filter(None, [label, formula, _spelled(sizes), dtype]))
    return Problem(name, runs, dtype, operations, float(length))


def _spelled(sizes: Mapping[str, int]) -> str:
    return ",".join(f"{letter}{size}" for letter, size in sorted(sizes.items()))


def _torch(formula: str, arrays: list[np.ndarray]) -> Callable[[], Any]:
    import torch

    return peers.torch_run(lambda *given: torch.einsum(formula, *given), arrays)


def _jax(formula: str) -> Callable[..., Any]:
    import jax.numpy as jnp

    return lambda *given: jnp.einsum(formula, *given, optimize="optimal")


def _opt_einsum(formula: str, arrays: list[np.ndarray]) -> Callable[[], Any]:
    import opt_einsum

    expression = opt_einsum.contract_expression(formula, *(array.shape for array in arrays), optimize="optimal")
    return lambda: expression(*arrays)


CLASSES = (
    Class("tccg", "Contractions of TCCG", tccg, (mean_ratio(2.0),)),
    Class("chains", "Chains and networks", chains, (mean_ratio(1.5, "opt_einsum", "jax"),)),
    Class("factorisations", "MTTKRP and Tucker", factorisations, (mean_ratio(2.0, "numpy", "torch", "jax"),)),
)
