// y (+)= x / (1 - p) where u >= p and 0 where u < p, with u from Philox4x32-10: the mask is a function of seed, step, layer, sample and logical element,
// so it is the same on every device and in the backward pass, and is not stored.
//
// A block of four random words serves four logical neighbours. nhwc: the neighbours are pixels, so a thread takes four pixels of four neighbouring
// channels (of one where channels are no multiple of four), and goes on to further pixels of the same channels. nhwc_any: where pixels are no multiple
// of four, one element and one word per thread. rows: logical order in memory, four elements per thread. y may be x when not accumulating. Bound by
// memory, with about twenty instructions per element beside it.
//
// x and y are float32 or bfloat16, computed in float32 and rounded once. The step may be read from memory when the kernel runs, so that a launch can be
// replayed in another step.
#pragma once

#include "Common/pack.cuh"
#include "Common/philox.cuh"

extern "C" struct DropoutArgs
{
    const void* x;           // [N, H, W, C], or [samples, elements], of the kernel's type T
    void* y;                 // as x
    const int* samples;      // [N] data-set indices, or null for zeros
    const unsigned* step_at; // null: stream.step
    long long batch;
    long long pixels; // H W, or the elements of a sample
    PhiloxStream stream;
    int channels;
    unsigned threshold; // u = (word >> 8) 2^-24 is below p exactly when word >> 8 is below this
    float scale;        // 1 / (1 - p)
    int accumulate;
};

constexpr int PackWidth = 4; // as many words as a block has; 16 bytes, or 8 of bfloat16, which a warp reads as one stretch all the same

// The arguments with their types, and the random numbers of this step.
template <typename T> struct Dropout
{
    const DropoutArgs& args;
    const T* x;
    T* y;
    PhiloxStream stream;

    __device__ __forceinline__ explicit Dropout(const DropoutArgs& a) : args(a), x(static_cast<const T*>(a.x)), y(static_cast<T*>(a.y)), stream(a.stream)
    {
        if (a.step_at != nullptr)
            stream.step = *a.step_at;
    }

    __device__ __forceinline__ unsigned sample_of(long long n) const { return args.samples == nullptr ? 0u : (unsigned)args.samples[n]; }

    __device__ __forceinline__ bool has_packs() const { return is_aligned(x, PackWidth * sizeof(T)) && is_aligned(y, PackWidth * sizeof(T)); }

    // The product is taken before it is chosen, so that the load does not become conditional.
    __device__ __forceinline__ float drop(unsigned word, float value) const
    {
        float kept = value * args.scale;
        return (word >> 8) < args.threshold ? 0.0f : kept;
    }

    // One element, or a pack of which each has its own word.
    template <int Width> __device__ __forceinline__ void drop_pack(const unsigned (&words)[Width], long long offset) const
    {
        auto value = load_pack<Width>(x + offset);
        if (args.accumulate)
        {
            auto old = load_pack<Width>(y + offset);
#pragma unroll
            for (int j = 0; j < Width; j++)
                value.at[j] = from_float<T>(to_float(old.at[j]) + drop(words[j], to_float(value.at[j])));
        }
        else
#pragma unroll
            for (int j = 0; j < Width; j++)
                value.at[j] = from_float<T>(drop(words[j], to_float(value.at[j])));
        store_pack<Width>(y + offset, value);
    }
};

// A row is four pixels.
template <typename T, int Width> struct DropoutPixelGroups
{
    const Dropout<T>& dropout;
    unsigned groups; // of a sample
    int channel;

    __device__ __forceinline__ void begin(long long column) { channel = (int)column * Width; }

    __device__ __forceinline__ void row(long long row) const
    {
        // Element of pixel q in channel c: c * pixels + q; its block: c * groups + q / 4.
        long long n = row / groups;
        unsigned group = (unsigned)(row - n * groups), sample = dropout.sample_of(n);
        unsigned words[4][Width];
#pragma unroll
        for (int j = 0; j < Width; j++)
        {
            PhiloxWords block = philox(dropout.stream, (unsigned)(channel + j) * groups + group, sample);
#pragma unroll
            for (int pixel = 0; pixel < 4; pixel++)
                words[pixel][j] = block.at[pixel];
        }
#pragma unroll
        for (int pixel = 0; pixel < 4; pixel++)
            dropout.template drop_pack<Width>(words[pixel], (row * 4 + pixel) * dropout.args.channels + channel);
    }
};

// A row is a pixel.
template <typename T> struct DropoutPixels
{
    const Dropout<T>& dropout;
    unsigned channel;

    __device__ __forceinline__ void begin(long long column) { channel = (unsigned)column; }

    __device__ __forceinline__ void row(long long row) const
    {
        long long pixels = dropout.args.pixels, n = row / pixels;
        unsigned element = channel * (unsigned)pixels + (unsigned)(row - n * pixels);
        PhiloxWords block = philox(dropout.stream, element / 4, dropout.sample_of(n));
        unsigned low = element & 1 ? block.at[1] : block.at[0], high = element & 1 ? block.at[3] : block.at[2];
        const unsigned words[1] = {element & 2 ? high : low};
        dropout.template drop_pack<1>(words, row * dropout.args.channels + channel);
    }
};

template <typename T> __device__ __forceinline__ void dropout_nhwc(const DropoutArgs& a)
{
    Dropout<T> dropout(a);
    unsigned groups = (unsigned)(a.pixels / 4);
    if (a.channels % PackWidth == 0 && dropout.has_packs())
    {
        DropoutPixelGroups<T, PackWidth> f{dropout, groups};
        for_rows(a.batch * groups, a.channels / PackWidth, f);
    }
    else
    {
        DropoutPixelGroups<T, 1> f{dropout, groups};
        for_rows(a.batch * groups, a.channels, f);
    }
}

template <typename T> __device__ __forceinline__ void dropout_nhwc_any(const DropoutArgs& a)
{
    Dropout<T> dropout(a);
    DropoutPixels<T> f{dropout};
    for_rows(a.batch * a.pixels, a.channels, f);
}

template <typename T> __device__ __forceinline__ void dropout_rows(const DropoutArgs& a)
{
    Dropout<T> dropout(a);
    long long blocks = (a.pixels + 3) / 4; // of a sample, which starts a new one
    bool packs = a.pixels % PackWidth == 0 && dropout.has_packs();
    for (long long i = thread_of_grid(); i < a.batch * blocks; i += threads_of_grid())
    {
        long long n = i / blocks, block = i - n * blocks, offset = n * a.pixels + 4 * block;
        PhiloxWords words = philox(dropout.stream, (unsigned)block, dropout.sample_of(n));
        if (packs)
        {
            dropout.template drop_pack<4>(words.at, offset);
            continue;
        }
#pragma unroll
        for (int j = 0; j < 4; j++)
            if (4 * block + j < a.pixels)
            {
                const unsigned word[1] = {words.at[j]};
                dropout.template drop_pack<1>(word, offset + j);
            }
    }
}
