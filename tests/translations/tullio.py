"""The rows of Tullio, by hand."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from translations.row import Row, row, whole


def windows(x: np.ndarray, *shape: int) -> np.ndarray:
    """All places where a window fits along the first axes: positions, then those within the window, then the rest."""
    axes = tuple(range(len(shape)))
    found = sliding_window_view(x, shape, axes)
    return np.moveaxis(found, tuple(range(x.ndim, found.ndim)), tuple(len(shape) + a for a in axes))


def padded_convolution(x, k):
    return np.einsum("ijab,ab->ij", windows(np.pad(x, 3), 7, 7), k[::-1, ::-1])


def around(mat, kern):
    rolled = [np.roll(mat, (3 - a, 3 - b), (0, 1)) * kern[a, b] for a in range(7) for b in range(7)]
    return np.sum(rolled, axis=0)


def stencil(mat, off):
    n, m = mat.shape
    rows, columns = np.arange(n)[:, None], np.arange(m)
    return sum(10 * mat[np.clip(rows + a, 0, n - 1), np.clip(columns + b, 0, m - 1)] for a, b in off)


def functions(xs):
    return np.stack([np.sin(xs[0]), np.cos(xs[1]), np.tan(xs[2])])


def slopes(xs):
    return np.stack([np.cos(xs[0]), -np.sin(xs[1]), 1 / np.cos(xs[2]) ** 2])


def distances(M, S):
    difference = M[:, :, None] - M[:, None, :]
    return np.einsum("uij,uv,vij->ij", difference, S, difference)


def diagonals(M):
    count = M.shape[1] - M.shape[0] + 1
    return np.array([M[i, M.shape[0] - 1 - i :][:count].sum() for i in range(M.shape[0])])


def first_largest(x):
    return np.where(np.arange(len(x)) == np.argmax(x), 3 * x**2, 0)


OFFSETS = whole([[0, 0], [1, -2], [-1, 1], [5, 3]])
SUMS = np.add.outer(np.arange(15), np.arange(15)) + 1

ROWS: dict[str, Row] = {
    "convolution with channels": row(lambda N, K: np.einsum("xyijc,ij->xyc", windows(N, *K.shape), K), N=(6, 5, 2), K=(3, 2)),
    "sum of a logarithm": row(lambda P, Q, R: (P * np.log(Q / R)).sum(axis=1), P=(4, 3), Q=(4, 3), R=(3,)),
    "adding to an array": row(
        lambda A, B, C, D: A + np.einsum("ikl,lj,kj->ij", B, C, D), A=(2, 3), B=(2, 4, 5), C=(5, 3), D=(4, 3)
    ),
    "product of a gather": row(
        lambda X, ind, Y: np.prod(X[ind] * np.exp(-Y)[:, None], axis=0), X=(3, 4), ind=whole(2, 0, 2, 1), Y=(4,)
    ),
    "log of a sum of exponentials": row(lambda mat: np.log(np.exp(mat).sum(axis=0)), mat=(5, 3)),
    "the same, written out": row(lambda mat: np.log(np.exp(mat).sum(axis=0)), mat=(5, 3)),
    "sum over rows": row(lambda M: M.sum(axis=0, keepdims=True), M=(3, 7)),
    "broadcasting": row(lambda M, S: M + np.sqrt(S), M=(3, 7), S=(1, 7)),
    "product with a transpose": row(lambda M, Q: M @ Q.T, M=(3, 7), Q=(4, 7)),
    "axes exchanged": row(lambda R: R.transpose(2, 1, 0), R=(5, 3, 4)),
    "largest square": row(lambda T: (T**2).max(axis=(0, 2)), T=np.array([[[-3.0, 1], [2, 0]], [[1, 2], [0.5, -1]]])),
    "writing into an array": row(lambda M, S: np.repeat(2 * S, 3, axis=0), M=(3, 4), S=(1, 4)),
    "downsampling": row(lambda A: A.reshape(10, 2).mean(axis=1), A=(20,)),
    "shifts": row(lambda A: windows(A, 15), A=(21,)),
    "filter": row(lambda A, K: np.correlate(A, K, "valid"), A=(21,), K=(5,)),
    "indexed by values": row(lambda A, K: np.stack([A[2 * K + i] / K for i in range(3)]), A=(9,), K=whole(1, 3, 2)),
    "wrapped": row(lambda A: A[SUMS % 21], A=(21,)),
    "clamped": row(lambda A: A[np.minimum(SUMS, 20)], A=(21,)),
    "padded": row(lambda A: windows(np.pad(A, 3), 15), A=(21,)),
    "Fourier transform": row(lambda S: (np.fft.fft(S).real, np.fft.fft(S).imag), S=(8,)),
    "finaliser": row(lambda M: np.linalg.norm(M, axis=0), M=(3, 4)),
    "norm": row(lambda A: np.linalg.norm(A, 3), A=(5,)),
    "product of neighbours": row(lambda A: windows(A, 3).prod(axis=1), A=(7,)),
    "largest of a row": row(lambda D: D.max(axis=1), D=(4, 3)),
    "least with its place": row(lambda D: (D.min(axis=0), D.argmin(axis=0)), D=(4, 3)),
    "named axes": row(lambda A: np.stack([windows(A, 15)] * 2, axis=2), A=(21,)),
    "sum along a diagonal": row(diagonals, M=(7, 15, 2)),
    "batched product": row(lambda A, B: np.einsum("ijb,bkj->ikb", A, B), A=(2, 3, 5), B=(5, 4, 3)),
    "chain of products": row(lambda M1, M2, M3: M1 @ M2 @ M3, M1=(2, 3), M2=(3, 4), M3=(4, 5)),
    "distances": row(distances, M=(4, 5), S=(4, 4)),
    "distances by products": row(lambda M, C: distances(M, (C + C.T) / 2), M=(4, 5), C=(4, 4)),
    "sum of everything": row(lambda X, Y: (X * np.log(Y.T)).sum(), X=(3, 4), Y=(4, 3)),
    "sum of a part": row(lambda X, Y: (X * np.log(Y.T)).sum(axis=1), X=(3, 4), Y=(4, 3)),
    "valid convolution": row(lambda x, k: np.einsum("ijab,ab->ij", windows(x, *k.shape), k), x=(10, 9), k=(3, 4)),
    "strided convolution": row(
        lambda x, k: np.einsum("ijab,ab->ij", windows(x, *k.shape)[::2, ::2], k[::-1, ::-1]), x=(10, 9), k=(3, 3)
    ),
    "padded convolution": row(padded_convolution, x=(8, 9), k=(7, 7)),
    "gradient of a product": row(lambda A, B: np.ones((3, 5)) @ B.T, A=(3, 4), B=(4, 5)),
    "gradient of a maximum": row(first_largest, x=np.array([1.0, 2, 3, -2, -1, 3])),
    "gradient by a scalar": row(lambda a, A: A.sum(), a=3.14, A=(4,)),
    "offsets from an array, wrapped": row(
        lambda mat, off: sum(np.roll(mat, -shift, (0, 1)) for shift in off), mat=(5, 4), off=OFFSETS
    ),
    "kernel of a formula": row(lambda: 1 / (1 + np.add.outer(np.arange(-3, 4) ** 2, np.arange(-3, 4) ** 2))),
    "cyclic convolution": row(around, mat=(10, 10, 2), kern=(7, 7)),
    "stencil": row(stencil, mat=(5, 4), off=OFFSETS),
    "a vector of functions": row(functions, xs=(3, 4)),
    "its gradient": row(slopes, xs=(3, 4)),
    "given range": row(lambda: np.arange(1.0, 11) ** 2),
    "a column": row(lambda B, C, col: B[:, col] - C[:, 1], B=(3, 4), C=(3, 4), col=whole(2)),
    "a constant": row(lambda d, B: d * B, d=0.7, B=(5,)),
    "padded with a value": row(lambda A: np.pad(A, 3, constant_values=7), A=(5,)),
    "finaliser of a product": row(lambda A, B: np.tanh(A @ B), A=(3, 4), B=(4, 5)),
    "its gradient by hand": row(lambda A, B, T: (T * (1 - np.tanh(A @ B) ** 2)) @ B.T, A=(3, 4), B=(4, 5), T=(3, 5)),
}
