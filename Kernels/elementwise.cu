// Functions of one element: y = value, y = f(x), gradX (+)= gradY f'(x), y = a + alpha x.
//
// One thread per four neighbouring elements, in 16-byte accesses where every pointer allows them, and grid strides beyond the grid. Any count. A target may
// be one of the sources: each element is read before it is written, by the same thread. Bound by memory.
//
// Targets: sm_75.

#include "Common/math.cuh"
#include "Common/pack.cuh"

extern "C" struct FillArgs
{
    float* y; // [n]
    long long n;
    float value;
};

extern "C" struct UnaryForwardArgs
{
    const float* x; // [n]
    float* y;       // [n]
    long long n;
};

extern "C" struct UnaryBackwardArgs
{
    const float* saved;  // [n] the op's result, or its argument for log
    const float* grad_y; // [n]
    float* grad_x;       // [n]
    long long n;
    int accumulate;
};

extern "C" struct AddScaledArgs
{
    const float* a; // [n]
    const float* x; // [n]
    float* y;       // [n]
    long long n;
    float alpha;
};

// gradY f' is of what the op saves; the derivative of -x needs nothing saved.
struct Exp
{
    static __device__ float forward(float x) { return exp_f32(x); }
    static __device__ float backward(float y, float grad) { return grad * y; }
};

struct Log
{
    static __device__ float forward(float x) { return log_f32(x); }
    static __device__ float backward(float x, float grad) { return __fdiv_rn(grad, x); }
};

struct Sqrt
{
    static __device__ float forward(float x) { return __fsqrt_rn(x); }
    static __device__ float backward(float y, float grad) { return __fdiv_rn(grad, y + y); }
};

// NaN is no smaller than 0 and stays; -0 becomes 0.
struct Relu
{
    static __device__ float forward(float x) { return x <= 0.0f ? 0.0f : x; }
    static __device__ float backward(float y, float grad) { return y <= 0.0f ? 0.0f : grad; }
};

struct Negate
{
    static __device__ float forward(float x) { return -x; }
};

template <typename T> struct Fill
{
    T* y;
    T value;

    template <int Width> __device__ __forceinline__ void run(long long i) const { store_pack<Width>(y + i, splat<Width>(value)); }
};

template <typename T, typename Op> struct UnaryForward
{
    const T* x;
    T* y;

    template <int Width> __device__ __forceinline__ void run(long long i) const
    {
        auto pack = load_pack<Width>(x + i);
#pragma unroll
        for (int j = 0; j < Width; j++)
            pack.at[j] = from_float<T>(Op::forward(to_float(pack.at[j])));
        store_pack<Width>(y + i, pack);
    }
};

template <typename T, typename Op, bool Accumulate> struct UnaryBackward
{
    const T* saved;
    const T* grad_y;
    T* grad_x;

    template <int Width> __device__ __forceinline__ void run(long long i) const
    {
        auto s = load_pack<Width>(saved + i), grad = load_pack<Width>(grad_y + i);
        Pack<T, Width> old;
        if (Accumulate)
            old = load_pack<Width>(grad_x + i);
#pragma unroll
        for (int j = 0; j < Width; j++)
        {
            float value = Op::backward(to_float(s.at[j]), to_float(grad.at[j]));
            grad.at[j] = from_float<T>(Accumulate ? __fadd_rn(to_float(old.at[j]), value) : value);
        }
        store_pack<Width>(grad_x + i, grad);
    }
};

template <typename T> struct AddScaled
{
    const T* a;
    const T* x;
    T* y;
    float alpha;

    template <int Width> __device__ __forceinline__ void run(long long i) const
    {
        auto sum = load_pack<Width>(a + i), term = load_pack<Width>(x + i);
#pragma unroll
        for (int j = 0; j < Width; j++)
            sum.at[j] = from_float<T>(fmaf(alpha, to_float(term.at[j]), to_float(sum.at[j])));
        store_pack<Width>(y + i, sum);
    }
};

template <typename Op> __device__ __forceinline__ void unary_forward(const UnaryForwardArgs& a)
{
    for_elements<WidestPack<float>>(a.n, is_aligned(a.x) && is_aligned(a.y), UnaryForward<float, Op>{a.x, a.y});
}

template <typename Op> __device__ __forceinline__ void unary_backward(const UnaryBackwardArgs& a)
{
    bool aligned = is_aligned(a.saved) && is_aligned(a.grad_y) && is_aligned(a.grad_x);
    if (a.accumulate)
        for_elements<WidestPack<float>>(a.n, aligned, UnaryBackward<float, Op, true>{a.saved, a.grad_y, a.grad_x});
    else
        for_elements<WidestPack<float>>(a.n, aligned, UnaryBackward<float, Op, false>{a.saved, a.grad_y, a.grad_x});
}

extern "C" __global__ void fill_f32(const FillArgs a) { for_elements<WidestPack<float>>(a.n, is_aligned(a.y), Fill<float>{a.y, a.value}); }

extern "C" __global__ void exp_forward_f32(const UnaryForwardArgs a) { unary_forward<Exp>(a); }
extern "C" __global__ void log_forward_f32(const UnaryForwardArgs a) { unary_forward<Log>(a); }
extern "C" __global__ void sqrt_forward_f32(const UnaryForwardArgs a) { unary_forward<Sqrt>(a); }
extern "C" __global__ void relu_forward_f32(const UnaryForwardArgs a) { unary_forward<Relu>(a); }
extern "C" __global__ void negate_forward_f32(const UnaryForwardArgs a) { unary_forward<Negate>(a); }

extern "C" __global__ void exp_backward_f32(const UnaryBackwardArgs a) { unary_backward<Exp>(a); }
extern "C" __global__ void log_backward_f32(const UnaryBackwardArgs a) { unary_backward<Log>(a); }
extern "C" __global__ void sqrt_backward_f32(const UnaryBackwardArgs a) { unary_backward<Sqrt>(a); }
extern "C" __global__ void relu_backward_f32(const UnaryBackwardArgs a) { unary_backward<Relu>(a); }

extern "C" __global__ void add_scaled_f32(const AddScaledArgs a)
{
    for_elements<WidestPack<float>>(a.n, is_aligned(a.a) && is_aligned(a.x) && is_aligned(a.y), AddScaled<float>{a.a, a.x, a.y, a.alpha});
}
