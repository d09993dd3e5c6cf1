"""Data for a program that is not to be run: in go a signature and arrays by name, out come arrays checked as for a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from einlang.call import Signature
from einlang.runtime.arguments import Array, argument, bind, float_type, named


def checked(signature: Signature, data: Mapping[str, Any]) -> dict[str, Array]:
    """The arrays for all inputs by their names in the program. Raises CallError."""
    values = named(signature, data, {})
    given = [argument(tensor, values[tensor.name]) for tensor in signature.inputs]
    float_type(given, None)
    bind(signature, given)
    return {found.tensor.name: found.array for found in given}
