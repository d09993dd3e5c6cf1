"""Finding the compiler and Python.h."""

from pathlib import Path

import pytest

from einlang.runtime import toolchain


def command(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o700)
    return path


@pytest.mark.parametrize(
    ("there", "environment", "expected"),
    [
        (["cc", "gcc", "clang"], {}, "cc"),
        (["gcc", "clang"], {}, "gcc"),
        (["clang"], {}, "clang"),
        (["cc", "tcc"], {"CC": "tcc"}, "tcc"),
        (["cc"], {"CC": "missing"}, "cc"),
        (["cc", "a", "b"], {"CC": "a", "EINLANG_CC": "b"}, "b"),
        (["cc"], {"EINLANG_CC": "missing"}, None),
        ([], {}, None),
    ],
)
def test_which_compiler(
    there: list[str], environment: dict[str, str], expected: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in there:
        command(tmp_path, name)
    monkeypatch.setenv("PATH", str(tmp_path))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = toolchain.find_compiler()
    assert (found and Path(found.command[0]).name) == expected


def test_a_command_may_have_several_words_and_a_path_spaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = command(tmp_path, "my cc")
    monkeypatch.setenv("EINLANG_CC", str(path))
    assert toolchain.find_compiler().command == (str(path),)
    monkeypatch.setenv("EINLANG_CC", f"'{path}' -m64")
    assert toolchain.find_compiler().command == (str(path), "-m64")
    monkeypatch.setenv("EINLANG_CC", "cc 'unclosed")
    assert toolchain.find_compiler() is None


def test_another_file_is_another_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = command(tmp_path, "cc")
    monkeypatch.setenv("EINLANG_CC", str(path))
    before = toolchain.find_compiler().identity
    path.write_text("#!/bin/sh\n# another\n")
    assert toolchain.find_compiler().identity != before


def test_python_h(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain.sysconfig, "get_paths", lambda: dict.fromkeys(["include", "platinclude"], str(tmp_path)))
    assert toolchain.python_header() is None
    (tmp_path / "Python.h").write_text("")
    assert toolchain.python_header() == tmp_path
