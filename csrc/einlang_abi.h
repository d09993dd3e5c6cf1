/* What a generated function returns. One function a program:
 *
 *   int NAME_f32(int64_t size…, const float *input…, float *output…, void *workspace);
 *   int64_t NAME_f32_workspace(int64_t size…);      bytes that `workspace` must hold; it may be null where that is 0
 *
 * Arrays are contiguous, the last axis fastest; integer tensors are int64_t. Outputs overlap nothing else.
 * The function allocates nothing, keeps nothing, and writes nothing before it has checked what it can refuse.
 */

#define EIN_OK 0

#define EIN_EMPTY_ARGMAX 1 /* argmax or argmin over an empty range */
