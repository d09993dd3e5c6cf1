/* Powers and roots, elementwise, in float and double; blocks as in `einlang_math.h`. */

#pragma once

#include <einlang_math.h>

/* x^n for n from 0 to 4 */
EIN_INLINE float ein_power_f32(float x, int n) {
    const float square = x * x;
    return n == 4 ? square * square : n == 3 ? square * x : n == 2 ? square : n == 1 ? x : 1;
}

EIN_INLINE double ein_power_f64(double x, int n) {
    const double square = x * x;
    return n == 4 ? square * square : n == 3 ? square * x : n == 2 ? square : n == 1 ? x : 1;
}

EIN_INLINE float ein_sqrt_f32(float x) { return sqrtf(x); }

EIN_INLINE double ein_sqrt_f64(double x) { return sqrt(x); }

/* x^(1/2) as pow has it: +0 for -0, infinity for -infinity */
EIN_INLINE float ein_root_f32(float x) { return x == -INFINITY ? INFINITY : sqrtf(x) + 0.0f; }

EIN_INLINE double ein_root_f64(double x) { return x == -INFINITY ? (double)INFINITY : sqrt(x) + 0.0; }

/* x^y, whose magnitude is |x|^y where that is a plain number: zeros, infinities, NaN, the sign, and what has no value */
EIN_INLINE float ein_signed_power_f32(float magnitude, float x, float y) {
    const float a = ein_abs_f32(x);
    const float b = ein_abs_f32(y);
    const int large = b >= 8388608.0f;
    const float rounded = large ? b : b + 8388608.0f;
    const int whole = large | (rounded - 8388608.0f == b);
    const uint32_t odd = whole & (b < 16777216.0f) ? ein_bits_f32(rounded) << 31 : 0;
    const float edge = (a == 0) == (y > 0) ? 0.0f : INFINITY;
    const float power = a == 1 ? 1.0f : (a == 0) | (a == INFINITY) ? edge : magnitude;
    const float result = ein_from_bits_f32(ein_bits_f32(power) ^ (odd & ein_bits_f32(x)));
    const float real = (x < 0) & (a < INFINITY) & !whole ? NAN : result;
    return (x == 1) | (y == 0) ? 1.0f : (x != x) | (y != y) ? x + y : real;
}

/* x^y, whose magnitude is |x|^y where that is a plain number: zeros, infinities, NaN, the sign, and what has no value */
EIN_INLINE double ein_signed_power_f64(double magnitude, double x, double y) {
    const double a = ein_abs_f64(x);
    const double b = ein_abs_f64(y);
    const int large = b >= 4503599627370496.0;
    const double rounded = large ? b : b + 4503599627370496.0;
    const int whole = large | (rounded - 4503599627370496.0 == b);
    const uint64_t odd = whole & (b < 9007199254740992.0) ? ein_bits_f64(rounded) << 63 : 0;
    const double edge = (a == 0) == (y > 0) ? 0.0 : (double)INFINITY;
    const double power = a == 1 ? 1.0 : (a == 0) | (a == INFINITY) ? edge : magnitude;
    const double result = ein_from_bits_f64(ein_bits_f64(power) ^ (odd & ein_bits_f64(x)));
    const double real = (x < 0) & (a < INFINITY) & !whole ? (double)NAN : result;
    return (x == 1) | (y == 0) ? 1.0 : (x != x) | (y != y) ? x + y : real;
}

/* x^y = 2^(y log2 |x|), computed in double: |x| = 2^e m, log2 m = s p(s^2) with s = (m - 1) / (m + 1) */
EIN_INLINE float ein_pow_f32(float x, float y) {
    const uint64_t bits = ein_bits_f64((double)ein_abs_f32(x));
    const uint64_t shifted = bits - 0x3fe6a09e667f3bcdu + 0x4000000000000000u;
    const int64_t e = (int64_t)(shifted >> 52) - 1024;
    const double m = ein_from_bits_f64(bits - ((uint64_t)e << 52));
    const double s = (m - 1.0) / (m + 1.0);
    const double z = s * s;
    double p = 0.34070961558587293;
    p = 0.41167384879409108 + z * p;
    p = 0.57708356564601004 + z * p;
    p = 0.96179667343728459 + z * p;
    p = 2.8853900817897671 + z * p;
    const double t = (double)y * ((double)(int32_t)e + s * p);
    const double low = t < -200.0 ? -200.0 : t;
    const double clamped = low > 200.0 ? 200.0 : low;
    const double up = clamped + 6755399441055744.0;
    const double r = clamped - (up - 6755399441055744.0);
    double q = 0.000153458479703363;
    q = 0.0013399856044708598 + r * q;
    q = 0.0096184870413512438 + r * q;
    q = 0.05550328895420565 + r * q;
    q = 0.24022646922747715 + r * q;
    q = 0.69314720577277245 + r * q;
    q = 1.0000000005738063 + r * q;
    const double magnitude = q * ein_two_to_f64((int64_t)(ein_bits_f64(up) - 0x4338000000000000u));
    return ein_signed_power_f32((float)magnitude, x, y);
}

