"""A cache of its own for every test."""

from pathlib import Path

import pytest

from einlang.runtime import cache


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the cache, which is not there yet; and a process that has not found out anything about it."""
    for name, value in (("private", None), ("broken", frozenset()), ("warned", False)):
        monkeypatch.setattr(cache._State, name, value)
    for variable in ("EINLANG_CC", "CC", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("EINLANG_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"
