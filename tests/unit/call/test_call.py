"""Signatures and outputs as plain data."""

import copy
import json
import pickle

import numpy as np
import pytest

from einlang.call import Axis, CallError, EinlangError, Outputs, Requirement, Signature, Tensor, alias, signature_of

SIZE, DOUBLE = Axis("n", ((("n",), 1),), "a note"), Axis("2*n - 3", ((("n",), 2), ((), -3)))
SIGNATURE = Signature(
    "p",
    ("n",),
    (("h", 4),),
    (Tensor("x'", (SIZE, DOUBLE), "int", "param", "p.ein:1:2", False),),
    (Tensor("W{1,2}", ()),),
    ("x = 1",),
    (Requirement(DOUBLE, "<=", SIZE, "because"),),
)


def test_a_signature_survives_json() -> None:
    assert signature_of(json.loads(json.dumps(SIGNATURE))) == SIGNATURE


def test_signatures_print_as_declarations() -> None:
    assert str(SIGNATURE) == "p(x'[n, 2*n - 3]) -> W{1,2}"


@pytest.mark.parametrize(("n", "value", "length"), [(5, 7, 7), (1, -1, 0), (0, -3, 0)])
def test_lengths_are_never_negative(n: int, value: int, length: int) -> None:
    assert (DOUBLE.value({"n": n}), DOUBLE.length({"n": n})) == (value, length)
    assert DOUBLE.size is None and SIZE.size == "n"


def test_outputs_by_name_by_position_and_in_order() -> None:
    array = np.ones(2)
    out = Outputs({"L": np.array(0.5), "W{2}": array, "keys": array})
    assert isinstance(out.L, np.float64) and out["L"] == out[0] == 0.5
    assert out["W{2}"] is out.W_2 is out["W_2"] is out[1] is array
    assert [*out][1] is array and len(out) == 3 and list(out.keys()) == ["L", "W{2}", "keys"]
    assert out["keys"] is array and {**out}["L"] == 0.5 and dict(out.items())["W{2}"] is array
    assert out.arrays()["L"].shape == () and "L" in out and "Q" not in out
    assert "W_2" in dir(out) and repr(out).startswith("Outputs(L=np.float64(0.5), W{2}=array([1., 1.])")


def test_outputs_that_are_not_there() -> None:
    out = Outputs({"L": np.array(0.5)})
    with pytest.raises(KeyError, match="there is no output 'Q'; there are L"):
        out["Q"]
    with pytest.raises(AttributeError, match="there is no output 'Q'; there are L"):
        out.Q  # noqa: B018
    with pytest.raises(IndexError):
        out[1]


def test_outputs_are_copied_and_pickled() -> None:
    out = Outputs({"L": np.array(0.5)})
    assert pickle.loads(pickle.dumps(out)).L == copy.copy(out).L == copy.deepcopy(out).L == 0.5


@pytest.mark.parametrize(("name", "spelled"), [("W{2}", "W_2"), ("W{1,2}", "W_1_2"), ("w", "w"), ("w'", "w'")])
def test_aliases(name: str, spelled: str) -> None:
    assert alias(name) == spelled


def test_call_errors_are_errors_of_einlang() -> None:
    assert issubclass(CallError, EinlangError)
