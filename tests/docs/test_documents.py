"""Every block of code in the documents does what it says.

`ein` compiles; `ein-abstract` is sound but leaves something open, so that there is no code; `ein-fails id` gives that diagnostic.
"""

import doctest
import re
import textwrap
from pathlib import Path

import pytest
from unit.codegen.html.test_pages import sound as sound_page
from unit.codegen.latex.test_formulas import sound as sound_latex

import einlang

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^( *)```(ein|ein-abstract|ein-fails [\w-]+)\n(.*?)^\1```$", flags=re.MULTILINE | re.DOTALL)
BLOCKS = [
    pytest.param(kind, textwrap.dedent(text), id=f"{document.name}:{number}")
    for document in DOCUMENTS
    for number, (_, kind, text) in enumerate(FENCE.findall(document.read_text()))
]


@pytest.mark.parametrize(("kind", "text"), BLOCKS)
def test_a_block_does_what_it_says(kind: str, text: str) -> None:
    if kind == "ein":
        assert einlang.compile(text, backend="numpy").numpy_source
    elif kind == "ein-abstract":
        program = einlang.compile(text, backend="numpy")
        with pytest.raises(einlang.EinlangError, match="abstract"):
            assert program.numpy_source
    else:
        with pytest.raises(einlang.CompileError) as caught:
            einlang.compile(text)
        assert [finding.id for finding in caught.value.diagnostics] == [kind.split()[1]]


@pytest.mark.parametrize(("kind", "text"), [block for block in BLOCKS if not block.values[0].startswith("ein-fails")])
def test_a_block_has_a_page_and_formulas(kind: str, text: str) -> None:
    program = einlang.compile(text, backend="numpy")
    sound_page(program.html())
    sound_latex(program.latex())


SESSIONS = [document for document in DOCUMENTS if "```pycon" in document.read_text()]
SESSION = re.compile(r"^```pycon\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("document", SESSIONS, ids=lambda document: document.name)
def test_sessions_print_what_they_say(document: Path) -> None:
    text = "\n".join(SESSION.findall(document.read_text()))
    session = doctest.DocTestParser().get_doctest(text, {}, document.name, str(document), 0)
    told: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(session, out=told.append)
    assert result.attempted > 0 and not result.failed, "".join(told)


def test_the_readme_has_the_two_commands_and_shows_a_gradient_that_is_what_einlang_prints() -> None:
    readme = (ROOT / "README.md").read_text()
    assert len(re.findall(r"^    .*pytest", readme, flags=re.MULTILINE)) == 1
    assert len(re.findall(r"^    .*examples/digits/train\.py", readme, flags=re.MULTILINE)) == 1
    program = re.search(r"```ein\n(.*?)```", readme, flags=re.DOTALL)
    shown = re.search(r">>> print\(layer\.grad\(\"L\"\)\.source\)\n(.*?)```", readme, flags=re.DOTALL)
    assert program and shown
    assert einlang.compile(program[1]).grad("L").source.strip() == shown[1].strip()
