// Batch normalisation over the channels of x [rows, C], rows = N H W of a channels-last tensor, or N of [N, C].
//
//   mean = sum x / rows, variance = sum (x - mean)^2 / rows, invStd = 1 / sqrt(variance + eps)
//   z = (x - mean) * scale + bias with scale = invStd * weight; y = z, or relu(z)
//   g = gradY, zero where the ReLU's z <= 0
//   gradBias = sum g, gradWeight = invStd sum g (x - mean), gradX = scale (g - mean(g) - (x - mean) invStd^2 mean(g (x - mean)))
//
// A block is threadIdx.x over vectors of 1 or 4 channels times threadIdx.y over rows, so that a warp reads one piece of memory; the grid is blocks of
// rows times tiles of channels. A thread keeps its channels and goes through every blockDim.y-th row of the block's, four at a time.
// Sums: in a thread, over the threads of a block in a tree, over the blocks in order by a second kernel in double. Nothing depends on timing.
// Statistics: distances from the tensor's first row, so that a large mean costs no digits; of four rows their mean and their squared distances from
// it; merged by Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979. Nothing cancels.
// Preconditions: *_vec4_* wants C % 4 == 0 and 16-byte aligned addresses; blockDim.x * blockDim.y <= 256. Bound by memory.
//
// Targets: sm_75.

#include "Common/pack.cuh"

constexpr int MostThreads = 256;
constexpr int RowsAtOnce = 4;

// How [rows, C] is split over the grid.
struct ChannelSplit
{
    long long rows;
    int channels;
    int rowsPerBlock; // blockIdx.x counts blocks of this many rows, blockIdx.y tiles of blockDim.x vectors of channels
};

// V neighbouring channels of one row.
template <int V> using Values = Pack<float, V>;

// V channels' numbers out of [C], or the same number for all where there are none.
template <int V> __device__ __forceinline__ Values<V> load_or(const float* p, int channel, float otherwise)
{
    return p != nullptr ? load_pack<V>(p + channel) : splat<V>(otherwise);
}

// What a thread goes through: element offsets of its rows.
template <int V> struct Walk
{
    int channel;
    long long row, end; // its first row; where the block's rows end
    long long stride;   // elements from one of its rows to the next

    __device__ __forceinline__ explicit Walk(const ChannelSplit& s)
    {
        channel = (blockIdx.y * blockDim.x + threadIdx.x) * V;
        long long first = (long long)blockIdx.x * s.rowsPerBlock;
        row = first + threadIdx.y;
        end = min(first + s.rowsPerBlock, s.rows);
        if (channel >= s.channels)
            end = row; // beside the last channel
        stride = (long long)blockDim.y * s.channels;
    }

    // Calls body.template operator()<4>(offset) for four rows at a time, then <1> for what is left; offsets are stride apart.
    template <typename Body> __device__ __forceinline__ void for_rows(const ChannelSplit& s, Body body) const
    {
        long long r = row, offset = row * s.channels + channel;
        for (; r + (RowsAtOnce - 1) * blockDim.y < end; r += RowsAtOnce * blockDim.y, offset += RowsAtOnce * stride)
            body.template operator()<RowsAtOnce>(offset);
        for (; r < end; r += blockDim.y, offset += stride)
            body.template operator()<1>(offset);
    }
};

// z <= 0 is false for NaN, which therefore passes; -0 becomes 0.
__device__ __forceinline__ float relu_of(float z) { return z <= 0 ? 0.0f : z; }

// 1 / sqrt(variance + eps), or what is one already: eps < 0 says so.
__device__ __forceinline__ float inv_std_of(float spread, float eps) { return eps < 0 ? spread : 1 / sqrtf(spread + eps); }

// The affine map of V channels; forward pass and backward mask compute the same bits with it.
template <int V> struct Affine
{
    Values<V> mean, scale, bias;

    // mean, spread and bias [C] may be null, for 0, 1 and 0; spread is a variance, or with eps < 0 an inverse deviation.
    __device__ __forceinline__ Affine(const float* means, const float* spreads, const float* weights, const float* biases, float eps, int channel)
    {
        mean = load_or<V>(means, channel, 0);
        scale = load_pack<V>(weights + channel);
        bias = load_or<V>(biases, channel, 0);
        if (spreads == nullptr)
            return;
        Values<V> spread = load_pack<V>(spreads + channel);
        for (int i = 0; i < V; i++)
            scale.at[i] *= inv_std_of(spread.at[i], eps);
    }

    __device__ __forceinline__ float normalize(float deviation, int i) const { return fmaf(deviation, scale.at[i], bias.at[i]); }
};

