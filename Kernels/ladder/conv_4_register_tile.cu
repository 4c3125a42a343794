// Convolution 3x3, rung 4: each thread computes a tile of 4 x 4 outputs in registers.
//
//   y[n, h, w, k] = sum over r, s in 0..2 and c of x[n, h + r - 1, w + s - 1, c] * weight[k, r, s, c],  x = 0 outside of the image
//
// Against rung 3: a thread takes 4 pixels x 4 output channels. It loads 4 + 4 numbers from shared memory and makes 16 multiply-adds of them;
// before it was 2 for 1. The block's tile grows with it to 8 x 8 pixels x 64 channels, so each number from global memory serves more outputs, too.
// To see in the metrics: a quarter of the shared requests, a quarter of the global ones, most of the instructions are multiply-adds now; more
// registers. Bank conflicts stay 0: a thread's pixels and channels lie 16 apart, so that the lanes of a warp read neighbouring rows.
// Bound by the instructions that load from shared memory: 8 for every 16 multiply-adds.
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
constexpr int Chunk = 32, Row = Chunk + 1;         // input channels in shared memory at a time; floats from row to row
constexpr int Tile = 4, Apart = 16;                // a thread's pixels and channels: Tile of each, Apart from one to the next

extern "C" __global__ void __launch_bounds__(Threads) conv_4_register_tile(const ConvArgs a)
{
    __shared__ float patch[Patch * Patch][Row]; // [pixel][c]
    __shared__ float weight[TileK][Row];        // [k][c] of one tap

    int tiles = (a.width + Side - 1) / Side; // in a line
    int h0 = blockIdx.x / tiles * Side, w0 = blockIdx.x % tiles * Side, k0 = blockIdx.y * TileK, n = blockIdx.z;
    int k = threadIdx.x % Apart, h = threadIdx.x / Apart / Side, w = threadIdx.x / Apart % Side; // its first channel and pixel; the next: 2 lines below

    float sum[Tile][Tile] = {}; // [pixel][k]
    for (int c0 = 0; c0 < a.in_channels; c0 += Chunk)
    {
        for (int i = threadIdx.x; i < Patch * Patch * Chunk; i += Threads)
        {
            int pixel = i / Chunk, c = c0 + i % Chunk, row = h0 + pixel / Patch - 1, column = w0 + pixel % Patch - 1;
            bool inside = row >= 0 && row < a.height && column >= 0 && column < a.width && c < a.in_channels;
            patch[pixel][i % Chunk] = inside ? a.x[((n * a.height + row) * a.width + column) * a.in_channels + c] : 0;
        }
        for (int tap = 0; tap < 9; tap++)
        {
            for (int i = threadIdx.x; i < TileK * Chunk; i += Threads)
            {
                int row = k0 + i / Chunk, c = c0 + i % Chunk;
                bool inside = row < a.out_channels && c < a.in_channels;
                weight[i / Chunk][i % Chunk] = inside ? a.weight[(row * 9 + tap) * a.in_channels + c] : 0;
            }
            __syncthreads();
            int first = (h + tap / 3) * Patch + w + tap % 3;
#pragma unroll 4
            for (int c = 0; c < Chunk; c++)
            {
                float x[Tile], filter[Tile];
                for (int i = 0; i < Tile; i++)
                    x[i] = patch[first + i * Apart / Side * Patch][c];
                for (int j = 0; j < Tile; j++)
                    filter[j] = weight[k + j * Apart][c];
                for (int i = 0; i < Tile; i++)
                    for (int j = 0; j < Tile; j++)
                        sum[i][j] = fmaf(x[i], filter[j], sum[i][j]);
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
