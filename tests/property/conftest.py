"""Kernels of random programs are not kept."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="session")
def no_cache() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EINLANG_CACHE_DIR", "off")
        yield
