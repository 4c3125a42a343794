// y = a op b, with a and b broadcast to y's shape.
//
// _rows_: y as a matrix [rows, columns], each operand with any stride between rows and 1 or 0 between columns: equal shapes (one row), a scalar, a vector
// per channel of an NHWC image, a number per row. A thread takes four neighbouring columns where they are a multiple of four and aligned, keeps what is
// the same in all rows in registers, and goes from row to row. _axes_: any other broadcast, one thread per element of y, which finds its operands by
// dividing. Stores coalesce in both; loads as the broadcast allows. Bound by memory.
//
// Targets: sm_75.

#include "Common/axes.cuh"
#include "Common/pack.cuh"

extern "C" struct BinaryRowsArgs
{
    const float* a;
    const float* b;
    float* y; // [rows, columns]
    long long rows;
    long long columns;
    long long row_stride_a; // in elements
    long long row_stride_b;
    int column_stride_a; // 0 or 1
    int column_stride_b;
};

extern "C" struct BinaryAxesArgs
{
    const float* a;
    const float* b;
    float* y; // [n]
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
    Pack<T, Width> fixed;

    __device__ __forceinline__ Pack<T, Width> read(const T* at) const { return column_stride ? load_pack<Width>(at) : splat<Width>(*at); }

    __device__ __forceinline__ void begin(const T* base, long long column)
    {
        p = base + column * column_stride;
        if (row_stride == 0)
            fixed = read(p);
    }

    __device__ __forceinline__ Pack<T, Width> row(long long row) const { return row_stride == 0 ? fixed : read(p + row * row_stride); }
};

template <typename Op, int Width, typename T> struct BinaryRows
{
    const BinaryRowsArgs& args;
    RowOperand<Width, T> a;
    RowOperand<Width, T> b;
    T* y;

    __device__ __forceinline__ void begin(long long column)
    {
        a.begin(args.a, column * Width);
        b.begin(args.b, column * Width);
        y = args.y + column * Width;
    }

    __device__ __forceinline__ void row(long long row)
    {
        auto left = a.row(row), right = b.row(row);
#pragma unroll
        for (int j = 0; j < Width; j++)
            left.at[j] = from_float<T>(Op::apply(to_float(left.at[j]), to_float(right.at[j])));
        store_pack<Width>(y + row * args.columns, left);
    }
};

template <typename Op, int Width, typename T> __device__ __forceinline__ void binary_rows_of(const BinaryRowsArgs& a)
{
    BinaryRows<Op, Width, T> f{a, {nullptr, a.row_stride_a, a.column_stride_a, {}}, {nullptr, a.row_stride_b, a.column_stride_b, {}}, nullptr};
    for_rows(a.rows, a.columns / Width, f);
}

__device__ __forceinline__ bool takes_packs(const float* p, long long row_stride, int column_stride)
{
    return column_stride == 0 || (row_stride % WidestPack<float> == 0 && is_aligned(p));
}

// Two arrays of y's shape: every element has its own operands, so packs do not depend on the length being a multiple.
template <typename Op, typename T> struct BinaryEqual
{
    const T* a;
    const T* b;
    T* y;

    template <int Width> __device__ __forceinline__ void run(long long i) const
    {
        auto left = load_pack<Width>(a + i), right = load_pack<Width>(b + i);
#pragma unroll
        for (int j = 0; j < Width; j++)
            left.at[j] = from_float<T>(Op::apply(to_float(left.at[j]), to_float(right.at[j])));
        store_pack<Width>(y + i, left);
    }
};

template <typename Op> __device__ __forceinline__ void binary_rows(const BinaryRowsArgs& a)
{
    if (a.rows == 1 && a.column_stride_a && a.column_stride_b)
        for_elements<WidestPack<float>>(a.columns, is_aligned(a.a) && is_aligned(a.b) && is_aligned(a.y), BinaryEqual<Op, float>{a.a, a.b, a.y});
    else if (a.columns % WidestPack<float> == 0 && is_aligned(a.y) && takes_packs(a.a, a.row_stride_a, a.column_stride_a)
        && takes_packs(a.b, a.row_stride_b, a.column_stride_b))
        binary_rows_of<Op, WidestPack<float>, float>(a);
    else
        binary_rows_of<Op, 1, float>(a);
}

template <typename Op> __device__ __forceinline__ void binary_axes(const BinaryAxesArgs& a)
{
    for (long long i = thread_of_grid(); i < a.n; i += threads_of_grid())
    {
        long long offset_a = 0, offset_b = 0;
        for_axes(a.axes, i, [&](int axis, long long coordinate) {
            offset_a += coordinate * a.strides_a.at[axis];
            offset_b += coordinate * a.strides_b.at[axis];
        });
        a.y[i] = Op::apply(a.a[offset_a], a.b[offset_b]);
    }
}

extern "C" __global__ void add_rows_f32(const BinaryRowsArgs a) { binary_rows<Add>(a); }
extern "C" __global__ void subtract_rows_f32(const BinaryRowsArgs a) { binary_rows<Subtract>(a); }
extern "C" __global__ void multiply_rows_f32(const BinaryRowsArgs a) { binary_rows<Multiply>(a); }
extern "C" __global__ void divide_rows_f32(const BinaryRowsArgs a) { binary_rows<Divide>(a); }

extern "C" __global__ void add_axes_f32(const BinaryAxesArgs a) { binary_axes<Add>(a); }
extern "C" __global__ void subtract_axes_f32(const BinaryAxesArgs a) { binary_axes<Subtract>(a); }
extern "C" __global__ void multiply_axes_f32(const BinaryAxesArgs a) { binary_axes<Multiply>(a); }
extern "C" __global__ void divide_axes_f32(const BinaryAxesArgs a) { binary_axes<Divide>(a); }
