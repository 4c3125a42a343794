// y = x, from bytes to float32: see cast.cuh.
//
// Targets: sm_75.

#include "cast.cuh"

extern "C" __global__ void cast_u8_f32(const CastArgs a) { cast<unsigned char, float>(a); }
