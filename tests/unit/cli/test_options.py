"""The readers of option values."""

import click
import pytest

from einlang.cli.options import Asked, asked, binding, names, outputs, setting


@pytest.mark.parametrize(
    ("text", "expected"),
    [("L", ("L",)), ("L, G1", ("L", "G1")), ("W{m,p},c", ("W{m,p}", "c")), ("W{0,1},W{1,2}", ("W{0,1}", "W{1,2}")), ("", ())],
)
def test_commas_in_braces_belong_to_a_name(text: str, expected: tuple[str, ...]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("n=5", ("n", 5)), ("lr = 1e-3", ("lr", 1e-3)), ("σ=-2", ("σ", -2))])
def test_a_setting_is_a_name_and_a_number(text: str, expected: tuple[str, float]) -> None:
    assert setting(text) == expected
    assert type(setting(text)[1]) is type(expected[1])


def test_a_binding_is_two_names() -> None:
    assert binding("σ = tanh") == ("σ", "tanh")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("L", Asked("L", None)), ("L:W1,c1", Asked("L", ("W1", "c1"))), ("L : W{1}", Asked("L", ("W{1}",)))],
)
def test_a_derivative_is_of_an_output_by_names_or_by_the_params(text: str, expected: Asked) -> None:
    assert asked(text) == expected


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (setting, "n"),
        (setting, "=5"),
        (setting, "n=five"),
        (setting, "n=nan"),
        (outputs, ""),
        (outputs, ","),
        (setting, ""),
        (binding, "σ"),
        (binding, "σ="),
        (asked, ""),
        (asked, "L:"),
    ],
)
def test_anything_else_is_a_wrong_command_that_quotes_it(read, text: str) -> None:
    with pytest.raises(click.BadParameter) as caught:
        read(text)
    assert repr(text) in caught.value.message
