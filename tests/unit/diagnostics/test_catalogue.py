"""Every diagnostic has a page, is given by the code, and its page's programs do what they say."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from einlang.diagnostics import Report
from einlang.diagnostics.catalogue import CATALOGUE, GROUPS
from einlang.diagnostics.page import PAGES, page
from einlang.driver import Stages
from einlang.errors import CompileError
from einlang.options import options
from einlang.runtime.recipe import Recipe
from einlang.syntax.reading import SIZE_LIMIT, read_source

PACKAGE = Path(__file__).parents[3] / "einlang"
FILES: dict[str, Callable[[str], bytes]] = {
    "not-utf-8": lambda text: text.encode("latin-1"),
    "file-too-large": lambda text: text.encode() * (SIZE_LIMIT // len(text) + 1),
    "too-many-errors": lambda text: text.encode() * 200,
}
"""What a failing program stands for where a page cannot show it."""
SETTINGS: dict[str, dict[str, float]] = {"unknown-setting": {"m": 5}}
"""Consts that are set from outside, as the page says."""
CALLS = ("add", "error", "mistake")
"""What the functions are called that take the id of a diagnostic first."""


def findings(content: bytes, consts: dict[str, float]) -> list[str]:
    """The ids of what is wrong with a file, each once."""
    report = Report()
    source = read_source(content, "page.ein", report)
    if source is not None:
        stages = Stages(Recipe("page", "page.ein", source.text, options(consts=consts)))
        report = stages.report
        try:
            assert stages.claims is not None and stages.optimised
        except CompileError as error:
            return list(dict.fromkeys(finding.id for finding in error.diagnostics))
    return list(dict.fromkeys(finding.id for finding in report.diagnostics))


def texts_of_the_code() -> set[str]:
    """Every text that is written in the code, the catalogue itself left out."""
    paths = [path for path in PACKAGE.rglob("*.py") if path.name != "catalogue.py"]
    nodes = [node for path in paths for node in ast.walk(ast.parse(path.read_text()))]
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def ids_of_calls() -> set[str]:
    """The texts spelt like ids that stand first in a call of one of `CALLS`."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args and ast.unparse(node.func).rpartition(".")[2] in CALLS:
                first = node.args[0]
                if isinstance(first, ast.Constant) and re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", str(first.value)):
                    found.add(first.value)
    return found


def test_pages_and_rows_are_the_same() -> None:
    assert sorted(path.stem for path in PAGES.iterdir()) == sorted(CATALOGUE)
    assert sum(map(len, GROUPS.values())) == len(CATALOGUE)


def test_every_row_is_used_and_every_use_is_a_row() -> None:
    assert CATALOGUE.keys() <= texts_of_the_code()
    assert ids_of_calls() <= CATALOGUE.keys()


@pytest.mark.parametrize("id", CATALOGUE)
def test_a_page_has_the_title_of_its_row_and_lines_that_fit(id: str) -> None:
    assert page(id).title == CATALOGUE[id].title
    assert max(map(len, page(id).story.split("\n"))) <= 128


@pytest.mark.parametrize("id", CATALOGUE)
def test_the_failing_program_fails_so_and_the_mended_one_does_not(id: str) -> None:
    failing = FILES.get(id, str.encode)(page(id).fails)
    expected = [id] if id != "too-many-errors" else ["unexpected-text", id]
    assert findings(failing, SETTINGS.get(id, {})) == expected
    assert findings(page(id).mended.encode(), SETTINGS.get(id, {})) == []
