/* How far results are from exact values, in units in the last place of the type of the results. `EXACT` computes for double. */

#include <einlang_arcs.h>

#include <einlang_hyperbolic.h>

#include <einlang_math.h>

#include <einlang_powers.h>

#include <einlang_turns.h>

#define BLOCK 4096

typedef struct {
    double ulps, x, y;
} worst;

/* Infinite where just one is NaN or infinite, or zeros differ in sign; what rounds to infinity counts as the next power of 2. */
static inline double distance_f32(float got, double exact) {
    const float rounded = (float)exact;
    const uint32_t exponent = (ein_bits_f32(rounded) >> 23) & 255;
    const double unit = ein_two_to_f64((int64_t)(exponent == 0 ? 1 : exponent == 255 ? 254 : exponent) - 150);
    const double counted = ein_abs_f32(got) == INFINITY ? (got > 0 ? 0x1p128 : -0x1p128) : got;
    const double wanted = ein_abs_f64(exact) > 0x1p128 ? (exact > 0 ? 0x1p128 : -0x1p128) : exact;
    const double apart = ein_abs_f64(counted - wanted) / unit;
    const int zeros = (got == 0) & (rounded == 0) & ((ein_bits_f32(got) ^ ein_bits_f32(rounded)) != 0);
    const int nan = (got != got) & (exact != exact), lost = (got != got) != (exact != exact);
    return nan ? 0.0 : lost | zeros ? (double)INFINITY : apart;
}

static double distance_f64(double got, long double exact) {
    const double rounded = (double)exact;
    if (got != got || exact != exact) return (got != got) == (exact != exact) ? 0 : (double)INFINITY;
    if (got == 0 && rounded == 0) return signbit(got) == signbit(rounded) ? 0 : (double)INFINITY;
    const int exponent = rounded == 0 ? -1022 : isinf(rounded) ? 1023 : ilogb(rounded) < -1022 ? -1022 : ilogb(rounded);
    const long double counted = isinf(got) ? copysignl(0x1p1024L, got) : got;
    const long double wanted = fabsl(exact) > 0x1p1024L ? copysignl(0x1p1024L, exact) : exact;
    return (double)(fabsl(counted - wanted) / ldexpl(1, exponent - 52));
}

static void keep(worst *of, double ulps, double x, double y) {
    if (ulps > of->ulps || ulps != ulps) *of = (worst){ulps, x, y};
}

static uint64_t drawn(uint64_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    return *seed ^= *seed << 17;
}

/* Any bits; numbers of all sizes near 1; numbers up to 40; the same, much smaller. */
static double argument(uint64_t *seed, int64_t number) {
    const uint64_t bits = drawn(seed);
    const double even = (double)(int64_t)(drawn(seed) >> 11) * 0x1p-53 - 0.5;
    switch (number % 4) {
    case 0: return ein_from_bits_f64(bits);
    case 1: return even * ldexp(1, (int)(bits % 24) - 12);
    case 2: return even * 80;
    default: return even * ldexp(1, (int)(bits % 60) - 50);
    }
}

#define COMPUTED(SUFFIX, FLOAT, INT)                                                                             \
    static void computed_##SUFFIX(const FLOAT *restrict x, FLOAT *restrict y) {                                  \
        INT far = 0;                                                                                             \
        for (int i = 0; i < BLOCK; i++) y[i] = FAST(SUFFIX, x[i]);                                               \
        if (far)                                                                                                 \
            for (int i = 0; i < BLOCK; i++) y[i] = ANY(SUFFIX, x[i]);                                            \
    }

COMPUTED(f32, float, int32_t)
COMPUTED(f64, double, int64_t)

/* Every pattern of bits from `first`, `stride` apart, against the same function of double. */
worst worst_f32(uint64_t first, uint64_t stride) {
    static float x[BLOCK], y[BLOCK];
    static double wide[BLOCK], exact[BLOCK], ulps[BLOCK];
    worst of = {0, 0, 0};
    for (uint64_t bits = first; bits >> 32 == 0;) {
        for (int i = 0; i < BLOCK; i++) x[i] = ein_from_bits_f32((uint32_t)(bits + stride * (uint64_t)i));
        for (int i = 0; i < BLOCK; i++) wide[i] = x[i];
        bits += stride * BLOCK;
        computed_f32(x, y);
        computed_f64(wide, exact);
        for (int i = 0; i < BLOCK; i++) ulps[i] = distance_f32(y[i], exact[i]);
        double most = 0;
        for (int i = 0; i < BLOCK; i++) most += ulps[i] > of.ulps ? 1 : 0;
        if (most > 0)
            for (int i = 0; i < BLOCK; i++) keep(&of, ulps[i], x[i], y[i]);
    }
    return of;
}

/* Random arguments against long double. */
worst worst_f64(uint64_t seed, uint64_t count) {
    static double x[BLOCK], y[BLOCK];
    worst of = {0, 0, 0};
    for (uint64_t done = 0; done < count; done += BLOCK) {
        for (int i = 0; i < BLOCK; i++) x[i] = argument(&seed, i);
        computed_f64(x, y);
        for (int i = 0; i < BLOCK; i++) keep(&of, distance_f64(y[i], EXACT((long double)x[i])), x[i], y[i]);
    }
    return of;
}
