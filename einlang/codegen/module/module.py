"""The text of a compiled module: in go a signature, texts and facts of its library, out comes Python that needs only NumPy.

The module holds the source, the checks (the very code that Einlang itself runs), the program as plain NumPy, and the straight
way through a call. Everything that comes from the program stands in it as a literal made by `repr`, or as spelled names.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from einlang.call import Signature
from einlang.codegen.module.entry import entry_name, kernel_name
from einlang.codegen.module.fastcall import fast_call
from einlang.codegen.names import spell
from einlang.dtypes import FLOATS


class Parts(NamedTuple):
    """What a module is made of.

    Attributes:
        name: of the module.
        version: of Einlang.
        source: the program in the language.
        numpy: the NumPy text of the program; `assumptions`: that of the sides of its assumptions, or ''.
        checks: the texts of Einlang's own modules that are copied in, in the order of what they import from each other.
        facts: what is to be known of the library beside the module, or None where there is none.
        mark: a function that only the library of this very module has.
        dtype: the float type that the program is fixed to, or None for both; `threads`: how many threads a call may use, or None.
    """

    name: str
    version: str
    source: str
    numpy: str
    assumptions: str
    checks: Sequence[str]
    facts: Mapping[str, Any] | None
    mark: str
    dtype: str | None
    threads: int | None


def module_text(signature: Signature, parts: Parts) -> str:
    """The text of the module."""
    imports, checks = _joined(parts.checks)
    sections = [
        _head(signature, parts),
        "from __future__ import annotations\n",
        "\n".join(imports) + "\n",
        f"SOURCE = {_lines_literal(parts.source)}\n",
        _title("the checks of a call"),
        checks,
        _title("the program"),
        f"SIGNATURE = {_wrapped(repr(signature))}\n",
        _numpy_function("_numpy", parts.numpy, signature.name),
        _numpy_function("_assumptions", parts.assumptions, "assumptions"),
        _NAMES,
        _library(signature, parts),
        fast_call(signature, parts.dtype),
        _run(signature),
    ]
    return "\n\n\n".join(section.strip("\n") for section in sections if section) + "\n"


def _head(signature: Signature, parts: Parts) -> str:
    text = f"Written by Einlang {parts.version}: do not edit. `run` computes the program; it needs NumPy, and no Einlang."
    return f"{_comment(text)}\n{_comment(str(signature))}"


def _comment(text: str) -> str:
    """A comment of one line, whatever stands in the text."""
    return "# " + "".join(c if c.isprintable() else " " for c in text)


def _title(text: str) -> str:
    return f"# --- {text} ".ljust(120, "-")


def _joined(texts: Sequence[str]) -> tuple[list[str], str]:
    """The imports of several modules, those from Einlang itself left out, and their other text, docstrings left out."""
    imports: dict[str, set[str]] = {"warnings": set()}
    bodies = []
    for text in texts:
        lines = text.splitlines()
        for node in reversed(ast.parse(text).body):
            is_import = isinstance(node, ast.Import | ast.ImportFrom)
            if is_import or (node.lineno == 1 and isinstance(node, ast.Expr)):
                del lines[node.lineno - 1 : node.end_lineno]
            if isinstance(node, ast.Import):
                imports.setdefault(ast.unparse(node).removeprefix("import "), set())
            elif isinstance(node, ast.ImportFrom) and not _is_own(node):
                imports.setdefault(node.module or "", set()).update(name.name for name in node.names)
        bodies.append("\n".join(lines).strip("\n"))
    return [_import(module, names) for module, names in sorted(imports.items(), key=_order)], "\n\n\n".join(bodies)


def _order(row: tuple[str, set[str]]) -> tuple[bool, bool, str]:
    """The standard library first, and there what is imported whole."""
    return row[0].startswith("numpy"), bool(row[1]), row[0]


def _import(module: str, names: set[str]) -> str:
    return f"from {module} import {', '.join(sorted(names))}" if names else f"import {module}"


def _is_own(node: ast.ImportFrom) -> bool:
    """Whether an import is from a module whose text stands here too."""
    return (node.module or "").split(".")[0] in ("einlang", "__future__")


def _lines_literal(text: str) -> str:
    """A text as a literal, a line of it on each line."""
    lines = [f"    {line!r}\n" for line in text.splitlines(keepends=True)]
    return f"(\n{''.join(lines)})" if lines else "''"


def _wrapped(text: str) -> str:
    """The constructor of the signature on several lines, broken where a tensor begins."""
    return text.replace(" Tensor(name=", "\n        Tensor(name=").replace("(Tensor(name=", "(\n        Tensor(name=")


def _numpy_function(name: str, text: str, function: str) -> str:
    """A function that defines and returns the function of a NumPy text."""
    if not text:
        return ""
    body = textwrap.indent(text, "    ", lambda line: bool(line.strip()))
    return f"def {name}():\n{body}\n    return {spell([function])[function]}"


def float_types(dtype: str | None) -> list[str]:
    """The float types that a module has kernels for."""
    return [dtype] if dtype else list(FLOATS)


_NAMES = """\
space = Space()
empty = np.empty
float32, float64, int64 = np.dtype("float32"), np.dtype("float64"), np.dtype("int64")
"""
"""What the straight way through a call speaks of."""


def _library(signature: Signature, parts: Parts) -> str:
    """How the library is loaded, or, where that cannot be, what stands in for it."""
    types = float_types(parts.dtype)
    kernels = {name: (entry_name(signature, name), kernel_name(signature, name)) for name in types}
    return f"""\
FACTS = {dict(parts.facts) if parts.facts else None!r}
KERNELS = {kernels!r}


def _natives():
    \"\"\"The kernels of the library beside this file, by float type; none where it cannot be loaded.\"\"\"
    if FACTS is None:
        return {{}}
    try:
        extension = load(Path(__file__).parent, FACTS)
        extension.lib.{parts.mark}()
        return {{name: Native(*extension, *kernel, space, {parts.threads or 0}) for name, kernel in KERNELS.items()}}
    except (ImportError, OSError, AttributeError) as error:
        warnings.warn(f"{{__name__}} runs on NumPy, which is slower: {{error}}", RuntimeWarning, stacklevel=2)
        return {{}}


NATIVES = _natives()
ON_NUMPY = OnNumpy(SIGNATURE, _numpy())
kernel_float32, kernel_float64 = (NATIVES[name].parts if name in NATIVES else None for name in ("float32", "float64"))


def _compute(dtype, sizes, inputs, results):
    if dtype in NATIVES:
        NATIVES[dtype].run(sizes, inputs, results)
    else:
        ON_NUMPY.run(dtype, sizes, inputs, results)


def _sides(dtype, sizes, inputs):
    return {"OnNumpy(SIGNATURE, _assumptions()).values(dtype, sizes, inputs)" if parts.assumptions else "()"}


general = Caller(SIGNATURE, _compute, {parts.dtype!r}, _sides)"""


def _run(signature: Signature) -> str:
    described = [f"{tensor}: {tensor.kind}" + ("" if tensor.needed else ", may be left out") for tensor in signature.inputs]
    lines = [
        f"Compute {', '.join(map(str, signature.outputs))} from arrays by name, or from one mapping of names to arrays.",
        "",
        *(f"    {line}" for line in described),
        "",
        "`out=` takes arrays to write into, by name; `check=True` checks what the program assumes.",
        "Returns Outputs. Raises CallError.",
    ]
    return f"""\
def run(mapping=None, /, **given):
    return call(mapping, given)


run.__doc__ = {_lines_literal(chr(10).join(lines))}"""
