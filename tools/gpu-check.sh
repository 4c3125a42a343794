#!/usr/bin/env bash
# Checks and measures WrnEngine on this machine's GPU and writes gpu-report.json and the table of docs/gpu.md, which says what each figure means.
#
#   tools/gpu-check.sh [--only STEP[,STEP]] [--minutes M] [--device cuda:N|ptxsim] [--small] [--results DIR] [--document FILE] [--data-dir DIR]
#
# Steps: devices, tests, sanitizer, agreement, bench, layers, pytorch, train. Each leaves its part in the results folder (runs/gpu-check-<device>);
# started again, the script goes on with what is not done. A step that fails is recorded, and the next one is run. Exit code: 0, or 6 when a step failed.
# Rehearsal without a GPU, a few minutes: tools/gpu-check.sh --device ptxsim --small
# Works in a clone (builds first) and in the bundle of tools/bundle.sh (needs no .NET). Paths are relative to the folder above this one.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -x bin/gpu-check ]; then exec bin/gpu-check "$@"; fi
dotnet build Tests -v q --nologo >&2
exec Tests/bin/Debug/net10.0/gpu-check "$@"
