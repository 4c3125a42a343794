// Moving elements about, of bfloat16: see layout.cuh.
//
// Targets: sm_80.

#include "layout.cuh"

extern "C" __global__ void __launch_bounds__(TransposeThreads) transpose_b16(const TransposeArgs a) { transpose<unsigned short>(a); }
extern "C" __global__ void transpose_narrow_b16(const TransposeArgs a) { transpose_narrow<unsigned short>(a); }

extern "C" __global__ void resize_channels_bf16(const ResizeChannelsArgs a) { resize_channels<bf16>(a); }
