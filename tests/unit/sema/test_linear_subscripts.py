"""Section 6, subscripts that are sums of multiples of indices: how far indices range, and what is out of bounds."""

from collections.abc import Callable

import pytest

from einlang.diagnostics import Diagnostic

Findings = Callable[..., list[Diagnostic]]
Definitions = Callable[..., list[str]]

RANGES = {
    "y[i] = x[i + K] w[K]": "y[i : -k + n + 1] = sum[K : k](x[i + K] w[K])",
    "y[i] = x[2 i + K] w[K]": "y[i : floor((-k + n + 2) / 2)] = sum[K : k](x[2 i + K] w[K])",
    "y[i] = x[i + 2] + w[i + 1]": "y[i : min(n - 2, k - 1)] = x[i + 2] + w[i + 1]",
    "y[i] = x[i + 2] + x[i + 1]": "y[i : n - 2] = x[i + 2] + x[i + 1]",
    "y[i] = x[n - 1 - i]": "y[i : n] = x[n - 1 - i]",
    "y[i] = x[size(x, 0) - 1 - i] w[i]": "y[i : k] = x[n - 1 - i] w[i]",
    "y[i : n - 1] = x[i + 1] - x[i]": "y[i : n - 1] = x[i + 1] - x[i]",
    "y[i,j] = x[i + j] w[j]": "y[i : -k + n + 1, j : k] = x[i + j] w[j]",
    "s = sum[I : 3](x[2 I])": "s = sum[I : 3](x[2 I])",
    "s = sum[I](x[I + 1])": "s = sum[I : n - 1](x[I + 1])",
    "y[i] = x[2 * (i + 1) - 1]": "y[i : floor(n / 2)] = x[2 i + 1]",
    "y[i] = x[4 i + 2 K] w[K]": "y[i : floor((-2*k + n + 5) / 4)] = sum[K : k](x[4 i + 2 K] w[K])",
    "y[i : 2] = x[(i)]": "y[i : 2] = x[i]",
    "y[i, p : k] = δ[i + 1, p] x[i]": "y[i : n, p : k] = δ[i + 1,p] x[i]",
}


@pytest.mark.parametrize(("written", "made"), RANGES.items())
def test_how_far_an_index_ranges(written: str, made: str, definitions: Definitions) -> None:
    assert definitions(f"input x[n], w[k]\n{written}") == [made]


def test_an_index_may_range_over_a_computed_size_elsewhere(definitions: Definitions) -> None:
    found = definitions("input x[n], b[m]\ny[i] = x[2 i]\nz[i] = y[i] + b[i]")
    assert found[1] == "z[i : floor((n + 1) / 2)] = y[i] + b[i]"


OUTSIDE = {
    "d[i] = x[i + 1] - x[i]": ("i + 1", "`i + 1` reaches position n of axis 0 of x, which has n positions"),
    "d[i] = x[i - 1]": ("i - 1", "`i - 1` reaches position -1 of axis 0 of x, which has n positions"),
    "d[i : 3] = x[i - 1] + x[i]": ("i - 1", "`i - 1` reaches position -1 of axis 0 of x, which has n positions"),
    "d[i] = x[n - i]": ("n - i", "`n - i` reaches position n of axis 0 of x, which has n positions"),
}


@pytest.mark.parametrize(("written", "said"), OUTSIDE.items())
def test_what_is_out_of_bounds_for_all_sizes(written: str, said: tuple[str, str], findings: Findings) -> None:
    (finding,) = findings(f"input x[n]\n{written}")
    assert (finding.id, finding.span.text, finding.message) == ("out-of-bounds", *said)


def test_two_unknowns_have_no_range(findings: Findings) -> None:
    assert [finding.id for finding in findings("input x[n]\ny[i,j] = x[i + j]")] == ["index-without-range"] * 2


@pytest.mark.parametrize("subscript", ["i / 2", "x[i]", "exp(i)", "0.5 i"])
def test_what_is_no_whole_number_is_no_position(subscript: str, findings: Findings) -> None:
    (finding,) = findings(f"input x[n], w[n]\ny[i] = x[{subscript}] w[i]")
    assert (finding.id, finding.span.text, finding.label) == ("out-of-bounds", subscript, "not a whole number")
