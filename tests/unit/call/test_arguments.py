"""Checks of a call: every wrong argument is refused with its name and place, before anything is computed or written."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from einlang.call import Axis, CallError, CallTypeError, CallValueError, Outputs, Requirement, Signature, Tensor
from einlang.runtime.arguments import Caller


def axis(text: str, note: str = "") -> Axis:
    """`b`, `3`, or a multiple of a size such as `2*h`."""
    number, _, size = text.rpartition("*")
    return Axis(text, (((), int(text)),) if text.isdigit() else (((size,), int(number or 1)),), note)


def tensor(name: str, *axes: str, kind: str = "float", place: str = "", needed: bool = True) -> Tensor:
    return Tensor(name, tuple(map(axis, axes)), kind, "input", place or f"net.ein:1:{len(name)}", needed)


SIGNATURE = Signature(
    "net",
    ("b", "k"),
    (("h", 4),),
    (
        tensor("X", "b", "k"),
        tensor("W{2}", "k", "2*h", place="net.ein:3:7"),
        tensor("y", "b", kind="int"),
        tensor("lr"),
        tensor("spare", "b", needed=False),
    ),
    (tensor("Z", "b", "2*h"), tensor("L"), tensor("n", "b", kind="int")),
    ("assume X[i,j] = X[i,j]",),
)


def compute(dtype: str, sizes: tuple[int, ...], inputs: Any, results: Any) -> None:
    """Something of each kind: a product, a scalar, integers."""
    x, w, y, lr = inputs
    assert sizes == x.shape and all(array.flags.c_contiguous and array.flags.aligned for array in (*inputs, *results))
    assert {array.dtype.name for array in (*inputs, *results)} <= {dtype, "int64"}
    results[0][...], results[1][...], results[2][...] = x @ w, lr * x.sum(), y + 1


CALLER = Caller(SIGNATURE, compute)


def arrays(dtype: str = "float64", **changed: Any) -> dict[str, Any]:
    random = np.random.default_rng(0)
    good = {
        "X": random.normal(size=(3, 2)).astype(dtype),
        "W_2": random.normal(size=(2, 8)).astype(dtype),
        "y": np.arange(3),
        "lr": 0.5,
    }
    return {name: value for name, value in {**good, **changed}.items() if value is not ...}


def call(**given: Any) -> Outputs:
    return CALLER(None, given)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_good_call(dtype: str) -> None:
    given = arrays(dtype)
    out = call(**given)
    assert out.Z.dtype == dtype and out.L.dtype == dtype and out.n.dtype == np.int64
    np.testing.assert_allclose(out.Z, given["X"] @ given["W_2"], rtol=1e-6)
    assert out["n"].tolist() == [1, 2, 3] and list(out.keys()) == ["Z", "L", "n"]


WRONG: dict[str, tuple[dict[str, Any], type[CallError], str]] = {
    "missing": ({"X": ...}, CallTypeError, "needs an input that is missing: X[b, k] (net.ein:1:1)"),
    "two missing": ({"X": ..., "lr": ...}, CallTypeError, "inputs that are missing: X[b, k] (net.ein:1:1), lr (net.ein:1:2)"),
    "unknown": ({"lrr": 1.0}, CallTypeError, "no input 'lrr'; did you mean 'lr'?"),
    "unlike anything": ({"qqq": 1.0}, CallTypeError, "no input 'qqq'; its inputs are X, W{2}, y, lr, spare"),
    "rank": ({"X": np.ones(3)}, CallValueError, "X has rank 1, but is declared as X[b, k], of rank 2, declared at net.ein:1:1"),
    "rank of a number": ({"X": 1.0}, CallValueError, "X has rank 0"),
    "scalar of rank 1": ({"lr": np.ones(1)}, CallValueError, "lr has rank 1, but is declared as lr, of rank 0"),
    "size": ({"y": np.arange(4)}, CallValueError, "axis 0 of y is 4, but `b` is 3 (axis 0 of X), declared at net.ein:1:1"),
    "expression": (
        {"W_2": np.ones((2, 9))},
        CallValueError,
        "axis 1 of W{2} is 9, but `2*h` is 8 (`h` is 4, fixed by the program), declared at net.ein:3:7",
    ),
    "spare": ({"spare": np.ones(4)}, CallValueError, "axis 0 of spare is 4, but `b` is 3 (axis 0 of X)"),
    "two types": (
        {"W_2": np.ones((2, 8), "f4")},
        CallTypeError,
        "W{2} holds float32, but X holds float64; cast it: W{2}.astype(numpy.float64)",
    ),
    "integers": (
        {"X": np.ones((3, 2), int)},
        CallTypeError,
        "X holds int64, but float32 or float64 is needed; cast it: X.astype(numpy.float64)",
    ),
    "bool": ({"X": np.ones((3, 2), bool)}, CallTypeError, "X holds bool, but float32 or float64 is needed; cast it"),
    "half": ({"X": np.ones((3, 2), "f2")}, CallTypeError, "X holds float16, but float32 or float64 is needed; cast it"),
    "complex": ({"X": np.ones((3, 2), complex)}, CallTypeError, "X holds complex128, but float32 or float64 is needed, declared"),
    "objects": ({"X": np.full((3, 2), None)}, CallTypeError, "X holds object, but"),
    "text": ({"X": np.full((3, 2), "a")}, CallTypeError, "X holds str"),
    "dates": ({"X": np.zeros((3, 2), "M8[s]")}, CallTypeError, "X holds datetime64[s]"),
    "records": ({"X": np.zeros((3, 2), "f8,f8")}, CallTypeError, "X holds void"),
    "list": ({"X": [[1.0, 2.0]]}, CallTypeError, "X is of type list; it must be an array; write numpy.array(X)"),
    "nothing": ({"X": None}, CallTypeError, "X is of type NoneType; it must be an array"),
    "truth": ({"lr": True}, CallTypeError, "lr is of type bool; it must be an array or a number"),
    "complex number": ({"lr": 1j}, CallTypeError, "lr is of type complex"),
    "huge number": ({"lr": 10**400}, CallValueError, "a number too large for float64"),
    "masked": ({"X": np.ma.ones((3, 2))}, CallTypeError, "X is a masked array; give X.filled(…)"),
    "floats for integers": (
        {"y": np.ones(3)},
        CallTypeError,
        "y holds float64, but whole numbers are declared; cast it: y.astype(numpy.int64)",
    ),
    "unsigned too large": (
        {"y": np.full(3, 2**63, "u8")},
        CallValueError,
        "y holds 9223372036854775808, a number too large for int64",
    ),
    "out unknown": ({"out": {"Q": np.ones(1)}}, CallTypeError, "out= names 'Q', which is no output; its outputs are Z, L, n"),
    "out by position": ({"out": np.ones(1)}, CallTypeError, "out= takes arrays by name, as in out={'Z': array}, not ndarray"),
    "out shape": ({"out": {"Z": np.ones((3, 9))}}, CallValueError, "out= for Z has shape (3, 9), but Z[b, 2*h] has shape (3, 8)"),
    "out type": ({"out": {"Z": np.ones((3, 8), "f4")}}, CallTypeError, "out= for Z holds float32, but Z[b, 2*h] is float64"),
    "out byte order": ({"out": {"Z": np.ones((3, 8), ">f8")}}, CallTypeError, "out= for Z holds >f8, but"),
    "out list": ({"out": {"Z": [1.0]}}, CallTypeError, "out= for Z is of type list; it must be a NumPy array of shape (3, 8)"),
    "out masked": ({"out": {"Z": np.ma.ones((3, 8))}}, CallTypeError, "out= for Z is of type MaskedArray"),
    "out repeated": (
        {"out": {"Z": np.lib.stride_tricks.as_strided(np.ones(8), (3, 8), (0, 8))}},
        CallValueError,
        "out= for Z has elements that share memory",
    ),
}


@pytest.mark.parametrize(("changed", "error", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_argument_is_refused(changed: dict[str, Any], error: type[CallError], message: str) -> None:
    with pytest.raises(error) as caught:
        call(**arrays(**changed))
    assert message in str(caught.value)
    assert isinstance(caught.value, ValueError if error is CallValueError else TypeError)


def test_read_only_arrays_are_not_written() -> None:
    target = np.ones((3, 8))
    target.flags.writeable = False
    with pytest.raises(CallValueError, match="out= for Z is read-only"):
        call(**arrays(out={"Z": target}))


def test_a_note_says_why_an_axis_has_its_length() -> None:
    signature = SIGNATURE._replace(
        inputs=(tensor("X", "b", "k"), Tensor("v", (axis("k", "j stands on it and on X"),))), outputs=()
    )
    with pytest.raises(CallValueError, match=r"axis 0 of v is 5, but `k` is 2 .*; j stands on it and on X"):
        Caller(signature, compute)(None, {"X": np.ones((3, 2)), "v": np.ones(5)})


@pytest.mark.parametrize(
    ("requirement", "message"),
    [
        (Requirement(axis("b"), "=", axis("k"), "i stands on both"), "`b` is 3, but `k` is 2: i stands on both"),
        (Requirement(axis("b"), "<=", axis("k"), "i stands on k"), "`b` is 3, more than `k`, which is 2: i stands on k"),
        (Requirement(axis("4"), "<=", axis("b"), "position 3"), "`b` is 3, less than 4: position 3"),
        (Requirement(axis("b"), "<=", axis("2"), "two"), "`b` is 3, more than 2: two"),
        (Requirement(axis("2"), "=", axis("b"), "two"), "`b` is 3, not 2: two"),
        (Requirement(axis("2"), "<=", axis("b"), ""), ""),
        (Requirement(axis("9"), "<=", axis("elsewhere"), ""), ""),
    ],
)
def test_requirements_on_sizes(requirement: Requirement, message: str) -> None:
    caller = Caller(SIGNATURE._replace(requirements=(requirement,)), compute)
    if message:
        with pytest.raises(CallValueError) as caught:
            caller(None, arrays())
        assert str(caught.value) == message
    else:
        caller(None, arrays())


def test_overlaps_are_refused_and_near_misses_are_not() -> None:
    memory = np.ones(100)
    x = memory[:6].reshape(3, 2)
    for start, name in ((0, "the input X"), (5, "the input X")):
        with pytest.raises(CallValueError, match=f"out= for Z overlaps {name}"):
            call(**arrays(X=x, out={"Z": memory[start : start + 24].reshape(3, 8)}))
    with pytest.raises(CallValueError, match="out= for L overlaps out= for Z"):
        call(**arrays(X=x, out={"Z": memory[6:30].reshape(3, 8), "L": memory[29:30].reshape(())}))
    out = call(**arrays(X=x, out={"Z": memory[6:30].reshape(3, 8), "L": memory[30:31].reshape(())}))
    assert memory[30] == out.L


def test_nothing_is_written_before_all_checks_have_passed() -> None:
    z, scalar = np.full((3, 8), 7.0), np.full((), 7.0)
    with pytest.raises(CallError):
        call(**arrays(out={"Z": z, "L": scalar, "n": np.ones(5, int)}))
    assert (z == 7).all() and scalar == 7


LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "Fortran order": np.asfortranarray,
    "negative strides": lambda a: a[::-1, ::-1].copy()[::-1, ::-1],
    "every second": lambda a: np.repeat(np.repeat(a, 2, 0), 3, 1)[::2, ::3],
    "repeated": lambda a: np.broadcast_to(a[:1], a.shape),
    "read-only": lambda a: np.frombuffer(a.tobytes(), a.dtype).reshape(a.shape),
    "not aligned": lambda a: np.frombuffer(b"x" + a.tobytes(), a.dtype, offset=1).reshape(a.shape),
    "byte order": lambda a: a.astype(a.dtype.newbyteorder()),
    "subclass": lambda a: a.view(np.memmap),
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_any_layout_gives_the_same(layout: Callable[[np.ndarray], np.ndarray], dtype: str) -> None:
    given = arrays(dtype)
    odd = layout(given["X"])
    same = call(**{**given, "X": np.array(odd, dtype, order="C")})
    assert np.array_equal(call(**{**given, "X": odd}).Z, same.Z)


def test_results_go_into_arrays_of_any_layout() -> None:
    given = arrays()
    expected = call(**given)
    room = np.zeros((8, 6))
    out = call(**given, out={"Z": room.T[::2], "n": np.zeros(6, int)[::2]})
    assert np.array_equal(room.T[::2], expected.Z) and (room.T[1::2] == 0).all()
    assert out.Z is not None and np.shares_memory(out.Z, room)


def test_outputs_of_one_call_are_targets_of_the_next() -> None:
    out = call(**arrays())
    again = call(**arrays(lr=1.0), out=out)
    assert again.Z is out.Z and out.L == again.L == call(**arrays(lr=1.0)).L


def test_empty_arrays() -> None:
    out = call(X=np.ones((0, 2)), W_2=np.ones((2, 8)), y=np.ones(0, int), lr=1)
    assert out.Z.shape == (0, 8) and out.L == 0


class Lending:
    """An array behind DLPack alone."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    def __dlpack__(self, **asked: Any) -> Any:
        return self.array.__dlpack__(**asked)

    def __dlpack_device__(self) -> Any:
        return self.array.__dlpack_device__()


