#!/usr/bin/env bash
# Compiles the CUDA kernels to PTX, which is committed, so that nobody needs a compiler to use them.
#
#   tools/build-kernels.sh [--check] [--nvcc] [NAME...]
#
# Every Kernels/**/*.cu says for which compute capabilities it is built, in a line "// Targets: sm_75 sm_80". The result is
# Kernels/ptx/NAME.TARGET.ptx; its first line has the hash of what it was made from. clang 19 compiles without a CUDA SDK, against the small headers in
# tools/PtxSim/include (WRN_CLANG names another clang). --nvcc takes the SDK's compiler in place of it.
# Names (conv2d, matmul) compile only those.
# --check compiles into a scratch folder and compares: the committed files must be what the sources give.
set -euo pipefail
cd "$(dirname "$0")/.."

check=no compiler=clang only=" "
while [ $# -gt 0 ]; do
  case $1 in
    --check) check=yes; shift ;;
    --nvcc) compiler=nvcc; shift ;;
    -*) echo "build-kernels.sh: unknown option $1; see the head of the file" >&2; exit 1 ;;
    *) only="$only$1 "; shift ;;
  esac
done

clang=${WRN_CLANG:-clang-19}
if [ $compiler = clang ] && ! command -v "$clang" >/dev/null; then
  echo "build-kernels.sh: there is no $clang; install clang-19, set WRN_CLANG, or pass --nvcc" >&2; exit 1
fi

output=Kernels/ptx
[ $check = no ] || { output=$(mktemp -d); trap 'rm -rf "$output"' EXIT; }
mkdir -p "$output"

compile() { # compile SOURCE TARGET OUTPUT
  if [ $compiler = nvcc ]; then
    nvcc -ptx -lineinfo -std=c++17 -arch="$2" -I Kernels -o "$3" "$1"
    return
  fi
  # The feature is the lowest PTX version that has what the kernels use, so that older drivers load it.
  local version=75; [ "${2#sm_}" -lt 90 ] || version=80
  "$clang" -x cuda --cuda-device-only -nocudainc -nocudalib --cuda-gpu-arch="$2" --cuda-feature=+ptx$version -std=c++17 -O3 -S -gline-tables-only \
    -fdebug-compilation-dir=. -ffile-prefix-map="$PWD/=" -Wall -Wno-unknown-cuda-version -Wno-pass-failed -Wno-unused-command-line-argument \
    -I tools/PtxSim/include -include cuda_runtime.h -I Kernels -o "$3" "$1"
}

built=()
while IFS= read -r source; do
  targets=$(sed -n 's|^// Targets: *||p' "$source" | tr -d '.')
  [ -n "$targets" ] || { echo "build-kernels.sh: $source has no line \"// Targets: sm_NN ...\"" >&2; exit 1; }
  # What a file is made from: itself and the headers it includes, by their content.
  hash=$(cat "$source" $(find Kernels -name '*.cuh' | LC_ALL=C sort) | sha256sum | cut -d ' ' -f 1)
  name=$(basename "$source" .cu)
  [ "$only" = " " ] || case $only in *" $name "*) ;; *) continue ;; esac
  for target in $targets; do
    file=$name.$target.ptx
    compile "$source" "$target" "$output/$file.new"
    { echo "// $hash $source $target"; cat "$output/$file.new"; } > "$output/$file"
    rm "$output/$file.new"
    built+=("$file")
  done
done < <(find Kernels -name '*.cu' -not -path '*/bin/*' -not -path '*/obj/*' | LC_ALL=C sort)

status=0
[ "$only" = " " ] && for file in Kernels/ptx/*.ptx; do
  case " ${built[*]} " in
    *" $(basename "$file") "*) ;;
    *) if [ $check = yes ]; then echo "$file has no source" >&2; status=1; else rm "$file"; fi ;;
  esac
done
if [ $check = yes ]; then
  for file in "${built[@]}"; do
    cmp -s "$output/$file" "Kernels/ptx/$file" || { echo "Kernels/ptx/$file is not what its source gives: run tools/build-kernels.sh and commit" >&2; status=1; }
  done
fi
echo "${#built[@]} files"
exit $status
