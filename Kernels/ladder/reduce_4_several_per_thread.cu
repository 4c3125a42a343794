// Sum of n floats, rung 4: a thread adds up several elements before the tree begins.
//
//   partial[b] = sum of the elements that block b meets; a second launch of one block sums the partial sums
//
// Against rung 3: the grid has at most 256 blocks; each walks over x in strides of the whole grid, a register per thread for the sum. The tree is
// climbed once for some sixteen elements of a thread, not once for each. Neighbouring threads still load neighbouring elements.
// To see in the metrics: a sixteenth of the shared requests and barriers, a fraction of the instructions; the same sectors, which no rung can
// save: every element has to be read. Two launches in place of three.
// Bound by memory where enough loads are under way at once, else by their latency: a thread adds one element before it asks for the next.
//
// Targets: sm_75.

extern "C" struct ReduceArgs
{
    const float* x; // [n]
    float* partial; // [gridDim.x]: a sum for each block
    long long n;
};

constexpr int Threads = 256;

extern "C" __global__ void __launch_bounds__(Threads) reduce_4_several_per_thread(const ReduceArgs a)
{
    __shared__ float sums[Threads];
    int t = threadIdx.x;
    float sum = 0;
#pragma unroll 1
    for (long long i = blockIdx.x * (long long)Threads + t; i < a.n; i += gridDim.x * (long long)Threads)
        sum += a.x[i];
    sums[t] = sum;
    __syncthreads();
#pragma unroll 1
    for (int step = Threads / 2; step > 0; step /= 2)
    {
        if (t < step)
            sums[t] += sums[t + step];
        __syncthreads();
    }
    if (t == 0)
        a.partial[blockIdx.x] = sums[0];
}
