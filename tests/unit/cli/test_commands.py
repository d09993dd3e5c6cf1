"""check, show, run, compile, cache, doctor: what they print where, what they write, and their exit codes."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from einlang.calculus.rules import RULES, Step
from einlang.cli.doctor import VARIABLES
from einlang.cli.show import MADE, WRITTEN
from einlang.ir.nodes import Pow

BAD = "s = exp(v[I])\n"
WARNS = "input A[n,m], b[m]\nc[j] = A[I,j] + b[K]\n"


def z(layer: dict[str, Any]) -> Any:
    return layer["X"] @ layer["W"] + layer["c"]


# --- check ------------------------------------------------------------------------------------------------------------------


def test_a_sound_program_is_passed_over_in_silence(call, layer) -> None:
    result = call("check", "layer.ein")
    assert (result.exit_code, result.output) == (0, "")


def test_a_false_claim_is_an_error_and_a_true_one_is_not(call) -> None:
    text = "input x\ny = x^2\ncheck ∂y/∂x = {} x\n"
    assert call("check", "-", input=text.format(2)).exit_code == 0
    result = call("check", "-", input=text.format(3))
    assert result.exit_code == 1 and result.stderr.startswith("error[claim-fails]: this claim is false\n --> <stdin>:3:15\n")


def test_derivatives_are_a_table_on_random_data_or_on_data_from_a_file(call, layer) -> None:
    for data in ((), ("--data", "in.npz")):
        result = call("check", "layer.ein", "--derivatives", *data)
        assert result.exit_code == 0 and result.stderr == ""
        assert re.findall(r"^(∂\S+) +right ", result.stdout, re.MULTILINE) == ["∂L/∂W[i,j]", "∂L/∂c[i]"]


def test_tables_of_several_programs_have_their_names(call, layer) -> None:
    Path("other.ein").write_text("f = x[I]^2\n")
    result = call("check", "layer.ein", "other.ein", "--derivatives")
    assert result.exit_code == 0
    assert [line for line in result.stdout.split("\n") if line.endswith(".ein")] == ["layer.ein", "other.ein"]


@pytest.mark.parametrize(
    "arguments", [("layer.ein", "--data", "in.npz"), ("a.ein", "b.ein", "--derivatives", "--data", "in.npz")]
)
def test_data_is_for_the_derivatives_of_one_program(call, layer, arguments) -> None:
    assert call("check", *arguments).exit_code == 2


def test_data_that_does_not_fit_is_an_error(call, layer) -> None:
    np.savez("bad.npz", **{**layer, "W": np.zeros((5, 2))})
    result = call("check", "layer.ein", "--derivatives", "--data", "bad.npz")
    assert result.exit_code == 1 and "axis 0 of W is 5" in result.stderr


def test_a_wrong_derivative_is_a_defect(call, monkeypatch) -> None:
    monkeypatch.setitem(RULES, Pow, lambda node, scope: iter([Step(node.base)]))
    result = call("check", "-e", "f = x^3", "-e", "g = ∂f/∂x", "--derivatives")
    assert result.exit_code == 1 and "defect of Einlang" in result.stderr and " wrong " in result.stdout


def test_warnings_alone_are_no_error(call) -> None:
    result = call("check", "-e", WARNS)
    assert result.exit_code == 0 and result.stdout == ""
    assert result.stderr.startswith("warning[term-without-left-index]") and result.stderr.endswith("\n\n1 warning\n")


def test_several_files_are_checked_together_and_a_missing_one_hides_no_other(call) -> None:
    Path("a.ein").write_text(BAD)
    Path("b.ein").write_text("t = exp(w[I])\n")
    result = call("check", "a.ein", "none.ein", "b.ein")
    assert result.exit_code == 2
    assert re.findall(r"--> (\S+)", result.stderr) == ["a.ein:1:11", "b.ein:1:11"]
    assert "error: none.ein: No such file or directory\n" in result.stderr and result.stderr.endswith("\n2 errors\n")


def test_what_is_wrong_with_a_file_that_several_use_is_said_once(call) -> None:
    Path("layers.ein").write_text("fn f(x) = exp(x) +\n")
    for name in ("a.ein", "b.ein"):
        Path(name).write_text('use "layers.ein"\ninput x\ny = x\n')
    result = call("check", "a.ein", "b.ein")
    assert result.exit_code == 1 and re.findall(r"--> (\S+)", result.stderr) == ["layers.ein:1:19"]


def test_standard_input_and_text_have_names(call) -> None:
    assert " --> <stdin>:1:11\n" in call("check", "-", input=BAD).stderr
    result = call("check", "-e", "input v[n]", "-e", BAD)
    assert result.exit_code == 1 and " --> <text>:2:11\n" in result.stderr


@pytest.mark.parametrize("arguments", [(), ("a.ein", "-e", "y = x")])
def test_one_program_must_be_given(arguments, call) -> None:
    result = call("check", *arguments)
    assert result.exit_code == 2 and "give a file" in result.stderr


def test_settings_are_checked(call) -> None:
    program = "const n = 3\ny[i : n] = i\n"
    assert call("check", "-e", program, "--set", "n=5").exit_code == 0
    result = call("check", "-e", program, "--set", "m=5")
    assert result.exit_code == 1 and "[unknown-setting]" in result.stderr
    result = call("check", "-e", program, "--set", "m")
    assert result.exit_code == 2 and "'m' is not a name, `=` and a number" in result.stderr


def test_a_folder_is_no_file(call, tmp_path) -> None:
    result = call("check", tmp_path)
    assert result.exit_code == 2 and result.stderr == f"error: {tmp_path}: Is a directory\n"


# --- show -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", [*WRITTEN, *MADE])
def test_every_stage_has_a_text_that_does_not_change(stage: str, call, layer) -> None:
    first, second = (call("show", "layer.ein", "--stage", stage) for _ in range(2))
    assert first.exit_code == 0 and first.stdout.strip() and first.stdout == second.stdout and not first.stderr


def test_sums_are_written_out_with_their_ranges(call, layer) -> None:
    assert "Z[i,j] = sum[K : k0](X[i,K] W[K,j]) + c[j]\n" in call("show", "layer.ein", "--stage", "sums").stdout


@pytest.mark.parametrize(
    ("options", "outputs"),
    [
        ((), "L, Z"),
        (("--grad", "L"), "L, Z, dL_dW, dL_dc"),
        (("--grad", "L:W"), "L, Z, dL_dW"),
        (("--only", "Z"), "Z"),
        (("--only", "Z,L"), "Z, L"),
        (("--only", "Z", "--only", "L"), "Z, L"),
        (("--only", "Z", "--grad", "L:c,X"), "Z, dL_dc, dL_dX"),
        (("--grad", "L:c", "--grad", "L:W"), "L, Z, dL_dc, dL_dW"),
    ],
)
def test_outputs_are_chosen_and_gradients_added(options, outputs: str, call, layer) -> None:
    assert f"\noutput {outputs}\n" in call("show", "layer.ein", "--stage", "ir", *options).stdout


def test_a_sketch_is_derived_by_its_inputs(call) -> None:
    result = call("show", "-e", "f = x[I] A[I,J] x[J]", "--grad", "f:x", "--stage", "simplified")
    assert result.exit_code == 0 and "df_dx[" in result.stdout


def test_the_float_type_of_c(call, layer) -> None:
    text = {dtype: call("show", "layer.ein", "--stage", "c", *dtype).stdout for dtype in ((), ("--dtype", "float32"))}
    assert "int layer_f64(" in text[()] and "int layer_f32(" in text["--dtype", "float32"]


def test_the_syntax_of_a_program_with_wrong_sums_is_shown_and_its_later_stages_are_not(call) -> None:
    assert "name='exp'" in call("show", "-e", BAD, "--stage", "ast").stdout.replace("function=", "name=")
    result = call("show", "-e", BAD, "--stage", "ir")
    assert result.exit_code == 1 and not result.stdout and "[index-not-summed]" in result.stderr


def test_a_gradient_of_nothing_is_an_error_with_what_there_is(call, layer) -> None:
    result = call("show", "layer.ein", "--stage", "ir", "--grad", "K")
    assert result.exit_code == 1 and "no tensor 'K'" in result.stderr and "Traceback" not in result.stderr
    result = call("show", "layer.ein", "--stage", "ir", "--grad", ":W")
    assert result.exit_code == 2


# --- run --------------------------------------------------------------------------------------------------------------------


def test_outputs_are_printed(call, layer) -> None:
    result = call("run", "layer.ein", "--data", "in.npz")
    loss = np.sum((z(layer) - layer["T"]) ** 2) / 4
    assert result.exit_code == 0 and not result.stderr
    first, _, rest = result.stdout.partition("\n\n")
    assert float(first.removeprefix("L = ")) == pytest.approx(loss)
    assert rest.startswith("Z  float64[4, 2]\n[[")


@pytest.mark.parametrize("backend", ["auto", "c", "numpy"])
def test_outputs_are_written(backend: str, call, layer) -> None:
    result = call("run", "layer.ein", "--data", "in.npz", "--out", "out.npz", "--backend", backend, "--grad", "L:c")
    assert (result.exit_code, result.output) == (0, "")
    with np.load("out.npz") as out:
        assert out.files == ["L", "Z", "dL_dc"]
        np.testing.assert_allclose(out["Z"], z(layer))
        np.testing.assert_allclose(out["dL_dc"], (z(layer) - layer["T"]).sum(axis=0) / 2)


def test_a_program_without_inputs_needs_no_data(call) -> None:
    assert call("run", "-e", "y[i : 3] = i").stdout.split("\n")[1] == "[0. 1. 2.]"
    assert call("run", "-", input="y = 2\n").stdout == "y = 2.0\n"


def test_data_that_are_not_given_are_a_wrong_command(call, layer) -> None:
    result = call("run", "layer.ein")
    assert result.exit_code == 2 and "X[b, k0], T[b, k1], W[k0, k1], c[k1]: give them with --data" in result.stderr


def test_arrays_that_a_file_lacks_are_named_with_their_places(call, layer) -> None:
    np.savez("less.npz", **{name: layer[name] for name in "XTc"}, w=layer["W"])
    result = call("run", "layer.ein", "--data", "less.npz")
    assert result.exit_code == 1
    assert result.stderr == "error: less.npz has no W[k0, k1], declared at layer.ein:2:7; it has X, T, c, w\n"


def test_arrays_that_do_not_fit_are_named_with_their_axes(call, layer) -> None:
    np.savez("odd.npz", **{**layer, "c": np.ones(7)})
    result = call("run", "layer.ein", "--data", "odd.npz")
    assert result.exit_code == 1 and re.search(r"error: .*\bc\b.*7.*layer\.ein:2:18", result.stderr)


@pytest.mark.parametrize(
    ("name", "content", "code"), [("in.npz", b"garbage", 1), ("in.npz", b"", 1), ("none.npz", None, 2), ("in.csv", b"1,2\n", 1)]
)
def test_bad_data_are_a_message(name: str, content: bytes | None, code: int, call, layer) -> None:
    if content is not None:
        Path(name).write_bytes(content)
    result = call("run", "layer.ein", "--data", name)
    assert result.exit_code == code and result.stderr.startswith("error: ") and name in result.stderr
    assert result.stderr.count("\n") == 1


def test_outputs_that_cannot_be_written_are_a_message(call, layer) -> None:
    result = call("run", "layer.ein", "--data", "in.npz", "--out", "no/out.npz")
    assert result.exit_code == 2 and result.stderr == "error: no/out.npz: No such file or directory\n"
    assert call("run", "layer.ein", "--data", "in.npz", "--out", "out.npy").exit_code == 2


def test_a_wrong_program_computes_nothing(call, layer) -> None:
    result = call("run", "-e", BAD, "--data", "in.npz", "--out", "out.npz")
    assert result.exit_code == 1 and not Path("out.npz").exists()


def test_without_a_compiler_programs_run_with_one_warning(launch, layer) -> None:
    result = launch("run", "layer.ein", "--data", "in.npz", environment={"EINLANG_CC": "no-such-compiler"})
    assert result.returncode == 0 and result.stdout.startswith(b"L = ")
    assert result.stderr.startswith(b"warning: ") and result.stderr.count(b"\n") == 1 and b"no-such-compiler" in result.stderr


def test_a_compiler_that_fails_is_exit_3_with_what_it_said(launch, layer) -> None:
    broken = Path("broken").absolute()
    broken.write_text("#!/bin/sh\nfor n in $(seq 1000); do echo 'oh no' >&2; done\nexit 1\n")
    broken.chmod(0o755)
    result = launch("run", "layer.ein", "--data", "in.npz", "--backend", "c", environment={"EINLANG_CC": str(broken)})
    assert (
        result.returncode == 3
        and result.stderr.count(b"oh no\n") == 1000
        and b"Traceback" not in result.stderr
        and not result.stdout
    )


# --- compile ----------------------------------------------------------------------------------------------------------------


def test_a_module_is_written_and_runs(call, layer) -> None:
    result = call("compile", "layer.ein", "-o", "build", "--grad", "L")
    assert result.exit_code == 0 and not result.stderr
    assert all(Path(line).is_file() for line in result.stdout.split())
    assert {Path(line).name for line in result.stdout.split()} >= {"layer.py", "layer.pyi"}
    code = "import layer, numpy as np; d = np.load('../in.npz'); print(*layer.run(**d).keys())"
    ran = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd="build", capture_output=True, text=True, check=False)
    assert ran.stdout == "L Z dL_dW dL_dc\n", ran.stderr


def test_c_is_written_for_each_type(call, layer) -> None:
    assert call("compile", "layer.ein", "--emit", "c", "-o", "c").stdout.split() == [
        str(Path("c", f"layer_{suffix}.c")) for suffix in ("f32", "f64")
    ]
    assert call("compile", "layer.ein", "--emit", "c", "--dtype", "float32", "-o", "d").stdout.split() == [
        str(Path("d", "layer_f32.c"))
    ]
    assert call("compile", "layer.ein", "--emit", "rust").exit_code == 2


def test_formulas_and_a_page_are_written(call, layer) -> None:
    assert call("compile", "layer.ein", "--emit", "latex,html", "-o", "d").stdout.split() == [
        str(Path("d", f"layer.{suffix}")) for suffix in ("tex", "html")
    ]
    assert Path("d", "layer.tex").read_text() == call("show", "layer.ein", "--stage", "latex").stdout
    assert Path("d", "layer.html").read_text() == call("show", "layer.ein", "--stage", "html").stdout


@pytest.mark.parametrize(
    ("file", "name"), [("my-layer.ein", None), ("layer.ein", "3d"), ("layer.ein", "class"), ("layer.ein", "numpy")]
)
def test_a_module_needs_a_name_that_python_takes(file: str, name: str | None, call, layer) -> None:
    Path("layer.ein").rename(file)
    result = call("compile", file, *(["--name", name] if name else []))
    assert result.exit_code == 2 and "--name" in result.stderr
    assert not list(Path().glob("*.py"))


def test_a_folder_that_cannot_be_made_is_a_message(call, layer) -> None:
    result = call("compile", "layer.ein", "-o", "in.npz/build", "--backend", "numpy")
    assert result.exit_code == 2 and "in.npz" in result.stderr and result.stderr.count("\n") == 1


# --- cache and doctor -------------------------------------------------------------------------------------------------------


def test_the_cache_is_counted_and_cleared(call, layer, tmp_path) -> None:
    place = str(tmp_path / "cache")
    assert call("cache").stdout == f"{place}\n0 kernels, 0 bytes\n"
    call("run", "layer.ein", "--data", "in.npz", "--backend", "c")
    assert call("cache").stdout.startswith(f"{place}\n1 kernel, ")
    assert call("cache", "clear").stdout.startswith("removed 1 kernel, ")
    assert call("cache").stdout == f"{place}\n0 kernels, 0 bytes\n"
    assert call("cache", "burn").exit_code == 2


def test_the_cache_may_be_off(call, monkeypatch) -> None:
    monkeypatch.setenv("EINLANG_CACHE_DIR", "off")
    assert call("cache").stdout == "nothing is kept: EINLANG_CACHE_DIR is `off`\n"


def test_doctor_finds_everything_in_order(launch, tmp_path) -> None:
    result = launch("doctor")
    text = result.stdout.decode()
    assert result.returncode == 0 and not result.stderr
    assert "works (API mode, " in text and re.search(r"^backend +C$", text, flags=re.MULTILINE)
    assert str(tmp_path / "cache") in text and "wrong:" not in text


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"EINLANG_CC": "no-such-compiler"}, "there is no C compiler 'no-such-compiler', which EINLANG_CC names"),
        ({"EINLANG_CC": "false"}, "the C compiler failed"),
        ({"EINLANG_BACKEND": "fortran"}, "there is no backend 'fortran'"),
        ({"EINLANG_NUM_THREADS": "many"}, "EINLANG_NUM_THREADS is a whole number from 1"),
    ],
)
def test_doctor_says_what_is_wrong_and_the_cure(environment, said: str, launch) -> None:
    result = launch("doctor", environment=environment)
    text = result.stdout.decode()
    assert result.returncode == 1 and said in text and "cure: " in text
    assert all(re.search(rf"^{name} +{value}$", text, flags=re.MULTILINE) for name, value in environment.items())


def test_doctor_notes_what_could_be_better(launch) -> None:
    result = launch("doctor", environment={"EINLANG_CACHE_DIR": "off", "EINLANG_TREADS": "3"})
    text = result.stdout.decode()
    assert result.returncode == 0
    assert "programs are compiled anew in every process" in text
    assert "Einlang reads no such variable" in text and all(name in text for name in VARIABLES)
