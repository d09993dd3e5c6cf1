"""The third column of each table of docs/translations.md says what NumPy by hand says; every row has its numbers."""

import re
from pathlib import Path

import numpy as np
import pytest
from translations import einops, tensor_comprehensions, tullio
from translations.row import Row

import einlang

DOCUMENT = Path(__file__).parents[2] / "docs" / "translations.md"
BY_HAND = {"Tullio": tullio.ROWS, "Tensor Comprehensions": tensor_comprehensions.ROWS, "einops": einops.ROWS}
CELL = re.compile(r"(?<!\\)\|")
CODE = re.compile(r"`([^`]+)`")


def table(section: str) -> dict[str, str]:
    """The programs of a section's table, by what they do."""
    text = DOCUMENT.read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in CELL.split(line)[1:-1]] for line in lines[2:]]
    assert all(len(row) == 4 for row in cells)
    programs = {what: "\n".join(CODE.findall(ours)) for what, _, ours, _ in cells}
    assert len(programs) == len(cells), "two rows have one name"
    return programs


TABLES = {section: table(section) for section in BY_HAND}
ROWS = [pytest.param(text, BY_HAND[s].get(what), id=f"{s}: {what}") for s in TABLES for what, text in TABLES[s].items()]


@pytest.mark.parametrize("section", TABLES)
def test_every_row_has_its_numbers(section: str) -> None:
    assert list(TABLES[section]) == list(BY_HAND[section])


@pytest.mark.parametrize(("text", "row"), ROWS)
def test_a_translation(text: str, row: Row) -> None:
    by_hand = row.hand(**row.arrays())
    for backend in ("c", "numpy"):
        found = list(einlang.compile(text, backend=backend)(row.arrays()))
        expected = by_hand if isinstance(by_hand, tuple) else (by_hand,)
        assert len(found) == len(expected)
        for array, exact in zip(found, expected, strict=True):
            assert np.shape(array) == np.shape(exact)
            np.testing.assert_allclose(array, exact, rtol=1e-10, atol=1e-12)
