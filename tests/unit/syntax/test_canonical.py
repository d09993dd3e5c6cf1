"""The one formatting of a file: where comments and empty lines go, how long statements are broken."""

import re
from pathlib import Path

import pytest

from einlang.source import Source
from einlang.syntax import files
from einlang.syntax.canonical import canonical
from einlang.syntax.lines import WIDTH

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").rglob("*.ein"))


@pytest.fixture
def formatted(read):
    """A text without errors, formatted."""

    def formatted(text, spelling="kept"):
        file, wrong = read(text)
        assert not wrong, wrong[0].message
        return canonical(file, files.functions([Source("", text)]), spelling)

    return formatted


def test_comments_stay_beside_above_and_inside(formatted) -> None:
    text = """
    # above

       # indented
    a=1# beside
    b = 2 +   # inside
        # on a line of its own
      c[ 0 ]
      # below
    """
    assert formatted(text) == (
        "# above\n\n# indented\na = 1  # beside\nb = 2\n    +  # inside\n        # on a line of its own\n        c[0]\n# below\n"
    )


def test_comments_beside_neighbouring_lines_stand_below_each_other(formatted) -> None:
    text = "input X[b, k] # data\nparam w # weights\ny = 1\nz = 2 # two\n\nlonger = 3 # three"
    assert formatted(text) == ("input X[b, k]  # data\nparam w        # weights\ny = 1\nz = 2  # two\n\nlonger = 3  # three\n")


def test_wide_and_combining_characters_count_as_a_terminal_shows_them(formatted) -> None:
    assert formatted("幅 = 1 # a\nx̂ = 1 # b\nabc = 1 # c") == "幅 = 1   # a\nx̂ = 1    # b\nabc = 1  # c\n"


def test_an_empty_line_between_groups_stays_and_all_others_go(formatted) -> None:
    assert formatted("\n\na = 1\n\n\n\nb = 2\n# c\n\nc = 3\n\n\n") == "a = 1\n\nb = 2\n# c\n\nc = 3\n"


def test_spellings_are_kept_or_changed_as_asked(formatted) -> None:
    text = "f = x if x<=2*y else @L/@w # ∂ @\ng = y × ∂L/∂w · δ[0,1] delta[0,1]"
    assert formatted(text) == "f = x if x <= 2 * y else @L/@w  # ∂ @\ng = y × ∂L/∂w · δ[0,1] delta[0,1]\n"
    assert formatted(text, "unicode") == "f = x if x ≤ 2 · y else ∂L/∂w  # ∂ @\ng = y · ∂L/∂w · δ[0,1] δ[0,1]\n"
    assert formatted(text, "ascii") == "f = x if x <= 2 * y else @L/@w  # ∂ @\ng = y * @L/@w * delta[0,1] delta[0,1]\n"


LONG = "a_rather_long_name[i,j]"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (f"y[i,j] = {LONG} + {LONG} - {LONG} + {LONG}", [f"y[i,j] = {LONG}", f"    + {LONG}", f"    - {LONG}", f"    + {LONG}"]),
        (f"y[i,j] = {LONG} {LONG} {LONG} {LONG}", [f"y[i,j] = {LONG} {LONG} {LONG}", f"    {LONG}"]),
        (
            f"y[i,j] = {LONG} + {LONG} {LONG} {LONG} / {LONG}",
            [f"y[i,j] = {LONG}", f"    + {LONG} {LONG} {LONG}", f"        / {LONG}"],
        ),
        (
            f"y[i,j] = {LONG} if {LONG} < {LONG} else {LONG} {LONG}",
            [f"y[i,j] = {LONG}", f"    if {LONG} < {LONG}", f"    else {LONG} {LONG}"],
        ),
        (
            f"y[i,j] = exp({LONG} + {LONG} + {LONG} + {LONG})",
            [f"y[i,j] = exp({LONG}", f"    + {LONG}", f"    + {LONG}", f"    + {LONG})"],
        ),
        (
            f"Z{{m}}[i,j] = {LONG} {LONG} {LONG} for m in 1..3, p in 1..3",
            [f"Z{{m}}[i,j] = {LONG} {LONG} {LONG}", "    for m in 1..3, p in 1..3"],
        ),
        (
            f"fn function(first, second, third, fourth) = {' + '.join(['first second third fourth'] * 3)}",
            ["fn function(first, second, third, fourth) =", "    " + " + ".join(["first second third fourth"] * 3)],
        ),
        (
            "input " + ", ".join(f"tensor{k}[rows, columns]" for k in range(6)),
            [
                "input " + ", ".join(f"tensor{k}[rows, columns]" for k in range(3)) + ",",
                "    " + ", ".join(f"tensor{k}[rows, columns]" for k in range(3, 6)),
            ],
        ),
    ],
)
def test_long_statements_are_broken_at_their_loosest_joints(text, lines, formatted) -> None:
    made = formatted(text)
    assert made.splitlines() == lines
    assert formatted(made) == made
    assert max(map(len, lines)) <= WIDTH


def test_what_fits_stands_on_one_line(formatted) -> None:
    assert formatted("y[i] =\n  a[i]\n  + b[i]\n\n   - c[i]") == "y[i] = a[i] + b[i] - c[i]\n"


def test_signs_slashes_of_derivatives_and_subscripts_are_never_parted(formatted) -> None:
    long = " ".join(f"∂loss{k}/∂weights{k}[i,j]" for k in range(8))
    made = formatted(f"y[i,j] = -{long}")
    assert len(made.splitlines()) > 1
    assert all(re.fullmatch(r"(y\[i,j\] = -)?( *∂loss\d/∂weights\d\[i,j\])+", line) for line in made.splitlines())


def test_an_indentation_shared_by_all_lines_and_windows_line_ends_go(formatted) -> None:
    assert formatted("  a = 1\r\n  b = 2 # c\r\n\r\n    + 1\r\n") == "a = 1\nb = 2  # c\n    + 1\n"


def test_a_very_long_statement_takes_time_in_proportion(formatted) -> None:
    made = formatted("y = " + " + ".join(["exp(x + 1) x"] * 5000))
    assert made.count("\n") == 5000


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_program_of_this_repository_is_formatted(path, formatted) -> None:
    assert formatted(path.read_text()) == path.read_text()
