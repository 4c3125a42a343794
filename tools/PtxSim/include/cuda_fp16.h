// __half and __half2: IEEE half precision. Addition, multiplication and fma are the hardware's own instructions.
#pragma once
#include "cuda_runtime.h"
#include "ptxsim/half_operators.h"

struct __half_raw
{
    unsigned short x;
};

struct __align__(2) __half
{
    unsigned short __x;

    __half() = default;
    __host__ __device__ __half(float value) : __x(__builtin_bit_cast(unsigned short, (_Float16)value)) {}
    __host__ __device__ __half(double value) : __x(__builtin_bit_cast(unsigned short, (_Float16)value)) {}
    __host__ __device__ __half(int value) : __half((float)value) {}
    __host__ __device__ __half(unsigned int value) : __half((float)value) {}
    __host__ __device__ __half(long value) : __half((double)value) {}
    __host__ __device__ __half(long long value) : __half((double)value) {}
    __host__ __device__ __half(__half_raw raw) : __x(raw.x) {}
    __host__ __device__ operator float() const { return (float)__builtin_bit_cast(_Float16, __x); }
    __host__ __device__ operator __half_raw() const { return __half_raw{__x}; }
};
typedef __half half;

struct __align__(4) __half2
{
    __half x, y;
};
typedef __half2 half2;

#define PTXSIM_BOTH static __inline__ __host__ __device__

PTXSIM_BOTH __half __ushort_as_half(unsigned short bits) { return __half(__half_raw{bits}); }
PTXSIM_BOTH __half __short_as_half(short bits) { return __ushort_as_half((unsigned short)bits); }
PTXSIM_BOTH unsigned short __half_as_ushort(__half value) { return value.__x; }
PTXSIM_BOTH short __half_as_short(__half value) { return (short)value.__x; }
PTXSIM_BOTH __half __float2half(float value) { return __half(value); }
PTXSIM_BOTH __half __float2half_rn(float value) { return __half(value); }
PTXSIM_BOTH __half __double2half(double value) { return __half(value); }
PTXSIM_BOTH float __half2float(__half value) { return (float)value; }
PTXSIM_BOTH __half2 make_half2(__half x, __half y) { return __half2{x, y}; }
PTXSIM_BOTH __half2 __halves2half2(__half x, __half y) { return __half2{x, y}; }
PTXSIM_BOTH __half2 __half2half2(__half x) { return __half2{x, x}; }
PTXSIM_BOTH __half2 __float2half2_rn(float x) { return __half2{__half(x), __half(x)}; }
PTXSIM_BOTH __half2 __floats2half2_rn(float x, float y) { return __half2{__half(x), __half(y)}; }
PTXSIM_BOTH __half2 __float22half2_rn(float2 v) { return __half2{__half(v.x), __half(v.y)}; }
PTXSIM_BOTH float2 __half22float2(__half2 v) { return float2{(float)v.x, (float)v.y}; }
PTXSIM_BOTH __half __low2half(__half2 v) { return v.x; }
PTXSIM_BOTH __half __high2half(__half2 v) { return v.y; }
PTXSIM_BOTH float __low2float(__half2 v) { return (float)v.x; }
PTXSIM_BOTH float __high2float(__half2 v) { return (float)v.y; }
PTXSIM_BOTH __half2 __low2half2(__half2 v) { return __half2{v.x, v.x}; }
PTXSIM_BOTH __half2 __high2half2(__half2 v) { return __half2{v.y, v.y}; }
PTXSIM_BOTH __half2 __lowhigh2highlow(__half2 v) { return __half2{v.y, v.x}; }
PTXSIM_BOTH __half __int2half_rn(int value) { return __half((float)value); }
PTXSIM_BOTH __half __uint2half_rn(unsigned int value) { return __half((float)value); }
PTXSIM_DEVICE int __half2int_rn(__half value) { return __float2int_rn((float)value); }
PTXSIM_DEVICE int __half2int_rz(__half value) { return __float2int_rz((float)value); }
PTXSIM_DEVICE __half __float2half_rz(float value)
{
    unsigned short bits;
    asm("cvt.rz.f16.f32 %0, %1;" : "=h"(bits) : "f"(value));
    return __ushort_as_half(bits);
}
#undef PTXSIM_BOTH

#define PTXSIM_HALF_BINARY(name, ptx)                                                                  \
    PTXSIM_DEVICE __half name(__half a, __half b)                                                      \
    {                                                                                                  \
        unsigned short bits;                                                                           \
        asm(ptx " %0, %1, %2;" : "=h"(bits) : "h"(a.__x), "h"(b.__x));                                 \
        return __ushort_as_half(bits);                                                                 \
    }
PTXSIM_HALF_BINARY(__hadd, "add.f16")
PTXSIM_HALF_BINARY(__hsub, "sub.f16")
PTXSIM_HALF_BINARY(__hmul, "mul.f16")
PTXSIM_HALF_BINARY(__hadd_sat, "add.sat.f16")
PTXSIM_HALF_BINARY(__hmul_sat, "mul.sat.f16")
#undef PTXSIM_HALF_BINARY

PTXSIM_DEVICE __half __hfma(__half a, __half b, __half c)
{
    unsigned short bits;
    asm("fma.rn.f16 %0, %1, %2, %3;" : "=h"(bits) : "h"(a.__x), "h"(b.__x), "h"(c.__x));
    return __ushort_as_half(bits);
}
PTXSIM_DEVICE __half __hneg(__half a) { return __ushort_as_half((unsigned short)(a.__x ^ 0x8000)); }
PTXSIM_DEVICE __half __habs(__half a) { return __ushort_as_half((unsigned short)(a.__x & 0x7fff)); }

PTXSIM_HALF_ARITHMETIC(__half, __half2, __half2float, __float2half)
PTXSIM_HALF_OPERATORS(__half, __half2)

PTXSIM_DEVICE __half atomicAdd(__half* address, __half value)
{
    unsigned short old;
    asm volatile("atom.add.noftz.f16 %0, [%1], %2;" : "=h"(old) : "l"(address), "h"(value.__x) : "memory");
    return __ushort_as_half(old);
}
PTXSIM_DEVICE __half2 atomicAdd(__half2* address, __half2 value)
{
    unsigned int old;
    asm volatile("atom.add.noftz.f16x2 %0, [%1], %2;" : "=r"(old) : "l"(address), "r"(__builtin_bit_cast(unsigned int, value)) : "memory");
    return __builtin_bit_cast(__half2, old);
}

#define PTXSIM_HALF_SHUFFLE(name, last)                                                                                    \
    PTXSIM_DEVICE __half name(unsigned int mask, __half value, last, int width = 32)                                       \
    {                                                                                                                      \
        return __ushort_as_half((unsigned short)name(mask, (unsigned int)value.__x, lane, width));                         \
    }                                                                                                                      \
    PTXSIM_DEVICE __half2 name(unsigned int mask, __half2 value, last, int width = 32)                                     \
    {                                                                                                                      \
        return __builtin_bit_cast(__half2, name(mask, __builtin_bit_cast(unsigned int, value), lane, width));              \
    }
PTXSIM_HALF_SHUFFLE(__shfl_sync, int lane)
PTXSIM_HALF_SHUFFLE(__shfl_up_sync, unsigned int lane)
PTXSIM_HALF_SHUFFLE(__shfl_down_sync, unsigned int lane)
PTXSIM_HALF_SHUFFLE(__shfl_xor_sync, int lane)
#undef PTXSIM_HALF_SHUFFLE
