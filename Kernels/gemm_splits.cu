// y (+)= sum of the splits of a product (+ bias), always in the same order. A thread has Vector neighbouring elements; where there are many splits and
// few elements each of `slices` groups of a block's threads takes every slices-th split. Bound by memory: each split's value is read once, whole sectors.
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
    int slice_shift; // slices = 1 << slice_shift, up to 8
};

template <int Vector> struct Elements
{
    float value[Vector];

    static __device__ __forceinline__ Elements load(const float* from)
    {
        Elements e;
        if constexpr (Vector == 4)
            *(float4*)e.value = *(const float4*)from;
        else
            e.value[0] = *from;
        return e;
    }

    __device__ __forceinline__ void store(float* to) const
    {
        if constexpr (Vector == 4)
            *(float4*)to = *(const float4*)value;
        else
            *to = value[0];
    }

    __device__ __forceinline__ void add(const Elements& other)
    {
#pragma unroll
        for (int i = 0; i < Vector; i++)
            value[i] += other.value[i];
    }
};

template <int Vector> __device__ __forceinline__ void sum_splits(const GemmSplitsArgs& a)
{
    using E = Elements<Vector>;
    __shared__ __align__(16) float sums[Threads * Vector];
    int groups = Threads >> a.slice_shift, slice = (int)threadIdx.x / groups, group = (int)threadIdx.x - slice * groups;
    long long i = ((long long)blockIdx.x * groups + group) * Vector;
    bool exists = i < a.count;
    E sum{};
    if (exists)
    {
        const float* from = a.splits_of_y + slice * a.count + i;
#pragma unroll 4
        for (int split = slice; split < a.splits; split += 1 << a.slice_shift, from += a.count << a.slice_shift)
            sum.add(E::load(from));
    }
    if (a.slice_shift > 0)
    {
        sum.store(&sums[threadIdx.x * Vector]);
        __syncthreads();
        if (slice > 0)
            return;
        for (int other = 1; other < 1 << a.slice_shift; other++)
            sum.add(E::load(&sums[(other * groups + group) * Vector]));
    }
    if (!exists)
        return;
    if (a.bias != nullptr)
        sum.add(E::load(a.bias + i % a.columns));
    if (a.accumulate)
        sum.add(E::load(a.y + i));
    sum.store(a.y + i);
}

// Counts, and columns where there is a bias, that are multiples of 4, at addresses of 16 bytes.
extern "C" __global__ void __launch_bounds__(Threads) gemm_splits_f32(const GemmSplitsArgs a) { sum_splits<4>(a); }

extern "C" __global__ void __launch_bounds__(Threads) gemm_splits_any_size_f32(const GemmSplitsArgs a) { sum_splits<1>(a); }
