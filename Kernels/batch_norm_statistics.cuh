// Batch normalisation: mean and variance of each channel, and what follows from them.
#pragma once

#include "batch_norm.cuh"

extern "C" struct BatchNormStatisticsArgs
{
    const void* x; // [rows, C] T
    float* mean;   // [gridDim.x, C], less x[0, c]
    float* m2;     // [gridDim.x, C], sum of squared distances from it
    ChannelSplit split;
};

// Count, mean and squared distances of V channels.
template <int V> struct Moments
{
    float count = 0;
    Values<V> mean = {}, m2 = {};

    __device__ __forceinline__ void merge(float otherCount, const Values<V>& otherMean, const Values<V>& otherM2)
    {
        float all = count + otherCount;
        float share = all > 0 ? otherCount / all : 0;
        float weight = count * share;
        for (int i = 0; i < V; i++)
        {
            float delta = otherMean.at[i] - mean.at[i];
            mean.at[i] = fmaf(delta, share, mean.at[i]);
            m2.at[i] = fmaf(delta * delta, weight, m2.at[i] + otherM2.at[i]);
        }
        count = all;
    }
};

template <typename T, int V> struct AddToMoments
{
    const T* x;
    long long stride;
    const Values<V>& first;
    Moments<V>& moments;

    template <int Rows> __device__ __forceinline__ void operator()(long long offset)
    {
        Stored<T, V> rows[Rows];
        for (int r = 0; r < Rows; r++)
            rows[r] = load_stored<V>(x + offset + r * stride);
        Values<V> d[Rows], mean, m2 = {};
        for (int r = 0; r < Rows; r++)
            d[r] = rows[r].floats();
        for (int i = 0; i < V; i++)
        {
            float sum = 0;
            for (int r = 0; r < Rows; r++)
                sum += d[r].at[i] -= first.at[i];
            mean.at[i] = sum * (1.0f / Rows);
            if (Rows > 1)
                for (int r = 0; r < Rows; r++)
                    m2.at[i] = fmaf(d[r].at[i] - mean.at[i], d[r].at[i] - mean.at[i], m2.at[i]);
        }
        moments.merge(Rows, mean, m2);
    }
};

template <typename T, int V> __device__ __forceinline__ void statistics(const BatchNormStatisticsArgs& a)
{
    Walk<V> walk(a.split);
    Moments<V> moments;
    bool hasChannels = walk.channel < a.split.channels;
    if (hasChannels)
    {
        const T* x = static_cast<const T*>(a.x);
        Values<V> first = load_floats<V>(x + walk.channel);
        walk.for_rows(a.split, AddToMoments<T, V>{x, walk.stride, first, moments});
    }

    // Each level's upper half hands over to the lower; a level reads what the next does not write.
    __shared__ float counts[MostThreads], means[V][MostThreads], m2s[V][MostThreads];
    int self = threadIdx.y * blockDim.x + threadIdx.x;
    for (int active = blockDim.y, half; active > 1; active = half)
    {
        half = (active + 1) / 2;
        if ((int)threadIdx.y >= half && (int)threadIdx.y < active)
        {
            counts[self] = moments.count;
            for (int i = 0; i < V; i++)
                means[i][self] = moments.mean.at[i], m2s[i][self] = moments.m2.at[i];
        }
        __syncthreads();
        if ((int)threadIdx.y + half < active)
        {
            int other = self + half * blockDim.x;
            Values<V> mean, m2;
            for (int i = 0; i < V; i++)
                mean.at[i] = means[i][other], m2.at[i] = m2s[i][other];
            moments.merge(counts[other], mean, m2);
        }
    }

    if (threadIdx.y == 0 && hasChannels)
    {
        long long place = (long long)blockIdx.x * a.split.channels + walk.channel;
        store_pack<V>(a.mean + place, moments.mean);
        store_pack<V>(a.m2 + place, moments.m2);
    }
}

struct RunningStatistics
{
    float* saveInvStd;  // [C]
    float* runningMean; // [C] or null
    float* runningVar;  // [C] or null
};

// Everything that follows from a channel's mean and biased variance over count values.
__device__ __forceinline__ void write_statistics(const RunningStatistics& to, int channel, double mean, double variance, long long count, float momentum, float eps)
{
    to.saveInvStd[channel] = (float)(1 / sqrt(variance + eps));
    double keep = 1 - (double)momentum;
    if (to.runningMean != nullptr)
        to.runningMean[channel] = (float)(keep * to.runningMean[channel] + momentum * mean);
    if (to.runningVar != nullptr)
    {
        double unbiased = count > 1 ? variance * ((double)count / (double)(count - 1)) : variance;
        to.runningVar[channel] = (float)(keep * to.runningVar[channel] + momentum * unbiased);
    }
}

extern "C" struct BatchNormFinishStatisticsArgs
{
    const void* x;     // [rows, C] T; its first row is what the means are relative to
    const float* mean; // [parts, C]
    const float* m2;   // [parts, C]
    float* saveMean;   // [C]
    RunningStatistics to;
    ChannelSplit split;
    int parts;
    float momentum;
    float eps;
    int unused;
};

template <typename T> __device__ __forceinline__ void finish_statistics(const BatchNormFinishStatisticsArgs& a)
{
    int channel = blockIdx.x * FinishChannels + threadIdx.x % FinishChannels, lane = threadIdx.x / FinishChannels, lanes = blockDim.x / FinishChannels;
    int channels = a.split.channels, parts = channel < channels ? a.parts : 0;
    double sum = 0;
    for (int part = lane; part < parts; part += lanes)
    {
        long long count = min((long long)a.split.rowsPerBlock, a.split.rows - (long long)part * a.split.rowsPerBlock);
        sum += (double)count * a.mean[(long long)part * channels + channel];
    }
    double mean = sum_over_lanes(sum) / (double)a.split.rows;

    double squares = 0;
    for (int part = lane; part < parts; part += lanes)
    {
        long long count = min((long long)a.split.rowsPerBlock, a.split.rows - (long long)part * a.split.rowsPerBlock);
        double distance = a.mean[(long long)part * channels + channel] - mean;
        squares += fma((double)count * distance, distance, (double)a.m2[(long long)part * channels + channel]);
    }
    double variance = sum_over_lanes(squares) / (double)a.split.rows;

    if (lane == 0 && channel < channels)
    {
        mean += to_float(static_cast<const T*>(a.x)[channel]);
        a.saveMean[channel] = (float)mean;
        write_statistics(a.to, channel, mean, variance, a.split.rows, a.momentum, a.eps);
    }
}
