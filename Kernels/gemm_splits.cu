// y (+)= sum of the splits of a product (+ bias), always in the same order. A block has 256 / slices neighbouring elements; where there are many splits and
// few elements each of `slices` groups of threads takes every slices-th split. Bound by memory: each split's value is read once, whole sectors.
//
// Targets: sm_75.

constexpr int Threads = 256;

extern "C" struct GemmSplitsArgs
{
    const float* splits_of_y; // [splits, count]
    float* y;                 // [count]
    const float* bias;        // [columns] or null
    long long count;
    int splits, columns, accumulate;
    int slices; // a power of two up to 8
};

extern "C" __global__ void __launch_bounds__(Threads) gemm_splits_f32(const GemmSplitsArgs a)
{
    __shared__ float sums[Threads];
    int elements = Threads / a.slices, element = threadIdx.x % elements;
    long long i = (long long)blockIdx.x * elements + element;
    float sum = 0;
    if (i < a.count)
#pragma unroll 4
        for (int split = threadIdx.x / elements; split < a.splits; split += a.slices)
            sum += a.splits_of_y[split * a.count + i];
    if (a.slices > 1)
    {
        sums[threadIdx.x] = sum;
        __syncthreads();
        sum = 0;
        for (int slice = 0; slice < a.slices; slice++)
            sum += sums[slice * elements + element];
    }
    if (threadIdx.x >= elements || i >= a.count)
        return;
    if (a.bias != nullptr)
        sum += a.bias[i % a.columns];
    a.y[i] = a.accumulate ? a.y[i] + sum : sum;
}
