/* What a generated function returns. One function a program:
 *
 *   int NAME_f32(int64_t size…, const float *input…, float *output…, void *workspace, const ein_threads *threads);
 *   int64_t NAME_f32_workspace(int64_t size…, int64_t threads);
 *
 * Arrays are contiguous, the last axis fastest; integer tensors are int64_t. Outputs overlap nothing else. The workspace holds as
 * many bytes as the other function says for that number of threads; it may be null where that is 0, as `threads` may be: then the
 * caller alone computes. The numbers that come out are the same bits for every number of threads.
 * The function allocates nothing, keeps nothing, and writes nothing before it has checked what it can refuse.
 */

#define EIN_OK 0

#define EIN_SINGULAR 2 /* a system of equations has a pivot that is zero */

#define EIN_REFUSED 16 /* and more: a position is outside of its axis; the excess says which of the program's refusals it is */

/* Bytes in whole cache lines, so that parts of the workspace start at one. */
static inline int64_t ein_aligned(int64_t bytes) { return (bytes + 63) / 64 * 64; }

/* The first whole cache line of a workspace. */
static inline char *ein_first_line(void *workspace) { return (char *)(((uintptr_t)workspace + 63) / 64 * 64); }

#if defined(__GNUC__)
#define EIN_KERNEL static __attribute__((noinline))
#else
#define EIN_KERNEL static
#endif

/* Threads that share work: at most `count` of them at once; a kernel that takes less than `least` picoseconds is not split into parts.
 * `run` calls `part` for each number below `parts`, on any thread and in any order, and returns when all are done; `worker` is below
 * `count`, and differs between calls that happen at the same time.
 */
typedef struct ein_threads {
    int64_t count, least;
    void (*run)(int64_t count, int64_t parts, void (*part)(void *context, int64_t number, int64_t worker), void *context);
} ein_threads;

#define EIN_AXES 3

/* How a kernel is split: the axis, and the parts; the length of each axis, and how many positions of it stay together. */
typedef struct ein_split {
    int64_t axis, parts, lengths[EIN_AXES], units[EIN_AXES];
} ein_split;

/* Split along the first axis that has `each` units for each thread, else along that which has most; where `each` is 0, a part a unit. */
static inline void ein_split_up(ein_split *split, int64_t axes, int64_t each, const ein_threads *threads, int64_t work) {
    if (!threads || threads->count < 2 || work < threads->least) return;
    const int64_t wanted = each ? each * threads->count : INT64_MAX;
    for (int64_t axis = 0; axis < axes && split->parts < wanted; axis++) {
        const int64_t units = (split->lengths[axis] + split->units[axis] - 1) / split->units[axis];
        if (units <= split->parts) continue;
        split->axis = axis;
        split->parts = units < wanted ? units : wanted;
    }
}

/* Where a part begins along an axis, and so where the one before it ends; a part has all of the axes that are not split. */
static inline int64_t ein_begin(const ein_split *split, int64_t axis, int64_t number) {
    const int64_t length = split->lengths[axis], unit = split->units[axis], units = (length + unit - 1) / unit;
    const int64_t place = units * number / split->parts * unit;
    return axis != split->axis ? 0 : place < length ? place : length;
}

static inline int64_t ein_end(const ein_split *split, int64_t axis, int64_t number) {
    return axis == split->axis ? ein_begin(split, axis, number + 1) : split->lengths[axis];
}

#define EIN_SEGMENTS 64

/* Positions of a reduction whose chunks are a whole tree of its running sum: at most EIN_SEGMENTS such segments in `length`. */
static inline int64_t ein_segment_i64(int64_t length) {
    int64_t size = 2048;
    while (length > size * EIN_SEGMENTS) size *= 2;
    return size;
}
