// Convolution 3x3, rung 1: one thread for one output value.
//
//   y[n, h, w, k] = sum over r, s in 0..2 and c of x[n, h + r - 1, w + s - 1, c] * weight[k, r, s, c],  x = 0 outside of the image
//
// Parallel: batch * height * width * out_channels threads. Neighbours take neighbouring pixels of one output channel, as one would for NCHW.
// Here tensors are NHWC: the same channel of two neighbouring pixels lies in_channels floats apart.
// To see in the metrics: a load of x touches a sector for each lane (32) and uses 4 of its 32 bytes; a load of the weight is one sector for all.
// About 16 sectors for a request, where 4 is what 32 floats side by side need.
// Bound by memory transactions. Precondition: fewer than 2^31 elements in each tensor.
//
// Targets: sm_75.

extern "C" struct ConvArgs
{
    const float* x;      // [batch, height, width, in_channels]
    const float* weight; // [out_channels, 3, 3, in_channels]
    float* y;            // [batch, height, width, out_channels]
    int batch, height, width, in_channels, out_channels;
};

extern "C" __global__ void __launch_bounds__(256) conv_1_naive(const ConvArgs a)
{
    int pixels = a.batch * a.height * a.width;
    long long output = blockIdx.x * 256LL + threadIdx.x;
    if (output >= (long long)pixels * a.out_channels)
        return;
    int k = output / pixels, pixel = output % pixels;
    int n = pixel / (a.height * a.width), h = pixel / a.width % a.height, w = pixel % a.width;

    float sum = 0;
    for (int tap = 0; tap < 9; tap++)
    {
        int row = h + tap / 3 - 1, column = w + tap % 3 - 1;
        if (row < 0 || row >= a.height || column < 0 || column >= a.width)
            continue;
        const float* x = a.x + ((n * a.height + row) * a.width + column) * a.in_channels;
        const float* weight = a.weight + (k * 9 + tap) * a.in_channels;
        for (int c = 0; c < a.in_channels; c++)
            sum = fmaf(x[c], weight[c], sum);
    }
    a.y[pixel * a.out_channels + k] = sum;
}
