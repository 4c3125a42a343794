// Convolution, gradient of the input: gradX[n, ih, iw, c] (+)= sum over oh, ow, k of gradY[n, oh, ow, k] * weight[k, r, s, c], where
// r = ih + padding_h - oh * stride_h and s likewise lie in the kernel. Then, for a batch norm in front of the convolution: zero where
// x * scale + shift is not positive, and per channel sum(g) and sum(g * (x - mean)).
//
// Input rows with the same remainder p of (ih + padding_h) / stride_h meet the same taps r = p, p + stride_h, ...; likewise columns. So each of the
// stride_h * stride_w phases is a dense correlation of gradY with some of the taps, reversed, and no zero is multiplied: with stride 2 a 3x3 kernel has
// phases of 4, 2, 2 and 1 taps. blockIdx.y is the phase, the first of which has the most taps. A phase without taps still writes its pixels and sums them.
// The product is M = the phase's pixels, N = in_channels, k = (tap, out_channels), by tiles as in conv2d.cu; gradY is gathered along k, the weight
// is read where it is, contiguous along in_channels. Four channels at a time where both counts are multiples of 4, else one by one (`_any_channels`).
// Sums come by tile; conv2d_statistics.cu adds them in order. Bound as conv2d.cu.
//
// Targets: sm_75.

#include "Common/gemm_column_sums.cuh"
#include "Common/gemm_pixels.cuh"

extern "C" struct Conv2dBackwardInputArgs
{
    const float* grad_y;   // [n, out_h, out_w, out_channels]
    const float* weight;   // [out_channels, kernel_h, kernel_w, in_channels]
    float* grad_x;         // [n, h, w, in_channels]
    const float* x;        // as grad_x: the batch norm's input, or null
    const float* mean;     // [in_channels], with x
    const float* scale;    // [in_channels], with x
    const float* shift;    // [in_channels], with x
    float* tile_sum;       // [phases, tiles, in_channels] or null
    float* tile_deviation; // as tile_sum: sum of g * (x - mean)
    Conv2dShape shape;
    int accumulate, relu;
    int tiles; // of pixels in the largest phase
};

// One axis of a phase: taps first_tap, first_tap + stride, ... and the input positions first, first + stride, ...
struct PhaseAxis
{
    int taps, first_tap, first, count;
    int origin; // of the window of position 0 in gradY; the taps are taken in reverse, so that gradY is walked upwards

    __device__ __forceinline__ PhaseAxis(int size, int kernel, int stride, int padding, int phase)
    {
        taps = phase < kernel ? (kernel - phase + stride - 1) / stride : 0;
        first_tap = phase;
        int skipped = max(0, (padding - phase + stride - 1) / stride), last = size - 1 + padding - phase;
        count = last < 0 ? 0 : max(0, last / stride - skipped + 1);
        first = stride * skipped + phase - padding;
        origin = skipped - (taps - 1);
    }
};

// TapWalk over out_channels, with the place of the tap in the weight.
struct WeightWalk : TapWalk
{
    int place, row_place, step_w, step_h; // of the tap; of the first of its row; from tap to tap

    __device__ __forceinline__ WeightWalk(const Conv2dShape& s, const PhaseAxis& h, const PhaseAxis& w) : TapWalk(s.out_channels, w.taps)
    {
        step_w = s.stride_w * s.in_channels;
        step_h = s.stride_h * s.kernel_w * s.in_channels;
        row_place = ((h.first_tap + (h.taps - 1) * s.stride_h) * s.kernel_w + w.first_tap + (w.taps - 1) * s.stride_w) * s.in_channels;
        place = row_place;
    }

    __device__ __forceinline__ void next()
    {
        int before = row;
        TapWalk::next();
        if (channel != 0)
            return;
        if (row != before)
            row_place -= step_h;
        place = row_place - column * step_w;
    }

    __device__ __forceinline__ long long along_rows(int stride) const { return (long long)channel * stride + place; }
};

