"""Programs on NumPy: in goes the function that generated text defines, out comes what runs it as a kernel is run.

The text of this file is copied into the modules that `einlang compile` writes; it imports NumPy and `einlang.call` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from einlang.call import CallValueError, RefusedError, Signature


class OnNumpy:
    """A function of sizes and inputs that returns the outputs."""

    def __init__(self, signature: Signature, function: Callable[..., Sequence[Any]]) -> None:
        self.function = function
        self.refusals = [refusal.text for refusal in signature.refusals]
        self.takes_type = not any(tensor.kind == "float" for tensor in signature.needed)

    def values(self, dtype: str, sizes: Sequence[int], inputs: Sequence[Any]) -> Sequence[Any]:
        """What the function gives. Raises CallError for what it refuses."""
        try:
            return self.function(*sizes, *inputs, **({"dtype": np.dtype(dtype).type} if self.takes_type else {}))
        except (ValueError, IndexError) as error:
            if str(error) in self.refusals:
                raise RefusedError(self.refusals.index(str(error))) from error
            raise CallValueError(str(error)) from error

    def run(self, dtype: str, sizes: Sequence[int], inputs: Sequence[Any], results: Sequence[Any]) -> None:
        """Compute, and copy what comes out into `results`."""
        for result, value in zip(results, self.values(dtype, sizes, inputs), strict=True):
            result[...] = value
