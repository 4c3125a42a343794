// Convolution 3x3, rung 3: a thread block computes a tile of outputs from copies of its inputs in shared memory.
//
//   y[n, h, w, k] = sum over r, s in 0..2 and c of x[n, h + r - 1, w + s - 1, c] * weight[k, r, s, c],  x = 0 outside of the image
//
// Against rung 2: a block takes 4 x 4 pixels x 16 output channels, one thread each. It loads the 6 x 6 pixels that they see once, 32 channels at
// a time, and uses them for 16 output channels and up to 9 taps; it loads a weight once and uses it for 16 pixels.
// To see in the metrics: global requests fall more than twenty times, intensity grows more than ten times; two shared requests for each
// multiply-add take their place. Bank conflicts are 0: rows are 33 floats long, so that the same c of 16 rows lies in 16 banks (with 32, in one).
// Bound by shared memory: the multiply-adds wait for its loads.
//
// Targets: sm_75.

extern "C" struct ConvArgs
{
    const float* x;      // [batch, height, width, in_channels]
    const float* weight; // [out_channels, 3, 3, in_channels]
    float* y;            // [batch, height, width, out_channels]
    int batch, height, width, in_channels, out_channels;
};

constexpr int Threads = 256, Side = 4, TileK = 16; // a block's outputs: Side x Side pixels, TileK channels
constexpr int Patch = Side + 2;                    // a side of the patch of x that those pixels see
constexpr int Chunk = 32, Row = Chunk + 1;         // input channels in shared memory at a time; floats from row to row

extern "C" __global__ void __launch_bounds__(Threads) conv_3_shared_tile(const ConvArgs a)
{
    __shared__ float patch[Patch * Patch][Row]; // [pixel][c]
    __shared__ float weight[TileK][Row];        // [k][c] of one tap

    int tiles = (a.width + Side - 1) / Side; // in a line
    int h0 = blockIdx.x / tiles * Side, w0 = blockIdx.x % tiles * Side, k0 = blockIdx.y * TileK, n = blockIdx.z;
    int k = threadIdx.x % TileK, h = threadIdx.x / TileK / Side, w = threadIdx.x / TileK % Side; // this thread's output

    float sum = 0;
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
            const float* x = patch[(h + tap / 3) * Patch + w + tap % 3];
            for (int c = 0; c < Chunk; c++)
                sum = fmaf(x[c], weight[k][c], sum);
            __syncthreads(); // everybody is done with what the next round overwrites
        }
    }
    if (h0 + h < a.height && w0 + w < a.width && k0 + k < a.out_channels)
        a.y[((n * a.height + h0 + h) * a.width + w0 + w) * a.out_channels + k0 + k] = sum;
}
