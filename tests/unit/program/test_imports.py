"""What a call from the cache does not need is not imported for it."""

import subprocess
import sys

PROGRAM = """
import sys
import numpy as np
import einlang
program = einlang.compile("input x[n]\\ny[i] = 2 x[i]\\n")
assert program(x=np.ones(3)).y[0] == 2
print(" ".join(sys.modules))
"""
COMPILER = (
    "lark",
    "cffi",
    "subprocess",
    "fractions",
    "einlang.driver",
    "einlang.sema",
    "einlang.codegen.c",
    "einlang.diagnostics",
)


def modules() -> list[str]:
    child = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)
    return child.stdout.split()


def test_a_second_run_imports_no_compiler(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("EINLANG_CACHE_DIR", str(tmp_path / "cache"))
    assert "einlang.driver" in modules()
    found = modules()
    assert "einlang.program" in found and [name for name in COMPILER if name in found] == []
