// Sum of n floats, rung 5: the tree runs in registers, by warp shuffles.
//
//   partial[b] = sum of the elements that block b meets; a second launch of one block sums the partial sums
//
// Against rung 4: 32 lanes add up through __shfl_down_sync, without shared memory and without barriers; then one word for each of the 8 warps goes
// through shared memory, behind the only barrier, and the first warp adds those the same way.
// To see in the metrics: shared requests nearly gone, fewer instructions. The last ones are hardly worth more: almost all is the loop over x now.
// Bound as rung 4.
//
// Targets: sm_75.

extern "C" struct ReduceArgs
{
    const float* x; // [n]
    float* partial; // [gridDim.x]: a sum for each block
    long long n;
};

constexpr int Threads = 256, Warps = Threads / 32;

// The sum over the first 2 * distance lanes, in lane 0.
__device__ __forceinline__ float warp_sum(float sum, int distance)
{
    for (; distance > 0; distance /= 2)
        sum += __shfl_down_sync(0xffffffffu, sum, distance);
    return sum;
}

extern "C" __global__ void __launch_bounds__(Threads) reduce_5_warp_shuffle(const ReduceArgs a)
{
    __shared__ float sums[Warps];
    int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    float sum = 0;
#pragma unroll 1
    for (long long i = blockIdx.x * (long long)Threads + threadIdx.x; i < a.n; i += gridDim.x * (long long)Threads)
        sum += a.x[i];
    sum = warp_sum(sum, 16);
    if (lane == 0)
        sums[warp] = sum;
    __syncthreads();
    if (warp > 0)
        return;
    sum = warp_sum(lane < Warps ? sums[lane] : 0, Warps / 2);
    if (lane == 0)
        a.partial[blockIdx.x] = sum;
}
