// V = 1 or 4 neighbouring numbers, which one instruction loads and stores; 4 want 16-byte alignment.
#pragma once

template <int V, typename T = float> struct Values
{
    static_assert(V == 1 || V == 4, "one or four");
    T v[V];

    __device__ __forceinline__ T& operator[](int i) { return v[i]; }
    __device__ __forceinline__ T operator[](int i) const { return v[i]; }
};

template <int V> __device__ __forceinline__ Values<V> load(const float* p)
{
    Values<V> r;
    if constexpr (V == 4)
    {
        float4 t = *reinterpret_cast<const float4*>(p);
        r[0] = t.x, r[1] = t.y, r[2] = t.z, r[3] = t.w;
    }
    else
        r[0] = *p;
    return r;
}

template <int V> __device__ __forceinline__ void store(float* p, Values<V> x)
{
    if constexpr (V == 4)
        *reinterpret_cast<float4*>(p) = make_float4(x[0], x[1], x[2], x[3]);
    else
        *p = x[0];
}

template <int V> __device__ __forceinline__ Values<V, int> load(const int* p)
{
    Values<V, int> r;
    if constexpr (V == 4)
    {
        int4 t = *reinterpret_cast<const int4*>(p);
        r[0] = t.x, r[1] = t.y, r[2] = t.z, r[3] = t.w;
    }
    else
        r[0] = *p;
    return r;
}

template <int V> __device__ __forceinline__ void store(int* p, Values<V, int> x)
{
    if constexpr (V == 4)
        *reinterpret_cast<int4*>(p) = make_int4(x[0], x[1], x[2], x[3]);
    else
        *p = x[0];
}

// V channels' numbers out of [C], or the same number for all where there are none.
template <int V> __device__ __forceinline__ Values<V> load_or(const float* p, int channel, float otherwise)
{
    if (p != nullptr)
        return load<V>(p + channel);
    Values<V> r;
    for (int i = 0; i < V; i++)
        r[i] = otherwise;
    return r;
}
