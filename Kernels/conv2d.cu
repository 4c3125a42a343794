// Convolution, forward: y[n, oh, ow, k] = sum over r, s, c of x'[n, oh * stride_h + r - padding_h, ow * stride_w + s - padding_w, c] * weight[k, r, s, c]
// (+ residual), with x' = relu(x * scale + shift) where asked for and zero outside of the image.
//
// An implicit matrix product: the M = n * out_h * out_w output pixels times the out_channels filters, along k = (r, s, c). A block computes a tile of
// pixels x filters (Common/gemm_tile.cuh); patches are gathered from x while they are read, four channels at a time where in_channels is a multiple of 4
// (addresses of 16 bytes, up to 32 taps), else one by one (`_any_channels`). Both operands lie along k, so that a warp reads 64-byte pieces of 8 pixels: whole sectors.
// Blocks of one row of tiles follow each other, so that x comes from the L2 cache for all but the first of them.
// Statistics of the output for the batch norm that follows: per tile and channel the mean, then the sum of squares around it, both from the registers that
// hold the results; conv2d_statistics.cu merges the tiles. No digit is lost to a mean far from zero, and no atomics.
// Bound by arithmetic with 64 channels or more: 128x128 tiles do 32 operations per byte read from L2. With 16 channels bound by the gather: each value of
// x is read for 16 products only, nine times in a 3x3 convolution, mostly from the L1 cache.
// By the simulator's counters no tile has a bank conflict and every sector is used whole, but for `_any_channels`: 3 channels of a pixel begin in the middle
// of a sector. That is the first convolution of a network, a hundredth of its work; its output is written four channels at a time all the same.
//
// Targets: sm_75.

#include "Common/gemm_column_sums.cuh"
#include "Common/gemm_pixels.cuh"

extern "C" struct Conv2dForwardArgs
{
    const float* x;        // [n, h, w, in_channels]
    const float* weight;   // [out_channels, kernel_h, kernel_w, in_channels]
    float* y;              // [n, out_h, out_w, out_channels]
    const float* scale;    // [in_channels] or null
    const float* shift;    // [in_channels]
    const float* residual; // as y, or null
    float* tile_mean;      // [tiles of pixels, out_channels] or null
    float* tile_squares;   // as tile_mean: sum of (y - tile_mean)^2
    Conv2dShape shape;
    int relu;
    int vector_output; // y and residual may be accessed as float4; without _any_channels they must
};

// y = sum + residual; the sums become what was written, for the statistics.
template <class Tile, bool AnyChannels>
__device__ __forceinline__ void write_output(const Conv2dForwardArgs& a, int m0, int n0, int pixels, float (&sum)[Tile::TM][Tile::TN])
{
    int channels = a.shape.out_channels;
#pragma unroll
    for (int i = 0; i < Tile::TM; i++)
    {
        int m = m0 + Tile::row(i);
        if (m >= pixels)
            continue;
        long long at = (long long)m * channels + n0;
#pragma unroll
        for (int j = 0; j < Tile::TN; j += 4)
        {
            int column = Tile::column(j);
            if (n0 + column >= channels)
                continue;
            if (!AnyChannels || a.vector_output)
            {
                if (a.residual != nullptr)
                {
                    float4 r = *(const float4*)(a.residual + at + column);
                    sum[i][j] += r.x, sum[i][j + 1] += r.y, sum[i][j + 2] += r.z, sum[i][j + 3] += r.w;
                }
                store4(a.y + at + column, make_float4(sum[i][j], sum[i][j + 1], sum[i][j + 2], sum[i][j + 3]));
                continue;
            }
#pragma unroll
            for (int q = 0; q < 4; q++)
                if (n0 + column + q < channels)
                {
                    if (a.residual != nullptr)
                        sum[i][j + q] += a.residual[at + column + q];
                    a.y[at + column + q] = sum[i][j + q];
                }
        }
    }
}

