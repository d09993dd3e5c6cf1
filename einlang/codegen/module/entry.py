"""The C entries of a kernel: in goes a signature, out come C text that checks what a call is given, and its declarations.

One entry takes Python's objects, as they were given (`csrc/einlang_arrays.h`); one takes sizes and addresses that Python has
checked, in an array. Both refuse, before anything is written, a workspace that is too small (-1), and arrays that overlap or
are not aligned (-2); the first also what is of another type or shape (-2). Positive results are the kernel's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from einlang.call import Axis, Signature, Tensor
from einlang.codegen.module.fastcall import least, length, polynomial
from einlang.codegen.names import spell
from einlang.dtypes import FLOATS, INT64, DType
from einlang.later import Later

if TYPE_CHECKING:
    from einlang.codegen.c import library
else:
    library = Later("einlang.codegen.c.library")

TOO_SMALL, REFUSED = -1, -2


@cache
def _head() -> str:
    """What stands before the entries."""
    return f"""\
#include <stdint.h>

#ifndef EIN_ENTRY
#define EIN_ENTRY
#define EIN_POSITIVE(n) ((n) < 0 ? 0 : (n))
#define EIN_SMALLER(m, n) ((m) < (n) ? (m) : (n))

{library.whole("einlang_arrays.h")}

{library.threads()}

intptr_t ein_pool_address(void)
{{
    return (intptr_t)ein_pool();
}}

void ein_pool_set(int64_t count, int64_t least)
{{
    __atomic_store_n(&ein_pool()->count, count, __ATOMIC_RELAXED);
    __atomic_store_n(&ein_pool()->least, least, __ATOMIC_RELAXED);
}}

static ein_threads ein_chosen(intptr_t address, int64_t wanted)
{{
    ein_threads *const team = (ein_threads *)address;
    const int64_t count = wanted ? wanted : __atomic_load_n(&team->count, __ATOMIC_RELAXED);
    return (ein_threads){{count, __atomic_load_n(&team->least, __ATOMIC_RELAXED), team->run}};
}}
#endif
"""


def kernel_name(signature: Signature, dtype: str) -> str:
    """The C function that computes in a float type."""
    return f"{spell([signature.name])[signature.name]}_{FLOATS[dtype].suffix}"


def entry_name(signature: Signature, dtype: str) -> str:
    """The C function that Python calls with a tuple of objects: the needed inputs and the outputs."""
    return kernel_name(signature, dtype) + "_call"


def _entry_head(signature: Signature, dtype: str) -> str:
    return f"int {entry_name(signature, dtype)}(intptr_t arguments, intptr_t words, intptr_t address, int64_t capacity)"


def packed_name(signature: Signature, dtype: str) -> str:
    """The C function that Python calls with sizes and addresses in an array, where all else is checked."""
    return kernel_name(signature, dtype) + "_packed"


def _packed_head(signature: Signature, dtype: str) -> str:
    return f"int {packed_name(signature, dtype)}(const int64_t *words)"


_SURROUNDINGS = "intptr_t address, int64_t capacity, intptr_t team, int64_t wanted"
"""What there is beside sizes and arrays: the workspace, the pool of threads, and how many of them to use."""


def declarations(signature: Signature, dtypes: Sequence[str]) -> str:
    """What Python may call, as cffi's `cdef` takes it."""
    pool = ("intptr_t ein_pool_address(void)", "void ein_pool_set(int64_t count, int64_t least)", _READS)
    heads = [head(signature, dtype) for dtype in dtypes for head in (_entry_head, _packed_head, _workspace_head)]
    return "".join(f"{head};\n" for head in (*pool, *heads))


_READS = "int ein_reads(intptr_t tuple, intptr_t words, intptr_t place)"


def entry(signature: Signature, dtype: str) -> str:
    """The C text of the entries; the kernel is declared in it, and defined elsewhere."""
    real = FLOATS[dtype]
    parameters = [*_size_parameters(signature), *_pointers(signature, real), "void *workspace", "const ein_threads *threads"]
    return "\n".join(
        [
            _head(),
            f"int {kernel_name(signature, dtype)}({', '.join(parameters)});",
            f"{_workspace_head(signature, dtype)};",
            "",
            *_checked(signature, dtype),
            *_packed(signature, dtype),
            *_call(signature, dtype),
        ]
    )


