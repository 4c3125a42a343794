// Intrinsics: bits, integers, rounding, reinterpretation, caches, clocks, printf and assert.
#pragma once

PTXSIM_DEVICE int __clz(int x) { return x == 0 ? 32 : __builtin_clz((unsigned int)x); }
PTXSIM_DEVICE int __clzll(long long x) { return x == 0 ? 64 : __builtin_clzll((unsigned long long)x); }
PTXSIM_DEVICE int __popc(unsigned int x) { return __builtin_popcount(x); }
PTXSIM_DEVICE int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
PTXSIM_DEVICE int __ffs(int x) { return x == 0 ? 0 : 32 - __clz(x & -x); }
PTXSIM_DEVICE int __ffsll(long long x) { return x == 0 ? 0 : 64 - __clzll(x & -x); }
PTXSIM_DEVICE unsigned int __brev(unsigned int x) { return __builtin_bitreverse32(x); }
PTXSIM_DEVICE unsigned long long __brevll(unsigned long long x) { return __builtin_bitreverse64(x); }
PTXSIM_DEVICE unsigned int __byte_perm(unsigned int x, unsigned int y, unsigned int selector) { return __nvvm_prmt(x, y, selector); }
PTXSIM_DEVICE int __mulhi(int x, int y) { return __nvvm_mulhi_i(x, y); }
PTXSIM_DEVICE unsigned int __umulhi(unsigned int x, unsigned int y) { return __nvvm_mulhi_ui(x, y); }
PTXSIM_DEVICE long long __mul64hi(long long x, long long y) { return __nvvm_mulhi_ll(x, y); }
PTXSIM_DEVICE unsigned long long __umul64hi(unsigned long long x, unsigned long long y) { return __nvvm_mulhi_ull(x, y); }
PTXSIM_DEVICE int __mul24(int x, int y) { return __nvvm_mul24_i(x, y); }
PTXSIM_DEVICE unsigned int __umul24(unsigned int x, unsigned int y) { return __nvvm_mul24_ui(x, y); }
PTXSIM_DEVICE int __hadd(int x, int y) { return (int)(((long long)x + y) >> 1); }
PTXSIM_DEVICE int __rhadd(int x, int y) { return (int)(((long long)x + y + 1) >> 1); }

PTXSIM_DEVICE unsigned int __sad(int x, int y, unsigned int z)
{
    unsigned int sum;
    asm("sad.s32 %0, %1, %2, %3;" : "=r"(sum) : "r"(x), "r"(y), "r"(z));
    return sum;
}

PTXSIM_DEVICE unsigned int __usad(unsigned int x, unsigned int y, unsigned int z)
{
    unsigned int sum;
    asm("sad.u32 %0, %1, %2, %3;" : "=r"(sum) : "r"(x), "r"(y), "r"(z));
    return sum;
}

PTXSIM_DEVICE int __dp4a(int a, int b, int c)
{
    int sum;
    asm("dp4a.s32.s32 %0, %1, %2, %3;" : "=r"(sum) : "r"(a), "r"(b), "r"(c));
    return sum;
}

PTXSIM_DEVICE unsigned int __dp4a(unsigned int a, unsigned int b, unsigned int c)
{
    unsigned int sum;
    asm("dp4a.u32.u32 %0, %1, %2, %3;" : "=r"(sum) : "r"(a), "r"(b), "r"(c));
    return sum;
}

PTXSIM_DEVICE unsigned int __funnelshift_l(unsigned int low, unsigned int high, unsigned int shift)
{
    unsigned int result;
    asm("shf.l.wrap.b32 %0, %1, %2, %3;" : "=r"(result) : "r"(low), "r"(high), "r"(shift));
    return result;
}

PTXSIM_DEVICE unsigned int __funnelshift_r(unsigned int low, unsigned int high, unsigned int shift)
{
    unsigned int result;
    asm("shf.r.wrap.b32 %0, %1, %2, %3;" : "=r"(result) : "r"(low), "r"(high), "r"(shift));
    return result;
}

