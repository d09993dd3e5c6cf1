"""A C compiler for tests: generated text is built, loaded with ctypes, and called with arrays by name."""

import pytest
from unit.codegen.c.building import Built, build_all


@pytest.fixture
def build(tmp_path):
    """Build a program for a type."""
    return lambda program, dtype, flags=(): Built(program, dtype, tmp_path, flags)


@pytest.fixture
def build_both(tmp_path):
    """Build a program for both types, in one file of C."""
    return lambda program, flags=(): build_all(program, tmp_path, flags)
