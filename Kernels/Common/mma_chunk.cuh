// Chunks of 16 bytes as floats: 8 bf16 or 4 float, in global and in shared memory.
#pragma once
#include "mma_ptx.cuh"

__device__ __forceinline__ void unpack_chunk(uint4 c, float (&v)[8])
{
    const unsigned pairs[4] = {c.x, c.y, c.z, c.w};
#pragma unroll
    for (int i = 0; i < 4; i++)
    {
        v[2 * i] = bf16_low(pairs[i]);
        v[2 * i + 1] = bf16_high(pairs[i]);
    }
}

__device__ __forceinline__ void unpack_chunk(uint4 c, float (&v)[4])
{
    v[0] = __uint_as_float(c.x), v[1] = __uint_as_float(c.y), v[2] = __uint_as_float(c.z), v[3] = __uint_as_float(c.w);
}

// Rounds; v becomes what the chunk holds.
__device__ __forceinline__ uint4 pack_chunk(float (&v)[8])
{
    uint4 c = {pack_bf16(v[0], v[1]), pack_bf16(v[2], v[3]), pack_bf16(v[4], v[5]), pack_bf16(v[6], v[7])};
    unpack_chunk(c, v);
    return c;
}

__device__ __forceinline__ uint4 pack_chunk(float (&v)[4])
{
    return uint4{__float_as_uint(v[0]), __float_as_uint(v[1]), __float_as_uint(v[2]), __float_as_uint(v[3])};
}

// N follows from T; it is there so that the size of the array is checked.
template <typename T, int N> __device__ __forceinline__ void load_chunk(const T* p, float (&v)[N])
{
    static_assert(N * sizeof(T) == 16, "one chunk");
    unpack_chunk(*reinterpret_cast<const uint4*>(p), v);
}

template <typename T, int N> __device__ __forceinline__ void store_chunk(T* p, float (&v)[N])
{
    static_assert(N * sizeof(T) == 16, "one chunk");
    *reinterpret_cast<uint4*>(p) = pack_chunk(v);
}

// N consecutive floats.
template <int N> __device__ __forceinline__ void load_floats(const float* p, float (&v)[N])
{
#pragma unroll
    for (int i = 0; i < N; i += 4)
    {
        float4 c = *reinterpret_cast<const float4*>(p + i);
        v[i] = c.x, v[i + 1] = c.y, v[i + 2] = c.z, v[i + 3] = c.w;
    }
}
