/* Contractions over bundles of indices of one type. Included once for each type, after einlang_contract.h and einlang_square.h.
 *
 * Rows, columns and what is summed are bundles of indices, each index with a stride in the two tensors that carry it. Their positions
 * are taken one after the other, the last index fastest. Blocks of A and B are laid out as einlang_contract.h multiplies them: panels
 * of lanes (rows or columns), k after k, each k followed by EIN_SLACK numbers that vectors may overrun. What lies along the last
 * index of the lanes is copied; what lies along k, or another index of the lanes, is transposed in squares in registers; all else
 * goes number by number. The products of a strip of rows are stored in a buffer, and from there in C, run by run.
 */

#define EIN_MOST_INDICES 12
#define EIN_SLACK EIN_LANES(EIN_TYPE)
#define EIN_STRIDE (EIN_WIDTH + EIN_SLACK)
#define EIN_REACH (8192 / (int)sizeof(EIN_TYPE))
#define EIN_LAID (655360 / (int)sizeof(EIN_TYPE))

/* Indices from outer to inner: how many positions each has, and its strides in two tensors. */
typedef struct {
    int rank;
    int64_t extent[EIN_MOST_INDICES], one[EIN_MOST_INDICES], two[EIN_MOST_INDICES];
} EIN_NAME(bundle);

/* The index of a bundle that has stride 1 in a tensor: how many positions it has, and how many apart they are. */
typedef struct {
    int64_t extent, apart;
} EIN_NAME(unit);

/* A block of B as it is laid out: with it, where the columns are in C in `runs` runs (column, length, place), and room for a block of
 * rows: tables, A, and what is stored. With several blocks of columns, A is `kept` when it is laid out for the first one, and `known`
 * for the others; where its k are neighbours, `straight`, it may be read where it lies.
 */
typedef struct {
    EIN_NAME(panels) panels;
    int64_t columns, runs, *run, *tables;
    EIN_TYPE *packed, *stored, *kept;
    int known, straight;
} EIN_NAME(laid);

/* One side of a block: `count` positions of a bundle from `start` on, as one of its tensors has them. */
typedef struct {
    const EIN_NAME(bundle) *bundle;
    const int64_t *strides;
    int64_t start, count;
} EIN_NAME(side);

static inline EIN_NAME(bundle) EIN_NAME(empty)(void) { return (EIN_NAME(bundle)){0}; }

/* A bundle with one more index inside, which is one with the last index where the strides allow that. */
static inline EIN_NAME(bundle) EIN_NAME(with)(EIN_NAME(bundle) bundle, int64_t extent, int64_t one, int64_t two) {
    const int last = bundle.rank - 1;
    extent = extent > 0 ? extent : 1;
    if (last >= 0 && bundle.one[last] == extent * one && bundle.two[last] == extent * two)
        bundle.extent[last] *= extent, bundle.one[last] = one, bundle.two[last] = two;
    else if (extent != 1 || last < 0)
        bundle.extent[last + 1] = extent, bundle.one[last + 1] = one, bundle.two[last + 1] = two, bundle.rank++;
    return bundle;
}

/* What is summed where A lies along the last index but one and B along the last: the last one in parts of a vector, the other between
 * them, so that a block has several positions of both.
 */
static inline EIN_NAME(bundle) EIN_NAME(woven)(EIN_NAME(bundle) bundle) {
    const int last = bundle.rank - 1;
    if (last < 1 || last + 1 == EIN_MOST_INDICES || bundle.one[last - 1] != 1 || bundle.two[last] != 1) return bundle;
    for (int64_t part = EIN_LANES(EIN_TYPE); part >= 4; part /= 2)
        if (bundle.extent[last] > part && bundle.extent[last] % part == 0) {
            const int64_t extent = bundle.extent[last] / part, one = bundle.one[last];
            bundle.extent[last + 1] = part, bundle.one[last + 1] = one, bundle.two[last + 1] = 1;
            bundle.extent[last] = bundle.extent[last - 1], bundle.one[last] = 1, bundle.two[last] = bundle.two[last - 1];
            bundle.extent[last - 1] = extent, bundle.one[last - 1] = one * part, bundle.two[last - 1] = part;
            bundle.rank++;
            return bundle;
        }
    return bundle;
}

