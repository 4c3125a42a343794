// Operators and comparisons of a 16-bit floating-point type, given its arithmetic functions.
#pragma once

#define PTXSIM_HALF_OPERATORS(T, T2)                                                                           \
    PTXSIM_DEVICE T operator+(T a, T b) { return __hadd(a, b); }                                               \
    PTXSIM_DEVICE T operator-(T a, T b) { return __hsub(a, b); }                                               \
    PTXSIM_DEVICE T operator*(T a, T b) { return __hmul(a, b); }                                               \
    PTXSIM_DEVICE T operator/(T a, T b) { return __hdiv(a, b); }                                               \
    PTXSIM_DEVICE T operator-(T a) { return __hneg(a); }                                                       \
    PTXSIM_DEVICE T operator+(T a) { return a; }                                                               \
    PTXSIM_DEVICE T& operator+=(T& a, T b) { return a = __hadd(a, b); }                                        \
    PTXSIM_DEVICE T& operator-=(T& a, T b) { return a = __hsub(a, b); }                                        \
    PTXSIM_DEVICE T& operator*=(T& a, T b) { return a = __hmul(a, b); }                                        \
    PTXSIM_DEVICE T& operator/=(T& a, T b) { return a = __hdiv(a, b); }                                        \
    PTXSIM_DEVICE bool operator==(T a, T b) { return __heq(a, b); }                                            \
    PTXSIM_DEVICE bool operator!=(T a, T b) { return __hneu(a, b); }                                           \
    PTXSIM_DEVICE bool operator<(T a, T b) { return __hlt(a, b); }                                             \
    PTXSIM_DEVICE bool operator<=(T a, T b) { return __hle(a, b); }                                            \
    PTXSIM_DEVICE bool operator>(T a, T b) { return __hgt(a, b); }                                             \
    PTXSIM_DEVICE bool operator>=(T a, T b) { return __hge(a, b); }                                            \
    PTXSIM_DEVICE T2 operator+(T2 a, T2 b) { return __hadd2(a, b); }                                           \
    PTXSIM_DEVICE T2 operator-(T2 a, T2 b) { return __hsub2(a, b); }                                           \
    PTXSIM_DEVICE T2 operator*(T2 a, T2 b) { return __hmul2(a, b); }                                           \
    PTXSIM_DEVICE T2& operator+=(T2& a, T2 b) { return a = __hadd2(a, b); }                                    \
    PTXSIM_DEVICE T2& operator*=(T2& a, T2 b) { return a = __hmul2(a, b); }

// What follows from conversion to f32 and back: exact for one operation, since f32 has more than twice the digits.
#define PTXSIM_HALF_ARITHMETIC(T, T2, to_float, from_float)                                                                \
    PTXSIM_DEVICE bool __heq(T a, T b) { return to_float(a) == to_float(b); }                                              \
    PTXSIM_DEVICE bool __hne(T a, T b) { float x = to_float(a), y = to_float(b); return x < y || x > y; }                  \
    PTXSIM_DEVICE bool __hneu(T a, T b) { return to_float(a) != to_float(b); }                                             \
    PTXSIM_DEVICE bool __hlt(T a, T b) { return to_float(a) < to_float(b); }                                               \
    PTXSIM_DEVICE bool __hle(T a, T b) { return to_float(a) <= to_float(b); }                                              \
    PTXSIM_DEVICE bool __hgt(T a, T b) { return to_float(a) > to_float(b); }                                               \
    PTXSIM_DEVICE bool __hge(T a, T b) { return to_float(a) >= to_float(b); }                                              \
    PTXSIM_DEVICE bool __hisnan(T a) { return __builtin_isnan(to_float(a)); }                                              \
    PTXSIM_DEVICE int __hisinf(T a) { float x = to_float(a); return __builtin_isinf(x) ? (x < 0 ? -1 : 1) : 0; }           \
    PTXSIM_DEVICE T __hdiv(T a, T b) { return from_float(to_float(a) / to_float(b)); }                                     \
    PTXSIM_DEVICE T __hmax(T a, T b) { return from_float(__nvvm_fmax_f(to_float(a), to_float(b))); }                       \
    PTXSIM_DEVICE T __hmin(T a, T b) { return from_float(__nvvm_fmin_f(to_float(a), to_float(b))); }                       \
    PTXSIM_DEVICE T hexp(T a) { return from_float(expf(to_float(a))); }                                                    \
    PTXSIM_DEVICE T hexp2(T a) { return from_float(exp2f(to_float(a))); }                                                  \
    PTXSIM_DEVICE T hlog(T a) { return from_float(logf(to_float(a))); }                                                    \
    PTXSIM_DEVICE T hlog2(T a) { return from_float(log2f(to_float(a))); }                                                  \
    PTXSIM_DEVICE T hsqrt(T a) { return from_float(sqrtf(to_float(a))); }                                                  \
    PTXSIM_DEVICE T hrsqrt(T a) { return from_float(1.0f / sqrtf(to_float(a))); }                                          \
    PTXSIM_DEVICE T hrcp(T a) { return from_float(1.0f / to_float(a)); }                                                   \
    PTXSIM_DEVICE T hsin(T a) { return from_float(sinf(to_float(a))); }                                                    \
    PTXSIM_DEVICE T hcos(T a) { return from_float(cosf(to_float(a))); }                                                    \
    PTXSIM_DEVICE T hfloor(T a) { return from_float(__builtin_floorf(to_float(a))); }                                      \
    PTXSIM_DEVICE T hceil(T a) { return from_float(__builtin_ceilf(to_float(a))); }                                        \
    PTXSIM_DEVICE T2 __hadd2(T2 a, T2 b) { return T2{__hadd(a.x, b.x), __hadd(a.y, b.y)}; }                                \
    PTXSIM_DEVICE T2 __hsub2(T2 a, T2 b) { return T2{__hsub(a.x, b.x), __hsub(a.y, b.y)}; }                                \
    PTXSIM_DEVICE T2 __hmul2(T2 a, T2 b) { return T2{__hmul(a.x, b.x), __hmul(a.y, b.y)}; }                                \
    PTXSIM_DEVICE T2 __h2div(T2 a, T2 b) { return T2{__hdiv(a.x, b.x), __hdiv(a.y, b.y)}; }                                \
    PTXSIM_DEVICE T2 __hfma2(T2 a, T2 b, T2 c) { return T2{__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y)}; }                \
    PTXSIM_DEVICE T2 __hneg2(T2 a) { return T2{__hneg(a.x), __hneg(a.y)}; }                                                \
    PTXSIM_DEVICE T2 __habs2(T2 a) { return T2{__habs(a.x), __habs(a.y)}; }                                                \
    PTXSIM_DEVICE T2 __hmax2(T2 a, T2 b) { return T2{__hmax(a.x, b.x), __hmax(a.y, b.y)}; }                                \
    PTXSIM_DEVICE T2 __hmin2(T2 a, T2 b) { return T2{__hmin(a.x, b.x), __hmin(a.y, b.y)}; }                                \
    PTXSIM_DEVICE T2 h2exp(T2 a) { return T2{hexp(a.x), hexp(a.y)}; }                                                      \
    PTXSIM_DEVICE T2 h2sqrt(T2 a) { return T2{hsqrt(a.x), hsqrt(a.y)}; }                                                   \
    PTXSIM_DEVICE T2 h2rsqrt(T2 a) { return T2{hrsqrt(a.x), hrsqrt(a.y)}; }                                                \
    PTXSIM_DEVICE bool __hbeq2(T2 a, T2 b) { return __heq(a.x, b.x) && __heq(a.y, b.y); }
