/* Linear equations of one type. Included once for each, with
 *     EIN_TYPE        the type of the numbers
 *     EIN_NAME(word)  the name of a function of this type
 *
 * Gauss' elimination with partial pivoting: A becomes L U, rows interchanged, and each right side goes through L and U in turn.
 * A matrix that is found to be symmetric, with pivots that are all positive, takes half of that: its U alone, as L = U^T D^-1.
 */

static inline EIN_TYPE EIN_NAME(magnitude)(EIN_TYPE x) { return x < 0 ? -x : x; }

/* The row from the k-th on whose element in column k is the largest; the k-th itself where that is NaN. */
static int64_t EIN_NAME(pivot)(int64_t n, int64_t k, const EIN_TYPE *a) {
    int64_t best = k;
    for (int64_t i = k + 1; i < n; i++)
        if (EIN_NAME(magnitude)(a[i * n + k]) > EIN_NAME(magnitude)(a[best * n + k])) best = i;
    return best;
}

static void EIN_NAME(interchange)(int64_t n, EIN_TYPE *a, EIN_TYPE *b) {
    for (int64_t j = 0; j < n; j++) {
        const EIN_TYPE kept = a[j];
        a[j] = b[j];
        b[j] = kept;
    }
}

/* One right side through L, whose diagonal is 1, and U. */
static inline void EIN_NAME(substitute)(int64_t n, const EIN_TYPE *a, EIN_TYPE *x) {
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < i; j++) x[i] -= a[i * n + j] * x[j];
    for (int64_t i = n - 1; i >= 0; i--) {
        for (int64_t j = i + 1; j < n; j++) x[i] -= a[i * n + j] * x[j];
        x[i] /= a[i * n + i];
    }
}

/* A = P L U in place, and P applied to `count` right sides, one after the other. 1 where a pivot is zero, else 0. */
static int EIN_NAME(eliminate)(int64_t n, int64_t count, EIN_TYPE *a, EIN_TYPE *x) {
    for (int64_t k = 0; k < n; k++) {
        const int64_t pivot = EIN_NAME(pivot)(n, k, a);
        if (a[pivot * n + k] == 0) return 1;
        if (pivot != k) {
            EIN_NAME(interchange)(n, a + k * n, a + pivot * n);
            for (int64_t q = 0; q < count; q++) EIN_NAME(interchange)(1, x + q * n + k, x + q * n + pivot);
        }
        for (int64_t i = k + 1; i < n; i++) {
            const EIN_TYPE factor = a[i * n + k] / a[k * n + k];
            a[i * n + k] = factor;
            for (int64_t j = k + 1; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
        }
    }
    return 0;
}

/* Whether a matrix is symmetric to the last bit with a positive diagonal. */
static int EIN_NAME(may_be_definite)(int64_t n, const EIN_TYPE *a) {
    for (int64_t i = 0; i < n; i++) {
        if (!(a[i * n + i] > 0)) return 0;
        for (int64_t j = 0; j < i; j++)
            if (a[i * n + j] != a[j * n + i]) return 0;
    }
    return 1;
}

/* A = U^T D^-1 U of a symmetric matrix, U from its diagonal D on, over the upper half of `a`. 0 where a pivot is not positive:
 * then `a` is as before. As row 0 does not change, column 0 can be had from it, and keeps the diagonal meanwhile. */
static int EIN_NAME(halve)(int64_t n, EIN_TYPE *a) {
    for (int64_t k = 1; k < n; k++) a[k * n] = a[k * n + k];
    for (int64_t k = 0; k < n; k++) {
        if (!(a[k * n + k] > 0)) {
            for (int64_t i = 1; i < n; i++) {
                a[i * n + i] = a[i * n];
                a[i * n] = a[i];
                for (int64_t j = 1; j < i; j++) a[j * n + i] = a[i * n + j];
            }
            return 0;
        }
        for (int64_t i = k + 1; i < n; i++) {
            const EIN_TYPE factor = a[k * n + i] / a[k * n + k];
            for (int64_t j = i; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
        }
    }
    return 1;
}

/* One right side through U^T D^-1 and U. */
static inline void EIN_NAME(substitute_half)(int64_t n, const EIN_TYPE *a, EIN_TYPE *x) {
    for (int64_t k = 0; k < n; k++) {
        const EIN_TYPE factor = x[k] / a[k * n + k];
        for (int64_t i = k + 1; i < n; i++) x[i] -= a[k * n + i] * factor;
    }
    for (int64_t i = n - 1; i >= 0; i--) {
        for (int64_t j = i + 1; j < n; j++) x[i] -= a[i * n + j] * x[j];
        x[i] /= a[i * n + i];
    }
}

/* The solutions x for `count` right sides; `a` is overwritten. 1 where it is singular, else 0. */
static inline int EIN_NAME(solve)(int64_t n, int64_t count, EIN_TYPE *a, const EIN_TYPE *right, EIN_TYPE *x) {
    const int half = count > 0 && EIN_NAME(may_be_definite)(n, a) && EIN_NAME(halve)(n, a);
    for (int64_t i = 0; i < n * count; i++) x[i] = right[i];
    for (int64_t q = 0; half && q < count; q++) EIN_NAME(substitute_half)(n, a, x + q * n);
    if (half) return 0;
    if (EIN_NAME(eliminate)(n, count, a, x)) return 1;
    for (int64_t q = 0; q < count; q++) EIN_NAME(substitute)(n, a, x + q * n);
    return 0;
}

/* log |det a|, -INFINITY where it is singular; `a` is overwritten. */
static inline EIN_TYPE EIN_NAME(logdet)(int64_t n, EIN_TYPE *a) {
    double sum = 0;
    const int half = EIN_NAME(may_be_definite)(n, a) && EIN_NAME(halve)(n, a);
    if (!half && EIN_NAME(eliminate)(n, 0, a, a)) return -INFINITY;
    for (int64_t k = 0; k < n; k++) sum += log((double)EIN_NAME(magnitude)(a[k * n + k]));
    return (EIN_TYPE)sum;
}