template <class Tile> __device__ __forceinline__ void write_moments(
    const Conv2dForwardArgs& a, int tile, int m0, int n0, int pixels, const float (&sum)[Tile::TM][Tile::TN], float* memory)
{
    float part[Tile::TN], mean[Tile::TN];
#pragma unroll
    for (int j = 0; j < Tile::TN; j++)
        part[j] = 0;
#pragma unroll
    for (int i = 0; i < Tile::TM; i++)
        if (m0 + Tile::row(i) < pixels)
#pragma unroll
            for (int j = 0; j < Tile::TN; j++)
                part[j] += sum[i][j];
    float own = column_sum<Tile>(part, memory) / (float)min(Tile::BM, pixels - m0);
    spread_to_columns<Tile>(own, memory, mean);
#pragma unroll
    for (int j = 0; j < Tile::TN; j++)
        part[j] = 0;
#pragma unroll
    for (int i = 0; i < Tile::TM; i++)
        if (m0 + Tile::row(i) < pixels)
#pragma unroll
            for (int j = 0; j < Tile::TN; j++)
                part[j] = fmaf(sum[i][j] - mean[j], sum[i][j] - mean[j], part[j]);
    float squares = column_sum<Tile>(part, memory);
    int channel = n0 + (int)threadIdx.x;
    if (threadIdx.x < Tile::BN && channel < a.shape.out_channels)
    {
        a.tile_mean[(long long)tile * a.shape.out_channels + channel] = own;
        a.tile_squares[(long long)tile * a.shape.out_channels + channel] = squares;
    }
}

template <class Tile, bool AnyChannels> __device__ __forceinline__ void conv2d_forward(const Conv2dForwardArgs& a)
{
    using X = typename ChooseType<AnyChannels, PatchRowsOfAny<Tile::BM, Tile::Threads>, PatchRows<Tile::BM, Tile::Threads>>::Type;
    using Weight = AlongK<Tile::BN, Tile::Threads, AnyChannels ? 1 : 4>;
    __shared__ __align__(16) float memory[GemmFloats<X, Weight>];
    static_assert(ColumnSumFloats<Tile> <= GemmFloats<X, Weight>, "sums use the same memory");

    const Conv2dShape& s = a.shape;
    int tiles_n = (s.out_channels + Tile::BN - 1) / Tile::BN, tile = (int)blockIdx.x / tiles_n;
    int m0 = tile * Tile::BM, n0 = ((int)blockIdx.x - tile * tiles_n) * Tile::BN;
    const PatchGrid grid{a.x, s.h, s.w, s.in_channels, s.n * s.out_h * s.out_w, s.out_h, s.out_w, s.stride_h, s.stride_w, -s.padding_h, -s.padding_w};
    const Prologue prologue{a.scale, a.shift, a.relu};
    int taps = s.kernel_h * s.kernel_w, depth = taps * s.in_channels;
    Weight weight(a.weight, n0, s.out_channels, depth);
    float sum[Tile::TM][Tile::TN];
    if constexpr (AnyChannels)
    {
        X x(grid, prologue, s.kernel_w, m0);
        LinearWalk<FloatDepth> walk{0, depth};
        gemm_loop<Tile>(x, weight, walk, (depth + FloatDepth - 1) / FloatDepth, memory, sum);
    }
    else
    {
        X x(grid, prologue, s.kernel_h, s.kernel_w, m0);
        TapWalk walk(s.in_channels, s.kernel_w);
        gemm_loop<Tile>(x, weight, walk, TapWalk::pieces(taps, s.in_channels), memory, sum);
    }
    write_output<Tile, AnyChannels>(a, m0, n0, grid.pixels, sum);
    if (a.tile_mean != nullptr)
        write_moments<Tile>(a, tile, m0, n0, grid.pixels, sum, memory);
}

#define CONV2D_FORWARD(name, any_channels, BM, BN, TM, TN, LanesN)                                                         \
    extern "C" __global__ void __launch_bounds__(GemmTile<BM, BN, TM, TN, LanesN>::Threads, GemmTile<BM, BN, TM, TN, LanesN>::ResidentBlocks) \
        conv2d_forward_##name##_f32(const Conv2dForwardArgs a)                                                              \
    {                                                                                                                      \
        conv2d_forward<GemmTile<BM, BN, TM, TN, LanesN>, any_channels>(a);                                                  \
    }

// Conv2dKernels.cs chooses among these.
CONV2D_FORWARD(128x128, false, 128, 128, 8, 8, 8)
CONV2D_FORWARD(128x80, false, 128, 80, 8, 8, 2)
CONV2D_FORWARD(128x64, false, 128, 64, 8, 8, 8)
CONV2D_FORWARD(128x32, false, 128, 32, 8, 4, 8)
CONV2D_FORWARD(128x16, false, 128, 16, 8, 4, 4)
CONV2D_FORWARD(32x32, false, 32, 32, 4, 4, 8)
CONV2D_FORWARD(any_channels_128x64, true, 128, 64, 8, 8, 8)
CONV2D_FORWARD(any_channels_128x16, true, 128, 16, 4, 4, 4)
