"""The cache on disk: entries are whole or not there, and where it cannot be used a private folder takes its place."""

import json
import os
import stat
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from einlang.runtime import cache

NOBODY = 65534
KEY, OTHER = "a" * 64, "b" * 64


def kernel(key: str = KEY, content: str = "library") -> Path:
    with cache.work_folder() as work:
        (work / "k.so").write_text(content)
        (work / "k.o").write_text("not kept")
        return cache.install(work, key, ["k.so"], {"mode": "api"})


def is_root() -> bool:
    return os.geteuid() == 0


@pytest.mark.parametrize(
    ("chosen", "shared", "home", "expected"),
    [
        ("/a/b", "/x", "/h", "/a/b"),
        ("off", "/x", "/h", None),
        ("", "/x", "/h", "/x/einlang"),
        ("", "relative", "/h", "/h/.cache/einlang"),
        ("", "", "/h", "/h/.cache/einlang"),
    ],
)
def test_where_it_is(chosen: str, shared: str, home: str, expected: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("EINLANG_CACHE_DIR", chosen), ("XDG_CACHE_HOME", shared), ("HOME", home)):
        monkeypatch.setenv(name, value)
    assert cache.wanted_root() == (Path(expected) if expected else None)


def test_folders_are_made_for_their_owner_alone(cache_folder: Path) -> None:
    place = cache.folder("kernels")
    assert place == cache_folder / "kernels"
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o700 for path in (cache_folder, place))


def test_an_entry_is_found_again_and_holds_what_was_named() -> None:
    place = kernel()
    assert cache.find(KEY) == (place, {"mode": "api", "files": json.loads((place / "entry.json").read_text())["files"]})
    assert sorted(path.name for path in place.iterdir()) == ["entry.json", "k.so"]
    assert [path.name for path in place.parent.iterdir()] == [KEY]
    assert cache.find(OTHER) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda place: (place / "k.so").write_text("librarx"),
        lambda place: (place / "k.so").write_text(""),
        lambda place: (place / "k.so").unlink(),
        lambda place: (place / "entry.json").write_text("{"),
        lambda place: (place / "entry.json").write_text("[]"),
        lambda place: (place / "entry.json").write_bytes(b"\xff"),
        lambda place: (place / "entry.json").unlink(),
    ],
)
def test_a_damaged_entry_counts_as_missing_and_is_replaced(damage) -> None:
    damage(kernel())
    assert cache.find(KEY) is None
    place = kernel()
    assert cache.find(KEY) is not None and (place / "k.so").read_text() == "library"


def test_of_two_that_make_the_same_the_first_stays() -> None:
    with cache.work_folder() as work:
        (work / "k.so").write_text("mine")
        first = kernel()
        assert cache.install(work, KEY, ["k.so"], {}) == first
    assert (first / "k.so").read_text() == "library"
    assert [path.name for path in first.parent.iterdir()] == [KEY]


def test_what_is_not_finished_leaves_nothing() -> None:
    with pytest.raises(RuntimeError), cache.work_folder() as work:
        (work / "k.so").write_text("half")
        raise RuntimeError
    assert list(cache.folder("kernels").iterdir()) == []


def test_what_killed_processes_left_is_removed_after_a_day() -> None:
    old, new = (cache.folder("kernels") / name for name in ("tmp-old", "tmp-new"))
    old.mkdir()
    new.mkdir()
    os.utime(old, (0, 0))
    kernel()
    assert not old.exists() and new.exists()