class Converting:
    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return self.array


class Failing:
    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise RuntimeError("it is on another device")


def test_protocols() -> None:
    given = arrays()
    for lent in (Lending(given["X"]), Converting(given["X"])):
        assert np.array_equal(call(**{**given, "X": lent}).Z, call(**given).Z)
    with pytest.raises(CallTypeError, match=r"X is a Failing that gives no array .RuntimeError: it is on another device"):
        call(**arrays(X=Failing()))


@pytest.mark.parametrize("lr", [2, 2.0, np.float64(2), np.array(2.0)])
def test_numbers_for_rank_0(lr: Any) -> None:
    assert 2 * arrays()["X"].sum() == call(**arrays(lr=lr)).L


@pytest.mark.parametrize("lr", [2, 2.0, np.float64(2), np.float32(2)])
def test_python_numbers_take_either_float_type(lr: Any) -> None:
    assert call(**arrays("float32", lr=lr)).L.dtype == np.float32


def test_names_that_python_cannot_spell_go_into_a_mapping() -> None:
    given = arrays()
    assert CALLER({"W{2}": given.pop("W_2"), "X": given.pop("X")}, given).Z.shape == (3, 8)
    with pytest.raises(CallTypeError, match="the input X is given twice"):
        CALLER(arrays(), {"X": 1})
    with pytest.raises(CallTypeError, match="not by position"):
        CALLER(np.ones(3), arrays())  # type: ignore[arg-type]


