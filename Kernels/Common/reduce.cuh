// Sums over a warp and over a thread block, always in the same order: the same bits every run.
#pragma once

constexpr unsigned AllLanes = 0xffffffffu;

// The sum of all lanes' values, in every lane.
template <typename T> __device__ __forceinline__ T warp_sum(T value)
{
    for (int distance = 16; distance > 0; distance /= 2)
        value += __shfl_xor_sync(AllLanes, value, distance);
    return value;
}

// The sum of all threads' values, in every thread. Threads is blockDim.x, a multiple of 32 up to 1024; every thread must call.
template <int Threads, typename T> __device__ __forceinline__ T block_sum(T value)
{
    static_assert(Threads % 32 == 0 && Threads <= 1024, "whole warps");
    __shared__ T partial[Threads / 32];
    value = warp_sum(value);
    if (threadIdx.x % 32 == 0)
        partial[threadIdx.x / 32] = value;
    __syncthreads();
    T sum = partial[0];
    for (int warp = 1; warp < Threads / 32; warp++)
        sum += partial[warp];
    __syncthreads(); // the next call writes the same memory
    return sum;
}
