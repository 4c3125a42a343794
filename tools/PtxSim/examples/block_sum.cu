// Sums of blocks of 256 whole numbers, by halving in shared memory: once right and once with a barrier too few.
// sums[b] = x[256 b] + ... + x[256 b + 255], where numbers beyond n count as 0. Launch with 256 threads per block.
#include <cuda_runtime.h>

extern "C" __global__ void block_sum(const int* x, int* sums, int n)
{
    __shared__ int partial[256];
    int t = threadIdx.x;
    int i = blockIdx.x * 256 + t;
    partial[t] = i < n ? x[i] : 0;
    __syncthreads();
    for (int half = 128; half > 0; half /= 2)
    {
        if (t < half)
            partial[t] += partial[t + half];
        __syncthreads();
    }
    if (t == 0)
        sums[blockIdx.x] = partial[0];
}

extern "C" __global__ void block_sum_racy(const int* x, int* sums, int n)
{
    __shared__ int partial[256];
    int t = threadIdx.x;
    int i = blockIdx.x * 256 + t;
    partial[t] = i < n ? x[i] : 0;
    // A barrier is missing here: the first round reads what other warps may not have written yet.
    for (int half = 128; half > 0; half /= 2)
    {
        if (t < half)
            partial[t] += partial[t + half];
        __syncthreads();
    }
    if (t == 0)
        sums[blockIdx.x] = partial[0];
}