/* How many columns a block has: so many that it stays in the cache. */
static inline int64_t EIN_NAME(reach)(int64_t n, int64_t k) {
    const int64_t depth = EIN_NAME(depth)(k), most = EIN_LAID / depth / EIN_WIDTH * EIN_WIDTH;
    const int64_t limit = most < EIN_WIDTH ? EIN_WIDTH : most < EIN_REACH ? most : EIN_REACH / EIN_WIDTH * EIN_WIDTH;
    return EIN_NAME(block)(n, limit, EIN_WIDTH);
}

/* Bytes for tables, what is stored, and the blocks of A and B; then, with several blocks of columns, for all rows of A. */
static inline int64_t EIN_NAME(room_of_blocks)(int64_t n, int64_t k) {
    const int64_t columns = EIN_NAME(reach)(n, k), depth = EIN_NAME(depth)(k);
    const int64_t tables = 9 * columns + 7 * EIN_BLOCK + 3 * depth + 2 * EIN_SLACK;
    const int64_t numbers = EIN_ROWS * columns + depth * (EIN_BLOCK + EIN_SLACK + columns / EIN_WIDTH * EIN_STRIDE) + EIN_SLACK;
    return (tables / 8 * 64 + 128 + numbers * (int64_t)sizeof(EIN_TYPE) + 63) / 64 * 64;
}

static inline int64_t EIN_NAME(room)(int64_t m, int64_t n, int64_t k) {
    const int64_t rows = (m + EIN_BLOCK - 1) / EIN_BLOCK * (EIN_BLOCK + EIN_SLACK), depth = EIN_NAME(depth)(k);
    const int64_t kept = n > EIN_NAME(reach)(n, k) ? rows * depth * (int64_t)sizeof(EIN_TYPE) : 0;
    return EIN_NAME(room_of_blocks)(n, k) + kept;
}

/* How many positions a bundle has. */
static inline int64_t EIN_NAME(positions)(const EIN_NAME(bundle) *bundle) {
    int64_t count = 1;
    for (int axis = 0; axis < bundle->rank; axis++) count *= bundle->extent[axis];
    return count;
}

/* Where the positions of a side lie. */
EIN_NOINLINE void EIN_NAME(offsets)(EIN_NAME(side) side, int64_t *to) {
    const EIN_NAME(bundle) *const bundle = side.bundle;
    int64_t place[EIN_MOST_INDICES], offset = 0;
    for (int axis = bundle->rank - 1; axis >= 0; axis--) {
        place[axis] = side.start % bundle->extent[axis], side.start /= bundle->extent[axis];
        offset += place[axis] * side.strides[axis];
    }
    for (int64_t n = 0; n < side.count; n++) {
        to[n] = offset;
        for (int axis = bundle->rank - 1; axis >= 0; axis--) {
            offset += side.strides[axis];
            if (++place[axis] < bundle->extent[axis]) break;
            offset -= place[axis] * side.strides[axis], place[axis] = 0;
        }
    }
}

static inline EIN_NAME(unit) EIN_NAME(along)(EIN_NAME(side) side) {
    int64_t apart = 1;
    for (int axis = side.bundle->rank - 1; axis >= 0; apart *= side.bundle->extent[axis--])
        if (side.strides[axis] == 1) return (EIN_NAME(unit)){side.bundle->extent[axis], apart};
    return (EIN_NAME(unit)){1, 1};
}

/* How many positions of a side from `place` on are neighbours along a unit stride; 0 where the one before it is one of them. */
static inline int64_t EIN_NAME(run)(EIN_NAME(side) side, EIN_NAME(unit) unit, int64_t place) {
    const int64_t at = (side.start + place) / unit.apart % unit.extent;
    if (at && place >= unit.apart) return 0;
    const int64_t here = (side.count - place + unit.apart - 1) / unit.apart, left = unit.extent - at;
    return here < left ? here : left;
}

/* The lanes of the largest vector that `count` numbers fill, 1 without one. */
static inline int64_t EIN_NAME(filled)(int64_t count) {
#if EIN_VECTOR_BYTES
    for (int64_t bytes = EIN_VECTOR_BYTES; bytes >= 16; bytes /= 2)
        if (count >= bytes / (int64_t)sizeof(EIN_TYPE)) return bytes / (int64_t)sizeof(EIN_TYPE);
#endif
    (void)count;
    return 1;
}

