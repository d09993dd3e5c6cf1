/* Numbers moved in vectors of one size. Included once for each type and size, where the target has such vectors, with
 *     EIN_TYPE         the type of the numbers
 *     EIN_BYTES        the size
 *     EIN_SIZED(word)  the name of a function or type of this type and size
 */

typedef __attribute__((vector_size(EIN_BYTES), aligned(sizeof(EIN_TYPE)), may_alias)) EIN_TYPE EIN_SIZED(vector);
typedef __typeof__(__builtin_choose_expr(sizeof(EIN_TYPE) == 4, (int32_t)0, (int64_t)0)) EIN_SIZED(whole);
typedef __attribute__((vector_size(EIN_BYTES))) EIN_SIZED(whole) EIN_SIZED(mask);

/* As many runs as a vector has lanes, run i from from + lanes[i] on, transposed: vector n of what comes out is at to + at[n * step].
 * Where `parted`, at[n * step + i] is the place of its lane i; from some lane on they may be in another panel.
 */
EIN_NOINLINE void EIN_SIZED(square)(const EIN_TYPE *from, const int64_t *lanes, EIN_TYPE *to, const int64_t *at, int64_t step,
                                    int parted) {
    enum { count = EIN_BYTES / sizeof(EIN_TYPE) };
    EIN_SIZED(vector) row[count];
    EIN_SIZED(mask) own = {0};
#pragma GCC unroll 16
    for (int i = 0; i < count; i++) own[i] = i, row[i] = *(const EIN_SIZED(vector) *)(from + lanes[i]);
#pragma GCC unroll 4
    for (int half = count / 2; half; half /= 2) {
        const EIN_SIZED(mask) low = own + (((own & half) != 0) & (count - half));
#pragma GCC unroll 16
        for (int i = 0; i < count; i++)
            if (!(i & half)) {
                const EIN_SIZED(vector) x = row[i], y = row[i + half];
                row[i] = __builtin_shuffle(x, y, low), row[i + half] = __builtin_shuffle(x, y, low + half);
            }
    }
#pragma GCC unroll 16
    for (int i = 0; i < count; i++) {
        const int64_t first = at[i * step];
        *(EIN_SIZED(vector) *)(to + first) = row[i];
        const int64_t last = parted ? at[i * step + count - 1] - (count - 1) : first;
        if (first != last) *(EIN_SIZED(vector) *)(to + last) = row[i];
    }
}

/* `count` numbers, at least one vector; the last vector overlaps the one before it. */
EIN_ALWAYS_INLINE void EIN_SIZED(line)(const EIN_TYPE *from, int64_t count, EIN_TYPE *to) {
    const int64_t size = EIN_BYTES / sizeof(EIN_TYPE);
    for (int64_t n = 0; n + size <= count; n += size) *(EIN_SIZED(vector) *)(to + n) = *(const EIN_SIZED(vector) *)(from + n);
    *(EIN_SIZED(vector) *)(to + count - size) = *(const EIN_SIZED(vector) *)(from + count - size);
}
