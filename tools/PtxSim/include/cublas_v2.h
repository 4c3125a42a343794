// Stands in for cuBLAS, which kernels cannot call: host code that does is left out. The SDK's header brings the 16-bit types along.
#pragma once
#include "cuda_runtime.h"
#include "cuda_fp16.h"
#include "cuda_bf16.h"
