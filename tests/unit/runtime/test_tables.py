"""The parser's tables are kept, come back in another process's parser, and count as missing where they are not whole."""

from pathlib import Path

import pytest

from einlang.runtime import tables
from einlang.syntax import grammar


@pytest.fixture(autouse=True)
def fresh_parser():
    """No parser is in memory, before and after."""
    grammar._grammar.cache_clear()
    grammar.keep_tables(tables)
    yield
    grammar._grammar.cache_clear()


def first_words() -> frozenset[str]:
    return grammar.accepted_after(())


def made_anew(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """A list that grows with each making of tables."""
    made: list[bool] = []
    load = grammar.load
    monkeypatch.setattr(grammar, "load", lambda: made.append(True) or load())
    return made


def test_tables_are_made_once(monkeypatch: pytest.MonkeyPatch, cache_folder: Path) -> None:
    made = made_anew(monkeypatch)
    expected, terminals, between = first_words(), list(map(repr, grammar.terminals())), grammar.between_tokens()
    grammar._grammar.cache_clear()
    assert first_words() == expected and grammar.between_tokens() == between
    assert list(map(repr, grammar.terminals())) == terminals
    assert made == [True] and len(list((cache_folder / "tables").iterdir())) == 1


@pytest.mark.parametrize("content", [b"", b"garbage\ngarbage", "damaged", "of another state"])
def test_what_is_not_whole_is_made_anew(content: bytes | str, monkeypatch: pytest.MonkeyPatch, cache_folder: Path) -> None:
    made = made_anew(monkeypatch)
    expected = first_words()
    (file,) = (cache_folder / "tables").iterdir()
    if content == "of another state":
        monkeypatch.setattr(tables, "read", lambda _: b"ceinlang.syntax.build\nNothing\n.")
    else:
        file.write_bytes(file.read_bytes()[:-1] if isinstance(content, str) else content)
    grammar._grammar.cache_clear()
    assert first_words() == expected and made == [True, True]


def test_without_a_cache_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EINLANG_CACHE_DIR", "off")
    made = made_anew(monkeypatch)
    assert first_words() and made == [True]
