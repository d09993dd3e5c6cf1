/* What a core can do at best: multiply-adds that stay in registers, and reading and writing arrays larger than any cache. */
#include "../csrc/einlang_peak.h"

void triad(int64_t count, double *restrict a, const double *restrict b, const double *restrict c) {
    for (int64_t i = 0; i < count; i++) a[i] = b[i] + 3.0 * c[i];
}

double total(int64_t count, const double *restrict a) {
    typedef double vector __attribute__((vector_size(EIN_PEAK_BYTES), aligned(8)));
    vector sum[8] = {{0}};
    const int lanes = EIN_PEAK_BYTES / 8;
    for (int64_t i = 0; i + 8 * lanes <= count; i += 8 * lanes)
        for (int n = 0; n < 8; n++) sum[n] += *(const vector *)(a + i + n * lanes);
    double all = 0;
    for (int n = 0; n < 8; n++)
        for (int lane = 0; lane < lanes; lane++) all += sum[n][lane];
    return all;
}
