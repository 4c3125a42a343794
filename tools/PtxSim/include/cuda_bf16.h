// __nv_bfloat16 and __nv_bfloat162: the upper half of a float, rounded to nearest even.
#pragma once
#include "cuda_runtime.h"
#include "ptxsim/half_operators.h"

struct __nv_bfloat16_raw
{
    unsigned short x;
};

struct __align__(2) __nv_bfloat16
{
    unsigned short __x;

    __nv_bfloat16() = default;
    __host__ __device__ __nv_bfloat16(float value) : __x(round(value)) {}
    __host__ __device__ __nv_bfloat16(double value) : __x(round((float)value)) {}
    __host__ __device__ __nv_bfloat16(int value) : __x(round((float)value)) {}
    __host__ __device__ __nv_bfloat16(unsigned int value) : __x(round((float)value)) {}
    __host__ __device__ __nv_bfloat16(__nv_bfloat16_raw raw) : __x(raw.x) {}
    __host__ __device__ operator float() const { return __builtin_bit_cast(float, (unsigned int)__x << 16); }
    __host__ __device__ operator __nv_bfloat16_raw() const { return __nv_bfloat16_raw{__x}; }

private:
    static __host__ __device__ unsigned short round(float value)
    {
        unsigned int bits = __builtin_bit_cast(unsigned int, value);
        if ((bits & 0x7fffffffu) > 0x7f800000u)
            return 0x7fff;
        return (unsigned short)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
    }
};
typedef __nv_bfloat16 nv_bfloat16;

struct __align__(4) __nv_bfloat162
{
    __nv_bfloat16 x, y;
};
typedef __nv_bfloat162 nv_bfloat162;

#define PTXSIM_BOTH static __inline__ __host__ __device__

PTXSIM_BOTH __nv_bfloat16 __ushort_as_bfloat16(unsigned short bits) { return __nv_bfloat16(__nv_bfloat16_raw{bits}); }
PTXSIM_BOTH unsigned short __bfloat16_as_ushort(__nv_bfloat16 value) { return value.__x; }
PTXSIM_BOTH __nv_bfloat16 __float2bfloat16(float value) { return __nv_bfloat16(value); }
PTXSIM_BOTH __nv_bfloat16 __float2bfloat16_rn(float value) { return __nv_bfloat16(value); }
PTXSIM_BOTH __nv_bfloat16 __double2bfloat16(double value) { return __nv_bfloat16(value); }
PTXSIM_BOTH float __bfloat162float(__nv_bfloat16 value) { return (float)value; }
PTXSIM_BOTH __nv_bfloat162 make_bfloat162(__nv_bfloat16 x, __nv_bfloat16 y) { return __nv_bfloat162{x, y}; }
PTXSIM_BOTH __nv_bfloat162 __halves2bfloat162(__nv_bfloat16 x, __nv_bfloat16 y) { return __nv_bfloat162{x, y}; }
PTXSIM_BOTH __nv_bfloat162 __bfloat162bfloat162(__nv_bfloat16 x) { return __nv_bfloat162{x, x}; }
PTXSIM_BOTH __nv_bfloat162 __float2bfloat162_rn(float x) { return __nv_bfloat162{__nv_bfloat16(x), __nv_bfloat16(x)}; }
PTXSIM_BOTH __nv_bfloat162 __floats2bfloat162_rn(float x, float y) { return __nv_bfloat162{__nv_bfloat16(x), __nv_bfloat16(y)}; }
PTXSIM_BOTH __nv_bfloat162 __float22bfloat162_rn(float2 v) { return __nv_bfloat162{__nv_bfloat16(v.x), __nv_bfloat16(v.y)}; }
PTXSIM_BOTH float2 __bfloat1622float2(__nv_bfloat162 v) { return float2{(float)v.x, (float)v.y}; }
PTXSIM_BOTH __nv_bfloat16 __low2bfloat16(__nv_bfloat162 v) { return v.x; }
PTXSIM_BOTH __nv_bfloat16 __high2bfloat16(__nv_bfloat162 v) { return v.y; }
PTXSIM_BOTH float __low2float(__nv_bfloat162 v) { return (float)v.x; }
PTXSIM_BOTH float __high2float(__nv_bfloat162 v) { return (float)v.y; }
PTXSIM_BOTH __nv_bfloat16 __int2bfloat16_rn(int value) { return __nv_bfloat16((float)value); }
#undef PTXSIM_BOTH

