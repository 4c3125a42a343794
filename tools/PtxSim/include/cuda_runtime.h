// Stands in for the CUDA SDK's header when ptxsim compiles a .cu file with clang: enough of CUDA C++ for ordinary kernels.
// Host code in the same file is parsed, not run: the runtime API is declared and never called.
#pragma once

#if !defined(__CUDA__) || !defined(__clang__)
#error "These headers are for clang in CUDA mode; with nvcc use the CUDA SDK's."
#endif

#define __host__ __attribute__((host))
#define __device__ __attribute__((device))
#define __global__ __attribute__((global))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define __forceinline__ __inline__ __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(n) __attribute__((aligned(n)))
#define __grid_constant__
#define __CUDACC__ 1
#define __CUDACC_VER_MAJOR__ 12
#define __CUDACC_VER_MINOR__ 0
#define CUDART_VERSION 12000
#define CUDA_VERSION 12000

#include <stddef.h>
#include <stdint.h>

#define PTXSIM_DEVICE static __inline__ __attribute__((always_inline)) __device__
#define PTXSIM_MEMBER __inline__ __attribute__((always_inline)) __device__

// Before the C++ library's headers: a constexpr function of theirs counts as device code only where no device function is known.
#include "ptxsim/math_functions.h"

#if __has_include(<stdio.h>)
#include <stdio.h>
#endif
#if __has_include(<stdlib.h>)
#include <stdlib.h>
#endif
#if __has_include(<string.h>)
#include <string.h>
#endif
#if __has_include(<math.h>)
#include <math.h>
#endif

#include "ptxsim/vector_types.h"
#include "ptxsim/builtin_variables.h"
#include "ptxsim/synchronization.h"
#include "ptxsim/atomics.h"
#include "ptxsim/intrinsics.h"
#include "ptxsim/host_api.h"
