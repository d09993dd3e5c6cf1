"""Bytes to text: byte-order marks, line ends, and what is no text."""

import pytest

from einlang.diagnostics import Report
from einlang.syntax.reading import SIZE_LIMIT, read_source


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"\xef\xbb\xbfa = 1", "a = 1"),
        (b"a = 1\r\nb = 2", "a = 1\r\nb = 2"),
        (b"a = 1\rb = 2", "a = 1\nb = 2"),
        ("σ = ∂".encode(), "σ = ∂"),
    ],
)
def test_a_text(data, text) -> None:
    report = Report()
    source = read_source(data, "a.ein", report)
    assert (source and source.text, report.diagnostics) == (text, [])


@pytest.mark.parametrize(
    ("data", "place", "label"),
    [
        (b"\xff\xfea\0", "a.ein:1:1", "0xff"),
        (b"\xef\xbb\xbf\xff", "a.ein:1:1", "0xff"),
        ("# Größe\nσ = ".encode() + b"\xe9 + 1\nb = \xff", "a.ein:2:5", "0xe9"),
        (b"a = 1\n# \0", "a.ein:2:3", "0x00"),
        ("a = σ".encode()[:-1], "a.ein:1:5", "0xcf"),
        (bytes(range(1, 256)), "a.ein:2:118", "0x80"),
    ],
)
def test_what_is_no_text_is_reported_with_its_place(data, place, label) -> None:
    report = Report()
    assert read_source(data, "a.ein", report) is None
    (found,) = report.diagnostics
    assert (found.id, found.span.place) == ("not-utf-8", place)
    assert label in found.label
    assert found.span.source.line(found.span.position[0]) is not None


def test_a_file_larger_than_any_program() -> None:
    report = Report()
    assert read_source(b" " * (SIZE_LIMIT + 1), "a.ein", report) is None
    assert [found.id for found in report.diagnostics] == ["file-too-large"]
    assert read_source(b" " * SIZE_LIMIT, "a.ein", Report()) is not None