PTXSIM_DEVICE float __int_as_float(int x) { return __builtin_bit_cast(float, x); }
PTXSIM_DEVICE int __float_as_int(float x) { return __builtin_bit_cast(int, x); }
PTXSIM_DEVICE float __uint_as_float(unsigned int x) { return __builtin_bit_cast(float, x); }
PTXSIM_DEVICE unsigned int __float_as_uint(float x) { return __builtin_bit_cast(unsigned int, x); }
PTXSIM_DEVICE double __longlong_as_double(long long x) { return __builtin_bit_cast(double, x); }
PTXSIM_DEVICE long long __double_as_longlong(double x) { return __builtin_bit_cast(long long, x); }
PTXSIM_DEVICE int __double2hiint(double x) { return (int)(__double_as_longlong(x) >> 32); }
PTXSIM_DEVICE int __double2loint(double x) { return (int)__double_as_longlong(x); }
PTXSIM_DEVICE double __hiloint2double(int high, int low)
{
    return __longlong_as_double(((long long)high << 32) | (unsigned int)low);
}

#define PTXSIM_CONVERT(name, to, from, ptx, out, in)  \
    PTXSIM_DEVICE to name(from x)                      \
    {                                                  \
        to y;                                          \
        asm("cvt." ptx " %0, %1;" : "=" out(y) : in(x)); \
        return y;                                      \
    }