// ---------------------------------------------------------------------------------------------------------------------------- statistics

extern "C" struct BatchNormStatisticsArgs
{
    const float* x; // [rows, C]
    float* mean;    // [gridDim.x, C], less x[0, c]
    float* m2;      // [gridDim.x, C], sum of squared distances from it
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

template <int V> struct AddToMoments
{
    const float* x;
    long long stride;
    const Values<V>& first;
    Moments<V>& moments;

    template <int Rows> __device__ __forceinline__ void operator()(long long offset)
    {
        Values<V> d[Rows], mean, m2 = {};
        for (int r = 0; r < Rows; r++)
            d[r] = load_pack<V>(x + offset + r * stride);
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

template <int V> __device__ __forceinline__ void statistics(const BatchNormStatisticsArgs& a)
{
    Walk<V> walk(a.split);
    Moments<V> moments;
    bool hasChannels = walk.channel < a.split.channels;
    if (hasChannels)
    {
        Values<V> first = load_pack<V>(a.x + walk.channel);
        walk.for_rows(a.split, AddToMoments<V>{a.x, walk.stride, first, moments});
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

extern "C" __global__ void __launch_bounds__(MostThreads) batch_norm_statistics_f32(const BatchNormStatisticsArgs a) { statistics<1>(a); }
extern "C" __global__ void __launch_bounds__(MostThreads) batch_norm_statistics_vec4_f32(const BatchNormStatisticsArgs a) { statistics<4>(a); }

// Kernels that finish: a block has 8 channels, which is one sector of each row of partial results, times lanes that share the rows; whole warps.
constexpr int FinishChannels = 8;

// The sum over the lanes of every channel, in every lane; all threads must call.
__device__ __forceinline__ double sum_over_lanes(double value)
{
    __shared__ double sums[MostThreads / 32][FinishChannels];
    value += __shfl_xor_sync(0xffffffffu, value, 8);
    value += __shfl_xor_sync(0xffffffffu, value, 16);
    if (threadIdx.x % 32 < FinishChannels)
        sums[threadIdx.x / 32][threadIdx.x % FinishChannels] = value;
    __syncthreads();
    double sum = 0;
    for (int warp = 0; warp < (int)blockDim.x / 32; warp++)
        sum += sums[warp][threadIdx.x % FinishChannels];
    __syncthreads(); // the next call writes the same memory
    return sum;
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
    const float* x;    // [rows, C]; its first row is what the means are relative to
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

extern "C" __global__ void __launch_bounds__(MostThreads) batch_norm_finish_statistics_f32(const BatchNormFinishStatisticsArgs a)
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
        mean += a.x[channel];
        a.saveMean[channel] = (float)mean;
        write_statistics(a.to, channel, mean, variance, a.split.rows, a.momentum, a.eps);
    }
}

extern "C" struct BatchNormMomentsArgs
{
    const float* mean;     // [C]
    const float* variance; // [C], biased
    RunningStatistics to;
    long long count; // values of a channel
    int channels;
    float momentum;
    float eps;
    int unused;
};

extern "C" __global__ void batch_norm_statistics_from_moments_f32(const BatchNormMomentsArgs a)
{
    int channel = blockIdx.x * blockDim.x + threadIdx.x;
    if (channel < a.channels)
        write_statistics(a.to, channel, a.mean[channel], a.variance[channel], a.count, a.momentum, a.eps);
}

// ------------------------------------------------------------------------------------------------------------------------------- forward

extern "C" struct BatchNormAffineArgs
{
    const float* mean;   // [C]
    const float* spread; // [C] inverse deviation, or variance where eps >= 0
    const float* weight; // [C]
    const float* bias;   // [C]
    float* scale;        // [C]
    float* shift;        // [C]
    int channels;
    float eps;
};

extern "C" __global__ void batch_norm_affine_f32(const BatchNormAffineArgs a)
{
    int channel = blockIdx.x * blockDim.x + threadIdx.x;
    if (channel >= a.channels)
        return;
    float scale = a.weight[channel] * inv_std_of(a.spread[channel], a.eps);
    a.scale[channel] = scale;
    a.shift[channel] = fmaf(-a.mean[channel], scale, a.bias[channel]);
}

extern "C" struct BatchNormApplyArgs
{
    const float* x;      // [rows, C]
    const float* mean;   // [C] or null
    const float* spread; // [C] inverse deviation, or variance where eps >= 0, or null
    const float* weight; // [C]
    const float* bias;   // [C]
    float* y;            // [rows, C], may be x
    ChannelSplit split;
    float eps;
    int relu;
};

template <int V> struct Apply
{
    const BatchNormApplyArgs& a;
    long long stride;
    const Affine<V>& affine;

    template <int Rows> __device__ __forceinline__ void operator()(long long offset)
    {
        Values<V> x[Rows];
        for (int r = 0; r < Rows; r++)
            x[r] = load_pack<V>(a.x + offset + r * stride);
        for (int r = 0; r < Rows; r++)
        {
            for (int i = 0; i < V; i++)
            {
                float z = affine.normalize(x[r].at[i] - affine.mean.at[i], i);
                x[r].at[i] = a.relu ? relu_of(z) : z;
            }
            store_pack<V>(a.y + offset + r * stride, x[r]);
        }
    }
};

template <int V> __device__ __forceinline__ void apply(const BatchNormApplyArgs& a)
{
    Walk<V> walk(a.split);
    if (walk.row >= walk.end)
        return;
    Affine<V> affine(a.mean, a.spread, a.weight, a.bias, a.eps, walk.channel);
    walk.for_rows(a.split, Apply<V>{a, walk.stride, affine});
}

extern "C" __global__ void __launch_bounds__(MostThreads) batch_norm_apply_f32(const BatchNormApplyArgs a) { apply<1>(a); }
extern "C" __global__ void __launch_bounds__(MostThreads) batch_norm_apply_vec4_f32(const BatchNormApplyArgs a) { apply<4>(a); }

// ------------------------------------------------------------------------------------------------------------------------------ backward

extern "C" struct BatchNormBackwardArgs
{
    const float* x;      // [rows, C]
    const float* gradY;  // [rows, C], may be gradX
    const float* mean;   // [C]
    const float* spread; // [C] inverse deviation, or variance where eps >= 0
    const float* weight; // [C]
    const float* bias;   // [C], or null without ReLU
    float* sumGrad;          // [gridDim.x, C] out of the sums: sum g
    float* sumGradDeviation; // [gridDim.x, C] out of the sums: sum g (x - mean)
    const float* meanGrad;   // [C] into the gradient of x: mean(g), or null for 0
    const float* slope;      // [C] into the gradient of x: invStd^2 mean(g (x - mean)), or null for 0
    float* gradX;            // [rows, C]
    ChannelSplit split;
    float eps;
    int relu;
    int accumulate;
    int unused;
};

// Loads Rows rows of x and gradY; x becomes its deviation, gradY is masked.
template <int V, int Rows>
__device__ __forceinline__ void load_masked(
    const BatchNormBackwardArgs& a, long long offset, long long stride, const Affine<V>& affine, Values<V> (&d)[Rows], Values<V> (&g)[Rows])
{
    for (int r = 0; r < Rows; r++)
    {
        d[r] = load_pack<V>(a.x + offset + r * stride);
        g[r] = load_pack<V>(a.gradY + offset + r * stride);
    }
    for (int r = 0; r < Rows; r++)
        for (int i = 0; i < V; i++)
        {
            d[r].at[i] -= affine.mean.at[i];
            if (a.relu && affine.normalize(d[r].at[i], i) <= 0)
                g[r].at[i] = 0;
        }
}

template <int V> struct AddToSums
{
    const BatchNormBackwardArgs& a;
    long long stride;
    const Affine<V>& affine;
    Values<V>&grad, &gradDeviation;

    template <int Rows> __device__ __forceinline__ void operator()(long long offset)
    {
        Values<V> d[Rows], g[Rows];
        load_masked<V, Rows>(a, offset, stride, affine, d, g);
        for (int r = 0; r < Rows; r++)
            for (int i = 0; i < V; i++)
            {
                grad.at[i] += g[r].at[i];
                gradDeviation.at[i] = fmaf(g[r].at[i], d[r].at[i], gradDeviation.at[i]);
            }
    }
};

template <int V> __device__ __forceinline__ void backward_sums(const BatchNormBackwardArgs& a)
{
    Walk<V> walk(a.split);
    Values<V> grad = {}, gradDeviation = {};
    bool hasChannels = walk.channel < a.split.channels;
    if (hasChannels)
    {
        Affine<V> affine(a.mean, a.spread, a.weight, a.bias, a.eps, walk.channel);
        walk.for_rows(a.split, AddToSums<V>{a, walk.stride, affine, grad, gradDeviation});
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

extern "C" __global__ void __launch_bounds__(MostThreads, 2) batch_norm_backward_sums_f32(const BatchNormBackwardArgs a) { backward_sums<1>(a); }
extern "C" __global__ void __launch_bounds__(MostThreads, 2) batch_norm_backward_sums_vec4_f32(const BatchNormBackwardArgs a) { backward_sums<4>(a); }

extern "C" struct BatchNormFinishSumsArgs
{
    const float* sumGrad;          // [parts, C]
    const float* sumGradDeviation; // [parts, C]
    const float* spread;           // [C] inverse deviation, or variance where eps >= 0
    float* gradWeight;             // [C] or null
    float* gradBias;               // [C] or null
    float* meanGrad;               // [C] or null
    float* slope;                  // [C], given with meanGrad
    long long count;               // values of a channel
    int channels;
    int parts;
    float eps;
    int accumulateWeight;
    int accumulateBias;
    int unused;
};

extern "C" __global__ void __launch_bounds__(MostThreads) batch_norm_finish_sums_f32(const BatchNormFinishSumsArgs a)
{
    int channel = blockIdx.x * FinishChannels + threadIdx.x % FinishChannels, lane = threadIdx.x / FinishChannels, lanes = blockDim.x / FinishChannels;
    int parts = channel < a.channels ? a.parts : 0;
    double grad = 0, gradDeviation = 0;
    for (int part = lane; part < parts; part += lanes)
    {
        grad += a.sumGrad[(long long)part * a.channels + channel];
        gradDeviation += a.sumGradDeviation[(long long)part * a.channels + channel];
    }
    grad = sum_over_lanes(grad);
    gradDeviation = sum_over_lanes(gradDeviation);
    if (lane != 0 || channel >= a.channels)
        return;

    double invStd = inv_std_of(a.spread[channel], a.eps);
    if (a.gradWeight != nullptr)
        a.gradWeight[channel] = (float)(gradDeviation * invStd) + (a.accumulateWeight ? a.gradWeight[channel] : 0.0f);
    if (a.gradBias != nullptr)
        a.gradBias[channel] = (float)grad + (a.accumulateBias ? a.gradBias[channel] : 0.0f);
    if (a.meanGrad != nullptr)
    {
        a.meanGrad[channel] = (float)(grad / (double)a.count);
        a.slope[channel] = (float)(invStd * invStd * gradDeviation / (double)a.count);
    }
}

template <int V> struct BackwardInput
{
    const BatchNormBackwardArgs& a;
    long long stride;
    const Affine<V>& affine;
    Values<V> meanGrad, slope;

    template <int Rows> __device__ __forceinline__ void operator()(long long offset)
    {
        Values<V> d[Rows], g[Rows], before[Rows] = {};
        load_masked<V, Rows>(a, offset, stride, affine, d, g);
        if (a.accumulate)
            for (int r = 0; r < Rows; r++)
                before[r] = load_pack<V>(a.gradX + offset + r * stride);
        for (int r = 0; r < Rows; r++)
        {
            for (int i = 0; i < V; i++)
                g[r].at[i] = fmaf(fmaf(-d[r].at[i], slope.at[i], g[r].at[i] - meanGrad.at[i]), affine.scale.at[i], before[r].at[i]);
            store_pack<V>(a.gradX + offset + r * stride, g[r]);
        }
    }
};

template <int V> __device__ __forceinline__ void backward_input(const BatchNormBackwardArgs& a)
{
    Walk<V> walk(a.split);
    if (walk.row >= walk.end)
        return;
    Affine<V> affine(a.mean, a.spread, a.weight, a.bias, a.eps, walk.channel);
    Values<V> meanGrad = load_or<V>(a.meanGrad, walk.channel, 0), slope = load_or<V>(a.slope, walk.channel, 0);
    walk.for_rows(a.split, BackwardInput<V>{a, walk.stride, affine, meanGrad, slope});
}

extern "C" __global__ void __launch_bounds__(MostThreads, 2) batch_norm_backward_input_f32(const BatchNormBackwardArgs a) { backward_input<1>(a); }
extern "C" __global__ void __launch_bounds__(MostThreads, 2) batch_norm_backward_input_vec4_f32(const BatchNormBackwardArgs a) { backward_input<4>(a); }
