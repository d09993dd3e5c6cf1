"""A scalar of a program as a function of one vector: in go a program and arrays, out come values, gradients and Hessians."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from einlang.call import CallValueError
from einlang.program import Names, Program
from einlang.runtime.arguments import argument, named
from einlang.training.minimisation import Array


class Point(NamedTuple):
    """A vector of params, and the value and the gradient there."""

    x: Array
    value: float
    gradient: Array

    @property
    def is_finite(self) -> bool:
        return bool(np.isfinite(self.value) and np.isfinite(self.gradient).all())

    @property
    def gradient_norm(self) -> float:
        """The Euclidean norm, infinite where it is too large for a float."""
        with np.errstate(over="ignore"):
            return float(np.linalg.norm(self.gradient))


class Objective:
    """An output as a function of the params in one vector, one after the other, each in the order of its elements in C.

    Vectors and matrices are float64; the program is called in the type that it was given arrays of.
    """

    def __init__(self, program: Program, output: str, given: Mapping[str, Any], wrt: Names) -> None:
        """Raises CallError for names, shapes and types that do not fit, or a `wrt` that is not an input."""
        self._program, self._output = program, output
        self._given = named(program.signature, given, {})
        self._slope = program.value_and_grad(output, [wrt] if isinstance(wrt, str) else wrt)
        with np.errstate(all="ignore"):
            value, gradients = self._slope(self._given)
        for name in gradients:
            if name not in self._given:
                raise CallValueError(f"{name} is defined by {program.name}; only inputs can be changed")
        self.shapes = {name: np.shape(gradient) for name, gradient in gradients.items()}
        self.dtype = np.result_type(*gradients.values())
        self.precision = float(np.finfo(self.dtype).eps)
        self.evaluations = 1
        tensors = {tensor.name: tensor for tensor in program.signature.inputs}
        start = {name: argument(tensors[name], self._given[name]).array for name in gradients}
        self.start = Point(self._flat(start), float(value), self._flat(gradients))

    def at(self, x: Array) -> Point:
        """The value and the gradient at a vector."""
        self.evaluations += 1
        with np.errstate(all="ignore"):
            value, gradients = self._slope({**self._given, **self.params(x)})
        return Point(x, float(value), self._flat(gradients))

    def hessian(self, x: Array) -> Array:
        """The matrix of second derivatives, made symmetric to the last bit."""
        with np.errstate(all="ignore"):
            blocks = self._curvature({**self._given, **self.params(x)})
        sizes = {name: int(np.prod(shape)) for name, shape in self.shapes.items()}
        rows = [[np.reshape(blocks[p, q], (sizes[p], sizes[q])) for q in sizes] for p in sizes]
        matrix = np.block(rows).astype(np.float64)
        return (matrix + matrix.T) / 2

    def product(self, x: Array, direction: Array) -> Array:
        """The matrix of second derivatives times a vector."""
        known = {tensor.name for tensor in self._program.signature.inputs}
        names = [tensor.name for tensor in self._products.signature.inputs if tensor.name not in known]
        along = dict(zip(names, self.params(direction).values(), strict=True))
        with np.errstate(all="ignore"):
            return self._flat(self._products({**self._given, **self.params(x), **along}))

    def params(self, x: Array) -> dict[str, Array]:
        """The params that a vector holds, as arrays of the program's type."""
        return dict(self._pieces(x.astype(self.dtype)))

    @cached_property
    def _curvature(self) -> Program:
        return self._program.hessian(self._output, list(self.shapes))

    @cached_property
    def _products(self) -> Program:
        return self._program.hvp(self._output, list(self.shapes))

    def _pieces(self, x: Array) -> Iterator[tuple[str, Array]]:
        start = 0
        for name, shape in self.shapes.items():
            end = start + int(np.prod(shape))
            yield name, x[start:end].reshape(shape)
            start = end

    def _flat(self, arrays: Mapping[str, Any]) -> Array:
        return np.concatenate([np.ravel(np.asarray(arrays[name], np.float64)) for name in self.shapes])
