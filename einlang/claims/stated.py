"""Claims as texts: in go the files of a program and the sides of a claim, out comes the program with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from einlang.call import CallValueError
from einlang.diagnostics import Diagnostic, Label, Report
from einlang.errors import CompileError
from einlang.ir.nodes import Tensor
from einlang.ir.program import Program
from einlang.source import Source, Span
from einlang.syntax.nodes import Check, Expression, File
from einlang.syntax.parser import parse_beside

START, END = "check ", "\n = 0"
"""What makes a statement of a side."""
FEWEST = 2


Analyse = Callable[[Sequence[File], Report], Program | None]


def claiming(files: Sequence[File], texts: Sequence[str], known: Program, analyse: Analyse) -> Program:
    """The program with one claim, that these texts are equal, in place of its own; `known` is the program without it.

    Raises CompileError, with places in the texts, where they are wrong, CallValueError for fewer than two.
    """
    stated = _Stated(files, texts)
    found = Report()
    program = analyse(stated.beside(files), found) if not stated.report.has_errors else None
    stated.add(found.diagnostics)
    names = {tensor.name for tensor in known.inputs}
    stated.unknown(tensor for tensor in (program.inputs if program else ()) if tensor.name not in names)
    if program is None or stated.report.has_errors:
        raise CompileError(stated.report.diagnostics)
    if len(stated.sides) < FEWEST:
        raise CallValueError(f'a claim has two sides or more, as in same("∂f/∂x[i]", "2 x[i]"); given: {", ".join(texts)}')
    return program


class _Stated:
    """A claim from outside of a program: its sides, and what is wrong with them, at places in the texts."""

    def __init__(self, files: Sequence[File], texts: Sequence[str]) -> None:
        texts = [" ".join(text.split()) for text in texts]
        self._sources = {_statement(text, number): Source(f"<side {number}>", text) for number, text in enumerate(texts, 1)}
        self.report = Report()
        self.sides = [side for statement in self._sources for side in self._read(files, statement)]
        self._text = " = ".join(texts)

    def beside(self, files: Sequence[File]) -> list[File]:
        """The files of the program, with this claim in place of those that it states."""
        items = tuple(item for item in files[0].items if not isinstance(item, Check))
        claim = Check(tuple(self.sides), Span(Source("<claim>", self._text), 0, len(self._text)))
        return [replace(files[0], items=(*items, claim)), *files[1:]]

    def _read(self, files: Sequence[File], statement: Source) -> Iterator[Expression]:
        """The expressions in a text; one that is an equation gives several."""
        if statement.text == START + END:
            self.report.add(
                "unexpected-text", self._moved(Span(statement, 0, 0)), "expected an expression", label="found nothing"
            )
            return
        found = Report()
        items = parse_beside(statement, files, found).items
        self.add(found.diagnostics)
        match items:
            case (Check(sides),):
                yield from sides[:-1]

    def add(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Keep what is about the texts."""
        for found in diagnostics:
            if found.span.source in self._sources:
                others = tuple(Label(self._moved(other.span), other.text) for other in found.others)
                place = self._moved(found.span)
                help = "" if found.id == "undefined-name" and not found.help.startswith("did") else found.help
                self.report.add(found.id, place, found.message, label=found.label, others=others, help=help)

    def unknown(self, tensors: Iterable[Tensor]) -> None:
        """Report tensors that a sketch would take for inputs, and that its program does not have."""
        for tensor in tensors:
            if tensor.declared is not None:
                message = f"the program has nothing called `{tensor.name}`"
                self.report.add("undefined-name", self._moved(tensor.declared), message, label="not found")

    def _moved(self, span: Span) -> Span:
        """A place in a statement as a place in the text that it was made of."""
        source = self._sources.get(span.source)
        if source is None:
            return span
        start, end = (max(0, min(offset - len(START), len(source.text))) for offset in (span.start, span.end))
        return Span(source, start, end)


def _statement(text: str, number: int) -> Source:
    return Source(f"<side {number}>", START + text + END)
