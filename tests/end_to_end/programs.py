"""Programs of the language reference's sections 1 to 7, each with the shapes of its inputs; scalars have shape ()."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """A program, the shapes of its inputs, the range of their values, and the scalars whose gradients are checked."""

    name: str
    text: str
    shapes: dict[str, tuple[int, ...]]
    scalars: tuple[str, ...] = ()
    low: float = -1.0
    high: float = 1.0


CASES = [
    Case(
        "mlp",
        """
        input X[b, k0], Y[b, k2]
        param W1[k0, k1], c1[k1]
        param W2[k1, k2], c2[k2]
        Z1[i,j] = X[i,K] W1[K,j] + c1[j]
        H[i,j]  = tanh(Z1[i,j])
        Z2[i,j] = H[i,K] W2[K,j] + c2[j]
        L = -Y[I,J] log_softmax[J](Z2[I,J]) / size(X, 0)
        G1[i,j] = ∂L/∂W1[i,j]
        GZ[i,j] = ∂L/∂Z1[i,j]
        output L, G1, GZ
        """,
        {"X": (5, 7), "Y": (5, 3), "W1": (7, 4), "c1": (4,), "W2": (4, 3), "c2": (3,)},
        ("L",),
    ),
    Case("quadratic form", "f = x[I] A[I,J] x[J]", {"x": (5,), "A": (5, 5)}, ("f",)),
    Case("inner product", "s = u[I] v[I]", {"u": (9,), "v": (9,)}, ("s",)),
    Case("trace and diagonal", "t = A[I,I]\nd[i] = A[i,i]", {"A": (4, 4)}, ("t",)),
    Case("triple", "C[i,j,k] = A[i,R] B[j,R] C0[k,R]\nL = C[I,J,K]^2", {"A": (3, 5), "B": (4, 5), "C0": (2, 5)}, ("L",)),
    Case("squares", "L = (X[I,J] - T[I,J])^2", {"X": (3, 5), "T": (3, 5)}, ("L",)),
    Case("cross-entropy", "L = -Y[I,J] log(P[I,J])", {"Y": (3, 4), "P": (3, 4)}, ("L",), 0.2, 1.0),
    Case(
        "shared with a sum in parentheses",
        "R[i,j] = (A[i,K] + b[i]) C[K,j]\nL = R[I,J]^2",
        {"A": (3, 4), "b": (3,), "C": (4, 2)},
        ("L",),
    ),
    Case("denominators", "s = x[I] / y[I]\nt = x[I]^2 y[I]", {"x": (6,), "y": (6,)}, ("s", "t"), 0.5, 2.0),
    Case("sum by hand", "s = v[I]\nn = -v[I]\nc[j] = X[I,j] / 2 + b[j]", {"v": (5,), "X": (3, 4), "b": (4,)}, ("s", "n")),
    Case("ones", "c[j] = 1[I] X[I,j]", {"X": (3, 4)}),
    Case(
        "named reductions",
        """
        m[i,j] = max[K](A[i,K] B[K,j])
        e = mean[I]((x[I] - y[I])^2)
        p = prod[I](x[I])
        q = min[I,J](A[I,J])
        l[i] = logsumexp[K](A[i,K])
        a[i] = argmax[K](A[i,K])
        z = argmin[K](x[K])
        L = m[I,J] m[I,J] + e + p + q + l[I]
        output m, e, p, q, l, a, z, L
        """,
        {"A": (3, 4), "B": (4, 2), "x": (5,), "y": (5,)},
        ("L", "p", "q"),
    ),
    Case("relative entropy", "k = sum[I](P[I] log(P[I] / Q[I]))", {"P": (5,), "Q": (5,)}, ("k",), 0.2, 1.0),
    Case("weighted mean", "M[i,d] = E[i,J] V[J,d] / sum[J](E[i,J])\nL = M[I,D]^2", {"E": (3, 4), "V": (4, 2)}, ("L",), 0.2, 1.0),
    Case("protected", "L = Y[I,J] (Z[I,J] - logsumexp[J](Z[I,J]))", {"Y": (3, 4), "Z": (3, 4)}, ("L",)),
    Case("softmax", "P[i,j] = softmax[j](Z[i,j])\nL = P[I,J] T[I,J]", {"Z": (4, 6), "T": (4, 6)}, ("L",)),
    Case(
        "causal attention",
        """
        input Q[n, d], K[n, d], V[n, e]
        S[q,k] = Q[q,D] K[k,D] / sqrt(d)
        M[q,k] = S[q,k] if k <= q else -inf
        P[q,k] = softmax[k](M[q,k])
        O[q,e] = P[q,K] V[K,e]
        L = O[I,J]^2
        """,
        {"Q": (5, 3), "K": (5, 3), "V": (5, 2)},
        ("L",),
    ),
    Case(
        "layer norm",
        """
        input X[b, k]
        param g[k], h[k]
        m[i] = mean[J](X[i,J])
        v[i] = mean[J]((X[i,J] - m[i])^2)
        N[i,j] = (X[i,j] - m[i]) / sqrt(v[i] + 1e-5) * g[j] + h[j]
        L = sum[I,J](sin(N[I,J]))
        """,
        {"X": (4, 5), "g": (5,), "h": (5,)},
        ("L",),
    ),
    Case("broadcast with a range", "input c[k], x[b]\nB[i : b, j] = c[j]\nL = B[I,J]^2", {"c": (4,), "x": (3,)}, ("L",)),
    Case("identity", "input n0[n]\nE[i : n, j : n] = 1 if i == j else 0\nD[i,j] = δ[i,j] n0[j]", {"n0": (4,)}),
    Case(
        "outer product and powers", "A[i,j] = x[i]^3 y[j]^-1 + x[i]^0.5\nL = A[I,J]^2", {"x": (3,), "y": (4,)}, ("L",), 0.5, 2.0
    ),
    Case(
        "elementwise",
        """
        f[i] = exp(x[i]) + log(2 + x[i]) + log1p(x[i]) + expm1(x[i]) + sqrt(2 + x[i]) + abs(x[i]) + sign(x[i])
        g[i] = sin(x[i]) cos(x[i]) tan(x[i]) + sinh(x[i]) cosh(x[i]) tanh(x[i]) + asin(x[i]) acos(x[i]) atan(x[i])
        h[i] = erf(x[i]) + sigmoid(x[i]) + relu(x[i]) + softplus(x[i]) + gelu(x[i]) + silu(x[i])
        k[i] = max(x[i], 0.3) min(x[i], 0.2) + pow(2 + x[i], 1.5) + where(x[i] < 0, x[i]^2, x[i]) + clip(x[i], -0.4, 0.4)
        L = f[I] g[I] + h[I] k[I]
        """,
        {"x": (31,)},
        ("L",),
        -0.9,
        0.9,
    ),
    Case(
        "conditions",
        "f[i] = log(x[i]) if x[i] > 0 and not x[i] > 0.7 or i == 2 else x[i] * i\nL = f[I]^2",
        {"x": (8,)},
        ("L",),
        0.05,
        1.0,
    ),
    Case("stop", "L = stop(x[I]) x[I]", {"x": (4,)}, ()),
    Case(
        "functions and consts",
        """
        const s = 2
        const w[3] = [1/6, 2/3, 1/6]
        fn gauss(x, s) = exp(-x^2 / (2 s^2))
        fn twice(x) = gauss(x, s) + gauss(x, 2 * s)
        input x[n], y[3]
        L = twice(x[I] - 0.1) * x[I] + w[J] y[J]
        """,
        {"x": (5,), "y": (3,)},
        ("L",),
    ),
    Case("written out", "R[i,j] = [[cos(t), -sin(t)], [sin(t), cos(t)]][i,j]\nL = R[I,J] A[I,J]", {"t": (), "A": (2, 2)}, ("L",)),
    Case("cross product", "c[i] = levicivita[i,J,K] a[J] b[K]\nL = c[I] d[I]", {"a": (3,), "b": (3,), "d": (3,)}, ("L",)),
    Case(
        "sizes as numbers",
        "size h = 4\ninput X[b, h], v[2*h + 1]\nm[j] = X[I,j] / b + h\ns = v[I] / size(v, 0)",
        {"X": (3, 4), "v": (9,)},
        ("s",),
    ),
    Case(
        "gradient penalty",
        """
        input X[b, k]
        param w[k]
        L = sum[I](tanh(X[I,K] w[K]))
        G[k] = ∂L/∂w[k]
        P = G[K]^2 + L
        D[k] = ∂P/∂w[k]
        output L, P, D
        """,
        {"X": (4, 3), "w": (3,)},
        ("P",),
    ),
    Case(
        "derivative in a product",
        """
        input X[b, k]
        param W[k, j]
        Z[i,j] = X[i,K] W[K,j]
        L = sum[I,J](sin(Z[I,J]))
        G[i,j] = X[A,i] ∂L/∂Z[A,j]
        H[j] = 1[A] ∂L/∂Z[A,j]
        """,
        {"X": (4, 3), "W": (3, 2)},
        ("L",),
    ),
    Case(
        "rank five",
        "T[a,b,c,d,e] = A[a,b,K] B[K,c,L] C[L,d,e]\nS = T[A,B,C,D,E]^2",
        {"A": (2, 3, 4), "B": (4, 2, 3), "C": (3, 2, 2)},
        ("S",),
    ),
    Case(
        "chain of matrices",
        "M[i,n] = A[i,K] B[K,L] C[L,M] D[M,n]\ns = M[I,N]^2",
        {"A": (3, 9), "B": (9, 2), "C": (2, 8), "D": (8, 5)},
        ("s",),
    ),
    Case(
        "whole-number subscripts",
        """
        input A[n, m]
        f[j] = A[0,j]
        l[j] = A[-1,j]
        c = A[size(A, 0) - 2, m - 1]
        d[i] = δ[i,2] A[i,0]
        w = [1, 2, 3][1] + levicivita[0,1,2]
        L = A[0,J]^2 A[-1,J] + A[1,1]^3
        G[i,j] = ∂L/∂A[i,j]
        h = ∂L/∂A[1,1]
        output f, l, c, d, w, L, G, h
        """,
        {"A": (5, 4)},
        ("L",),
    ),
    Case(
        "empty axes",
        """
        s = x[I] y[I]
        p = prod[I](x[I])
        m = max[I](x[I])
        l = logsumexp[I](x[I])
        d = x[I] y[I] / size(x, 0)
        q = x[I] y[I] / sqrt(size(x, 0))
        """,
        {"x": (0,), "y": (0,)},
    ),
    Case(
        "large arguments",
        "P[j] = softmax[j](z[j])\nq[j] = log_softmax[j](z[j])\nr[j] = softplus(z[j]) + sigmoid(z[j])",
        {"z": (6,)},
        (),
        -2000.0,
        2000.0,
    ),
    Case(
        "integers",
        "input y[b] : int, x[b]\nc[i] = x[i] if y[i] >= 1 else y[i] / 2\nk[i] = y[i]\nL = c[I]^2",
        {"y": (6,), "x": (6,)},
        ("L",),
    ),
]
