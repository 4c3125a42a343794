// Stands in for the driver API's header: host code that uses it is left out.
#pragma once
#include "cuda_runtime.h"
