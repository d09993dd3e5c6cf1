"""The grammar is free of conflicts, and each group of its rules has an example above it that parses."""

import re

import pytest

from einlang.resources import resource
from einlang.syntax import grammar

TEXT = resource("grammar/einlang.lark").read_text(encoding="utf-8")
RULES = TEXT[TEXT.index("// --- statements") : TEXT.index("// --- words")]
GROUPS = [group for group in RULES.split("\n\n") if re.search(r"^!?\??[a-z_]+:", group, flags=re.MULTILINE)]
EXAMPLES = re.findall(r"^// (?!---)(.*)\n(?!//)", RULES, flags=re.MULTILINE)
STATEMENT = re.compile(r".* (=|<-) |(input|output|use|abstract|solve|assume|check|const|size|fn) ")


def test_the_grammar_has_no_conflicts() -> None:
    assert grammar.load(strict=True)


def test_each_group_of_rules_has_an_example() -> None:
    assert len(GROUPS) > 20
    assert all(group.startswith("// ") for group in GROUPS)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_parses(example, items) -> None:
    items(example if STATEMENT.match(example) else f"y = {example}")


def test_every_terminal_is_used_or_lies_between_tokens() -> None:
    names = set(re.findall(r"^([A-Z_0-9]+):", TEXT, flags=re.MULTILINE))
    assert names - set(re.findall(r"\b[A-Z_0-9]{2,}\b", RULES)) == grammar.between_tokens()
