// Pooling of bfloat16: see pool.cuh.
//
// Targets: sm_80.

#include "pool.cuh"

extern "C" __global__ void __launch_bounds__(MostThreads) max_pool_bf16(const PoolArgs a) { max_pool<bf16, 1>(a); }
extern "C" __global__ void __launch_bounds__(MostThreads) max_pool_vec4_bf16(const PoolArgs a) { max_pool<bf16, 4>(a); }

extern "C" __global__ void __launch_bounds__(MostThreads) max_pool_backward_bf16(const PoolArgs a) { max_pool_backward<bf16, 1>(a); }
extern "C" __global__ void __launch_bounds__(MostThreads) max_pool_backward_vec4_bf16(const PoolArgs a) { max_pool_backward<bf16, 4>(a); }

extern "C" __global__ void __launch_bounds__(MostThreads) average_pool_bf16(const PoolArgs a) { average_pool<bf16, 1>(a); }
extern "C" __global__ void __launch_bounds__(MostThreads) average_pool_vec8_bf16(const PoolArgs a) { average_pool<bf16, 8>(a); }

extern "C" __global__ void __launch_bounds__(MostThreads) average_pool_window_bf16(const PoolArgs a) { average_pool_window<bf16, 1>(a); }
extern "C" __global__ void __launch_bounds__(MostThreads) average_pool_window_vec8_bf16(const PoolArgs a) { average_pool_window<bf16, 8>(a); }

extern "C" __global__ void __launch_bounds__(MostThreads) average_pool_backward_bf16(const PoolArgs a) { average_pool_backward<bf16, 1>(a); }
extern "C" __global__ void __launch_bounds__(MostThreads) average_pool_backward_vec8_bf16(const PoolArgs a) { average_pool_backward<bf16, 8>(a); }
