// Reductions over a tile or over the active lanes.
#pragma once
#include "../cooperative_groups.h"

namespace cooperative_groups
{
template <typename T> struct plus
{
    PTXSIM_MEMBER T operator()(T x, T y) const { return x + y; }
};
template <typename T> struct less
{
    PTXSIM_MEMBER T operator()(T x, T y) const { return y < x ? y : x; }
};
template <typename T> struct greater
{
    PTXSIM_MEMBER T operator()(T x, T y) const { return x < y ? y : x; }
};
template <typename T> struct bit_and
{
    PTXSIM_MEMBER T operator()(T x, T y) const { return x & y; }
};
template <typename T> struct bit_or
{
    PTXSIM_MEMBER T operator()(T x, T y) const { return x | y; }
};
template <typename T> struct bit_xor
{
    PTXSIM_MEMBER T operator()(T x, T y) const { return x ^ y; }
};

template <unsigned int Size, typename Parent, typename T, typename Operation>
PTXSIM_DEVICE T reduce(const thread_block_tile<Size, Parent>& tile, T value, Operation operation)
{
    for (unsigned int by = Size / 2; by > 0; by /= 2)
        value = operation(value, tile.shfl_xor(value, by));
    return value;
}

template <typename T, typename Operation> PTXSIM_DEVICE T reduce(const coalesced_group& group, T value, Operation operation)
{
    T result = group.shfl(value, 0);
    for (unsigned int i = 1; i < group.num_threads(); i++)
        result = operation(result, group.shfl(value, i));
    return result;
}
} // namespace cooperative_groups
