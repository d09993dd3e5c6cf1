"""Programs: opened, called, derived, cut, bound, pickled; in both backends and types."""

import copy
import os
import pickle
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest

import einlang
from einlang.errors import BuildError, CallError, CompileError, InternalError
from einlang.ir.interpret import interpret

BACKENDS = ["c", "numpy"]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_call_agrees_with_the_oracle(backend: str, dtype: str, network: str, data) -> None:
    program = einlang.compile(network, backend=backend)
    given = data(dtype)
    expected = interpret(program.stages.ir, given, dtype)
    out = program(**given)
    tolerance = 1e-5 if dtype == "float32" else 1e-12
    for name in ("L", "P"):
        assert out[name].dtype == dtype
        np.testing.assert_allclose(out[name], expected[name], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("backend", BACKENDS)
def test_value_and_gradient(backend: str, network: str, data) -> None:
    program = einlang.compile(network, backend=backend)
    given = data()
    loss, gradients = program.value_and_grad("L")(given)
    assert list(gradients) == ["W1", "c1", "W2", "c2"] and loss == pytest.approx(float(program(given).L))
    for name, gradient in gradients.items():
        step = np.zeros_like(given[name])
        step.flat[1] = 1e-6
        values = [program({**given, name: given[name] + sign * step}).L for sign in (1, -1)]
        assert gradient.shape == given[name].shape
        assert gradient.flat[1] == pytest.approx((values[0] - values[1]) / 2e-6, rel=1e-5, abs=1e-8)


def test_one_name_gives_an_array_and_a_list_a_dict(network: str, data) -> None:
    program, given = einlang.compile(network), data()
    alone, listed = program.grad("L", "W1")(given), program.grad("L", wrt=["X", "W1"])(given)
    assert isinstance(alone, np.ndarray) and list(listed) == ["X", "W1"] and np.array_equal(alone, listed["W1"])
    value, gradient = program.value_and_grad("L", "W1")(given)
    assert np.array_equal(gradient, alone) and isinstance(value, np.floating)
    added = program.with_grad("L", "W1")(given)
    assert list(added.keys()) == ["L", "P", "dL_dW1"] and np.array_equal(added.dL_dW1, alone)


def test_gradients_into_given_arrays(network: str, data) -> None:
    step, given = einlang.compile(network).value_and_grad("L"), data()
    targets = {name: np.full_like(given[name[4:]], 7.0) for name in ("dL_dW1", "dL_dc2")}
    _, gradients = step(**given, out=targets)
    assert gradients["W1"] is targets["dL_dW1"] and not (targets["dL_dc2"] == 7).any()


def test_what_a_derived_program_does_not_need_may_be_given_or_left_out(network: str, data) -> None:
    classify, given = einlang.compile(network).only("P"), data()
    needed = {name: array for name, array in given.items() if name != "Y"}
    assert np.array_equal(classify(needed).P, classify(given).P)
    with pytest.raises(CallError, match="axis 0 of Y is 9"):
        classify({**given, "Y": np.ones((9, 3))})
    with pytest.raises(CallError, match="no input 'Z'"):
        classify(**given, Z=1.0)
    with pytest.raises(CallError, match="missing: c1"):
        classify({name: array for name, array in needed.items() if name != "c1"})


def test_only_may_name_any_definition(network: str, data) -> None:
    given = data()
    out = einlang.compile(network).only("H", "Z1")(X=given["X"], W1=given["W1"], c1=given["c1"])
    assert list(out.keys()) == ["H", "Z1"] and np.allclose(out.H, np.tanh(out.Z1))


def test_an_input_that_fixes_a_size_alone_is_needed() -> None:
    program = einlang.compile("input x[n], y[m]\ns = x[I] size(y, 0)\nt = x[I]\n").only("s")
    assert program(x=np.ones(2), y=np.ones(5)).s == 10
    with pytest.raises(CallError, match=r"missing: y\[m\]"):
        program(x=np.ones(2))


WRONG_STEPS = {
    "unknown output": (lambda p: p.grad("Lx"), "no tensor 'Lx'; did you mean 'L'"),
    "unknown wrt": (lambda p: p.grad("L", "W9"), "no tensor 'W9'; did you mean 'W.'"),
    "no scalar": (lambda p: p.grad("P"), r"P has rank 2; a gradient is of a float of rank 0 \(P stands at <text>:9:1\)"),
    "no param": (lambda p: p.grad("free"), "free depends on no param; say by what to derive"),
    "nothing": (lambda p: p.grad("L", []), "wrt= names nothing"),
    "integers": (lambda p: p.grad("L", "labels"), "labels holds whole numbers; nothing is derived by it"),
    "an integer": (lambda p: p.grad("first"), "first holds a whole number"),
    "unknown only": (lambda p: p.only("Q"), "no tensor 'Q'"),
}


@pytest.mark.parametrize(("step", "message"), WRONG_STEPS.values(), ids=WRONG_STEPS)
def test_steps_that_cannot_be(step, message: str, network: str) -> None:
    text = network.replace("input X[b, k0]", "input labels[b] : int, q, X[b, k0]").replace(
        "output L, P", "free = q\nfirst = argmax[I](c1[I])"
    )
    with pytest.raises(CallError, match=message):
        step(einlang.compile(text))


def test_a_bound_call_reads_its_arrays_anew(network: str, data) -> None:
    for backend in BACKENDS:
        program, given = einlang.compile(network, backend=backend), data()
        given["W1"] = np.asfortranarray(given["W1"])
        target = np.zeros((3, 7)).T
        run, run_gradient = program.bind(**given, out={"P": target}), program.value_and_grad("L").bind(given)
        for _ in range(2):
            out, (loss, gradients) = run(), run_gradient()
            assert out.L == loss == program(given).L and np.array_equal(target, program(given).P)
            assert np.array_equal(gradients["W1"], program.grad("L")(given)["W1"])
            given["W1"] += 1
    with pytest.raises(CallError, match="missing"):
        einlang.compile(network).bind()


def test_programs_pickle_and_copy_with_the_files_that_they_use(tmp_path: Path) -> None:
    (tmp_path / "functions.ein").write_text("fn twice(x) = 2 x\n")
    (tmp_path / "main.ein").write_text('use "functions.ein"\nparam x[n]\nL = twice(x[I])^2\n')
    program = einlang.load(tmp_path / "main.ein").grad("L", "x")
    for again in (pickle.dumps(program), pickle.dumps(einlang.load(tmp_path / "main.ein").grad("L", "x"))):
        (tmp_path / "functions.ein").unlink(missing_ok=True)
        if (tmp_path / "main.ein").exists():
            (tmp_path / "main.ein").unlink()
            (tmp_path / "functions.ein").write_text("fn twice(x) = 2 x\n")
            (tmp_path / "main.ein").write_text('use "functions.ein"\nparam x[n]\nL = twice(x[I])^2\n')
        assert pickle.loads(again)(x=np.array([1.0])).tolist() == [8.0]
    assert copy.copy(program)(x=np.array([1.0])).tolist() == [8.0]


def test_a_changed_file_is_compiled_anew(tmp_path: Path) -> None:
    path, used = tmp_path / "p.ein", tmp_path / "c.ein"
    for factor, constant in ((2, 1), (3, 1), (3, 5), (2, 1)):
        used.write_text(f"const c = {constant}\n")
        path.write_text(f'use "c.ein"\ninput x\ny = {factor} x + c\n')
        assert einlang.load(path)(x=1.0).y == factor + constant


@pytest.mark.parametrize("backend", BACKENDS)
def test_calls_from_several_threads_at_once(backend: str, network: str, data) -> None:
    step = einlang.compile(network, backend=backend).value_and_grad("L")
    sets = [data(seed=seed) for seed in range(8)]
    wrong: list[int] = []

    def work(number: int) -> None:
        expected = step(sets[number])
        for _ in range(50):
            loss, gradients = step(sets[number])
            if loss != expected[0] or any(not np.array_equal(gradients[n], expected[1][n]) for n in gradients):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reference = einlang.compile(network, backend="numpy").value_and_grad("L")
    assert not wrong
    np.testing.assert_allclose(step(sets[3])[1]["W1"], reference(sets[3])[1]["W1"], rtol=1e-9)


def test_calls_after_fork(network: str, data) -> None:
    step, given = einlang.compile(network, backend="c").value_and_grad("L"), data()
    expected = step(given)[0]
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, b"same" if step(given)[0] == expected else b"other")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 10) == b"same"


