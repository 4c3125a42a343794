// Pooling of float32: see pool.cuh.
//
// Targets: sm_75.

#include "pool.cuh"

extern "C" __global__ void __launch_bounds__(MostThreads) max_pool_f32(const PoolArgs a) { max_pool<float, 1>(a); }
extern "C" __global__ void __launch_bounds__(MostThreads) max_pool_vec4_f32(const PoolArgs a) { max_pool<float, 4>(a); }

extern "C" __global__ void __launch_bounds__(MostThreads) max_pool_backward_f32(const PoolArgs a) { max_pool_backward<float, 1>(a); }
extern "C" __global__ void __launch_bounds__(MostThreads) max_pool_backward_vec4_f32(const PoolArgs a) { max_pool_backward<float, 4>(a); }

extern "C" __global__ void __launch_bounds__(MostThreads) average_pool_f32(const PoolArgs a) { average_pool<float, 1>(a); }
extern "C" __global__ void __launch_bounds__(MostThreads) average_pool_vec4_f32(const PoolArgs a) { average_pool<float, 4>(a); }

extern "C" __global__ void __launch_bounds__(MostThreads) average_pool_window_f32(const PoolArgs a) { average_pool_window<float, 1>(a); }
extern "C" __global__ void __launch_bounds__(MostThreads) average_pool_window_vec4_f32(const PoolArgs a) { average_pool_window<float, 4>(a); }

extern "C" __global__ void __launch_bounds__(MostThreads) average_pool_backward_f32(const PoolArgs a) { average_pool_backward<float, 1>(a); }
extern "C" __global__ void __launch_bounds__(MostThreads) average_pool_backward_vec4_f32(const PoolArgs a) { average_pool_backward<float, 4>(a); }
