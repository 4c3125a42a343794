// y (+)= x / (1 - p) where u >= p and 0 where u < p, with u from Philox4x32-10: the mask is a function of seed, step, layer, sample and logical element,
// so it is the same on every device and in the backward pass, and is not stored.
//
// A block of four random words serves four logical neighbours. nhwc: the neighbours are pixels, so a thread takes four pixels of four neighbouring
// channels (of one where channels are no multiple of four), and goes on to further pixels of the same channels. nhwc_any: where pixels are no multiple
// of four, one element and one word per thread. rows: logical order in memory, four elements per thread. y may be x when not accumulating. Bound by
// memory, with about twenty instructions per element beside it.
//
// Targets: sm_75.

#include "Common/pack.cuh"
#include "Common/philox.cuh"

extern "C" struct DropoutArgs
{
    const float* x;     // [N, H, W, C], or [samples, elements]
    float* y;           // as x
    const int* samples; // [N] data-set indices, or null for zeros
    long long batch;
    long long pixels; // H W, or the elements of a sample
    PhiloxStream stream;
    int channels;
    unsigned threshold; // u = (word >> 8) 2^-24 is below p exactly when word >> 8 is below this
    float scale;        // 1 / (1 - p)
    int accumulate;
};

__device__ __forceinline__ unsigned sample_of(const DropoutArgs& a, long long n) { return a.samples == nullptr ? 0u : (unsigned)a.samples[n]; }

// The product is taken before it is chosen, so that the load does not become conditional.
__device__ __forceinline__ float drop(const DropoutArgs& a, unsigned word, float x)
{
    float kept = x * a.scale;
    return (word >> 8) < a.threshold ? 0.0f : kept;
}

// One element, or a pack of which each has its own word.
template <int Width> __device__ __forceinline__ void drop_pack(const DropoutArgs& a, const unsigned (&words)[Width], long long offset)
{
    auto value = load_pack<Width>(a.x + offset);
#pragma unroll
    for (int j = 0; j < Width; j++)
        value.at[j] = drop(a, words[j], value.at[j]);
    if (a.accumulate)
    {
        auto old = load_pack<Width>(a.y + offset);
#pragma unroll
        for (int j = 0; j < Width; j++)
            value.at[j] = old.at[j] + value.at[j];
    }
    store_pack<Width>(a.y + offset, value);
}

// A row is four pixels.
template <int Width> struct DropoutPixelGroups
{
    const DropoutArgs& args;
    unsigned groups; // of a sample
    int channel;

    __device__ __forceinline__ void begin(long long column) { channel = (int)column * Width; }

    __device__ __forceinline__ void row(long long row) const
    {
        // Element of pixel q in channel c: c * pixels + q; its block: c * groups + q / 4.
        long long n = row / groups;
        unsigned group = (unsigned)(row - n * groups), sample = sample_of(args, n);
        unsigned words[4][Width];
#pragma unroll
        for (int j = 0; j < Width; j++)
        {
            PhiloxWords block = philox(args.stream, (unsigned)(channel + j) * groups + group, sample);
#pragma unroll
            for (int pixel = 0; pixel < 4; pixel++)
                words[pixel][j] = block.at[pixel];
        }
#pragma unroll
        for (int pixel = 0; pixel < 4; pixel++)
            drop_pack<Width>(args, words[pixel], (row * 4 + pixel) * args.channels + channel);
    }
};

// A row is a pixel.
struct DropoutPixels
{
    const DropoutArgs& args;
    unsigned channel;

    __device__ __forceinline__ void begin(long long column) { channel = (unsigned)column; }

    __device__ __forceinline__ void row(long long row) const
    {
        long long n = row / args.pixels;
        unsigned element = channel * (unsigned)args.pixels + (unsigned)(row - n * args.pixels);
        PhiloxWords block = philox(args.stream, element / 4, sample_of(args, n));
        unsigned low = element & 1 ? block.at[1] : block.at[0], high = element & 1 ? block.at[3] : block.at[2];
        const unsigned words[1] = {element & 2 ? high : low};
        drop_pack<1>(args, words, row * args.channels + channel);
    }
};

// Sixteen words and four packs at once take many registers; two blocks are to fit a multiprocessor.
extern "C" __global__ void __launch_bounds__(256, 2) dropout_nhwc_f32(const DropoutArgs a)
{
    constexpr int Width = WidestPack<float>;
    unsigned groups = (unsigned)(a.pixels / 4);
    if (a.channels % Width == 0 && is_aligned(a.x) && is_aligned(a.y))
    {
        DropoutPixelGroups<Width> f{a, groups};
        for_rows(a.batch * groups, a.channels / Width, f);
    }
    else
    {
        DropoutPixelGroups<1> f{a, groups};
        for_rows(a.batch * groups, a.channels, f);
    }
}

extern "C" __global__ void dropout_nhwc_any_f32(const DropoutArgs a)
{
    DropoutPixels f{a};
    for_rows(a.batch * a.pixels, a.channels, f);
}

extern "C" __global__ void dropout_rows_f32(const DropoutArgs a)
{
    long long blocks = (a.pixels + 3) / 4; // of a sample, which starts a new one
    bool packs = a.pixels % 4 == 0 && is_aligned(a.x) && is_aligned(a.y);
    for (long long i = thread_of_grid(); i < a.batch * blocks; i += threads_of_grid())
    {
        long long n = i / blocks, block = i - n * blocks, offset = n * a.pixels + 4 * block;
        PhiloxWords words = philox(a.stream, (unsigned)block, sample_of(a, n));
        if (packs)
        {
            drop_pack<4>(a, words.at, offset);
            continue;
        }
#pragma unroll
        for (int j = 0; j < 4; j++)
            if (4 * block + j < a.pixels)
            {
                const unsigned word[1] = {words.at[j]};
                drop_pack<1>(a, word, offset + j);
            }
    }
}
