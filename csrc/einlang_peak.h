/* What a core can do at best: multiplications and additions that stay in registers. */

#include <stdint.h>

#ifdef __AVX512F__
#define EIN_PEAK_BYTES 64
#define EIN_CHAINS 20
#define EIN_REGISTER "+v"
#elif defined(__AVX__)
#define EIN_PEAK_BYTES 32
#define EIN_CHAINS 12
#define EIN_REGISTER "+x"
#else
#define EIN_PEAK_BYTES 16
#define EIN_CHAINS 12
#define EIN_REGISTER "+x"
#endif

#define EIN_EACH _Pragma("GCC unroll 32") for (int n = 0; n < EIN_CHAINS; n++)

#define EIN_PEAK(TYPE)                                                                                    \
    typedef TYPE TYPE##_vector __attribute__((vector_size(EIN_PEAK_BYTES)));                              \
    TYPE peak_##TYPE(int64_t steps) {                                                                     \
        const TYPE##_vector zero = {0}, factor = zero + (TYPE)0.999, one = zero + (TYPE)1e-3;             \
        TYPE##_vector sum[EIN_CHAINS];                                                                    \
        EIN_EACH sum[n] = one * (TYPE)n;                                                                  \
        for (int64_t step = 0; step < steps; step++) EIN_EACH {                                           \
                sum[n] = sum[n] * factor + one;                                                           \
                __asm__ volatile("" : EIN_REGISTER(sum[n]));                                              \
            }                                                                                             \
        TYPE total = 0;                                                                                   \
        EIN_EACH total += sum[n][0];                                                                      \
        return total;                                                                                     \
    }                                                                                                     \
    int64_t operations_##TYPE(void) { return 2 * EIN_CHAINS * (int64_t)(EIN_PEAK_BYTES / sizeof(TYPE)); }

EIN_PEAK(float)
EIN_PEAK(double)