def _checked_name(signature: Signature, dtype: str) -> str:
    return kernel_name(signature, dtype) + "_checked"


def _checked(signature: Signature, dtype: str) -> list[str]:
    """The function that both entries end in."""
    real, kernel = FLOATS[dtype], kernel_name(signature, dtype)
    sizes, inputs, outputs = _sizes(signature), _words(signature.needed, "a"), _words(signature.outputs, "r")
    parameters = ", ".join([*_size_parameters(signature), *_pointers(signature, real), _SURROUNDINGS])
    return [
        f"static int {_checked_name(signature, dtype)}({parameters})",
        "{",
        *_computed(signature),
        f"    const uintptr_t places[] = {{{', '.join(f'(uintptr_t){word}' for word in (*outputs, *inputs))}}};",
        f"    const int64_t bytes[] = {{{', '.join(_bytes(signature, real))}}};",
        "    const ein_threads threads = ein_chosen(team, wanted);",
        f"    if ({kernel}_workspace({', '.join([*sizes, 'threads.count'])}) > capacity)",
        f"        return {TOO_SMALL};",
        f"    for (int i = 0; i < {len(outputs)}; i++)",
        f"        for (int j = i + 1; j < {len(outputs) + len(inputs)}; j++)",
        "            if (!ein_apart(places[i], bytes[i], places[j], bytes[j]))",
        f"                return {REFUSED};",
        f"    if ({' || '.join(_misaligned(signature, real))})",
        f"        return {REFUSED};",
        f"    return {kernel}({', '.join([*sizes, *inputs, *outputs, '(void *)address', '&threads'])});",
        "}",
        "",
    ]


def _packed(signature: Signature, dtype: str) -> list[str]:
    """The entry on sizes and addresses."""
    surroundings = [parameter.split(" ")[0] for parameter in _SURROUNDINGS.split(", ")]
    types = [*["int64_t"] * len(signature.sizes), *_pointer_types(signature, FLOATS[dtype]), *surroundings]
    arguments = ", ".join(f"({type})words[{number}]" for number, type in enumerate(types))
    return [
        _packed_head(signature, dtype),
        "{",
        f"    return {_checked_name(signature, dtype)}({arguments});",
        "}",
        "",
    ]


def _call(signature: Signature, dtype: str) -> list[str]:
    """The entry on objects."""
    real = FLOATS[dtype]
    wanted = [*_wanted(signature.needed, real, "EIN_READ"), *_wanted(signature.outputs, real, "EIN_WRITTEN")]
    pointers = [f"({type})given[{number}].data" for number, type in enumerate(_pointer_types(signature, real))]
    arguments = [*_sizes(signature), *pointers, "address", "capacity", "python->team", "python->threads"]
    bound = _bound(signature)
    return [
        _entry_head(signature, dtype),
        "{",
        f"    static const ein_wanted types[] = {{{', '.join(wanted)}}};",
        f"    ein_given given[{len(wanted)}];",
        "    const ein_python *const python = (const ein_python *)words;",
        "    const intptr_t *const objects = ein_objects(python, arguments);",
        f"    for (int i = 0; i < {len(wanted)}; i++)",
        "        if (!ein_take(python, objects[i], types[i], &given[i]))",
        f"            return {REFUSED};",
        *(f"    const int64_t {size} = {bound[size]};" for size in _sizes(signature)),
        *(f"    if ({size} > {_largest(signature)})\n        return {REFUSED};" for size in _sizes(signature)),
        *_computed(signature),
        *(f"    if (!({condition}))\n        return {REFUSED};" for condition in _conditions(signature, bound)),
        f"    return {_checked_name(signature, dtype)}({', '.join(arguments)});",
        "}",
        "",
    ]


def _wanted(tensors: Sequence[Tensor], real: DType, flags: str) -> Iterator[str]:
    """What arguments must be."""
    elements = [*FLOATS.values(), INT64]
    for tensor in tensors:
        yield f"{{{len(tensor.axes)}, {elements.index(_type(tensor, real))}, {flags}}}"


def _bound(signature: Signature) -> dict[str, str]:
    """The axis that each size is read off, the first that it is alone."""
    names, bound = dict(zip(signature.sizes, _sizes(signature), strict=True)), dict[str, str]()
    for number, tensor in enumerate(signature.needed):
        for k, axis in enumerate(tensor.axes):
            if axis.size in names:
                bound.setdefault(names[axis.size], _length_of(number, k))
    return bound


