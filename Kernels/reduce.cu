// Sums, and the search for NaN and infinity, of float32: see reduce.cuh.
//
// Targets: sm_75.

#include "reduce.cuh"

extern "C" __global__ void __launch_bounds__(Threads) reduce_sum_rows_warp_f32(const SumRowsArgs a) { sum_rows_warp<float>(a); }
extern "C" __global__ void __launch_bounds__(Threads) reduce_sum_rows_block_f32(const SumRowsArgs a) { sum_rows_block<float>(a); }

extern "C" __global__ void __launch_bounds__(Threads) reduce_sum_columns_f32(const SumColumnsArgs a) { sum_columns<float, 1>(a); }
extern "C" __global__ void __launch_bounds__(Threads) reduce_sum_columns_pack_f32(const SumColumnsArgs a) { sum_columns<float, WidestPack<float>>(a); }

extern "C" __global__ void __launch_bounds__(Threads) reduce_sum_axes_warp_f32(const SumAxesArgs a) { sum_axes<float, 32>(a); }
extern "C" __global__ void __launch_bounds__(Threads) reduce_sum_axes_thread_f32(const SumAxesArgs a) { sum_axes<float, 1>(a); }

extern "C" __global__ void __launch_bounds__(Threads) reduce_sum_finish_f32(const SumFinishArgs a) { sum_finish<float>(a); }

extern "C" __global__ void __launch_bounds__(Threads) has_non_finite_f32(const NonFiniteArgs a) { has_non_finite<float>(a); }
