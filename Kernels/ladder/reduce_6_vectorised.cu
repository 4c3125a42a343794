// Sum of n floats, rung 6: four elements in a load, four sums side by side.
//
//   partial[b] = sum of the elements that block b meets; a second launch of one block sums the partial sums
//
// Against rung 5: x is read as float4, and each of its four places has a sum of its own, so that no addition waits for the one before it. What is
// left over behind the last float4, up to three elements, goes to the first threads.
// To see in the metrics: a quarter of the global requests, 16 sectors each; the sectors are the same. Fewer instructions for each element.
// Bound by memory: 4 n bytes have to come, and there is little else.
// Precondition: x is 16-byte aligned.
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

extern "C" __global__ void __launch_bounds__(Threads) reduce_6_vectorised(const ReduceArgs a)
{
    __shared__ float sums[Warps];
    int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    long long thread = blockIdx.x * (long long)Threads + threadIdx.x, vectors = a.n / 4;
    float4 four = make_float4(0, 0, 0, 0);
#pragma unroll 1
    for (long long i = thread; i < vectors; i += gridDim.x * (long long)Threads)
    {
        float4 x = reinterpret_cast<const float4*>(a.x)[i];
        four = make_float4(four.x + x.x, four.y + x.y, four.z + x.z, four.w + x.w);
    }
    float sum = (four.x + four.y) + (four.z + four.w);
    if (4 * vectors + thread < a.n)
        sum += a.x[4 * vectors + thread];
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
