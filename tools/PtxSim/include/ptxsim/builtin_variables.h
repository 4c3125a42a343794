// threadIdx, blockIdx, blockDim, gridDim: reads of special registers that look like variables.
#pragma once

#define PTXSIM_REGISTER_FIELD(field, read)                         \
    __declspec(property(get = get_##field)) unsigned int field;    \
    static __inline__ __attribute__((always_inline)) __device__ unsigned int get_##field() { return read(); }

#define PTXSIM_BUILTIN(name, register_name)                                                       \
    struct ptxsim_##name                                                                          \
    {                                                                                             \
        PTXSIM_REGISTER_FIELD(x, __nvvm_read_ptx_sreg_##register_name##_x)                        \
        PTXSIM_REGISTER_FIELD(y, __nvvm_read_ptx_sreg_##register_name##_y)                        \
        PTXSIM_REGISTER_FIELD(z, __nvvm_read_ptx_sreg_##register_name##_z)                        \
        __device__ operator dim3() const { return dim3(get_x(), get_y(), get_z()); }              \
        __device__ operator uint3() const { return uint3{get_x(), get_y(), get_z()}; }            \
    };                                                                                            \
    extern const __device__ __attribute__((weak)) ptxsim_##name name;

PTXSIM_BUILTIN(threadIdx, tid)
PTXSIM_BUILTIN(blockIdx, ctaid)
PTXSIM_BUILTIN(blockDim, ntid)
PTXSIM_BUILTIN(gridDim, nctaid)

#undef PTXSIM_BUILTIN
#undef PTXSIM_REGISTER_FIELD

static constexpr int warpSize = 32;
