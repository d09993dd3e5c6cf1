"""The table of diagnostics: id to severity and title; the long story of each is `pages/<id>.md`."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """A row: `severity` is `error` or `warning`; `title` is one line in the terms of the language reference."""

    severity: str
    title: str


CATALOGUE: dict[str, Entry] = {
    # reading
    "not-supported-yet": Entry("error", "this part of the language is not built yet"),
    # sums
    "index-not-summed": Entry("error", "nothing sums a capital index"),
    # names
    # extents
    # derivatives
    # warnings
}
