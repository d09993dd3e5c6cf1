"""A document with a table renewed: in go its text, the name of a place and what is to stand there, out comes the text.

A place is what stands between `<!-- name -->` and `<!-- end -->`, each a line of its own; what is written around it stays.
"""

from __future__ import annotations

import re

_PLACE = re.compile(r"^<!-- (?P<name>[^\n]+?) -->\n.*?^<!-- end -->$", re.DOTALL | re.MULTILINE)


def places(document: str) -> list[str]:
    """The names of the places of a document, in order."""
    return [found["name"] for found in _PLACE.finditer(document)]


def renewed(document: str, name: str, text: str) -> str:
    """The document with a new text in the place of a name."""
    whole = f"<!-- {name} -->\n{text.strip()}\n<!-- end -->"
    return _PLACE.sub(lambda found: whole if found["name"] == name else found[0], document)
