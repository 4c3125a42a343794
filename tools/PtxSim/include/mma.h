// nvcuda::wmma: matrix fragments of a warp. Shapes: f16 and bf16 16x16x16, 32x8x16, 8x32x16; tf32 16x16x8; s8 and u8 16x16x16, 32x8x16,
// 8x32x16. A fragment's elements are spread over the lanes as the hardware wants; x[] may be touched element by element.
#pragma once
#include "cuda_runtime.h"
#include "cuda_fp16.h"
#include "cuda_bf16.h"

namespace nvcuda
{
namespace wmma
{
struct row_major;
struct col_major;
struct matrix_a;
struct matrix_b;
struct accumulator;

namespace precision
{
struct tf32;
}

enum layout_t
{
    mem_row_major,
    mem_col_major
};

// What an element is in a fragment, and how many of them and of 32-bit registers a lane holds.
template <typename Use, int M, int N, int K, typename T> struct fragment_shape;

#define PTXSIM_SHAPE(use, m, n, k, type, stored, elements, words)                       \
    template <> struct fragment_shape<use, m, n, k, type>                               \
    {                                                                                   \
        typedef stored element;                                                         \
        static constexpr int num_elements = elements;                                   \
        static constexpr int num_words = words;                                         \
    };

#define PTXSIM_SHAPES_16(m, n, k)                                                       \
    PTXSIM_SHAPE(matrix_a, m, n, k, __half, __half, 16, 8)                              \
    PTXSIM_SHAPE(matrix_b, m, n, k, __half, __half, 16, 8)                              \
    PTXSIM_SHAPE(accumulator, m, n, k, __half, __half, 8, 4)                            \
    PTXSIM_SHAPE(accumulator, m, n, k, float, float, 8, 8)                              \
    PTXSIM_SHAPE(accumulator, m, n, k, int, int, 8, 8)

PTXSIM_SHAPES_16(16, 16, 16)
PTXSIM_SHAPES_16(32, 8, 16)
PTXSIM_SHAPES_16(8, 32, 16)
#undef PTXSIM_SHAPES_16

// Of the 8-bit and bf16 operands the small side takes fewer registers.
#define PTXSIM_SHAPES_8(type, a16, b16, a32, b32, a8, b8, per_word)                     \
    PTXSIM_SHAPE(matrix_a, 16, 16, 16, type, type, a16 * per_word, a16)                 \
    PTXSIM_SHAPE(matrix_b, 16, 16, 16, type, type, b16 * per_word, b16)                 \
    PTXSIM_SHAPE(matrix_a, 32, 8, 16, type, type, a32 * per_word, a32)                  \
    PTXSIM_SHAPE(matrix_b, 32, 8, 16, type, type, b32 * per_word, b32)                  \
    PTXSIM_SHAPE(matrix_a, 8, 32, 16, type, type, a8 * per_word, a8)                    \
    PTXSIM_SHAPE(matrix_b, 8, 32, 16, type, type, b8 * per_word, b8)

PTXSIM_SHAPES_8(__nv_bfloat16, 4, 4, 8, 2, 2, 8, 2)
PTXSIM_SHAPES_8(signed char, 2, 2, 4, 1, 1, 4, 4)
PTXSIM_SHAPES_8(unsigned char, 2, 2, 4, 1, 1, 4, 4)
PTXSIM_SHAPE(matrix_a, 16, 16, 8, precision::tf32, float, 4, 4)
PTXSIM_SHAPE(matrix_b, 16, 16, 8, precision::tf32, float, 4, 4)
PTXSIM_SHAPE(accumulator, 16, 16, 8, float, float, 8, 8)
#undef PTXSIM_SHAPES_8
#undef PTXSIM_SHAPE

template <typename Use, int M, int N, int K, typename T, typename Layout = void> struct __align__(8) fragment
{
    typedef typename fragment_shape<Use, M, N, K, T>::element element_type;
    typedef element_type storage_element_type;
    static constexpr int num_elements = fragment_shape<Use, M, N, K, T>::num_elements;
    static constexpr int num_storage_elements = num_elements;
    static constexpr int num_words = fragment_shape<Use, M, N, K, T>::num_words;
    element_type x[num_elements];
};

template <typename Use, int M, int N, int K, typename T, typename Layout, typename V>
PTXSIM_DEVICE void fill_fragment(fragment<Use, M, N, K, T, Layout>& target, const V& value)
{
    for (int i = 0; i < target.num_elements; i++)
        target.x[i] = value;
}

PTXSIM_DEVICE float __float_to_tf32(float value)
{
    unsigned int bits;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(value));
    return __builtin_bit_cast(float, bits);
}

// The fragment's registers as the instructions want them.
template <typename Word, typename Fragment> struct fragment_words
{
    Word words[Fragment::num_words];
    __device__ fragment_words() {}
    __device__ fragment_words(const Fragment& source) { __builtin_memcpy(words, source.x, sizeof(words)); }
    __device__ void store(Fragment& target) const { __builtin_memcpy(target.x, words, sizeof(words)); }
};

template <typename Layout> struct is_column
{
    static constexpr int value = 0;
};
template <> struct is_column<col_major>
{
    static constexpr int value = 1;
};

#define PTXSIM_LOAD(use, m, n, k, type, pointee, builtin)                                                                              \
    template <typename Layout>                                                                                                         \
    PTXSIM_DEVICE void load_matrix_sync(fragment<use, m, n, k, type, Layout>& target, const pointee* source, unsigned int stride)      \
    {                                                                                                                                  \
        fragment_words<int, fragment<use, m, n, k, type, Layout>> registers;                                                           \
        if constexpr (is_column<Layout>::value)                                                                                        \
            builtin(registers.words, (const int*)source, stride, 1);                                                                   \
        else                                                                                                                           \
            builtin(registers.words, (const int*)source, stride, 0);                                                                   \
        registers.store(target);                                                                                                       \
    }

#define PTXSIM_ACCUMULATOR(m, n, k, type, word, load, save)                                                                            \
    PTXSIM_DEVICE void load_matrix_sync(                                                                                               \
        fragment<accumulator, m, n, k, type>& target, const type* source, unsigned int stride, layout_t layout)                        \
    {                                                                                                                                  \
        fragment_words<word, fragment<accumulator, m, n, k, type>> registers;                                                          \
        if (layout == mem_col_major)                                                                                                   \
            load(registers.words, (const word*)source, stride, 1);                                                                     \
        else                                                                                                                           \
            load(registers.words, (const word*)source, stride, 0);                                                                     \
        registers.store(target);                                                                                                       \
    }                                                                                                                                  \
    PTXSIM_DEVICE void store_matrix_sync(                                                                                              \
        type* target, const fragment<accumulator, m, n, k, type>& source, unsigned int stride, layout_t layout)                        \
    {                                                                                                                                  \
        fragment_words<word, fragment<accumulator, m, n, k, type>> registers(source);                                                  \
        if (layout == mem_col_major)                                                                                                   \
            save((word*)target, registers.words, stride, 1);                                                                           \
        else                                                                                                                           \
            save((word*)target, registers.words, stride, 0);                                                                           \
    }

#define PTXSIM_MULTIPLY(m, n, k, type, d_type, d_word, c_type, c_word, builtin)                                                        \
    template <typename LayoutA, typename LayoutB>                                                                                      \
    PTXSIM_DEVICE void mma_sync(fragment<accumulator, m, n, k, d_type>& d, const fragment<matrix_a, m, n, k, type, LayoutA>& a,        \
                                const fragment<matrix_b, m, n, k, type, LayoutB>& b, const fragment<accumulator, m, n, k, c_type>& c,  \
                                bool = false)                                                                                          \
    {                                                                                                                                  \
        fragment_words<int, fragment<matrix_a, m, n, k, type, LayoutA>> wa(a);                                                         \
        fragment_words<int, fragment<matrix_b, m, n, k, type, LayoutB>> wb(b);                                                         \
        fragment_words<c_word, fragment<accumulator, m, n, k, c_type>> wc(c);                                                          \
        fragment_words<d_word, fragment<accumulator, m, n, k, d_type>> wd;                                                             \
        constexpr int order = 2 * is_column<LayoutA>::value + is_column<LayoutB>::value;                                               \
        if constexpr (order == 0)                                                                                                      \
            builtin(wd.words, wa.words, wb.words, wc.words, 0, 0);                                                                     \
        else if constexpr (order == 1)                                                                                                 \
            builtin(wd.words, wa.words, wb.words, wc.words, 1, 0);                                                                     \
        else if constexpr (order == 2)                                                                                                 \
            builtin(wd.words, wa.words, wb.words, wc.words, 2, 0);                                                                     \
        else                                                                                                                           \
            builtin(wd.words, wa.words, wb.words, wc.words, 3, 0);                                                                     \
        wd.store(d);                                                                                                                   \
    }

#define PTXSIM_HALF(m, n, k, shape)                                                                                    \
    PTXSIM_LOAD(matrix_a, m, n, k, __half, __half, __hmma_##shape##_ld_a)                                              \
    PTXSIM_LOAD(matrix_b, m, n, k, __half, __half, __hmma_##shape##_ld_b)                                              \
    PTXSIM_ACCUMULATOR(m, n, k, __half, int, __hmma_##shape##_ld_c_f16, __hmma_##shape##_st_c_f16)                     \
    PTXSIM_ACCUMULATOR(m, n, k, float, float, __hmma_##shape##_ld_c_f32, __hmma_##shape##_st_c_f32)                    \
    PTXSIM_MULTIPLY(m, n, k, __half, __half, int, __half, int, __hmma_##shape##_mma_f16f16)                            \
    PTXSIM_MULTIPLY(m, n, k, __half, float, float, __half, int, __hmma_##shape##_mma_f32f16)                           \
    PTXSIM_MULTIPLY(m, n, k, __half, __half, int, float, float, __hmma_##shape##_mma_f16f32)                           \
    PTXSIM_MULTIPLY(m, n, k, __half, float, float, float, float, __hmma_##shape##_mma_f32f32)

PTXSIM_HALF(16, 16, 16, m16n16k16)
PTXSIM_HALF(32, 8, 16, m32n8k16)
PTXSIM_HALF(8, 32, 16, m8n32k16)
#undef PTXSIM_HALF

#define PTXSIM_BYTES(m, n, k, shape)                                                                                   \
    PTXSIM_LOAD(matrix_a, m, n, k, signed char, signed char, __imma_##shape##_ld_a_s8)                                 \
    PTXSIM_LOAD(matrix_b, m, n, k, signed char, signed char, __imma_##shape##_ld_b_s8)                                 \
    PTXSIM_LOAD(matrix_a, m, n, k, unsigned char, unsigned char, __imma_##shape##_ld_a_u8)                             \
    PTXSIM_LOAD(matrix_b, m, n, k, unsigned char, unsigned char, __imma_##shape##_ld_b_u8)                             \
    PTXSIM_ACCUMULATOR(m, n, k, int, int, __imma_##shape##_ld_c, __imma_##shape##_st_c_i32)                            \
    PTXSIM_MULTIPLY(m, n, k, signed char, int, int, int, int, __imma_##shape##_mma_s8)                                 \
    PTXSIM_MULTIPLY(m, n, k, unsigned char, int, int, int, int, __imma_##shape##_mma_u8)

PTXSIM_BYTES(16, 16, 16, m16n16k16)
PTXSIM_BYTES(32, 8, 16, m32n8k16)
PTXSIM_BYTES(8, 32, 16, m8n32k16)
#undef PTXSIM_BYTES

#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
#define PTXSIM_BFLOAT(m, n, k, shape)                                                                                  \
    PTXSIM_LOAD(matrix_a, m, n, k, __nv_bfloat16, __nv_bfloat16, __mma_bf16_##shape##_ld_a)                            \
    PTXSIM_LOAD(matrix_b, m, n, k, __nv_bfloat16, __nv_bfloat16, __mma_bf16_##shape##_ld_b)                            \
    PTXSIM_MULTIPLY(m, n, k, __nv_bfloat16, float, float, float, float, __mma_bf16_##shape##_mma_f32)

PTXSIM_BFLOAT(16, 16, 16, m16n16k16)
PTXSIM_BFLOAT(32, 8, 16, m32n8k16)
PTXSIM_BFLOAT(8, 32, 16, m8n32k16)
#undef PTXSIM_BFLOAT

PTXSIM_LOAD(matrix_a, 16, 16, 8, precision::tf32, float, __mma_tf32_m16n16k8_ld_a)
PTXSIM_LOAD(matrix_b, 16, 16, 8, precision::tf32, float, __mma_tf32_m16n16k8_ld_b)
PTXSIM_ACCUMULATOR(16, 16, 8, float, float, __mma_tf32_m16n16k8_ld_c, __mma_m16n16k8_st_c_f32)
PTXSIM_MULTIPLY(16, 16, 8, precision::tf32, float, float, float, float, __mma_tf32_m16n16k8_mma_f32)
#endif

#undef PTXSIM_LOAD
#undef PTXSIM_ACCUMULATOR
#undef PTXSIM_MULTIPLY
} // namespace wmma
} // namespace nvcuda
