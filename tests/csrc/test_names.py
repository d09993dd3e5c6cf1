"""The names of the functions in `csrc`: a generated file may hold those of all headers, and takes what it needs by name."""

import re
from collections import Counter

from einlang.resources import resource

FUNCTION = re.compile(r"^EIN_(?:NO)?INLINE [\w() ]*?\b(?:ein_(\w+?)_f64|EIN_NAME\((\w+)\))\(", re.MULTILINE)


MACRO = re.compile(r"^#define (EIN_\w+)", re.MULTILINE)


def test_no_two_headers_define_one_macro() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in resource("csrc").iterdir() if path.suffix == ".h"}
    found = {name: set(MACRO.findall(text)) for name, text in sorted(texts.items())}
    undefined = {name for text in texts.values() for name in re.findall(r"^ *#(?:undef|ifndef) (EIN_\w+)", text, re.MULTILINE)}
    counted = Counter(macro for macros in found.values() for macro in macros - undefined)
    assert [macro for macro, times in counted.items() if times > 1] == []


def test_no_two_functions_of_one_type_have_one_name() -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted(resource("csrc").iterdir()) if path.suffix == ".h"]
    found = Counter(match[1] or match[2] for text in texts for match in FUNCTION.finditer(text))
    assert len(found) > 20
    assert [name for name, times in found.items() if times > 1] == []
