"""The long stories: in goes the id of a diagnostic, out comes its page, as text for a terminal or in its parts.

A page is `pages/<id>.md`: a title, paragraphs, then `Fails:` with a block `ein-fails` and `Mended:` with a block `ein`.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

from einlang.diagnostics.catalogue import CATALOGUE
from einlang.diagnostics.render import paint

PAGES = Path(__file__).parent / "pages"
WIDTH = 80
"""Columns of a paragraph on a terminal."""
_FORM = re.compile(
    r"# (?P<title>[^\n]+)\n\n(?P<story>.+?)\n\n"
    r"Fails:\n\n```ein-fails\n(?P<fails>.*?)```\n\n"
    r"Mended:\n\n```ein\n(?P<mended>.*?)```\n",
    flags=re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Page:
    """What a page holds: its title, its paragraphs as Markdown, the program that fails and the program that does not."""

    title: str
    story: str
    fails: str
    mended: str


def page(id: str) -> Page:
    """The page of a diagnostic. Raises FileNotFoundError where there is none, ValueError where it lacks a part."""
    text = (PAGES / f"{id}.md").read_text(encoding="utf-8")
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"the page of {id} has not the form of a page")
    return Page(**match.groupdict())


def story(id: str, *, colour: bool = False) -> str:
    """The page of a diagnostic for a terminal, its programs indented."""
    told = page(id)
    severity = CATALOGUE[id].severity
    header = paint(f"{severity}[{id}]", severity, colour) + paint(f": {told.title}", "message", colour)
    fails, mended = paint("Fails:", "error", colour), paint("Mended:", "help", colour)
    paragraphs = (textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False) for text in told.story.split("\n\n"))
    return "\n\n".join([header, *paragraphs, fails, _indented(told.fails), mended, _indented(told.mended)])


def _indented(program: str) -> str:
    return "\n".join(("    " + line).rstrip() for line in program.rstrip("\n").split("\n"))
