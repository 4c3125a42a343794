// Convolution, gradient of the weight: gradW[k, r, s, c] (+)= sum over n, oh, ow of gradY[n, oh, ow, k] * x'[n, oh * stride_h + r - padding_h,
// ow * stride_w + s - padding_w, c], with x' = relu(x * scale + shift) where asked for and zero outside of the image.
//
// A product M = out_channels, N = (r, s, c), summed over the n * out_h * out_w pixels. Both operands lie along their rows: a warp reads a pixel's channels
// one after the other and copies them to shared memory as they are. Each thread keeps to its columns, so tap and channel are found once; the pixel of
// a row is found by multiplication with the inverse of out_w (FastDivisor).
// The result is small and the sum is long, so blockIdx.y splits the pixels; each split writes its own sums, and gemm_splits.cu adds them in order.
// Four channels at a time where both counts are multiples of 4, else one by one (`_any_channels`). Bound by arithmetic from 64 channels on, by the gather
// of x below: as conv2d.cu.
//
// Targets: sm_75.

#include "Common/gemm_pixels.cuh"

extern "C" struct Conv2dBackwardWeightArgs
{
    const float* x;      // [n, h, w, in_channels]
    const float* grad_y; // [n, out_h, out_w, out_channels]
    float* grad_weight;  // [splits, out_channels, kernel_h, kernel_w, in_channels]
    const float* scale;  // [in_channels] or null
    const float* shift;  // [in_channels]
    Conv2dShape shape;
    FastDivisor image, row; // by out_h * out_w and by out_w
    int relu;
    int accumulate;       // without splits
    int pixels_per_split; // a multiple of 16
};

template <class Tile, int Vector> __device__ __forceinline__ void conv2d_backward_weight(const Conv2dBackwardWeightArgs& a)
{
    using GradY = AlongRows<Tile::BM, Tile::Threads, Vector>;
    using X = PatchColumns<Tile::BN, Tile::Threads, Vector>;
    constexpr int BK = GradY::Layout::BK;
    __shared__ __align__(16) float memory[GemmFloats<GradY, X>];

    const Conv2dShape& s = a.shape;
    int taps = s.kernel_h * s.kernel_w, depth = taps * s.in_channels, pixels = s.n * s.out_h * s.out_w;
    int tiles_n = (depth + Tile::BN - 1) / Tile::BN, tile = (int)blockIdx.x / tiles_n;
    int m0 = tile * Tile::BM, n0 = ((int)blockIdx.x - tile * tiles_n) * Tile::BN;
    const PatchGrid grid{a.x, s.h, s.w, s.in_channels, pixels, s.out_h, s.out_w, s.stride_h, s.stride_w, -s.padding_h, -s.padding_w};
    const Prologue prologue{a.scale, a.shift, a.relu};
    GradY grad_y(a.grad_y, m0, s.out_channels, s.out_channels);
    X x(grid, prologue, a.image, a.row, n0, taps, s.kernel_w);
    int first = (int)blockIdx.y * a.pixels_per_split;
    LinearWalk<BK> walk{first, min(pixels, first + a.pixels_per_split)};
    float sum[Tile::TM][Tile::TN];
    gemm_loop<Tile>(grad_y, x, walk, (walk.end - first + BK - 1) / BK, memory, sum);

    float* to = a.grad_weight + (long long)blockIdx.y * s.out_channels * depth;
#pragma unroll
    for (int i = 0; i < Tile::TM; i++)
    {
        int m = m0 + Tile::row(i);
        if (m >= s.out_channels)
            continue;
#pragma unroll
        for (int j = 0; j < Tile::TN; j += Vector)
        {
            int n = n0 + Tile::column(j);
            if (n >= depth)
                continue;
            float* at = to + (long long)m * depth + n;
            if constexpr (Vector == 4)
            {
                float4 g = make_float4(sum[i][j], sum[i][j + 1], sum[i][j + 2], sum[i][j + 3]);
                if (a.accumulate)
                {
                    float4 before = *(const float4*)at;
                    g = make_float4(before.x + g.x, before.y + g.y, before.z + g.z, before.w + g.w);
                }
                *(float4*)at = g;
            }
            else
                *at = a.accumulate ? *at + sum[i][j] : sum[i][j];
        }
    }
}

#define CONV2D_BACKWARD_WEIGHT(name, vector, BM, BN, TM, TN, LanesN)                                                                              \
    extern "C" __global__ void __launch_bounds__(GemmTile<BM, BN, TM, TN, LanesN>::Threads, GemmTile<BM, BN, TM, TN, LanesN>::ResidentBlocks)     \
        conv2d_backward_weight_##name##_f32(const Conv2dBackwardWeightArgs a)                                                                     \
    {                                                                                                                                             \
        conv2d_backward_weight<GemmTile<BM, BN, TM, TN, LanesN>, vector>(a);                                                                      \
    }

// Conv2dBackwardWeightKernels.cs chooses among these.
CONV2D_BACKWARD_WEIGHT(128x128, 4, 128, 128, 8, 8, 8)
CONV2D_BACKWARD_WEIGHT(80x128, 4, 80, 128, 8, 8, 16)
CONV2D_BACKWARD_WEIGHT(64x96, 4, 64, 96, 8, 8, 4)
CONV2D_BACKWARD_WEIGHT(32x96, 4, 32, 96, 4, 8, 4)
CONV2D_BACKWARD_WEIGHT(16x96, 4, 16, 96, 4, 4, 8)
CONV2D_BACKWARD_WEIGHT(32x32, 4, 32, 32, 4, 4, 8)
CONV2D_BACKWARD_WEIGHT(any_channels_32x32, 1, 32, 32, 4, 4, 8)