def _length_of(number: int, axis: int) -> str:
    return f"given[{number}].lengths[{axis}]"


def _conditions(signature: Signature, bound: dict[str, str]) -> Iterator[str]:
    """What must hold of the lengths of arguments, and of the sizes."""
    spelled = _spelled(signature)
    for number, tensor in enumerate((*signature.needed, *signature.outputs)):
        for k, axis in enumerate(tensor.axes):
            if _length_of(number, k) not in bound.values():
                yield f"{_length_of(number, k)} == {length(axis, spelled, 'EIN_POSITIVE({})')}"
    for left, relation, right, _, over in signature.requirements:
        sides = polynomial(left, spelled), polynomial(right, spelled)
        empty = [f"!({length(axis, spelled, 'EIN_POSITIVE({})')})" for axis in over]
        yield " || ".join([f"{sides[0]} {'<=' if relation == '<=' else '=='} {sides[1]}", *empty])


def _largest(signature: Signature) -> int:
    """Up to which value of the sizes none of the lengths can be too large for 64 bits."""
    axes: list[Axis] = [axis for tensor in (*signature.needed, *signature.outputs) for axis in tensor.axes]
    axes += chain.from_iterable((found.left, found.right, *found.over) for found in signature.requirements)
    axes += (axis for found in signature.computed for axis, _ in found.bounds)
    degree = max((len(sizes) for axis in axes for sizes, _ in axis.terms), default=1)
    weight = max((sum(abs(number) for _, number in axis.terms) for axis in axes), default=1)
    return int(1 << (62 - weight.bit_length()) // max(degree, 1))


def _workspace_head(signature: Signature, dtype: str) -> str:
    return f"int64_t {kernel_name(signature, dtype)}_workspace({', '.join([*_size_parameters(signature), 'int64_t threads'])})"


def _sizes(signature: Signature) -> list[str]:
    return [f"n{number}" for number in range(len(signature.sizes))]


def _size_parameters(signature: Signature) -> list[str]:
    return [f"int64_t {size}" for size in _sizes(signature)]


def _words(tensors: Sequence[Tensor], letter: str) -> list[str]:
    return [f"{letter}{number}" for number in range(len(tensors))]


def _type(tensor: Tensor, real: DType) -> DType:
    return real if tensor.kind == "float" else INT64


def _pointers(signature: Signature, real: DType) -> list[str]:
    words = [*_words(signature.needed, "a"), *_words(signature.outputs, "r")]
    return [f"{type}{word}" for type, word in zip(_pointer_types(signature, real), words, strict=True)]


def _pointer_types(signature: Signature, real: DType) -> list[str]:
    read = [f"const {_type(tensor, real).c} *" for tensor in signature.needed]
    return read + [f"{_type(tensor, real).c} *" for tensor in signature.outputs]


def _bytes(signature: Signature, real: DType) -> list[str]:
    """How much memory each output and then each input has."""
    spelled = _spelled(signature)
    texts = []
    for tensor in (*signature.outputs, *signature.needed):
        factors = [f"({length(axis, spelled, 'EIN_POSITIVE({})')})" for axis in tensor.axes]
        texts.append(" * ".join([f"(int64_t){_type(tensor, real).itemsize}", *factors]))
    return texts


def _spelled(signature: Signature) -> dict[str, str]:
    """The C names or values of all sizes."""
    spelled = dict(zip(signature.sizes, _sizes(signature), strict=True)) | {size: str(value) for size, value in signature.fixed}
    return spelled | {found.size: f"c{number}" for number, found in enumerate(signature.computed)}


def _computed(signature: Signature) -> Iterator[str]:
    """The sizes that follow from others; a negative quotient may be rounded either way, since it counts as 0."""
    spelled = _spelled(signature)
    for found in signature.computed:
        value = least(found, spelled, "/", "EIN_SMALLER({}, {})", "EIN_POSITIVE({})")
        yield f"    const int64_t {spelled[found.size]} = {value};"


def _misaligned(signature: Signature, real: DType) -> list[str]:
    words = [*_words(signature.outputs, "r"), *_words(signature.needed, "a")]
    tensors = (*signature.outputs, *signature.needed)
    return [f"(uintptr_t){word} % {_type(tensor, real).itemsize}" for tensor, word in zip(tensors, words, strict=True)]
