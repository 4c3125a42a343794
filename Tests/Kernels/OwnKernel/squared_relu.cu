// y = max(x, 0)^2, and grad_x = 2 max(x, 0) * grad_y. One thread for an element.

struct ForwardArgs
{
    const float* x; // [n]
    float* y;       // [n]
    long long n;
};

extern "C" __global__ void squared_relu_forward_f32(const ForwardArgs a)
{
    long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (i >= a.n)
        return;
    float positive = a.x[i] < 0 ? 0 : a.x[i]; // a NaN stays one
    a.y[i] = positive * positive;
}

struct BackwardArgs
{
    const float* x;      // [n]
    const float* grad_y; // [n]
    float* grad_x;       // [n]
    long long n;
    int accumulate; // add to what grad_x holds
};

extern "C" __global__ void squared_relu_backward_f32(const BackwardArgs a)
{
    long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (i >= a.n)
        return;
    float positive = a.x[i] < 0 ? 0 : a.x[i];
    float grad = 2 * positive * a.grad_y[i];
    a.grad_x[i] = a.accumulate ? a.grad_x[i] + grad : grad;
}
