// Functions of one element, in bfloat16: see elementwise.cuh.
//
// Targets: sm_80.

#include "elementwise.cuh"

extern "C" __global__ void fill_bf16(const FillArgs a) { fill<bf16>(a); }

extern "C" __global__ void exp_forward_bf16(const UnaryForwardArgs a) { unary_forward<Exp, bf16>(a); }
extern "C" __global__ void log_forward_bf16(const UnaryForwardArgs a) { unary_forward<Log, bf16>(a); }
extern "C" __global__ void sqrt_forward_bf16(const UnaryForwardArgs a) { unary_forward<Sqrt, bf16>(a); }
extern "C" __global__ void relu_forward_bf16(const UnaryForwardArgs a) { unary_forward<Relu, bf16>(a); }
extern "C" __global__ void negate_forward_bf16(const UnaryForwardArgs a) { unary_forward<Negate, bf16>(a); }

extern "C" __global__ void exp_backward_bf16(const UnaryBackwardArgs a) { unary_backward<Exp, bf16>(a); }
extern "C" __global__ void log_backward_bf16(const UnaryBackwardArgs a) { unary_backward<Log, bf16>(a); }
extern "C" __global__ void sqrt_backward_bf16(const UnaryBackwardArgs a) { unary_backward<Sqrt, bf16>(a); }
extern "C" __global__ void relu_backward_bf16(const UnaryBackwardArgs a) { unary_backward<Relu, bf16>(a); }

extern "C" __global__ void add_scaled_bf16(const AddScaledArgs a) { add_scaled<bf16>(a); }