def test_wrong_programs(tmp_path: Path) -> None:
    with pytest.raises(CompileError, match="<text>:1:11: error") as caught:
        einlang.compile("y = exp(v[I])\nz[i] = Q[i,j]")
    assert len(caught.value.diagnostics) == 2
    with pytest.raises(CompileError, match="not-utf-8"):
        einlang.compile("y = x # \ud800")
    (tmp_path / "bytes.ein").write_bytes(bytes(range(256)))
    with pytest.raises(CompileError, match="not-utf-8"):
        einlang.load(tmp_path / "bytes.ein")
    with pytest.raises(FileNotFoundError):
        einlang.load(tmp_path / "missing.ein")
    with pytest.raises(TypeError):
        einlang.compile(b"y = x")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('use "missing.ein"\ninput x\ny = x\n', "file-not-read"),
        (b'use "bad\\u0000.ein"\ninput x\ny = x\n'.decode("unicode_escape"), "not-utf-8"),
        ('use "other.ein"\ninput x\ny = x\n', "circular-use"),
        ('use "main.ein"\ninput x\ny = x\n', "circular-use"),
        ('use "latin.ein"\ninput x\ny = x\n', "not-utf-8"),
    ],
)
def test_files_that_cannot_be_used(text: str, found: str, tmp_path: Path) -> None:
    (tmp_path / "other.ein").write_text('use "third.ein"\nconst o = 1\n')
    (tmp_path / "third.ein").write_text('use "main.ein"\nconst t = 1\n')
    (tmp_path / "latin.ein").write_bytes("const ö = 1\n".encode("latin-1"))
    (tmp_path / "main.ein").write_text(text)
    with pytest.raises(CompileError) as caught:
        einlang.load(tmp_path / "main.ein")
    assert found in {diagnostic.id for diagnostic in caught.value.diagnostics}


