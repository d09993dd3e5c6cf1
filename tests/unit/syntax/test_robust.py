"""Whatever the text or the bytes: diagnostics with a place in the file, never anything else."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from einlang.diagnostics import Report
from einlang.syntax.format import format_file
from einlang.syntax.parser import parse
from einlang.syntax.reading import read_source
from einlang.tree import equal

ROOT = Path(__file__).parents[3]
PROGRAM = """\
const k[2] = [1/6, 2e-3]
use "layers.ein"
input A[b, k{0}], y[b] : int
param W{m}[k{m-1}, 2*h]   for m in 1..n
fn f[j](z[j], x) = z[j] / sqrt(z[J] z[J]) if not x <= 1 and x != 2 else -inf
Z{m}[i : b, j] = sum[K : n - 1]((X{m-1}[i,K] - 0.5)^2) + 1[i] δ[i,j] max(a, b)  # comment
  for m in 1..n
L = -∂²f/∂x[i]∂x[j] [a, [b]][i] @L/@w'[i]^2
solve s[j]: H[i,J] s[J] = f'1(g[i], x)
check ∂L/∂b[j] = 1[A] ∂(L x)/∂Z[A,j]
w[i] <- w[i] - lr × s[i]
output L, W{2}
"""
PIECES = [
    *PROGRAM,
    *"()[]{}=<>@∂²³·×−₁'\"#;\\\t\r\n\0\ufeff\u200b😀ſﬁ",
    *PROGRAM.split(),
    "for",
    "<-",
    "==",
    "..",
    "1e999",
    "x²",
    "d⁻",
    "∂⁵",
    "f'99",
    "if",
    "lambda x:",
]
EDITS = st.lists(st.tuples(st.integers(0, len(PROGRAM)), st.integers(0, 12), st.sampled_from(PIECES) | st.just("")), max_size=6)


def read(data):
    """The tree and the report of bytes, each diagnostic seen to have a place in its file and words."""
    report = Report()
    source = read_source(data, "test.ein", report)
    file = None if source is None else parse(source, report, lambda path, place: None)[0]
    for found in report.diagnostics:
        assert 0 <= found.span.start <= found.span.end <= len(found.span.source.text)
        assert found.span.place and found.message
        assert all(label.text for label in found.others)
    return file, report


def check(data):
    """Bytes give diagnostics or a tree that survives formatting."""
    file, report = read(data)
    if report.diagnostics:
        return
    again, wrong = read(format_file(file).encode())
    assert not wrong.diagnostics, wrong.diagnostics[0].message
    assert equal(file, again)


def edited(text, edits):
    for place, length, piece in edits:
        text = text[:place] + piece + text[place + length :]
    return text


@given(EDITS)
def test_mutated_programs(edits) -> None:
    check(edited(PROGRAM, edits).encode("utf-8"))


@given(st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join) | st.text(max_size=40))
def test_random_texts(text) -> None:
    check(text.encode("utf-8", errors="surrogatepass"))


@given(st.binary(max_size=60) | EDITS.map(lambda edits: edited(PROGRAM, edits).encode("utf-16")))
def test_random_bytes(data) -> None:
    check(data)


def test_the_program_that_is_mutated_is_right() -> None:
    assert not read(PROGRAM.encode())[1].diagnostics


def test_binary_files() -> None:
    for path in sorted((ROOT / "examples").rglob("*.npz")):
        _, report = read(path.read_bytes())
        assert [found.id for found in report.diagnostics] == ["not-utf-8"]


def test_every_prefix_and_every_line_left_out() -> None:
    for end in range(len(PROGRAM)):
        check(PROGRAM[:end].encode())
    lines = PROGRAM.splitlines(keepends=True)
    for line in range(len(lines)):
        check("".join(lines[:line] + lines[line + 1 :]).encode())
