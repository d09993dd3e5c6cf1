/* Elementwise functions of the language, in float, double and int64_t: bits and signs, choices, whole numbers, exponentials and logarithms.
 *
 * All are written so that compilers vectorise the loops around them: polynomials on a reduced range, bits moved by integer
 * arithmetic, special values blended in; no table, no branch, no call. Polynomials are given from the lowest coefficient, or from
 * the highest one a line each; p(r) stands for one. `tools/coefficients.py` finds them. docs/numbers.md has the measured errors.
 *
 * A blank line ends a block; a generated file holds the blocks that it uses.
 */

#pragma once

#include <math.h>

#include <stdint.h>

#include <string.h>

/* A function that is always copied to where it is used, so that the loop there becomes one of vectors, if not defined otherwise */
#ifndef EIN_INLINE
#if defined(__GNUC__)
#define EIN_INLINE static inline __attribute__((always_inline))
#else
#define EIN_INLINE static inline
#endif
#endif

/* A function that is called, seldom */
#if defined(__GNUC__)
#define EIN_APART static __attribute__((noinline, cold, const))
#else
#define EIN_APART static
#endif

EIN_INLINE uint32_t ein_bits_f32(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

EIN_INLINE uint64_t ein_bits_f64(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

EIN_INLINE float ein_from_bits_f32(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

EIN_INLINE double ein_from_bits_f64(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* 2^n for n from -126 to 127 */
EIN_INLINE float ein_two_to_f32(int32_t n) { return ein_from_bits_f32((uint32_t)(n + 127) << 23); }

/* 2^n for n from -1022 to 1023 */
EIN_INLINE double ein_two_to_f64(int64_t n) { return ein_from_bits_f64((uint64_t)(n + 1023) << 52); }

/* |x| with the sign of s */
EIN_INLINE float ein_signed_as_f32(float x, float s) {
    return ein_from_bits_f32((ein_bits_f32(x) & 0x7fffffffu) | (ein_bits_f32(s) & 0x80000000u));
}

/* |x| with the sign of s */
EIN_INLINE double ein_signed_as_f64(double x, double s) {
    const uint64_t sign = 0x8000000000000000u;
    return ein_from_bits_f64((ein_bits_f64(x) & ~sign) | (ein_bits_f64(s) & sign));
}

EIN_INLINE float ein_abs_f32(float x) { return ein_from_bits_f32(ein_bits_f32(x) & 0x7fffffffu); }

EIN_INLINE double ein_abs_f64(double x) { return ein_from_bits_f64(ein_bits_f64(x) & 0x7fffffffffffffffu); }

EIN_INLINE int64_t ein_abs_i64(int64_t x) { return x < 0 ? (int64_t)(0 - (uint64_t)x) : x; }

/* NaN stays NaN */
EIN_INLINE float ein_sign_f32(float x) { return x != x ? x : (float)((x > 0) - (x < 0)); }

EIN_INLINE double ein_sign_f64(double x) { return x != x ? x : (double)((x > 0) - (x < 0)); }

EIN_INLINE int64_t ein_sign_i64(int64_t x) { return (x > 0) - (x < 0); }

/* NaN in either argument gives NaN; of equal ones the first */
EIN_INLINE float ein_max_f32(float a, float b) { return (a >= b) | (a != a) ? a : b; }

EIN_INLINE double ein_max_f64(double a, double b) { return (a >= b) | (a != a) ? a : b; }

EIN_INLINE int64_t ein_max_i64(int64_t a, int64_t b) { return a >= b ? a : b; }

EIN_INLINE float ein_min_f32(float a, float b) { return (a <= b) | (a != a) ? a : b; }

EIN_INLINE double ein_min_f64(double a, double b) { return (a <= b) | (a != a) ? a : b; }

EIN_INLINE int64_t ein_min_i64(int64_t a, int64_t b) { return a <= b ? a : b; }

/* what remains of a whole number, with the sign of n; 0 for n = 0 */
EIN_INLINE int64_t ein_mod_i64(int64_t a, int64_t n) {
    if (n == 0 || n == -1) return 0;
    const int64_t r = a % n;
    return r != 0 && (r < 0) != (n < 0) ? r + n : r;
}

/* the greatest whole number that is at most a / n; 0 for n = 0 */
EIN_INLINE int64_t ein_floor_i64(int64_t a, int64_t n) {
    if (n == 0) return 0;
    if (n == -1) return (int64_t)(0 - (uint64_t)a);
    const int64_t q = a / n;
    return q * n != a && (a < 0) != (n < 0) ? q - 1 : q;
}

/* e^x 2^shift: n = round(x / ln 2), r = x - n ln 2, e^x = 2^n (1 + r + r^2 p(r)); 2^n in two factors, for subnormal results */
EIN_INLINE float ein_scaled_exp_f32(float x, int32_t shift) {
    const float low = x < -104.0f ? -104.0f : x;
    const float y = low > 90.0f ? 90.0f : low;
    const float shifted = y * 1.44269504f + 12582912.0f;
    const int32_t n = (int32_t)(ein_bits_f32(shifted) - 0x4b400000u) + shift;
    const float k = shifted - 12582912.0f;
    const float r = (y - k * 0.693145751953125f) - k * 1.42860682030941723e-6f;
    const float p =
        0.499999881f + r * (0.166665182f + r * (0.0416696519f + r * (0.00836895313f + r * 0.00137450593f)));
    const float mantissa = 1.0f + (r + r * r * p);
    return mantissa * ein_two_to_f32(n >> 1) * ein_two_to_f32(n - (n >> 1));
}

EIN_INLINE float ein_exp_f32(float x) { return ein_scaled_exp_f32(x, 0); }

/* p with e^r = 1 + r + r^2 p(r) for |r| <= ln 2 / 2 */
EIN_INLINE double ein_exp_tail_f64(double r) {
    const double high = 2.7557417605612708e-07 + r * (2.5112619611214332e-08 + r * 2.0871118996516387e-09);
    const double middle = 0.0083333333333159825 +
                          r * (0.001388888888896801 +
                               r * (0.00019841269898562968 + r * (2.4801587155285189e-05 + r * (2.7557232976642465e-06 + r * high))));
    return 0.5 + r * (0.16666666666666685 + r * (0.041666666666666526 + r * middle));
}

/* e^x 2^shift, as in float */
EIN_INLINE double ein_scaled_exp_f64(double x, int64_t shift) {
    const double low = x < -746.0 ? -746.0 : x;
    const double y = low > 711.0 ? 711.0 : low;
    const double shifted = y * 1.4426950408889634 + 6755399441055744.0;
    const int64_t n = (int64_t)(ein_bits_f64(shifted) - 0x4338000000000000u) + shift;
    const double k = shifted - 6755399441055744.0;
    const double r = (y - k * 0.693147180369123816490) - k * 1.90821492927058770e-10;
    const double mantissa = 1.0 + (r + r * r * ein_exp_tail_f64(r));
    return mantissa * ein_two_to_f64(n >> 1) * ein_two_to_f64(n - (n >> 1));
}

EIN_INLINE double ein_exp_f64(double x) { return ein_scaled_exp_f64(x, 0); }

/* ln x: x = 2^e m with sqrt(1/2) <= m < sqrt 2, f = m - 1, ln x = e ln 2 + f - f^2/2 + f^3 p(f). 0.9 ulp */
EIN_INLINE float ein_log_f32(float x) {
    const int subnormal = x < 1.17549435e-38f;
    const uint32_t bits = ein_bits_f32(subnormal ? x * 8388608.0f : x);
    const int32_t e = (int32_t)(bits - 0x3f3504f3u) >> 23;
    const float f = ein_from_bits_f32(bits - ((uint32_t)e << 23)) - 1.0f;
    const float k = (float)(subnormal ? e - 23 : e);
    const float p =
        0.333333284f +
        f * (-0.250008464f +
             f * (0.200014487f + f * (-0.166227728f + f * (0.141972631f + f * (-0.131608739f + f * (0.127896219f + f * -0.0766633675f))))));
    const float result = k * 0.693359375f + (f + (k * -2.12194440e-4f + f * f * f * p - 0.5f * (f * f)));
    const float special = x == 0.0f ? -INFINITY : x < 0.0f ? NAN : x;
    return (x > 0.0f) & (x < INFINITY) ? result : special;
}

/* ln x: with s = f / (2 + f), ln(1 + f) = f - f^2/2 + s (f^2/2 + s^2 p(s^2)). 0.8 ulp */
EIN_INLINE double ein_log_f64(double x) {
    const int subnormal = x < 2.2250738585072014e-308;
    const uint64_t bits = ein_bits_f64(subnormal ? x * 4503599627370496.0 : x);
    const uint64_t shifted = bits - 0x3fe6a09e667f3bcdu + 0x4000000000000000u;
    const int64_t e = (int64_t)(shifted >> 52) - 1024;
    const double f = ein_from_bits_f64(bits - ((uint64_t)e << 52)) - 1.0;
    const double k = (double)(int32_t)(subnormal ? e - 52 : e);
    const double s = f / (2.0 + f);
    const double z = s * s;
    const double high = 0.1818357906686337 + z * (0.1531368752092411 + z * 0.14799487338447104);
    const double p =
        0.66666666666667374 + z * (0.39999999999398628 + z * (0.28571428745551214 + z * (0.22222198273544116 + z * high)));
    const double half = 0.5 * f * f;
    const double result = k * 0.693147180369123816490 - ((half - (s * (half + z * p) + k * 1.90821492927058770e-10)) - f);
    const double special = x == 0.0 ? -INFINITY : x < 0.0 ? (double)NAN : x;
    return (x > 0.0) & (x < INFINITY) ? result : special;
}

/* e^x - 1 for |x| <= 20: 2^n (r + r^2 p(r)) + (2^n - 1), small where x is small. 2 ulp */
EIN_INLINE float ein_small_expm1_f32(float x) {
    const float shifted = x * 1.44269504f + 12582912.0f;
    const int32_t n = (int32_t)(ein_bits_f32(shifted) - 0x4b400000u);
    const float k = shifted - 12582912.0f;
    const float r = (x - k * 0.693145751953125f) - k * 1.42860682030941723e-6f;
    const float p = 0.5f + r * (0.166665405f + r * (0.0416664779f + r * (0.00836682878f + r * 0.00139336998f)));
    const float scale = ein_two_to_f32(n);
    return scale * (r + r * r * p) + (scale - 1.0f);
}

/* e^x - 1 for |x| <= 40, as in float. 2 ulp */
EIN_INLINE double ein_small_expm1_f64(double x) {
    const double shifted = x * 1.4426950408889634 + 6755399441055744.0;
    const int64_t n = (int64_t)(ein_bits_f64(shifted) - 0x4338000000000000u);
    const double k = shifted - 6755399441055744.0;
    const double r = (x - k * 0.693147180369123816490) - k * 1.90821492927058770e-10;
    const double high = 2.7557259207032507e-07 + r * (2.5109178722745544e-08 + r * 2.0919500327140614e-09);
    const double middle = 0.0083333333333214417 +
                          r * (0.0013888888888877445 +
                               r * (0.00019841269886569808 + r * (2.4801587340616703e-05 + r * (2.7557243786127943e-06 + r * high))));
    const double p = 0.5 + r * (0.16666666666666677 + r * (0.041666666666666678 + r * middle));
    const double scale = ein_two_to_f64(n);
    return scale * (r + r * r * p) + (scale - 1.0);
}

EIN_INLINE float ein_expm1_f32(float x) {
    const float low = x < -18.0f ? -18.0f : x;
    const float small = ein_small_expm1_f32(low > 18.0f ? 18.0f : low);
    return x > 18.0f ? ein_exp_f32(x) : x == 0.0f ? x : small;
}

EIN_INLINE double ein_expm1_f64(double x) {
    const double low = x < -40.0 ? -40.0 : x;
    const double small = ein_small_expm1_f64(low > 40.0 ? 40.0 : low);
    return x > 40.0 ? ein_exp_f64(x) : x == 0.0 ? x : small;
}

/* ln(1 + x): with u = 1 + x rounded, ln u + (x - (u - 1)) / u. 2 ulp */
EIN_INLINE float ein_log1p_f32(float x) {
    const float u = 1.0f + x;
    const float result = ein_log_f32(u) + (x - (u - 1.0f)) / u;
    return (x > -1.0f) & (x < INFINITY) & (x != 0.0f) ? result : x == 0.0f ? x : ein_log_f32(u);
}

EIN_INLINE double ein_log1p_f64(double x) {
    const double u = 1.0 + x;
    const double result = ein_log_f64(u) + (x - (u - 1.0)) / u;
    return (x > -1.0) & (x < INFINITY) & (x != 0.0) ? result : x == 0.0 ? x : ein_log_f64(u);
}