def test_warnings_are_python_warnings_also_from_the_cache() -> None:
    text = "param x[n], y[n]\ns = x[I]\nd[i] = ∂s/∂y[i]\n"
    for _ in range(2):
        with pytest.warns(UserWarning, match=r"warning\[derivative-is-zero\]"):
            program = einlang.compile(text)
        assert [diagnostic.span.place for diagnostic in program.warnings] == ["<text>:3:8"]


def test_options(network: str, data) -> None:
    assert einlang.compile(network, dtype="float32")(data("float32")).L.dtype == np.float32
    with pytest.raises(CallError, match="compiled for float32"):
        einlang.compile(network, dtype="float32")(data())
    assert einlang.compile("const n = 2\ninput x\ny = n x", consts={"n": 5})(x=1.0).y == 5
    assert einlang.compile("input x\ny = x", threads=2).options.threads == 2


def test_without_a_compiler_numpy_takes_over_with_one_warning(network: str, data, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        program = einlang.compile(network)
        assert not caught
        loss = program(data()).L
        einlang.compile(network).value_and_grad("L")(data("float32"))
    assert len(caught) == 1 and "run on NumPy" in str(caught[0].message) and "apt install gcc" in str(caught[0].message)
    assert loss == pytest.approx(float(einlang.compile(network, backend="numpy")(data()).L))
    with pytest.raises(BuildError, match="there is no C compiler"):
        einlang.compile(network, backend="c")(data())


def test_the_environment_chooses_the_backend(network: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EINLANG_BACKEND", "numpy")
    assert einlang.compile(network).options.backend == "numpy"
    assert einlang.compile(network, backend="c").options.backend == "c"
    monkeypatch.setenv("EINLANG_BACKEND", "fortran")
    with pytest.raises(CallError, match="backend is one of 'auto', 'c', 'numpy', not 'fortran'"):
        einlang.compile(network)


@pytest.mark.parametrize("backend", BACKENDS)
def test_both_backends_refuse_an_argmax_over_nothing(backend: str) -> None:
    with pytest.raises(CallError, match="arg"):
        einlang.compile("input x[b, n]\ny[i] = argmax[J](x[i,J])", backend=backend)(x=np.ones((2, 0)))


@pytest.mark.parametrize("backend", BACKENDS)
def test_assumptions(backend: str) -> None:
    text = "input Y[b, k]\nassume sum[J](Y[i,J]) = 1\ns = Y[I,J]^2\n"
    program, good = einlang.compile(text, backend=backend), np.full((2, 4), 0.25)
    assert program(Y=good, check=True).s == 0.5
    assert program(Y=2 * good).s == 2
    with pytest.raises(CallError, match=r"does not hold at \[0\]: 2.0 is not 1.0"):
        program(Y=2 * good, check=True)


def test_sources(network: str) -> None:
    program = einlang.compile(network)
    assert program.source == network
    assert "def program(" in program.numpy_source and "program_f64" in program.c_source
    assert "program_f32" in einlang.compile(network, dtype="float32").c_source
    assert repr(program) == (
        "<einlang.Program program(X[b, k0], Y[b, k2], W1[k0, k1], c1[k1], W2[k1, k2], c2[k2]) -> L, P[b, k2]>"
    )


def test_a_derived_source_is_a_program_that_computes_the_same(network: str, data) -> None:
    program, given = einlang.compile(network).value_and_grad("L"), data()
    again = einlang.compile(program.source)
    loss, gradients = program(given)
    out = again({tensor.name: given[tensor.name] for tensor in again.signature.inputs})
    np.testing.assert_allclose([out.L, *out.dL_dW1.flat], [loss, *gradients["W1"].flat], rtol=1e-12)


def test_sketches_are_derived_by_everything() -> None:
    gradients = einlang.compile("f = x[I] A[I,J] x[J]").grad("f")(x=np.array([1.0, 2]), A=np.eye(2))
    assert gradients["x"].tolist() == [2, 4] and gradients["A"].tolist() == [[1, 2], [2, 4]]


def test_a_defect_of_a_stage_is_named(network: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from einlang import driver

    def broken(*_: object) -> None:
        raise IndexError("tuple index out of range")

    monkeypatch.setattr(driver, "optimise", broken)
    program = einlang.compile(network + "# not in the cache\n")
    with pytest.raises(InternalError, match="internal error in optimisation: IndexError: tuple index out of range"):
        program.numpy_source  # noqa: B018


FIRST = """
import sys, numpy
before = set(sys.modules)
import einlang
program = einlang.load(sys.argv[1])
print(program(x=numpy.arange(3.0)).s, sorted({"lark", "cffi", "pycparser", "subprocess", "einlang.driver"} & sys.modules.keys()))
"""


def test_a_second_process_parses_nothing_and_builds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "p.ein").write_text("input x[n]\ns = x[I]^2\n")
    monkeypatch.setenv("EINLANG_CACHE_DIR", str(tmp_path / "cache"))
    command = [sys.executable, "-c", FIRST, str(tmp_path / "p.ein")]
    printed = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2)]
    assert printed[0].startswith("5.0 ['cffi', 'einlang.driver'")
    assert printed[1] == "5.0 []\n"


def test_several_processes_that_compile_the_same_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "p.ein").write_text("input x[n]\ns = x[I]^2\n")
    monkeypatch.setenv("EINLANG_CACHE_DIR", str(tmp_path / "cache"))
    command = [sys.executable, "-c", FIRST, str(tmp_path / "p.ein")]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert all(process.communicate()[0].startswith("5.0 ") for process in started)


def test_importing_einlang_imports_nothing_else() -> None:
    code = (
        "import sys; import einlang; print(sorted(m for m in sys.modules if m.startswith(('einlang', 'numpy', 'click', 'lark'))))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "['einlang']\n"
    assert einlang.__version__ and set(einlang.__all__) <= set(dir(einlang)) and einlang.CallError is CallError
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        einlang.lode  # noqa: B018


def test_latex_shows_a_gradient_in_the_articles_style() -> None:
    program = einlang.compile("input X[b, k]\nparam W[k, j]\nL = (X[I,K] W[K,J])^2", backend="numpy")
    shown = program.value_and_grad("L").latex()
    assert shown.startswith(r"\begin{aligned}") and r"\frac{\partial L}{\partial W_{i,j}} &=" in shown
    assert program.value_and_grad("L")._repr_latex_() == f"$${shown}$$"
