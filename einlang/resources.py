"""Files that ship beside the code (grammar, C headers): a path in, its text or place out, in a checkout or a wheel alike."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_ROOTS = (_PACKAGE / "_resources", _PACKAGE.parent)


def resource(path: str) -> Path:
    """The place of `grammar/…` or `csrc/…`. Raises FileNotFoundError where the installation lacks it."""
    for root in _ROOTS:
        if (root / path).exists():
            return root / path
    raise FileNotFoundError(f"einlang is installed without {path}; reinstall it")
