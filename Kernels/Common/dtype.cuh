// The types that tensors hold, and how a kernel computes with them: in float.
#pragma once

// The upper half of a float. An own type, for nvcc and clang have none in common that does without the CUDA SDK's headers.
struct bf16
{
    unsigned short bits;
};

__device__ __forceinline__ float to_float(float x) { return x; }
__device__ __forceinline__ float to_float(bf16 x) { return __uint_as_float((unsigned)x.bits << 16); }
__device__ __forceinline__ float to_float(unsigned char x) { return (float)x; }

template <typename T> __device__ __forceinline__ T from_float(float x);
template <> __device__ __forceinline__ float from_float<float>(float x) { return x; }

#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
// To the nearest, ties to even; NaN becomes 0x7fff.
template <> __device__ __forceinline__ bf16 from_float<bf16>(float x)
{
    bf16 y;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(y.bits) : "f"(x));
    return y;
}

// Two neighbours in a word, as they are in memory.
__device__ __forceinline__ unsigned bf16_pair(float first, float second)
{
    unsigned pair;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(second), "f"(first));
    return pair;
}
#endif
