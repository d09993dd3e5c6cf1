"""In go the bytes of a file, out comes its text as a source; what is no text is reported with its place."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from typing import TYPE_CHECKING

from einlang.source import Source, Span

if TYPE_CHECKING:
    from einlang.diagnostics import Report

SIZE_LIMIT = 16 * 2**20


def text_of(data: bytes) -> str | None:
    """The text of a file, without its byte-order mark, lone carriage returns as line ends; None where it is none."""
    if len(data) > SIZE_LIMIT or b"\0" in data:
        return None
    try:
        text = data.removeprefix(BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError:
        return None
    return re.sub("\r(?!\n)", "\n", text)


def read_source(data: bytes, name: str, report: Report) -> Source | None:
    """The text of a file as a source; None after reporting an error.

    Errors: more than 16 MB, bytes that are no UTF-8, characters 0.
    """
    text = text_of(data)
    if text is not None:
        return Source(name, text)
    if len(data) > SIZE_LIMIT:
        empty = Source(name, "")
        report.add("file-too-large", Span(empty, 0, 0), f"{name} has {len(data) / 2**20:.0f} MB; a program has at most 16")
        return None
    _report_bytes(data.removeprefix(BOM_UTF8), name, report)
    return None


def _report_bytes(data: bytes, name: str, report: Report) -> None:
    """Say which byte makes the file no text, in the text as far as it can be read."""
    offset = _wrong_byte(data)
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


def _wrong_byte(data: bytes) -> int:
    """Where the first byte is that is no UTF-8; where there is none, the first character 0."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return data.index(b"\0")
