"""The pool in C: every part is done once, whoever calls, also in a child after a fork; ThreadSanitizer finds no race in it."""

import shutil
import subprocess
from pathlib import Path

import pytest
from csrc.conftest import CSRC, STRICT

TEXT = Path(__file__).with_name("threads.c")


def build(place: Path, *flags: str) -> Path:
    """The program of many callers."""
    command = [shutil.which("gcc"), "-std=gnu11", "-O1", "-g", *STRICT, *flags, f"-I{CSRC}", TEXT, "-o", place, "-pthread"]
    subprocess.run(command, check=True)
    return place


def test_every_part_is_done_once_and_in_a_child_too(tmp_path: Path) -> None:
    subprocess.run([build(tmp_path / "threads"), "fork", "fork", "fork"], check=True, timeout=300)


def test_there_is_no_race(tmp_path: Path) -> None:
    (tmp_path / "empty.c").write_text("int main(void) { return 0; }\n")
    trial = [shutil.which("gcc"), "-fsanitize=thread", tmp_path / "empty.c", "-o", tmp_path / "empty"]
    if subprocess.run(trial, capture_output=True, check=False).returncode or subprocess.run([tmp_path / "empty"]).returncode:
        pytest.skip("gcc has no ThreadSanitizer that runs here")
    ran = subprocess.run(
        [build(tmp_path / "race", "-fsanitize=thread")], capture_output=True, text=True, timeout=300, check=False
    )
    assert ran.returncode == 0 and "WARNING: ThreadSanitizer" not in ran.stderr, ran.stderr[:3000]
