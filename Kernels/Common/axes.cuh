// A walk over the axes of an array, for what has no faster way: neighbouring axes that belong together are merged before.
#pragma once

constexpr int MostAxes = 8;

struct Axes
{
    long long sizes[MostAxes]; // innermost first; only the first `count` are looked at
    int count;
    int padding;
};

struct AxisStrides
{
    long long at[MostAxes]; // in elements, 0 along axes where an array repeats
};

// Splits a row-major index into coordinates, innermost first: f(axis, coordinate).
template <typename F> __device__ __forceinline__ void for_axes(const Axes& axes, long long index, const F& f)
{
#pragma unroll
    for (int axis = 0; axis < MostAxes; axis++)
    {
        if (axis + 1 >= axes.count)
        {
            f(axis, index);
            return;
        }
        long long rest = index / axes.sizes[axis];
        f(axis, index - rest * axes.sizes[axis]);
        index = rest;
    }
}

// Where the element with a row-major index lies in an array with these strides.
__device__ __forceinline__ long long offset_of(const Axes& axes, const AxisStrides& strides, long long index)
{
    long long offset = 0;
    for_axes(axes, index, [&](int axis, long long coordinate) { offset += coordinate * strides.at[axis]; });
    return offset;
}
