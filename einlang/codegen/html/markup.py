"""Elements of HTML and SVG: in go a name, attributes and content, out comes markup."""

from __future__ import annotations

from collections.abc import Iterable

from einlang.codegen.mathml import escaped


def tag(name: str, *content: str, **attributes: str | float) -> str:
    """An element around content that is markup already. `class_` and `for_` lose their `_`; other `_` are hyphens."""
    given = "".join(f' {_attribute(key)}="{_value(value)}"' for key, value in attributes.items())
    return f"<{name}{given}>{''.join(content)}</{name}>"


def lines(parts: Iterable[str]) -> str:
    """Parts on lines of their own."""
    return "\n".join(parts)


def _attribute(key: str) -> str:
    return "viewBox" if key == "view_box" else key.rstrip("_").replace("_", "-")


def _value(value: str | float) -> str:
    """A value in quotes; a number with one decimal at most."""
    return escaped(value) if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
