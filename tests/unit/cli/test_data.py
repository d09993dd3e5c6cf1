"""Arrays read, written and printed."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from einlang.call import CallError
from einlang.cli import data


def test_every_name_is_written_and_read_back(tmp_path: Path) -> None:
    path = str(tmp_path / "out.npz")
    arrays = {name: np.arange(n, dtype=np.float32) for n, name in enumerate(["W{2}", "w'", "file", "allow_pickle", "σ", "x"])}
    data.write(path, {**arrays, "L": np.float64(0.5)})
    read = data.read(path)
    assert list(read) == [*arrays, "L"]
    assert all(np.array_equal(read[name], array) and read[name].dtype == np.float32 for name, array in arrays.items())
    assert read["L"].shape == () and read["L"] == 0.5
    assert [file.name for file in tmp_path.iterdir()] == ["out.npz"]
    with np.load(path) as archive:
        assert archive["W{2}"].shape == (0,)


def test_what_fails_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.npz"
    path.write_bytes(b"old")
    with pytest.raises(ValueError, match="pickle"):
        data.write(str(path), {"x": np.ones(3), "bad": np.array([object()])})
    assert path.read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 1


def saved(save, *arrays, **named) -> bytes:
    file = io.BytesIO()
    save(file, *arrays, **named)
    return file.getvalue()


GOOD = saved(np.savez, x=np.arange(100.0))
BAD = {
    "empty": b"",
    "text": b"X,Y\n1,2\n",
    "zip": b"PK\x03\x04 and then nothing",
    "cut": GOOD[: len(GOOD) // 2],
    "broken": GOOD.replace(b"\x00\x00\x50\x40", b"\x01\x02\x03\x04", 1),
    "objects": saved(np.savez, x=np.array([{}], dtype=object)),
    "one array": saved(np.save, np.ones(3)),
    "pickle": b"\x80\x04K\x01.",
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD.keys())
def test_a_bad_file_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "in.npz"
    path.write_bytes(content)
    with pytest.raises(CallError, match=r"in\.npz"):
        data.read(str(path))


def test_members_that_are_no_arrays_are_no_arrays(tmp_path: Path) -> None:
    path = tmp_path / "in.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "hello")
    with pytest.raises(CallError, match=r"notes\.txt"):
        data.read(str(path))


def test_a_missing_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        data.read(str(tmp_path / "none.npz"))


def test_outputs_are_printed_as_numpy_prints_them() -> None:
    assert data.text("L", np.float32(0.1)) == "L = 0.1"
    assert data.text("L", 3) == "L = 3"
    assert data.text("v", np.array([1.0, 2.5])) == "v  float64[2]\n[1.  2.5]"
    assert data.text("A", np.zeros((2, 0), np.float32)) == "A  float32[2, 0]\n[]"
    assert "..." in data.text("B", np.zeros(10_000))
