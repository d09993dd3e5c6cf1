"""The types of a compiled module: in goes a signature, out comes the text of its `.pyi`, for editors and type checkers."""

from __future__ import annotations

import keyword

from einlang.call import Outputs, Signature, alias

_TEXT = """\
from collections.abc import Iterator, KeysView, Mapping
from typing import Any, overload

from numpy.typing import ArrayLike, NDArray

SOURCE: str

class EinlangError(Exception): ...
class CallError(EinlangError): ...

class Outputs:
{attributes}
    def __getitem__(self, name: str | int) -> Any: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> int: ...
    def keys(self) -> KeysView[str]: ...
    def arrays(self) -> dict[str, NDArray[Any]]: ...

@overload
def run(
    *,
{arguments}    out: Mapping[str, NDArray[Any]] | Outputs | None = ...,
    check: bool = ...,
) -> Outputs: ...
@overload
def run(
    mapping: Mapping[str, ArrayLike],
    /,
    *,
    out: Mapping[str, NDArray[Any]] | Outputs | None = ...,
    check: bool = ...,
    **given: ArrayLike,
) -> Outputs: ...
"""


def stub_text(signature: Signature) -> str:
    """The text of the `.pyi`; names that Python cannot spell are left to the mapping."""
    inputs = [(alias(tensor.name), "" if tensor.needed else " = ...") for tensor in signature.inputs]
    outputs = [alias(tensor.name) for tensor in signature.outputs]
    return _TEXT.format(
        arguments="".join(f"    {name}: ArrayLike{default},\n" for name, default in inputs if _is_argument(name)),
        attributes="".join(f"    {name}: NDArray[Any]\n" for name in outputs if _is_attribute(name)),
    )


def _is_argument(name: str) -> bool:
    """Whether Python can spell the name as a keyword argument that is no option of a call."""
    return name.isidentifier() and not keyword.iskeyword(name) and name not in ("out", "check")


def _is_attribute(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and name not in dir(Outputs)
