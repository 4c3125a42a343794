// Philox4x32-10, a counter-based generator: a number is a function of its key and counter, so it is the same on every device and in every order.
// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
#pragma once

// The convention of the whole project. Key = seed (low word, high word). Counter = (element / 4, data-set index of the sample or 0, epoch or step,
// purpose << 16 | layer ordinal); the element's word is word element % 4.
struct PhiloxStream
{
    unsigned key0;
    unsigned key1;
    unsigned step;
    unsigned domain;
};

struct PhiloxWords
{
    unsigned at[4];
};

__device__ __forceinline__ PhiloxWords philox(const PhiloxStream& stream, unsigned block, unsigned sample)
{
    unsigned key0 = stream.key0, key1 = stream.key1;
    unsigned c0 = block, c1 = sample, c2 = stream.step, c3 = stream.domain;
#pragma unroll
    for (int round = 0; round < 10; round++)
    {
        unsigned long long product0 = 0xd2511f53ull * c0;
        unsigned long long product1 = 0xcd9e8d57ull * c2;
        c0 = (unsigned)(product1 >> 32) ^ c1 ^ key0;
        c1 = (unsigned)product1;
        c2 = (unsigned)(product0 >> 32) ^ c3 ^ key1;
        c3 = (unsigned)product0;
        key0 += 0x9e3779b9u;
        key1 += 0xbb67ae85u;
    }
    return PhiloxWords{{c0, c1, c2, c3}};
}
