// y = a op b, broadcast, in float32: see broadcast.cuh.
//
// Targets: sm_75.

#include "broadcast.cuh"

extern "C" __global__ void add_rows_f32(const BinaryRowsArgs a) { binary_rows<Add, float>(a); }
extern "C" __global__ void subtract_rows_f32(const BinaryRowsArgs a) { binary_rows<Subtract, float>(a); }
extern "C" __global__ void multiply_rows_f32(const BinaryRowsArgs a) { binary_rows<Multiply, float>(a); }
extern "C" __global__ void divide_rows_f32(const BinaryRowsArgs a) { binary_rows<Divide, float>(a); }

extern "C" __global__ void add_axes_f32(const BinaryAxesArgs a) { binary_axes<Add, float>(a); }
extern "C" __global__ void subtract_axes_f32(const BinaryAxesArgs a) { binary_axes<Subtract, float>(a); }
extern "C" __global__ void multiply_axes_f32(const BinaryAxesArgs a) { binary_axes<Multiply, float>(a); }
extern "C" __global__ void divide_axes_f32(const BinaryAxesArgs a) { binary_axes<Divide, float>(a); }
