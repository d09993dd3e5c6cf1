/* Matrix products of one type, in pieces that the loops of a generated function put together. Included once for each type, with
 *     EIN_TYPE        the type of the numbers
 *     EIN_NAME(word)  the name of a function or type of this type
 *
 * C[i,j] = A[i,K] B[K,j]. A strip is EIN_ROWS rows of C; its columns are taken EIN_WIDTH at a time, a tile, whose sums stay in
 * registers while k runs. A is read with any strides, a block of EIN_BLOCK rows packed where k is not its unit stride; B is packed
 * into panels of EIN_WIDTH columns, k after k, filled up with zeros, unless it can be read where it lies. A block of EIN_DEPTH by
 * EIN_COLUMNS of B fills half of a second-level cache of 1 MiB.
 */

#if EIN_VECTOR_BYTES == 64
#define EIN_ROWS ((int)sizeof(EIN_TYPE) == 4 ? 6 : 8)
#define EIN_VECTORS ((int)sizeof(EIN_TYPE) == 4 ? 4 : 3)
#define EIN_DEPTH ((int)sizeof(EIN_TYPE) == 4 ? 512 : 384)
#else
#define EIN_ROWS 6
#define EIN_VECTORS 2
#define EIN_DEPTH 256
#endif
#define EIN_BLOCK (8 * EIN_ROWS)
#define EIN_SQUARE 32
#define EIN_MOST_ROWS 8
#define EIN_MOST_VECTORS 4
#define EIN_WIDTH (EIN_VECTORS * EIN_LANES(EIN_TYPE))
#define EIN_COLUMNS ((int64_t)(524288 / (int)sizeof(EIN_TYPE) / EIN_DEPTH / EIN_WIDTH * EIN_WIDTH))

typedef EIN_VECTOR_OF(EIN_TYPE, EIN_VECTOR_BYTES ? EIN_VECTOR_BYTES : sizeof(EIN_TYPE)) EIN_NAME(vector);
typedef EIN_VECTOR_OF(EIN_TYPE, sizeof(EIN_TYPE)) EIN_NAME(unaligned);

/* A block of B: element (k, j) at data + j / EIN_WIDTH * step + k * row + j % EIN_WIDTH. */
typedef struct {
    const EIN_TYPE *data;
    int64_t step, row;
} EIN_NAME(panels);

/* The block of B from its row k on */
static inline EIN_NAME(panels) EIN_NAME(from)(EIN_NAME(panels) b, int64_t k) {
    return (EIN_NAME(panels)){b.data + k * b.row, b.step, b.row};
}

/* `total` in equal blocks of at most `limit`, each a multiple of `multiple` */
static inline int64_t EIN_NAME(block)(int64_t total, int64_t limit, int64_t multiple) {
    const int64_t count = total > limit ? (total + limit - 1) / limit : 1;
    const int64_t size = (total + count - 1) / count;
    return size > multiple ? (size + multiple - 1) / multiple * multiple : multiple;
}

static inline int64_t EIN_NAME(depth)(int64_t k) { return EIN_NAME(block)(k, EIN_DEPTH, 1); }

static inline int64_t EIN_NAME(columns)(int64_t n) { return EIN_NAME(block)(n, EIN_COLUMNS, EIN_WIDTH); }

static inline int64_t EIN_NAME(height)(void) { return EIN_BLOCK; }

static inline int64_t EIN_NAME(width)(void) { return EIN_WIDTH; }

/* Bytes for the packed blocks of A and, behind it, of B, of a product with n columns and k summed. */
static inline int64_t EIN_NAME(space)(int64_t n, int64_t k) {
    return EIN_NAME(depth)(k) * (EIN_BLOCK + EIN_NAME(columns)(n)) * (int64_t)sizeof(EIN_TYPE);
}

/* Add to, or set, `count` numbers of a row of C from a vector. */
EIN_ALWAYS_INLINE void EIN_NAME(put)(EIN_TYPE *c, EIN_NAME(vector) sum, int count, int first) {
    if (count == EIN_LANES(EIN_TYPE)) {
        EIN_NAME(unaligned) *at = (EIN_NAME(unaligned) *)c;
        if (!first) sum += *at;
        *at = sum;
        return;
    }
    EIN_TYPE values[EIN_LANES(EIN_TYPE)];
    *(EIN_NAME(unaligned) *)values = sum;
    for (int lane = 0; lane < count; lane++) c[lane] = first ? values[lane] : c[lane] + values[lane];
}

