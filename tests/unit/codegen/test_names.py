"""Names of the language as identifiers of C and Python."""

import re

import pytest

from einlang.codegen.names import RESERVED, spell

SPELLINGS = {
    "W": "W",
    "W{2}": "W_2",
    "W{1,12}": "W_1_12",
    "w'": "w_prime",
    "w''": "w_prime_prime",
    "X'{3}": "X_prime_3",
    "σ": "sigma",
    "Σ": "Sigma",
    "ς": "sigma",
    "λ": "lambda_",
    "Δx": "Deltax",
    "x_hat": "x_hat",
    "_x": "_x",
    "_X": "x_X",
    "__FILE__": "x__FILE__",
    "_": "x_",
    "ab_中": "ab__u4e2d",
    "é": "_u00e9",
    "size(x, 0)": "size_x_0",
    "int": "int_",
    "linux": "linux_",
    "lambda": "lambda_",
    "np": "np_",
    "workspace": "workspace_",
    'x"; system("id"); //': "x_u0022_u003b" + "system__u0022id_u0022_u003b_u002f_u002f",
    "": "x",
    "2": "x2",
    "2d": "x2d",
    "_2d": "x_2d",
}


@pytest.mark.parametrize(("name", "word"), SPELLINGS.items())
def test_spelling(name: str, word: str) -> None:
    assert spell([name]) == {name: word}


def test_a_fit_identifier_keeps_its_name_and_the_others_are_numbered() -> None:
    assert spell(["W{2}", "W_2", "W{2 }"]) == {"W{2}": "W_2_2", "W_2": "W_2", "W{2 }": "W_2_3"}


def test_a_numbered_name_does_not_take_that_of_another() -> None:
    names = ["W{2}", "W_2", "W_2_2", "int", "int_"]
    assert len(set(spell(names).values())) == len(names)


@pytest.mark.parametrize("name", ["\n", "a\\", "a\x00b", "\U0001f600", "a/*", "ǅ", "ª", *sorted(RESERVED)])
def test_nothing_but_letters_digits_and_underscores_comes_out(name: str) -> None:
    word = spell([name])[name]
    assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", word) and word not in RESERVED
    assert not re.match(r"_[A-Z_]", word)