PTXSIM_DEVICE __nv_bfloat16 __hadd(__nv_bfloat16 a, __nv_bfloat16 b) { return __nv_bfloat16((float)a + (float)b); }
PTXSIM_DEVICE __nv_bfloat16 __hsub(__nv_bfloat16 a, __nv_bfloat16 b) { return __nv_bfloat16((float)a - (float)b); }
PTXSIM_DEVICE __nv_bfloat16 __hmul(__nv_bfloat16 a, __nv_bfloat16 b) { return __nv_bfloat16((float)a * (float)b); }

#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
PTXSIM_DEVICE __nv_bfloat16 __hfma(__nv_bfloat16 a, __nv_bfloat16 b, __nv_bfloat16 c)
{
    unsigned short bits;
    asm("fma.rn.bf16 %0, %1, %2, %3;" : "=h"(bits) : "h"(a.__x), "h"(b.__x), "h"(c.__x));
    return __ushort_as_bfloat16(bits);
}
#else
PTXSIM_DEVICE __nv_bfloat16 __hfma(__nv_bfloat16 a, __nv_bfloat16 b, __nv_bfloat16 c)
{
    return __nv_bfloat16(__nvvm_fma_rn_f((float)a, (float)b, (float)c));
}
#endif
PTXSIM_DEVICE __nv_bfloat16 __hneg(__nv_bfloat16 a) { return __ushort_as_bfloat16((unsigned short)(a.__x ^ 0x8000)); }
PTXSIM_DEVICE __nv_bfloat16 __habs(__nv_bfloat16 a) { return __ushort_as_bfloat16((unsigned short)(a.__x & 0x7fff)); }

PTXSIM_HALF_ARITHMETIC(__nv_bfloat16, __nv_bfloat162, __bfloat162float, __float2bfloat16)
PTXSIM_HALF_OPERATORS(__nv_bfloat16, __nv_bfloat162)

PTXSIM_DEVICE __nv_bfloat16 atomicAdd(__nv_bfloat16* address, __nv_bfloat16 value)
{
    unsigned short old;
    asm volatile("atom.add.noftz.bf16 %0, [%1], %2;" : "=h"(old) : "l"(address), "h"(value.__x) : "memory");
    return __ushort_as_bfloat16(old);
}
PTXSIM_DEVICE __nv_bfloat162 atomicAdd(__nv_bfloat162* address, __nv_bfloat162 value)
{
    unsigned int old;
    asm volatile("atom.add.noftz.bf16x2 %0, [%1], %2;" : "=r"(old) : "l"(address), "r"(__builtin_bit_cast(unsigned int, value)) : "memory");
    return __builtin_bit_cast(__nv_bfloat162, old);
}

#define PTXSIM_HALF_SHUFFLE(name, last)                                                                                    \
    PTXSIM_DEVICE __nv_bfloat16 name(unsigned int mask, __nv_bfloat16 value, last, int width = 32)                         \
    {                                                                                                                      \
        return __ushort_as_bfloat16((unsigned short)name(mask, (unsigned int)value.__x, lane, width));                     \
    }                                                                                                                      \
    PTXSIM_DEVICE __nv_bfloat162 name(unsigned int mask, __nv_bfloat162 value, last, int width = 32)                       \
    {                                                                                                                      \
        return __builtin_bit_cast(__nv_bfloat162, name(mask, __builtin_bit_cast(unsigned int, value), lane, width));       \
    }
PTXSIM_HALF_SHUFFLE(__shfl_sync, int lane)
PTXSIM_HALF_SHUFFLE(__shfl_up_sync, unsigned int lane)
PTXSIM_HALF_SHUFFLE(__shfl_down_sync, unsigned int lane)
PTXSIM_HALF_SHUFFLE(__shfl_xor_sync, int lane)
#undef PTXSIM_HALF_SHUFFLE
