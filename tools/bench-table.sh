#!/usr/bin/env bash
# Measures every row of the README's table of speed against PyTorch and writes the table: about half an hour on an idle machine.
#
#   tools/bench-table.sh [--rounds 5] [--only TEXT]
#
# Each row is a run of tools/bench.sh, which alternates WrnEngine and the peer. A row that --only leaves out, or that fails, stays as it is.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=5 only=
while [ $# -gt 0 ]; do
  case $1 in
    --rounds) rounds=$2; shift 2 ;;
    --only) only=$2; shift 2 ;;
    *) echo "bench-table.sh: unknown option $1; see the head of the file" >&2; exit 1 ;;
  esac
done

# Name in the table | what to reach | options of bench.sh | environment
rows="WRN-16-8, training, batch 128|3.0|--steps 3|
WRN-16-8, training, batch 32|2.7|--steps 6 --batch 32|
WRN-16-8, inference, batch 128|3.0|--steps 3 --infer|
WRN-28-10, training, batch 32|3.0|--steps 3 --depth 28 --k 10 --batch 32|
WRN-28-10, inference, batch 128|3.0|--steps 2 --depth 28 --k 10 --infer|
WRN-16-8, training, batch 128, AVX-512 off in both|2.0|--steps 2|DOTNET_EnableAVX512=0 ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2
WRN-40-2, training, batch 128|2.0|--steps 3 --depth 40 --k 2|
WRN-16-1, training, batch 128|2.0|--steps 60 --k 1|"

# "| name | median | min | max |" of bench.sh as "median (min to max)", with as many digits as say something.
figures() {
  awk -F '|' -v name="$1" '
    function digits(x, t) {
      if (x < 100) return sprintf("%.1f", x)
      t = sprintf("%.0f", x)
      return length(t) > 3 ? substr(t, 1, length(t) - 3) "," substr(t, length(t) - 2) : t
    }
    $2 == " " name " " { printf "%s (%s to %s)", digits($3 + 0), digits($4 + 0), digits($5 + 0) }'
}

while IFS='|' read -r name aim options environment; do
  [ -z "$only" ] || case $name in *"$only"*) ;; *) continue ;; esac
  echo "$name" >&2
  # shellcheck disable=SC2086 # options and variables are lists
  if ! output=$(env $environment tools/bench.sh --best --rounds "$rounds" $options < /dev/null 2>/dev/null); then
    echo "bench-table.sh: no figures for $name" >&2
    continue
  fi
  ratio=$(sed -n 's/^ratio to PyTorch at its best ([^)]*): //p' <<< "$output")
  row="| $name | $(figures WrnEngine <<< "$output") | $(figures "PyTorch, jemalloc, NCHW" <<< "$output") | $(figures "PyTorch, jemalloc, channels_last" <<< "$output") | $ratio | $aim |"
  echo "$row" >&2
  new=$(mktemp)
  awk -v prefix="| $name |" -v row="$row" 'index($0, prefix) == 1 { print row; next } { print }' README.md > "$new"
  cat "$new" > README.md
  rm "$new"
done <<< "$rows"
