// c (+)= op(a) op(b) + bias on tensor cores; op(a) [M, K], op(b) [K, N], c [M, N], all row-major; 128 x BN elements of c per block.
//
// Names say how the operands are stored: n as they are, t transposed (a [K, M], b [N, K]). Each pairs one of the two layouts of Common/mma_tile.cuh for a with
// one for b. tf32: float in memory, rounded to tf32 on the way into the tensor core. bf16: a and b bf16, c bf16 or float. Accumulation is float32.
// Preconditions: rows of a, b and c are multiples of 16 bytes (c of bf16 as well where it is float), addresses too; less than 2^31 elements each.
// Bound: the tensor cores for large M, N, K; for a classifier (N of tens) the reading of a.
//
// Targets: sm_80.

#include "Common/mma_epilogue.cuh"
#include "Common/mma_matrix.cuh"

extern __shared__ __align__(128) unsigned char shared_memory[];

extern "C" struct TensorMatMulArgs
{
    const void* a;     // [M, K] or [K, M]
    const void* b;     // [K, N] or [N, K]
    void* c;           // [M, N]
    const float* bias; // [N] or null
    int m, n, k, tiles_n;
    int accumulate;
    int c_is_float; // else of the type of a and b
};

template <typename T> struct MatMulSink
{
    static constexpr int N = ChunkElements<T>;

    const TensorMatMulArgs& a;
    int first_row, first_column;
    float bias[N];

    template <typename C> __device__ __forceinline__ void store(C* c, float (&v)[N]) const
    {
#pragma unroll
        for (int half = 0; half < N; half += ChunkElements<C>)
        {
            float part[ChunkElements<C>];
            if (a.accumulate)
                load_chunk(c + half, part);
#pragma unroll
            for (int i = 0; i < ChunkElements<C>; i++)
                part[i] = v[half + i] + bias[half + i] + (a.accumulate ? part[i] : 0);
            store_chunk(c + half, part);
        }
    }

    __device__ __forceinline__ void begin(int column, float (&)[N])
    {
#pragma unroll
        for (int i = 0; i < N; i++)
            bias[i] = 0;
        if (a.bias != nullptr && first_column + column < a.n)
            load_floats(a.bias + first_column + column, bias);
    }

    __device__ __forceinline__ void row(int row, int column, float (&v)[N])
    {
        if (first_row + row >= a.m || first_column + column >= a.n)
            return;
        long long offset = (long long)(first_row + row) * a.n + first_column + column;
        if (a.c_is_float)
            store((float*)a.c + offset, v);
        else
            store((T*)a.c + offset, v);
    }
};

template <typename T, int Extent, bool DepthContiguous> struct MatrixOf
{
    using Loader = DepthContiguousMatrix<T, Extent>;
};
template <typename T, int Extent> struct MatrixOf<T, Extent, false>
{
    using Loader = DepthRowsMatrix<T, Extent>;
};

template <typename T, int BN, bool TransposeA, bool TransposeB> __device__ __forceinline__ void matmul(const TensorMatMulArgs& a)
{
    int tile_m = blockIdx.x / a.tiles_n, first_row = tile_m * BM, first_column = (blockIdx.x - tile_m * a.tiles_n) * BN;
    typename MatrixOf<T, BM, !TransposeA>::Loader rows{(const T*)a.a, TransposeA ? a.m : a.k, first_row, a.m, a.k};
    typename MatrixOf<T, BN, TransposeB>::Loader columns{(const T*)a.b, TransposeB ? a.k : a.n, first_column, a.n, a.k};
    Accumulators<BN> d;
    multiply<T>(rows, columns, (a.k + Depth<T> - 1) / Depth<T>, shared_address(shared_memory), d);
    MatMulSink<T> sink{a, first_row, first_column};
    hand_out<T, BN>(d, (float*)shared_memory, sink);
}

#define MATMUL_KERNEL(T, dtype, BN, layout, TransposeA, TransposeB)                                                                  \
    extern "C" __global__ void __launch_bounds__(Threads, 2) matmul_##layout##_##dtype##_128x##BN(const TensorMatMulArgs a)           \
    {                                                                                                                                \
        matmul<T, BN, TransposeA, TransposeB>(a);                                                                                    \
    }

#define MATMUL_KERNELS(T, dtype, BN)                \
    MATMUL_KERNEL(T, dtype, BN, nn, false, false)   \
    MATMUL_KERNEL(T, dtype, BN, nt, false, true)    \
    MATMUL_KERNEL(T, dtype, BN, tn, true, false)    \
    MATMUL_KERNEL(T, dtype, BN, tt, true, true)

MATMUL_KERNELS(float, tf32, 64)
MATMUL_KERNELS(float, tf32, 128)
MATMUL_KERNELS(bf16, bf16, 64)
MATMUL_KERNELS(bf16, bf16, 128)
