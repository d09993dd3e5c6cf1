"""Private functions that generated NumPy text may call: a name in, its definition out."""

from __future__ import annotations

PRELUDE = {
    "_erf": '''
def _erf(x):
    """The error function: x P(x^2) below 1, else 1 - exp(-x^2) Q(x).

    P is fitted to the Maclaurin series of erf (DLMF 7.6.1), Q to exp(x^2) erfc(x) in 1 / (x + 3), both to 1e-17.
    """
    near = (
        5.957176147748911e-11, -1.1372848856791674e-09, 1.4659775274047436e-08, -1.6350312701054695e-07,
        1.6461000484121368e-06, -1.4925595266831182e-05, 0.0001205533111164271, -0.000854832698083379,
        0.0052239776248180145, -0.026866170645076792, 0.11283791670954879, -0.3761263890318375, 1.1283791670955126,
    )
    far = (
        -6.6976455647909395e-15, 6.043792147788813e-12, -6.02173256030324e-12, -2.5700407551346905e-10,
        2.637756022974126e-10, 1.133933573114706e-08, 4.5267318133461335e-09, -5.54127309801664e-07,
        -2.425557485042923e-06, 1.956358319778174e-05, 0.0003316029605792838, 0.002479314697086253,
        0.012713147695691918, 0.04969844540339414, 0.15436117429436919, 0.20798329133342885,
    )
    a = np.minimum(np.abs(x), 6)
    square = a * a
    t = 14.4 / (a + 3) - 2.6
    p, q = np.zeros_like(a), np.zeros_like(a)
    for coefficient in near:
        p = p * square + coefficient
    for coefficient in far:
        q = q * t + coefficient
    return np.where(a < 1, x * p, np.copysign(1 - np.exp(-square) * q, x))
''',
    "_sigmoid": '''
def _sigmoid(x):
    """1 / (1 + exp(-x)), without overflow."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, small) / (1 + small)
''',
    "_logsumexp": '''
def _logsumexp(x, axis):
    """log(sum(exp(x))) along axes, without overflow; -inf along none."""
    largest = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    shift = np.where(np.isfinite(largest), largest, 0)
    return np.squeeze(shift, axis) + np.log(np.sum(np.exp(x - shift), axis=axis))
''',
    "_power": '''
def _power(x, n):
    """x to the whole number n >= 1, by repeated squaring."""
    result = None
    while n:
        if n % 2:
            result = x if result is None else result * x
        x, n = x * x if n > 1 else x, n // 2
    return result
''',
    "_argmax": '''
def _argmax(x, axis):
    """The first position of the largest number along an axis, 0 where there is none."""
    return np.argmax(x, axis=axis) if np.shape(x)[axis] else np.sum(x, axis=axis, dtype=np.int64)
''',
    "_argmin": '''
def _argmin(x, axis):
    """The first position of the smallest number along an axis, 0 where there is none."""
    return np.argmin(x, axis=axis) if np.shape(x)[axis] else np.sum(x, axis=axis, dtype=np.int64)
''',
    "_logdet": '''
def _logdet(x, rows, columns):
    """The logarithms of the absolute values of the determinants of matrices along two axes."""
    return np.linalg.slogdet(np.moveaxis(x, (rows, columns), (-2, -1)))[1]
''',
    "_solve": '''
def _solve(matrix, right, batch, rows):
    """The solutions of linear equations: `batch` axes, then those of the equations, then of unknowns or right sides."""
    first, unknowns, sides = matrix.shape[:batch], matrix.shape[batch + rows:], right.shape[batch + rows:]
    count, others = int(np.prod(unknowns)), int(np.prod(sides))
    try:
        found = np.linalg.solve(matrix.reshape((*first, count, count)), right.reshape((*first, count, others)))
    except np.linalg.LinAlgError:
        raise ValueError("a system of equations is singular") from None
    return found.reshape((*first, *unknowns, *sides))
''',
    "_inside": '''
def _inside(position, length, axis, tensor):
    """The position, if all of it lies on the axis."""
    wrong = (position < 0) | (position >= length)
    if np.any(wrong):
        first = np.asarray(position)[wrong].flat[0]
        raise IndexError(f"{tensor}: position {first} is out of range on axis {axis}, which has length {length}")
    return position
''',
    "_gather": '''
def _gather(x, *subscripts):
    """x at subscripts that broadcast together; out of range, where nothing should choose it, no number."""
    shape = np.broadcast_shapes(*map(np.shape, subscripts))
    nothing = x.dtype.type(np.nan if x.dtype.kind == "f" else 0)
    if 0 in x.shape:
        return np.full(shape, nothing)
    inside = np.logical_and.reduce([(s >= 0) & (s < n) & np.ones(shape, bool) for s, n in zip(subscripts, x.shape)])
    return np.where(inside, x[tuple(np.clip(s, 0, n - 1) for s, n in zip(subscripts, x.shape))], nothing)
''',
    "_scatter_add": '''
def _scatter_add(x, position, length, count):
    """The sums of x over its first `count` axes by position, which is a new axis in front; what lies outside it is left out."""
    x, position = np.broadcast_arrays(x, position)
    kept = (position >= 0) & (position < length)
    places = [place[kept] for place in np.indices(x.shape)[count:]]
    result = np.zeros((length, *x.shape[count:]), x.dtype)
    np.add.at(result, (position[kept], *places), x[kept])
    return result
''',
}
