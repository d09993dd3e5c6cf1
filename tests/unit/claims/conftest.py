"""What the tests of claims share: a claim about a program, judged."""

from collections.abc import Callable

import pytest

from einlang.claims import Judgement
from einlang.driver import Stages
from einlang.runtime.recipe import Recipe


@pytest.fixture
def judged() -> Callable[[str], list[Judgement]]:
    """The judgements of the claims in a text."""
    return lambda text: list(Stages(Recipe("case", "case.ein", text)).claims)