/* A tile of C: `rows` by `vectors` vectors, the last one of `count` numbers. `rows` and `vectors` are literals. */
EIN_ALWAYS_INLINE void EIN_NAME(tile)(const int rows, const int vectors, int64_t k, const EIN_TYPE *a, int64_t a_row, int64_t a_k,
                                      const EIN_TYPE *b, int64_t b_k, EIN_TYPE *c, int64_t c_row, int count, int first) {
    EIN_NAME(vector) sum[EIN_MOST_ROWS][EIN_MOST_VECTORS];
    for (int i = 0; i < rows; i++) {
        EIN_PREFETCH(c + i * c_row);
        for (int j = 0; j < vectors; j++) sum[i][j] = (EIN_NAME(vector)){0};
    }
    for (int64_t p = 0; p < k; p++) {
        EIN_NAME(vector) x[EIN_MOST_VECTORS];
        for (int j = 0; j < vectors; j++) x[j] = *(const EIN_NAME(unaligned) *)(b + j * EIN_LANES(EIN_TYPE));
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < vectors; j++) sum[i][j] += a[i * a_row] * x[j];
        a += a_k;
        b += b_k;
    }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < vectors; j++)
            EIN_NAME(put)(c + i * c_row + j * EIN_LANES(EIN_TYPE), sum[i][j], j + 1 == vectors ? count : EIN_LANES(EIN_TYPE), first);
}

/* The tiles of `rows` rows of a strip over all its columns. `rows` is a literal. */
EIN_ALWAYS_INLINE void EIN_NAME(tiles)(const int rows, int64_t columns, int64_t k, const EIN_TYPE *a, int64_t a_row, int64_t a_k,
                                       EIN_NAME(panels) b, EIN_TYPE *c, int64_t c_row, int first) {
    const int lanes = EIN_LANES(EIN_TYPE);
    int64_t j = 0;
    for (; j + EIN_WIDTH <= columns; j += EIN_WIDTH, b.data += b.step)
        EIN_NAME(tile)(rows, EIN_VECTORS, k, a, a_row, a_k, b.data, b.row, c + j, c_row, lanes, first);
    const int64_t left = columns - j, vectors = (left + lanes - 1) / lanes;
    if (rows == EIN_ROWS && vectors > 1) {
        const int last = (int)(left - (vectors - 1) * lanes);
        if (vectors == 2) EIN_NAME(tile)(rows, 2, k, a, a_row, a_k, b.data, b.row, c + j, c_row, last, first);
        if (vectors == 3) EIN_NAME(tile)(rows, 3, k, a, a_row, a_k, b.data, b.row, c + j, c_row, last, first);
        if (vectors == 4) EIN_NAME(tile)(rows, EIN_VECTORS, k, a, a_row, a_k, b.data, b.row, c + j, c_row, last, first);
        return;
    }
    for (; j < columns; j += lanes, b.data += lanes) {
        const int count = columns - j < lanes ? (int)(columns - j) : lanes;
        EIN_NAME(tile)(rows, 1, k, a, a_row, a_k, b.data, b.row, c + j, c_row, count, first);
    }
}

/* A strip of at most EIN_ROWS rows of C. */
EIN_ALWAYS_INLINE void EIN_NAME(strip)(int64_t rows, int64_t columns, int64_t k, const EIN_TYPE *a, int64_t a_row, int64_t a_k,
                                       EIN_NAME(panels) b, EIN_TYPE *c, int64_t c_row, int first) {
    if (rows == EIN_ROWS) {
        EIN_NAME(tiles)(EIN_ROWS, columns, k, a, a_row, a_k, b, c, c_row, first);
        return;
    }
    if (rows & 4) {
        EIN_NAME(tiles)(4, columns, k, a, a_row, a_k, b, c, c_row, first);
        a += 4 * a_row, c += 4 * c_row;
    }
    if (rows & 2) {
        EIN_NAME(tiles)(2, columns, k, a, a_row, a_k, b, c, c_row, first);
        a += 2 * a_row, c += 2 * c_row;
    }
    if (rows & 1) EIN_NAME(tiles)(1, columns, k, a, a_row, a_k, b, c, c_row, first);
}

/* At most EIN_BLOCK rows of C, set where `first`, else added to; k is at most EIN_DEPTH. Of row i at least the columns up to
 * i + diagonal, the others left alone.
 */
EIN_NOINLINE void EIN_NAME(strips)(int64_t rows, int64_t columns, int64_t diagonal, int64_t k, const EIN_TYPE *a, int64_t a_row,
                                   int64_t a_k, EIN_NAME(panels) b, EIN_TYPE *c, int64_t c_row, int first) {
    for (int64_t i = 0; i < rows; i += EIN_ROWS, a += EIN_ROWS * a_row, c += EIN_ROWS * c_row) {
        const int64_t reached = i + diagonal + EIN_ROWS, wide = reached < columns ? reached : columns;
        for (int64_t next = i + EIN_ROWS; a_k == 1 && next < i + 2 * EIN_ROWS && next < rows; next++)
            for (int64_t p = 0; p < k; p += 64 / (int64_t)sizeof(EIN_TYPE)) EIN_PREFETCH_READ(a + (next - i) * a_row + p);
        EIN_NAME(strip)(rows - i < EIN_ROWS ? rows - i : EIN_ROWS, wide, k, a, a_row, a_k, b, c, c_row, first);
    }
}

