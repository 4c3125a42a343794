// A batch of training samples, in float32: see augment.cuh.
//
// Targets: sm_75.

#include "augment.cuh"

extern "C" __global__ void augment_f32(const AugmentArgs a) { augment<float>(a); }
