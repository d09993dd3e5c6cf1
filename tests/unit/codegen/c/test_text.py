"""The text of generated C: the same in every process, linear in the program, strict, self-contained, safe from any name."""

import os
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from unit.codegen.c.building import compile_text, text
from unit.codegen.c.corpus import CASES, M, U, defined, program, read

from einlang.codegen.c.comments import comment
from einlang.codegen.c.identifiers import Identifiers
from einlang.codegen.c.scalars import literal
from einlang.dtypes import FLOAT32, FLOAT64
from einlang.ir.build import access
from einlang.ir.nodes import Index, Tensor
from einlang.ir.operators import apply
from einlang.plan import plan
from einlang.plan import text as plan_text

SCRIPT = """
from unit.codegen.c.building import text
from unit.codegen.c.corpus import CASES
import hashlib
for case in CASES[::4]:
    print(hashlib.sha256(text(case.make(), "float32").encode()).hexdigest())
"""


def test_every_process_makes_the_same_text() -> None:
    path = os.pathsep.join(entry for entry in sys.path if entry)
    made = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert made[0] == made[1]
    assert made[0].count("\n") == len(CASES[::4])


def network(layers: int) -> str:
    """A network written out flat."""
    lines = ["input X0[b, k]"]
    for n in range(layers):
        lines += [f"param W{n}[k, k], c{n}[k]", f"X{n + 1}[i,j] = tanh(X{n}[i,K] W{n}[K,j] + c{n}[j])"]
    lines += [f"L = X{layers}[I,J]^2", *(f"G{n}[i,j] = ∂L/∂W{n}[i,j]" for n in range(layers)), "output L"]
    return "\n".join([*lines[:-1], f"output L, {', '.join(f'G{n}' for n in range(layers))}"])


def test_text_grows_linearly_and_layers_share_their_kernels() -> None:
    sizes, kernels = [], []
    for layers in (10, 20, 40):
        made = text(read(network(layers)), "float32")
        sizes.append(len(made))
        kernels.append(len(re.findall(r"^EIN_KERNEL void", made, flags=re.MULTILINE)))
    assert sizes[2] - sizes[1] <= 2.2 * (sizes[1] - sizes[0])
    assert kernels[0] == kernels[1] == kernels[2]


@pytest.mark.parametrize("standard", ["-std=c11", "-std=gnu17"])
def test_other_standards_take_it_without_a_word(standard: str, tmp_path: Path) -> None:
    chosen = [
        case for case in CASES if case.name in ("products: bias and activation", "reductions: softmax", "operators", "written")
    ]
    for case in chosen:
        compile_text(text(case.make(), "float64"), tmp_path, [standard, "-O1"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_text_is_self_contained_and_keeps_nothing(case) -> None:
    made = text(case.make(), "float32")
    assert re.findall(r"#include (.*)", made) == ["<math.h>", "<stdint.h>", "<string.h>"]
    assert not re.search(r"\b(malloc|calloc|realloc|free|alloca)\s*\(", made)
    assert not re.search(
        r"^(?:static )?(?!typedef)(?:const )?(?:float|double|int64_t|int) \w+(?:\[\d*\])? ?[=;]", made, flags=re.MULTILINE
    )
    kernels = ("EIN_NAME(strip)", "EIN_NAME(matvec)")
    assert any(kernel in made for kernel in kernels) or "contraction" not in plan_text(plan(case.make()))


def test_no_name_reaches_the_text_unescaped() -> None:
    evil = "x; */ system(0); /* \n#define y"
    tensor = Tensor(evil, (M,), "float", "input", None)
    i = Index("*/ i", M)
    made = text(program((tensor, U), defined("*/", (i,), apply("exp", access(tensor, [i])))), "float32")
    without_comments = re.sub(r"/\*.*?\*/", "", made, flags=re.DOTALL)
    assert "system(0)" not in without_comments
    assert "#define y" not in re.findall(r"^.*", without_comments, flags=re.MULTILINE)


def test_identifiers_differ_from_each_other_and_from_macros(tmp_path: Path) -> None:
    words = [
        "x",
        "x",
        "W{2}",
        "W_2",
        "int",
        "σ",
        "ein_exp_f32",
        "EIN_LANES",
        "_Bool",
        "__x",
        "M_PI",
        "INT64_C",
        "x_2",
        "HUGE",
        "",
    ]
    identifiers = Identifiers(["taken"])
    made = [identifiers.new(word) for word in [*words, "taken"]]
    assert len(set(made)) == len(made) and "taken" not in made
    lines = "".join(f"    int {word} = 0;\n    (void){word};\n" for word in made)
    source = (
        f"#include <math.h>\n#include <stdint.h>\n#include <string.h>\nint f(void);\nint f(void) {{\n{lines}    return 0;\n}}\n"
    )
    compile_text(source, tmp_path)
    assert not any(re.match(r"(?i)ein_", word) and not word.endswith("_") for word in made)


def test_comments_end_where_they_should() -> None:
    assert comment(["a */ b /* c **/"]).count("*/") == 1
    assert comment(["one", "two \\", "three\x00\u202e"]).isprintable() is False
    assert "\x00" not in comment(["\x00"]) and "\u202e" not in comment(["\u202e"])


@pytest.mark.parametrize(
    ("value", "kind", "float32", "float64"),
    [
        (Fraction(1, 10), "real", "0.1f", "0.1"),
        (Fraction(-3), "real", "-3.0f", "-3.0"),
        (Fraction(10**39), "real", "INFINITY", "1e+39"),
        (Fraction(1, 10**46), "real", "0.0f", "1e-46"),
        (Fraction(-(10**400)), "real", "-INFINITY", "-INFINITY"),
        (Fraction(5), "int", "5", "5"),
        (Fraction(-(2**63)), "int", "INT64_MIN", "INT64_MIN"),
        (Fraction(2**40), "int", "INT64_C(1099511627776)", "INT64_C(1099511627776)"),
    ],
)
def test_literals(value: Fraction, kind: str, float32: str, float64: str) -> None:
    assert literal(value, kind, FLOAT32).text == float32
    assert literal(value, kind, FLOAT64).text == float64
