"""The words of the language: reserved words, built-in functions, spellings, and what messages call each token."""

from __future__ import annotations

STATEMENT_WORDS = ("input", "param", "size", "const", "assume", "output", "use", "fn", "abstract", "check", "solve")
"""The words that open a statement."""

RESERVED = (*STATEMENT_WORDS, "for", "in", "if", "else", "and", "or", "not")

REDUCTIONS = ("sum", "prod", "max", "min", "mean", "logsumexp", "argmax", "argmin", "logdet")
"""`op[K](e)`: they use the indices up."""

ALONG = ("softmax", "log_softmax", "cumsum")
"""`op[j](e)`: they work along indices that they name."""

_POWERS = ("exp", "log", "log1p", "expm1", "sqrt", "abs", "sign", "pow")
_TRIGONOMETRIC = ("sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos", "atan", "erf")
_ACTIVATIONS = ("sigmoid", "relu", "softplus", "gelu", "silu")
ELEMENTWISE = (*_POWERS, *_TRIGONOMETRIC, *_ACTIVATIONS, "max", "min", "where", "clip", "stop")
"""Functions of numbers; of these `max` and `min` are reductions too."""

FUNCTIONS = (*dict.fromkeys((*ELEMENTWISE, *REDUCTIONS, *ALONG)), "size", "pad", "mod", "floor")
"""Every built-in function."""

DELTA = ("δ", "delta")

OPENING = {"(": ")", "[": "]", "{": "}"}
"""The bracket that closes each."""
CLOSING = {closing: opening for opening, closing in OPENING.items()}
