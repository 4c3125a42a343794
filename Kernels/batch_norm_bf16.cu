// Batch normalisation of bfloat16: see batch_norm.cuh.
//
// Targets: sm_80.

#include "batch_norm_apply.cuh"
#include "batch_norm_backward.cuh"
#include "batch_norm_statistics.cuh"

extern "C" __global__ void __launch_bounds__(MostThreads) batch_norm_statistics_bf16(const BatchNormStatisticsArgs a) { statistics<bf16, 1>(a); }
extern "C" __global__ void __launch_bounds__(MostThreads) batch_norm_statistics_vec8_bf16(const BatchNormStatisticsArgs a) { statistics<bf16, 8>(a); }
extern "C" __global__ void __launch_bounds__(MostThreads) batch_norm_finish_statistics_bf16(const BatchNormFinishStatisticsArgs a) { finish_statistics<bf16>(a); }

extern "C" __global__ void __launch_bounds__(MostThreads) batch_norm_apply_bf16(const BatchNormApplyArgs a) { apply<bf16, 1>(a); }
extern "C" __global__ void __launch_bounds__(MostThreads) batch_norm_apply_vec8_bf16(const BatchNormApplyArgs a) { apply<bf16, 8>(a); }

extern "C" __global__ void __launch_bounds__(MostThreads, 2) batch_norm_backward_sums_bf16(const BatchNormBackwardArgs a) { backward_sums<bf16, 1>(a); }
extern "C" __global__ void __launch_bounds__(MostThreads, 2) batch_norm_backward_sums_vec8_bf16(const BatchNormBackwardArgs a) { backward_sums<bf16, 8>(a); }

extern "C" __global__ void __launch_bounds__(MostThreads, 2) batch_norm_backward_input_bf16(const BatchNormBackwardArgs a) { backward_input<bf16, 1>(a); }
extern "C" __global__ void __launch_bounds__(MostThreads, 2) batch_norm_backward_input_vec8_bf16(const BatchNormBackwardArgs a) { backward_input<bf16, 8>(a); }
