"""The house's rules, read off every file: floors, imports in functions, lengths, and ARCHITECTURE.md's list."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "einlang"
FILES = sorted(PACKAGE.rglob("*.py"))
FLOORS = {
    "cli": 8,
    "__init__": 7,
    "__main__": 8,
    "program": 7,
    "training": 7,
    "driver": 7,
    "building": 7,
    "timing": 7,
    "derived": 7,
    "runtime": 6,
    "claims": 6,
    "codegen": 5,
    "plan": 4,
    "loops": 4,
    "derivation": 4,
    "calculus": 3,
    "optimize": 3,
    "sema": 2,
    "syntax": 1,
    "ir": 1,
    "call": 0,
    "diagnostics": 0,
    "dtypes": 0,
    "errors": 0,
    "later": 0,
    "options": 0,
    "resources": 0,
    "source": 0,
    "structured": 0,
    "tree": 0,
}
LAZY_IMPORTS = {"lark", "cffi", "click", "numpy", "difflib"}
LONGEST_FILE, LONGEST_FUNCTION = 400, 40


def part(path: Path) -> str:
    """The folder or module of the top of the package that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_parts(tree: ast.AST) -> set[str]:
    """The parts of einlang that a module imports, those for type checkers alone included."""
    found = set()
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module] if node.module != "einlang" else [f"einlang.{alias.name}" for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("einlang.")}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_from_lower_floors_and_its_own_folder(path: Path) -> None:
    own = part(path)
    for other in imported_parts(ast.parse(path.read_text())) & FLOORS.keys():
        lower = FLOORS[other] < FLOORS[own]
        same_level_files = FLOORS[other] == FLOORS[own] and FLOORS[own] in (0, 4, 7, 8)
        assert other == own or lower or same_level_files, f"{own} imports {other}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_functions_import_only_slow_packages_that_are_not_ours(path: Path) -> None:
    for function in ast.walk(ast.parse(path.read_text())):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    module = node.names[0].name if isinstance(node, ast.Import) else node.module or ""
                    assert module.split(".")[0] in LAZY_IMPORTS, f"{function.name} imports {module}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_and_functions_are_short(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_part_has_a_floor_and_every_module_says_what_it_is(path: Path) -> None:
    assert part(path) in FLOORS
    assert path.name == "__init__.py" or ast.get_docstring(ast.parse(path.read_text()))
    assert path.stem not in ("utils", "helpers", "common", "base")


def test_architecture_md_lists_every_file_and_says_of_a_module_what_it_says_of_itself() -> None:
    listed = dict(re.findall(r"^- `([^`]+)`: (.*)$", (ROOT / "ARCHITECTURE.md").read_text(), flags=re.MULTILINE))
    sources = [path for path in FILES if path.name != "__init__.py"]
    sources += [*(ROOT / "csrc").rglob("*.[ch]"), *(ROOT / "grammar").rglob("*.lark")]
    assert listed.keys() == {str(path.relative_to(ROOT)) for path in sources}
    for path in FILES:
        if path.name != "__init__.py":
            first = (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n\n")[0].replace("\n", " ")
            assert listed[str(path.relative_to(ROOT))] == first.split(". ")[0].rstrip("."), path
