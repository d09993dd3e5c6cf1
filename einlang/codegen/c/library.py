"""The C that generated text calls, put into it: in go names of functions, out comes the text of `csrc` that defines them.

In a header of functions a blank line ends a block, and a block defines one thing; those used, and those they use, are taken.
A header that is included once for each type or operation is taken whole, between the definitions of its macros.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from einlang.dtypes import DType
from einlang.resources import resource

_DEFINED = re.compile(r"^(?:(?:static inline|EIN_INLINE|EIN_APART) [\w ]+?[ *]|#define |typedef struct )(\w+)", re.MULTILINE)
_ELEMENTWISE = tuple(f"einlang_{topic}.h" for topic in ("abi", "math", "powers", "hyperbolic", "arcs", "turns"))
_USED = re.compile(r"\b(?:ein|EIN)_\w+")
_REDUCTION = re.compile(r"ein_(sum|prod|max|min)_(?:chunk|join|result|state)_(\w+)")
_CONTRACTION = (
    "ein_pack_",
    "ein_rows_",
    "ein_panels_",
    "ein_space_",
    "ein_depth_",
    "ein_columns_",
    "ein_height_",
    "ein_width_",
    "ein_mirror_",
)
_BUNDLES = ("ein_lay_", "ein_with_", "ein_reach_", "ein_room_")
_VECTORS = (16, 32, 64)
_NEUTRAL = {
    ("sum", "real"): "0",
    ("sum", "int"): "0",
    ("prod", "real"): "1",
    ("prod", "int"): "1",
    ("max", "real"): "-INFINITY",
    ("min", "real"): "INFINITY",
}
_COMBINE = {"sum": "((a) + (b))", "prod": "((a) * (b))", "max": "ein_max_{}(a, b)", "min": "ein_min_{}(a, b)"}


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a header: what it defines, what it uses, and its text."""

    name: str
    uses: tuple[str, ...]
    text: str


@cache
def blocks(header: str) -> tuple[Block, ...]:
    """The blocks of a header, its first comment and its includes left out."""
    parts = re.split(r"\n\n+", resource(f"csrc/{header}").read_text(encoding="utf-8").strip())[1:]
    found = []
    for text in parts:
        defined = _DEFINED.search(text)
        if defined and not text.startswith("#include"):
            found.append(Block(defined[1], tuple(dict.fromkeys(_USED.findall(text))), text))
    return tuple(found)


@cache
def whole(header: str) -> str:
    """A header without its first comment."""
    return resource(f"csrc/{header}").read_text(encoding="utf-8").split("*/\n", 1)[1].strip()


def threads() -> str:
    """The pool of threads, and the type of what kernels are given of it."""
    (shared,) = (block.text for block in blocks("einlang_abi.h") if block.name == "ein_threads")
    return f"{_guarded('ein_threads', shared)}\n\n{whole('einlang_threads.h')}"


def definitions(names: Iterable[str], dtype: DType) -> str:
    """The text of everything in `csrc` that functions of these names are made of."""
    used = list(dict.fromkeys(names))
    reductions = sorted({(m[1], m[2]) for name in used if (m := _REDUCTION.fullmatch(name))})
    parts = [_reduction(operation, suffix, dtype) for operation, suffix in reductions]
    bundles = any(name.startswith(_BUNDLES) for name in used)
    if bundles or any(name.startswith(_CONTRACTION) for name in used):
        parts += [whole("einlang_vector.h"), _typed(dtype, "einlang_contract.h")]
    if bundles:
        parts += [*(_sized(dtype, size) for size in _VECTORS), _typed(dtype, "einlang_bundles.h")]
    if f"ein_matvec_{dtype.suffix}" in used:
        parts += [whole("einlang_vector.h"), _typed(dtype, "einlang_matvec.h")]
    if not {f"ein_solve_{dtype.suffix}", f"ein_logdet_{dtype.suffix}"}.isdisjoint(used):
        parts.append(_typed(dtype, "einlang_solve.h"))
    needed = [*used, *(name for part in parts for name in _USED.findall(part))]
    return "\n\n".join([*_closure(needed, dtype), *parts])


def _closure(names: Iterable[str], dtype: DType) -> list[str]:
    """The blocks of those names and of all they use, in the order of the headers."""
    taken = _reached(names)
    return [_once(block, dtype) for name, block in _known().items() if name in taken]


@cache
def _known() -> dict[str, Block]:
    """The blocks of the headers of functions."""
    return {block.name: block for header in _ELEMENTWISE for block in blocks(header)}


def _reached(names: Iterable[str]) -> frozenset[str]:
    """The names of blocks that these name or use."""
    taken: set[str] = set()
    stack = list(names)
    while stack:
        name = stack.pop()
        if name in _known() and name not in taken:
            taken.add(name)
            stack.extend(_known()[name].uses)
    return frozenset(taken)


@cache
def _shared() -> frozenset[str]:
    """What is of double but used by functions of float too."""
    return frozenset(name for name in _reached(name for name in _known() if name.endswith("_f32")) if name.endswith("_f64"))


def _once(block: Block, dtype: DType) -> str:
    """A block that stays the same for every type is written so that two generated texts may stand in one file."""
    own = block.name.endswith(f"_{dtype.suffix}") and block.name not in _shared()
    if own or block.text.startswith("#define"):
        return block.text
    return _guarded(block.name, block.text)


def _guarded(name: str, text: str) -> str:
    mark = f"HAVE_{name}".upper()
    return f"#ifndef {mark}\n#define {mark}\n{text}\n#endif"


def _reduction(operation: str, suffix: str, dtype: DType) -> str:
    kind = "int" if suffix == "i64" else "real"
    macros = {
        "EIN_TYPE": "int64_t" if kind == "int" else dtype.c,
        "EIN_NAME(word)": f"ein_{operation}_##word##_{suffix}",
        "EIN_NEUTRAL": _NEUTRAL[operation, kind],
        "EIN_COMBINE(a, b)": _COMBINE[operation].format(suffix),
    }
    text = _template(macros, whole("einlang_reduce.h"))
    return text if kind == "real" else _guarded(f"ein_{operation}_{suffix}", text)


def _typed(dtype: DType, header: str) -> str:
    return _template({"EIN_TYPE": dtype.c, "EIN_NAME(word)": f"ein_##word##_{dtype.suffix}"}, whole(header))


def _sized(dtype: DType, size: int) -> str:
    """What moves vectors of a size, where the target has them."""
    macros = {"EIN_TYPE": dtype.c, "EIN_BYTES": str(size), "EIN_SIZED(word)": f"ein_##word##_{size}_{dtype.suffix}"}
    return f"#if EIN_VECTOR_BYTES >= {size}\n{_template(macros, whole('einlang_square.h'))}\n#endif"


def _template(macros: dict[str, str], text: str) -> str:
    defined = "\n".join(f"#define {name} {value}" for name, value in macros.items())
    undefined = "\n".join(f"#undef {name.split('(')[0]}" for name in macros)
    return f"{defined}\n\n{text}\n\n{undefined}"
