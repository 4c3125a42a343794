// Barriers, fences, and what the lanes of a warp tell each other.
#pragma once

// __syncthreads itself is known to the compiler.
PTXSIM_DEVICE int __syncthreads_count(int predicate) { return __nvvm_bar0_popc(predicate); }
PTXSIM_DEVICE int __syncthreads_and(int predicate) { return __nvvm_bar0_and(predicate); }
PTXSIM_DEVICE int __syncthreads_or(int predicate) { return __nvvm_bar0_or(predicate); }
PTXSIM_DEVICE void __syncwarp(unsigned int mask = 0xffffffffu) { __nvvm_bar_warp_sync(mask); }
PTXSIM_DEVICE void __threadfence() { __nvvm_membar_gl(); }
PTXSIM_DEVICE void __threadfence_block() { __nvvm_membar_cta(); }
PTXSIM_DEVICE void __threadfence_system() { __nvvm_membar_sys(); }

PTXSIM_DEVICE unsigned int __activemask()
{
    unsigned int mask;
    asm volatile("activemask.b32 %0;" : "=r"(mask));
    return mask;
}

PTXSIM_DEVICE int __all_sync(unsigned int mask, int predicate) { return __nvvm_vote_all_sync(mask, predicate); }
PTXSIM_DEVICE int __any_sync(unsigned int mask, int predicate) { return __nvvm_vote_any_sync(mask, predicate); }
PTXSIM_DEVICE int __uni_sync(unsigned int mask, int predicate) { return __nvvm_vote_uni_sync(mask, predicate); }
PTXSIM_DEVICE unsigned int __ballot_sync(unsigned int mask, int predicate) { return __nvvm_vote_ballot_sync(mask, predicate); }

// Shuffles: one 32-bit shuffle; wider types go as halves.
#define PTXSIM_SHUFFLE(name, builtin, clamp, last)                                                                          \
    PTXSIM_DEVICE int name(unsigned int mask, int value, last, int width = 32)                                              \
    {                                                                                                                       \
        return builtin(mask, value, lane, ((32 - width) << 8) | clamp);                                                     \
    }                                                                                                                       \
    PTXSIM_DEVICE unsigned int name(unsigned int mask, unsigned int value, last, int width = 32)                            \
    {                                                                                                                       \
        return (unsigned int)name(mask, (int)value, lane, width);                                                           \
    }                                                                                                                       \
    PTXSIM_DEVICE float name(unsigned int mask, float value, last, int width = 32)                                          \
    {                                                                                                                       \
        return __builtin_bit_cast(float, name(mask, __builtin_bit_cast(int, value), lane, width));                          \
    }                                                                                                                       \
    PTXSIM_DEVICE long long name(unsigned int mask, long long value, last, int width = 32)                                  \
    {                                                                                                                       \
        unsigned int low = name(mask, (unsigned int)value, lane, width);                                                    \
        unsigned int high = name(mask, (unsigned int)(value >> 32), lane, width);                                           \
        return (long long)(((unsigned long long)high << 32) | low);                                                         \
    }                                                                                                                       \
    PTXSIM_DEVICE unsigned long long name(unsigned int mask, unsigned long long value, last, int width = 32)                \
    {                                                                                                                       \
        return (unsigned long long)name(mask, (long long)value, lane, width);                                               \
    }                                                                                                                       \
    PTXSIM_DEVICE long name(unsigned int mask, long value, last, int width = 32)                                            \
    {                                                                                                                       \
        return (long)name(mask, (long long)value, lane, width);                                                             \
    }                                                                                                                       \
    PTXSIM_DEVICE unsigned long name(unsigned int mask, unsigned long value, last, int width = 32)                          \
    {                                                                                                                       \
        return (unsigned long)name(mask, (long long)value, lane, width);                                                    \
    }                                                                                                                       \
    PTXSIM_DEVICE double name(unsigned int mask, double value, last, int width = 32)                                        \
    {                                                                                                                       \
        return __builtin_bit_cast(double, name(mask, __builtin_bit_cast(long long, value), lane, width));                   \
    }

PTXSIM_SHUFFLE(__shfl_sync, __nvvm_shfl_sync_idx_i32, 0x1f, int lane)
PTXSIM_SHUFFLE(__shfl_up_sync, __nvvm_shfl_sync_up_i32, 0, unsigned int lane)
PTXSIM_SHUFFLE(__shfl_down_sync, __nvvm_shfl_sync_down_i32, 0x1f, unsigned int lane)
PTXSIM_SHUFFLE(__shfl_xor_sync, __nvvm_shfl_sync_bfly_i32, 0x1f, int lane)
#undef PTXSIM_SHUFFLE

template <typename T>
PTXSIM_DEVICE unsigned int __match_any_sync(unsigned int mask, T value)
{
    if constexpr (sizeof(T) == 8)
        return __nvvm_match_any_sync_i64(mask, __builtin_bit_cast(long long, value));
    else
        return __nvvm_match_any_sync_i32(mask, __builtin_bit_cast(int, value));
}

template <typename T>
PTXSIM_DEVICE unsigned int __match_all_sync(unsigned int mask, T value, int* all)
{
    if constexpr (sizeof(T) == 8)
        return __nvvm_match_all_sync_i64p(mask, __builtin_bit_cast(long long, value), all);
    else
        return __nvvm_match_all_sync_i32p(mask, __builtin_bit_cast(int, value), all);
}

#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
PTXSIM_DEVICE int __reduce_add_sync(unsigned int mask, int value) { return __nvvm_redux_sync_add(value, mask); }
PTXSIM_DEVICE unsigned int __reduce_add_sync(unsigned int mask, unsigned int value) { return __nvvm_redux_sync_add(value, mask); }
PTXSIM_DEVICE int __reduce_min_sync(unsigned int mask, int value) { return __nvvm_redux_sync_min(value, mask); }
PTXSIM_DEVICE unsigned int __reduce_min_sync(unsigned int mask, unsigned int value) { return __nvvm_redux_sync_umin(value, mask); }
PTXSIM_DEVICE int __reduce_max_sync(unsigned int mask, int value) { return __nvvm_redux_sync_max(value, mask); }
PTXSIM_DEVICE unsigned int __reduce_max_sync(unsigned int mask, unsigned int value) { return __nvvm_redux_sync_umax(value, mask); }
PTXSIM_DEVICE unsigned int __reduce_and_sync(unsigned int mask, unsigned int value) { return __nvvm_redux_sync_and(value, mask); }
PTXSIM_DEVICE unsigned int __reduce_or_sync(unsigned int mask, unsigned int value) { return __nvvm_redux_sync_or(value, mask); }
PTXSIM_DEVICE unsigned int __reduce_xor_sync(unsigned int mask, unsigned int value) { return __nvvm_redux_sync_xor(value, mask); }
#endif
