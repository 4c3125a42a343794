// SGD with momentum, dampening, Nesterov and weight decay, for all parameters of a model in one launch:
//   g = grad + weightDecay w;  b = g on the first step, else momentum b + (1 - dampening) g;  w -= lr (nesterov ? g + momentum b : b), or lr g without momentum.
//
// The parameters are cut into chunks, one block each; a table in device memory says which tensors they are from, and a block finds its own by bisection. Four
// neighbouring elements per thread and access where the three tensors are aligned. The same fused multiply-adds as on every device. Bound by memory: 12
// bytes read and 8 written per element with momentum.
//
// The learning rate may be read from memory when the kernel runs, so that a launch can be replayed with another one. Where a word in memory isn't 0, nothing
// is updated: the loss of this step or an earlier one was no number, and the weights that made it are kept.
//
// Targets: sm_75.

#include "Common/pack.cuh"

constexpr int Threads = 256;
constexpr int ChunkElements = 4096; // SgdKernels.ChunkElements

struct SgdSlot
{
    float* weight;          // [n]
    const float* grad;      // [n]
    float* momentum_buffer; // [n], null without momentum
    long long n;
    long long first_chunk; // chunks of the slots before
    float weight_decay;
    int first_step; // the momentum buffer is not to be read
};

extern "C" struct SgdStepArgs
{
    const SgdSlot* slots;          // [count], none without elements
    const float* learning_rate_at; // null for the constant
    const int* skip_if;            // null for never
    int count;
    float learning_rate;
    float momentum;
    float take; // 1 - dampening
    int nesterov;
    int padding;
};

// The slot that a chunk belongs to: the last one that starts at or before it.
__device__ __forceinline__ const SgdSlot& slot_of(const SgdStepArgs& a, long long chunk)
{
    int low = 0, high = a.count - 1;
    while (low < high)
    {
        int middle = (low + high + 1) / 2;
        if (a.slots[middle].first_chunk <= chunk)
            low = middle;
        else
            high = middle - 1;
    }
    return a.slots[low];
}

struct SgdElements
{
    const SgdStepArgs& args;
    const SgdSlot slot;
    float learning_rate;

    // The branches go the same way for a whole slot.
    template <int Width> __device__ __forceinline__ void run(long long i) const
    {
        auto w = load_pack<Width>(slot.weight + i), step = load_pack<Width>(slot.grad + i);
        if (slot.weight_decay != 0.0f)
#pragma unroll
            for (int j = 0; j < Width; j++)
                step.at[j] = fmaf(slot.weight_decay, w.at[j], step.at[j]);
        if (slot.momentum_buffer != nullptr)
        {
            auto b = step;
            if (!slot.first_step)
            {
                b = load_pack<Width>(slot.momentum_buffer + i);
#pragma unroll
                for (int j = 0; j < Width; j++)
                    b.at[j] = fmaf(args.momentum, b.at[j], __fmul_rn(args.take, step.at[j]));
            }
            store_pack<Width>(slot.momentum_buffer + i, b);
#pragma unroll
            for (int j = 0; j < Width; j++)
                step.at[j] = args.nesterov ? fmaf(args.momentum, b.at[j], step.at[j]) : b.at[j];
        }
#pragma unroll
        for (int j = 0; j < Width; j++)
            w.at[j] = fmaf(-learning_rate, step.at[j], w.at[j]);
        store_pack<Width>(slot.weight + i, w);
    }
};

extern "C" __global__ void __launch_bounds__(Threads) sgd_step_f32(const SgdStepArgs a)
{
    constexpr int Width = WidestPack<float>;
    if (a.skip_if != nullptr && *a.skip_if != 0)
        return;
    SgdElements f{a, slot_of(a, blockIdx.x), a.learning_rate_at != nullptr ? *a.learning_rate_at : a.learning_rate};
    long long start = (blockIdx.x - f.slot.first_chunk) * ChunkElements, end = min(f.slot.n, start + ChunkElements);
    bool aligned = is_aligned(f.slot.weight) && is_aligned(f.slot.grad) && is_aligned(f.slot.momentum_buffer);
    long long packs_end = aligned ? end / Width * Width : start; // the start is a multiple
    for (long long i = start + threadIdx.x * Width; i < packs_end; i += Threads * Width)
        f.run<Width>(i);
    for (long long i = packs_end + threadIdx.x; i < end; i += Threads)
        f.run<1>(i);
}
