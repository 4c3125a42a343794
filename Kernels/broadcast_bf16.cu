// y = a op b, broadcast, in bfloat16: see broadcast.cuh.
//
// Targets: sm_80.

#include "broadcast.cuh"

extern "C" __global__ void add_rows_bf16(const BinaryRowsArgs a) { binary_rows<Add, bf16>(a); }
extern "C" __global__ void subtract_rows_bf16(const BinaryRowsArgs a) { binary_rows<Subtract, bf16>(a); }
extern "C" __global__ void multiply_rows_bf16(const BinaryRowsArgs a) { binary_rows<Multiply, bf16>(a); }
extern "C" __global__ void divide_rows_bf16(const BinaryRowsArgs a) { binary_rows<Divide, bf16>(a); }

extern "C" __global__ void add_axes_bf16(const BinaryAxesArgs a) { binary_axes<Add, bf16>(a); }
extern "C" __global__ void subtract_axes_bf16(const BinaryAxesArgs a) { binary_axes<Subtract, bf16>(a); }
extern "C" __global__ void multiply_axes_bf16(const BinaryAxesArgs a) { binary_axes<Multiply, bf16>(a); }
extern "C" __global__ void divide_axes_bf16(const BinaryAxesArgs a) { binary_axes<Divide, bf16>(a); }
