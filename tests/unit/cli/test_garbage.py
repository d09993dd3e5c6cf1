"""Files that are no programs: whatever the bytes, `einlang check` says what is wrong, and nothing breaks."""

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from einlang.diagnostics.catalogue import CATALOGUE

MEGABYTE = 1_000_000


def noise(size: int, alphabet: bytes, seed: int) -> bytes:
    """Bytes drawn from an alphabet."""
    return bytes(random.Random(seed).choices(alphabet, k=size))


PROGRAM = Path(__file__).parents[3].joinpath("examples/digits/digits.ein").read_bytes()
GARBAGE: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \t\n\r\n\x0c\n",
    "a byte": b"\xff",
    "a zero": b"\x00",
    "only a byte-order mark": b"\xef\xbb\xbf",
    "UTF-16": "input x[n]\ns = x[I]\n".encode("utf-16"),
    "Latin-1": "input größe[n]\n".encode("latin-1"),
    "cut in a letter": "s = β[I]".encode()[:5],
    "surrogates": b"x = \xed\xa0\x80\n",
    "binary": noise(MEGABYTE, bytes(range(256)), 1),
    "an archive": b"PK\x03\x04" + noise(5000, bytes(range(256)), 2),
    "ELF": b"\x7fELF\x02\x01\x01" + bytes(9) + noise(5000, bytes(range(256)), 3),
    "letters": noise(20_000, b"abcXYZ[](){},=+-*/^ \n:<>'\"#@.0123", 4),
    "one line of letters": noise(20_000, b"abcXYZ[](){},=+-*/^ :<>'\".0123", 5),
    "10 MB of brackets": b"[" * (10 * MEGABYTE),
    "10 MB of brackets after a name": b"x = " + b"(" * (10 * MEGABYTE),
    "10 MB of closing brackets": b"]" * (10 * MEGABYTE),
    "10 MB of lines": b"[\n" * (5 * MEGABYTE),
    "10 MB of one name": b"x = exp(" + b"y" * (10 * MEGABYTE) + b"[I])",
    "10 MB of digits": b"x = 1" + b"0" * (10 * MEGABYTE),
    "20 MB": b"#" * (20 * MEGABYTE),
    "deep parentheses": b"x = " + b"(" * 3000 + b"y" + b")" * 3000,
    "deep powers": b"x = " + b"y^" * 3000 + b"2",
    "deep signs": b"x = " + b"-" * 3000 + b"y",
    "deep not": b"x = 1 if " + b"not " * 3000 + b"y > 0 else 2",
    "deep conditions": b"x = " + b"1 if y > 0 else " * 3000 + b"2",
    "deep calls": b"x = " + b"exp(" * 3000 + b"y" + b")" * 3000,
    "deep tensors": b"x = " + b"[" * 3000 + b"1" + b"]" * 3000,
    "deep derivatives": b"x = " + "∂(".encode() * 3000 + b"y",
    "deep functions": b"".join(b"fn f%d(x) = f%d(x)\n" % (n, n + 1) for n in range(3000)) + b"y = f0(1)\n",
    "a circle of definitions": b"".join(b"x%d = x%d\n" % (n, (n + 1) % 3000) for n in range(3000)),
    "many errors": b"= 1\n" * 30_000,
    "an endless string": b'use "' + b"x" * 100_000,
    "escapes": b"x = \x1b[31m y \x1b]0;title\x07\n",
    "right to left": "x = \u202e y \u2066\n".encode(),
    "a program cut short": PROGRAM[: len(PROGRAM) // 2] + b" = (",
    "a program twice": PROGRAM * 2,
    "a program with bytes lost": bytes(byte for n, byte in enumerate(PROGRAM) if n % 17),
    "a program with lines shuffled": b"\n".join(random.Random(6).sample(PROGRAM.split(b"\n"), PROGRAM.count(b"\n") + 1)).replace(
        b"=", b"= ="
    ),
}


@pytest.mark.parametrize("content", GARBAGE.values(), ids=GARBAGE.keys())
def test_what_is_no_program_gets_diagnostics(content: bytes, call: Callable, tmp_path: Path) -> None:
    (tmp_path / "garbage.ein").write_bytes(content)
    start = time.monotonic()
    result = call("check", "garbage.ein")
    assert result.exit_code == 1 and not result.stdout
    first = result.stderr.split("\n")[0]
    assert first.startswith(("error[", "warning[")) and first.split("[")[1].split("]")[0] in CATALOGUE, first
    assert "internal error" not in result.stderr and "Traceback" not in result.stderr
    assert all(line.isprintable() for line in result.stderr.split("\n"))
    assert max(map(len, result.stderr.split("\n"))) < 2000
    assert time.monotonic() - start < 60, "a hang"


def test_the_same_in_a_process_of_its_own_from_standard_input(launch: Callable) -> None:
    for name in ("binary", "deep parentheses", "10 MB of brackets"):
        result = launch("check", "-", input=GARBAGE[name])
        assert result.returncode == 1 and b"Traceback" not in result.stderr and result.stderr.count(b"\n") < 2000