/* The same; A is packed into `space` first where k is not its unit stride. */
EIN_NOINLINE void EIN_NAME(rows)(int64_t rows, int64_t columns, int64_t diagonal, int64_t k, const EIN_TYPE *a, int64_t a_row,
                                 int64_t a_k, EIN_NAME(panels) b, EIN_TYPE *c, int64_t c_row, int first, void *space) {
    if (a_k != 1) {
        EIN_TYPE *packed = (EIN_TYPE *)space;
        for (int64_t p = 0; p < k; p++)
            for (int64_t i = 0; i < rows; i++) packed[p * EIN_BLOCK + i] = a[i * a_row + p * a_k];
        a = packed, a_row = 1, a_k = EIN_BLOCK;
    }
    EIN_NAME(strips)(rows, columns, diagonal, k, a, a_row, a_k, b, c, c_row, first);
}

/* What stands above the diagonal of an n by n matrix set to what stands below it, in squares that fit into the cache. */
EIN_NOINLINE void EIN_NAME(mirror)(int64_t n, EIN_TYPE *c, int64_t c_row) {
    for (int64_t i = 0; i < n; i += EIN_SQUARE)
        for (int64_t j = 0; j <= i; j += EIN_SQUARE)
            for (int64_t p = i; p < i + EIN_SQUARE && p < n; p++)
                for (int64_t q = j; q < j + EIN_SQUARE && q < p; q++) c[q * c_row + p] = c[p * c_row + q];
}

/* One panel of B, `width` columns wide, read down its columns, four by four in registers. */
EIN_ALWAYS_INLINE void EIN_NAME(pack_down)(int64_t width, int64_t k, const EIN_TYPE *b, int64_t b_column, EIN_TYPE *to) {
    int64_t j = 0;
    for (; j + 4 <= width; j += 4) {
        const EIN_TYPE *from = b + j * b_column;
        for (int64_t p = 0; p < k; p++) {
            EIN_TYPE *out = to + p * EIN_WIDTH + j;
            out[0] = from[p], out[1] = from[p + b_column], out[2] = from[p + 2 * b_column], out[3] = from[p + 3 * b_column];
        }
    }
    for (; j < width; j++)
        for (int64_t p = 0; p < k; p++) to[p * EIN_WIDTH + j] = b[p + j * b_column];
}

/* One panel of B, `width` columns wide, with any strides. */
EIN_ALWAYS_INLINE void EIN_NAME(pack_along)(int64_t width, int64_t k, const EIN_TYPE *b, int64_t b_k, int64_t b_column, EIN_TYPE *to) {
    for (int64_t p = 0; p < k; p++)
        for (int64_t j = 0; j < width; j++) to[p * EIN_WIDTH + j] = b[p * b_k + j * b_column];
}

/* A block of B as panels: where it lies if few rows read it, else packed into `space`. */
EIN_NOINLINE EIN_NAME(panels) EIN_NAME(pack)(int64_t rows, int64_t columns, int64_t k, const EIN_TYPE *b, int64_t b_k, int64_t b_column,
                                             void *space) {
    EIN_TYPE *const packed = (EIN_TYPE *)space + k * EIN_BLOCK, *to = packed;
    if (b_column == 1 && rows <= 4 * EIN_ROWS && columns % EIN_LANES(EIN_TYPE) == 0)
        return (EIN_NAME(panels)){b, EIN_WIDTH, b_k};
    for (int64_t j = 0; j < columns; j += EIN_WIDTH, b += EIN_WIDTH * b_column, to += EIN_WIDTH * k) {
        const int64_t width = columns - j < EIN_WIDTH ? columns - j : EIN_WIDTH;
        if (b_column == 1 && width == EIN_WIDTH)
            EIN_NAME(pack_along)(EIN_WIDTH, k, b, b_k, 1, to);
        else if (b_k == 1)
            EIN_NAME(pack_down)(width, k, b, b_column, to);
        else
            EIN_NAME(pack_along)(width, k, b, b_k, b_column, to);
        for (int64_t p = 0; p < k; p++)
            for (int64_t fill = width; fill % EIN_LANES(EIN_TYPE); fill++) to[p * EIN_WIDTH + fill] = 0;
    }
    return (EIN_NAME(panels)){packed, EIN_WIDTH * k, EIN_WIDTH};
}
