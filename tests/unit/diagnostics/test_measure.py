"""Characters as terminals show them, and lines cut around a place."""

import pytest

from einlang.diagnostics.measure import CUT, escape, excerpt, shown, width


@pytest.mark.parametrize(
    ("character", "text", "columns"),
    [
        ("a", "a", 1),
        ("é", "é", 1),
        ("∂", "∂", 1),
        ("日", "日", 2),
        ("Ａ", "Ａ", 2),
        ("\u0301", "\u0301", 0),
        ("\t", "    ", 4),
        ("\x00", "\\x00", 4),
        ("\x1b", "\\x1b", 4),
        ("\u202e", "\\u202e", 6),
        ("\u200b", "\\u200b", 6),
        ("\ud800", "\\ud800", 6),
        ("\U000e0001", "\\U000e0001", 10),
        ("\u2028", "\\u2028", 6),
    ],
)
def test_what_is_shown_for_a_character_and_its_columns(character: str, text: str, columns: int) -> None:
    assert shown(character) == text
    assert width(character) == columns


def test_messages_keep_their_line_ends_and_nothing_else_that_steers_the_terminal() -> None:
    assert escape("a\x1b[2J\r\nb ∂") == "a\\x1b[2J\\x0d\nb ∂"


def test_a_line_that_fits_is_shown_whole() -> None:
    cut = excerpt("x\t日y", 3, 4, 10)
    assert cut.text == "x    日y"
    assert [cut.column(n) for n in range(5)] == [0, 1, 5, 7, 8]


@pytest.mark.parametrize("place", [0, 1, 49, 98, 99])
def test_a_long_line_is_cut_around_the_place(place: int) -> None:
    line = "".join(chr(ord("a") + n % 26) for n in range(100))
    cut = excerpt(line, place, place + 1, 20)
    assert cut.text[cut.column(place)] == line[place]
    assert len(cut.text.replace(CUT, "")) == 20
    assert cut.text.startswith(CUT) == (cut.first > 0) and cut.text.endswith(CUT) == (cut.last < 100)


def test_what_is_cut_away_stands_where_the_cut_is() -> None:
    cut = excerpt("a" * 50 + "b" + "c" * 50, 50, 51, 11)
    assert cut.text == "...aaaaabccccc..."
    assert (cut.column(0), cut.column(100)) == (3, 14)


def test_a_wide_character_is_not_shown_in_half() -> None:
    assert excerpt("日" * 20, 10, 11, 5).text == "...日日..."
