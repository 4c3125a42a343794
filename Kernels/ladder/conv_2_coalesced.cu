// Convolution 3x3, rung 2: eight lanes for one output value, side by side along the input channels.
//
//   y[n, h, w, k] = sum over r, s in 0..2 and c of x[n, h + r - 1, w + s - 1, c] * weight[k, r, s, c],  x = 0 outside of the image
//
// Against rung 1: the axis that is contiguous in x and in the weight is c, the one that is summed over. So lanes walk along it together: 8 of them
// read 8 floats, which is one sector, and their 8 sums are added at the end by shuffles. A warp has 4 neighbouring output channels of one pixel.
// (A thread for each output, laid out along k, would only move the problem: x would be 1 sector, and the weight, [k][r][s][c], 32.)
// To see in the metrics: a load of the weight touches 4 sectors, one of x a single one, and every byte of them is used. As many requests as
// before; more instructions, for the bookkeeping of a tap serves an eighth of its multiply-adds.
// Bound by memory transactions still: a multiply-add of the warp loads 5 sectors. Idle lanes where in_channels is no multiple of 8.
//
// Targets: sm_75.

extern "C" struct ConvArgs
{
    const float* x;      // [batch, height, width, in_channels]
    const float* weight; // [out_channels, 3, 3, in_channels]
    float* y;            // [batch, height, width, out_channels]
    int batch, height, width, in_channels, out_channels;
};

constexpr int Lanes = 8; // for an output

extern "C" __global__ void __launch_bounds__(256) conv_2_coalesced(const ConvArgs a)
{
    int pixels = a.batch * a.height * a.width, lane = threadIdx.x % Lanes;
    int output = blockIdx.x * (256 / Lanes) + threadIdx.x / Lanes; // where y has it: the channel moves fastest
    bool inside = output < pixels * a.out_channels;
    int k = output % a.out_channels, pixel = inside ? output / a.out_channels : 0; // all lanes stay for the shuffles
    int n = pixel / (a.height * a.width), h = pixel / a.width % a.height, w = pixel % a.width;

    float sum = 0;
    for (int tap = 0; tap < 9; tap++)
    {
        int row = h + tap / 3 - 1, column = w + tap % 3 - 1;
        if (row < 0 || row >= a.height || column < 0 || column >= a.width)
            continue;
        const float* x = a.x + ((n * a.height + row) * a.width + column) * a.in_channels;
        const float* weight = a.weight + (k * 9 + tap) * a.in_channels;
        for (int c = lane; c < a.in_channels; c += Lanes)
            sum = fmaf(x[c], weight[c], sum);
    }
    for (int distance = Lanes / 2; distance > 0; distance /= 2)
        sum += __shfl_xor_sync(0xffffffffu, sum, distance);
    if (lane == 0 && inside)
        a.y[output] = sum;
}
