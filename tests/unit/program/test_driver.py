"""Stages in order, options, and what tells one compilation from another."""

from pathlib import Path

import numpy as np
import pytest

import einlang
from einlang.call import CallError
from einlang.driver import STAGES, Stages, stages
from einlang.errors import CompileError
from einlang.options import Options, options
from einlang.runtime import front
from einlang.runtime.recipe import Derive, Only, Recipe
from einlang.runtime.signature import only, signature
from einlang.runtime.threads import Team


def recipe(text: str = "input x[n], w[n], y[m]\ns = x[I] w[I]\nt = s size(y, 0)\nu[i] = y[i]\n", **changed) -> Recipe:
    return Recipe(**{"name": "p", "path": "p.ein", "text": text, **changed})


@pytest.mark.parametrize("until", STAGES)
def test_stages_stop_after_any(until: str) -> None:
    found = stages(recipe(), until)
    done = [stage for stage in STAGES if stage in vars(found)]
    assert until == "ir" or until in done
    assert not {"simplified", "optimised", "planned", "lowered"} & set(done) - set(STAGES[: STAGES.index(until) + 1])


def test_a_wrong_program_stops_the_stages_with_all_its_errors() -> None:
    found = Stages(recipe("y = ]\nz[i] = Q[i,j]\nw = exp(v[I])\n"))
    for stage in ("ast", "sums", "ir"):
        with pytest.raises(CompileError) as caught:
            getattr(found, stage)
    assert [d.span.position[0] for d in caught.value.diagnostics] == [1, 2, 3]


def test_only_keeps_what_outputs_need_and_what_fixes_sizes() -> None:
    program = stages(recipe(), "ir").ir
    tensors = {definition.tensor.name: definition.tensor for definition in program.definitions}
    kept = only(program, [tensors["s"]])
    assert [tensor.name for tensor in kept.inputs] == ["x", "w"] and [d.tensor.name for d in kept.definitions] == ["s"]
    assert [tensor.name for tensor in only(program, [tensors["t"]]).inputs] == ["x", "w", "y"]
    described = signature(kept, program.inputs)
    assert [(tensor.name, tensor.needed) for tensor in described.inputs] == [("x", True), ("w", True), ("y", False)]
    assert described.sizes == ("n",) and described.inputs[0].place == "p.ein:1:7"


def test_steps_follow_each_other() -> None:
    text = "param x[n]\nL = x[I]^3\nM = x[I]\n"
    twice = einlang.compile(text).with_grad("L").with_grad("M").only("dL_dx", "dM_dx")
    out = twice(x=np.array([1.0, 2.0]))
    assert out.dL_dx.tolist() == [3, 12] and out.dM_dx.tolist() == [1, 1]


OPTIONS_WRONG = {
    "unknown": ({"bakend": "c"}, "there is no option 'bakend'; did you mean 'backend'?"),
    "backend": ({"backend": "fortran"}, "backend is one of 'auto', 'c', 'numpy', not 'fortran'"),
    "dtype": ({"dtype": "float16"}, "dtype is one of None, 'float32', 'float64', not 'float16'"),
    "threads": ({"threads": 0}, "threads is a whole number from 1, not 0"),
    "half a thread": ({"threads": 1.5}, "threads is a whole number from 1, not 1.5"),
    "consts": ({"consts": {"n": "5"}}, "the const n is a number, not '5'"),
    "infinite const": ({"consts": {"n": float("inf")}}, "the const n is a number, not inf"),
    "consts no mapping": ({"consts": 5}, "consts is a mapping by name"),
    "names no text": ({"consts": {1: 5}}, "consts is a mapping by name"),
    "functions": ({"functions": {"σ": np.tanh}}, "the function σ is the name of a function"),
}


@pytest.mark.parametrize(("given", "message"), OPTIONS_WRONG.values(), ids=OPTIONS_WRONG)
def test_wrong_options(given: dict[str, object], message: str) -> None:
    with pytest.raises(CallError) as caught:
        options(**given)
    assert message in str(caught.value)


