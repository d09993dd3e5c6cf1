"""Tables of the parser, kept in the cache: in goes what they are made from, out come the bytes that another process kept."""

from __future__ import annotations

import hashlib
import sys

from einlang.runtime import cache


def read(made_from: str) -> bytes | None:
    """What was kept; None where there is nothing that is whole."""
    return cache.read("tables", _name(made_from))


def write(made_from: str, data: bytes) -> None:
    """Keep it, where there is a cache."""
    cache.write("tables", _name(made_from), data)


def _name(made_from: str) -> str:
    return hashlib.sha256(f"{sys.version} {made_from}".encode()).hexdigest()
