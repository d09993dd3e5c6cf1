"""Modules that `einlang compile` writes: they run without Einlang, can be moved and zipped, and say the same as programs."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import einlang
from einlang.building import write_module
from einlang.errors import CallError

USE = """
import sys, warnings
sys.path.insert(0, sys.argv[1])
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import NAME as module
import numpy as np
data = dict(np.load(sys.argv[2]))
out = module.run(**data)
again = module.run(data, out=out)
try:
    module.run(**{**data, "W1": np.ones((9, 9))})
except module.CallError as error:
    print(error)
print(sorted(module.NATIVES), len(caught), "einlang" in sys.modules, *[str(w.message) for w in caught])
np.savez(sys.argv[3], **out.arrays())
"""


@pytest.fixture(scope="session")
def written(shared_cache: Path, tmp_path_factory: pytest.TempPathFactory, network: str) -> Path:
    """A folder with the network and the module that is made of it."""
    folder = tmp_path_factory.mktemp("module")
    (folder / "mlp.ein").write_text(network)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EINLANG_CACHE_DIR", str(shared_cache))
        write_module(einlang.load(folder / "mlp.ein").with_grad("L"), folder / "build", "mlp")
    return folder


@pytest.fixture
def build(tmp_path: Path, written: Path) -> Path:
    """A copy of the module's folder."""
    shutil.copy(written / "mlp.ein", tmp_path)
    return Path(shutil.copytree(written / "build", tmp_path / "build"))


