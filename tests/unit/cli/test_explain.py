"""`einlang explain`."""

import pytest
from click.testing import CliRunner

from einlang.cli.group import einlang
from einlang.diagnostics.catalogue import CATALOGUE, GROUPS


def explain(*arguments: str, colour: str = ""):
    return CliRunner(env={"NO_COLOR": "", "FORCE_COLOR": colour}).invoke(einlang, ["explain", *arguments])


@pytest.mark.parametrize("id", CATALOGUE)
def test_each_diagnostic_has_its_story(id: str) -> None:
    result = explain(id)
    assert result.exit_code == 0
    assert result.output.startswith(f"{CATALOGUE[id].severity}[{id}]: {CATALOGUE[id].title}\n\n")
    assert "\nFails:\n\n    " in result.output and "\nMended:\n\n    " in result.output


@pytest.mark.parametrize("written", ["[index-not-summed]", "error[index-not-summed]:", "`index-not-summed`"])
def test_an_id_may_be_pasted_as_it_is_printed(written: str) -> None:
    assert explain(written).output == explain("index-not-summed").output


def test_an_id_that_is_misspelt_is_a_wrong_command_with_the_right_one() -> None:
    result = explain("index-not-sumed")
    assert result.exit_code == 2
    assert "there is no diagnostic `index-not-sumed`; did you mean `index-not-summed`?" in result.stderr
    assert explain("qqqq").stderr.endswith("there is no diagnostic `qqqq`; `einlang explain` lists them all\n")


def test_without_an_id_all_are_listed_in_their_groups() -> None:
    output = explain().output
    for group, rows in GROUPS.items():
        lines = output[output.index(f"{group}\n") :].split("\n")[1 : len(rows) + 1]
        assert [line.split()[0] for line in lines] == list(rows)


def test_colour_is_forced_and_forbidden() -> None:
    assert "\x1b[" in explain(colour="1").output
    assert "\x1b[" not in explain().output
