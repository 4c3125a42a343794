// Sums, and the search for NaN and infinity, of bfloat16: see reduce.cuh.
//
// Targets: sm_80.

#include "reduce.cuh"

extern "C" __global__ void __launch_bounds__(Threads) reduce_sum_rows_warp_bf16(const SumRowsArgs a) { sum_rows_warp<bf16>(a); }
extern "C" __global__ void __launch_bounds__(Threads) reduce_sum_rows_block_bf16(const SumRowsArgs a) { sum_rows_block<bf16>(a); }

extern "C" __global__ void __launch_bounds__(Threads) reduce_sum_columns_bf16(const SumColumnsArgs a) { sum_columns<bf16, 1>(a); }
extern "C" __global__ void __launch_bounds__(Threads) reduce_sum_columns_pack_bf16(const SumColumnsArgs a) { sum_columns<bf16, WidestPack<bf16>>(a); }

extern "C" __global__ void __launch_bounds__(Threads) reduce_sum_axes_warp_bf16(const SumAxesArgs a) { sum_axes<bf16, 32>(a); }
extern "C" __global__ void __launch_bounds__(Threads) reduce_sum_axes_thread_bf16(const SumAxesArgs a) { sum_axes<bf16, 1>(a); }

extern "C" __global__ void __launch_bounds__(Threads) reduce_sum_finish_bf16(const SumFinishArgs a) { sum_finish<bf16>(a); }

extern "C" __global__ void __launch_bounds__(Threads) has_non_finite_bf16(const NonFiniteArgs a) { has_non_finite<bf16>(a); }
