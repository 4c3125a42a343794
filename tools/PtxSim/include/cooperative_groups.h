// Cooperative groups as kernels within one block use them: the block, tiles of a warp, the lanes that are active together, the grid
// without its barrier (that one needs a cooperative launch).
#pragma once
#include "cuda_runtime.h"

namespace cooperative_groups
{
class thread_block
{
public:
    static PTXSIM_MEMBER void sync() { __syncthreads(); }
    static PTXSIM_MEMBER unsigned int thread_rank() { return (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x; }
    static PTXSIM_MEMBER unsigned int num_threads() { return blockDim.x * blockDim.y * blockDim.z; }
    static PTXSIM_MEMBER unsigned int size() { return num_threads(); }
    static PTXSIM_MEMBER dim3 group_index() { return dim3(blockIdx.x, blockIdx.y, blockIdx.z); }
    static PTXSIM_MEMBER dim3 thread_index() { return dim3(threadIdx.x, threadIdx.y, threadIdx.z); }
    static PTXSIM_MEMBER dim3 group_dim() { return dim3(blockDim.x, blockDim.y, blockDim.z); }
    static PTXSIM_MEMBER dim3 dim_threads() { return group_dim(); }
};

// Shuffles of any type that can be copied byte by byte, a word at a time.
template <typename T, typename Shuffle> PTXSIM_DEVICE T shuffle_words(T value, Shuffle shuffle)
{
    unsigned int words[(sizeof(T) + 3) / 4] = {};
    __builtin_memcpy(words, &value, sizeof(T));
    for (unsigned int& word : words)
        word = shuffle(word);
    __builtin_memcpy(&value, words, sizeof(T));
    return value;
}

PTXSIM_DEVICE thread_block this_thread_block() { return thread_block(); }

class grid_group
{
public:
    static PTXSIM_MEMBER unsigned long long block_rank() { return ((unsigned long long)blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x; }
    static PTXSIM_MEMBER unsigned long long num_blocks() { return (unsigned long long)gridDim.x * gridDim.y * gridDim.z; }
    static PTXSIM_MEMBER unsigned long long thread_rank() { return block_rank() * thread_block::num_threads() + thread_block::thread_rank(); }
    static PTXSIM_MEMBER unsigned long long num_threads() { return num_blocks() * thread_block::num_threads(); }
    static PTXSIM_MEMBER unsigned long long size() { return num_threads(); }
    static PTXSIM_MEMBER dim3 group_dim() { return dim3(gridDim.x, gridDim.y, gridDim.z); }
    static PTXSIM_MEMBER bool is_valid() { return true; }
};

PTXSIM_DEVICE grid_group this_grid() { return grid_group(); }

// What a set of lanes of one warp can do; the mask names the lanes, the rank is a lane's place among them.
template <typename Self> class lane_operations
{
    PTXSIM_MEMBER const Self& self() const { return *static_cast<const Self*>(this); }

public:
    PTXSIM_MEMBER void sync() const { __syncwarp(self().mask()); }
    PTXSIM_MEMBER unsigned int size() const { return self().num_threads(); }
    PTXSIM_MEMBER int any(int predicate) const { return __any_sync(self().mask(), predicate); }
    PTXSIM_MEMBER int all(int predicate) const { return __all_sync(self().mask(), predicate); }
    template <typename T> PTXSIM_MEMBER T shfl(T value, int rank) const
    {
        unsigned int lanes = self().mask(), lane = self().lane_of(rank);
        return shuffle_words(value, [=](unsigned int word) { return __shfl_sync(lanes, word, lane); });
    }
};

template <unsigned int Size, typename Parent = void> class thread_block_tile : public lane_operations<thread_block_tile<Size, Parent>>
{
    static_assert(Size <= 32 && (Size & (Size - 1)) == 0, "a tile is a power of two of at most 32 lanes");

public:
    thread_block_tile() = default;
    // Which group a tile was cut from says nothing about its lanes.
    template <typename Other> PTXSIM_MEMBER thread_block_tile(const thread_block_tile<Size, Other>&) {}
    static PTXSIM_MEMBER unsigned int thread_rank() { return thread_block::thread_rank() & (Size - 1); }
    static constexpr PTXSIM_MEMBER unsigned int num_threads() { return Size; }
    static PTXSIM_MEMBER unsigned int meta_group_rank() { return thread_block::thread_rank() / Size; }
    static PTXSIM_MEMBER unsigned int meta_group_size() { return (thread_block::num_threads() + Size - 1) / Size; }
    static PTXSIM_MEMBER unsigned int first_lane() { return thread_block::thread_rank() & 31 & ~(Size - 1); }
    static PTXSIM_MEMBER unsigned int mask() { return (Size == 32 ? ~0u : (1u << (Size & 31)) - 1) << first_lane(); }
    static PTXSIM_MEMBER int lane_of(int rank) { return first_lane() + (rank & (Size - 1)); }
    PTXSIM_MEMBER unsigned int ballot(int predicate) const { return (__ballot_sync(mask(), predicate) & mask()) >> first_lane(); }
    template <typename T> PTXSIM_MEMBER T shfl_down(T value, unsigned int by) const
    {
        return shuffle_words(value, [=](unsigned int word) { return __shfl_down_sync(mask(), word, by, Size); });
    }
    template <typename T> PTXSIM_MEMBER T shfl_up(T value, unsigned int by) const
    {
        return shuffle_words(value, [=](unsigned int word) { return __shfl_up_sync(mask(), word, by, Size); });
    }
    template <typename T> PTXSIM_MEMBER T shfl_xor(T value, unsigned int by) const
    {
        return shuffle_words(value, [=](unsigned int word) { return __shfl_xor_sync(mask(), word, by, Size); });
    }
    template <typename T> PTXSIM_MEMBER unsigned int match_any(T value) const { return __match_any_sync(mask(), value) >> first_lane(); }
};

template <unsigned int Size, typename Parent> PTXSIM_DEVICE thread_block_tile<Size, Parent> tiled_partition(const Parent&)
{
    return thread_block_tile<Size, Parent>();
}

class coalesced_group : public lane_operations<coalesced_group>
{
    unsigned int lanes;

public:
    PTXSIM_MEMBER explicit coalesced_group(unsigned int active) : lanes(active) {}
    PTXSIM_MEMBER unsigned int mask() const { return lanes; }
    PTXSIM_MEMBER unsigned int num_threads() const { return __popc(lanes); }
    PTXSIM_MEMBER unsigned int thread_rank() const { return __popc(lanes & ((1u << (thread_block::thread_rank() & 31)) - 1)); }
    PTXSIM_MEMBER unsigned int ballot(int predicate) const
    {
        unsigned int votes = __ballot_sync(lanes, predicate), packed = 0;
        for (unsigned int i = 0; i < num_threads(); i++)
            packed |= (votes >> lane_of(i) & 1) << i;
        return packed;
    }
    // The lane that holds a rank: the rank-th bit of the mask.
    PTXSIM_MEMBER int lane_of(int rank) const
    {
        unsigned int left = lanes;
        for (int i = 0; i < rank; i++)
            left &= left - 1;
        return __ffs(left) - 1;
    }
    template <typename T> PTXSIM_MEMBER T shfl_down(T value, unsigned int by) const
    {
        unsigned int from = thread_rank() + by;
        return this->shfl(value, from < num_threads() ? from : thread_rank());
    }
    template <typename T> PTXSIM_MEMBER T shfl_up(T value, unsigned int by) const
    {
        return this->shfl(value, thread_rank() >= by ? thread_rank() - by : thread_rank());
    }
};

PTXSIM_DEVICE coalesced_group coalesced_threads() { return coalesced_group(__activemask()); }

// Any of the groups within a block, known at run time: the block, or a set of lanes.
class thread_group
{
    unsigned int lanes;

public:
    PTXSIM_MEMBER thread_group(const thread_block&) : lanes(0) {}
    template <unsigned int Size, typename Parent> PTXSIM_MEMBER thread_group(const thread_block_tile<Size, Parent>& tile) : lanes(tile.mask()) {}
    PTXSIM_MEMBER thread_group(const coalesced_group& group) : lanes(group.mask()) {}
    PTXSIM_MEMBER explicit thread_group(unsigned int mask) : lanes(mask) {}
    PTXSIM_MEMBER unsigned int num_threads() const { return lanes ? __popc(lanes) : thread_block::num_threads(); }
    PTXSIM_MEMBER unsigned int size() const { return num_threads(); }
    PTXSIM_MEMBER unsigned int thread_rank() const { return lanes ? coalesced_group(lanes).thread_rank() : thread_block::thread_rank(); }
    PTXSIM_MEMBER void sync() const
    {
        if (lanes)
            __syncwarp(lanes);
        else
            __syncthreads();
    }
};

// The tile of a size that is known at run time.
template <typename Group> PTXSIM_DEVICE thread_group tiled_partition(const Group&, unsigned int size)
{
    return thread_group((size == 32 ? ~0u : (1u << size) - 1) << (thread_block::thread_rank() & 31 & ~(size - 1)));
}

template <typename Group> PTXSIM_DEVICE void sync(const Group& group) { group.sync(); }
template <typename Group> PTXSIM_DEVICE auto thread_rank(const Group& group) { return group.thread_rank(); }
template <typename Group> PTXSIM_DEVICE auto group_size(const Group& group) { return group.size(); }
} // namespace cooperative_groups