// The weight for any number of channels: row k = (tap, out_channel) of the phase.
template <int Extent, int Threads> struct PhaseWeights
{
    using Map = AlongRowsMap<Extent, Threads, 1>;
    using Layout = typename Map::Layout;

    const float* weight;
    const Conv2dShape& s;
    const PhaseAxis &h, &w;
    int channel;
    float value[Map::Rounds];

    __device__ __forceinline__ PhaseWeights(const float* weight, const Conv2dShape& s, const PhaseAxis& h, const PhaseAxis& w, int first)
        : weight(weight), s(s), h(h), w(w), channel(first + Map::column())
    {
    }

    __device__ __forceinline__ void fetch(const LinearWalk<FloatDepth>& walk)
    {
#pragma unroll
        for (int round = 0; round < Map::Rounds; round++)
        {
            int k = walk.k + Map::k(round), tap = k / s.out_channels, row = tap / w.taps, column = tap - row * w.taps;
            int r = h.first_tap + (h.taps - 1 - row) * s.stride_h, q = w.first_tap + (w.taps - 1 - column) * s.stride_w;
            long long at = (((long long)(k - tap * s.out_channels) * s.kernel_h + r) * s.kernel_w + q) * s.in_channels + channel;
            value[round] = load_or_zero(weight + at, k < walk.end && Map::has(round) && channel < s.in_channels);
        }
    }

    __device__ __forceinline__ void store(float* memory) const
    {
#pragma unroll
        for (int round = 0; round < Map::Rounds; round++)
            if (Map::has(round))
                memory[Layout::at(Map::k(round), Map::column())] = value[round];
    }
};

// Where a phase's pixel is in grad_x: (n * H + ih) * W + iw.
__device__ __forceinline__ long long pixel_of(const Conv2dShape& s, const PhaseAxis& h, const PhaseAxis& w, int m)
{
    int n = m / (h.count * w.count), rest = m - n * (h.count * w.count), row = rest / w.count;
    return ((long long)n * s.h + h.first + row * s.stride_h) * s.w + w.first + (rest - row * w.count) * s.stride_w;
}

// What a group of up to four channels of the batch norm has to say, read as one float4 or value by value.
template <bool AnyChannels> __device__ __forceinline__ void load_group(const float* from, int count, float (&to)[4])
{
    if constexpr (AnyChannels)
    {
#pragma unroll
        for (int q = 0; q < 4; q++)
            to[q] = q < count ? from[q] : 0;
    }
    else
        *(float4*)to = *(const float4*)from;
}

// Thread t < BN writes the sums of column t.
template <class Tile> __device__ __forceinline__ void write_sums(const Conv2dBackwardInputArgs& a, int tile, int n0, float sum, float deviation)
{
    int channel = n0 + (int)threadIdx.x;
    if (a.tile_sum == nullptr || threadIdx.x >= Tile::BN || channel >= a.shape.in_channels)
        return;
    long long at = ((long long)blockIdx.y * a.tiles + tile) * a.shape.in_channels + channel;
    a.tile_sum[at] = sum;
    a.tile_deviation[at] = deviation;
}

template <class Tile, bool AnyChannels> __device__ __forceinline__ void write_gradient(
    const Conv2dBackwardInputArgs& a, const PhaseAxis& h, const PhaseAxis& w, int pixels, int m0, int n0, int tile, float (&sum)[Tile::TM][Tile::TN], float* memory)
{
    const Conv2dShape& s = a.shape;
    float sums[Tile::TN], deviations[Tile::TN];
#pragma unroll
    for (int j = 0; j < Tile::TN; j++)
        sums[j] = deviations[j] = 0;
    long long at[Tile::TM];
#pragma unroll
    for (int i = 0; i < Tile::TM; i++)
    {
        int m = m0 + Tile::row(i);
        at[i] = m < pixels ? pixel_of(s, h, w, m) * s.in_channels + n0 : -1;
    }
#pragma unroll
    for (int j = 0; j < Tile::TN; j += 4)
    {
        int column = Tile::column(j), count = s.in_channels - (n0 + column);
        if (count <= 0)
            continue;
        float mean[4], scale[4], shift[4];
        if (a.x != nullptr)
        {
            load_group<AnyChannels>(a.mean + n0 + column, count, mean);
            load_group<AnyChannels>(a.scale + n0 + column, count, scale);
            load_group<AnyChannels>(a.shift + n0 + column, count, shift);
        }
#pragma unroll
        for (int i = 0; i < Tile::TM; i++)
        {
            if (at[i] < 0)
                continue;
            float g[4];
            if (a.accumulate)
            {
                load_group<AnyChannels>(a.grad_x + at[i] + column, count, g);
#pragma unroll
                for (int q = 0; q < 4; q++)
                    g[q] += sum[i][j + q];
            }
            else
            {
#pragma unroll
                for (int q = 0; q < 4; q++)
                    g[q] = sum[i][j + q];
            }
            if (a.x != nullptr)
            {
                float x[4];
                load_group<AnyChannels>(a.x + at[i] + column, count, x);
#pragma unroll
                for (int q = 0; q < 4; q++)
                {
                    if (a.relu)
                        g[q] = fmaf(x[q], scale[q], shift[q]) <= 0 ? 0 : g[q];
                    sums[j + q] += g[q];
                    deviations[j + q] = fmaf(g[q], x[q] - mean[q], deviations[j + q]);
                }
            }
            if constexpr (AnyChannels)
            {
#pragma unroll
                for (int q = 0; q < 4; q++)
                    if (q < count)
                        a.grad_x[at[i] + column + q] = g[q];
            }
            else
                *(float4*)(a.grad_x + at[i] + column) = make_float4(g[0], g[1], g[2], g[3]);
        }
    }
    if (a.tile_sum == nullptr)
        return;
    float own = column_sum<Tile>(sums, memory), deviation = column_sum<Tile>(deviations, memory);
    write_sums<Tile>(a, tile, n0, own, deviation);
}

