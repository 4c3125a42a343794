// y = x in another type: bytes to float, float to bfloat16 (to the nearest, ties to even) and back.
//
// One thread per four neighbouring elements where both pointers are aligned for that: 16 bytes on the float side, 8 or 4 on the other, each access of a warp
// one stretch of memory. Any count. Bound by memory. The bfloat16 conversions need compute capability 8.0.
#pragma once

#include "Common/pack.cuh"

extern "C" struct CastArgs
{
    const void* x; // [n]
    void* y;       // [n]
    long long n;
};

template <typename From, typename To> struct Cast
{
    const From* x;
    To* y;

    template <int Width> __device__ __forceinline__ void run(long long i) const
    {
        store_floats<Width>(y + i, load_floats<Width>(x + i));
    }
};

template <typename From, typename To> __device__ __forceinline__ void cast(const CastArgs& a)
{
    constexpr int Width = 4;
    Cast<From, To> f{static_cast<const From*>(a.x), static_cast<To*>(a.y)};
    for_elements<Width>(a.n, is_aligned(f.x, Width * sizeof(From)) && is_aligned(f.y, Width * sizeof(To)), f);
}