def test_inputs_called_out_and_check_are_had_by_a_mapping() -> None:
    signature = Signature("p", ("n",), (), (tensor("out", "n"), tensor("check", "n")), (tensor("s", "n"),))
    caller = Caller(signature, lambda dtype, sizes, inputs, results: np.add(*inputs, out=results[0]))
    target = np.zeros(2)
    caller({"out": np.ones(2), "check": np.ones(2)}, {"out": {"s": target}})
    assert target.tolist() == [2, 2]


def test_a_fixed_type() -> None:
    caller = Caller(SIGNATURE, compute, "float32")
    with pytest.raises(CallTypeError, match=r"X holds float64, but the program is compiled for float32; cast it: X\.astype"):
        caller(None, arrays())
    assert caller(None, arrays("float32")).Z.dtype == np.float32


def test_assumptions_are_checked_when_asked() -> None:
    ones = np.ones((3, 2))
    caller = Caller(SIGNATURE, compute, None, lambda dtype, sizes, inputs: (inputs[0], ones))
    caller(None, arrays(X=ones, check=True))
    caller(None, arrays(X=ones + 1))
    wrong = ones.copy()
    wrong[1, 0] = 1.5
    with pytest.raises(CallValueError, match=r"`assume X\[i,j\] = X\[i,j\]` does not hold at \[1, 0\]: 1\.5 is not 1\.0"):
        caller(None, arrays(X=wrong, check=True))
    with pytest.raises(CallValueError, match=r"nan is not 1\.0"):
        caller(None, arrays(X=np.full((3, 2), np.nan), check=True))
    near = ones + 1e-6
    caller(None, arrays("float32", X=near.astype("f4"), check=True))
    with pytest.raises(CallValueError, match="does not hold"):
        caller(None, arrays(X=near, check=True))


def test_arguments_are_not_changed() -> None:
    given = arrays()
    before = {name: np.array(value) for name, value in given.items()}
    call(**given)
    assert all(np.array_equal(given[name], value) for name, value in before.items())


def test_too_large_an_output_is_no_crash() -> None:
    signature = Signature("p", ("n",), (), (tensor("x", "n"),), (Tensor("y", (Axis("n^9", ((("n",) * 9, 1),)),)),))
    with pytest.raises(CallError, match="there is not enough memory for y"):
        Caller(signature, compute)(None, {"x": np.ones(100)})
