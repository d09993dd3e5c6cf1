"""Mutated programs never give anything but diagnostics, and what is accepted is well formed and has its sums written out."""

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from einlang.diagnostics import Report
from einlang.ir.equality import key
from einlang.ir.verify import verify
from einlang.sema import analyse, explicit_sums
from einlang.source import Source
from einlang.syntax.format import format_file
from einlang.syntax.nodes import File
from einlang.syntax.parser import parse

GOLDEN = sorted((Path(__file__).parents[2] / "golden").glob("*/*.md"))
PROGRAMS = [
    match[1] for path in GOLDEN if (match := re.search(r"^```ein\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL))
]
TOKEN = re.compile(r"\s+|\w+'*|.", re.DOTALL)
WORDS = [
    *(token for program in PROGRAMS for token in TOKEN.findall(program)),
    "δ[i,J]",
    "∂",
    " if ",
    " else ",
    "sum[K : n]",
    "1[I]",
]

Edit = Callable[[list[str], random.Random], None]


def drop(tokens: list[str], chance: random.Random) -> None:
    del tokens[chance.randrange(len(tokens))]


def swap(tokens: list[str], chance: random.Random) -> None:
    a, b = chance.randrange(len(tokens)), chance.randrange(len(tokens))
    tokens[a], tokens[b] = tokens[b], tokens[a]


def put(tokens: list[str], chance: random.Random) -> None:
    tokens[chance.randrange(len(tokens))] = chance.choice(WORDS)


def insert(tokens: list[str], chance: random.Random) -> None:
    tokens.insert(chance.randrange(len(tokens)), chance.choice(WORDS))


def rename(tokens: list[str], chance: random.Random) -> None:
    names = [place for place, token in enumerate(tokens) if token[0].isalpha()]
    tokens[chance.choice(names)] = tokens[chance.choice(names)]


EDITS: list[Edit] = [drop, swap, put, insert, rename, rename, rename]


def read(source: str, report: Report) -> list[File]:
    return parse(Source("main.ein", source), report, lambda path, span: None)


def mutated(program: str, seed: int, edits: int) -> str:
    chance = random.Random(seed)
    tokens = TOKEN.findall(program)
    for _ in range(edits):
        chance.choice(EDITS)(tokens, chance)
    return "".join(tokens)


@given(st.sampled_from(PROGRAMS), st.integers(0, 2**32), st.integers(1, 4))
@example("input x[x[x]]\nB[i : size(B, 0)] = i\n", 0, 0)
@example("x\n", 0, 0)
def test_mutated_programs_give_diagnostics_or_programs(program: str, seed: int, edits: int) -> None:
    source = mutated(program, seed, edits)
    report = Report()
    files = read(source, report)
    made = analyse(files, report, name="main")
    written = format_file(explicit_sums(files, Report()))
    assert (made is None) == report.has_errors
    if made is not None and len(files) == 1:
        verify(made, "sema")
        again = analyse(read(written, Report()), Report(), name="main")
        assert again is not None, written
        if not files[0].is_sketch:
            assert [key(definition) for definition in made.definitions] == [key(definition) for definition in again.definitions]


NETWORK = next(program for program in PROGRAMS if "log_softmax" in program)


@pytest.mark.parametrize("place", [match.end() for match in re.finditer(r"\b[A-Z]\d?(?=\[)|tanh|log_softmax", NETWORK)][6:])
def test_a_misspelt_name_is_met_with_that_alone(place: int) -> None:
    report = Report()
    analyse(read(f"{NETWORK[:place]}q{NETWORK[place:]}", report), report, name="main")
    assert {finding.id for finding in report.diagnostics} == {"undefined-name"}
