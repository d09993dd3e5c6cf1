/* Sine, cosine and tangent, elementwise, in float and double; blocks as in `einlang_math.h`.
 *
 * Arguments up to some thousands (millions in double) are reduced by subtracting a multiple of pi in parts. The rest take digits of
 * 2 / pi chosen by the exponent, which no vector loop does well. So a function takes `far`, which becomes 1 where there is such an
 * argument; then the loops around it are run once more with `ein_NAME_any_f32`, which gives the same for all other arguments. The long
 * reduction is in integers and double for both types.
 */

#pragma once

#include <einlang_math.h>

/* x - k pi, each part of pi but the last so short that its product with k is exact. 2 k is whole, |k| < 2^12 */
EIN_INLINE float ein_turned_f32(float x, float k) {
    return ((((x - k * 3.140625f) - k * 0.0009675025939941406f) - k * 1.5099067240953445e-07f) - k * 5.126565838509123e-12f) -
           k * 1.2246467991473532e-16f;
}

/* x - k pi, as in float. 2 k is whole, |k| < 2^22 */
EIN_INLINE double ein_turned_f64(double x, double k) {
    return (((x - k * 3.141592651605606) - k * 1.9841871583270443e-09) - k * 1.03403659577805e-18) - k * 5.807711947958721e-28;
}

/* x - k pi as near as can be: with the errors of the differences */
EIN_INLINE float ein_closely_turned_f32(float x, float k) {
    const float a = x - k * 3.140625f;
    const float b = a - k * 0.0009675025939941406f;
    const float c = b - k * 1.5099067240953445e-07f;
    const float lost = ((a - b) - k * 0.0009675025939941406f) + ((b - c) - k * 1.5099067240953445e-07f);
    return c - ((k * 5.126565838509123e-12f + k * 1.2246467991473532e-16f) - lost);
}

EIN_INLINE double ein_closely_turned_f64(double x, double k) {
    const double a = x - k * 3.141592651605606;
    const double b = a - k * 1.9841871583270443e-09;
    const double c = b - k * 1.03403659577805e-18;
    const double lost = ((a - b) - k * 1.9841871583270443e-09) + ((b - c) - k * 1.03403659577805e-18);
    return c - (k * 5.807711947958721e-28 - lost);
}

/* sin r = r + r^3 p(r^2) for |r| <= pi / 2 */
EIN_INLINE float ein_sine_f32(float r) {
    const float a = ein_abs_f32(r);
    const float z = a * a;
    float p = -2.50334384e-8f;
    p = 2.76002856e-6f + z * p;
    p = -0.00019842606f + z * p;
    p = 0.00833334774f + z * p;
    p = -0.166666672f + z * p;
    const float s = a + a * z * p;
    return ein_signed_as_f32(s > 1 ? 1.0f : s, r);
}

/* sin r = r + r^3 p(r^2) for |r| <= pi / 2 */
EIN_INLINE double ein_sine_f64(double r) {
    const double a = ein_abs_f64(r);
    const double z = a * a;
    double p = 2.7217108803351255e-15;
    p = -7.6430458021434898e-13 + z * p;
    p = 1.6058941961817396e-10 + z * p;
    p = -2.5052106922166049e-8 + z * p;
    p = 2.7557319211744822e-6 + z * p;
    p = -0.00019841269841213354 + z * p;
    p = 0.0083333333333332083 + z * p;
    p = -0.16666666666666666 + z * p;
    const double s = a + a * z * p;
    return ein_signed_as_f64(s > 1 ? 1.0 : s, r);
}

/* tan r = r + r^3 p(r^2) for 0 <= r <= pi / 4, or where `turned` is odd -1 over that */
EIN_INLINE float ein_tangent_f32(float r, uint32_t turned) {
    const float z = r * r;
    float p = 0.00935842004f;
    p = 0.00316736824f + z * p;
    p = 0.0243990347f + z * p;
    p = 0.053420566f + z * p;
    p = 0.133386791f + z * p;
    p = 0.333331615f + z * p;
    const float t = r + r * z * p;
    return (turned & 1 ? -1.0f : t) / (turned & 1 ? t : 1.0f);
}

/* tan r = r + r^3 p(r^2) for 0 <= r <= pi / 4, or where `turned` is odd -1 over that */
EIN_INLINE double ein_tangent_f64(double r, uint64_t turned) {
    const double z = r * r;
    double p = 2.0839311457327917e-5;
    p = -4.4778598545769213e-5 + z * p;
    p = 8.9273772521833108e-5 + z * p;
    p = -2.6194800279404895e-5 + z * p;
    p = 0.00013639155049204575 + z * p;
    p = 0.00022244424309863557 + z * p;
    p = 0.00059504297450799031 + z * p;
    p = 0.0014547631567646798 + z * p;
    p = 0.0035922882157435249 + z * p;
    p = 0.0088632192615548007 + z * p;
    p = 0.021869489601956438 + z * p;
    p = 0.053968253926964527 + z * p;
    p = 0.13333333333414019 + z * p;
    p = 0.33333333333332782 + z * p;
    const double t = r + r * z * p;
    return (turned & 1 ? -1.0 : t) / (turned & 1 ? t : 1.0);
}

