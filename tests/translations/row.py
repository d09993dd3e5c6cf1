"""What a row of a table is computed from, and by hand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Row:
    """Inputs by name: shapes of random floats (from 0.5 to 2), arrays as they are; and from them by hand what the outputs are."""

    hand: Callable[..., Any]
    inputs: dict[str, Any] = field(default_factory=dict)

    def arrays(self) -> dict[str, np.ndarray]:
        random = np.random.default_rng(0)
        return {
            name: random.uniform(0.5, 2, given) if isinstance(given, tuple) else np.asarray(given)
            for name, given in self.inputs.items()
        }


def row(hand: Callable[..., Any], **inputs: Any) -> Row:
    return Row(hand, inputs)


def whole(*numbers: Any) -> np.ndarray:
    return np.array(numbers[0] if len(numbers) == 1 else numbers, dtype=np.int64)
