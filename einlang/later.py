"""Modules imported when they are first used: in goes the name of a module, out comes what has its attributes."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Later:
    """A module that only some ways through the compiler, or few calls, need."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self._module), name)
