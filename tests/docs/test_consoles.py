"""Every `$ einlang …` in the documents prints what stands below it; `--update-golden` rewrites that.

A block of `ein` or `ein-abstract` that begins with `# NAME.ein` is a file for the commands of its document.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from einlang.cli.group import einlang

ROOT = Path(__file__).parents[2]
FILE = re.compile(r"^```ein(?:-abstract)?\n(# (\S+\.ein)\b.*?)^```$", flags=re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ einlang (.*(?:\\\n.*)*)\n((?:(?!\$ ).*\n)*)", flags=re.MULTILINE)
DOCUMENTS = [path for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))] if CONSOLE.search(path.read_text())]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_print_what_the_document_says(
    document: Path, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EINLANG_CACHE_DIR", str(tmp_path / "cache"))
    written = document.read_text()
    for found in FILE.finditer(written):
        Path(found[2]).write_text(found[1])
    made = CONSOLE.sub(lambda block: f"```console\n{''.join(ran(block[1]))}```", written)
    if request.config.getoption("--update-golden"):
        document.write_text(made)
    else:
        assert CONSOLE.findall(made) == CONSOLE.findall(written)


def ran(block: str) -> Iterator[str]:
    """The commands of a block, each with what it prints on both streams."""
    assert "".join(found[0] for found in COMMAND.finditer(block)) == block, "a block is commands and what they print"
    for found in COMMAND.finditer(block):
        result = CliRunner().invoke(einlang, shlex.split(found[1].replace("\\\n", "")))
        assert "Traceback" not in result.output
        yield f"$ einlang {found[1]}\n{result.output}"
