// Sum of n floats, rung 3: the tree adds the upper half to the lower half.
//
//   partial[b] = sum of the 256 elements of block b; the same kernel then sums the partial sums, until one is left
//
// Against rung 2: the partner lies half the remaining length away, so both the threads that work and the words that they read are side by side.
// To see in the metrics: bank conflicts are 0, with the same requests and nearly the same instructions as before.
// Bound by instructions: half of the threads do nothing but load one element and wait at barriers, from the first step on.
//
// Targets: sm_75.

extern "C" struct ReduceArgs
{
    const float* x; // [n]
    float* partial; // [gridDim.x]: a sum for each block
    long long n;
};

constexpr int Threads = 256;

extern "C" __global__ void __launch_bounds__(Threads) reduce_3_sequential(const ReduceArgs a)
{
    __shared__ float sums[Threads];
    int t = threadIdx.x;
    long long i = blockIdx.x * (long long)Threads + t;
    sums[t] = i < a.n ? a.x[i] : 0;
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