/* the first 26 bits of x, so that a product of two such is exact */
EIN_INLINE double ein_cut_f64(double x) { return ein_from_bits_f64(ein_bits_f64(x) & 0xfffffffff8000000u); }

/* x^y = 2^(y log2 |x|) with the logarithm in two numbers: |x| = 2^e m, s = (m - 1) / (m + 1), ln m = 2/3 s (3 + z + z^2 p(z)), z = s^2.
 * Products of numbers that are cut are exact, so it does not matter whether they are fused with a sum. */
EIN_INLINE double ein_pow_f64(double x, double y) {
    const double a = ein_abs_f64(x);
    const int subnormal = a < 2.2250738585072014e-308;
    const uint64_t bits = ein_bits_f64(subnormal ? a * 4503599627370496.0 : a);
    const uint64_t shifted = bits - 0x3fe6a09e667f3bcdu + 0x4000000000000000u;
    const int64_t whole = (int64_t)(shifted >> 52) - 1024;
    const double e = (double)(int32_t)(subnormal ? whole - 52 : whole);
    const double f = ein_from_bits_f64(bits - ((uint64_t)whole << 52)) - 1.0;
    const double v = 2.0 + f;
    const double inverse = 1.0 / v;
    const double s = f * inverse;
    const double s1 = ein_cut_f64(s), v1 = ein_cut_f64(v);
    const double s2 = ((f - s1 * v1) - s1 * (f - (v1 - 2.0))) * inverse;
    const double z = s * s;
    double p = 0.19790660230155285;
    p = 0.19885635066607268 + z * p;
    p = 0.23080118854176596 + z * p;
    p = 0.27272676907786242 + z * p;
    p = 0.33333333776075963 + z * p;
    p = 0.42857142855168445 + z * p;
    p = 0.60000000000003351 + z * p;
    const double rest = s2 * (s1 + s) + z * z * p;
    const double b1 = ein_cut_f64(3.0 + s1 * s1 + rest);
    const double b2 = rest - ((b1 - 3.0) - s1 * s1);
    const double tail = s2 * b1 + s * b2;
    const double c1 = ein_cut_f64(s1 * b1 + tail);
    const double c2 = tail - (c1 - s1 * b1);
    const double d1 = 0.9617966860532761 * c1;
    const double d2 = 7.872699542894897e-09 * c1 + 0.9617966939259756 * c2;
    const double l1 = ein_cut_f64(d1 + d2 + e);
    const double l2 = d2 - ((l1 - e) - d1);
    const double y1 = ein_cut_f64(y);
    const double t = y * l1;
    const double t1 = t > 1080.0 ? 1080.0 : t < -1080.0 ? -1080.0 : y1 * l1;
    const double t2 = ein_abs_f64(t) > 1080.0 ? 0.0 : (y - y1) * l1 + y * l2;
    const double up = (t1 + t2) + 6755399441055744.0;
    const int64_t n = (int64_t)(ein_bits_f64(up) - 0x4338000000000000u);
    const double r1 = t1 - (up - 6755399441055744.0);
    const double r = ein_cut_f64(r1 + t2);
    const double low = (t2 - (r - r1)) * 0.69314718055994531 + r * 1.2996506893889889e-08;
    const double g = r * 0.6931471675634384 + low;
    const double small = low - (g - r * 0.6931471675634384);
    const double mantissa = 1.0 + (g + (g * g * ein_exp_tail_f64(g) + small));
    return ein_signed_power_f64(mantissa * ein_two_to_f64(n >> 1) * ein_two_to_f64(n - (n >> 1)), x, y);
}
