// y = a op b, with a and b broadcast to y's shape.
//
// _rows_: y as a matrix [rows, columns], each operand with any stride between rows and 1 or 0 between columns: equal shapes (one row), a scalar, a vector
// per channel of an NHWC image, a number per row. A thread takes 16 bytes of neighbouring columns where they are whole packs and aligned, keeps what is
// the same in all rows in registers, and goes from row to row. _axes_: any other broadcast, one thread per element of y, which finds its operands by
// dividing. Stores coalesce in both; loads as the broadcast allows. Bound by memory.
#pragma once

#include "Common/axes.cuh"
#include "Common/pack.cuh"

extern "C" struct BinaryRowsArgs
{
    const void* a; // of the kernel's type T
    const void* b;
    void* y; // [rows, columns]
    long long rows;
    long long columns;
    long long row_stride_a; // in elements
    long long row_stride_b;
    int column_stride_a; // 0 or 1
    int column_stride_b;
};

extern "C" struct BinaryAxesArgs
{
    const void* a; // of the kernel's type T
    const void* b;
    void* y; // [n]
    long long n;
    Axes axes;
    AxisStrides strides_a;
    AxisStrides strides_b;
};

struct Add
{
    static __device__ float apply(float a, float b) { return a + b; }
};

struct Subtract
{
    static __device__ float apply(float a, float b) { return a - b; }
};

struct Multiply
{
    static __device__ float apply(float a, float b) { return a * b; }
};

struct Divide
{
    static __device__ float apply(float a, float b) { return __fdiv_rn(a, b); }
};

// One operand of the rows of a column (of a pack of columns).
template <int Width, typename T> struct RowOperand
{
    const T* p;
    long long row_stride;
    int column_stride;
    Pack<float, Width> fixed;

    __device__ __forceinline__ Pack<float, Width> read(const T* at) const { return column_stride ? load_floats<Width>(at) : splat<Width>(to_float(*at)); }

    __device__ __forceinline__ void begin(const T* base, long long column)
    {
        p = base + column * column_stride;
        if (row_stride == 0)
            fixed = read(p);
    }

    __device__ __forceinline__ Pack<float, Width> row(long long row) const { return row_stride == 0 ? fixed : read(p + row * row_stride); }
};

template <typename Op, int Width, typename T> struct BinaryRows
{
    const BinaryRowsArgs& args;
    RowOperand<Width, T> a;
    RowOperand<Width, T> b;
    T* y;

    __device__ __forceinline__ void begin(long long column)
    {
        a.begin(static_cast<const T*>(args.a), column * Width);
        b.begin(static_cast<const T*>(args.b), column * Width);
        y = static_cast<T*>(args.y) + column * Width;
    }

    __device__ __forceinline__ void row(long long row)
    {
        auto left = a.row(row), right = b.row(row);
#pragma unroll
        for (int j = 0; j < Width; j++)
            left.at[j] = Op::apply(left.at[j], right.at[j]);
        store_floats<Width>(y + row * args.columns, left);
    }
};

template <typename Op, int Width, typename T> __device__ __forceinline__ void binary_rows_of(const BinaryRowsArgs& a)
{
    BinaryRows<Op, Width, T> f{a, {nullptr, a.row_stride_a, a.column_stride_a, {}}, {nullptr, a.row_stride_b, a.column_stride_b, {}}, nullptr};
    for_rows(a.rows, a.columns / Width, f);
}

template <typename T> __device__ __forceinline__ bool takes_packs(const T* p, long long row_stride, int column_stride)
{
    return column_stride == 0 || (row_stride % WidestPack<T> == 0 && is_aligned(p));
}

// Two arrays of y's shape: every element has its own operands, so packs do not depend on the length being a multiple.
template <typename Op, typename T> struct BinaryEqual
{
    const T* a;
    const T* b;
    T* y;

    template <int Width> __device__ __forceinline__ void run(long long i) const
    {
        auto left = load_floats<Width>(a + i), right = load_floats<Width>(b + i);
#pragma unroll
        for (int j = 0; j < Width; j++)
            left.at[j] = Op::apply(left.at[j], right.at[j]);
        store_floats<Width>(y + i, left);
    }
};

template <typename Op, typename T> __device__ __forceinline__ void binary_rows(const BinaryRowsArgs& args)
{
    constexpr int Width = WidestPack<T>;
    BinaryEqual<Op, T> equal{static_cast<const T*>(args.a), static_cast<const T*>(args.b), static_cast<T*>(args.y)};
    if (args.rows == 1 && args.column_stride_a && args.column_stride_b)
        for_elements<Width>(args.columns, is_aligned(equal.a) && is_aligned(equal.b) && is_aligned(equal.y), equal);
    else if (args.columns % Width == 0 && is_aligned(equal.y) && takes_packs(equal.a, args.row_stride_a, args.column_stride_a)
        && takes_packs(equal.b, args.row_stride_b, args.column_stride_b))
        binary_rows_of<Op, Width, T>(args);
    else
        binary_rows_of<Op, 1, T>(args);
}

template <typename Op, typename T> __device__ __forceinline__ void binary_axes(const BinaryAxesArgs& args)
{
    const T* a = static_cast<const T*>(args.a);
    const T* b = static_cast<const T*>(args.b);
    T* y = static_cast<T*>(args.y);
    for (long long i = thread_of_grid(); i < args.n; i += threads_of_grid())
    {
        long long offset_a = 0, offset_b = 0;
        for_axes(args.axes, i, [&](int axis, long long coordinate) {
            offset_a += coordinate * args.strides_a.at[axis];
            offset_b += coordinate * args.strides_b.at[axis];
        });
        y[i] = from_float<T>(Op::apply(to_float(a[offset_a]), to_float(b[offset_b])));
    }
}
