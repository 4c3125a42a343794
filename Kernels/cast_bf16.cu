// y = x, from float32 to bfloat16 and back: see cast.cuh.
//
// Targets: sm_80.

#include "cast.cuh"

extern "C" __global__ void cast_f32_bf16(const CastArgs a) { cast<float, bf16>(a); }
extern "C" __global__ void cast_bf16_f32(const CastArgs a) { cast<bf16, float>(a); }
