// Log-softmax y = x - max - log(sum(exp(x - max))) with its backward pass, cross-entropy with label smoothing, the first largest class, and
// how many labels are among the k largest logits.
//
// One warp per row: its lanes go along the classes, so reads are coalesced, and what belongs to the row (maximum, sum, count) is combined by shuffles, in
// the same order every time. Any number of rows and classes. Log-softmax also takes the middle axis of [outer, columns, inner], which the last
// axis of a channels-last image is; its reads then coalesce only as far as neighbouring rows share sectors. With the row counts of a classifier these
// are bound by the latency of a launch.
//
// A label that is no class makes the loss and the gradient of its row NaN, and its row is not counted as right: nothing is read out of bounds.
//
// Targets: sm_75.

#include "Common/math.cuh"
#include "Common/reduce.cuh"

constexpr int Threads = 128;
constexpr int Warps = Threads / 32;

extern "C" struct LogSoftmaxForwardArgs
{
    const float* x; // [rows / inner, columns, inner]
    float* y;       // as x
    long long rows;
    long long inner;
    int columns;
    int padding;
};

extern "C" struct LogSoftmaxBackwardArgs
{
    const float* y;      // [rows / inner, columns, inner]
    const float* grad_y; // as y
    float* grad_x;       // as y
    long long rows;
    long long inner;
    int columns;
    int accumulate;
};

extern "C" struct CrossEntropyForwardArgs
{
    const float* logits; // [samples, classes]
    const int* labels;   // [samples]
    float* log_probs;    // [samples, classes]
    double* losses;      // [samples]
    long long samples;
    int classes;
    float smoothing;
};

extern "C" struct CrossEntropyMeanArgs
{
    const double* losses; // [samples]
    float* loss;          // scalar
    long long samples;
};

extern "C" struct CrossEntropyBackwardArgs
{
    const float* log_probs; // [samples, classes]
    const int* labels;      // [samples]
    const float* grad_loss; // scalar
    float* grad_logits;     // [samples, classes]
    long long samples;
    int classes;
    float smoothing;
    int accumulate;
    int padding;
};

extern "C" struct ArgMaxArgs
{
    const float* x; // [rows, columns]
    int* index;     // [rows]
    long long rows;
    int columns;
    int padding;
};

extern "C" struct TopKCountArgs
{
    const float* logits; // [samples, classes]
    const int* labels;   // [samples]
    int* count;          // scalar, 0 before
    long long samples;
    int classes;
    int k;
};

__device__ __forceinline__ long long first_row() { return blockIdx.x * (long long)Warps + threadIdx.x / 32; }

__device__ __forceinline__ long long row_step() { return (long long)gridDim.x * Warps; }

__device__ __forceinline__ int lane_id() { return threadIdx.x % 32; }

__device__ __forceinline__ float warp_max(float value)
{
    for (int distance = 16; distance > 0; distance /= 2)
        value = fmaxf(value, __shfl_xor_sync(AllLanes, value, distance));
    return value;
}

// Where row r of [outer, columns, inner] begins; its elements are `inner` apart.
__device__ __forceinline__ long long row_offset(long long r, long long inner, int columns)
{
    if (inner == 1)
        return r * columns;
    long long outer = r / inner;
    return outer * columns * inner + (r - outer * inner);
}

struct Softmax
{
    float max;
    float log_sum;

    // In this order the large parts cancel first, and exactly.
    __device__ __forceinline__ float log_prob(float x) const { return x - max - log_sum; }
};

// A NaN or +inf anywhere makes the sum, and so the row, NaN; the maximum passes over NaN.
__device__ __forceinline__ Softmax softmax_of(const float* row, long long stride, int columns)
{
    float max = __int_as_float(0xff800000);
    for (int c = lane_id(); c < columns; c += 32)
        max = fmaxf(max, row[c * stride]);
    max = warp_max(max);
    float sum = 0.0f;
    for (int c = lane_id(); c < columns; c += 32)
        sum += exp_f32(row[c * stride] - max);
    return Softmax{max, log_f32((float)warp_sum((double)sum))};
}

extern "C" __global__ void __launch_bounds__(Threads) log_softmax_forward_f32(const LogSoftmaxForwardArgs a)
{
    for (long long r = first_row(); r < a.rows; r += row_step())
    {
        long long offset = row_offset(r, a.inner, a.columns);
        Softmax softmax = softmax_of(a.x + offset, a.inner, a.columns);
        for (int c = lane_id(); c < a.columns; c += 32)
            a.y[offset + c * a.inner] = softmax.log_prob(a.x[offset + c * a.inner]);
    }
}

// gradX (+)= gradY - exp(y) sum(gradY)
extern "C" __global__ void __launch_bounds__(Threads) log_softmax_backward_f32(const LogSoftmaxBackwardArgs a)
{
    for (long long r = first_row(); r < a.rows; r += row_step())
    {
        long long offset = row_offset(r, a.inner, a.columns);
        double share = 0;
        for (int c = lane_id(); c < a.columns; c += 32)
            share += a.grad_y[offset + c * a.inner];
        float sum = (float)warp_sum(share);
        for (int c = lane_id(); c < a.columns; c += 32)
        {
            long long i = offset + c * a.inner;
            float grad = fmaf(exp_f32(a.y[i]), -sum, a.grad_y[i]);
            a.grad_x[i] = a.accumulate ? a.grad_x[i] + grad : grad;
        }
    }
}

