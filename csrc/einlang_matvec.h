/* Products of a vector and a matrix of one type. Included once for each type, with
 *     EIN_TYPE        the type of the numbers
 *     EIN_NAME(word)  the name of a function or type of this type
 *
 * c[j] = x[K] B[K,j]. B is read once, in the order in which it lies: along k where that is its unit stride, EIN_TOGETHER columns at a
 * time, the sums in registers; along j where that is, EIN_TOGETHER rows at a time, added to c, which stays in the cache as it is at
 * most EIN_BREADTH long. Sums are taken over at most EIN_LENGTH rows at once, and what these give is added.
 */

#define EIN_TOGETHER 4
#define EIN_LENGTH 2048
#define EIN_BREADTH 2048

typedef EIN_VECTOR_OF(EIN_TYPE, EIN_VECTOR_BYTES ? EIN_VECTOR_BYTES : sizeof(EIN_TYPE)) EIN_NAME(wide);
typedef EIN_VECTOR_OF(EIN_TYPE, sizeof(EIN_TYPE)) EIN_NAME(read);

static inline int64_t EIN_NAME(breadth)(void) { return EIN_BREADTH; }

#if EIN_VECTOR_BYTES
typedef __typeof__((EIN_NAME(wide)){0} < (EIN_NAME(wide)){0}) EIN_NAME(lanes);

/* The numbers of the lanes. */
EIN_ALWAYS_INLINE EIN_NAME(lanes) EIN_NAME(numbers)(void) {
    const EIN_TYPE numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return __builtin_convertvector(*(const EIN_NAME(read) *)numbers, EIN_NAME(lanes));
}
#endif

/* The sum of a vector's numbers, by halves. */
EIN_ALWAYS_INLINE EIN_TYPE EIN_NAME(added)(EIN_NAME(wide) sum) {
#if EIN_VECTOR_BYTES
    const EIN_NAME(lanes) own = EIN_NAME(numbers)();
#pragma GCC unroll 4
    for (int half = EIN_LANES(EIN_TYPE) / 2; half; half /= 2) sum += __builtin_shuffle(sum, own ^ half);
    return sum[0];
#else
    return sum;
#endif
}

#if EIN_VECTOR_BYTES
/* Sums of lanes `half` apart: of one vector where a lane's number has that bit not, of the other where it has. */
EIN_ALWAYS_INLINE EIN_NAME(wide) EIN_NAME(folded)(EIN_NAME(wide) one, EIN_NAME(wide) other, int half) {
    const EIN_NAME(lanes) own = EIN_NAME(numbers)(), second = ((own & half) != 0) & EIN_LANES(EIN_TYPE);
    return __builtin_shuffle(one, other, own + second) + __builtin_shuffle(one, other, (own ^ half) + second);
}
#endif

/* The sums of the numbers of EIN_TOGETHER vectors, each as if by itself. */
EIN_ALWAYS_INLINE void EIN_NAME(all_added)(const EIN_NAME(wide) *sum, EIN_TYPE *total) {
#if EIN_VECTOR_BYTES
    const int lanes = EIN_LANES(EIN_TYPE);
    if (lanes >= EIN_TOGETHER) {
        const EIN_NAME(wide) pair = EIN_NAME(folded)(sum[0], sum[1], lanes / 2), next = EIN_NAME(folded)(sum[2], sum[3], lanes / 2);
        EIN_NAME(wide) all = EIN_NAME(folded)(pair, next, lanes / 4);
#pragma GCC unroll 4
        for (int half = lanes / 8; half; half /= 2) all += __builtin_shuffle(all, EIN_NAME(numbers)() ^ half);
        for (int j = 0; j < EIN_TOGETHER; j++) total[j] = all[(j & 1) * (lanes / 2) + (j >> 1) * (lanes / 4)];
        return;
    }
#endif
    for (int j = 0; j < EIN_TOGETHER; j++) total[j] = EIN_NAME(added)(sum[j]);
}

/* The last `count` numbers of a vector, zeros before them. */
EIN_ALWAYS_INLINE EIN_NAME(wide) EIN_NAME(last)(const EIN_TYPE *values, int count) {
    EIN_NAME(wide) found = *(const EIN_NAME(read) *)values;
#if EIN_VECTOR_BYTES
    const EIN_NAME(lanes) mask = EIN_NAME(numbers)() >= EIN_LANES(EIN_TYPE) - count;
    found = (EIN_NAME(wide))((EIN_NAME(lanes))found & mask);
#else
    (void)count;
#endif
    return found;
}

