"""Diagnostics as data: in go an id, a place and words; out come records that `render` prints and tools read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from einlang.diagnostics.catalogue import CATALOGUE
from einlang.source import Source, Span


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
    _known: dict[tuple[str, Source, int, int], tuple[int, str]] = field(default_factory=dict, repr=False)

    def add(self, id: str, span: Span, message: str, *, label: str = "", others: tuple[Label, ...] = (), help: str = "") -> None:
        """Record a finding once; a second one with the same id at the same place is the same mistake.

        In a repeated statement the first repetition that has it is named, unless the message is the same for others.
        """
        if id not in CATALOGUE:
            raise KeyError(f"no diagnostic {id!r} in the catalogue")
        key = (id, span.source, span.start, span.end)
        if key not in self._known:
            self._known[key] = len(self.diagnostics), message
            said = f"{message}, where {span.member}" if span.member else message
            self.diagnostics.append(Diagnostic(id, said, span, label, others, help))
        elif self._known[key][1] == message:
            number, _ = self._known[key]
            if self.diagnostics[number].span.member != span.member:
                self.diagnostics[number] = replace(self.diagnostics[number], message=message)

    @property
    def has_errors(self) -> bool:
        return any(diagnostic.severity == "error" for diagnostic in self.diagnostics)
