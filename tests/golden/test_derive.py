"""Derivations as golden files: a Markdown file holds a program, what is derived of it, and what comes out, a section each."""

import re
from pathlib import Path

import pytest

import einlang
from einlang.derived import Derivation

CASES = sorted((Path(__file__).parent / "derive").glob("*.md"))
SECTION = re.compile(r"^## (?P<stage>[A-Z]+)\n\n```(?P<language>\w*)\n(?P<text>.*?)^```$", flags=re.MULTILINE | re.DOTALL)
WRITTEN = {
    "OUTPUT": lambda derivation: derivation.text(steps=False),
    "STEPS": lambda derivation: derivation.text(),
    "LATEX": lambda derivation: derivation.latex(),
    "EIN": lambda derivation: derivation.source,
}


def derivation(source: str, command: str) -> Derivation:
    """What `einlang derive -e SOURCE COMMAND` derives: `L W1,c1`, with `--expand` at the end."""
    output, *by = command.removesuffix(" --expand").split()
    program = einlang.compile(source, backend="numpy")
    return program.derivation(output, *(names.split(",") for names in by), expand=command.endswith(" --expand"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_derivation_is_what_its_file_says(case: Path, request: pytest.FixtureRequest) -> None:
    written = case.read_text()
    sections = {match["stage"]: match["text"] for match in SECTION.finditer(written)}
    source, commands = sections.pop("IN"), sections.pop("DERIVE").splitlines()
    found = [derivation(source, command) for command in commands]
    assert sections.keys() <= WRITTEN.keys() and "OUTPUT" in sections
    assert all(each.is_checked for each in found)
    made = {stage: "\n".join(WRITTEN[stage](each) for each in found) for stage in sections}
    if request.config.getoption("--update-golden"):
        case.write_text(
            SECTION.sub(lambda m: f"## {m['stage']}\n\n```{m['language']}\n{made.get(m['stage'], m['text'])}```", written)
        )
    else:
        assert sections == made
