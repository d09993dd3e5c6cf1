"""The way through the compiler: in goes a recipe, out come its stages, one line each, computed when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from einlang.calculus import differentiate
from einlang.calculus.primes import work_out_primes
from einlang.call import Signature
from einlang.diagnostics import Report
from einlang.dtypes import FLOATS
from einlang.errors import CompileError, EinlangError, InternalError
from einlang.ir.abstract import left_open
from einlang.ir.nodes import Derivative
from einlang.ir.program import Program
from einlang.ir.verify import verify
from einlang.later import Later
from einlang.loops import lower
from einlang.loops.nodes import Program as Loops
from einlang.optimize import group_factors, optimise, simplify, tidy
from einlang.plan import Plan, plan
from einlang.plan.cost import Cost, cost
from einlang.runtime import tables
from einlang.runtime.checked import checked
from einlang.runtime.derivation import Derived, asked_for, derive
from einlang.runtime.front import Record, digest, pack
from einlang.runtime.outside import outside_program
from einlang.runtime.recipe import Recipe
from einlang.runtime.signature import assumption_program, described, only, signature
from einlang.sema import analyse, explicit_sums
from einlang.sema.abstract_functions import report_open
from einlang.source import Source, Span
from einlang.syntax.files import functions
from einlang.syntax.grammar import keep_tables
from einlang.syntax.nodes import File
from einlang.syntax.parser import parse
from einlang.syntax.reading import read_source
from einlang.syntax.settings import with_consts
from einlang.syntax.uses import report_circles
from einlang.tree import equal, walk

if TYPE_CHECKING:
    from einlang import claims, derivation, derived
    from einlang.claims import Findings, Judgement
    from einlang.codegen import c, ein, html, latex, numpy
    from einlang.derived import Derivation
    from einlang.syntax import canonical
else:
    claims, derivation, derived, canonical = map(
        Later, ("einlang.claims", "einlang.derivation", "einlang.derived", "einlang.syntax.canonical")
    )
    c, ein, html, latex, numpy = (Later(f"einlang.codegen.{name}") for name in ("c", "ein", "html", "latex", "numpy"))

keep_tables(tables)

P = ParamSpec("P")
R = TypeVar("R")

STAGES = ("ast", "sums", "ir", "simplified", "optimised", "planned", "lowered")
"""The stages in order; `c` and `numpy` text are made of the last and the last but two."""


def stages(recipe: Recipe, until: str = "optimised") -> Stages:
    """All stages up to one of `STAGES`. Raises CompileError for a wrong program, InternalError for a defect of a stage."""
    found = Stages(recipe)
    for stage in STAGES[: STAGES.index(until) + 1]:
        getattr(found, stage)
    return found


class Stages:
    """A program on its way. A stage is computed when it is read, from those before it; findings go to `report`."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe, self.report = recipe, Report()
        self.used: dict[str, str] = {}

    @cached_property
    def read(self) -> list[File]:
        """What could be read of the files, the main one first; errors are in the report."""
        return self._run("syntax", parse, Source(self.recipe.path, self.recipe.text), self.report, self._load)

    @cached_property
    def ast(self) -> list[File]:
        """The syntax trees of the files."""
        return self._sound(self.read)

    def formatted(self, spelling: canonical.Spelling) -> str:
        """The text of the main file in the one formatting, comments included. Raises CompileError for what cannot be read."""
        main = self.ast[0]
        text = self._run("format", canonical.canonical, main, functions([file.span.source for file in self.read]), spelling)
        again = parse(Source(self.recipe.path, text), Report(), self._load)[0]
        if not equal(main, again):
            raise InternalError("format", "the formatted text is another program", self.recipe.text)
        return text

    @cached_property
    def sums(self) -> File:
        """The syntax tree with every implied sum written out."""
        return self._sound(self._run("sums", explicit_sums, self.read, self.report, **self._settings))

    @cached_property
    def analysed(self) -> Program:
        """The tensor IR of what was written."""
        report_circles(self.read, self.report)
        return self._verified("analysis", self._analysed_beside(self.read, self.report))

    @cached_property
    def differentiated(self) -> Program:
        """The tensor IR without derivatives: they are definitions."""
        return self._verified("differentiation", self._run("differentiation", differentiate, self.analysed, tidy))

    @cached_property
    def claims(self) -> tuple[Judgement, ...]:
        """What became of each `check`, in order; those that fail are in the report."""
        found = tuple(self._run("claims", claims.judge, self.differentiated, equation) for equation in self.differentiated.checks)
        for equation, judgement in zip(self.differentiated.checks, found, strict=True):
            claims.tell(equation, judgement, self.report)
        return found

    def same(self, texts: Sequence[str]) -> Judgement:
        """What becomes of a claim about this program. Raises CompileError where a text is wrong."""
        if self.recipe.steps:
            return self._restated.same(texts)
        analysed = claims.claiming(self.read, texts, self.analysed, self._analysed_beside)
        differentiated = self._run("differentiation", differentiate, analysed, tidy)
        return self._run("claims", claims.judge, differentiated, differentiated.checks[0])

    def check_derivatives(self, data: Mapping[str, Any] | None = None) -> Findings:
        """How far derivatives are from what steps of their variables give, on random data or on arrays by name.

        Raises CompileError for a wrong program, CallError for arrays that do not fit it.
        """
        if self.recipe.steps:
            return self._restated.check_derivatives(data)
        self._sound(self.differentiated)
        arrays = None if data is None else checked(self.signature, data)
        return self._run("derivatives", claims.check_derivatives, self.analysed, arrays)

    @property
    def _restated(self) -> Stages:
        """The stages of the text that the program is after its steps."""
        return Stages(Recipe(self.recipe.name, self.recipe.path, self.source))

    def _analysed_beside(self, files: Sequence[File], report: Report) -> Program | None:
        found = self._run("analysis", analyse, files, report, name=self.recipe.name, **self._settings)
        return found if found is None or report.has_errors else self._run("derivatives of functions", work_out_primes, found)

    @cached_property
    def derived(self) -> Derived:
        """After the steps of the recipe: derivatives added, cut to outputs."""
        if not self.recipe.steps:
            return Derived(self.differentiated, self.differentiated.inputs, {})
        self._sound(self.differentiated)
        return self._run("derivation", derive, self.analysed, self.recipe.steps, self.ast[0].is_sketch)

    @property
    def ir(self) -> Program:
        """The tensor IR after the steps of the recipe."""
        return self.derived.program

    def closed(self) -> Program:
        """The tensor IR after the steps of the recipe. Raises CompileError where outputs depend on something abstract."""
        return _closed(self.ir)

    @cached_property
    def simplified(self) -> Program:
        """The tensor IR as a person would write it."""
        return self._run("simplification", simplify, self.ir)

    @cached_property
    def optimised(self) -> Program:
        """The tensor IR as code is made from it."""
        return self._run("optimisation", optimise, self.closed())

    @cached_property
    def planned(self) -> Plan:
        """What is computed by which kernel, and kept where."""
        return self._run("plan", plan, group_factors(self.optimised))

    @cached_property
    def lowered(self) -> Loops:
        """The loops."""
        return self._run("loops", lower, self.planned)

    def cost(self, sizes: Mapping[str, int], dtype: str) -> Cost:
        """What the program costs for all sizes by name."""
        return self._run("cost", cost, self.planned, sizes, FLOATS[dtype].itemsize)

    def c(self, dtype: str) -> str:
        """The C text for a float type."""
        return self._run("C", c.emit, self.lowered, FLOATS[dtype])

    @cached_property
    def numpy(self) -> str:
        """The NumPy text."""
        return self._run("NumPy", numpy.emit, self.optimised)

    @cached_property
    def latex(self) -> str:
        """The program as LaTeX, in the article's style."""
        return self._run("LaTeX", latex.emit, self.simplified)

    def derivation(self, output: str, by: Sequence[Sequence[str]], expand: bool) -> Derivation:
        """How derivatives come about, every line checked. Raises CallError for names and what cannot be derived."""
        program, is_sketch = self.ir if self.recipe.steps else self.analysed, self.ast[0].is_sketch
        self._sound(self.differentiated)
        numerator, wrt = asked_for(program, output, by, is_sketch)
        needed = only(program, [numerator, *(tensor for tensors in wrt for tensor in tensors)])
        if any(isinstance(node, Derivative) for definition in needed.definitions for node in walk(definition.body)):
            needed = simplify(differentiate(needed, tidy))
        found = self._run("derivation", derivation.derive, needed, numerator, wrt, expand)
        return derived.Derivation(found, self._run("derivation", claims.check_lines, found))

    @cached_property
    def html(self) -> str:
        """The program as a page."""
        return self._run("HTML", html.emit, self.simplified, self.source)

    @property
    def html_fragment(self) -> str:
        """The equations of the program as a piece of a page."""
        return self._run("HTML", html.fragment, self.simplified)

    @cached_property
    def assumptions(self) -> str:
        """The NumPy text of a function that returns the sides of the assumptions; '' where nothing is assumed."""
        assumed = assumption_program(self.ir)
        return self._run("NumPy", numpy.emit, _closed(assumed)) if assumed else ""

    def outside(self, number: int) -> str:
        """The NumPy text of a function that returns the positions for which the n-th refusal refuses a call."""
        return self._run("NumPy", numpy.emit, optimise(outside_program(self.closed(), number)))

    @cached_property
    def source(self) -> str:
        """The program in the language: as it was written, or as its steps made it."""
        return self._run("ein", ein.emit, self.simplified) if self.recipe.steps else self._written

    @property
    def _written(self) -> str:
        """The text as it was written, with the consts as they were set."""
        consts = dict(self.recipe.options.consts)
        return with_consts(self.ast[0], consts) if consts else self.recipe.text

    @cached_property
    def signature(self) -> Signature:
        """What a call takes and gives."""
        return self._run("signature", signature, self.ir, self.derived.inputs)

    @property
    def recipe_with_texts(self) -> Recipe:
        """The recipe with the texts of the files that it uses."""
        self.read  # noqa: B018 (reading them is what finds them)
        return replace(self.recipe, used=tuple(self.used.items()))

    def record(self) -> Record:
        """What is kept of a compilation that has found no error."""
        return Record(
            signature=self.signature,
            abstract=bool(left_open(self.ir)),
            results=tuple(self.derived.results),
            layouts=tuple(map(described, self.derived.layouts)),
            used={name: digest(text.encode()) for name, text in self.used.items()},
            warnings=pack(tuple(self.report.diagnostics)),
        )

    @property
    def _settings(self) -> dict[str, dict[str, Any]]:
        """The consts and the bodies of functions that the options give."""
        return {"consts": dict(self.recipe.options.consts), "functions": dict(self.recipe.options.functions)}

    def _run(self, stage: str, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a stage; what it raises that is no finding is a defect of it."""
        try:
            return function(*args, **kwargs)
        except (EinlangError, MemoryError):
            raise
        except Exception as error:
            raise InternalError(stage, f"{type(error).__name__}: {error}", self.recipe.text) from error

    def _sound(self, result: R | None) -> R:
        """The result of a stage, if no error was found so far."""
        if self.report.has_errors or result is None:
            raise CompileError(self.report.diagnostics)
        return result

    def _verified(self, stage: str, program: Program | None) -> Program:
        sound = self._sound(program)
        verify(sound, stage)
        return sound

    def _load(self, name: str, span: Span) -> Source | None:
        """Read a file that a `use` names; what is wrong with it is reported at the `use`."""
        place = self.recipe.place(name)
        try:
            data = self.recipe.read(name)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self.report.add("file-not-read", span, f"{place} cannot be read: {reason}", label="looked for beside this file")
            return None
        source = read_source(data, place, self.report)
        if source is not None:
            self.used[name] = data.decode()
        return source


def _closed(program: Program) -> Program:
    """A program whose outputs depend on nothing abstract. Raises CompileError."""
    report = Report()
    report_open(left_open(program), report)
    if report.has_errors:
        raise CompileError(report.diagnostics)
    return program
