// 2-d convolutions on tensor cores: bfloat16 tensors, float32 weight gradients. Everything is in conv2d_tensor.cuh.
//
// Targets: sm_80.

#include "conv2d_tensor.cuh"

CONV_KERNELS(bf16, bf16, 32)
CONV_KERNELS(bf16, bf16, 64)
CONV_KERNELS(bf16, bf16, 128)
CONV_KERNELS(bf16, bf16, 160)
