"""Coefficients of the polynomials in csrc/einlang_math.h: in goes a row of the table below, out come numbers to paste.

Run `python tools/coefficients.py [NAME...]` where mpmath is installed. Each row is fitted on Chebyshev points in 50-digit
arithmetic by least squares, weights raised where the error is large until it is nearly level (Lawson's method). Coefficients
are rounded to the working type from the lowest up, those left being fitted again each time.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from typing import NamedTuple

from mpmath import asin, atan, atanh, cos, erf, erfc, log, lu_solve, matrix, mp, mpf, pi, sin, sinh, tan

mp.dps = 50
ROUNDS = 30


class Fit(NamedTuple):
    """What is fitted by p(u): `value` by x, where u = `variable`(x), `weight` times the error being what counts."""

    value: Callable[[mpf], mpf]
    variable: Callable[[mpf], mpf]
    weight: Callable[[mpf], mpf]
    low: mpf
    high: mpf
    f32: int
    f64: int


def odd(function: Callable[[mpf], mpf], high: mpf, f32: int, f64: int) -> Fit:
    """f(x) = x + x^3 p(x^2), the error relative to f."""
    return Fit(lambda x: (function(x) - x) / x**3, lambda x: x * x, lambda x: x**3 / function(x), mpf(0), high, f32, f64)


def log_tail(s: mpf) -> mpf:
    """q of atanh s = (s / 3) (3 + z + z^2 q(z)), z = s^2."""
    z = s * s
    return (3 * atanh(s) / s - 3 - z) / z**2


ROOT = mpf("0.17158")  # (sqrt 2 - 1) / (sqrt 2 + 1)
ROWS = {
    "sin": odd(sin, pi / 2 * mpf("1.0001"), 5, 8),
    "tan": odd(tan, pi / 4 * mpf("1.0001"), 6, 14),
    "sinh": odd(sinh, mpf(1), 4, 7),
    "asin": odd(asin, mpf("0.5"), 5, 12),
    "atan": odd(atan, tan(pi / 8) * mpf("1.0001"), 5, 11),
    "log tail": Fit(log_tail, lambda s: s * s, lambda s: s**4, mpf(0), ROOT, 0, 7),
    "log2": Fit(lambda s: 2 * atanh(s) / s / log(2), lambda s: s * s, lambda s: mpf(1), mpf(0), ROOT, 0, 5),
    "exp2": Fit(lambda r: mpf(2) ** r, lambda r: r, lambda r: mpf(2) ** -r, mpf("-0.5"), mpf("0.5"), 0, 7),
    "erf near": Fit(lambda x: erf(x) / x, lambda x: x * x, lambda x: x / erf(x), mpf(0), mpf("0.92"), 7, 12),
    "erf far": Fit(lambda x: log(erfc(x)), lambda x: x, lambda x: erfc(x) / erf(x), mpf("0.92"), mpf("6"), 8, 18),
}


def rounded(x: mpf, kind: str) -> mpf:
    """The nearest number of the type."""
    return mpf(struct.unpack("f", struct.pack("f", float(x)))[0]) if kind == "f32" else mpf(float(x))


def solve(fit: Fit, points: list[mpf], weights: list[mpf], known: list[mpf], count: int) -> list[mpf]:
    """All coefficients, those after the known ones by least squares: normal equations, at enough digits."""
    free = range(len(known), count)
    a, b = matrix(len(free), len(free)), matrix(len(free), 1)
    for x, w in zip(points, weights, strict=True):
        u = fit.variable(x)
        rest = fit.value(x) - sum(c * u**k for k, c in enumerate(known))
        for i, k in enumerate(free):
            b[i] += w * rest * u**k
            for j, m in enumerate(free):
                a[i, j] += w * u ** (k + m)
    return [*known, *lu_solve(a, b)]


def errors(fit: Fit, points: list[mpf], coefficients: list[mpf]) -> list[mpf]:
    """The weighted errors at points."""
    return [
        abs(fit.weight(x) * (sum(c * fit.variable(x) ** k for k, c in enumerate(coefficients)) - fit.value(x))) for x in points
    ]


def fitted(fit: Fit, kind: str) -> tuple[list[mpf], mpf]:
    """The coefficients, and the largest error."""
    count = getattr(fit, kind)
    nodes = [cos(pi * (2 * k + 1) / (8 * count + 8)) for k in range(4 * count + 4)]
    points = [fit.low + (fit.high - fit.low) * (1 + x) / 2 for x in nodes]
    lawson = [mpf(1)] * len(points)
    known: list[mpf] = []
    for _ in range(count):
        for _ in range(ROUNDS if not known else 1):
            weights = [m * fit.weight(x) ** 2 for m, x in zip(lawson, points, strict=True)]
            all_ = solve(fit, points, weights, known, count)
            if not known:
                found = errors(fit, points, all_)
                lawson = [m * (e / max(found) + mpf("0.01")) for m, e in zip(lawson, found, strict=True)]
        known.append(rounded(all_[len(known)], kind))
    return known, max(errors(fit, points, known))


def main(names: list[str]) -> None:
    """Prints rows."""
    for name in names or ROWS:
        for kind in ("f32", "f64"):
            if getattr(ROWS[name], kind):
                coefficients, worst = fitted(ROWS[name], kind)
                digits = 9 if kind == "f32" else 17
                print(
                    f"{name} {kind}: 2^{float(log(worst, 2)):.1f}:",
                    ", ".join(mp.nstr(c, digits) for c in coefficients),
                    flush=True,
                )


if __name__ == "__main__":
    main(sys.argv[1:])
