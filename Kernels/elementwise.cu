// y = value.
//
// Targets: sm_75.

extern "C" struct FillArgs
{
    float* y; // [n]
    long long n;
    float value;
};

extern "C" __global__ void fill_f32(const FillArgs a)
{
    for (long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x; i < a.n; i += (long long)gridDim.x * blockDim.x)
        a.y[i] = a.value;
}
