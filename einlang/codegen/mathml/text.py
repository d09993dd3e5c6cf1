"""Text in XML: in goes any text, out comes text in which nothing is markup, and no character that XML forbids."""

from __future__ import annotations

import re

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\u007e\u00a0-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Control characters, those that turn the direction of writing among them, and halves of characters."""


def escaped(text: str) -> str:
    """The text for the content of an element, or of an attribute in quotes."""
    return re.sub("[&<>\"']", lambda found: _ENTITIES[found[0]], _FORBIDDEN.sub("\ufffd", text))
