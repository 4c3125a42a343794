// What the tiles of a convolution have found per channel, brought together: mean and biased variance of a forward pass's output,
// sums of a backward-input pass's gradient. A block has 32 channels; its eight warps take every eighth tile each and their results are added in order, in
// double precision: the same bits every run. A few bytes per tile and channel: nothing beside the convolution.
//
// Targets: sm_75.

constexpr int Slices = 8;

// The sum of the eight warps' values of one channel, for every one of them. All threads must call.
__device__ __forceinline__ double slice_sum(double value)
{
    __shared__ double slices[Slices][32];
    slices[threadIdx.x / 32][threadIdx.x % 32] = value;
    __syncthreads();
    double sum = 0;
    for (int slice = 0; slice < Slices; slice++)
        sum += slices[slice][threadIdx.x % 32];
    __syncthreads();
    return sum;
}

extern "C" struct Conv2dMomentsArgs
{
    const float* tile_mean;    // [tiles, channels]
    const float* tile_squares; // [tiles, channels]: sum of (y - tile_mean)^2
    float* mean;               // [channels]
    float* variance;           // [channels]
    int tiles, rows_per_tile;  // the last tile may have fewer
    int rows, channels;
};

// The tiles' means weighted by their rows; then sum (y - mean)^2 = sum over tiles of squares + rows * (tile_mean - mean)^2.
extern "C" __global__ void __launch_bounds__(32 * Slices) conv2d_moments_f32(const Conv2dMomentsArgs a)
{
    int channel = blockIdx.x * 32 + threadIdx.x % 32, first = threadIdx.x / 32;
    bool exists = channel < a.channels;
    double sum = 0;
    for (int tile = first; exists && tile < a.tiles; tile += Slices)
        sum += min(a.rows_per_tile, a.rows - tile * a.rows_per_tile) * (double)a.tile_mean[(long long)tile * a.channels + channel];
    double mean = slice_sum(sum) / a.rows, squares = 0;
    for (int tile = first; exists && tile < a.tiles; tile += Slices)
    {
        double away = a.tile_mean[(long long)tile * a.channels + channel] - mean;
        squares += a.tile_squares[(long long)tile * a.channels + channel] + min(a.rows_per_tile, a.rows - tile * a.rows_per_tile) * away * away;
    }
    squares = slice_sum(squares);
    if (exists && first == 0)
    {
        a.mean[channel] = (float)mean;
        a.variance[channel] = (float)(squares / a.rows);
    }
}

extern "C" struct Conv2dSumsArgs
{
    const float* tile_first;  // [tiles, channels]
    const float* tile_second; // [tiles, channels]
    float* first;             // [channels]
    float* second;            // [channels]
    int tiles, channels;
};

// Two sums over the tiles.
extern "C" __global__ void __launch_bounds__(32 * Slices) conv2d_sums_f32(const Conv2dSumsArgs a)
{
    int channel = blockIdx.x * 32 + threadIdx.x % 32;
    bool exists = channel < a.channels;
    double first = 0, second = 0;
    for (int tile = threadIdx.x / 32; exists && tile < a.tiles; tile += Slices)
    {
        first += a.tile_first[(long long)tile * a.channels + channel];
        second += a.tile_second[(long long)tile * a.channels + channel];
    }
    first = slice_sum(first);
    second = slice_sum(second);
    if (exists && threadIdx.x < 32)
    {
        a.first[channel] = (float)first;
        a.second[channel] = (float)second;
    }
}