/* `count` columns, at most EIN_TOGETHER and a literal, k being the unit stride of B and at most EIN_LENGTH. */
EIN_ALWAYS_INLINE void EIN_NAME(down)(const int count, int64_t k, const EIN_TYPE *x, const EIN_TYPE *b, int64_t b_column, EIN_TYPE *c,
                                      int first) {
    const int lanes = EIN_LANES(EIN_TYPE);
    EIN_NAME(wide) sum[EIN_TOGETHER][2];
    for (int j = 0; j < count; j++) sum[j][0] = sum[j][1] = (EIN_NAME(wide)){0};
    int64_t p = 0;
    for (; p + 2 * lanes <= k; p += 2 * lanes) {
        const EIN_NAME(wide) one = *(const EIN_NAME(read) *)(x + p), two = *(const EIN_NAME(read) *)(x + p + lanes);
        for (int j = 0; j < count; j++) {
            sum[j][0] += one * *(const EIN_NAME(read) *)(b + j * b_column + p);
            sum[j][1] += two * *(const EIN_NAME(read) *)(b + j * b_column + p + lanes);
        }
    }
    if (p + lanes <= k) {
        const EIN_NAME(wide) one = *(const EIN_NAME(read) *)(x + p);
        for (int j = 0; j < count; j++) sum[j][0] += one * *(const EIN_NAME(read) *)(b + j * b_column + p);
        p += lanes;
    }
    if (p < k && k >= lanes) {
        const EIN_NAME(wide) rest = EIN_NAME(last)(x + k - lanes, (int)(k - p));
        for (int j = 0; j < count; j++) sum[j][1] += rest * EIN_NAME(last)(b + j * b_column + k - lanes, (int)(k - p));
        p = k;
    }
    EIN_NAME(wide) whole[EIN_TOGETHER];
    EIN_TYPE total[EIN_TOGETHER];
    for (int j = 0; j < EIN_TOGETHER; j++) whole[j] = sum[j % count][0] + sum[j % count][1];
    EIN_NAME(all_added)(whole, total);
    for (int j = 0; j < count; j++) {
        for (int64_t q = p; q < k; q++) total[j] += x[q] * b[j * b_column + q];
        c[j] = first ? total[j] : c[j] + total[j];
    }
}

/* `count` rows, at most EIN_TOGETHER and a literal, j being the unit stride of B. */
EIN_ALWAYS_INLINE void EIN_NAME(across)(const int count, int64_t columns, const EIN_TYPE *x, const EIN_TYPE *b, int64_t b_k,
                                        EIN_TYPE *c) {
    const int lanes = EIN_LANES(EIN_TYPE);
    int64_t j = 0;
    for (; j + lanes <= columns; j += lanes) {
        EIN_NAME(wide) sum = x[0] * *(const EIN_NAME(read) *)(b + j);
        for (int p = 1; p < count; p++) sum += x[p] * *(const EIN_NAME(read) *)(b + p * b_k + j);
        *(EIN_NAME(read) *)(c + j) += sum;
    }
    for (; j < columns; j++) {
        EIN_TYPE sum = x[0] * b[j];
        for (int p = 1; p < count; p++) sum += x[p] * b[p * b_k + j];
        c[j] += sum;
    }
}

/* At most EIN_BREADTH columns; one stride of B is 1, and x has no gaps. Added to what is there, unless it is the first. */
EIN_NOINLINE void EIN_NAME(matvec)(int64_t columns, int64_t k, const EIN_TYPE *x, const EIN_TYPE *b, int64_t b_k, int64_t b_column,
                                   EIN_TYPE *c, int first) {
    if (b_column == 1 && b_k != 1) {
        for (int64_t j = 0; j < columns && first; j++) c[j] = 0;
        int64_t p = 0;
        for (; p + EIN_TOGETHER <= k; p += EIN_TOGETHER) EIN_NAME(across)(EIN_TOGETHER, columns, x + p, b + p * b_k, b_k, c);
        for (; p < k; p++) EIN_NAME(across)(1, columns, x + p, b + p * b_k, b_k, c);
        return;
    }
    for (int64_t p = 0; p < k || p == 0; p += EIN_LENGTH) {
        const int64_t length = k - p < EIN_LENGTH ? k - p : EIN_LENGTH;
        int64_t j = 0;
        for (; j + EIN_TOGETHER <= columns; j += EIN_TOGETHER)
            EIN_NAME(down)(EIN_TOGETHER, length, x + p, b + p + j * b_column, b_column, c + j, first && p == 0);
        for (; j < columns; j++) EIN_NAME(down)(1, length, x + p, b + p + j * b_column, b_column, c + j, first && p == 0);
    }
}
