// e^x and the natural logarithm in float32, to about one unit in the last place, for every input: zeros, denormals, infinities, NaN. Written out, so that
// they are the same with every compiler; without a table, a branch or float64, which consumer cards have little of.
#pragma once

// ln 2 in two pieces; the first has nine significant bits, so that its product with an exponent is exact.
constexpr float Ln2High = 0.693359375f;
constexpr float Ln2Low = -2.12194440e-4f;

__device__ __forceinline__ float power_of_two(int exponent) { return __int_as_float((exponent + 127) << 23); }

// With n = round(x / ln 2) and r = x - n ln 2, |r| <= 0.347: e^x = 2^n e^r, e^r by its Taylor series to r^7 (remainder 5e-9).
// 2^n goes on in two halves, so that results down to the smallest denormal are rounded once.
__device__ __forceinline__ float exp_f32(float x)
{
    // Beyond these bounds the result is infinite or zero anyway; NaN passes both comparisons.
    x = x > 89.0f ? 89.0f : x;
    x = x < -104.0f ? -104.0f : x;

    // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
    constexpr float Magic = 12582912.0f;
    float shifted = fmaf(x, 1.44269504f, Magic);
    float n = shifted - Magic;
    float r = fmaf(n, -Ln2High, x);
    r = fmaf(n, -Ln2Low, r);

    float q = fmaf(r, 1 / 5040.0f, 1 / 720.0f);
    q = fmaf(q, r, 1 / 120.0f);
    q = fmaf(q, r, 1 / 24.0f);
    q = fmaf(q, r, 1 / 6.0f);
    q = fmaf(q, r, 0.5f);
    float e = fmaf(q, r * r, r) + 1.0f;

    int exponent = __float_as_int(shifted) - __float_as_int(Magic);
    int half = exponent >> 1;
    return e * power_of_two(half) * power_of_two(exponent - half);
}

// With x = 2^k (1 + f), 1 + f in [0.707, 1.414), and s = f / (2 + f): log(1 + f) = 2 atanh(s) = f - s (f - R),
// R = 2 s^2/3 + 2 s^4/5 + 2 s^6/7 + 2 s^8/9 (remainder 2e-9). The leading f is exact, which keeps results near log 1 accurate.
__device__ __forceinline__ float log_f32(float x)
{
    bool denormal = x < 1.17549435e-38f;
    float scaled = denormal ? x * 33554432.0f : x;

    constexpr int SqrtHalf = 0x3f3504f3;
    int bits = __float_as_int(scaled) - SqrtHalf;
    float k = (float)(bits >> 23) + (denormal ? -25.0f : 0.0f);
    float f = __int_as_float((bits & 0x007fffff) + SqrtHalf) - 1.0f;

    float s = __fdiv_rn(f, f + 2.0f);
    float z = s * s;
    float r = fmaf(z, 2 / 9.0f, 2 / 7.0f);
    r = fmaf(r, z, 2 / 5.0f);
    r = __fmul_rn(fmaf(r, z, 2 / 3.0f), z); // not to be fused with the subtraction below
    float tail = fmaf(k, Ln2Low, s * (r - f));
    float result = fmaf(k, Ln2High, tail + f);

    // +inf and NaN are their own logarithms; log 0 = -inf; log of a negative number is NaN.
    result = x < __int_as_float(0x7f800000) ? result : x;
    result = x == 0.0f ? __int_as_float(0xff800000) : result;
    return x < 0.0f ? __int_as_float(0x7fffffff) : result;
}
