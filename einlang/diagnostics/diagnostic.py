"""Diagnostics as data: in go an id, a place and words; out come records that `render` prints and tools read."""

from __future__ import annotations

from dataclasses import dataclass, field

from einlang.diagnostics.catalogue import CATALOGUE
from einlang.source import Span


@dataclass(frozen=True, slots=True)
class Label:
    """A place and what there is to say of it."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: its id in words, its place, what is wrong, why we think so, and how to mend it."""

    id: str
    message: str
    span: Span
    label: str = ""
    others: tuple[Label, ...] = ()
    help: str = ""

    @property
    def severity(self) -> str:
        """`error` or `warning`, as the catalogue has it."""
        return CATALOGUE[self.id].severity


@dataclass(slots=True)
class Report:
    """Collects the diagnostics of one compilation, in the order found."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    _known: set[tuple[str, Span]] = field(default_factory=set, repr=False)

    def add(self, id: str, span: Span, message: str, *, label: str = "", others: tuple[Label, ...] = (), help: str = "") -> None:
        """Record a finding once; a second one with the same id at the same place is the same mistake."""
        if id not in CATALOGUE:
            raise KeyError(f"no diagnostic {id!r} in the catalogue")
        if (id, span) not in self._known:
            self._known.add((id, span))
            self.diagnostics.append(Diagnostic(id, message, span, label, others, help))

    @property
    def has_errors(self) -> bool:
        return any(diagnostic.severity == "error" for diagnostic in self.diagnostics)