#define PTXSIM_TO_INTEGER(from, source, in)                                                   \
    PTXSIM_CONVERT(__##from##2int_rn, int, from, "rni.s32." source, "r", in)                  \
    PTXSIM_CONVERT(__##from##2int_rz, int, from, "rzi.s32." source, "r", in)                  \
    PTXSIM_CONVERT(__##from##2int_ru, int, from, "rpi.s32." source, "r", in)                  \
    PTXSIM_CONVERT(__##from##2int_rd, int, from, "rmi.s32." source, "r", in)                  \
    PTXSIM_CONVERT(__##from##2uint_rn, unsigned int, from, "rni.u32." source, "r", in)        \
    PTXSIM_CONVERT(__##from##2uint_rz, unsigned int, from, "rzi.u32." source, "r", in)        \
    PTXSIM_CONVERT(__##from##2uint_ru, unsigned int, from, "rpi.u32." source, "r", in)        \
    PTXSIM_CONVERT(__##from##2uint_rd, unsigned int, from, "rmi.u32." source, "r", in)        \
    PTXSIM_CONVERT(__##from##2ll_rn, long long, from, "rni.s64." source, "l", in)             \
    PTXSIM_CONVERT(__##from##2ll_rz, long long, from, "rzi.s64." source, "l", in)             \
    PTXSIM_CONVERT(__##from##2ull_rn, unsigned long long, from, "rni.u64." source, "l", in)   \
    PTXSIM_CONVERT(__##from##2ull_rz, unsigned long long, from, "rzi.u64." source, "l", in)

PTXSIM_TO_INTEGER(float, "f32", "f")
PTXSIM_TO_INTEGER(double, "f64", "d")
#undef PTXSIM_TO_INTEGER

PTXSIM_CONVERT(__int2float_rn, float, int, "rn.f32.s32", "f", "r")
PTXSIM_CONVERT(__int2float_rz, float, int, "rz.f32.s32", "f", "r")
PTXSIM_CONVERT(__uint2float_rn, float, unsigned int, "rn.f32.u32", "f", "r")
PTXSIM_CONVERT(__uint2float_rz, float, unsigned int, "rz.f32.u32", "f", "r")
PTXSIM_CONVERT(__ll2float_rn, float, long long, "rn.f32.s64", "f", "l")
PTXSIM_CONVERT(__ull2float_rn, float, unsigned long long, "rn.f32.u64", "f", "l")
PTXSIM_CONVERT(__int2double_rn, double, int, "rn.f64.s32", "d", "r")
PTXSIM_CONVERT(__uint2double_rn, double, unsigned int, "rn.f64.u32", "d", "r")
PTXSIM_CONVERT(__ll2double_rn, double, long long, "rn.f64.s64", "d", "l")
PTXSIM_CONVERT(__ull2double_rn, double, unsigned long long, "rn.f64.u64", "d", "l")
PTXSIM_CONVERT(__double2float_rn, float, double, "rn.f32.f64", "f", "d")
PTXSIM_CONVERT(__double2float_rz, float, double, "rz.f32.f64", "f", "d")
#undef PTXSIM_CONVERT

#define PTXSIM_ROUNDED(name, type, ptx, constraint)                                         \
    PTXSIM_DEVICE type name(type x, type y)                                                 \
    {                                                                                       \
        type z;                                                                             \
        asm(ptx " %0, %1, %2;" : "=" constraint(z) : constraint(x), constraint(y));         \
        return z;                                                                           \
    }

#define PTXSIM_ROUNDINGS(prefix, type, suffix, constraint, mode)                                        \
    PTXSIM_ROUNDED(__##prefix##add_##mode, type, "add." #mode "." suffix, constraint)                   \
    PTXSIM_ROUNDED(__##prefix##sub_##mode, type, "sub." #mode "." suffix, constraint)                   \
    PTXSIM_ROUNDED(__##prefix##mul_##mode, type, "mul." #mode "." suffix, constraint)                   \
    PTXSIM_ROUNDED(__##prefix##div_##mode, type, "div." #mode "." suffix, constraint)

PTXSIM_ROUNDINGS(f, float, "f32", "f", rn)
PTXSIM_ROUNDINGS(f, float, "f32", "f", rz)
PTXSIM_ROUNDINGS(f, float, "f32", "f", ru)
PTXSIM_ROUNDINGS(f, float, "f32", "f", rd)
PTXSIM_ROUNDINGS(d, double, "f64", "d", rn)
PTXSIM_ROUNDINGS(d, double, "f64", "d", rz)
PTXSIM_ROUNDINGS(d, double, "f64", "d", ru)
PTXSIM_ROUNDINGS(d, double, "f64", "d", rd)
#undef PTXSIM_ROUNDINGS
#undef PTXSIM_ROUNDED

PTXSIM_DEVICE float __fmaf_rn(float x, float y, float z) { return __nvvm_fma_rn_f(x, y, z); }
PTXSIM_DEVICE float __fmaf_rz(float x, float y, float z) { return __nvvm_fma_rz_f(x, y, z); }
PTXSIM_DEVICE double __fma_rn(double x, double y, double z) { return __nvvm_fma_rn_d(x, y, z); }
PTXSIM_DEVICE float __frcp_rn(float x) { return __nvvm_rcp_rn_f(x); }
PTXSIM_DEVICE float __fsqrt_rn(float x) { return __nvvm_sqrt_rn_f(x); }
PTXSIM_DEVICE double __drcp_rn(double x) { return __nvvm_rcp_rn_d(x); }
PTXSIM_DEVICE double __dsqrt_rn(double x) { return __nvvm_sqrt_rn_d(x); }
PTXSIM_DEVICE float __frsqrt_rn(float x) { return __nvvm_rsqrt_approx_f(x); }
PTXSIM_DEVICE float __saturatef(float x) { return __nvvm_saturate_f(x); }
PTXSIM_DEVICE float __fdividef(float x, float y) { return __nvvm_div_approx_f(x, y); }

// The fast forms: one approximate instruction each.
PTXSIM_DEVICE float __expf(float x) { return __nvvm_ex2_approx_f(x * 1.4426950408889634f); }
PTXSIM_DEVICE float __exp10f(float x) { return __nvvm_ex2_approx_f(x * 3.3219280948873623f); }
PTXSIM_DEVICE float __logf(float x) { return __nvvm_lg2_approx_f(x) * 0.6931471805599453f; }
PTXSIM_DEVICE float __log2f(float x) { return __nvvm_lg2_approx_f(x); }
PTXSIM_DEVICE float __log10f(float x) { return __nvvm_lg2_approx_f(x) * 0.30102999566398120f; }
PTXSIM_DEVICE float __sinf(float x) { return __nvvm_sin_approx_f(x); }
PTXSIM_DEVICE float __cosf(float x) { return __nvvm_cos_approx_f(x); }
PTXSIM_DEVICE float __tanf(float x) { return __fdividef(__sinf(x), __cosf(x)); }
PTXSIM_DEVICE float __powf(float x, float y) { return __nvvm_ex2_approx_f(y * __nvvm_lg2_approx_f(x)); }
PTXSIM_DEVICE void __sincosf(float x, float* sine, float* cosine)
{
    *sine = __sinf(x);
    *cosine = __cosf(x);
}

// Loads and stores with cache hints: the hint does not change what is read.
template <typename T> PTXSIM_DEVICE T __ldg(const T* address) { return *address; }
template <typename T> PTXSIM_DEVICE T __ldca(const T* address) { return *address; }
template <typename T> PTXSIM_DEVICE T __ldcg(const T* address) { return *address; }
template <typename T> PTXSIM_DEVICE T __ldcs(const T* address) { return *address; }
template <typename T> PTXSIM_DEVICE T __ldcv(const T* address) { return *(const volatile T*)address; }
template <typename T> PTXSIM_DEVICE T __ldlu(const T* address) { return *address; }
template <typename T> PTXSIM_DEVICE void __stcg(T* address, T value) { *address = value; }
template <typename T> PTXSIM_DEVICE void __stcs(T* address, T value) { *address = value; }
template <typename T> PTXSIM_DEVICE void __stwb(T* address, T value) { *address = value; }
template <typename T> PTXSIM_DEVICE void __stwt(T* address, T value) { *(volatile T*)address = value; }

PTXSIM_DEVICE size_t __cvta_generic_to_shared(const void* p) { return (size_t)(__attribute__((address_space(3))) const void*)p; }
PTXSIM_DEVICE size_t __cvta_generic_to_global(const void* p) { return (size_t)(__attribute__((address_space(1))) const void*)p; }
PTXSIM_DEVICE bool __isShared(const void* p) { return __nvvm_isspacep_shared(p); }
PTXSIM_DEVICE bool __isGlobal(const void* p) { return __nvvm_isspacep_global(p); }

PTXSIM_DEVICE void* memcpy(void* target, const void* source, size_t bytes) { return __builtin_memcpy(target, source, bytes); }
PTXSIM_DEVICE void* memmove(void* target, const void* source, size_t bytes) { return __builtin_memmove(target, source, bytes); }
PTXSIM_DEVICE void* memset(void* target, int value, size_t bytes) { return __builtin_memset(target, value, bytes); }

PTXSIM_DEVICE void __trap() { asm volatile("trap;"); }
PTXSIM_DEVICE void __brkpt() { asm volatile("brkpt;"); }
PTXSIM_DEVICE void __nanosleep(unsigned int nanoseconds) { asm volatile("nanosleep.u32 %0;" : : "r"(nanoseconds)); }
PTXSIM_DEVICE long long clock64() { return __nvvm_read_ptx_sreg_clock64(); }
PTXSIM_DEVICE int clock() { return __nvvm_read_ptx_sreg_clock(); }

extern "C"
{
    // The compiler turns printf into a call of vprintf with the arguments in a buffer.
    __device__ int vprintf(const char* format, const char* arguments);
    __device__ int printf(const char* format, ...);
    __device__ __attribute__((noreturn)) void __assertfail(
        const char* message, const char* file, unsigned int line, const char* function, size_t characterSize);
    __device__ __attribute__((noreturn)) __inline__ void __assert_fail(
        const char* message, const char* file, unsigned int line, const char* function)
    {
        __assertfail(message, file, line, function, 1);
    }
}

// The device's heap.
extern "C"
{
    __device__ void* malloc(size_t bytes);
    __device__ void free(void* pointer);
}
// The compiler's own <new> gives device code its new and delete, on top of these two.
#if __has_include(<new>)
#include <new>
#endif
