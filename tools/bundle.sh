#!/usr/bin/env bash
# Makes a bundle for linux-x64 that runs where there is no .NET: programs, tests, PTX files and tools, one runtime for all of them.
#
#   tools/bundle.sh [OUTPUT]        [default: artifacts/wrn-linux-x64.tar.gz]
#
# At most 40 MB: gzip, or xz (OUTPUT with .xz in place of .gz) where gzip is not enough. The script unpacks what it made in an empty folder and starts the
# programs there without .NET on the PATH before it says that the bundle is good.
set -euo pipefail
cd "$(dirname "$0")/.."

limit=40000000
output=$(realpath -m "${1:-artifacts/wrn-linux-x64.tar.gz}")
name=wrn-linux-x64
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
root=$scratch/$name bin=$scratch/$name/bin
mkdir -p "$bin" "$(dirname "$output")"

# The test project refers to every program, so publishing it publishes all of them into one folder with one runtime.
dotnet publish Tests -c Release -r linux-x64 --self-contained -p:PublishReadyToRun=false -p:DebugType=none -p:SatelliteResourceLanguages=en \
  --artifacts-path artifacts/bundle -o "$bin" -v q --nologo >&2

# What nothing here needs: debuggers' libraries, other collectors, coverage, and parts of .NET for databases, Visual Basic, mail and the like. ONNX Runtime
# judges exported models on the CPU and is half of everything; the tests that ask it are not those of a GPU.
(
  cd "$bin"
  rm -rf Microsoft.CodeCoverage libonnxruntime*.so onnxruntime*.dll
  rm -f ./*.pdb ./*.xml createdump libmscordbi.so libmscordaccore.so libclrgc.so libclrgcexp.so libcoreclrtraceptprovider.so
  rm -f System.Data*.dll Microsoft.VisualBasic*.dll System.Net.Mail.dll System.Net.Quic.dll System.Transactions*.dll System.Linq.Parallel.dll
  rm -f System.Threading.Tasks.Dataflow.dll System.ServiceModel.Web.dll Microsoft.TestPlatform.CrossPlatEngine.dll testhost.dll System.Linq.AsyncEnumerable.dll
  rm -f Microsoft.CSharp.dll Microsoft.VisualStudio.CodeCoverage.Shim.dll WindowsBase.dll System.Private.DataContractSerialization.dll
  rm -f System.Net.HttpListener.dll System.Net.WebClient.dll System.Net.Ping.dll System.Security.Cryptography.Cng.dll
)

mkdir -p "$root/tools/peers" "$root/docs" "$root/ptx"
cp Kernels/ptx/*.ptx "$root/ptx"
cp tools/gpu-check.sh "$root/tools"
cp tools/peers/pytorch_wrn.py "$root/tools/peers"
cp docs/gpu.md "$root/docs"
cp LICENSE "$root"
for program in wrn gpu-check ptxsim WrnEngine.Tests; do ln -s "bin/$program" "$root/$program"; done

cat > "$root/BUNDLE-README.md" <<TEXT
# WrnEngine for linux-x64, without .NET

Made from $(git describe --always --dirty 2>/dev/null || echo "an unknown commit"). Needs glibc 2.27 or later; for --device cuda the NVIDIA driver, for nothing else anything.

    tools/gpu-check.sh --minutes 60                  # checks and measures this machine's GPU: see docs/gpu.md
    tools/gpu-check.sh --device ptxsim --small       # the same steps on the simulator, where there is no GPU

| | |
|---|---|
| \`wrn\` | trains, evaluates and measures: \`./wrn --help\`, \`./wrn devices\` |
| \`WrnEngine.Tests\` | the unit tests: \`./WrnEngine.Tests --filter TestCategory=Cuda\` (a test of the source tree ignores itself here) |
| \`ptxsim\` | runs and checks a kernel without a GPU: \`./ptxsim run --help\` |
| \`ptx/\` | the compiled kernels, as they are inside the programs |
| \`tools/\` | \`gpu-check.sh\`, and \`peers/pytorch_wrn.py\`, the network it compares with |
TEXT

pack() { # pack COMPRESSOR... > FILE: the same bytes for the same content
  tar -C "$scratch" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf - "$name" | "$@"
}
pack gzip -9n > "$scratch/bundle"
if [ "$(stat -c %s "$scratch/bundle")" -gt $limit ]; then
  echo "bundle.sh: $(stat -c %s "$scratch/bundle") bytes with gzip, which is too much; packing with xz" >&2
  output=${output%.gz}; output=${output%.xz}.xz
  pack xz -T0 -6 > "$scratch/bundle"
fi
size=$(stat -c %s "$scratch/bundle")
[ "$size" -le $limit ] || { echo "bundle.sh: the bundle has $size bytes, and at most $limit are allowed" >&2; exit 1; }

# Where it goes: an empty folder, no .NET, no variables.
mkdir "$scratch/elsewhere" "$scratch/empty"
tar -C "$scratch/elsewhere" -xf "$scratch/bundle"
there=$scratch/elsewhere/$name
try() {
  if ! (cd "$scratch/empty" && env -i HOME="$scratch/empty" PATH=/usr/bin:/bin DOTNET_ROOT=/nowhere timeout 300 "$@") > "$scratch/log" 2>&1; then
    echo "bundle.sh: the bundle is not good: ${*:1:3} ... failed" >&2; tail -n 30 "$scratch/log" >&2; exit 1
  fi
}
try "$there/wrn" --version
try "$there/wrn" devices
try "$there/wrn" --depth 10 --k 1 --device ptxsim --dataset synthetic --train-images 16 -b 8 --max-steps 2 --output run
try "$there/ptxsim" --help
try "$there/gpu-check" --help
try "$there/WrnEngine.Tests" --filter "TestCategory=Kernels&FullyQualifiedName~SgdTests"
grep -qE 'succeeded: [1-9]' "$scratch/log" || { echo "bundle.sh: the bundle's tests ran none" >&2; cat "$scratch/log" >&2; exit 1; }

mv "$scratch/bundle" "$output"
chmod 644 "$output"
echo "$output: $size bytes"
