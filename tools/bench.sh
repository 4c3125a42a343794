#!/usr/bin/env bash
# Speed of WrnEngine on the CPU as a ratio to PyTorch (float32 eager, through TorchSharp) in one run.
#
#   tools/bench.sh [--depth 16] [--k 8] [--batch 128] [--steps 5] [--rounds 5] [--infer] [--best]
#
# Every round runs WrnEngine once and the peer once in each of its configurations, so that drift of the machine hits all of them.
# Reported are medians over the rounds, and the ratio, round by round, to the peer configuration with the best median.
# --best leaves out the configurations of the peer that were never its best: PyTorch as installed and with glibc keeping memory.
# Needs gcc and, for PyTorch at its best, libjemalloc2. Run it on an otherwise idle machine.
set -euo pipefail
cd "$(dirname "$0")/.."

depth=16 k=8 batch=128 steps=5 rounds=5 infer=() best_only=no
while [ $# -gt 0 ]; do
  case $1 in
    --depth|--k|--batch|--steps|--rounds) declare "${1#--}=$2"; shift 2 ;;
    --infer) infer=(--infer); shift ;;
    --best) best_only=yes; shift ;;
    *) echo "bench.sh: unknown option $1; see the head of the file" >&2; exit 1 ;;
  esac
done

peer=tools/peers/torchsharp/run.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
dotnet build Training -v q --nologo >/dev/null

images_per_second() { grep -o '"imagesPerSecond": *[0-9.]*' | tail -1 | sed 's/.*: *//'; }
ours() {
  dotnet run --no-build --project Training -- bench --depth "$depth" --k "$k" --batch-size "$batch" --steps "$steps" "${infer[@]}" --result "$scratch/ours.json" >/dev/null
  images_per_second < "$scratch/ours.json"
}
run_peer() { PEER_ALLOCATOR=$1 $peer speed --depth "$depth" --k "$k" --batch "$batch" --steps "$steps" "${infer[@]}" ${2:-} 2>/dev/null | images_per_second; }

configurations=("jemalloc, NCHW" "jemalloc, channels_last")
[ $best_only = yes ] || configurations+=("as installed, NCHW" "as installed, channels_last" "glibc keeping memory, channels_last")
measure_peer() {
  case $1 in
    0) run_peer jemalloc ;;
    1) run_peer jemalloc --channels-last ;;
    2) run_peer "" ;;
    3) run_peer "" --channels-last ;;
    4) run_peer glibc --channels-last ;;
  esac
}
$peer speed --depth 10 --k 1 --batch 8 --steps 1 >/dev/null 2>&1 || { $peer speed --depth 10 --k 1 --batch 8 --steps 1; exit 1; } # builds it

for ((round = 1; round <= rounds; round++)); do
  value=$(ours); echo "$value" >> "$scratch/ours"; echo "round $round: WrnEngine $value images/s" >&2
  for c in "${!configurations[@]}"; do
    value=$(measure_peer "$c"); echo "$value" >> "$scratch/peer$c"; echo "round $round: PyTorch (${configurations[$c]}) $value images/s" >&2
  done
done

statistics() { sort -g | awk '{ v[NR] = $1 } END { printf "%.2f %.2f %.2f", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2, v[1], v[NR] }'; }
best=0 best_median=0
echo
echo "WRN-$depth-$k, batch $batch, $([ ${#infer[@]} -gt 0 ] && echo inference || echo training), $rounds rounds of $steps steps, $(nproc) cores"
printf '| | median images/s | min | max |\n|---|---|---|---|\n'
read -r median low high <<< "$(statistics < "$scratch/ours")"
printf '| WrnEngine | %s | %s | %s |\n' "$median" "$low" "$high"
for c in "${!configurations[@]}"; do
  read -r median low high <<< "$(statistics < "$scratch/peer$c")"
  printf '| PyTorch, %s | %s | %s | %s |\n' "${configurations[$c]}" "$median" "$low" "$high"
  if awk "BEGIN { exit !($median > $best_median) }"; then best=$c best_median=$median; fi
done
read -r median low high <<< "$(paste "$scratch/ours" "$scratch/peer$best" | awk '{ print $1 / $2 }' | statistics)"
printf '\nratio to PyTorch at its best (%s): %s (%s to %s)\n' "${configurations[$best]}" "$median" "$low" "$high"
