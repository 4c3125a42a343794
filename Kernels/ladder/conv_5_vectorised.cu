// Convolution 3x3, rung 5: every access moves four floats.
//
//   y[n, h, w, k] = sum over r, s in 0..2 and c of x[n, h + r - 1, w + s - 1, c] * weight[k, r, s, c],  x = 0 outside of the image
//
// Against rung 4: loads from global memory, and stores to and loads from shared memory, are float4 along c. One 16-byte access is one instruction.
// To see in the metrics: about a quarter of the global and of the shared requests, fewer instructions around the multiply-adds; the bytes and so
// the intensity are the same. A request touches 16 sectors now: 32 lanes x 16 bytes, nothing wasted. Bank conflicts stay 0: rows are 36 floats
// long: a multiple of 4, which float4 needs, and an odd one, so that 8 lanes (a 16-byte access goes in quarters of a warp) meet in no bank.
// Bound by the multiply-adds: 8 loads for every 64.
// Preconditions: in_channels is a multiple of 4, x and weight are 16-byte aligned.
//
// Targets: sm_75.

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
constexpr int Tile = 4, Apart = 16;                // a thread's pixels and channels: Tile of each, Apart from one to the next
constexpr int Vectors = Chunk / 4;                 // float4 in a row

__device__ __forceinline__ float4& vector(float* p) { return *reinterpret_cast<float4*>(p); }

__device__ __forceinline__ float4 load(const float* p, bool inside)
{
    return inside ? *reinterpret_cast<const float4*>(p) : make_float4(0, 0, 0, 0);
}

__device__ __forceinline__ float dot(float4 x, float4 y, float sum)
{
    return fmaf(x.w, y.w, fmaf(x.z, y.z, fmaf(x.y, y.y, fmaf(x.x, y.x, sum))));
}

extern "C" __global__ void __launch_bounds__(Threads) conv_5_vectorised(const ConvArgs a)
{
    __shared__ __align__(16) float patch[Patch * Patch][Row]; // [pixel][c]
    __shared__ __align__(16) float weight[TileK][Row];        // [k][c] of one tap

    int tiles = (a.width + Side - 1) / Side; // in a line
    int h0 = blockIdx.x / tiles * Side, w0 = blockIdx.x % tiles * Side, k0 = blockIdx.y * TileK, n = blockIdx.z;
    int k = threadIdx.x % Apart, h = threadIdx.x / Apart / Side, w = threadIdx.x / Apart % Side; // its first channel and pixel; the next: 2 lines below

    float sum[Tile][Tile] = {}; // [pixel][k]
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
            int first = (h + tap / 3) * Patch + w + tap % 3;
#pragma unroll 1
            for (int c = 0; c < Chunk; c += 4)
            {
                float4 filter[Tile];
                for (int j = 0; j < Tile; j++)
                    filter[j] = vector(&weight[k + j * Apart][c]);
                for (int i = 0; i < Tile; i++)
                {
                    float4 x = vector(&patch[first + i * Apart / Side * Patch][c]);
                    for (int j = 0; j < Tile; j++)
                        sum[i][j] = dot(x, filter[j], sum[i][j]);
                }
            }
            __syncthreads(); // everybody is done with what the next round overwrites
        }
    }
    for (int i = 0; i < Tile; i++)
        for (int j = 0; j < Tile; j++)
        {
            int row = h0 + h + i * Apart / Side, column = w0 + w, channel = k0 + k + j * Apart;
            if (row < a.height && column < a.width && channel < a.out_channels)
                a.y[((n * a.height + row) * a.width + column) * a.out_channels + channel] = sum[i][j];
        }
}
