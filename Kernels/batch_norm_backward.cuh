// Batch normalisation: the gradients.
#pragma once

#include "batch_norm.cuh"

extern "C" struct BatchNormBackwardArgs
{
    const void* x;       // [rows, C] T
    const void* gradY;   // [rows, C] T, may be gradX
    const float* mean;   // [C]
    const float* spread; // [C] inverse deviation, or variance where eps >= 0
    const float* weight; // [C]
    const float* bias;   // [C], or null without ReLU
    float* sumGrad;          // [gridDim.x, C] out of the sums: sum g
    float* sumGradDeviation; // [gridDim.x, C] out of the sums: sum g (x - mean)
    const float* meanGrad;   // [C] into the gradient of x: mean(g), or null for 0
    const float* slope;      // [C] into the gradient of x: invStd^2 mean(g (x - mean)), or null for 0
    void* gradX;             // [rows, C] T
    ChannelSplit split;
    float eps;
    int relu;
    int accumulate;
    int unused;
};

// Rows rows of x and gradY, under way together.
template <typename T, int V, int Rows> struct MaskedRows
{
    Stored<T, V> x[Rows], gradY[Rows];

    __device__ __forceinline__ MaskedRows(const BatchNormBackwardArgs& a, long long offset, long long stride)
    {
        for (int r = 0; r < Rows; r++)
        {
            x[r] = load_stored<V>(static_cast<const T*>(a.x) + offset + r * stride);
            gradY[r] = load_stored<V>(static_cast<const T*>(a.gradY) + offset + r * stride);
        }
    }

    // The deviation of row r, and its gradient behind the mask.
    __device__ __forceinline__ void get(int r, bool relu, const Affine<V>& affine, Values<V>& d, Values<V>& g) const
    {
        d = x[r].floats(), g = gradY[r].floats();
        for (int i = 0; i < V; i++)
        {
            d.at[i] -= affine.mean.at[i];
            if (relu && affine.normalize(d.at[i], i) <= 0)
                g.at[i] = 0;
        }
    }
};

template <typename T, int V> struct AddToSums
{
    const BatchNormBackwardArgs& a;
    long long stride;
    const Affine<V>& affine;
    Values<V>&grad, &gradDeviation;

    template <int Rows> __device__ __forceinline__ void operator()(long long offset)
    {
        MaskedRows<T, V, Rows> rows(a, offset, stride);
        for (int r = 0; r < Rows; r++)
        {
            Values<V> d, g;
            rows.get(r, a.relu, affine, d, g);
            for (int i = 0; i < V; i++)
            {
                grad.at[i] += g.at[i];
                gradDeviation.at[i] = fmaf(g.at[i], d.at[i], gradDeviation.at[i]);
            }
        }
    }
};

template <typename T, int V> __device__ __forceinline__ void backward_sums(const BatchNormBackwardArgs& a)
{
    Walk<V> walk(a.split);
    Values<V> grad = {}, gradDeviation = {};
    bool hasChannels = walk.channel < a.split.channels;
    if (hasChannels)
    {
        Affine<V> affine(a.mean, a.spread, a.weight, a.bias, a.eps, walk.channel);
        walk.for_rows(a.split, AddToSums<T, V>{a, walk.stride, affine, grad, gradDeviation});
    }

    // As in statistics().
    __shared__ float grads[V][MostThreads], gradDeviations[V][MostThreads];
    int self = threadIdx.y * blockDim.x + threadIdx.x;
    for (int active = blockDim.y, half; active > 1; active = half)
    {
        half = (active + 1) / 2;
        if ((int)threadIdx.y >= half && (int)threadIdx.y < active)
            for (int i = 0; i < V; i++)
                grads[i][self] = grad.at[i], gradDeviations[i][self] = gradDeviation.at[i];
        __syncthreads();
        if ((int)threadIdx.y + half < active)
            for (int i = 0; i < V; i++)
            {
                grad.at[i] += grads[i][self + half * blockDim.x];
                gradDeviation.at[i] += gradDeviations[i][self + half * blockDim.x];
            }
    }

    if (threadIdx.y == 0 && hasChannels)
    {
        long long place = (long long)blockIdx.x * a.split.channels + walk.channel;
        store_pack<V>(a.sumGrad + place, grad);
        store_pack<V>(a.sumGradDeviation + place, gradDeviation);
    }
}

template <typename T, int V> struct BackwardInput
{
    const BatchNormBackwardArgs& a;
    long long stride;
    const Affine<V>& affine;
    Values<V> meanGrad, slope;

    template <int Rows> __device__ __forceinline__ void operator()(long long offset)
    {
        T* gradX = static_cast<T*>(a.gradX) + offset;
        MaskedRows<T, V, Rows> rows(a, offset, stride);
        Values<V> d[Rows], g[Rows];
        for (int r = 0; r < Rows; r++)
            rows.get(r, a.relu, affine, d[r], g[r]);
        Stored<T, V> old[Rows] = {}; // zeros
        if (a.accumulate)
            for (int r = 0; r < Rows; r++)
                old[r] = load_stored<V>(gradX + r * stride);
        for (int r = 0; r < Rows; r++)
        {
            Values<V> before = old[r].floats();
            for (int i = 0; i < V; i++)
                g[r].at[i] = fmaf(fmaf(-d[r].at[i], slope.at[i], g[r].at[i] - meanGrad.at[i]), affine.scale.at[i], before.at[i]);
            store_floats<V>(gradX + r * stride, g[r]);
        }
    }
};

template <typename T, int V> __device__ __forceinline__ void backward_input(const BatchNormBackwardArgs& a)
{
    Walk<V> walk(a.split);
    if (walk.row >= walk.end)
        return;
    Affine<V> affine(a.mean, a.spread, a.weight, a.bias, a.eps, walk.channel);
    Values<V> meanGrad = load_or<V>(a.meanGrad, walk.channel, 0), slope = load_or<V>(a.slope, walk.channel, 0);
    walk.for_rows(a.split, BackwardInput<T, V>{a, walk.stride, affine, meanGrad, slope});
}
