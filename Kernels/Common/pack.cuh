// Several neighbouring elements that one thread loads and stores with one instruction, or with several of 16 bytes; and loops over dense arrays made of them.
#pragma once

#include "dtype.cuh"

template <typename T, int Width> struct alignas(sizeof(T) * Width < 16 ? sizeof(T) * Width : 16) Pack
{
    T at[Width];
};

// Elements in 16 bytes, the widest access there is.
template <typename T> constexpr int WidestPack = 16 / sizeof(T);

template <int Width, typename T> __device__ __forceinline__ Pack<T, Width> load_pack(const T* p) { return *reinterpret_cast<const Pack<T, Width>*>(p); }

template <int Width, typename T> __device__ __forceinline__ void store_pack(T* p, const Pack<T, Width>& pack) { *reinterpret_cast<Pack<T, Width>*>(p) = pack; }

template <int Width, typename T> __device__ __forceinline__ Pack<T, Width> splat(T value)
{
    Pack<T, Width> pack;
#pragma unroll
    for (int j = 0; j < Width; j++)
        pack.at[j] = value;
    return pack;
}

// A pack as it is in memory, until it is computed with, in float. Loads of several can be under way in few registers.
template <typename T, int Width> struct Stored
{
    Pack<T, Width> pack;

    __device__ __forceinline__ Pack<float, Width> floats() const
    {
        Pack<float, Width> x;
#pragma unroll
        for (int j = 0; j < Width; j++)
            x.at[j] = to_float(pack.at[j]);
        return x;
    }
};

#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
// bf16 in pairs: a word makes two floats by one instruction each, and one conversion makes a word.
template <int Pairs> struct StoredPairs
{
    Pack<unsigned, Pairs> pack;

    __device__ __forceinline__ Pack<float, 2 * Pairs> floats() const
    {
        Pack<float, 2 * Pairs> x;
#pragma unroll
        for (int j = 0; j < Pairs; j++)
        {
            x.at[2 * j] = __uint_as_float(pack.at[j] << 16);
            x.at[2 * j + 1] = __uint_as_float(pack.at[j] & 0xffff0000u);
        }
        return x;
    }
};
template <> struct Stored<bf16, 2> : StoredPairs<1> {};
template <> struct Stored<bf16, 4> : StoredPairs<2> {};
template <> struct Stored<bf16, 8> : StoredPairs<4> {};
#endif

template <int Width, typename T> __device__ __forceinline__ Stored<T, Width> load_stored(const T* p) { return *reinterpret_cast<const Stored<T, Width>*>(p); }

template <int Width, typename T> __device__ __forceinline__ Pack<float, Width> load_floats(const T* p) { return load_stored<Width>(p).floats(); }

// Each rounded once, to the nearest that T has.
template <int Width, typename T> __device__ __forceinline__ void store_floats(T* p, const Pack<float, Width>& x)
{
    Stored<T, Width> y;
    if constexpr (sizeof(T) == 2 && Width > 1)
    {
#pragma unroll
        for (int j = 0; j < Width / 2; j++)
            y.pack.at[j] = bf16_pair(x.at[2 * j], x.at[2 * j + 1]);
    }
    else
    {
#pragma unroll
        for (int j = 0; j < Width; j++)
            y.pack.at[j] = from_float<T>(x.at[j]);
    }
    *reinterpret_cast<Stored<T, Width>*>(p) = y;
}

template <typename T> __device__ __forceinline__ bool is_aligned(const T* p, int bytes = 16) { return (reinterpret_cast<unsigned long long>(p) & (bytes - 1)) == 0; }

__device__ __forceinline__ long long thread_of_grid() { return blockIdx.x * (long long)blockDim.x + threadIdx.x; }

__device__ __forceinline__ long long threads_of_grid() { return (long long)gridDim.x * blockDim.x; }

// Calls f.run<Width>(i) for the elements i .. i + Width - 1 of [0, n), once for each over the whole grid: neighbouring threads take neighbouring packs.
// What is left over, or everything where packs may not be used, goes by f.run<1>(i).
template <int Width, typename F> __device__ __forceinline__ void for_elements(long long n, bool use_packs, const F& f)
{
    long long packs = use_packs ? n / Width : 0;
    for (long long i = thread_of_grid(); i < packs; i += threads_of_grid())
        f.template run<Width>(i * Width);
    for (long long i = packs * Width + thread_of_grid(); i < n; i += threads_of_grid())
        f.template run<1>(i);
}

// Visits each place of a matrix [rows, columns], row-major, once over the whole grid: f.begin(column), then f.row(row) for rows of that column. A thread
// stays in one column as long as it can, so what belongs to a column is loaded once, and there is no division in the loop; neighbouring threads are
// in neighbouring columns, and go on in the next row where a row is shorter than the grid. A column may stand for a pack.
template <typename F> __device__ __forceinline__ void for_rows(long long rows, long long columns, F& f)
{
    long long thread = thread_of_grid(), threads = threads_of_grid();
    long long row = 0, row_step = 1;
    if (columns <= threads)
    {
        row_step = (unsigned)threads / (unsigned)columns;
        row = (unsigned)thread / (unsigned)columns;
        if (row >= row_step || row >= rows)
            return; // also not to begin: it may read what another thread, in place, has written
        thread = (unsigned)thread % (unsigned)columns;
    }
    for (long long column = thread; column < columns; column += threads)
    {
        f.begin(column);
        for (long long r = row; r < rows; r += row_step)
            f.row(r);
    }
}
