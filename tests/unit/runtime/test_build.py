"""Building libraries: cffi in both modes, and compilers that fail, die, lie, hang, or are not there."""

import os
import pickle
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from einlang.errors import BuildError
from einlang.runtime import build as builder
from einlang.runtime import cache, extension, toolchain
from einlang.runtime.build import NoCompilerError, Request, build, find

REQUEST = Request(
    (("twice_f64", "double twice_f64(double x) { return 2 * x; }\n"),),
    "double twice_f64(double x);\n",
    "double twice_f64(double x);\n",
)


def fake_compiler(path: Path, script: str) -> str:
    """A command that answers `--version` and then does as the script says."""
    path.write_text(f'#!/bin/sh\nif [ "$1" = --version ]; then echo fake 1.0; exit; fi\n{script}\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_a_library_is_built_once_and_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    built = build(REQUEST)
    assert built.extension.lib.twice_f64(3.0) == 6.0
    assert built.facts["mode"] == "api"
    assert {path.suffix for path in built.folder.iterdir()} == {".c", ".so", ".json"}

    def no_compiler(*_: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(builder, "_compile", no_compiler)
    assert build(REQUEST).key == built.key and find(built.key) is not None


def test_without_python_h_the_abi_mode_does_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builder, "python_header", lambda: None)
    built = build(REQUEST)
    assert built.facts["mode"] == "abi" and built.extension.lib.twice_f64(3.0) == 6.0
    monkeypatch.setattr(builder, "_compile", None)
    assert build(REQUEST).extension.lib.twice_f64(4.0) == 8.0


def test_a_damaged_library_is_built_anew() -> None:
    built = build(REQUEST)
    library = built.folder / built.facts["library"]
    library.write_bytes(library.read_bytes()[:100])
    assert build(REQUEST).extension.lib.twice_f64(3.0) == 6.0
    assert cache.find(built.key) is not None


@pytest.mark.parametrize(
    "change",
    [
        lambda patch: patch.setattr(builder, "FLAGS", (*builder.FLAGS, "-DX")),
        lambda patch: patch.setattr(builder, "processor", lambda: ("sse2",)),
        lambda patch: patch.setattr(builder, "python_identity", lambda: "another Python"),
        lambda patch: patch.setattr(builder, "python_header", lambda: None),
        lambda patch: patch.setattr(builder, "_version", lambda compiler: "99.0"),
        lambda patch: patch.setattr(builder, "__version__", "99.0"),
        lambda patch: patch.setattr("cffi.__version__", "99.0"),
    ],
)
def test_the_key_has_everything_that_the_library_depends_on(change, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = toolchain.find_compiler()
    before = REQUEST.key(compiler)
    assert before == REQUEST.key(compiler)
    change(monkeypatch)
    assert REQUEST.key(compiler) != before


def test_the_key_has_the_texts_and_the_compiler() -> None:
    compiler = toolchain.find_compiler()
    keys = {request.key(compiler) for request in (REQUEST, *(REQUEST._replace(**{f: "x"}) for f in REQUEST._fields))}
    assert len(keys) == 1 + len(REQUEST._fields)
    assert REQUEST.key(compiler._replace(identity="another file")) not in keys


FAILURES = {
    "kills itself": ("kill -9 $$", "killed by SIGKILL"),
    "fails": ("echo 'no such header'; exit 1", "no such header"),
    "fails in silence": ("exit 3", "ended with status 3 and printed nothing"),
    "writes nothing": ("exit 0", "made no library that can be loaded"),
    "writes garbage": (
        'for a; do last=$a; done; while [ "$1" != -o ]; do shift; done; echo garbage > "$2"',
        "made no library that can be loaded",
    ),
    "prints no text": ("printf '\\377\\376'; exit 1", "\ufffd"),
}


@pytest.mark.parametrize(("script", "message"), FAILURES.values(), ids=FAILURES)
def test_a_compiler_that_does_not_work(
    script: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache_folder: Path
) -> None:
    monkeypatch.setenv("EINLANG_CC", fake_compiler(tmp_path / "cc", script))
    with pytest.raises(BuildError) as caught:
        build(REQUEST)
    error = caught.value
    assert message in error.output and error.command[0] == str(tmp_path / "cc")
    assert "twice_f64" in Path(error.c_file).read_text()
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert list((cache_folder / "kernels").iterdir()) == []
    monkeypatch.delenv("EINLANG_CC")
    assert build(REQUEST).extension.lib.twice_f64(3.0) == 6.0


def test_a_compiler_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EINLANG_CC", fake_compiler(tmp_path / "cc", f"sleep 60 & echo $! > {tmp_path}/child; wait"))
    monkeypatch.setattr(builder, "LIMIT", 0.5)
    with pytest.raises(BuildError, match="it was ended after"):
        build(REQUEST)
    with pytest.raises(OSError):
        os.kill(int((tmp_path / "child").read_text()), 0) or os.waitpid(int((tmp_path / "child").read_text()), 0)


def test_an_interrupt_ends_all_compilers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache_folder: Path) -> None:
    monkeypatch.setenv("EINLANG_CC", fake_compiler(tmp_path / "cc", f"echo $$ >> {tmp_path}/running; sleep 60"))

    def interrupted(process: subprocess.Popen[bytes]) -> None:
        while len((tmp_path / "running").read_text().split() if (tmp_path / "running").exists() else []) < 2:
            pass
        raise KeyboardInterrupt

    monkeypatch.setattr(builder, "_output", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build(REQUEST)
    for number in map(int, (tmp_path / "running").read_text().split()):
        with pytest.raises(OSError):
            os.kill(number, 0)
    assert list((cache_folder / "kernels").iterdir()) == []


def test_a_compiler_that_cannot_be_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cc"
    path.write_bytes(b"\x7fELF garbage")
    path.chmod(0o700)
    monkeypatch.setenv("EINLANG_CC", str(path))
    with pytest.raises(BuildError, match="it cannot be run"):
        build(REQUEST)


def test_wrong_c_says_what_the_compiler_says_and_keeps_the_file(cache_folder: Path) -> None:
    wrong = REQUEST._replace(kernels=(("twice_f64", "double twice_f64(double x) { return oops; }\n"),))
    with pytest.raises(BuildError, match="oops") as caught:
        build(wrong)
    assert "oops" in Path(caught.value.c_file).read_text() and caught.value.c_file.endswith("twice_f64.c")
    assert cache_folder / "failed" in Path(caught.value.c_file).parents


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"PATH": "/nowhere"}, "there is no C compiler here; install one"),
        ({"EINLANG_CC": "no-such-cc"}, "there is no C compiler 'no-such-cc', which EINLANG_CC names"),
    ],
)
def test_without_a_compiler(environment: dict[str, str], message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(NoCompilerError, match=message) as caught:
        build(REQUEST)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value) and caught.value.command == ()


