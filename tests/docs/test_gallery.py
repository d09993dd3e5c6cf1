"""The gallery shows every example, with lines that stand in its file and with its picture."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECTION = re.compile(r"^### \[[^\]]+\]\(\.\./examples/(\w+)\)\n(.*?)(?=^##|\Z)", flags=re.MULTILINE | re.DOTALL)
SECTIONS = dict(SECTION.findall((ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")))
EXAMPLES = sorted(file.parent.name for file in (ROOT / "examples").glob("*/*.ein"))


def test_every_example_is_in_the_gallery() -> None:
    assert sorted(SECTIONS) == EXAMPLES


def test_the_readme_and_the_gallery_know_each_other() -> None:
    assert "(docs/gallery.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_lines_stand_in_the_file(name: str) -> None:
    text = (ROOT / "examples" / name / f"{name}.ein").read_text(encoding="utf-8")
    lines = {line.split("#")[0].rstrip() for line in text.splitlines()}
    (shown,) = re.findall(r"^```ein-lines\n(.*?)^```$", SECTIONS[name], flags=re.MULTILINE | re.DOTALL)
    assert 2 <= len(shown.splitlines()) <= 6
    assert [line for line in shown.splitlines() if line not in lines] == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_pictures_are_there_and_small(name: str) -> None:
    drawn = sorted((ROOT / "examples" / name).glob("*.png"))
    shown = re.findall(r"!\[[^\]]+\]\(\.\./(examples/\w+/\w+\.png)\)", SECTIONS[name])
    assert drawn and [ROOT / path for path in shown] == drawn
    assert all(picture.stat().st_size < 80_000 for picture in drawn)
