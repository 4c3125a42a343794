// Functions of one element: y = value, y = f(x), gradX (+)= gradY f'(x), y = a + alpha x.
//
// One thread per 16 bytes of neighbouring elements, in one access where every pointer allows it, and grid strides beyond the grid. Any count. A target may
// be one of the sources: each element is read before it is written, by the same thread. Bound by memory.
#pragma once

#include "Common/math.cuh"
#include "Common/pack.cuh"

extern "C" struct FillArgs
{
    void* y; // [n] T
    long long n;
    float value;
};

extern "C" struct UnaryForwardArgs
{
    const void* x; // [n] T
    void* y;       // [n] T
    long long n;
};

extern "C" struct UnaryBackwardArgs
{
    const void* saved;  // [n] T, the op's result, or its argument for log
    const void* grad_y; // [n] T
    void* grad_x;       // [n] T
    long long n;
    int accumulate;
};

extern "C" struct AddScaledArgs
{
    const void* a; // [n] T
    const void* x; // [n] T
    void* y;       // [n] T
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
        auto pack = load_floats<Width>(x + i);
#pragma unroll
        for (int j = 0; j < Width; j++)
            pack.at[j] = Op::forward(pack.at[j]);
        store_floats<Width>(y + i, pack);
    }
};

template <typename T, typename Op, bool Accumulate> struct UnaryBackward
{
    const T* saved;
    const T* grad_y;
    T* grad_x;

    template <int Width> __device__ __forceinline__ void run(long long i) const
    {
        auto s = load_floats<Width>(saved + i), grad = load_floats<Width>(grad_y + i);
        Pack<float, Width> old;
        if (Accumulate)
            old = load_floats<Width>(grad_x + i);
#pragma unroll
        for (int j = 0; j < Width; j++)
        {
            float value = Op::backward(s.at[j], grad.at[j]);
            grad.at[j] = Accumulate ? __fadd_rn(old.at[j], value) : value;
        }
        store_floats<Width>(grad_x + i, grad);
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
        auto sum = load_floats<Width>(a + i), term = load_floats<Width>(x + i);
#pragma unroll
        for (int j = 0; j < Width; j++)
            sum.at[j] = fmaf(alpha, term.at[j], sum.at[j]);
        store_floats<Width>(y + i, sum);
    }
};

template <typename T> __device__ __forceinline__ void fill(const FillArgs& a)
{
    T* y = static_cast<T*>(a.y);
    for_elements<WidestPack<T>>(a.n, is_aligned(y), Fill<T>{y, from_float<T>(a.value)});
}

template <typename Op, typename T> __device__ __forceinline__ void unary_forward(const UnaryForwardArgs& a)
{
    UnaryForward<T, Op> f{static_cast<const T*>(a.x), static_cast<T*>(a.y)};
    for_elements<WidestPack<T>>(a.n, is_aligned(f.x) && is_aligned(f.y), f);
}

template <typename Op, bool Accumulate, typename T> __device__ __forceinline__ void unary_backward_of(const UnaryBackwardArgs& a)
{
    UnaryBackward<T, Op, Accumulate> f{static_cast<const T*>(a.saved), static_cast<const T*>(a.grad_y), static_cast<T*>(a.grad_x)};
    for_elements<WidestPack<T>>(a.n, is_aligned(f.saved) && is_aligned(f.grad_y) && is_aligned(f.grad_x), f);
}

template <typename Op, typename T> __device__ __forceinline__ void unary_backward(const UnaryBackwardArgs& a)
{
    if (a.accumulate)
        unary_backward_of<Op, true, T>(a);
    else
        unary_backward_of<Op, false, T>(a);
}

template <typename T> __device__ __forceinline__ void add_scaled(const AddScaledArgs& a)
{
    AddScaled<T> f{static_cast<const T*>(a.a), static_cast<const T*>(a.x), static_cast<T*>(a.y), a.alpha};
    for_elements<WidestPack<T>>(a.n, is_aligned(f.a) && is_aligned(f.x) && is_aligned(f.y), f);
}
