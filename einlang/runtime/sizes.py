"""Sizes given by name: in go a signature and whole numbers, out come the values of all sizes, or a CallError."""

from __future__ import annotations

from collections.abc import Mapping

from einlang.call import CallTypeError, CallValueError, Signature, alias


def sizes_of(signature: Signature, given: Mapping[str, int]) -> dict[str, int]:
    """Every size, those included that the program fixes or computes. `k{1}` may be spelled `k_1`."""
    values = _by_name(signature, given)
    missing = [size for size in signature.sizes if size not in values]
    if missing:
        raise CallTypeError(f"{signature.name} needs the size{'s' if len(missing) > 1 else ''} {', '.join(missing)}")
    found = signature.values([values[size] for size in signature.sizes])
    for size, value in values.items():
        if found[size] != value:
            raise CallValueError(f"the size {size} is {found[size]} in this program, not {value}")
    for requirement in signature.requirements:
        if broken := requirement.broken(found):
            raise CallValueError(broken)
    return found


def _by_name(signature: Signature, given: Mapping[str, int]) -> dict[str, int]:
    """The sizes by the names of the program. Raises CallError for unknown names and for what is no size."""
    known = [*signature.sizes, *(size for size, _ in signature.fixed), *(found.size for found in signature.computed)]
    spelled = {alias(size): size for size in known}
    values = {}
    for name, value in given.items():
        size = name if name in known else spelled.get(name)
        if size is None:
            import difflib

            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"its sizes are {', '.join(known) or 'none'}"
            raise CallTypeError(f"{signature.name} has no size {name!r}; {hint}")
        if isinstance(value, bool) or not isinstance(value, int):
            raise CallTypeError(f"the size {size} is a whole number, not {value!r}")
        if value < 0:
            raise CallValueError(f"the size {size} is {value}; it cannot be negative")
        values[size] = value
    return values
