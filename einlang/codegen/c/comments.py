"""Comments of C: in go lines of any text, out comes a comment that ends where it should."""

from __future__ import annotations

from collections.abc import Sequence


def comment(lines: Sequence[str]) -> str:
    """A comment of those lines; what could end or hide a part of it is taken apart."""
    texts = [_harmless(line) for text in lines for line in text.split("\n")]
    return f"/* {texts[0]} */" if len(texts) == 1 else "\n * ".join([f"/* {texts[0]}", *texts[1:]]) + "\n */"


def _harmless(line: str) -> str:
    """The line without the ends of comments, the splices of lines and what does not print."""
    shown = "".join(character if character.isprintable() else "?" for character in line)
    for mark in ("*/", "/*", "??"):
        while mark in shown:
            shown = shown.replace(mark, f"{mark[0]} {mark[1]}")
    return shown.rstrip("\\ ") if shown.endswith("\\") else shown
