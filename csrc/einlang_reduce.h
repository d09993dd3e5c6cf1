/* A running reduction of one operation and type. Included once for each, with
 *     EIN_TYPE        the type of the numbers
 *     EIN_NAME(word)  the name of a function or type of this operation and type
 *     EIN_NEUTRAL     what an empty range gives
 *     EIN_COMBINE(a, b)
 *
 * Values come in chunks of at most 256, each filled up with neutral values and reduced by a tree, and the results of the chunks are
 * combined in pairs, then pairs of pairs, as a binary counter carries. So the order is fixed by the number of values alone, and the
 * error of a sum of n numbers grows like log n. Short loops are kept as loops, or they would be unrolled before they are vectorised.
 */

#if defined(__GNUC__)
#define EIN_ROLLED _Pragma("GCC unroll 1")
#else
#define EIN_ROLLED
#endif

typedef struct {
    int64_t chunks;
    EIN_TYPE partial[56];
} EIN_NAME(state);

/* Add the result of a chunk, or of as many as there are in all that was added before, the last one excepted. */
static void EIN_NAME(join)(EIN_NAME(state) *state, EIN_TYPE result) {
    int level = 0;
    for (int64_t carry = state->chunks; carry & 1; carry >>= 1, level++) result = EIN_COMBINE(state->partial[level], result);
    state->partial[level] = result;
    state->chunks++;
}

/* Add a chunk; `values` is overwritten. */
static void EIN_NAME(chunk)(EIN_NAME(state) *state, EIN_TYPE *values, int64_t count) {
    int64_t size = 16;
    while (size < count) size *= 2;
    for (int64_t i = count; i < size; i++) values[i] = EIN_NEUTRAL;
    if (size > 128)
        for (int i = 0; i < 128; i++) values[i] = EIN_COMBINE(values[i], values[i + 128]);
    if (size > 64)
        for (int i = 0; i < 64; i++) values[i] = EIN_COMBINE(values[i], values[i + 64]);
    if (size > 32)
        for (int i = 0; i < 32; i++) values[i] = EIN_COMBINE(values[i], values[i + 32]);
    if (size > 16)
EIN_ROLLED
        for (int i = 0; i < 16; i++) values[i] = EIN_COMBINE(values[i], values[i + 16]);
EIN_ROLLED
    for (int i = 0; i < 8; i++) values[i] = EIN_COMBINE(values[i], values[i + 8]);
EIN_ROLLED
    for (int i = 0; i < 4; i++) values[i] = EIN_COMBINE(values[i], values[i + 4]);
    EIN_NAME(join)(state, EIN_COMBINE(EIN_COMBINE(values[0], values[2]), EIN_COMBINE(values[1], values[3])));
}

/* The result of all chunks so far. */
static EIN_TYPE EIN_NAME(result)(const EIN_NAME(state) *state) {
    int64_t chunks = state->chunks;
    if (chunks == 0) return EIN_NEUTRAL;
    int level = 0;
    for (; !(chunks & 1); chunks >>= 1) level++;
    EIN_TYPE result = state->partial[level];
    for (chunks >>= 1, level++; chunks; chunks >>= 1, level++)
        if (chunks & 1) result = EIN_COMBINE(state->partial[level], result);
    return result;
}
