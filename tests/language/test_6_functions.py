"""Section 6 of the language reference, functions: with and without index parameters, from other files, hygienic."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import einlang
from einlang.driver import Stages
from einlang.options import options
from einlang.runtime.recipe import Recipe
from einlang.syntax.format import format_file

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(3, 4))
W = RANDOM.normal(size=4)


def outputs(text: str, backend: str = "numpy", **given: Any) -> Any:
    return einlang.compile(text, backend=backend)(**given)


def ids(text: str) -> list[str]:
    with pytest.raises(einlang.CompileError) as caught:
        einlang.compile(text)
    return [finding.id for finding in caught.value.diagnostics]


def sums(text: str) -> str:
    return format_file(Stages(Recipe("case", "case.ein", text, options())).sums)


def same(found: Any, wanted: Any) -> None:
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-14)


NORMALISE = "fn normalise[j](z[j]) = z[j] / sqrt(z[J] z[J])\nfn energy[I](z[I]) = z[I]^2\ninput X[n, k], w[k]\n"


# --- without indices ----------------------------------------------------------------------------------------------------------


def test_a_function_of_numbers() -> None:
    text = "fn gauss(x, s) = exp(-x^2 / (2 s^2))\ninput X[n, k]\nY[i,j] = gauss(X[i,j], 3)"
    same(outputs(text, X=X).Y, np.exp(-(X**2) / 18))


def test_functions_see_consts_sizes_and_functions_and_no_tensors() -> None:
    text = "const a = 2\nsize k = 4\nfn f(x) = a x + k\nfn g(x) = f(x)^2\ninput X[n, k]\nY[i,j] = g(X[i,j])"
    same(outputs(text, X=X).Y, (2 * X + 4) ** 2)
    assert ids("input x, y\nfn f(z) = z + y\nr = f(x)") == ["tensor-in-function"]


def test_a_function_may_not_call_itself() -> None:
    assert ids("fn f(x) = g(x)\nfn g(x) = f(x)\ninput x\ny = f(x)") == ["recursive-function"]
    assert ids("fn f[j](z[j]) = g[j](z[j])\nfn g[j](z[j]) = f[j](z[j])\ninput x[n]\ny[i] = f[i](x[i])") == ["recursive-function"]


def test_parameters_hide_sizes_and_tensors_of_the_same_name() -> None:
    assert outputs("fn f(n, t) = n + t\ninput t, x[n]\ny = f(x[0], 1) + t", t=np.array(5.0), x=np.array([7.0])).y == 8 + 5


def test_sums_of_a_body_are_its_own() -> None:
    """The body has a sum over I, and so has what is put into it."""
    text = "const w[3] = [1, 2, 3]\nfn f(x) = sum[I](w[I] x)\ninput v[n]\ny = sum[I](f(v[I]))\nz = f(f(v[I] 1[I]))"
    given = np.array([1.0, 10.0])
    assert list(outputs(text, v=given)) == [66, 396]


# --- with indices -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_a_lowercase_index_is_kept_and_a_capital_one_used_up(backend: str) -> None:
    out = outputs(NORMALISE + "Y[i,j] = normalise[j](X[i,j])\nE[i] = energy[J](X[i,J])", backend, X=X, w=W)
    same(out.Y, X / np.sqrt((X**2).sum(1, keepdims=True)))
    same(out.E, (X**2).sum(1))


def test_an_index_that_is_kept_goes_on_as_the_free_or_summed_index_that_it_was() -> None:
    text = NORMALISE + "s[i] = normalise[J](X[i,J]) w[J]\nt[i] = normalise[i](X[i,0])"
    out = outputs(text, X=X, w=W)
    same(out.s, (X / np.sqrt((X**2).sum(1, keepdims=True))) @ W)
    same(out.t, X[:, 0] / np.sqrt((X[:, 0] ** 2).sum()))


def test_several_indices_and_parameters() -> None:
    text = """
    fn bilinear[I,J](a[I], M[I,J], b[J]) = a[I] M[I,J] b[J]
    fn centred[i,j](M[i,j]) = M[i,j] - M[I,j] / size(M, 0) - M[i,J] / size(M, 1) + mean[I,J](M[I,J])
    input X[n, k], u[n], w[k]
    s = bilinear[A,B](u[A], X[A,B], w[B])
    C[i,j] = centred[i,j](X[i,j])
    T[i,j] = centred[j,i](X[i,j])
    """
    u = RANDOM.normal(size=3)
    out = outputs(text, X=X, u=u, w=W)
    same(out.s, u @ X @ W)
    same(out.C, X - X.mean(0, keepdims=True) - X.mean(1, keepdims=True) + X.mean())
    same(out.T, out.C)


def test_functions_call_functions_and_stand_inside_each_other() -> None:
    text = """
    fn energy[I](z[I]) = z[I]^2
    fn cosine[I](a[I], b[I]) = a[I] b[I] / sqrt(energy[I](a[I]) energy[I](b[I]))
    fn normalise[j](z[j]) = z[j] / sqrt(energy[J](z[J]))
    input X[n, k], w[k]
    c[i] = cosine[J](X[i,J], w[J])
    Y[i,j] = normalise[i](normalise[j](X[i,j]) - w[j])
    """
    out = outputs(text, X=X, w=W)
    same(out.c, X @ W / np.sqrt((X**2).sum(1) * (W**2).sum()))
    inner = X / np.sqrt((X**2).sum(1, keepdims=True)) - W
    same(out.Y, inner / np.sqrt((inner**2).sum(0, keepdims=True)))


def test_a_body_may_use_positions_of_its_index_fixed_elements_and_ranges() -> None:
    text = """
    fn ramp[j](z[j]) = (j + 1) z[j] - z[0] + sum[I : 2](z[I]) - z[-1]
    input X[n, k]
    Y[i,j] = ramp[j](X[i,j])
    """
    same(outputs(text, X=X).Y, np.arange(1, 5) * X - X[:, :1] + X[:, :2].sum(1, keepdims=True) - X[:, -1:])
    with pytest.raises(einlang.CallError, match="axis 0 of z"):
        outputs(text, X=X[:, :1])


def test_a_function_works_for_axes_of_all_lengths_in_one_program() -> None:
    text = "fn shifted[j](z[j]) = z[j] - max[J](z[J])\ninput X[n, k]\nY[i,j] = shifted[j](X[i,j])\nZ[i,j] = shifted[i](X[i,j])"
    out = outputs(text, X=X)
    same(out.Y, X - X.max(1, keepdims=True))
    same(out.Z, X - X.max(0, keepdims=True))


def test_bodies_are_hygienic() -> None:
    """The index J of the body is not the J of the call, whatever the argument does with it."""
    text = NORMALISE + "s[i] = max[J](normalise[J](X[i,J]))\nt[i] = sum[J](energy[K](X[i,K] X[i,J]))"
    out = outputs(text, X=X, w=W)
    same(out.s, (X / np.sqrt((X**2).sum(1, keepdims=True))).max(1))
    same(out.t, (X**2).sum(1) ** 2)


def test_gradients_go_through() -> None:
    program = einlang.compile(NORMALISE + "L = sum[I](normalise[J](X[I,J]) w[J])", backend="numpy")
    (found,) = program.grad("L", wrt=["X"])(X=X, w=W).values()
    norm = np.sqrt((X**2).sum(1, keepdims=True))
    same(found, W / norm - X * (X @ W)[:, None] / norm**3)


def test_an_abstract_function_along_an_index_may_be_one_of_the_program() -> None:
    text = NORMALISE + "fn σ[i](x[i])\nfn total[I](x[I]) = x[I]\nY[i,j] = σ[j](X[i,j])"
    same(
        einlang.compile(text, backend="numpy", functions={"σ": "normalise"})(X=X, w=W).Y,
        X / np.sqrt((X**2).sum(1, keepdims=True)),
    )
    with pytest.raises(einlang.CompileError, match="`σ` is set to `total`, which"):
        einlang.compile(text, functions={"σ": "total"})


def test_a_layer_norm() -> None:
    text = """
    fn layer_norm[j](z[j]) = (z[j] - mean[J](z[J])) / sqrt(mean[J]((z[J] - mean[K](z[K]))^2) + 1e-5)
    input X[n, k]
    Y[i,j] = layer_norm[j](X[i,j])
    """
    same(outputs(text, X=X).Y, (X - X.mean(1, keepdims=True)) / np.sqrt(X.var(1, keepdims=True) + 1e-5))


def test_the_sums_of_a_body_are_written_out_with_the_size_of_its_parameter() -> None:
    text = NORMALISE + "Y[i,j] = normalise[j](X[i,j])"
    made = sums(text)
    assert "fn normalise[j](z[j]) = z[j] / sqrt(sum[J : size(z, 0)](z[J] z[J]))\n" in made
    assert sums(made) == made
    same(outputs(made, X=X, w=W).Y, outputs(text, X=X, w=W).Y)


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("fn f[j](z[j]) = z[k]", "free-index"),
        ("fn f[j](z[i]) = z[i]", "index-not-carried"),
        ("fn f(z[j]) = z[J]", "free-index"),
        ("fn f[j](z[j]) = z", "wrong-rank"),
        ("fn f[j](z[j]) = z[j,j]", "wrong-rank"),
        ("fn f[j](z[j]) = exp(z[J])", "index-not-summed"),
        ("fn f[j,j](z[j]) = z[j]", "left-index"),
        ("fn f[j](z[j]) = x[j] z[j]", "tensor-in-function"),
        ("fn f[I](z[I]) = z[I]\ny = f[i](x[i])", "lowercase-in-reduction"),
        ("fn f[j](z[j]) = z[j]\ny[i] = f(x[i])", "wrong-arguments"),
        ("fn f[i,j](M[i,j]) = M[i,j]\ny[i] = f[i,i](x[i])", "index-named-again"),
        ("fn f[j](z[j]) = z[j]\ny[i] = f[i : 3](x[i])", "range-of-kept-index"),
        ("fn f[j](z[j], s) = s z[j]\ny[i] = f[i](x[i], x[i])", "wrong-arguments"),
        ("fn f[j](z[j], s) = s z[j]\ny[i] = f[i](x[i])", "wrong-arguments"),
        ("fn f[j](z[j]) = z[j]\ny[i] = f[k](x[i])", "index-not-carried"),
        ("const w[3] = [1, 2, 3]\nfn f[j](z[j]) = w[j] z[j]\nsize n = 4\ny[i] = f[i](x[i])", "sizes-differ"),
        ("fn f[j](z[j]) = z[3] z[j]\nsize n = 2\ny[i] = f[i](x[i])", "out-of-bounds"),
        ("fn f[j](z[j]) = z[j + 1]\ny[i] = f[i](x[i])", "out-of-bounds"),
        ("fn f[I](z[I]) = z[I]\ny = f[I : 3](x[I])", "range-of-kept-index"),
        ("fn f[I](z[I]) = z[I]\ny = f[I,J](x[I] x[J])", "wrong-arguments"),
        ("fn f(x) = x\ny[i] = f[i](x[i])", "wrong-arguments"),
        ("fn f(x, x) = x\ny[i] = x[i]", "named-twice"),
        ("fn f(sin) = sin\ny[i] = x[i]", "reserved-name"),
        ("fn f(x) = x\ny[i] = f", "not-a-tensor"),
        ("fn f(z) = z\ny[i] = f(x)", "wrong-rank"),
        ("fn f(z) = i z\ny[i] = f(x[i])", "undefined-name"),
        ("fn f(a, b) = a b\ny[i] = f'(x[i], 2)", "wrong-arguments"),
        ("fn f[I](z[I]) = z[I]^2\ny = f'[I](x[I])", "wrong-arguments"),
    ],
)
def test_what_is_wrong_is_said_once(text: str, id: str) -> None:
    declaration, *rest = text.split("\n")
    assert ids("\n".join([declaration, *rest, "input x[n]", "ok = x[I]"])) == [id]


# --- other files --------------------------------------------------------------------------------------------------------------


def test_use_brings_in_functions_and_consts_from_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "layers.ein").write_text(
        'use "more.ein"\ninput Q[n]\nconst slope = 0.25\nfn leaky(x) = x if x > 0 else slope x\nR[i] = leaky(Q[i])\n'
    )
    (tmp_path / "more.ein").write_text("fn normalise[j](z[j]) = z[j] / sqrt(z[J] z[J])\n")
    (tmp_path / "main.ein").write_text('use "layers.ein"\ninput X[n, k]\nY[i,j] = leaky(normalise[j](X[i,j])) slope\n')
    program = einlang.load(tmp_path / "main.ein", backend="numpy")
    assert [tensor.name for tensor in program.signature.inputs] == ["X"]
    assert list(program(X=X).keys()) == ["Y"]
    unit = X / np.sqrt((X**2).sum(1, keepdims=True))
    same(program(X=X).Y, np.where(unit > 0, unit, unit / 4) / 4)
    same(
        einlang.load(tmp_path / "main.ein", backend="numpy", consts={"slope": 0.5})(X=X).Y, np.where(unit > 0, unit, unit / 2) / 2
    )


def test_a_name_of_two_files_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "layers.ein").write_text("fn f(x) = x\n")
    (tmp_path / "main.ein").write_text('use "layers.ein"\nfn f(x) = 2 x\ninput x\ny = f(x)\n')
    with pytest.raises(einlang.CompileError) as caught:
        einlang.load(tmp_path / "main.ein")
    assert [finding.id for finding in caught.value.diagnostics] == ["named-twice"]


Files = dict[str, str | bytes]


def load(folder: Path, files: Files, **options: Any) -> einlang.Program:
    """The program `main.ein` of a folder with some files."""
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return einlang.load(folder / "main.ein", backend="numpy", **options)


MAIN = "input x[n]\ny[i] = f(x[i])\n"
FOUND: dict[str, tuple[Files, float]] = {
    "beside the main file, wherever the use stands": ({"main.ein": MAIN + 'use "a.ein"\n', "a.ein": "fn f(x) = 3 x"}, 3),
    "in a folder, and beside the file there that uses it": (
        {"main.ein": 'use "d/a.ein"\n' + MAIN, "d/a.ein": 'use "b.ein"\nfn f(x) = g(x)', "d/b.ein": "fn g(x) = 4 x"},
        4,
    ),
    "in the folder above": (
        {"main.ein": 'use "d/a.ein"\n' + MAIN, "d/a.ein": 'use "../b.ein"\nfn f(x) = g(x)', "b.ein": "fn g(x) = 5 x"},
        5,
    ),
    "once, by two ways and two spellings": (
        {
            "main.ein": 'use "a.ein"\nuse "b.ein"\nuse "./c.ein"\n' + MAIN,
            "a.ein": 'use "c.ein"\nfn f(x) = g(x) + h(x)',
            "b.ein": 'use "c.ein"\nfn h(x) = g(x)',
            "c.ein": "fn g(x) = 3 x",
        },
        6,
    ),
    "with what is wrong in its definitions": (
        {"main.ein": 'use "a.ein"\n' + MAIN, "a.ein": "fn f(x) = 2 x\ny = q\nz = exp(v[I])"},
        2,
    ),
    "empty": ({"main.ein": 'use "a.ein"\nfn f(x) = 7 x\n' + MAIN, "a.ein": ""}, 7),
}


@pytest.mark.parametrize("case", FOUND)
def test_a_file_is_found_beside_the_one_that_uses_it(case: str, tmp_path: Path) -> None:
    files, factor = FOUND[case]
    same(load(tmp_path, files)(x=W).y, factor * W)


def test_use_brings_in_no_tensors_and_sizes(tmp_path: Path) -> None:
    with pytest.raises(einlang.CompileError, match="nothing defines `k`"):
        load(tmp_path, {"main.ein": 'use "a.ein"\n' + MAIN, "a.ein": "size k = 3\nfn f(x) = k x"})
    program = load(tmp_path, {"main.ein": 'use "a.ein"\n' + MAIN, "a.ein": "input q\nz = q\nq <- 2 q\nfn f(x) = x\noutput z"})
    assert ([t.name for t in program.signature.inputs], [t.name for t in program.signature.outputs]) == (["x"], ["y"])


def test_a_const_of_another_file_may_be_set_and_an_abstract_function_bound(tmp_path: Path) -> None:
    files: Files = {
        "main.ein": 'use "a.ein"\ninput x[n]\ny{m}[i] = m f(x[i]) for m in 1..depth\n',
        "a.ein": "const depth = 2\nfn f(x)",
    }
    out = load(tmp_path, files, consts={"depth": 3}, functions={"f": "tanh"})(x=W)
    same(out["y{3}"], 3 * np.tanh(W))


CIRCLE: Files = {"main.ein": 'use "a.ein"\n' + MAIN, "a.ein": 'use "b.ein"\nfn f(x) = x', "b.ein": 'use "a.ein"'}
UNREAD: dict[str, tuple[Files, str]] = {
    "itself": ({"main.ein": 'use "main.ein"\ninput x\ny = x'}, "circular-use"),
    "a circle, told once": (CIRCLE, "circular-use"),
    "no such file, and what it would define": ({"main.ein": 'use "none.ein"\n' + MAIN}, "file-not-read"),
    "no such file beside one in a folder": (
        {"main.ein": 'use "d/a.ein"\n' + MAIN, "d/a.ein": 'use "main.ein"\nfn f(x) = g(x)'},
        "file-not-read",
    ),
    "a folder": ({"main.ein": 'use "d"\n' + MAIN, "d/a.ein": ""}, "file-not-read"),
    "no name": ({"main.ein": 'use ""\n' + MAIN}, "file-not-read"),
    "no text": ({"main.ein": 'use "a.ein"\n' + MAIN, "a.ein": bytes(range(256))}, "not-utf-8"),
    "UTF-16": ({"main.ein": 'use "a.ein"\n' + MAIN, "a.ein": "fn f(x) = x".encode("utf-16")}, "not-utf-8"),
    "no program": ({"main.ein": 'use "a.ein"\n' + MAIN, "a.ein": "fn f(x) = x\nthis is no program"}, "unexpected-text"),
    "a function with a mistake": ({"main.ein": 'use "a.ein"\n' + MAIN, "a.ein": "fn f(x) = x + q"}, "undefined-name"),
    "no quotation marks": ({"main.ein": "use a.ein\n" + MAIN}, "unexpected-text"),
    "other quotation marks": ({"main.ein": "use 'a.ein'\n" + MAIN}, "other-notation"),
}


@pytest.mark.parametrize("case", UNREAD)
def test_files_that_use_each_other_and_files_that_cannot_be_read_are_one_error(case: str, tmp_path: Path) -> None:
    files, id = UNREAD[case]
    with pytest.raises(einlang.CompileError) as caught:
        load(tmp_path, files)
    assert [finding.id for finding in caught.value.diagnostics] == [id]