/* sin x for |x| < 8192.0f: n = round(x / pi), r = x - n pi, sin x = (-1)^n sin r */
EIN_INLINE float ein_near_sin_f32(float x) {
    const float shifted = x * 0.318309886f + 12582912.0f;
    const float r = ein_turned_f32(x, shifted - 12582912.0f);
    return ein_sine_f32(ein_from_bits_f32(ein_bits_f32(r) ^ (ein_bits_f32(shifted) << 31)));
}

/* sin x for |x| < 8388608.0: n = round(x / pi), r = x - n pi, sin x = (-1)^n sin r */
EIN_INLINE double ein_near_sin_f64(double x) {
    const double shifted = x * 0.31830988618379067 + 6755399441055744.0;
    const double r = ein_turned_f64(x, shifted - 6755399441055744.0);
    return ein_sine_f64(ein_from_bits_f64(ein_bits_f64(r) ^ (ein_bits_f64(shifted) << 63)));
}

/* cos x for |x| < 8192.0f: n = round(x / pi - 1/2), r = x - (n + 1/2) pi, cos x = (-1)^(n + 1) sin r */
EIN_INLINE float ein_near_cos_f32(float x) {
    const float shifted = (x * 0.318309886f - 0.5f) + 12582912.0f;
    const float r = ein_turned_f32(x, (shifted - 12582912.0f) + 0.5f);
    return ein_sine_f32(ein_from_bits_f32(ein_bits_f32(r) ^ ((ein_bits_f32(shifted) + 1) << 31)));
}

/* cos x for |x| < 8388608.0: n = round(x / pi - 1/2), r = x - (n + 1/2) pi, cos x = (-1)^(n + 1) sin r */
EIN_INLINE double ein_near_cos_f64(double x) {
    const double shifted = (x * 0.31830988618379067 - 0.5) + 6755399441055744.0;
    const double r = ein_turned_f64(x, (shifted - 6755399441055744.0) + 0.5);
    return ein_sine_f64(ein_from_bits_f64(ein_bits_f64(r) ^ ((ein_bits_f64(shifted) + 1) << 63)));
}

/* tan x for |x| < 8192.0f: n = round(2 x / pi), r = x - n pi / 2 */
EIN_INLINE float ein_near_tan_f32(float x) {
    const float shifted = x * 0.636619772f + 12582912.0f;
    const float r = ein_closely_turned_f32(x, 0.5f * (shifted - 12582912.0f));
    const float t = ein_tangent_f32(ein_abs_f32(r), ein_bits_f32(shifted));
    return ein_from_bits_f32(ein_bits_f32(t) ^ (ein_bits_f32(r) & ((uint32_t)1 << 31)));
}

/* tan x for |x| < 8388608.0: n = round(2 x / pi), r = x - n pi / 2 */
EIN_INLINE double ein_near_tan_f64(double x) {
    const double shifted = x * 0.63661977236758134 + 6755399441055744.0;
    const double r = ein_closely_turned_f64(x, 0.5 * (shifted - 6755399441055744.0));
    const double t = ein_tangent_f64(ein_abs_f64(r), ein_bits_f64(shifted));
    return ein_from_bits_f64(ein_bits_f64(t) ^ (ein_bits_f64(r) & ((uint64_t)1 << 63)));
}

/* An angle r, |r| <= pi / 2, with sin r = sin(x + quarters pi / 2), for any finite |x| >= 1 and 0 or 1 quarters, right to the last
 * bits also where r is small. x = m 2^e; of the digits of 2 / pi in words of 32 bits, those are multiplied with m whose products count
 * modulo 4: the result has 2 bits before the point and 222 behind it. */
