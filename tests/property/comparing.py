"""Comparison of results: how far two computations of one program may be apart."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np


def assert_close(found: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray], tolerance: float) -> None:
    """All arrays equal up to a tolerance relative to the largest element of each; NaN and infinity in the same places."""
    for name, right in expected.items():
        left = np.asarray(found[name], np.float64)
        assert left.shape == np.shape(right), name
        finite = np.abs(right[np.isfinite(right)], dtype=np.float64)
        scale = 1 + finite.max(initial=0)
        np.testing.assert_allclose(left, np.asarray(right, np.float64), rtol=tolerance, atol=tolerance * scale, err_msg=name)
