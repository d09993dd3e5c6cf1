"""The table of diagnostics: id to severity and title; the long story of each is `pages/<id>.md`."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """A row: `severity` is `error` or `warning`; `title` is one line in the terms of the language reference."""

    severity: str
    title: str


GROUPS: dict[str, dict[str, Entry]] = {
    "Reading": {
        "unexpected-text": Entry("error", "something else must stand here"),
        "other-notation": Entry("error", "Einlang writes this in another way"),
        "unknown-character": Entry("error", "a character that means nothing here"),
        "unclosed-bracket": Entry("error", "a bracket is opened and not closed"),
        "unopened-bracket": Entry("error", "a bracket is closed and not opened"),
        "nested-too-deeply": Entry("error", "too many levels inside each other"),
        "reserved-word": Entry("error", "a reserved word cannot be a name"),
        "number-spelling": Entry("error", "a number has digits on both sides of its point"),
        "number-out-of-range": Entry("error", "a number that no float64 is near to"),
        "number-after-prime": Entry("error", "a number after a prime needs a function"),
        "adjacent-number": Entry("error", "a number cannot follow a factor without a sign"),
        "primed-function": Entry("error", "a function's name has no prime"),
        "unknown-type": Entry("error", "the only type that is declared is int"),
        "index-spelling": Entry("error", "an index is spelled with ASCII letters"),
        "index-not-named": Entry("error", "a reduction that names no index"),
        "juxtaposed-after-division": Entry("error", "a factor joined without a sign straight after a division"),
        "power-of-reduction": Entry("error", "a power straight after a reduction"),
        "empty-file": Entry("error", "a file that says nothing"),
        "not-utf-8": Entry("error", "a file that is no UTF-8 text"),
        "file-too-large": Entry("error", "a file too large to be a program"),
        "too-many-errors": Entry("error", "reading stopped after too many errors"),
        "not-supported-yet": Entry("error", "this part of the language is not built yet"),
    },
    "Names": {},
    "Sums": {
        "index-not-summed": Entry("error", "nothing sums a capital index"),
    },
    "Extents": {},
    "Derivatives": {},
    "Warnings": {},
}
"""The rows by what they are about, as `einlang explain` lists them."""

CATALOGUE: dict[str, Entry] = {id: entry for rows in GROUPS.values() for id, entry in rows.items()}
