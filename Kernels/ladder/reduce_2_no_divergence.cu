// Sum of n floats, rung 2: the same tree, but the threads that work are side by side.
//
//   partial[b] = sum of the 256 elements of block b; the same kernel then sums the partial sums, until one is left
//
// Against rung 1: thread t works on the t-th pair of a step, wherever that lies. So the first warps are full and the others have nothing to do.
// To see in the metrics: divergent branches fall to those of the last steps, in one warp. But the lanes of a warp now read 2, 4, 8, ... floats
// apart, and banks repeat every 32 words: bank conflicts appear, up to 32 lanes waiting for one bank. This rung heals one thing by another.
// Bound by shared memory.
//
// Targets: sm_75.

extern "C" struct ReduceArgs
{
    const float* x; // [n]
    float* partial; // [gridDim.x]: a sum for each block
    long long n;
};

constexpr int Threads = 256;

extern "C" __global__ void __launch_bounds__(Threads) reduce_2_no_divergence(const ReduceArgs a)
{
    __shared__ float sums[Threads];
    int t = threadIdx.x;
    long long i = blockIdx.x * (long long)Threads + t;
    sums[t] = i < a.n ? a.x[i] : 0;
    __syncthreads();
#pragma unroll 1
    for (int step = 1; step < Threads; step *= 2)
    {
        int left = 2 * step * t;
        if (left < Threads)
            sums[left] += sums[left + step];
        __syncthreads();
    }
    if (t == 0)
        a.partial[blockIdx.x] = sums[0];
}