/* einlang_square.h's `square` of so many lanes; of one lane, a number. */
EIN_ALWAYS_INLINE void EIN_NAME(square)(int64_t size, const EIN_TYPE *from, const int64_t *lanes, EIN_TYPE *to, const int64_t *at,
                                        int64_t step, int parted) {
    switch (size * (int64_t)sizeof(EIN_TYPE)) {
#if EIN_VECTOR_BYTES >= 64
    case 64: EIN_NAME(square_64)(from, lanes, to, at, step, parted); return;
#endif
#if EIN_VECTOR_BYTES >= 32
    case 32: EIN_NAME(square_32)(from, lanes, to, at, step, parted); return;
#endif
#if EIN_VECTOR_BYTES >= 16
    case 16: EIN_NAME(square_16)(from, lanes, to, at, step, parted); return;
#endif
    default: (void)step, (void)parted, to[at[0]] = from[lanes[0]];
    }
}

EIN_ALWAYS_INLINE void EIN_NAME(line)(int64_t size, const EIN_TYPE *from, int64_t count, EIN_TYPE *to) {
    switch (size * (int64_t)sizeof(EIN_TYPE)) {
#if EIN_VECTOR_BYTES >= 64
    case 64: EIN_NAME(line_64)(from, count, to); return;
#endif
#if EIN_VECTOR_BYTES >= 32
    case 32: EIN_NAME(line_32)(from, count, to); return;
#endif
#if EIN_VECTOR_BYTES >= 16
    case 16: EIN_NAME(line_16)(from, count, to); return;
#endif
    default:
        for (int64_t n = 0; n < count; n++) to[n] = from[n];
    }
}

/* What is laid out: from where, where lanes and k lie there, where to, and the place of each lane in a panel; `row` numbers from k to
 * k + 1.
 */
typedef struct {
    const EIN_TYPE *from;
    const int64_t *lanes, *depth;
    EIN_TYPE *to;
    int64_t *at, row;
} EIN_NAME(move);

/* Lanes that lie along the last index of theirs: copied, piece by piece, for each k. */
EIN_NOINLINE void EIN_NAME(copied)(EIN_NAME(move) move, EIN_NAME(side) side, EIN_NAME(unit) unit, int64_t k, int64_t *piece) {
    int64_t pieces = 0;
    for (int64_t j = 0, run; j < side.count; j += run) {
        run = EIN_NAME(run)(side, unit, j);
        const int64_t size = EIN_NAME(filled)(run);
        for (int64_t n = 0; n < run; n += size, pieces++) {
            const int64_t lane = j + (n + size > run ? run - size : n), last = move.at[lane + size - 1] - size + 1;
            piece[4 * pieces] = move.lanes[lane], piece[4 * pieces + 1] = size;
            piece[4 * pieces + 2] = move.at[lane], piece[4 * pieces + 3] = last;
        }
    }
    for (int64_t p = 0; p < k; p++)
        for (const int64_t *own = piece; own < piece + 4 * pieces; own += 4) {
            const EIN_TYPE *from = move.from + move.depth[p] + own[0];
            EIN_NAME(line)(own[1], from, own[1], move.to + p * move.row + own[2]);
            if (own[3] != own[2]) EIN_NAME(line)(own[1], from, own[1], move.to + p * move.row + own[3]);
        }
}

/* What lies along k: squares of some lanes and as many k. */
EIN_NOINLINE void EIN_NAME(transposed)(EIN_NAME(move) move, int64_t lanes, EIN_NAME(side) side, EIN_NAME(unit) unit, int64_t *step) {
    for (int64_t i = 0; i < EIN_SLACK; i++) step[i] = i * unit.apart * move.row;
    for (int64_t j = 0, wide; j < lanes; j += wide) {
        wide = EIN_NAME(filled)(lanes - j);
        for (int64_t p = 0; p < side.count; p++) {
            const int64_t run = EIN_NAME(run)(side, unit, p), most = EIN_NAME(filled)(run), size = most < wide ? most : wide;
            for (int64_t n = 0; n < run; n += size) {
                const int64_t m = n + size > run ? run - size : n;
                EIN_TYPE *to = move.to + (p + m * unit.apart) * move.row;
                for (int64_t lane = j; lane < j + wide; lane += size)
                    EIN_NAME(square)(size, move.from + move.depth[p] + m, move.lanes + lane, to + move.at[lane], step, 1, 0);
            }
        }
    }
}

