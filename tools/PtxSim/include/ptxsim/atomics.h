// Atomic operations of CUDA C++: relaxed, at device scope; `_block` and `_system` name the other scopes.
#pragma once

#define PTXSIM_ATOMIC(name, type, ptx, constraint)                                                                \
    PTXSIM_DEVICE type name(type* address, type value)                                                            \
    {                                                                                                             \
        type old;                                                                                                 \
        asm volatile("atom." ptx " %0, [%1], %2;" : "=" constraint(old) : "l"(address), constraint(value) : "memory"); \
        return old;                                                                                               \
    }

#define PTXSIM_ATOMIC_SCOPES(name, type, operation, constraint)              \
    PTXSIM_ATOMIC(name, type, operation, constraint)                         \
    PTXSIM_ATOMIC(name##_block, type, "cta." operation, constraint)          \
    PTXSIM_ATOMIC(name##_system, type, "sys." operation, constraint)

PTXSIM_ATOMIC_SCOPES(atomicAdd, int, "add.s32", "r")
PTXSIM_ATOMIC_SCOPES(atomicAdd, unsigned int, "add.u32", "r")
PTXSIM_ATOMIC_SCOPES(atomicAdd, unsigned long long, "add.u64", "l")
PTXSIM_ATOMIC_SCOPES(atomicAdd, float, "add.f32", "f")
PTXSIM_ATOMIC_SCOPES(atomicAdd, double, "add.f64", "d")
PTXSIM_ATOMIC_SCOPES(atomicExch, int, "exch.b32", "r")
PTXSIM_ATOMIC_SCOPES(atomicExch, unsigned int, "exch.b32", "r")
PTXSIM_ATOMIC_SCOPES(atomicExch, unsigned long long, "exch.b64", "l")
PTXSIM_ATOMIC_SCOPES(atomicMin, int, "min.s32", "r")
PTXSIM_ATOMIC_SCOPES(atomicMin, unsigned int, "min.u32", "r")
PTXSIM_ATOMIC_SCOPES(atomicMin, long long, "min.s64", "l")
PTXSIM_ATOMIC_SCOPES(atomicMin, unsigned long long, "min.u64", "l")
PTXSIM_ATOMIC_SCOPES(atomicMax, int, "max.s32", "r")
PTXSIM_ATOMIC_SCOPES(atomicMax, unsigned int, "max.u32", "r")
PTXSIM_ATOMIC_SCOPES(atomicMax, long long, "max.s64", "l")
PTXSIM_ATOMIC_SCOPES(atomicMax, unsigned long long, "max.u64", "l")
PTXSIM_ATOMIC_SCOPES(atomicInc, unsigned int, "inc.u32", "r")
PTXSIM_ATOMIC_SCOPES(atomicDec, unsigned int, "dec.u32", "r")
PTXSIM_ATOMIC_SCOPES(atomicAnd, int, "and.b32", "r")
PTXSIM_ATOMIC_SCOPES(atomicAnd, unsigned int, "and.b32", "r")
PTXSIM_ATOMIC_SCOPES(atomicAnd, unsigned long long, "and.b64", "l")
PTXSIM_ATOMIC_SCOPES(atomicOr, int, "or.b32", "r")
PTXSIM_ATOMIC_SCOPES(atomicOr, unsigned int, "or.b32", "r")
PTXSIM_ATOMIC_SCOPES(atomicOr, unsigned long long, "or.b64", "l")
PTXSIM_ATOMIC_SCOPES(atomicXor, int, "xor.b32", "r")
PTXSIM_ATOMIC_SCOPES(atomicXor, unsigned int, "xor.b32", "r")
PTXSIM_ATOMIC_SCOPES(atomicXor, unsigned long long, "xor.b64", "l")
#undef PTXSIM_ATOMIC_SCOPES
#undef PTXSIM_ATOMIC

#define PTXSIM_DERIVED(suffix)                                                                                                        \
    PTXSIM_DEVICE int atomicSub##suffix(int* address, int value) { return atomicAdd##suffix(address, -value); }                      \
    PTXSIM_DEVICE unsigned int atomicSub##suffix(unsigned int* address, unsigned int value)                                          \
    {                                                                                                                                 \
        return atomicAdd##suffix(address, 0u - value);                                                                                \
    }                                                                                                                                 \
    PTXSIM_DEVICE float atomicExch##suffix(float* address, float value)                                                              \
    {                                                                                                                                 \
        return __builtin_bit_cast(float, atomicExch##suffix((int*)address, __builtin_bit_cast(int, value)));                          \
    }

PTXSIM_DERIVED()
PTXSIM_DERIVED(_block)
PTXSIM_DERIVED(_system)
#undef PTXSIM_DERIVED

#define PTXSIM_CAS(name, scope, type, bits, constraint)                                          \
    PTXSIM_DEVICE type name(type* address, type compare, type value)                             \
    {                                                                                            \
        type old;                                                                                \
        asm volatile("atom." scope "cas.b" bits " %0, [%1], %2, %3;"                             \
                     : "=" constraint(old)                                                       \
                     : "l"(address), constraint(compare), constraint(value)                      \
                     : "memory");                                                                \
        return old;                                                                              \
    }

#define PTXSIM_CAS_TYPES(suffix, scope)                                               \
    PTXSIM_CAS(atomicCAS##suffix, scope, int, "32", "r")                              \
    PTXSIM_CAS(atomicCAS##suffix, scope, unsigned int, "32", "r")                     \
    PTXSIM_CAS(atomicCAS##suffix, scope, unsigned long long, "64", "l")               \
    PTXSIM_CAS(atomicCAS##suffix, scope, unsigned short, "16", "h")

PTXSIM_CAS_TYPES(, "")
PTXSIM_CAS_TYPES(_block, "cta.")
PTXSIM_CAS_TYPES(_system, "sys.")
#undef PTXSIM_CAS_TYPES
#undef PTXSIM_CAS
