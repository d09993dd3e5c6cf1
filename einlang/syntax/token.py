"""Tokens, and mistakes: in go a place and words, out comes what is raised where a statement cannot be read."""

from __future__ import annotations

from dataclasses import dataclass

from einlang.diagnostics import Diagnostic, Label, Report
from einlang.source import Span

END = "$END"
STRAY = "STRAY"
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Token:
    """A token: its terminal in the grammar (or STRAY, for a character of no terminal), its text (names after NFKC), its place."""

    type: str
    text: str
    span: Span

    def touches(self, other: Token) -> bool:
        """Whether the other token follows at once, without a blank."""
        return self.span.end == other.span.start


class ReadingError(Exception):
    """A mistake in a statement. Raised to leave the statement, caught where the next one is found."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic
        super().__init__(diagnostic.message)

    def tell(self, report: Report) -> None:
        """Add the mistake to a report."""
        found = self.diagnostic
        report.add(found.id, found.span, found.message, label=found.label, others=found.others, help=found.help)


def mistake(
    id: str, span: Span, message: str, *, label: str = "", others: tuple[Label, ...] = (), help: str = ""
) -> ReadingError:
    """What to raise for a mistake at a place. Very long words are shortened: they repeat what was written."""
    return ReadingError(Diagnostic(id, _shortened(message), span, _shortened(label), others, _shortened(help)))


def _shortened(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST // 2]} … {words[-_LONGEST // 2 :]}"
