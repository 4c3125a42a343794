#!/usr/bin/env bash
# Runs the tests: tools/test.sh [CATEGORY], where CATEGORY is Cpu, Kernels, Simulator, Cuda, Training or Slow.
set -euo pipefail
cd "$(dirname "$0")/.."
exec dotnet test ${1:+--filter "TestCategory=$1"}
