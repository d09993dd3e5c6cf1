"""Names in generated code: in go names of the language, out come identifiers that C and Python both take, each another.

`W{2}` is `W_2`, a prime `_prime`, a Greek letter its English name; whatever else is not ASCII is escaped. Nothing but
letters, digits and `_` comes out, so that no name can reach generated text as anything but a name.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable
from itertools import count

_PYTHON = {
    *keyword.kwlist,
    *keyword.softkwlist,
    "np",
    "numpy",
    "self",
    "abs",
    "float",
    "int",
    "len",
    "max",
    "min",
    "range",
    "sum",
    "tuple",
}
_C_WORDS = """
    auto break case char const continue default do double else enum extern float for goto if inline int long register restrict
    return short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof bool true false
    alignas alignof constexpr nullptr thread_local static_assert typeof_unqual
"""
_C_MACROS = "linux unix i386 NULL NAN INFINITY HUGE_VAL EOF I errno assert stdin stdout stderr main offsetof"
_C_TYPES = "int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t size_t ptrdiff_t intptr_t uintptr_t wchar_t"
_C_FUNCTIONS = """
    abs acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs fdim floor fma fmax fmin
    fmod frexp hypot ilogb isfinite isinf isnan isnormal j0 j1 jn ldexp lgamma log log10 log1p log2 logb lrint lround modf nan
    nearbyint pow remainder rint round scalbn signbit sin sinh sqrt tan tanh tgamma trunc y0 y1 yn gamma
    abort calloc exit free malloc memcmp memcpy memmove memset printf realloc workspace
"""
RESERVED = frozenset(_PYTHON).union(*(words.split() for words in (_C_WORDS, _C_MACROS, _C_TYPES, _C_FUNCTIONS)))
"""What means something in C or Python already; a name that spells so gets a `_` behind it."""

_START = re.compile("[A-Za-z]|_[a-z]")
"""How an identifier begins that is not kept for C's own use."""
_PUNCTUATION = {"{": "_", "}": "", "(": "_", ")": "", ",": "_", " ": "", "'": "_prime", "-": "minus", ".": "_", "_": "_"}
_FAMILIES = {"GREEK SMALL LETTER ": str.lower, "GREEK CAPITAL LETTER ": str.capitalize}


def spell(names: Iterable[str]) -> dict[str, str]:
    """An identifier for each name, by name. A name that is a fit identifier keeps it; other collisions are numbered in order."""
    plain = {name: _identifier(name) for name in names}
    spelled = {name: word for name, word in plain.items() if name == word}
    taken = set(spelled.values())
    for name, word in plain.items():
        if name not in spelled:
            candidates = (word if number == 1 else f"{word}_{number}" for number in count(1))
            spelled[name] = next(c for c in candidates if c not in taken)
            taken.add(spelled[name])
    return {name: spelled[name] for name in plain}


def _identifier(name: str) -> str:
    word = "".join(map(_letter, name))
    if not _START.match(word):
        word = f"x{word}"
    return f"{word}_" if word in RESERVED else word


def _letter(character: str) -> str:
    """ASCII letters, digits and `_` for one character of a name."""
    if character.isascii() and character.isalnum():
        return character
    if character in _PUNCTUATION:
        return _PUNCTUATION[character]
    title = unicodedata.name(character, "")
    for family, cased in _FAMILIES.items():
        letter = title.removeprefix(family).replace("LAMDA", "LAMBDA").replace("FINAL SIGMA", "SIGMA")
        if title.startswith(family) and letter.isalpha():
            return cased(letter)
    return f"_u{ord(character):04x}"
