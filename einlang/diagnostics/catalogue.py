"""The table of diagnostics: id to severity and title; the long story of each is `pages/<id>.md`."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """A row: `severity` is `error` or `warning`; `title` is one line in the terms of the language reference."""

    severity: str
    title: str


GROUPS: dict[str, dict[str, Entry]] = {
    "Reading": {
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
