/* What a generated function returns. One function a program:
 *
 *   int NAME_f32(int64_t size…, const float *input…, float *output…, void *workspace);
 *   int64_t NAME_f32_workspace(int64_t size…);      bytes that `workspace` must hold; it may be null where that is 0
 *
 * Arrays are contiguous, the last axis fastest; integer tensors are int64_t. Outputs overlap nothing else.
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
