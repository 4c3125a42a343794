// Dropout in float32: see dropout.cuh.
//
// Targets: sm_75.

#include "dropout.cuh"

// Sixteen words and four packs at once take many registers; two blocks are to fit a multiprocessor.
extern "C" __global__ void __launch_bounds__(256, 2) dropout_nhwc_f32(const DropoutArgs a) { dropout_nhwc<float>(a); }

extern "C" __global__ void dropout_nhwc_any_f32(const DropoutArgs a) { dropout_nhwc_any<float>(a); }

extern "C" __global__ void dropout_rows_f32(const DropoutArgs a) { dropout_rows<float>(a); }
