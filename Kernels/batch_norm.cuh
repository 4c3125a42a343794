// Batch normalisation over the channels of x [rows, C], rows = N H W of a channels-last tensor, or N of [N, C].
//
//   mean = sum x / rows, variance = sum (x - mean)^2 / rows, invStd = 1 / sqrt(variance + eps)
//   z = (x - mean) * scale + bias with scale = invStd * weight; y = z, or relu(z)
//   g = gradY, zero where the ReLU's z <= 0
//   gradBias = sum g, gradWeight = invStd sum g (x - mean), gradX = scale (g - mean(g) - (x - mean) invStd^2 mean(g (x - mean)))
//
// x, y and their gradients are float32 or bfloat16 (T); numbers per channel, and everything that is computed, float32. y is rounded once, on its way to
// memory: the mask of the backward pass, which computes z again from x, is the forward pass's.
//
// A block is threadIdx.x over vectors of 1 channel or of 16 bytes of channels times threadIdx.y over rows, so that a warp reads one piece of memory; the
// grid is blocks of rows times tiles of channels. A thread keeps its channels and goes through every blockDim.y-th row of the block's, four at a time.
// Sums: in a thread, over the threads of a block in a tree, over the blocks in order by a second kernel in double. Nothing depends on timing.
// Statistics: distances from the tensor's first row, so that a large mean costs no digits; of four rows their mean and their squared distances from
// it; merged by Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979. Nothing cancels.
// Preconditions: *_vec4_f32 and *_vec8_bf16 want C % 4 == 0 or C % 8 == 0, and 16-byte aligned addresses; blockDim.x * blockDim.y <= 256. Bound by memory.
// Eight numbers per channel are 32 bytes: vec8 loads and stores those in two halves of a sector each, a few of them per thread and nothing per row.
#pragma once

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

// V neighbouring channels of one row, as they are computed with.
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
