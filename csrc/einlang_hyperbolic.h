/* Hyperbolic functions and what neurons are made of, elementwise, in float and double; blocks as in `einlang_math.h`. */

#pragma once

#include <einlang_math.h>

/* tanh x = u / (u + 2) with u = e^(2|x|) - 1, its sign put back. 2.5 ulp */
EIN_INLINE float ein_tanh_f32(float x) {
    const float a = ein_abs_f32(x);
    const float u = ein_small_expm1_f32(2.0f * (a > 9.2f ? 9.2f : a));
    return ein_signed_as_f32(u / (u + 2.0f), x);
}

EIN_INLINE double ein_tanh_f64(double x) {
    const double a = ein_abs_f64(x);
    const double u = ein_small_expm1_f64(2.0 * (a > 19.1 ? 19.1 : a));
    return ein_signed_as_f64(u / (u + 2.0), x);
}

/* 1 / (1 + e^-x), from e^-|x|, so that nothing overflows. 2.7 ulp */
EIN_INLINE float ein_sigmoid_f32(float x) {
    const float e = ein_exp_f32(-ein_abs_f32(x));
    const float s = 1.0f / (1.0f + e);
    return x < 0.0f ? e * s : s;
}

EIN_INLINE double ein_sigmoid_f64(double x) {
    const double e = ein_exp_f64(-ein_abs_f64(x));
    const double s = 1.0 / (1.0 + e);
    return x < 0.0 ? e * s : s;
}

/* ln(1 + e^x) = max(x, 0) + ln(1 + e) with e = e^-|x|; with u = 1 + e rounded, ln(1 + e) = ln u + (e - (u - 1)) / u */
EIN_INLINE float ein_softplus_f32(float x) {
    const float e = ein_exp_f32(-ein_abs_f32(x));
    const float u = 1.0f + e;
    return (x > 0.0f ? x : 0.0f) + (ein_log_f32(u) + (e - (u - 1.0f)) / u);
}

EIN_INLINE double ein_softplus_f64(double x) {
    const double e = ein_exp_f64(-ein_abs_f64(x));
    const double u = 1.0 + e;
    return (x > 0.0 ? x : 0.0) + (ein_log_f64(u) + (e - (u - 1.0)) / u);
}

/* erf x: x p(x^2) near 0, else 1 - e^q(|x|), its sign put back. 2.2 ulp */
EIN_INLINE float ein_erf_f32(float x) {
    const float a = ein_abs_f32(x);
    const float z = x * x;
    const float near =
        x * (1.12837923f +
             z * (-0.376128286f +
                  z * (0.11285536f + z * (-0.0269339439f + z * (0.00534784188f + z * (-0.000953066396f + z * 0.000134172864f))))));
    const float y = a > 4.0f ? 4.0f : a;
    const float q =
        0.000173257285f +
        y * (-1.12950909f +
             y * (-0.633356512f +
                  y * (-0.108272068f + y * (0.0251159668f + y * (-0.00417043129f + y * (0.000434478134f + y * -2.11094211e-05f))))));
    return a < 0.92f ? near : ein_signed_as_f32(1.0f - ein_exp_f32(q), x);
}

/* erf x: x p(x^2) near 0, else 1 - e^q(|x|), its sign put back */
EIN_INLINE double ein_erf_f64(double x) {
    const double a = ein_abs_f64(x);
    const double z = x * x;
    double p = -8.2047118099108091e-10;
    p = 1.3917512087825266e-8 + z * p;
    p = -1.6249555222645301e-7 + z * p;
    p = 1.6452233920023087e-6 + z * p;
    p = -1.4925084572136136e-5 + z * p;
    p = 0.00012055310909619048 + z * p;
    p = -0.00085483264420000164 + z * p;
    p = 0.0052239776153936998 + z * p;
    p = -0.026866170644053514 + z * p;
    p = 0.11283791670948631 + z * p;
    p = -0.37612638903183571 + z * p;
    p = 1.1283791670955126 + z * p;
    const double y = a > 6.0 ? 6.0 : a;
    double q = -6.4624452597168122e-12;
    q = 2.6351332896718322e-10 + y * q;
    q = -4.9870099012755887e-9 + y * q;
    q = 5.7984735478990088e-8 + y * q;
    q = -4.6085746995697644e-7 + y * q;
    q = 2.6208245781235554e-6 + y * q;
    q = -1.07040082163837e-5 + y * q;
    q = 2.9440784679447754e-5 + y * q;
    q = -3.7116746987911246e-5 + y * q;
    q = -0.00010124165528964815 + y * q;
    q = 0.00071717926740252284 + y * q;
    q = -0.0018496802908939301 + y * q;
    q = 0.00034704109805242802 + y * q;
    q = 0.019036439134504778 + y * q;
    q = -0.10272808416838723 + y * q;
    q = -0.63663456676900387 + y * q;
    q = -1.1283761429728871 + y * q;
    q = -2.8682810595939779e-7 + y * q;
    return a < 0.92 ? x * p : ein_signed_as_f64(1.0 - ein_exp_f64(q), x);
}

/* sinh x: x + x^3 p(x^2) near 0, else h - 1 / (4 h) with h = e^|x| / 2, its sign put back */
EIN_INLINE float ein_sinh_f32(float x) {
    const float a = ein_abs_f32(x);
    const float z = a * a;
    float p = 2.78753237e-6f;
    p = 0.000198420967f + z * p;
    p = 0.00833331328f + z * p;
    p = 0.166666672f + z * p;
    const float h = ein_scaled_exp_f32(a, -1);
    return ein_signed_as_f32(a < 1 ? a + a * z * p : h - 0.25f / h, x);
}

/* sinh x: x + x^3 p(x^2) near 0, else h - 1 / (4 h) with h = e^|x| / 2, its sign put back */
EIN_INLINE double ein_sinh_f64(double x) {
    const double a = ein_abs_f64(x);
    const double z = a * a;
    double p = 7.7659312998683312e-13;
    p = 1.6056999405190197e-10 + z * p;
    p = 2.5052126866023666e-8 + z * p;
    p = 2.7557319130394622e-6 + z * p;
    p = 0.0001984126984153066 + z * p;
    p = 0.0083333333333329724 + z * p;
    p = 0.16666666666666669 + z * p;
    const double h = ein_scaled_exp_f64(a, -1);
    return ein_signed_as_f64(a < 1 ? a + a * z * p : h - 0.25 / h, x);
}

EIN_INLINE float ein_cosh_f32(float x) {
    const float h = ein_scaled_exp_f32(ein_abs_f32(x), -1);
    return h + 0.25f / h;
}

EIN_INLINE double ein_cosh_f64(double x) {
    const double h = ein_scaled_exp_f64(ein_abs_f64(x), -1);
    return h + 0.25 / h;
}