@pytest.mark.parametrize("dtype", ["float32", np.float32, np.dtype("float32")])
def test_options_that_say_the_same_are_the_same(dtype: object) -> None:
    given = options(dtype=dtype, threads=np.int64(2), consts={"b": np.float64(2), "a": 1}, functions={"σ": "tanh"})
    assert given == Options("auto", "float32", 2, (("a", 1), ("b", 2.0)), (("σ", "tanh"),)) and hash(given) == hash(given)


def test_threads_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EINLANG_NUM_THREADS", "3")
    assert Team().count == 3 and options().threads is None and options(threads=1).threads == 1
    monkeypatch.setenv("EINLANG_NUM_THREADS", "many")
    with pytest.raises(CallError, match="EINLANG_NUM_THREADS is a whole number from 1, not 'many'"):
        options()


KEYS = [
    recipe(),
    recipe("input x\ny = x"),
    recipe(name="q"),
    recipe(path="q.ein"),
    recipe(options=Options("numpy")),
    recipe(options=Options(dtype="float32")),
    recipe(options=Options(threads=2)),
    recipe(options=Options(consts=(("n", 1),))),
    recipe(options=Options(consts=(("n", 1.5),))),
    recipe(options=Options(functions=(("f", "g"),))),
    recipe(steps=(Derive("grad", "s"),)),
    recipe(steps=(Derive("grad", "s", ("x",)),)),
    recipe(steps=(Derive("grad", "s", ("x",), single=True),)),
    recipe(steps=(Derive("grad", "s", ("x",), "outputs"),)),
    recipe(steps=(Derive("hessian", "s", ("x",)),)),
    recipe(steps=(Derive("hessian", "s", ("x",), structured=True),)),
    recipe(steps=(Only(("s",)),)),
]


def test_every_part_of_a_recipe_is_in_its_key() -> None:
    assert len({front.key(made) for made in KEYS}) == len(KEYS)
    assert front.key(recipe(used=(("a", "b"),))) == front.key(recipe())


@pytest.mark.parametrize("part", ["find_compiler", "processor", "python_identity", "own_digest"])
def test_the_machine_and_einlang_itself_are_in_the_key(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = front.key(recipe())
    monkeypatch.setattr(front, part, lambda: "another")
    assert front.key(recipe()) != before


def test_an_edited_file_of_einlang_changes_its_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "einlang").mkdir()
    (tmp_path / "einlang" / "pass.py").write_text("one")
    monkeypatch.setattr(front, "_PACKAGE", tmp_path / "einlang")
    before = front.own_digest.__wrapped__()
    assert before == front.own_digest.__wrapped__()
    (tmp_path / "einlang" / "pass.py").write_text("other")
    assert front.own_digest.__wrapped__() != before


def test_warnings_in_used_files_keep_their_places(tmp_path: Path) -> None:
    text = "param x[n], y[n]\ns = x[I]\nd[i] = ∂s/∂y[i]\n"
    with pytest.warns(UserWarning, match="derivative-is-zero"):
        found = einlang.compile(text).warnings
    sources = {"<text>": text}
    (again,) = front.unpack(front.pack(found), sources)
    assert (again.id, again.message, again.label, again.help) == (found[0].id, found[0].message, found[0].label, found[0].help)
    assert again.span.place == found[0].span.place and again.span.text == found[0].span.text


@pytest.mark.parametrize("name", ["my-model", "2d", "σ", "lambda", "int", "x y", "", "numpy", "main"])
def test_any_file_name_gives_a_program_that_runs_in_both_backends(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.ein"
    path.write_text("input x\ny = 2 x\n")
    for backend in ("c", "numpy"):
        program = einlang.load(path, backend=backend)
        assert program(x=3.0).y == 6 and program.name.isidentifier() and program.name.isascii()
