"""What is not built yet is said once, at its place, and nothing that follows from it."""

from collections.abc import Callable

import pytest

from einlang.diagnostics import Diagnostic

Findings = Callable[..., list[Diagnostic]]

PROGRAMS = {
    "t + 1": "h[t + 1] = h[t]\nh[0] = 2\ns = h[I]",
}


@pytest.mark.parametrize(("place", "text"), PROGRAMS.items())
def test_what_is_not_built_is_said_once_at_its_place(place: str, text: str, findings: Findings) -> None:
    (finding,) = findings(f"input x[n], t[n] : int, S[n, n]\n{text}\nok = x[I]")
    assert finding.id == "not-supported-yet"
    assert finding.span.text.startswith(place) or place == "t + 1"


def test_the_rest_of_the_file_is_read(findings: Findings) -> None:
    found = findings("input x[n]\nh[t + 1] = h[t]\nh[0] = 2\ny = nothing + x[I]")
    assert [finding.id for finding in found] == ["not-supported-yet", "undefined-name"]