template <class Tile, bool AnyChannels> __device__ __forceinline__ void conv2d_backward_input(const Conv2dBackwardInputArgs& a)
{
    using GradY = typename ChooseType<AnyChannels, PatchRowsOfAny<Tile::BM, Tile::Threads>, PatchRows<Tile::BM, Tile::Threads>>::Type;
    using Weight = typename ChooseType<AnyChannels, PhaseWeights<Tile::BN, Tile::Threads>, AlongRows<Tile::BN, Tile::Threads, 4>>::Type;
    __shared__ __align__(16) float memory[GemmFloats<GradY, Weight>];
    static_assert(ColumnSumFloats<Tile> <= GemmFloats<GradY, Weight>, "sums use the same memory");

    const Conv2dShape& s = a.shape;
    int tiles_n = (s.in_channels + Tile::BN - 1) / Tile::BN, tile = (int)blockIdx.x / tiles_n;
    int m0 = tile * Tile::BM, n0 = ((int)blockIdx.x - tile * tiles_n) * Tile::BN;
    int phase_h = (int)blockIdx.y / s.stride_w, phase_w = (int)blockIdx.y - phase_h * s.stride_w;
    const PhaseAxis h(s.h, s.kernel_h, s.stride_h, s.padding_h, phase_h), w(s.w, s.kernel_w, s.stride_w, s.padding_w, phase_w);
    const PatchGrid grid{a.grad_y, s.out_h, s.out_w, s.out_channels, s.n * h.count * w.count, h.count, w.count, 1, 1, h.origin, w.origin};
    if (m0 >= grid.pixels) // this phase is smaller than the largest
    {
        write_sums<Tile>(a, tile, n0, 0, 0);
        return;
    }
    const Prologue none{nullptr, nullptr, 0};
    int taps = h.taps * w.taps;
    float sum[Tile::TM][Tile::TN];
    if constexpr (AnyChannels)
    {
        GradY grad_y(grid, none, w.taps, m0);
        Weight weight(a.weight, s, h, w, n0);
        LinearWalk<FloatDepth> walk{0, taps * s.out_channels};
        gemm_loop<Tile>(grad_y, weight, walk, (walk.end + FloatDepth - 1) / FloatDepth, memory, sum);
    }
    else
    {
        GradY grad_y(grid, none, h.taps, w.taps, m0);
        Weight weight(a.weight, n0, s.in_channels, s.kernel_h * s.kernel_w * s.in_channels);
        WeightWalk walk(s, h, w);
        gemm_loop<Tile>(grad_y, weight, walk, TapWalk::pieces(taps, s.out_channels), memory, sum);
    }
    write_gradient<Tile, AnyChannels>(a, h, w, grid.pixels, m0, n0, tile, sum, memory);
}

#define CONV2D_BACKWARD_INPUT(name, any_channels, BM, BN, TM, TN, LanesN)                                                                         \
    extern "C" __global__ void __launch_bounds__(GemmTile<BM, BN, TM, TN, LanesN>::Threads, GemmTile<BM, BN, TM, TN, LanesN>::ResidentBlocks)     \
        conv2d_backward_input_##name##_f32(const Conv2dBackwardInputArgs a)                                                                       \
    {                                                                                                                                             \
        conv2d_backward_input<GemmTile<BM, BN, TM, TN, LanesN>, any_channels>(a);                                                                 \
    }

// Conv2dBackwardInputKernels.cs chooses among these.
CONV2D_BACKWARD_INPUT(128x128, false, 128, 128, 8, 8, 8)
CONV2D_BACKWARD_INPUT(128x80, false, 128, 80, 8, 8, 2)
CONV2D_BACKWARD_INPUT(128x64, false, 128, 64, 8, 8, 8)
CONV2D_BACKWARD_INPUT(128x32, false, 128, 32, 8, 4, 8)
CONV2D_BACKWARD_INPUT(128x16, false, 128, 16, 8, 4, 4)
CONV2D_BACKWARD_INPUT(32x32, false, 32, 32, 4, 4, 8)
CONV2D_BACKWARD_INPUT(any_channels_128x64, true, 128, 64, 8, 8, 8)
CONV2D_BACKWARD_INPUT(any_channels_128x16, true, 128, 16, 4, 4, 4)
