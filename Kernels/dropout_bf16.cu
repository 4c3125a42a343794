// Dropout in bfloat16: see dropout.cuh.
//
// Targets: sm_80.

#include "dropout.cuh"

// As in float32.
extern "C" __global__ void __launch_bounds__(256, 2) dropout_nhwc_bf16(const DropoutArgs a) { dropout_nhwc<bf16>(a); }

extern "C" __global__ void dropout_nhwc_any_bf16(const DropoutArgs a) { dropout_nhwc_any<bf16>(a); }

extern "C" __global__ void dropout_rows_bf16(const DropoutArgs a) { dropout_rows<bf16>(a); }
