"""How a minimisation went: in go its steps and its end, out comes a record that says how it ended and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


class Step(NamedTuple):
    """One step.

    Attributes:
        number: 0 for the start, from which no step has been made yet.
        value: of the output, after the step.
        gradient_norm: Euclidean, over all params together, after the step.
        length: of the step, as a multiple of its direction; 1 is a whole Newton step.
        shift: what Newton's method added to the diagonal of the Hessian before it solved for the direction; 0 where it was
            positive definite as it was.
    """

    number: int
    value: float
    gradient_norm: float
    length: float = 0.0
    shift: float = 0.0


Outcome = Literal["converged", "step limit", "failed"]
Callback = Callable[[Step, Mapping[str, Array]], object]
"""Is called after each step, the start included, with it and the params there; what it returns is not looked at."""


@dataclass(frozen=True, slots=True, repr=False)
class Minimisation:
    """How a minimisation ended.

    Attributes:
        outcome: `converged`: the gradient's norm is at most the tolerance; `step limit`: as many steps as were allowed did not
            get there; `failed`: no further step could be made.
        reason: why it ended, in words.
        params: the last values of the params, by name.
        history: all steps, the start first.
        evaluations: how often the value and the gradient were computed.
    """

    outcome: Outcome
    reason: str
    params: dict[str, Array]
    history: tuple[Step, ...]
    evaluations: int

    @property
    def converged(self) -> bool:
        return self.outcome == "converged"

    @property
    def steps(self) -> int:
        """How many steps were made."""
        return self.history[-1].number

    @property
    def value(self) -> float:
        """The last value of the output."""
        return self.history[-1].value

    @property
    def gradient_norm(self) -> float:
        """The last norm of the gradient."""
        return self.history[-1].gradient_norm

    @property
    def values(self) -> list[float]:
        """The value at the start and after each step."""
        return [step.value for step in self.history]

    @property
    def gradient_norms(self) -> list[float]:
        """The gradient's norm at the start and after each step."""
        return [step.gradient_norm for step in self.history]

    def __repr__(self) -> str:
        return f"<einlang.Minimisation {self}>"

    def __str__(self) -> str:
        return f"{self.outcome} after {self.steps} steps, value {self.value:.6g}: {self.reason}"
