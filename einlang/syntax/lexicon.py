"""The words of the language: reserved words, built-in functions, spellings, and what messages call each token."""

from __future__ import annotations

STATEMENT_WORDS = ("input", "param", "size", "const", "assume", "output", "use", "fn", "abstract", "check", "solve")
"""The words that open a statement."""

RESERVED = (*STATEMENT_WORDS, "for", "in", "if", "else", "and", "or", "not")

REDUCTIONS = ("sum", "prod", "max", "min", "mean", "logsumexp", "argmax", "argmin")
"""`op[K](e)`: they use the indices up. `max` and `min` are elementwise too, without brackets."""

ALONG = ("softmax", "log_softmax", "cumsum")
"""`op[j](e)`: they keep the index that they work along."""

ELEMENTWISE = {
    **dict.fromkeys(("exp", "log", "log1p", "expm1", "sqrt", "abs", "sign"), 1),
    **dict.fromkeys(("sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos", "atan", "erf"), 1),
    **dict.fromkeys(("sigmoid", "relu", "softplus", "gelu", "silu"), 1),
    **dict.fromkeys(("max", "min", "pow"), 2),
    **dict.fromkeys(("where", "clip"), 3),
}
"""Elementwise functions and how many arguments they take."""

OTHERS = {"stop": 1, "logdet": 1, "size": 2, "pad": 2, "mod": 2}
"""Functions that are neither elementwise nor reductions, and how many arguments they take."""

FUNCTIONS = tuple(dict.fromkeys((*ELEMENTWISE, *REDUCTIONS, *ALONG, *OTHERS)))
"""Every built-in function."""

CONSTANTS = ("pi", "inf")
"""Numbers with a name."""

DELTA = ("δ", "delta")

ASCII = {"∂": "@", "∂²": "@@", "∂³": "@@@", "δ": "delta", "·": "*", "×": "*", "≤": "<=", "≥": ">=", "≠": "!="}
"""The ASCII spelling of each Unicode one."""

OPENING = {"(": ")", "[": "]", "{": "}"}
"""The bracket that closes each."""
CLOSING = {closing: opening for opening, closing in OPENING.items()}
