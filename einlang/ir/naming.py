"""Names for what passes make: in go the names in use and a wish, out come spare names, and definitions under them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain, count
from string import ascii_lowercase

from einlang.ir.indices import substitute
from einlang.ir.nodes import Definition, Expr, Index, Kind, Tensor
from einlang.ir.program import Program

_PARTS = re.compile(r"([^'{]*)('*)(\{.*\})?", re.DOTALL)


class Names:
    """The names in use. `spare` gives out each name once: `P_exp`, then `P_exp_2`, …"""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = set(taken)
        self.counts: dict[str, int] = {}

    @classmethod
    def of(cls, program: Program) -> Names:
        """The names of a program's tensors and sizes."""
        tensors = (*program.inputs, *(definition.tensor for definition in program.definitions))
        sizes = (size for tensor in tensors for extent in tensor.shape for size in extent.sizes)
        return cls([*(tensor.name for tensor in tensors), *sizes])

    def spare(self, wanted: str) -> str:
        """`wanted`, or with a number where that is taken; the number stands before primes and superscripts."""
        name = wanted
        while name in self.taken:
            self.counts[wanted] = self.counts.get(wanted, 1) + 1
            word, primes, superscripts = name_parts(wanted)
            name = f"{word}_{self.counts[wanted]}{primes}{superscripts}"
        self.taken.add(name)
        return name


def name_parts(name: str) -> tuple[str, str, str]:
    """The identifier, the primes and the superscripts in braces of a tensor's name: `W'{2}` gives `W`, `'`, `{2}`."""
    match = _PARTS.fullmatch(name)
    return (match[1], match[2], match[3] or "") if match else (name, "", "")


def derived_name(tensor: Tensor, word: str) -> str:
    """A name for a part of a tensor's definition: `P{2}` and `exp` give `P_exp{2}`."""
    return word_name(tensor.name, word)


def word_name(name: str, word: str) -> str:
    """The name with a word after it: `P{2}` and `exp` give `P_exp{2}`."""
    identifier, primes, superscripts = name_parts(name)
    return f"{identifier}{'_prime' * len(primes)}_{word}{superscripts}"


def derivative_name(numerator: Tensor, *denominators: Tensor) -> str:
    """`dL_dW{2}` for ∂L/∂W{2}, `d2L_dw_dw` for ∂²L/∂w∂w."""
    order = str(len(denominators)) if len(denominators) > 1 else ""
    return compound_name((f"d{order}", numerator), *(("_d", denominator) for denominator in denominators))


def compound_name(*parts: tuple[str, Tensor]) -> str:
    """Prefixes and names of tensors in one word, the superscripts of all behind it: `hvp_L_`, w{2} gives `hvp_L_w{2}`."""
    pieces = [(prefix, *name_parts(tensor.name)) for prefix, tensor in parts]
    spelled = [f"{prefix}{word}{'_prime' * len(primes)}" for prefix, word, primes, _ in pieces[:-1]]
    prefix, word, primes, _ = pieces[-1]
    above = ",".join(superscripts[1:-1] for *_, superscripts in pieces if superscripts)
    return f"{''.join(spelled)}{prefix}{word}{primes}" + (f"{{{above}}}" if above else "")


def free_names(wanted: Sequence[str]) -> list[str]:
    """Distinct lowercase names of indices, each the wanted one where it can be."""
    chosen: dict[str, None] = {}
    for name in (wish.lower() for wish in wanted):
        spare = chain([name], ascii_lowercase[8:], ascii_lowercase[:8], (f"i{n}" for n in count()))
        chosen[next(s for s in spare if s not in chosen and (s == name or s not in wanted))] = None
    return list(chosen)


def define(name: str, indices: Sequence[Index], body: Expr, kind: Kind = "float") -> Definition:
    """A definition of `body`, whose free indices are `indices`, over indices of its own."""
    own = tuple(Index(word, index.extent) for word, index in zip(free_names([i.name for i in indices]), indices, strict=True))
    tensor = Tensor(name, tuple(index.extent for index in own), kind, "definition", None)
    return Definition(tensor, own, substitute(body, dict(zip(indices, own, strict=True))))
