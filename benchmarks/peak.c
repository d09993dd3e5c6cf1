/* What a core can do at best: multiply-adds that stay in registers, and reading and writing arrays larger than any cache. */
#include <stdint.h>

#ifdef __AVX512F__
#define BYTES 64
#define CHAINS 20
#define REGISTER "+v"
#elif defined(__AVX__)
#define BYTES 32
#define CHAINS 12
#define REGISTER "+x"
#else
#define BYTES 16
#define CHAINS 12
#define REGISTER "+x"
#endif

#define EACH _Pragma("GCC unroll 32") for (int n = 0; n < CHAINS; n++)

#define PEAK(TYPE)                                                                           \
    typedef TYPE TYPE##_vector __attribute__((vector_size(BYTES)));                          \
    TYPE peak_##TYPE(int64_t steps) {                                                        \
        const TYPE##_vector zero = {0}, factor = zero + (TYPE)0.999, one = zero + (TYPE)1e-3; \
        TYPE##_vector sum[CHAINS];                                                           \
        EACH sum[n] = one * (TYPE)n;                                                         \
        for (int64_t step = 0; step < steps; step++) EACH {                                  \
                sum[n] = sum[n] * factor + one;                                              \
                __asm__ volatile("" : REGISTER(sum[n]));                                     \
            }                                                                                \
        TYPE total = 0;                                                                      \
        EACH total += sum[n][0];                                                             \
        return total;                                                                        \
    }                                                                                        \
    int64_t operations_##TYPE(void) { return 2 * CHAINS * (int64_t)(BYTES / sizeof(TYPE)); }

PEAK(float)
PEAK(double)

void triad(int64_t count, double *restrict a, const double *restrict b, const double *restrict c) {
    for (int64_t i = 0; i < count; i++) a[i] = b[i] + 3.0 * c[i];
}

double total(int64_t count, const double *restrict a) {
    typedef double vector __attribute__((vector_size(BYTES), aligned(8)));
    vector sum[8] = {{0}};
    const int lanes = BYTES / 8;
    for (int64_t i = 0; i + 8 * lanes <= count; i += 8 * lanes)
        for (int n = 0; n < 8; n++) sum[n] += *(const vector *)(a + i + n * lanes);
    double all = 0;
    for (int n = 0; n < 8; n++)
        for (int lane = 0; lane < lanes; lane++) all += sum[n][lane];
    return all;
}
