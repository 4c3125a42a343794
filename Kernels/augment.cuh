// A batch of training samples from images that stay on the device as bytes.
//
//   y[n, h, w, c] = (x - mean[c]) * scale[c], x = images[indices[n], reflect(h + top - padding), reflect(w' + left - padding), c],
//   w' = w, or W - 1 - w where the sample is flipped; reflect mirrors at the edge pixels without repeating them
//
// The offsets and the flip of a sample are block 0 of its random numbers, so they are the host's: top = mulhi(word 0, 2 padding + 1), left from word 1,
// flipped where word 2 is below a half. Subtraction first, then the product, each rounded: the host's bits, which bfloat16 rounds once more.
// A block has a piece of one sample: blockIdx.x counts samples, blockIdx.y pieces; neighbouring threads write neighbouring channels and read bytes that
// are as near. Preconditions: padding < H, padding < W, indices inside the images. Bound by memory: a byte read and four written for each value.
#pragma once

#include "Common/dtype.cuh"
#include "Common/philox.cuh"

constexpr int ValuesPerBlock = 4096;

extern "C" struct AugmentArgs
{
    const unsigned char* images; // [count, H, W, C]
    const int* indices;          // [N]
    const float* mean;           // [C]
    const float* scale;          // [C]
    void* y;                     // [N, H, W, C] T
    const unsigned* epoch_at;    // read when the kernel runs, so that a launch can be replayed in another epoch; null: stream.step
    PhiloxStream stream;
    int h, w, channels;
    int padding;
    int flips; // whether samples are flipped at all
    int unused;
};

__device__ __forceinline__ int reflect(int i, int size) { return i < 0 ? -i : i >= size ? 2 * size - 2 - i : i; }

template <typename T> __device__ __forceinline__ void augment(const AugmentArgs& a)
{
    unsigned index = a.indices[blockIdx.x];
    __shared__ int top, left, flip;
    if (threadIdx.x == 0)
    {
        PhiloxStream stream = a.stream;
        if (a.epoch_at != nullptr)
            stream.step = *a.epoch_at;
        PhiloxWords words = philox(stream, 0, index);
        unsigned offsets = 2 * a.padding + 1;
        top = (int)__umulhi(words.at[0], offsets) - a.padding;
        left = (int)__umulhi(words.at[1], offsets) - a.padding;
        flip = a.flips && words.at[2] < 0x80000000u;
    }
    __syncthreads();

    unsigned width = a.w, channels = a.channels, size = a.h * width * channels;
    const unsigned char* image = a.images + (long long)index * size;
    T* y = static_cast<T*>(a.y) + (long long)blockIdx.x * size;
    unsigned end = min(size, (blockIdx.y + 1) * ValuesPerBlock);
    for (unsigned i = blockIdx.y * ValuesPerBlock + threadIdx.x; i < end; i += blockDim.x)
    {
        unsigned pixel = i / channels, c = i - pixel * channels;
        unsigned row = pixel / width, column = pixel - row * width;
        int from_row = reflect((int)row + top, a.h);
        int from_column = reflect((int)(flip ? width - 1 - column : column) + left, a.w);
        float x = image[(unsigned)(from_row * (int)width + from_column) * channels + c];
        y[i] = from_float<T>(__fmul_rn(__fsub_rn(x, a.mean[c]), a.scale[c]));
    }
}