@pytest.mark.parametrize("refused", [["-march=native"], ["-fno-tree-pre"], ["-march=native", "-fno-tree-pre"]])
def test_flags_that_the_compiler_refuses_are_left_out(
    refused: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse = "".join(f'for a; do if [ "$a" = {flag} ]; then echo "unknown {flag}"; exit 1; fi; done\n' for flag in refused)
    script = f'{refuse}exec {toolchain.find_compiler().command[0]} "$@"'
    monkeypatch.setenv("EINLANG_CC", fake_compiler(tmp_path / "cc", script))
    assert build(REQUEST).extension.lib.twice_f64(3.0) == 6.0


# --- full disks ---------------------------------------------------------------------------------------------------------

FULL = """
import resource, sys
from pathlib import Path
from einlang.errors import BuildError
from einlang.runtime.build import Request, build
text = "double f(double x) { return x; }\\n"
request = Request((("f", text + "/*" + "x" * 100000 + "*/"),), "double f(double x);\\n", "double f(double x);\\n")
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
try:
    print(build(request).extension.lib.f(2.0))
except BuildError as error:
    print("BuildError:", str(error).replace("\\n", " | "))
"""


@pytest.mark.parametrize("limit", [0, 1000, 5000, 20000])
def test_files_that_cannot_grow_give_a_message_and_no_entry(limit: int, cache_folder: Path) -> None:
    result = subprocess.run([sys.executable, "-c", FULL, str(limit)], capture_output=True, text=True, check=True)
    assert result.stdout.startswith("BuildError: ")
    assert list(cache_folder.rglob("entry.json")) == []
    assert not [path for path in cache_folder.rglob("tmp-*") if path.is_dir()]


def test_a_full_cache_gives_way_to_a_private_folder(monkeypatch: pytest.MonkeyPatch, cache_folder: Path) -> None:
    write = Path.write_text

    def full(path: Path, *args: object, **kwargs: object) -> int:
        if cache_folder in path.parents:
            raise OSError(28, "No space left on device")
        return write(path, *args, **kwargs)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.warns(RuntimeWarning, match="compiled kernels are not kept: .*No space left on device"):
        built = build(REQUEST)
    assert built.extension.lib.twice_f64(3.0) == 6.0 and cache_folder not in built.folder.parents
    assert list((cache_folder / "kernels").iterdir()) == []


def test_no_room_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.warns(RuntimeWarning), pytest.raises(BuildError, match="there is no place to build in"):
        build(REQUEST)


# --- several at once ----------------------------------------------------------------------------------------------------

ONE = """
from einlang.runtime.build import Request, build
text = "double g(double x) { return x + 1; }\\n"
print(build(Request((("g", text),), "double g(double x);\\n", "double g(double x);\\n")).extension.lib.g(1.0))
"""


def test_several_processes_that_build_the_same_at_once(cache_folder: Path) -> None:
    started = [subprocess.Popen([sys.executable, "-c", ONE], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [process.communicate()[0] for process in started] == ["2.0\n"] * 4
    (entry,) = (cache_folder / "kernels").iterdir()
    assert cache.find(entry.name) is not None


# --- loading ------------------------------------------------------------------------------------------------------------


def test_a_library_for_another_processor_is_refused() -> None:
    built = build(REQUEST)
    with pytest.raises(ImportError, match="made for a processor that has avx9"):
        extension.load(built.folder, {**built.facts, "processor": [*extension.processor(), "avx9"]})


UNIT = "double square_f64(double x) { return x * x; }\n"
SHARING = REQUEST._replace(
    kernels=(("twice_f64", "double square_f64(double);\ndouble twice_f64(double x) { return 2 * square_f64(x); }\n"),),
    units=(("unit_f64", UNIT),),
)


def test_a_unit_is_compiled_once_for_all_programs(monkeypatch: pytest.MonkeyPatch, cache_folder: Path) -> None:
    commands = []
    start = builder._start
    monkeypatch.setattr(builder, "_start", lambda command, folder: commands.append(command) or start(command, folder))
    assert build(SHARING).extension.lib.twice_f64(3.0) == 18.0
    assert any("unit_f64.c" in command for command in commands)
    commands.clear()
    other = SHARING._replace(kernels=((name := SHARING.kernels[0][0], SHARING.kernels[0][1].replace("2 *", "3 *")),))
    assert name == "twice_f64" and build(other).extension.lib.twice_f64(3.0) == 27.0
    assert not any("unit_f64.c" in command for command in commands)
    assert len(list((cache_folder / "units").iterdir())) == 1


def test_a_damaged_unit_is_compiled_anew(cache_folder: Path) -> None:
    build(SHARING)
    (unit,) = (cache_folder / "units").iterdir()
    (unit / "unit.o").write_bytes(b"garbage")
    other = SHARING._replace(library="_other")
    assert build(other).extension.lib.twice_f64(3.0) == 18.0
