// Moving elements about, of float32: see layout.cuh.
//
// Targets: sm_75.

#include "layout.cuh"

extern "C" __global__ void __launch_bounds__(TransposeThreads) transpose_b32(const TransposeArgs a) { transpose<unsigned>(a); }
extern "C" __global__ void transpose_narrow_b32(const TransposeArgs a) { transpose_narrow<unsigned>(a); }

extern "C" __global__ void resize_channels_f32(const ResizeChannelsArgs a) { resize_channels<float>(a); }
