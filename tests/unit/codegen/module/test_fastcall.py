"""The straight way through a call: it runs the kernel where nothing is odd, and leaves everything else to the general way."""

from typing import Any

import numpy as np
import pytest

from einlang.call import Axis, Outputs, Requirement, Signature, Tensor
from einlang.codegen.module.fastcall import fast_call


def axis(size: str) -> Axis:
    return Axis(size, (((size,), 1),))


def signature(*inputs: Tensor, **changed: Any) -> Signature:
    sizes = dict.fromkeys(axis.size for tensor in inputs for axis in tensor.axes if axis.size)
    made = Signature("f", tuple(sizes), (), inputs, (Tensor("L", ()), Tensor("G", inputs[0].axes)))
    return made._replace(**changed)


SIGNATURE = signature(
    Tensor("X", (axis("b"), axis("k"))),
    Tensor("W", (axis("k"), Axis("2*b - 1", ((("b",), 2), ((), -1))))),
    Tensor("y", (axis("b"),), "int"),
    Tensor("lr", ()),
    Tensor("spare", (axis("b"),), needed=False),
    requirements=(Requirement(axis("k"), "<=", axis("b"), "why"),),
)


class Kernel:
    """Stands for an entry and the general way; remembers what it was called with."""

    def __init__(self, signature: Signature, dtype: str | None = None, status: int = 0) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.status = status
        self.names: dict[str, Any] = {
            "id": lambda arguments: arguments,
            "general": lambda mapping, given: "general",
            "empty": np.empty,
            **{name: np.dtype(name) for name in ("float32", "float64", "int64")},
            "Outputs": Outputs,
            "space": self,
            "kernel_float32": (self.run, "single"),
            "kernel_float64": (self.run, "double"),
        }
        exec(fast_call(signature, dtype), self.names)

    now = (64, 1024)

    def run(self, *arguments: Any) -> int:
        self.calls.append(arguments)
        return self.status

    def __call__(self, mapping: Any = None, /, **given: Any) -> Any:
        return self.names["call"](mapping, given)


def arrays(dtype: str = "float64", **changed: Any) -> dict[str, Any]:
    good = {"X": np.ones((3, 2), dtype), "W": np.ones((2, 5), dtype), "y": np.arange(3), "lr": 0.5}
    return {name: value for name, value in {**good, **changed}.items() if value is not ...}


@pytest.mark.parametrize(("dtype", "words"), [("float32", "single"), ("float64", "double")])
def test_an_entry_gets_inputs_and_outputs_and_the_workspace(dtype: str, words: str) -> None:
    kernel, given = Kernel(SIGNATURE), arrays(dtype)
    out = kernel(**given)
    ((arguments, *further),) = kernel.calls
    assert further == [words, 64, 1024]
    assert all(argument is value for argument, value in zip(arguments, given.values(), strict=False)) and len(arguments) == 6
    assert arguments[4].shape == () and arguments[5] is out.G and out.G.shape == (3, 2) and out.G.dtype == dtype


def test_arrays_to_write_into() -> None:
    kernel, given = Kernel(SIGNATURE), arrays()
    targets = {"L": np.ones(()), "G": np.ones((3, 2))}
    assert kernel(**given, out=targets).G is targets["G"]
    assert kernel(**given, out=Outputs(targets)).G is targets["G"]
    assert len(kernel.calls) == 2


ODD: dict[str, dict[str, Any]] = {
    "missing": {"X": ...},
    "unknown": {"Q": 1.0},
    "spare": {"spare": np.ones(3)},
    "check": {"check": True},
    "no out": {"out": None},
    "list": {"X": [[1.0]]},
    "object with odd attributes": {"X": type("Odd", (), {"dtype": property(lambda self: 1 / 0)})()},
    "rank": {"X": np.ones(3)},
    "out incomplete": {"out": {"L": np.ones(())}},
    "out unknown": {"out": {"L": np.ones(()), "Q": np.ones((3, 2))}},
    "out more": {"out": {"L": np.ones(()), "G": np.ones((3, 2)), "Q": np.ones(1)}},
    "one more given and one less to write into": {"Q": 1.0, "out": {"L": np.ones(())}},
    "one less given and one more to write into": {"X": ..., "out": {"L": np.ones(()), "G": np.ones((3, 2)), "Q": np.ones(1)}},
}


@pytest.mark.parametrize("changed", ODD.values(), ids=ODD)
def test_whatever_is_odd_is_left_to_the_general_way(changed: dict[str, Any]) -> None:
    kernel = Kernel(SIGNATURE)
    assert kernel(**arrays(**changed)) == "general" and not kernel.calls


def test_a_mapping_is_left_to_the_general_way() -> None:
    kernel = Kernel(SIGNATURE)
    assert kernel(arrays()) == "general" and not kernel.calls


@pytest.mark.parametrize("status", [-2, -1, 1])
def test_what_a_kernel_refuses_is_left_to_the_general_way(status: int) -> None:
    kernel = Kernel(SIGNATURE, status=status)
    assert kernel(**arrays()) == "general" and len(kernel.calls) == 1


def test_without_a_kernel_everything_is_left_to_the_general_way() -> None:
    kernel = Kernel(SIGNATURE)
    kernel.names["kernel_float64"] = None
    assert kernel(**arrays()) == "general" and kernel(**arrays("float32")) != "general"


def test_a_fixed_type_has_one_kernel() -> None:
    kernel = Kernel(SIGNATURE, "float32")
    kernel(**arrays())
    assert kernel.calls[0][1] == "single"


def test_programs_of_numbers_alone_run_in_float64() -> None:
    kernel = Kernel(signature(Tensor("x", ())))
    assert kernel(x=1.0).L.dtype == np.float64 and kernel.calls[0][1] == "double"


def test_fixed_sizes_stand_as_numbers() -> None:
    kernel = Kernel(SIGNATURE._replace(sizes=("b",), fixed=(("k", 2),)))
    assert kernel(**arrays()).G.shape == (3, 2)


HOSTILE = [
    "out",
    "given",
    "mapping",
    "dtype",
    "kernel",
    "W{2}",
    "w'",
    "σ",
    "'; raise SystemExit",
    "\\",
    '"""',
    "in_X",
    "__import__",
    "lambda",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_reaches_the_text_but_as_a_literal(name: str) -> None:
    kernel = Kernel(
        signature(Tensor(name, (Axis(name, (((name,), 1),)),)), outputs=(Tensor(name, (Axis(name, (((name,), 1),)),)),))
    )
    out = kernel(**{name: np.ones(3)}) if name != "out" else kernel(out=np.ones(3))
    assert out == "general" if name == "out" else out[name].shape == (3,)