// Each sample's -sum_c q_c logProb_c, q = smoothing / classes, plus 1 - smoothing on the label.
extern "C" __global__ void __launch_bounds__(Threads) cross_entropy_forward_f32(const CrossEntropyForwardArgs a)
{
    for (long long n = first_row(); n < a.samples; n += row_step())
    {
        const float* row = a.logits + n * a.classes;
        float* target = a.log_probs + n * a.classes;
        Softmax softmax = softmax_of(row, 1, a.classes);
        double share = 0;
        for (int c = lane_id(); c < a.classes; c += 32)
        {
            float log_prob = softmax.log_prob(row[c]);
            target[c] = log_prob;
            share += log_prob;
        }
        double sum = warp_sum(share);
        if (lane_id() != 0)
            continue;
        int label = a.labels[n];
        if ((unsigned)label >= (unsigned)a.classes)
        {
            a.losses[n] = __longlong_as_double(0x7ff8000000000000);
            continue;
        }
        double loss = -(1.0 - a.smoothing) * softmax.log_prob(row[label]);
        // Without smoothing a class of probability zero has no part in the loss: 0 * -inf must not become NaN.
        if (a.smoothing != 0.0f)
            loss -= a.smoothing / (double)a.classes * sum;
        a.losses[n] = loss;
    }
}

// loss = the mean over the samples, by one block.
extern "C" __global__ void __launch_bounds__(Threads) cross_entropy_mean_f32(const CrossEntropyMeanArgs a)
{
    double share = 0;
    for (long long n = threadIdx.x; n < a.samples; n += Threads)
        share += a.losses[n];
    double sum = block_sum<Threads>(share);
    if (threadIdx.x == 0)
        *a.loss = (float)(sum / a.samples);
}

// gradLogits (+)= gradLoss (exp(logProbs) - q) / N
extern "C" __global__ void __launch_bounds__(Threads) cross_entropy_backward_f32(const CrossEntropyBackwardArgs a)
{
    float factor = (float)((double)*a.grad_loss / a.samples);
    float other = (float)(a.smoothing / (double)a.classes), target = (float)(1.0 - a.smoothing + a.smoothing / (double)a.classes);
    for (long long n = first_row(); n < a.samples; n += row_step())
    {
        const float* row = a.log_probs + n * a.classes;
        float* grad_row = a.grad_logits + n * a.classes;
        int label = a.labels[n];
        bool valid = (unsigned)label < (unsigned)a.classes;
        for (int c = lane_id(); c < a.classes; c += 32)
        {
            float grad = __fmul_rn(exp_f32(row[c]) - (c == label ? target : other), factor);
            grad = valid ? grad : __int_as_float(0x7fffffff);
            grad_row[c] = a.accumulate ? grad_row[c] + grad : grad;
        }
    }
}

// True where a candidate takes the place of the best so far: a larger value, or an equal one that stands before; NaN is larger than every number.
__device__ __forceinline__ bool comes_first(float value, int index, float best, int best_index)
{
    if (best != best)
        return value != value && index < best_index;
    return !(value <= best) || (value == best && index < best_index);
}

extern "C" __global__ void __launch_bounds__(Threads) arg_max_f32(const ArgMaxArgs a)
{
    for (long long r = first_row(); r < a.rows; r += row_step())
    {
        const float* row = a.x + r * a.columns;
        // A lane without a column brings what every column of the row comes before.
        float best = __int_as_float(0xff800000);
        int best_index = a.columns;
        for (int c = lane_id(); c < a.columns; c += 32)
            if (comes_first(row[c], c, best, best_index))
            {
                best = row[c];
                best_index = c;
            }
        for (int distance = 16; distance > 0; distance /= 2)
        {
            float value = __shfl_xor_sync(AllLanes, best, distance);
            int index = __shfl_xor_sync(AllLanes, best_index, distance);
            if (comes_first(value, index, best, best_index))
            {
                best = value;
                best_index = index;
            }
        }
        if (lane_id() == 0)
            a.index[r] = best_index;
    }
}

// A class with a larger logit, or an equal one and a lower index, is ahead of the label; a row with a NaN is wrong.
extern "C" __global__ void __launch_bounds__(Threads) top_k_count_i32(const TopKCountArgs a)
{
    for (long long n = first_row(); n < a.samples; n += row_step())
    {
        const float* row = a.logits + n * a.classes;
        int label = a.labels[n];
        if ((unsigned)label >= (unsigned)a.classes)
            continue;
        float own = row[label];
        int ahead = 0;
        bool valid = true;
        for (int c = lane_id(); c < a.classes; c += 32)
        {
            float value = row[c];
            valid = valid && value == value;
            ahead += value > own || (value == own && c < label);
        }
        ahead = warp_sum(ahead);
        valid = __all_sync(AllLanes, valid);
        if (lane_id() == 0 && valid && ahead < a.k)
            atomicAdd(a.count, 1);
    }
}
