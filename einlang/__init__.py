"""Einlang: a compiler for index notation."""

__version__ = "0.1.0"
