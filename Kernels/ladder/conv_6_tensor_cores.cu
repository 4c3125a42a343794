// Convolution 3x3, rung 6: the multiply-adds are done by tensor cores, in tf32.
//
//   y[n, h, w, k] = sum over r, s in 0..2 and c of x[n, h + r - 1, w + s - 1, c] * weight[k, r, s, c],  x = 0 outside of the image
//
// Against rung 5: the same tiles in shared memory. A warp takes 16 pixels x 32 channels; one mma.sync of it multiplies 16 pixels x 8 input channels
// by 8 input channels x 8 output channels: 2048 FLOP in an instruction, a multiply-add of a warp has 64. The numbers are rounded to tf32 (10 bits
// of mantissa, float32's exponent) on their way into shared memory; the sums are float32.
// To see in the metrics: several times fewer instructions for the same FLOP. Bank conflicts stay 0: with rows of 36 floats, the 8 rows x 4
// columns of a fragment are in 32 banks. A request that writes y covers 8 pixels x 8 channels: 8 whole sectors.
// Bound by shared memory again: 12 loads for every 4 mma. (Production kernels load fragments by ldmatrix and fetch ahead by cp.async.)
// Preconditions: in_channels is a multiple of 4, out_channels is even; x and weight are 16-byte aligned, y 8-byte.
//
// Targets: sm_80.

extern "C" struct ConvArgs
{
    const float* x;      // [batch, height, width, in_channels]
    const float* weight; // [out_channels, 3, 3, in_channels]
    float* y;            // [batch, height, width, out_channels]
    int batch, height, width, in_channels, out_channels;
};

constexpr int Threads = 256, Side = 8, TileK = 64; // a block's outputs: Side x Side pixels, TileK channels
constexpr int Patch = Side + 2;                    // a side of the patch of x that those pixels see
constexpr int Chunk = 32, Row = Chunk + 4;         // input channels in shared memory at a time; floats from row to row
constexpr int Vectors = Chunk / 4;                 // float4 in a row
constexpr int WarpK = 32, Mmas = WarpK / 8;        // a warp's channels; products side by side

__device__ __forceinline__ float4& vector(float* p) { return *reinterpret_cast<float4*>(p); }

__device__ __forceinline__ float tf32(float x) // rounded to nearest; a tf32 is a float whose last 13 bits are 0
{
    unsigned rounded;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(rounded) : "f"(x));
    return __uint_as_float(rounded);
}

__device__ __forceinline__ float4 load(const float* p, bool inside)
{
    float4 x = inside ? *reinterpret_cast<const float4*>(p) : make_float4(0, 0, 0, 0);
    return make_float4(tf32(x.x), tf32(x.y), tf32(x.z), tf32(x.w));
}

// sum[16 x 8] += a[16 x 8] b[8 x 8]. Lane l has of a: rows l/4, l/4 + 8 of column l%4, then of column l%4 + 4; of b: rows l%4, l%4 + 4 of column
// l/4; of the sum: row l/4, columns 2 (l%4) and the next, then row l/4 + 8.
__device__ __forceinline__ void mma(float (&sum)[4], const float (&a)[4], float b0, float b1)
{
    asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
        : "r"(__float_as_uint(a[0])), "r"(__float_as_uint(a[1])), "r"(__float_as_uint(a[2])), "r"(__float_as_uint(a[3])),
          "r"(__float_as_uint(b0)), "r"(__float_as_uint(b1)));
}

extern "C" __global__ void __launch_bounds__(Threads) conv_6_tensor_cores(const ConvArgs a)
{
    __shared__ __align__(16) float patch[Patch * Patch][Row]; // [pixel][c]
    __shared__ __align__(16) float weight[TileK][Row];        // [k][c] of one tap

    int tiles = (a.width + Side - 1) / Side; // in a line
    int h0 = blockIdx.x / tiles * Side, w0 = blockIdx.x % tiles * Side, k0 = blockIdx.y * TileK, n = blockIdx.z;
    int warp = threadIdx.x / 32, group = threadIdx.x % 32 / 4, member = threadIdx.x % 4;
    int h = warp % 4 * 2, k = warp / 4 * WarpK; // a warp's pixels: two lines of the tile; its first channel

    float sum[Mmas][4] = {};
    for (int c0 = 0; c0 < a.in_channels; c0 += Chunk)
    {
        for (int i = threadIdx.x; i < Patch * Patch * Vectors; i += Threads)
        {
            int pixel = i / Vectors, c = i % Vectors * 4, row = h0 + pixel / Patch - 1, column = w0 + pixel % Patch - 1;
            bool inside = row >= 0 && row < a.height && column >= 0 && column < a.width && c0 + c < a.in_channels;
            vector(&patch[pixel][c]) = load(a.x + ((n * a.height + row) * a.width + column) * a.in_channels + c0 + c, inside);
        }
        for (int tap = 0; tap < 9; tap++)
        {
            for (int i = threadIdx.x; i < TileK * Vectors; i += Threads)
            {
                int row = k0 + i / Vectors, c = i % Vectors * 4;
                bool inside = row < a.out_channels && c0 + c < a.in_channels;
                vector(&weight[i / Vectors][c]) = load(a.weight + (row * 9 + tap) * a.in_channels + c0 + c, inside);
            }
            __syncthreads();
            const float* x = patch[(h + tap / 3) * Patch + group + tap % 3];
            for (int c = member; c < Chunk; c += 8)
            {
                float pixels[4] = {x[c], x[Patch * Row + c], x[c + 4], x[Patch * Row + c + 4]};
                for (int j = 0; j < Mmas; j++)
                {
                    const float* filter = weight[k + j * 8 + group];
                    mma(sum[j], pixels, filter[c], filter[c + 4]);
                }
            }
            __syncthreads(); // everybody is done with what the next round overwrites
        }
    }
    for (int j = 0; j < Mmas; j++)
        for (int line = 0; line < 2; line++)
        {
            int row = h0 + h + line, column = w0 + group, channel = k0 + k + j * 8 + member * 2;
            if (row < a.height && column < a.width && channel < a.out_channels)
                *reinterpret_cast<float2*>(a.y + ((n * a.height + row) * a.width + column) * a.out_channels + channel)
                    = make_float2(sum[j][line * 2], sum[j][line * 2 + 1]);
        }
}
