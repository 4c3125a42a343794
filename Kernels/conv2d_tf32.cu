// 2-d convolutions on tensor cores: float32 tensors, factors rounded to tf32 on the way into the tensor core. Everything is in conv2d_tensor.cuh.
//
// Targets: sm_80.

#include "conv2d_tensor.cuh"

CONV_KERNELS(float, tf32, 32)
CONV_KERNELS(float, tf32, 64)
CONV_KERNELS(float, tf32, 128)
CONV_KERNELS(float, tf32, 160)
