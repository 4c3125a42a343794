// Sum of n floats, rung 1: a tree in shared memory, between neighbours that grow apart.
//
//   partial[b] = sum of the 256 elements of block b; the same kernel then sums the partial sums, until one is left
//
// Parallel: one thread for an element. In step 1, 2, 4, ... every second, fourth, eighth, ... thread adds what lies that far to its right.
// To see in the metrics: branches on which the lanes of a warp part (divergent), and warps in which most lanes are idle: to the last step but
// three, each warp still has a lane that works, so all of them issue instructions.
// Bound by instructions, though a sum should be bound by memory: one addition for 4 bytes.
// Deterministic, as all rungs are: the order of the additions depends on n alone, and no float is added atomically.
//
// Targets: sm_75.

extern "C" struct ReduceArgs
{
    const float* x; // [n]
    float* partial; // [gridDim.x]: a sum for each block
    long long n;
};

constexpr int Threads = 256;

extern "C" __global__ void __launch_bounds__(Threads) reduce_1_naive(const ReduceArgs a)
{
    __shared__ float sums[Threads];
    int t = threadIdx.x;
    long long i = blockIdx.x * (long long)Threads + t;
    sums[t] = i < a.n ? a.x[i] : 0;
    __syncthreads();
#pragma unroll 1
    for (int step = 1; step < Threads; step *= 2)
    {
        if (t % (2 * step) == 0)
            sums[t] += sums[t + step];
        __syncthreads();
    }
    if (t == 0)
        a.partial[blockIdx.x] = sums[0];
}
