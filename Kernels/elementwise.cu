// Functions of one element, in float32: see elementwise.cuh.
//
// Targets: sm_75.

#include "elementwise.cuh"

extern "C" __global__ void fill_f32(const FillArgs a) { fill<float>(a); }

extern "C" __global__ void exp_forward_f32(const UnaryForwardArgs a) { unary_forward<Exp, float>(a); }
extern "C" __global__ void log_forward_f32(const UnaryForwardArgs a) { unary_forward<Log, float>(a); }
extern "C" __global__ void sqrt_forward_f32(const UnaryForwardArgs a) { unary_forward<Sqrt, float>(a); }
extern "C" __global__ void relu_forward_f32(const UnaryForwardArgs a) { unary_forward<Relu, float>(a); }
extern "C" __global__ void negate_forward_f32(const UnaryForwardArgs a) { unary_forward<Negate, float>(a); }

extern "C" __global__ void exp_backward_f32(const UnaryBackwardArgs a) { unary_backward<Exp, float>(a); }
extern "C" __global__ void log_backward_f32(const UnaryBackwardArgs a) { unary_backward<Log, float>(a); }
extern "C" __global__ void sqrt_backward_f32(const UnaryBackwardArgs a) { unary_backward<Sqrt, float>(a); }
extern "C" __global__ void relu_backward_f32(const UnaryBackwardArgs a) { unary_backward<Relu, float>(a); }

extern "C" __global__ void add_scaled_f32(const AddScaledArgs a) { add_scaled<float>(a); }