def use(place: Path, tmp_path: Path, data: dict[str, np.ndarray], name: str = "mlp") -> tuple[list[str], dict[str, np.ndarray]]:
    """What a process without Einlang prints that runs the module, and the outputs."""
    np.savez(tmp_path / "data.npz", **data)
    command = [sys.executable, "-I", "-c", USE.replace("NAME", name), place, tmp_path / "data.npz", tmp_path / "out.npz"]
    result = subprocess.run(list(map(str, command)), cwd="/", capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines(), dict(np.load(tmp_path / "out.npz"))


def test_a_module_needs_no_einlang_and_gives_the_same(build: Path, tmp_path: Path, data) -> None:
    assert sorted(path.suffix for path in build.iterdir()) == [".py", ".pyi", ".so"]
    given = data("float32")
    printed, out = use(build, tmp_path, given)
    program = einlang.load(tmp_path / "mlp.ein").with_grad("L")
    expected = program(given)
    assert list(out) == list(expected.keys()) and all(np.array_equal(out[name], expected[name]) for name in out)
    with pytest.raises(CallError) as caught:
        program(**{**given, "W1": np.ones((9, 9), "f4")})
    assert printed[0].partition(";")[0].replace("float64", "float32") != "" and "W1 holds float64" in printed[0]
    assert "W1" in str(caught.value) and printed[1] == "['float32', 'float64'] 0 False"


def test_the_directory_can_be_moved(build: Path, tmp_path: Path, data) -> None:
    moved = Path(shutil.move(build, tmp_path / "élsewhere"))
    assert use(moved, tmp_path, data())[0][-1] == "['float32', 'float64'] 0 False"


def test_in_a_zip_numpy_takes_over_with_one_warning(build: Path, tmp_path: Path, data) -> None:
    archive = shutil.make_archive(str(tmp_path / "build"), "zip", build)
    printed, out = use(Path(archive), tmp_path, data())
    assert printed[-1].startswith("[] 1 False mlp runs on NumPy, which is slower: ")
    np.testing.assert_allclose(out["L"], use(build, tmp_path, data())[1]["L"], rtol=1e-12)


@pytest.mark.parametrize("damage", ["missing", "garbage", "of another module"])
def test_without_its_library_numpy_takes_over(damage: str, build: Path, tmp_path: Path, data, network: str) -> None:
    (library,) = build.glob("_mlp.*")
    if damage == "of another module":
        other = einlang.compile(network.replace("tanh", "sin")).with_grad("L")
        library.write_bytes(next(p for p in write_module(other, tmp_path / "other", "mlp") if p.suffix == ".so").read_bytes())
    elif damage == "garbage":
        library.write_bytes(b"garbage")
    else:
        library.unlink()
    printed, _ = use(build, tmp_path, data())
    assert printed[-1].startswith("[] 1 False mlp runs on NumPy, which is slower: ")


def test_a_module_on_numpy_alone_has_no_library_and_no_warning(tmp_path: Path, network: str, data) -> None:
    written = write_module(einlang.compile(network, backend="numpy"), tmp_path / "build", "net")
    assert sorted(path.name for path in written) == ["net.py", "net.pyi"]
    assert use(tmp_path / "build", tmp_path, data(), "net")[0][-1] == "[] 0 False"


def test_without_a_compiler_a_module_runs_on_numpy(tmp_path: Path, network: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.warns(RuntimeWarning, match="there is no C compiler here"):
        written = write_module(einlang.compile(network), tmp_path / "build", "net")
    assert sorted(path.suffix for path in written) == [".py", ".pyi"]


def test_without_python_h_the_library_is_a_plain_one(tmp_path: Path, network: str, data, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("einlang.runtime.build.python_header", lambda: None)
    written = write_module(einlang.compile(network), tmp_path / "build", "net")
    assert [path.name for path in written if path.suffix == ".so"] == ["_net.so"]
    assert use(tmp_path / "build", tmp_path, data(), "net")[0][-1] == "['float32', 'float64'] 0 False"


def test_a_fixed_type_has_one_kernel(tmp_path: Path, network: str, data) -> None:
    write_module(einlang.compile(network, dtype="float32"), tmp_path / "build", "net")
    assert use(tmp_path / "build", tmp_path, data("float32"), "net")[0][-1] == "['float32'] 0 False"


@pytest.mark.parametrize("name", ["my-net", "2net", "class", "", "a.b", "../x", "numpy", "typing", "net\n"])
def test_names_that_no_module_can_have(name: str, tmp_path: Path, network: str) -> None:
    with pytest.raises(CallError, match="--name"):
        write_module(einlang.compile(network), tmp_path / "build", name)
    assert not (tmp_path / "build").exists()


def test_writing_again_replaces_and_leaves_nothing_else(build: Path, network: str) -> None:
    write_module(einlang.compile(network), build, "mlp")
    assert len(list(build.iterdir())) == 3
    assert all(stat.S_IMODE(path.stat().st_mode) & 0o400 for path in build.iterdir())


def test_a_full_disk_leaves_no_half_written_module(tmp_path: Path, network: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = einlang.compile(network, backend="numpy")

    def full(descriptor: int, mode: str) -> None:
        os.close(descriptor)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("einlang.runtime.artefact.os.fdopen", full)
    with pytest.raises(OSError, match="No space left"):
        write_module(program, tmp_path / "build", "net")
    assert list((tmp_path / "build").iterdir()) == []


HOSTILE = """\
# '''; import os; os._exit(7) #\\N{DIGIT ONE} \\
input out[n], check_[n], __import__[n], σ, λ, w'[n], print
param run[n], call[n], Outputs[n], SIGNATURE[n], np_[n], int_[n], space[n], linux[n], general[n], warnings[n]
L = out[I] check_[I] __import__[I] + σ λ w'[I] run[I] + call[I] Outputs[I] SIGNATURE[I] + np_[I] int_[I] space[I] linux[I] print
import_[i] = general[i] warnings[i]
"""


def test_hostile_names(tmp_path: Path) -> None:
    for backend in ("c", "numpy"):
        program = einlang.compile(HOSTILE, backend=backend).with_grad("L", ["out", "run", "linux"])
        given = {tensor.name: np.full(3 if tensor.axes else (), 2.0) for tensor in program.signature.inputs}
        out = program(given)
        assert out.L == 3 * 8 + 3 * 16 + 3 * 8 + 3 * 32 and out["dL_drun"].tolist() == [8, 8, 8]
        write_module(program, tmp_path / backend, "hostile")
        code = "import sys, numpy; sys.path.insert(0, sys.argv[1]); import hostile; "
        code += "print(hostile.run(dict(numpy.load(sys.argv[2]))).L)"
        np.savez(tmp_path / "data.npz", **given)
        command = [sys.executable, "-I", "-c", code, str(tmp_path / backend), str(tmp_path / "data.npz")]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == f"{out.L}\n"


def test_the_stub_is_python_and_has_the_names(build: Path) -> None:
    text = (build / "mlp.pyi").read_text()
    compile(text, "mlp.pyi", "exec")
    assert "    W1: ArrayLike,\n" in text and "    dL_dW1: NDArray[Any]\n" in text
