"""The derivatives that people look up: in goes a program with ∂ in it, out comes the program that a person would write for it.

They are collected in docs/derivatives-reference.md, which is made from these files.
"""

import re
from pathlib import Path

import numpy as np
import pytest

import einlang
from einlang.codegen import ein

ROOT = Path(__file__).parents[2]
CASES = sorted((Path(__file__).parent / "derivatives").glob("*.md"))
SECTION = re.compile(r"^## (?P<stage>[A-Z]+)\n\n```ein\n(?P<text>.*?)^```$", flags=re.MULTILINE | re.DOTALL)
PAGE = ROOT / "docs" / "derivatives-reference.md"
GROUPS = {
    "0": "Looked up most often",
    "1": "",
    "3": "The examples of matrixcalculus.org",
    "4": "",
    "5": "From the literature",
}
HEAD = """# Derivatives, for reference

For each program that one would write, the program that `einlang` makes of it: one again, that compiles, computes the same to the
last bit, and can be derived again. Nothing here is written by hand, and every derivative is tested against steps of its
variables. `δ` is 1 where its subscripts are equal; a capital index that factors share is summed.
"""


def sections(case: Path) -> dict[str, str]:
    return {match["stage"]: match["text"] for match in SECTION.finditer(case.read_text())}


def derived(text: str) -> str:
    return ein.emit(einlang.compile(text, backend="numpy").stages.simplified)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_the_derivative_is_what_its_file_says(case: Path, request: pytest.FixtureRequest) -> None:
    found = derived(sections(case)["IN"])
    if request.config.getoption("--update-golden"):
        head, _ = case.read_text().split("## OUTPUT")
        case.write_text(f"{head}## OUTPUT\n\n```ein\n{found}```\n")
    assert found == sections(case)["OUTPUT"]


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_it_is_right(case: Path) -> None:
    """Against steps of the variables, and modulo primes where it is rational."""
    findings = einlang.compile(sections(case)["IN"], backend="numpy").check_derivatives()
    assert findings and all(finding.verdict == "right" for finding in findings), list(findings)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_what_comes_out_is_closed(case: Path) -> None:
    """It is its own simplest form, and computes the same to the last bit."""
    found = sections(case)
    assert derived(found["OUTPUT"]) == found["OUTPUT"]
    written, read = (einlang.compile(found[section], backend="numpy") for section in ("IN", "OUTPUT"))
    random = np.random.default_rng(1)
    sizes: dict[str, int] = {}
    arrays = {}
    for tensor in written.signature.inputs:
        shape = [sizes.setdefault(str(axis), 2 + len(sizes) % 3) for axis in tensor.axes]
        arrays[tensor.name] = random.dirichlet(np.ones(shape[-1]), shape[:-1]) if shape else random.uniform(0.5, 1)
    needed = {name: arrays[name] for name in (tensor.name for tensor in read.signature.inputs)}
    for left, right in zip(written(arrays), read(needed), strict=True):
        np.testing.assert_array_equal(left, right)


def page() -> str:
    """The collection."""
    parts = [HEAD]
    for case in CASES:
        title, found = case.read_text().split("\n", 1)[0], sections(case)
        group = GROUPS[case.stem[0]]
        if group and f"## {group}\n" not in parts:
            parts.append(f"## {group}\n")
        parts.append(f"##{title}\n\n```ein\n{found['IN']}```\n\nis\n\n```ein\n{found['OUTPUT']}```\n")
    return "\n".join(parts)


def test_the_page_is_made_of_the_files(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden"):
        PAGE.write_text(page())
    assert PAGE.read_text() == page()
