// Batch normalisation: applying it.
#pragma once

#include "batch_norm.cuh"

extern "C" struct BatchNormApplyArgs
{
    const void* x;       // [rows, C] T
    const float* mean;   // [C] or null
    const float* spread; // [C] inverse deviation, or variance where eps >= 0, or null
    const float* weight; // [C]
    const float* bias;   // [C]
    void* y;             // [rows, C] T, may be x
    ChannelSplit split;
    float eps;
    int relu;
};

template <typename T, int V> struct Apply
{
    const T* x;
    T* y;
    bool relu;
    long long stride;
    const Affine<V>& affine;

    template <int Rows> __device__ __forceinline__ void operator()(long long offset)
    {
        Stored<T, V> rows[Rows];
        for (int r = 0; r < Rows; r++)
            rows[r] = load_stored<V>(x + offset + r * stride);
        for (int r = 0; r < Rows; r++)
        {
            Values<V> z = rows[r].floats();
            for (int i = 0; i < V; i++)
            {
                z.at[i] = affine.normalize(z.at[i] - affine.mean.at[i], i);
                z.at[i] = relu ? relu_of(z.at[i]) : z.at[i];
            }
            store_floats<V>(y + offset + r * stride, z);
        }
    }
};

template <typename T, int V> __device__ __forceinline__ void apply(const BatchNormApplyArgs& a)
{
    Walk<V> walk(a.split);
    if (walk.row >= walk.end)
        return;
    Affine<V> affine(a.mean, a.spread, a.weight, a.bias, a.eps, walk.channel);
    walk.for_rows(a.split, Apply<T, V>{static_cast<const T*>(a.x), static_cast<T*>(a.y), a.relu != 0, walk.stride, affine});
}
