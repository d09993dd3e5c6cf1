"""Programs as Python has them: in go a path or a text, out come objects that are called with arrays, derived and shown."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from einlang.call import CallTypeError, Outputs, Signature
from einlang.codegen.names import spell
from einlang.errors import CompileError
from einlang.later import Later
from einlang.options import Options, options
from einlang.runtime import cache, front
from einlang.runtime.arguments import Prepared
from einlang.runtime.engine import Engine
from einlang.runtime.extension import Extension, open_entry
from einlang.runtime.front import Record
from einlang.runtime.recipe import Derive, Only, Recipe, names_of
from einlang.runtime.sizes import sizes_of
from einlang.syntax.reading import read_source, text_of

if TYPE_CHECKING:
    from einlang import diagnostics
    from einlang.claims import Findings, Judgement
    from einlang.derived import Derivation
    from einlang.diagnostics import Diagnostic, render
    from einlang.driver import Stages
    from einlang.plan.cost import Cost
else:
    diagnostics, render = Later("einlang.diagnostics"), Later("einlang.diagnostics.render")

Names = str | Sequence[str] | None


def load(path: str | os.PathLike[str], **given: Any) -> Program:
    """The program in a file.

    Options: `backend` ("auto", "c", "numpy"), `dtype` (None, "float32", "float64"), `threads` (how many a call may use),
    `consts={"n": 5}`, `functions={"σ": "tanh"}`.

    Raises CompileError for a wrong program, OSError for a file that cannot be read, CallError for a wrong option. Warnings
    about the program are given as Python warnings.
    """
    return _warned(from_file(path, options(**given)))


def compile(text: str, **given: Any) -> Program:
    """The program that a text is; options and errors as for `load`. Files that it uses are looked for in the current folder."""
    return _warned(from_text(text, options(**given)))


def from_file(path: str | os.PathLike[str], chosen: Options, name: str | None = None) -> Program:
    """The program in a file; its warnings are in `warnings`, and not given otherwise."""
    return opened(recipe_of(Path(path).read_bytes(), os.fspath(path), name or Path(path).stem, chosen))


def from_text(text: str, chosen: Options, name: str = "program", path: str = "<text>") -> Program:
    """The program that a text is; `path` is what messages call it. Raises CallError for what is no text."""
    if not isinstance(text, str):
        raise CallTypeError(f"a program is a text, not {type(text).__name__}; `load` takes the path of a file")
    return opened(recipe_of(text.encode("utf-8", "surrogatepass"), path, name, chosen))


def recipe_of(data: bytes, path: str, name: str, chosen: Options) -> Recipe:
    """The recipe of the program that the bytes of a file are; `path` is what messages call it. Raises CompileError."""
    text = text_of(data)
    if text is None:
        report = diagnostics.Report()
        read_source(data, path, report)
        raise CompileError(report.diagnostics)
    return Recipe(_identifier(name), path, text, chosen)


def _identifier(name: str) -> str:
    word = re.sub(r"[^\w']", "_", name)
    return spell([word])[word]


def opened(recipe: Recipe) -> Program:
    """The program of a recipe: from the front cache, or analysed now. Raises CompileError, CallError."""
    found = front.find(recipe)
    if found is not None:
        return Program(*found)
    program = Program(recipe)
    front.keep(recipe, program._record)
    return program


def _warned(program: Program) -> Program:
    for diagnostic in program.warnings:
        warnings.warn("\n" + render.render(diagnostic), UserWarning, stacklevel=3)
    return program


class Program:
    """A compiled program. Call it with arrays by name; derive it with `grad`, `hessian` and others, cut it with `only`."""

    def __init__(self, recipe: Recipe, record: Record | None = None) -> None:
        self._recipe = recipe
        if record is None:
            record = self._stages.record()
        self._record = record

    def __call__(self, mapping: Mapping[str, Any] | None = None, /, **given: Any) -> Any:
        """Compute the outputs from arrays by name, or from one mapping of names to arrays.

        `out=` takes arrays to write into, by name; `check=True` checks what the program assumes. Returns `Outputs`; what `grad`
        made returns the gradient, or a dict of them; what `value_and_grad` made returns the value and these.

        Raises CallError for wrong names, shapes and types, before anything is written.
        """
        return self._call(mapping, given)

    @cached_property
    def _call(self) -> Callable[[Mapping[str, Any] | None, dict[str, Any]], Any]:
        call = self._engine.call
        if self._last is None:
            return call
        if self._record.layouts:
            return self._structured
        present = self._present
        return lambda mapping, given: present(call(mapping, given))

    def _structured(self, mapping: Mapping[str, Any] | None, given: dict[str, Any]) -> Any:
        """A call whose results are made of blocks."""
        general = self._engine.general
        prepared = general.prepare(mapping, given)
        return self._present(general.compute(prepared), prepared)

    def bind(self, mapping: Mapping[str, Any] | None = None, /, **given: Any) -> Callable[[], Any]:
        """A function that computes with these very arrays each time it is called, and returns the same as a call.

        Everything is checked now, and only now; what the arrays hold is read anew each time. One thread at a time may call
        it; it uses as many threads as a call would have used now.
        """
        call = self._engine.general.prepare(mapping, given)
        outputs = Outputs(call.outputs)
        return self._engine.bind(call, (lambda: outputs) if self._last is None else lambda: self._present(outputs, call))

    # --- other programs ---------------------------------------------------------------------------------------------------

    def grad(self, output: str, wrt: Names = None) -> Program:
        """The gradient of a scalar with respect to one tensor, or to several: by default the params that it depends on.

        Here and below, one name gives an array, a list of names a dict, and names may be those of definitions too. Raises
        CallError for names that the program does not have, or what cannot be derived.
        """
        return self._derived("grad", output, wrt)

    def value_and_grad(self, output: str, wrt: Names = None) -> Program:
        """The pair of a scalar and its gradient, as `grad` gives it."""
        return self._derived("grad", output, wrt, beside="value")

    def with_grad(self, output: str, wrt: Names = None) -> Program:
        """The program with the gradients of a scalar as further outputs, named `dL_dW1`."""
        return self._derived("grad", output, wrt, beside="outputs")

    def jacobian(self, output: str, wrt: Names = None, *, structured: bool = False) -> Program:
        """The derivative of a tensor of any rank: `dZ_dX[i, p] = ∂Z[i]/∂X[p]`, of the shape of Z, then that of X.

        With `structured`, each result is a `Structured`: blocks and an index map, where it is zero but for them.
        """
        return self._derived("jacobian", output, wrt, structured=structured)

    def hessian(self, output: str, wrt: Names = None, *, structured: bool = False) -> Program:
        """The second derivatives of a scalar: `d2L_dw_dc[p, q] = ∂²L/∂w[p]∂c[q]`, by pairs of names where several are given.

        `structured` is as for `jacobian`.
        """
        return self._derived("hessian", output, wrt, structured=structured)

    def hvp(self, output: str, wrt: Names = None) -> Program:
        """The Hessian of a scalar times `v_w`, an input of the shape of `w`, at a small multiple of the gradient's cost.

        By several tensors it is that of all of them, `hvp_L_w[p] = ∂²L/∂w[p]∂w[Q] v_w[Q] + ∂²L/∂w[p]∂c[Q] v_c[Q]`. An input whose
        name is taken has a number behind it, as `v_w_2`.
        """
        return self._derived("hvp", output, wrt)

    def jvp(self, output: str, wrt: Names = None) -> Program:
        """The derivative of a tensor along `v_X`: `jvp_Z_X[i] = ∂Z[i]/∂X[P] v_X[P]`, the sum of these for several; one array."""
        return opened(self._recipe.then(Derive("jvp", output, names_of(wrt), single=True)))

    def vjp(self, output: str, wrt: Names = None) -> Program:
        """The derivatives of a tensor weighted with `v_Z`: `vjp_Z_X[p] = v_Z[I] ∂Z[I]/∂X[p]`."""
        return self._derived("vjp", output, wrt)

    def only(self, *outputs: str) -> Program:
        """The program of these outputs, which may be any of its definitions; nothing else is computed."""
        return opened(self._recipe.then(Only(outputs)))

    def _derived(self, form: str, output: str, wrt: Names, **further: Any) -> Program:
        return opened(self._recipe.then(Derive(form, output, names_of(wrt), single=isinstance(wrt, str), **further)))

    def same(self, *sides: str) -> Judgement:
        """Whether expressions in the names of this program are equal for all data; true if so, else it says where they differ.

        As `einlang check` does with a `check`: exactly, modulo primes, where they are rational, else on random data.
        Raises CompileError for a text that is wrong, CallError for fewer than two sides.
        """
        return self._stages.same(sides)

    def check_derivatives(self, data: Mapping[str, Any] | None = None) -> Findings:
        """Each derivative that the program takes against steps of its variables; true unless one is wrong, and as text a table.

        On random data, or on arrays for all inputs by name. What takes no derivative has its outputs derived, by its params.
        Raises CallError for arrays that do not fit.
        """
        return self._stages.check_derivatives(data)

    # --- what it is -------------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The program's name, an identifier."""
        return self._recipe.name

    @property
    def signature(self) -> Signature:
        """Inputs and outputs, with their axes and where they are declared."""
        return self._record.signature

    @property
    def options(self) -> Options:
        """The options that it was compiled with."""
        return self._recipe.options

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What the compiler found worth a warning."""
        recipe = self._recipe
        texts = {recipe.path: recipe.text, **{recipe.place(name): text for name, text in recipe.used}}
        return front.unpack(self._record.warnings, texts)

    @property
    def source(self) -> str:
        """The program in the language: as it was written, or as it was derived."""
        return self._text("source")

    def latex(self) -> str:
        """The program as LaTeX: one aligned environment, a line for each definition, as KaTeX and MathJax take it."""
        return self._stages.latex

    def html(self) -> str:
        """The program as one HTML page, for a browser without scripts or a network: its equations, its graph, and its text."""
        return self._stages.html

    def _repr_html_(self) -> str:
        return self._stages.html_fragment

    def _repr_latex_(self) -> str:
        return f"$${self.latex()}$$"

    def derivation(self, output: str, *by: str | Sequence[str], expand: bool = False) -> Derivation:
        """How the derivative of `output` by a tensor comes about, line by line: `derivation("L", "W1")`.

        A list of names gives the derivatives by each; further names derive again, so that `derivation("L", "w", "w")` is a second
        derivative. Without names: by the params that the output depends on. With `expand`, the derivatives on the way are put in.
        Raises CallError for names that the program does not have, and for what cannot be derived.
        """
        return self._stages.derivation(
            output, tuple((names,) if isinstance(names, str) else tuple(names) for names in by), expand
        )

    @property
    def numpy_source(self) -> str:
        """The program as a NumPy function."""
        return self._text("numpy")

    @property
    def c_source(self) -> str:
        """The program in C, for the float type that it is fixed to, else float64."""
        return self._stages.c(self.options.dtype or "float64")

    def cost(self, mapping: Mapping[str, int] | None = None, /, **sizes: int) -> Cost:
        """Operations, bytes and workspace for given sizes, `cost(b=64, k0=784)`, by definition in the order of computation.

        Floats are those of the type that the program is fixed to, else float64. As text it is a table. Raises CallError for sizes
        that are missing, unknown or impossible.
        """
        values = sizes_of(self.signature, {**(mapping or {}), **sizes})
        return self._stages.cost(values, self.options.dtype or "float64")

    def __repr__(self) -> str:
        return f"<einlang.Program {self.signature}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return opened, (self._recipe_with_texts,)

    # --- how it comes about -----------------------------------------------------------------------------------------------

    @cached_property
    def _stages(self) -> Stages:
        return cast("Stages", import_module("einlang.driver").Stages(self._recipe))

    @property
    def stages(self) -> Stages:
        """The stages of the compiler for this program, each computed when it is read."""
        return self._stages

    @property
    def _recipe_with_texts(self) -> Recipe:
        return self._recipe if self._recipe.used or not self._record.used else self._stages.recipe_with_texts

    @cached_property
    def _engine(self) -> Engine:
        chosen = self.options
        if self._record.abstract:
            self._stages.closed()
        return Engine(self.signature, chosen.backend, chosen.dtype, self._extension, self._text, chosen.threads, self._outside)

    def _text(self, kind: str) -> str:
        """A text of the record, made and kept if it is not there yet."""
        text: str = getattr(self._record, kind)
        if not text and (kind != "assumptions" or self.signature.assumptions):
            text = getattr(self._stages, kind)
            setattr(self._record, kind, text)
            front.keep(self._recipe, self._record)
        return text

    def _outside(self, number: int) -> str:
        """The text of the function that says for which positions a refusal refuses a call."""
        return self._stages.outside(number)

    def _extension(self, dtype: str) -> Extension:
        """The library that has the kernel of a float type: from the cache, or built now."""
        entry = cache.find(self._record.kernels[dtype]) if dtype in self._record.kernels else None
        extension = open_entry(*entry) if entry else None
        if extension is None:
            built = import_module("einlang.building").build_kernel(self._stages, dtype)
            self._record.kernels[dtype], extension = built.key, built.extension
            front.keep(self._recipe, self._record)
        return extension

    @property
    def _last(self) -> Derive | None:
        """The step whose results are what a call gives; None where it gives all outputs."""
        last = self._recipe.steps[-1] if self._recipe.steps else None
        return last if isinstance(last, Derive) and last.beside != "outputs" else None

    def _present(self, outputs: Outputs, call: Prepared | None = None) -> Any:
        """The outputs in the form that the last step asks for; the call whose they are is needed where they are blocks."""
        last, record, values = self._last, self._record, outputs.values()
        if last is None:
            return outputs
        results = values[-len(record.results) :]
        if record.layouts and call is not None:
            sizes = record.signature.values(call.sizes)
            results = [layout.of(np.asarray(v), sizes) for layout, v in zip(record.layouts, results, strict=True)]
        derived = dict(zip(record.results, results, strict=True))
        given = next(iter(derived.values())) if last.single else derived
        return (values[0], given) if last.beside == "value" else given
