// Matrix product: c[m, n] (+)= sum over k of op(a)[m, k] * op(b)[k, n] (+ bias[n]), row-major; op(a) is stored as [m, k] or, `_ta`, as [k, m], op(b) as
// [k, n] or, `_tb`, as [n, k].
//
// A block computes a tile of c (Common/gemm_tile.cuh). Operands are read four values at a time where the contiguous sizes are multiples of 4 (addresses
// of 16 bytes), else one by one (`_any_size`). blockIdx.y splits k where c has too few tiles to fill the device: then each split writes its own c
// and gemm_splits.cu adds them in order, with the bias. Bound by arithmetic from about 64 rows and columns on, else by reading a and b once.
//
// Targets: sm_75.

#include "Common/gemm_operands.cuh"

extern "C" struct MatMulArgs
{
    const float* a;    // [m, k] or [k, m]
    const float* b;    // [k, n] or [n, k]
    float* c;          // [splits, m, n]
    const float* bias; // [n] or null; without splits
    int m, n, k;
    int k_per_split;   // a multiple of 16
    int accumulate;    // without splits
    int vector_output; // c and bias may be accessed as float4; with large tiles they must
};

template <class Tile, bool AnyOutput> __device__ __forceinline__ void write_product(const MatMulArgs& a, int m0, int n0, const float (&sum)[Tile::TM][Tile::TN])
{
    float* c = a.c + (long long)blockIdx.y * a.m * a.n;
#pragma unroll
    for (int i = 0; i < Tile::TM; i++)
    {
        int m = m0 + Tile::row(i);
        if (m >= a.m)
            continue;
#pragma unroll
        for (int j = 0; j < Tile::TN; j += 4)
        {
            int n = n0 + Tile::column(j);
            float* to = c + (long long)m * a.n + n;
            if (!AnyOutput || a.vector_output)
            {
                if (n >= a.n)
                    continue;
                float4 v = make_float4(sum[i][j], sum[i][j + 1], sum[i][j + 2], sum[i][j + 3]);
                if (a.bias != nullptr)
                {
                    float4 bias = *(const float4*)(a.bias + n);
                    v = make_float4(v.x + bias.x, v.y + bias.y, v.z + bias.z, v.w + bias.w);
                }
                if (a.accumulate)
                {
                    float4 before = *(const float4*)to;
                    v = make_float4(before.x + v.x, before.y + v.y, before.z + v.z, before.w + v.w);
                }
                store4(to, v);
                continue;
            }
#pragma unroll
            for (int q = 0; q < 4; q++)
                if (n + q < a.n)
                {
                    float v = sum[i][j + q];
                    if (a.bias != nullptr)
                        v += a.bias[n + q];
                    to[q] = a.accumulate ? to[q] + v : v;
                }
        }
    }
}

template <class Tile, bool TransposeA, bool TransposeB, int Vector> __device__ __forceinline__ void matmul(const MatMulArgs& a)
{
    using A = typename ChooseType<TransposeA, AlongRows<Tile::BM, Tile::Threads, Vector>, AlongK<Tile::BM, Tile::Threads, Vector>>::Type;
    using B = typename ChooseType<TransposeB, AlongK<Tile::BN, Tile::Threads, Vector>, AlongRows<Tile::BN, Tile::Threads, Vector>>::Type;
    constexpr int BK = A::Layout::BK;
    __shared__ __align__(16) float memory[GemmFloats<A, B>];

    int tiles_n = (a.n + Tile::BN - 1) / Tile::BN, tile = (int)blockIdx.x / tiles_n;
    int m0 = tile * Tile::BM, n0 = ((int)blockIdx.x - tile * tiles_n) * Tile::BN;
    A left(a.a, m0, a.m, TransposeA ? a.m : a.k);
    B right(a.b, n0, a.n, TransposeB ? a.k : a.n);
    int first = (int)blockIdx.y * a.k_per_split;
    LinearWalk<BK> walk{first, min(a.k, first + a.k_per_split)};
    float sum[Tile::TM][Tile::TN];
    gemm_loop<Tile>(left, right, walk, (walk.end - first + BK - 1) / BK, memory, sum);
    write_product<Tile, Tile::BM == 32>(a, m0, n0, sum);
}

#define MATMUL(name, vector, BM, BN, TM, TN, LanesN, transposes, TransposeA, TransposeB)                                                          \
    extern "C" __global__ void __launch_bounds__(GemmTile<BM, BN, TM, TN, LanesN>::Threads, GemmTile<BM, BN, TM, TN, LanesN>::ResidentBlocks)     \
        matmul_##name##transposes##_f32(const MatMulArgs a)                                                                                       \
    {                                                                                                                                             \
        matmul<GemmTile<BM, BN, TM, TN, LanesN>, TransposeA, TransposeB, vector>(a);                                                              \
    }
#define MATMUL_TRANSPOSES(...)             \
    MATMUL(__VA_ARGS__, , false, false)    \
    MATMUL(__VA_ARGS__, _ta, true, false)  \
    MATMUL(__VA_ARGS__, _tb, false, true)  \
    MATMUL(__VA_ARGS__, _ta_tb, true, true)

// MatMulKernels.cs chooses among these.
MATMUL_TRANSPOSES(128x128, 4, 128, 128, 8, 8, 8)
MATMUL_TRANSPOSES(32x32, 4, 32, 32, 4, 4, 8)
MATMUL_TRANSPOSES(any_size_32x32, 1, 32, 32, 4, 4, 8)