/* What lies along an outer index of the lanes: squares of neighbouring lanes and as many of those that are `unit.apart`. */
EIN_NOINLINE void EIN_NAME(crossed)(EIN_NAME(move) move, EIN_NAME(side) side, EIN_NAME(unit) unit, int64_t k) {
    for (int64_t j = 0, piece; j < side.count; j += piece) {
        const int64_t own = unit.apart - (side.start + j) % unit.apart, rest = (j < unit.apart ? unit.apart : side.count) - j;
        piece = own < rest ? own : rest;
        if (!EIN_NAME(run)(side, unit, j)) continue;
        const int64_t few = EIN_NAME(filled)(EIN_NAME(run)(side, unit, j + piece - 1)), all = EIN_NAME(filled)(piece);
        const int64_t size = few < all ? few : all;
        for (int64_t n = 0; n < piece; n += size) {
            const int64_t lane = j + (n + size > piece ? piece - size : n);
            const int64_t run = EIN_NAME(run)(side, unit, lane + size - 1);
            for (int64_t p = 0; p < k; p++)
                for (int64_t q = 0; q < run; q += size) {
                    const int64_t m = q + size > run ? run - size : q, *at = move.at + lane + m * unit.apart;
                    EIN_NAME(square)(size, move.from + move.depth[p] + m, move.lanes + lane, move.to + p * move.row, at, unit.apart, 1);
                }
            for (int64_t i = lane; i < lane + size && EIN_NAME(run)(side, unit, i) > run; i++)
                for (int64_t p = 0; p < k; p++)
                    move.to[p * move.row + move.at[i + run * unit.apart]] = move.from[move.depth[p] + move.lanes[i] + run];
        }
    }
}

/* A block laid out in panels of `width` lanes; of the last panel, zeros up to a whole vector. */
EIN_NOINLINE void EIN_NAME(lay)(const EIN_TYPE *from, EIN_NAME(side) lanes, EIN_NAME(side) depth, int64_t width, EIN_TYPE *to,
                                int64_t *tables) {
    int64_t *const own = tables, *const at = own + lanes.count, *const rest = at + lanes.count, *const along = rest + 4 * lanes.count;
    const int64_t row = width + EIN_SLACK, k = depth.count;
    EIN_NAME(offsets)(lanes, own);
    EIN_NAME(offsets)(depth, along);
    for (int64_t j = 0; j < lanes.count; j++) at[j] = j / width * k * row + j % width;
    for (int64_t fill = lanes.count; fill % EIN_SLACK; fill++)
        for (int64_t p = 0; p < k; p++) to[lanes.count / width * k * row + p * row + fill % width] = 0;
    const EIN_NAME(move) move = {from, own, along, to, at, row};
    const EIN_NAME(unit) across = EIN_NAME(along)(lanes), down = EIN_NAME(along)(depth);
    if (across.extent > 1 && across.apart == 1)
        EIN_NAME(copied)(move, lanes, across, k, rest);
    else if (down.extent > 1)
        EIN_NAME(transposed)(move, lanes.count, depth, down, along + k);
    else if (across.extent > 1)
        EIN_NAME(crossed)(move, lanes, across, k);
    else
        for (int64_t p = 0; p < k; p++)
            for (int64_t j = 0; j < lanes.count; j++) to[at[j] + p * row] = from[own[j] + along[p]];
}

/* A block of B laid out, and where its columns are in C. */
EIN_NOINLINE EIN_NAME(laid) EIN_NAME(lay_columns)(int64_t column, int64_t columns, int64_t first, int64_t k, const EIN_TYPE *b,
                                                  const EIN_NAME(bundle) *across, const EIN_NAME(bundle) *summed, void *space) {
    EIN_NAME(laid) found = {{0}, columns, 0, space, 0, 0, 0, 0, column > 0, 1};
    const int64_t n = EIN_NAME(positions)(across);
    if (n > columns) found.kept = (EIN_TYPE *)((char *)space + EIN_NAME(room_of_blocks)(n, EIN_NAME(positions)(summed)));
    const EIN_NAME(side) lanes = {across, across->one, column, columns}, stored = {across, across->two, column, columns};
    const EIN_NAME(side) depth = {summed, summed->two, first, k};
    int64_t *const offsets = found.run + 3 * columns;
    EIN_NAME(offsets)((EIN_NAME(side)){summed, summed->one, first, k}, offsets);
    for (int64_t p = 1; p < k; p++) found.straight &= offsets[p] == offsets[0] + p;
    EIN_NAME(offsets)(stored, offsets);
    for (int64_t j = 0, run; j < columns; j += run, found.runs++) {
        for (run = 1; j + run < columns && offsets[j + run] == offsets[j] + run;) run++;
        found.run[3 * found.runs] = j, found.run[3 * found.runs + 1] = run, found.run[3 * found.runs + 2] = offsets[j];
    }
    found.tables = offsets;
    const int64_t tables = 9 * columns + 7 * EIN_BLOCK + 3 * k + 2 * EIN_SLACK;
    found.stored = (EIN_TYPE *)((int64_t *)space + (tables / 8 + 1) * 8);
    found.packed = found.stored + EIN_ROWS * ((columns + EIN_SLACK - 1) / EIN_SLACK * EIN_SLACK);
    EIN_TYPE *const to = found.packed + k * (EIN_BLOCK + EIN_SLACK);
    EIN_NAME(lay)(b, lanes, depth, EIN_WIDTH, to, offsets);
    found.panels = (EIN_NAME(panels)){to, EIN_STRIDE * k, EIN_STRIDE};
    return found;
}

