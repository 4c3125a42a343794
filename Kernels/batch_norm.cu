// Batch normalisation of float32: see batch_norm.cuh. And what has numbers per channel only, for every type of activations.
//
// Targets: sm_75.

#include "batch_norm_apply.cuh"
#include "batch_norm_backward.cuh"
#include "batch_norm_statistics.cuh"

extern "C" __global__ void __launch_bounds__(MostThreads) batch_norm_statistics_f32(const BatchNormStatisticsArgs a) { statistics<float, 1>(a); }
extern "C" __global__ void __launch_bounds__(MostThreads) batch_norm_statistics_vec4_f32(const BatchNormStatisticsArgs a) { statistics<float, 4>(a); }
extern "C" __global__ void __launch_bounds__(MostThreads) batch_norm_finish_statistics_f32(const BatchNormFinishStatisticsArgs a) { finish_statistics<float>(a); }

extern "C" __global__ void __launch_bounds__(MostThreads) batch_norm_apply_f32(const BatchNormApplyArgs a) { apply<float, 1>(a); }
extern "C" __global__ void __launch_bounds__(MostThreads) batch_norm_apply_vec4_f32(const BatchNormApplyArgs a) { apply<float, 4>(a); }

extern "C" __global__ void __launch_bounds__(MostThreads, 2) batch_norm_backward_sums_f32(const BatchNormBackwardArgs a) { backward_sums<float, 1>(a); }
extern "C" __global__ void __launch_bounds__(MostThreads, 2) batch_norm_backward_sums_vec4_f32(const BatchNormBackwardArgs a) { backward_sums<float, 4>(a); }

extern "C" __global__ void __launch_bounds__(MostThreads, 2) batch_norm_backward_input_f32(const BatchNormBackwardArgs a) { backward_input<float, 1>(a); }
extern "C" __global__ void __launch_bounds__(MostThreads, 2) batch_norm_backward_input_vec4_f32(const BatchNormBackwardArgs a) { backward_input<float, 4>(a); }

extern "C" struct BatchNormMomentsArgs
{
    const float* mean;     // [C]
    const float* variance; // [C], biased
    RunningStatistics to;
    long long count; // values of a channel
    int channels;
    float momentum;
    float eps;
    int unused;
};

extern "C" __global__ void batch_norm_statistics_from_moments_f32(const BatchNormMomentsArgs a)
{
    int channel = blockIdx.x * blockDim.x + threadIdx.x;
    if (channel < a.channels)
        write_statistics(a.to, channel, a.mean[channel], a.variance[channel], a.count, a.momentum, a.eps);
}

extern "C" struct BatchNormAffineArgs
{
    const float* mean;   // [C]
    const float* spread; // [C] inverse deviation, or variance where eps >= 0
    const float* weight; // [C]
    const float* bias;   // [C]
    float* scale;        // [C]
    float* shift;        // [C]
    int channels;
    float eps;
};

extern "C" __global__ void batch_norm_affine_f32(const BatchNormAffineArgs a)
{
    int channel = blockIdx.x * blockDim.x + threadIdx.x;
    if (channel >= a.channels)
        return;
    float scale = a.weight[channel] * inv_std_of(a.spread[channel], a.eps);
    a.scale[channel] = scale;
    a.shift[channel] = fmaf(-a.mean[channel], scale, a.bias[channel]);
}

extern "C" struct BatchNormFinishSumsArgs
{
    const float* sumGrad;          // [parts, C]
    const float* sumGradDeviation; // [parts, C]
    const float* spread;           // [C] inverse deviation, or variance where eps >= 0
    float* gradWeight;             // [C] or null
    float* gradBias;               // [C] or null
    float* meanGrad;               // [C] or null
    float* slope;                  // [C], given with meanGrad
    long long count;               // values of a channel
    int channels;
    int parts;
    float eps;
    int accumulateWeight;
    int accumulateBias;
    int unused;
};

extern "C" __global__ void __launch_bounds__(MostThreads) batch_norm_finish_sums_f32(const BatchNormFinishSumsArgs a)
{
    int channel = blockIdx.x * FinishChannels + threadIdx.x % FinishChannels, lane = threadIdx.x / FinishChannels, lanes = blockDim.x / FinishChannels;
    int parts = channel < a.channels ? a.parts : 0;
    double grad = 0, gradDeviation = 0;
    for (int part = lane; part < parts; part += lanes)
    {
        grad += a.sumGrad[(long long)part * a.channels + channel];
        gradDeviation += a.sumGradDeviation[(long long)part * a.channels + channel];
    }
    grad = sum_over_lanes(grad);
    gradDeviation = sum_over_lanes(gradDeviation);
    if (lane != 0 || channel >= a.channels)
        return;

    double invStd = inv_std_of(a.spread[channel], a.eps);
    if (a.gradWeight != nullptr)
        a.gradWeight[channel] = (float)(gradDeviation * invStd) + (a.accumulateWeight ? a.gradWeight[channel] : 0.0f);
    if (a.gradBias != nullptr)
        a.gradBias[channel] = (float)grad + (a.accumulateBias ? a.gradBias[channel] : 0.0f);
    if (a.meanGrad != nullptr)
    {
        a.meanGrad[channel] = (float)(grad / (double)a.count);
        a.slope[channel] = (float)(invStd * invStd * gradDeviation / (double)a.count);
    }
}
