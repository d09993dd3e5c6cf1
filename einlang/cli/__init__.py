"""The command line; `main` is the entry point."""

from einlang.cli.group import main

__all__ = ["main"]
