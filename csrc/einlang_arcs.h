/* Inverse trigonometric functions, elementwise, in float and double; blocks as in `einlang_math.h`. */

#pragma once

#include <einlang_math.h>

/* asin |x| = s + s^3 p(s^2) for |x| <= 1/2, else half of what is missing to pi / 2, with s = ((1 - |x|) / 2)^(1/2) */
EIN_INLINE float ein_arc_f32(float x) {
    const float a = ein_abs_f32(x);
    const float z = a > 0.5f ? 0.5f * (1.0f - a) : a * a;
    const float s = a > 0.5f ? sqrtf(z) : a;
    float p = 0.0420497544f;
    p = 0.0242486075f + z * p;
    p = 0.0454560965f + z * p;
    p = 0.0749541745f + z * p;
    p = 0.166667491f + z * p;
    return s + s * z * p;
}

/* asin |x| = s + s^3 p(s^2) for |x| <= 1/2, else half of what is missing to pi / 2, with s = ((1 - |x|) / 2)^(1/2) */
EIN_INLINE double ein_arc_f64(double x) {
    const double a = ein_abs_f64(x);
    const double z = a > 0.5 ? 0.5 * (1.0 - a) : a * a;
    const double s = a > 0.5 ? sqrt(z) : a;
    double p = 0.03188967179370579;
    p = -0.01619356152128297 + z * p;
    p = 0.01951018797981819 + z * p;
    p = 0.0065340400766872612 + z * p;
    p = 0.012167929508643141 + z * p;
    p = 0.013885414460912255 + z * p;
    p = 0.017359687859484187 + z * p;
    p = 0.022371759144791083 + z * p;
    p = 0.030381959088414404 + z * p;
    p = 0.044642856829735185 + z * p;
    p = 0.075000000003347958 + z * p;
    p = 0.1666666666666542 + z * p;
    return s + s * z * p;
}

EIN_INLINE float ein_asin_f32(float x) {
    const float t = ein_arc_f32(x);
    return ein_signed_as_f32(ein_abs_f32(x) > 0.5f ? 1.57079637f - (2.0f * t - -4.37113883e-8f) : t, x);
}

EIN_INLINE double ein_asin_f64(double x) {
    const double t = ein_arc_f64(x);
    return ein_signed_as_f64(ein_abs_f64(x) > 0.5 ? 1.5707963267948966 - (2.0 * t - 6.123233995736766e-17) : t, x);
}

EIN_INLINE float ein_acos_f32(float x) {
    const float t = ein_arc_f32(x);
    const float middle = 1.57079637f - (ein_signed_as_f32(t, x) - -4.37113883e-8f);
    return x > 0.5f ? 2.0f * t : x < -0.5f ? 3.14159274f - (2.0f * t - -8.74227766e-8f) : middle;
}

EIN_INLINE double ein_acos_f64(double x) {
    const double t = ein_arc_f64(x);
    const double middle = 1.5707963267948966 - (ein_signed_as_f64(t, x) - 6.123233995736766e-17);
    return x > 0.5 ? 2.0 * t : x < -0.5 ? 3.1415926535897931 - (2.0 * t - 1.2246467991473532e-16) : middle;
}

/* atan |x| = q + t + t^3 p(t^2), |t| <= tan(pi / 8): t = x, (x - 1) / (x + 1) with q = pi / 4, or -1 / x with q = pi / 2 */
EIN_INLINE float ein_atan_f32(float x) {
    const float a = ein_abs_f32(x);
    const int large = a > 2.41421356f;
    const int middle = a > 0.414213562f;
    const float above = large ? -1.0f : middle ? a - 1.0f : a;
    const float below = large ? a : middle ? a + 1.0f : 1.0f;
    const float t = above / below;
    const float z = t * t;
    float p = -0.0609631799f;
    p = 0.106015615f + z * p;
    p = -0.142446876f + z * p;
    p = 0.1999854f + z * p;
    p = -0.333333164f + z * p;
    const float low = large ? -4.37113883e-8f : middle ? -2.18556941e-8f : 0.0f;
    const float high = large ? 1.57079637f : middle ? 0.785398185f : 0.0f;
    return ein_signed_as_f32(high + (t + (t * z * p + low)), x);
}

/* atan |x| = q + t + t^3 p(t^2), |t| <= tan(pi / 8): t = x, (x - 1) / (x + 1) with q = pi / 4, or -1 / x with q = pi / 2 */
EIN_INLINE double ein_atan_f64(double x) {
    const double a = ein_abs_f64(x);
    const int large = a > 2.4142135623730950;
    const int middle = a > 0.41421356237309503;
    const double above = large ? -1.0 : middle ? a - 1.0 : a;
    const double below = large ? a : middle ? a + 1.0 : 1.0;
    const double t = above / below;
    const double z = t * t;
    double p = -0.017911225266896633;
    p = 0.038067295291240609 + z * p;
    p = -0.050393739811953948 + z * p;
    p = 0.058478959399600884 + z * p;
    p = -0.066631037630374812 + z * p;
    p = 0.076920600903429365 + z * p;
    p = -0.090908977460842297 + z * p;
    p = 0.11111110782965167 + z * p;
    p = -0.14285714280187753 + z * p;
    p = 0.19999999999953572 + z * p;
    p = -0.33333333333333198 + z * p;
    const double low = large ? 6.123233995736766e-17 : middle ? 3.061616997868383e-17 : 0.0;
    const double high = large ? 1.5707963267948966 : middle ? 0.78539816339744828 : 0.0;
    return ein_signed_as_f64(high + (t + (t * z * p + low)), x);
}
