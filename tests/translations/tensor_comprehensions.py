"""The rows of Tensor Comprehensions, by hand."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from translations.row import Row, row, whole


def convolved(X: np.ndarray, F: np.ndarray, down: int = 1, right: int = 1) -> np.ndarray:
    """X[n,c,h,w] with F[m,c,i,j], every so many positions."""
    windows = sliding_window_view(X, F.shape[2:], (2, 3))[:, :, ::down, ::right]
    return np.einsum("nchwij,mcij->nmhw", windows, F)


def back(X, W, T):
    """The gradients of the sum of T times a convolution."""
    around = np.pad(T, ((0, 0), (0, 0), (W.shape[2] - 1,) * 2, (W.shape[3] - 1,) * 2))
    by_x = convolved(around, W[:, :, ::-1, ::-1].swapaxes(0, 1))
    by_w = np.einsum("nchwij,nmij->mchw", sliding_window_view(X, T.shape[2:], (2, 3)), T)
    return by_x, by_w


def layers(**given: np.ndarray) -> np.ndarray:
    out = given["O{0}"]
    for m in range(1, 5):
        out = np.maximum(out @ given[f"W{{{m}}}"].T + given[f"B{{{m}}}"], 0)
    return out


def layer(X, W, B):
    return np.maximum(X @ W.T + B, 0)


def batch_normalised(X, m0, v0, momentum, eps):
    m1 = (1 - momentum) * m0 + momentum * X.mean(axis=(0, 2, 3))
    centred = X - m1[:, None, None]
    v1 = 1 / np.sqrt((1 - momentum) * v0 + momentum * (centred**2 + eps).mean(axis=(0, 2, 3)))
    return centred * v1[:, None, None], m1, v1


def group_normalised(X, gamma, beta):
    mean, var = X.mean(axis=(2, 3, 4), keepdims=True), X.var(axis=(2, 3, 4), keepdims=True)
    return gamma[..., None, None] * (X - mean) / np.sqrt(var + 1e-5) + beta[..., None, None]


def grouped(X, W, B):
    groups = [convolved(X[:, g], W[g]) + B[g][:, None, None] for g in range(X.shape[1])]
    return np.stack(groups, axis=1)


def blocks(X, W, t):
    return np.einsum("bki,kij->bkj", X, W).reshape(len(X), -1)[:, t]


def scattered(X, W, r, c):
    Z = np.einsum("bki,kij->bkj", X, W)
    O = np.zeros_like(Z)
    np.add.at(O, (slice(None), r, c), Z)
    return O


def nearest(L, codes):
    S = L[np.arange(L.shape[0]), codes].sum(axis=1)
    return S, S.min(), S.argmin()


def softmax(X):
    e = np.exp(X)
    return e / e.sum(axis=1, keepdims=True), e.sum(axis=1)


def tables(X, t, s, W, c, T, S):
    return X @ W.T + c, T[t].sum(axis=1), S[s].sum(axis=1)


TABLE = whole([[0, 2, 1], [3, 3, 0]])
WIDTHS = (5, 4, 6, 3, 2)
NETWORK = {f"W{{{m}}}": (WIDTHS[m], WIDTHS[m - 1]) for m in range(1, 5)} | {f"B{{{m}}}": (WIDTHS[m],) for m in range(1, 5)}
PLACES = whole([[1, 0, 1], [0, 1, 1]]), whole([[2, 2, 0], [1, 2, 0]])

ROWS: dict[str, Row] = {
    "matrix and vector": row(lambda A, x: A @ x, A=(3, 4), x=(4,)),
    "matrix product": row(lambda A, B: A @ B, A=(3, 4), B=(4, 5)),
    "convolution": row(convolved, X=(2, 3, 6, 5), F=(4, 3, 3, 2)),
    "max pooling": row(lambda X: X.reshape(2, 3, 3, 2, 2, 2).max(axis=(3, 5)), X=(2, 3, 6, 4)),
    "stencil of two shifts": row(lambda B, C: B[2:] + C, B=(7,), C=(5,)),
    "convolution of one axis": row(lambda B, K: np.correlate(B, K, "valid"), B=(9,), K=(3,)),
    "product with a precondition": row(
        lambda B, C, D: np.array([[B[i] * C[i + j] * D[j] for j in range(4)] for i in range(3)]), B=(3,), C=(8,), D=(4,)
    ),
    "lookup": row(lambda B, C: B[C], B=(5,), C=whole(4, 0, 2)),
    "safe lookup": row(lambda B, C: B[np.clip(C, 0, 4)], B=(5,), C=whole(9, -3, 2)),
    "backwards": row(lambda B: B[::-1], B=(11,)),
    "every second": row(lambda B: B[::2], B=(7,)),
    "average of pairs": row(lambda B: B[0:6:2] + B[1:7:2], B=(7,)),
    "the same by a sum": row(lambda B: B[0:6:2] + B[1:7:2], B=(7,)),
    "a stride that is data": row(lambda B, S: B[[0, S[0], 2 * S[0]]], B=(9,), S=whole([4])),
    "constant fill": row(lambda A, c: np.full(5, c), A=(5,), c=0.25),
    "softmax of two outputs": row(softmax, X=(3, 4)),
    "average pooling": row(lambda X: sliding_window_view(X, (2, 3), (2, 3))[:, :, ::2, ::2].mean(axis=(4, 5)), X=(2, 3, 5, 7)),
    "rectifier": row(lambda X: np.maximum(X, 0), X=np.array([[-1.0, 2], [0, -0.5]])),
    "sum and difference": row(lambda A, B: (A + B, A - B), A=(4,), B=(4,)),
    "gradients of a convolution": row(back, X=(2, 3, 6, 5), W=(4, 3, 3, 2), T=(2, 4, 4, 4)),
    "layer": row(lambda X, W1, B1: layer(X, W1, B1), X=(3, 4), W1=(5, 4), B1=-4.0 * np.arange(5)),
    "network of two layers": row(
        lambda X, W1, B1, W2, B2: layer(layer(X, W1, B1), W2, B2),
        X=(3, 4),
        W1=(5, 4),
        B1=(5,),
        W2=(2, 5),
        B2=np.array([1.0, -20]),
    ),
    "networks of three and four layers": Row(layers, {"O{0}": (3, 5)} | NETWORK),
    "sums of looked up rows": row(lambda T, t: T[t].sum(axis=1), T=(4, 5), t=TABLE),
    "two tables and a layer": row(tables, X=(2, 3), t=TABLE, s=whole([[1], [4]]), W=(4, 3), c=(4,), T=(4, 5), S=(5, 5)),
    "batched product": row(lambda X, Y: X @ Y, X=(2, 3, 4), Y=(2, 4, 5)),
    "product with two transposes": row(lambda A, B: A.T @ B.T, A=(4, 3), B=(5, 4)),
    "batch normalisation": row(batch_normalised, X=(2, 3, 4, 5), m0=(3,), v0=(3,), momentum=0.1, eps=1e-3),
    "strided convolution": row(lambda X, W, B: convolved(X, W, 2, 3) + B[:, None, None], X=(2, 3, 8, 9), W=(4, 3, 3, 2), B=(4,)),
    "convolution of groups": row(grouped, X=(2, 2, 3, 6, 5), W=(2, 4, 3, 3, 2), B=(2, 4)),
    "copy": row(lambda X: X, X=(2, 3, 4)),
    "Kronecker product of three": row(
        lambda X, W0, W1, W2: (X.reshape(2, -1) @ np.kron(np.kron(W0, W1), W2).T).reshape(2, 2, 3, 4),
        X=(2, 3, 4, 2),
        W0=(2, 3),
        W1=(3, 4),
        W2=(4, 2),
    ),
    "moments": row(lambda X: (X.mean(axis=1), X.var(axis=1)), X=(3, 6)),
    "group normalisation": row(group_normalised, X=(2, 3, 4, 2, 3), gamma=(3, 4), beta=(3, 4)),
    "tensordot": row(lambda U, V: np.einsum("nabhw,nbchw->nachw", U, V), U=(2, 3, 4, 2, 3), V=(2, 4, 5, 2, 3)),
    "blocks, then a permutation": row(blocks, X=(2, 3, 4), W=(3, 4, 4), t=whole(11, 0, 5, 7)),
    "writing where an index says": row(scattered, X=(2, 2, 3), W=(2, 3, 3), r=PLACES[0], c=PLACES[1]),
    "masked convolution": row(
        lambda X, F, mask: convolved(np.maximum(X, 0), F * mask[:, :, None, None]),
        X=np.random.default_rng(1).normal(size=(2, 3, 5, 5)),
        F=(4, 3, 2, 3),
        mask=whole([[1, 0, 1], [0, 0, 0], [1, 1, 1], [0, 1, 0]]),
    ),
    "nearest code": row(nearest, L=(3, 6), codes=whole([[0, 5, 1], [2, 2, 2], [3, 0, 4], [1, 1, 0]])),
    "starts of segments": row(lambda segments: np.cumsum([0, *segments]), segments=(6,)),
    "rows of length one": row(lambda X: X / np.linalg.norm(X, axis=1, keepdims=True), X=(3, 4)),
}
