// A batch of training samples, in bfloat16: see augment.cuh.
//
// Targets: sm_80.

#include "augment.cuh"

extern "C" __global__ void augment_bf16(const AugmentArgs a) { augment<bf16>(a); }
