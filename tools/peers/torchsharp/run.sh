#!/usr/bin/env bash
# Runs the TorchSharp peer on the CPU: run.sh speed --depth 16 --k 8 --batch 128 --steps 5 --channels-last
# PEER_ALLOCATOR=jemalloc (Debian: libjemalloc2) or glibc keeps freed memory, which is worth a factor of three to PyTorch at batch 128.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$here/bin/peer
program=$out/torchsharp-peer.dll

if [ ! -e "$program" ]; then
  dotnet build "$here/torchsharp-peer.csproj" -c Release -v q --nologo -o "$out" >&2
  # The native libraries are spread over several packages; the loader wants them in one folder.
  find "$out/runtimes" "$HOME/.nuget/packages/torchsharp" "$HOME"/.nuget/packages/libtorch-cpu-linux-x64* \
    -path '*linux-x64*' -name '*.so*' -exec cp -n {} "$out/" \; 2>/dev/null || true
fi

preload=()
# TorchSharp's library names one C++ start-up symbol of GCC 13. Where libstdc++ is older (Debian 12), the version that it asks for
# is lowered in the copy here, and an empty function supplies the symbol.
if ldd "$out/libLibTorchSharp.so" 2>&1 | grep -q "GLIBCXX_3.4.32' not found"; then
  command -v gcc >/dev/null || { echo "the peer needs gcc on a system whose libstdc++ is older than GCC 13" >&2; exit 1; }
  # An ELF version record holds the name and its SysV hash; both change.
  perl -0777 -i -pe '
    sub h { my $h = 0; for (unpack "C*", $_[0]) { $h = ($h << 4) + $_; my $g = $h & 0xf0000000; $h ^= $g >> 24 if $g; $h &= ~$g & 0xffffffff } pack "V", $h }
    BEGIN { our ($from, $to) = ("GLIBCXX_3.4.32", "GLIBCXX_3.4.30") }
    my ($a, $b) = (h($from), h($to)); s/\Q$from\E/$to/g; s/\Q$a\E/$b/g' "$out/libLibTorchSharp.so"
fi
if [ -e "$out/libiosinit.so" ] || ! nm -D "$(ldconfig -p | sed -n 's/.*libstdc++.so.6 .*x86-64.*=> //p' | head -1)" | grep -q _ZSt21ios_base_library_initv; then
  [ -e "$out/libiosinit.so" ] || echo 'void _ZSt21ios_base_library_initv(void) {}' | gcc -shared -fPIC -x c - -o "$out/libiosinit.so"
  preload+=("$out/libiosinit.so")
fi

case "${PEER_ALLOCATOR:-}" in
  "") ;;
  jemalloc)
    library=$(ldconfig -p | sed -n 's/.*libjemalloc.so.2 .*=> //p' | head -1)
    [ -n "$library" ] || { echo "PEER_ALLOCATOR=jemalloc: libjemalloc.so.2 is not installed (Debian: apt-get install libjemalloc2)" >&2; exit 1; }
    preload+=("$library")
    export MALLOC_CONF=dirty_decay_ms:-1,muzzy_decay_ms:-1,thp:always,metadata_thp:always ;;
  glibc) export MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=-1 MALLOC_TOP_PAD_=268435456 ;;
  *) echo "PEER_ALLOCATOR is '$PEER_ALLOCATOR'; it may be jemalloc or glibc" >&2; exit 1 ;;
esac
LD_PRELOAD=$(IFS=:; echo "${preload[*]:-}") exec dotnet "$program" "$@"
