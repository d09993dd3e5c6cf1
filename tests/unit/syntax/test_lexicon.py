"""The words of the language are the same everywhere."""

import re

from einlang.resources import resource
from einlang.sema import builtins
from einlang.sema.names import BUILT_IN_FUNCTIONS
from einlang.syntax import lexicon


def test_the_functions_are_those_that_analysis_knows() -> None:
    assert set(lexicon.ELEMENTWISE) == builtins.ELEMENTWISE.keys()
    assert set(lexicon.REDUCTIONS) == builtins.REDUCTIONS.keys()
    assert set(lexicon.ALONG) >= builtins.ALONG.keys()
    assert set(lexicon.FUNCTIONS) == BUILT_IN_FUNCTIONS


def test_the_reserved_words_are_those_of_the_grammar() -> None:
    words = re.findall(r'^[A-Z_]+: "(\w+)"$', resource("grammar/einlang.lark").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sorted(words) == sorted((*lexicon.RESERVED, *lexicon.DELTA, "levicivita"))