EIN_APART double ein_far_angle_f64(double x, int quarters) {
    static const uint32_t words[] = {
        0u, 0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu, 0xdebbc561u,
        0xb7246e3au, 0x424dd2e0u, 0x06492eeau, 0x09d1921cu, 0xfe1deb1cu, 0xb129a73eu, 0xe88235f5u, 0x2ebb4484u, 0xe99c7026u, 0xb45f7e41u,
        0x3991d639u, 0x835339f4u, 0x9c845f8bu, 0xbdf9283bu, 0x1ff897ffu, 0xde05980fu, 0xef2f118bu, 0x5a0a6d1fu, 0x6d367ecfu, 0x27cb09b7u,
        0x4f463f66u, 0x9e5fea2du, 0x7527bac7u, 0xebe5f17bu, 0x3d0739f7u, 0x8a5292eau, 0x6bfb5fb1u, 0x1f8d5d08u, 0x56033046u,
    };
    const uint64_t bits = ein_bits_f64(ein_abs_f64(x));
    const int e = (int)(bits >> 52) - 1075;
    const uint64_t m = (bits & 0xfffffffffffffu) | 0x10000000000000u;
    const uint64_t low = (m & 0xffffffffu) << ((e + 30) & 31);
    const uint64_t high = ((m >> 32) << ((e + 30) & 31)) + (low >> 32);
    const uint64_t factor[3] = {low & 0xffffffffu, high & 0xffffffffu, high >> 32};
    const uint32_t *word = words + ((e + 30) >> 5) + 7;
    uint64_t product[7] = {0};
    for (int i = 0; i < 3; i++) {
        uint64_t carry = 0;
        for (int j = i; j < 7; j++) {
            const uint64_t sum = product[j] + factor[i] * word[i - j] + carry;
            product[j] = sum & 0xffffffffu;
            carry = sum >> 32;
        }
    }
    const uint64_t top = product[6] << 32 | product[5], next = product[4] << 32 | product[3];
    const int less = (top >> 61) & 1;
    const uint64_t after = less ? 0 - (next << 2) : next << 2;
    const uint64_t fraction = less ? ~(top << 2 | next >> 62) + (after == 0) : top << 2 | next >> 62;
    const unsigned quadrant = (unsigned)(top >> 62) + (unsigned)less + (unsigned)quarters;
    const double upper = (double)(uint32_t)(fraction >> 32) * 4294967296.0;
    const double lower = (double)(uint32_t)fraction + (double)after * 5.421010862427522e-20;
    const double scaled = upper * 1.570796012878418 + (upper * 3.139164786504813e-07 + lower * 1.5707963267948966);
    const double r = scaled * 5.421010862427522e-20;
    const double angle = quadrant & 1 ? 1.5707963267948966 - r : less ? -r : r;
    return ((quadrant & 2) != 0) != (x < 0 && quarters == 0) ? -angle : angle;
}

EIN_INLINE int ein_is_far_f32(float x) { return (ein_abs_f32(x) >= 8192.0f) & (ein_abs_f32(x) <= 3.40282347e38f); }

EIN_INLINE int ein_is_far_f64(double x) { return (ein_abs_f64(x) >= 8388608.0) & (ein_abs_f64(x) <= 1.7976931348623157e308); }

EIN_INLINE float ein_sin_f32(float x, int32_t *far) {
    *far |= ein_is_far_f32(x);
    return ein_near_sin_f32(x);
}

EIN_INLINE double ein_sin_f64(double x, int64_t *far) {
    *far |= ein_is_far_f64(x);
    return ein_near_sin_f64(x);
}

EIN_INLINE float ein_cos_f32(float x, int32_t *far) {
    *far |= ein_is_far_f32(x);
    return ein_near_cos_f32(x);
}

EIN_INLINE double ein_cos_f64(double x, int64_t *far) {
    *far |= ein_is_far_f64(x);
    return ein_near_cos_f64(x);
}

EIN_INLINE float ein_tan_f32(float x, int32_t *far) {
    *far |= ein_is_far_f32(x);
    return ein_near_tan_f32(x);
}

EIN_INLINE double ein_tan_f64(double x, int64_t *far) {
    *far |= ein_is_far_f64(x);
    return ein_near_tan_f64(x);
}

EIN_INLINE float ein_sin_any_f32(float x) {
    return ein_is_far_f32(x) ? ein_sine_f32((float)ein_far_angle_f64((double)x, 0)) : ein_near_sin_f32(x);
}

EIN_INLINE double ein_sin_any_f64(double x) { return ein_is_far_f64(x) ? ein_sine_f64(ein_far_angle_f64(x, 0)) : ein_near_sin_f64(x); }

EIN_INLINE float ein_cos_any_f32(float x) {
    return ein_is_far_f32(x) ? ein_sine_f32((float)ein_far_angle_f64((double)x, 1)) : ein_near_cos_f32(x);
}

EIN_INLINE double ein_cos_any_f64(double x) { return ein_is_far_f64(x) ? ein_sine_f64(ein_far_angle_f64(x, 1)) : ein_near_cos_f64(x); }

/* tan x = sin x / cos x: as tan of the smaller of the two angles */
EIN_APART double ein_far_tan_f64(double x) {
    const double r = ein_far_angle_f64(x, 0), c = ein_far_angle_f64(x, 1);
    const double a = ein_abs_f64(r), b = ein_abs_f64(c);
    const double t = ein_tangent_f64(a < b ? a : b, a < b ? 0 : 1);
    return ein_signed_as_f64(t, (r < 0) != (c < 0) ? -1.0 : 1.0);
}

EIN_INLINE float ein_tan_any_f32(float x) { return ein_is_far_f32(x) ? (float)ein_far_tan_f64((double)x) : ein_near_tan_f32(x); }

EIN_INLINE double ein_tan_any_f64(double x) { return ein_is_far_f64(x) ? ein_far_tan_f64(x) : ein_near_tan_f64(x); }