def test_records() -> None:
    assert cache.read_record(KEY) is None
    cache.write_record(KEY, {"σ": [1, "x\udc80"]})
    assert cache.read_record(KEY) == {"σ": [1, "x\udc80"]}
    path = cache.folder("programs") / f"{KEY}.json"
    path.write_text(path.read_text().replace("1", "2"))
    assert cache.read_record(KEY) is None
    path.write_bytes(b"\xff\xfe")
    assert cache.read_record(KEY) is None
    cache.write_record(KEY, {})
    assert cache.read_record(KEY) == {} and [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_record_for_which_there_is_no_room_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    cache.write_record(OTHER, {})
    monkeypatch.setattr(Path, "replace", full)
    cache.write_record(KEY, {})
    assert [path.name for path in cache.folder("programs").iterdir()] == [f"{OTHER}.json"]


UNUSABLE = {
    "a file": lambda place: place.write_text(""),
    "below a file": lambda place: (place.parent / "cache").write_text("") and None,
    "writable by others": lambda place: (place.mkdir(), place.chmod(0o777)),
    "writable by the group": lambda place: (place.mkdir(), place.chmod(0o770)),
}


@pytest.mark.parametrize("spoil", UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_folder_is_left_alone_with_one_warning(spoil, cache_folder: Path) -> None:
    spoil(cache_folder)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        places = [cache.folder("kernels"), kernel().parent, cache.folder("failed").parent / "kernels"]
    assert len(caught) == 1 and "compiled kernels are not kept: " in str(caught[0].message)
    assert set(places) == {places[0]} and cache_folder not in places[0].parents
    assert cache.find(KEY) is not None and not cache.is_kept()
    cache.write_record(KEY, {})
    assert cache.read_record(KEY) is None


def test_a_read_only_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as outer:
        Path(outer).chmod(0o755)
        place = Path(outer, "cache")
        place.mkdir(mode=0o500)
        monkeypatch.setenv("EINLANG_CACHE_DIR", str(place))
        if is_root():
            os.chown(place, NOBODY, NOBODY)
        assert in_a_child_without_rights(lambda: place not in cache.folder("kernels").parents) == ["cannot be written to"]


def in_a_child_without_rights(holds: Callable[[], bool]) -> list[str]:
    """The warnings that a child process gives, which is not root, while it finds that something holds; root writes everywhere."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        if is_root():
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            held = holds()
        said = [str(warning.message) for warning in caught] if held else ["does not hold"]
        os.write(
            writer, json.dumps(["cannot be written to" if "cannot be written to" in text else text for text in said]).encode()
        )
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as answers:
        said: list[str] = json.loads(answers.read())
    return said


def test_a_folder_that_cannot_be_written(cache_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache_folder.mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != cache_folder)
    with pytest.warns(RuntimeWarning, match="cannot be written to"):
        assert cache_folder not in cache.folder("kernels").parents


def test_a_folder_of_somebody_else(monkeypatch: pytest.MonkeyPatch, cache_folder: Path) -> None:
    cache_folder.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.warns(RuntimeWarning, match="belongs to another user"):
        cache.root()


def test_off_keeps_nothing_and_warns_of_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EINLANG_CACHE_DIR", "off")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        place = kernel()
    assert cache.find(KEY) is not None and not cache.is_kept() and cache.listing().root is None
    assert "einlang-" in str(place)


PRIVATE = """
import os
from einlang.runtime import cache
mine = cache.root()
child = os.fork()
if child == 0:
    theirs = cache.root()
    print(theirs != mine, theirs.is_dir(), flush=True)
    raise SystemExit
os.waitpid(child, 0)
print(mine.is_dir(), mine)
"""


def test_a_private_folder_is_removed_by_the_process_that_made_it() -> None:
    environment = {**os.environ, "EINLANG_CACHE_DIR": "off"}
    result = subprocess.run([sys.executable, "-c", PRIVATE], env=environment, capture_output=True, text=True, check=True)
    first, second = result.stdout.splitlines()
    assert first == "True True" and second.startswith("True ")
    assert not Path(second.split()[1]).exists()


def test_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EINLANG_CACHE_DIR")
    monkeypatch.setenv("HOME", "/nonexistent/home/of/nobody" if not is_root() else "/dev/null/home")
    with pytest.warns(RuntimeWarning, match="compiled kernels are not kept"):
        assert cache.root().is_dir()


def test_listing_and_clearing_leave_other_files_alone(cache_folder: Path) -> None:
    assert cache.listing() == cache.Listing(cache_folder, 0, 0)
    assert not cache_folder.exists()
    kernel()
    kernel(OTHER)
    cache.write_record(KEY, {})
    with cache.work_folder() as work:
        cache.keep_failed(work, KEY)
    for name in ("mine.txt", "kernels/mine.txt", "programs/mine.json"):
        (cache_folder / name).write_text("mine")
    found = cache.listing()
    assert found.kernels == 2 and found.bytes > 0
    assert cache.clear() == found
    assert cache.listing() == cache.Listing(cache_folder, 0, 0)
    assert sorted(path.name for path in cache_folder.rglob("*") if path.is_file()) == ["mine.json", "mine.txt", "mine.txt"]
