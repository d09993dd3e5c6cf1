"""The C entry of a kernel: in goes a signature, out come C text that checks what Python cannot check fast, and its declarations.

The entry refuses, before anything is written: a workspace that is too small (-1), and arrays that overlap or are not
aligned (-2). Positive results are the kernel's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from einlang.call import Signature, Tensor
from einlang.codegen.module.fastcall import least, length
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
static int ein_apart(uintptr_t a, int64_t a_bytes, uintptr_t b, int64_t b_bytes)
{{
    return a_bytes == 0 || b_bytes == 0 || a + (uintptr_t)a_bytes <= b || b + (uintptr_t)b_bytes <= a;
}}

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
    """The C function that Python calls."""
    return kernel_name(signature, dtype) + "_call"


def packed_name(signature: Signature, dtype: str) -> str:
    """The entry on arguments in an array, for calls that are prepared once: passing them costs more than a small program."""
    return kernel_name(signature, dtype) + "_packed"


def _packed_head(signature: Signature, dtype: str) -> str:
    return f"int {packed_name(signature, dtype)}(const int64_t *words)"


def _packed(signature: Signature, dtype: str) -> list[str]:
    parameters = _entry_head(signature, dtype).partition("(")[2].removesuffix(")").split(", ")
    types = [parameter.rpartition("*")[0] + "*" if "*" in parameter else parameter.split(" ")[0] for parameter in parameters]
    arguments = ", ".join(f"({type})(intptr_t)words[{number}]" for number, type in enumerate(types))
    return [_packed_head(signature, dtype), "{", f"    return {entry_name(signature, dtype)}({arguments});", "}", ""]


def declarations(signature: Signature, dtypes: Sequence[str]) -> str:
    """What Python may call, as cffi's `cdef` takes it."""
    pool = ("intptr_t ein_pool_address(void)", "void ein_pool_set(int64_t count, int64_t least)")
    heads = [head(signature, dtype) for dtype in dtypes for head in (_entry_head, _packed_head, _workspace_head)]
    return "".join(f"{head};\n" for head in (*pool, *heads))


def entry(signature: Signature, dtype: str) -> str:
    """The C text of the entry; the kernel is declared in it, and defined elsewhere."""
    real = FLOATS[dtype]
    kernel = kernel_name(signature, dtype)
    sizes, inputs, outputs = _sizes(signature), _words(signature.needed, "a"), _words(signature.outputs, "r")
    parameters = [*_size_parameters(signature), *_pointers(signature, real), "void *workspace", "const ein_threads *threads"]
    return "\n".join(
        [
            _head(),
            f"int {kernel}({', '.join(parameters)});",
            f"{_workspace_head(signature, dtype)};",
            "",
            _entry_head(signature, dtype),
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
            *_packed(signature, dtype),
        ]
    )


def _entry_head(signature: Signature, dtype: str) -> str:
    parameters = [*_size_parameters(signature), *_pointers(signature, FLOATS[dtype]), "intptr_t address", "int64_t capacity"]
    return f"int {entry_name(signature, dtype)}({', '.join([*parameters, 'intptr_t team', 'int64_t wanted'])})"


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
    needed, outputs = signature.needed, signature.outputs
    read = [f"const {_type(tensor, real).c} *{word}" for tensor, word in zip(needed, _words(needed, "a"), strict=True)]
    return read + [f"{_type(tensor, real).c} *{word}" for tensor, word in zip(outputs, _words(outputs, "r"), strict=True)]


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
