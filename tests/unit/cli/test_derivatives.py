"""The options that add derivatives: which outputs they add, in which order, and with which inputs."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from einlang.calculus.forms import FORMS
from einlang.cli.options import DERIVATIVES


def test_there_is_an_option_for_each_form() -> None:
    assert DERIVATIVES.keys() == FORMS.keys()


@pytest.mark.parametrize(
    ("options", "outputs"),
    [
        (("--hvp", "L:W"), "L, Z, hvp_L_W"),
        (("--hvp", "L"), "L, Z, hvp_L_W, hvp_L_c"),
        (("--vjp", "Z:X,W"), "L, Z, vjp_Z_X, vjp_Z_W"),
        (("--vjp", "Z:W", "--grad", "L:c"), "L, Z, vjp_Z_W, dL_dc"),
        (("--grad", "L:c", "--vjp", "dL_dc:c"), "L, Z, dL_dc, vjp_dL_dc_c"),
        (("--only", "L", "--hvp", "L:c"), "L, hvp_L_c"),
        (("--jacobian", "Z:c"), "L, Z, dZ_dc"),
        (("--hessian", "L:W", "--hessian", "L:c", "--jvp", "Z:W,c"), "L, Z, d2L_dW_dW, d2L_dc_dc, jvp_Z_W_c"),
        (("--hessian", "L", "--only", "L"), "L, d2L_dW_dW, d2L_dW_dc, d2L_dc_dW, d2L_dc_dc"),
        (("--grad", "L:c", "--jacobian", "dL_dc:W"), "L, Z, dL_dc, d2L_dc_dW"),
    ],
)
def test_derivatives_are_outputs_in_the_order_asked_for(options, outputs: str, call, layer) -> None:
    assert f"\noutput {outputs}\n" in call("show", "layer.ein", "--stage", "ir", *options).stdout


def test_directions_are_inputs(call, layer: dict[str, Any]) -> None:
    layer["v_W"] = np.ones((3, 2))
    np.savez("in.npz", **layer)
    result = call("run", "layer.ein", "--data", "in.npz", "--out", "out.npz", "--only", "L", "--hvp", "L:W")
    assert (result.exit_code, result.output) == (0, "")
    with np.load("out.npz") as out:
        assert out.files == ["L", "hvp_L_W"]
        np.testing.assert_allclose(out["hvp_L_W"], 2 / 4 * layer["X"].T @ layer["X"] @ layer["v_W"])


@pytest.mark.parametrize("backend", ["c", "numpy"])
def test_second_derivatives_are_written(backend: str, call, layer: dict[str, Any]) -> None:
    options = ("--backend", backend, "--hessian", "L:c,W", "--jacobian", "Z:c")
    result = call("run", "layer.ein", "--data", "in.npz", "--out", "out.npz", *options)
    assert (result.exit_code, result.output) == (0, "")
    with np.load("out.npz") as out:
        np.testing.assert_allclose(out["d2L_dc_dc"], 2 * np.eye(2))
        np.testing.assert_allclose(out["d2L_dW_dW"], np.einsum("ai,ap,jq->ijpq", layer["X"], layer["X"], np.eye(2)) / 2)
        np.testing.assert_allclose(out["d2L_dc_dW"], out["d2L_dW_dc"].transpose(2, 0, 1))
        np.testing.assert_allclose(out["dZ_dc"], np.broadcast_to(np.eye(2), (4, 2, 2)))


def test_a_missing_direction_is_said(call, layer) -> None:
    result = call("run", "layer.ein", "--data", "in.npz", "--hvp", "L:W")
    assert result.exit_code == 1 and "in.npz has no v_W[k0, k1]" in result.stderr


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--hvp", "Z:W"), 1, "Z has rank 2; a product with a Hessian is of a float of rank 0 (Z stands at layer.ein:3:1)"),
        (("--vjp", "Z:V"), 1, "layer has no tensor 'V'"),
        (("--jacobian", ":W"), 2, "is not an output, or an output, `:` and names"),
    ],
)
def test_what_cannot_be_added_is_a_message(options, code: int, said: str, call, layer) -> None:
    result = call("show", "layer.ein", "--stage", "ir", *options)
    assert result.exit_code == code and said in result.stderr and not result.stdout


def test_a_module_of_layers_spells_their_names(call) -> None:
    Path("deep.ein").write_text("const n = 2\nparam W{m}[k{m-1}, k{m}]  for m in 1..n\nL = (W{1}[I,K] W{2}[K,J])^2 / 2\n")
    result = call("compile", "deep.ein", "-o", "build", "--hessian", "L:W{2}", "--hvp", "L:W_1,W_2", "--emit", "py,c")
    assert result.exit_code == 0, result.stderr
    stub = Path("build/deep.pyi").read_text()
    assert "    v_W_2: ArrayLike,\n" in stub and "    d2L_dW_dW_2_2: NDArray[Any]\n" in stub and "hvp_L_W_1: " in stub
    assert "d2L_dW_dW_2_2" in Path("build/deep_f64.c").read_text()
    code = """
import deep, numpy as np
W, v = np.ones((2, 2)), np.eye(2)
out = deep.run(W_1=W, W_2=W, v_W_1=0 * v, v_W_2=v)
print(*out.keys(), out.d2L_dW_dW_2_2.shape, *out.hvp_L_W_2.flat)
"""
    ran = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd="build", capture_output=True, text=True, check=False)
    assert ran.stdout == "L d2L_dW_dW{2,2} hvp_L_W{1} hvp_L_W{2} (2, 2, 2, 2) 2.0 2.0 2.0 2.0\n", ran.stderr


def test_a_module_has_derivatives_under_names_that_python_takes(call) -> None:
    Path("σ.ein").write_text("param σ[n], w'[n]\nL = (σ[I] w'[I])^2\n")
    result = call("compile", "σ.ein", "--name", "sigma", "-o", "build", "--hvp", "L", "--grad", "L:w'")
    assert result.exit_code == 0, result.stderr
    stub = Path("build/sigma.pyi").read_text()
    assert "    v_σ: ArrayLike,\n" in stub and "    hvp_L_σ: NDArray[Any]\n" in stub and "'" not in stub.split("@overload")[1]
    code = """
import sigma, numpy as np
out = sigma.run({"σ": np.ones(2), "w'": np.ones(2), "v_σ": np.ones(2), "v_w'": np.zeros(2)})
print(*out.keys(), *out["hvp_L_w'"])
"""
    ran = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd="build", capture_output=True, text=True, check=False)
    assert ran.stdout == "L hvp_L_σ hvp_L_w' dL_dw' 8.0 8.0\n", ran.stderr
