"""What tests of the language state: in go a text and arrays, out come values, warnings, or the diagnostics."""

import re
import warnings
from typing import Any

import numpy as np
import pytest

import einlang
from einlang.diagnostics import Diagnostic
from einlang.syntax.format import format_file

BACKENDS = ["numpy", "c"]
RANDOM = np.random.default_rng(0)
Wrong = tuple[str, str, str]
"""A text, the id of the one diagnostic that it gets, and words of its message, label or help."""


def value(text: str, backend: str = "numpy", **given: Any) -> Any:
    """What the last line of a text defines."""
    name = text.rstrip().split("\n")[-1].partition("=")[0].partition("[")[0].strip()
    return einlang.compile(text, backend=backend).only(name)({key: np.asarray(array) for key, array in given.items()})[name]


def number(expression: str, **given: float) -> float:
    """The value of an expression of numbers."""
    names = "".join(f"input {name}\n" for name in given)
    return float(value(f"{names}result = {expression}", **{name: np.float64(given[name]) for name in given}))


def findings(text: str, **options: Any) -> tuple[Diagnostic, ...]:
    """What is said of a text that is no program."""
    with pytest.raises(einlang.CompileError) as caught:
        einlang.compile(text, **options)
    return tuple(caught.value.diagnostics)


def ids(text: str, **options: Any) -> list[str]:
    return [finding.id for finding in findings(text, **options)]


def warned(text: str) -> list[str]:
    """The ids of the warnings of a program."""
    return [finding.id for finding in einlang.compile(text).warnings]


def said(finding: Diagnostic) -> str:
    """All that a diagnostic says, in one line."""
    return " | ".join((finding.message, finding.label, *(other.text for other in finding.others), finding.help))


def refused(text: str, id: str, words: str) -> None:
    """A text has one diagnostic, with an id and words that help."""
    found = findings(text)
    assert [(finding.id, finding.severity) for finding in found] == [(id, "error")], [said(finding) for finding in found]
    assert words in said(found[0])


def mends(finding: Diagnostic) -> list[str]:
    """What its help says to write."""
    return re.findall(r"`([^`]+)`", finding.help)


def compiles(text: str) -> bool:
    """Whether a text is a program, whatever it is warned of. Raises CompileError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return einlang.compile(text, backend="numpy").signature is not None


def outputs(program: einlang.Program) -> list[str]:
    """The names of what a call returns, in order."""
    return [tensor.name for tensor in program.signature.outputs]


def sums(text: str) -> str:
    """The lines of a program with its sums written out: what it reads as."""
    return "\n".join(filter(None, format_file(einlang.compile(text, backend="numpy").stages.sums).split("\n")))


def alike(text: str, other: str) -> bool:
    """Whether two texts read as the same program."""
    return sums(text) == sums(other)


def same(found: Any, wanted: Any) -> None:
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-14)
