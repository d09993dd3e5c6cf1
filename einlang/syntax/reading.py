"""In go the bytes of a file, out comes its text as a source; what is no text is reported with its place."""

from __future__ import annotations

import re
from codecs import BOM_UTF8

from einlang.diagnostics import Report
from einlang.source import Source, Span

SIZE_LIMIT = 16 * 2**20


def read_source(data: bytes, name: str, report: Report) -> Source | None:
    """The text of a file, without its byte-order mark, lone carriage returns as line ends; None after reporting an error.

    Errors: more than 16 MB, bytes that are no UTF-8, characters 0.
    """
    if len(data) > SIZE_LIMIT:
        empty = Source(name, "")
        report.add("file-too-large", Span(empty, 0, 0), f"{name} has {len(data) / 2**20:.0f} MB; a program has at most 16")
        return None
    data = data.removeprefix(BOM_UTF8)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        _report_bytes(data, error.start, name, report)
        return None
    if "\0" in text:
        _report_bytes(data, data.index(b"\0"), name, report)
        return None
    return Source(name, re.sub("\r(?!\n)", "\n", text))


def _report_bytes(data: bytes, offset: int, name: str, report: Report) -> None:
    """Say which byte makes the file no text, in the text as far as it can be read."""
    lines = data[:offset].rpartition(b"\n")
    end = data.find(b"\n", offset)
    start = len((lines[0] + lines[1]).decode("utf-8"))
    text = data[: end if end >= 0 else len(data)].decode("utf-8", errors="replace").replace("\0", "\ufffd")
    place = start + len(lines[2].decode("utf-8"))
    message = f"{name} is no text in UTF-8" if data[offset] else f"{name} is no text: it has a character 0"
    report.add(
        "not-utf-8",
        Span(Source(name, text), place, place + 1),
        message,
        label=f"the byte 0x{data[offset]:02x} cannot stand here",
        help="save the program as UTF-8" if data[offset] else "",
    )