/* A strip of products stored in C, set where `first`, else added to. */
EIN_ALWAYS_INLINE void EIN_NAME(stored)(EIN_NAME(laid) b, int64_t rows, int64_t breadth, const int64_t *place, EIN_TYPE *c, int first) {
    for (const int64_t *run = b.run; run < b.run + 3 * b.runs; run += 3) {
        const int64_t size = EIN_NAME(filled)(run[1]);
        for (int64_t i = 0; i < rows; i++) {
            const EIN_TYPE *from = b.stored + i * breadth + run[0];
            EIN_TYPE *to = c + place[i] + run[2];
            if (first)
                EIN_NAME(line)(size, from, run[1], to);
            else
                for (int64_t n = 0; n < run[1]; n++) to[n] += from[n];
        }
    }
}

/* Whether numbers are a first one and equal steps on. */
static inline int EIN_NAME(even)(const int64_t *numbers, int64_t count) {
    for (int64_t n = 2; n < count; n++)
        if (numbers[n] - numbers[n - 1] != numbers[1] - numbers[0]) return 0;
    return 1;
}

/* A block of at most EIN_BLOCK rows of C, set where `first`, else added to. */
EIN_NOINLINE void EIN_NAME(lay_rows)(int64_t row, int64_t rows, int64_t first, int64_t k, const EIN_TYPE *a, const EIN_NAME(bundle) *down,
                                     const EIN_NAME(bundle) *summed, EIN_NAME(laid) b, EIN_TYPE *c) {
    const EIN_NAME(side) lanes = {down, down->one, row, rows}, stored = {down, down->two, row, rows};
    const EIN_NAME(side) depth = {summed, summed->one, first, k};
    int64_t *const place = b.tables, *const at = place + EIN_BLOCK, start;
    EIN_NAME(offsets)(lanes, at);
    EIN_NAME(offsets)((EIN_NAME(side)){summed, summed->one, first, 1}, &start);
    int64_t a_row = rows > 1 ? at[1] - at[0] : 0, a_k = 1;
    const EIN_TYPE *from = a + at[0] + start;
    if (!b.straight || !EIN_NAME(even)(at, rows)) {
        EIN_TYPE *const to = b.kept ? b.kept + row / EIN_BLOCK * k * (EIN_BLOCK + EIN_SLACK) : b.packed;
        if (!b.known) EIN_NAME(lay)(a, lanes, depth, EIN_BLOCK, to, at);
        from = to, a_row = 1, a_k = EIN_BLOCK + EIN_SLACK;
    }
    EIN_NAME(offsets)(stored, place);
    if (b.runs == 1 && EIN_NAME(even)(place, rows)) {
        EIN_NAME(strips)(rows, b.columns, b.columns, k, from, a_row, a_k, b.panels, c + place[0] + b.run[2],
                         rows > 1 ? place[1] - place[0] : 0, first == 0);
        return;
    }
    const int64_t breadth = (b.columns + EIN_SLACK - 1) / EIN_SLACK * EIN_SLACK;
    for (int64_t i = 0; i < rows; i += EIN_ROWS) {
        const int64_t count = rows - i < EIN_ROWS ? rows - i : EIN_ROWS;
        EIN_NAME(strips)(count, b.columns, b.columns, k, from + i * a_row, a_row, a_k, b.panels, b.stored, breadth, 1);
        EIN_NAME(stored)(b, count, breadth, place + i, c, first == 0);
    }
}
