#!/usr/bin/env bash
# Packs the solution and uses the packages as somebody outside of the clone does: a project that knows the packages alone restores them without a network,
# builds without a warning, and prints what docs/tutorial.md says; the two tools install and start.
#
#   tools/check-packages.sh [FOLDER] [CONFIGURATION]     the packages stay in FOLDER [default: artifacts/packages]; [default: Debug, which is as fast]
set -euo pipefail
cd "$(dirname "$0")/.."

packages=$(realpath -m "${1:-artifacts/packages}") configuration=${2:-Debug}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() { echo "check-packages.sh: $*" >&2; exit 1; }

rm -f "$packages"/WrnEngine.*.nupkg "$packages"/WrnEngine.*.snupkg
dotnet pack WrnEngine.sln -c "$configuration" -o "$packages" -v q --nologo

version=$(ls "$packages"/WrnEngine.Models.*.nupkg | sed 's:.*/WrnEngine\.Models\.\(.*\)\.nupkg:\1:')

# Somebody's project: no source but the folder, and a cache of its own, so that what was packed just now is what is used.
mkdir "$scratch/user"
cat > "$scratch/user/nuget.config" <<TEXT
<configuration>
  <packageSources><clear /><add key="packed" value="$packages" /></packageSources>
  <config><add key="globalPackagesFolder" value="$scratch/cache" /></config>
</configuration>
TEXT
cat > "$scratch/user/user.csproj" <<TEXT
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <Nullable>enable</Nullable>
    <ImplicitUsings>enable</ImplicitUsings>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
    <NuGetAudit>false</NuGetAudit>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="WrnEngine.Models" Version="$version" />
    <PackageReference Include="WrnEngine.Simulator" Version="$version" />
  </ItemGroup>
</Project>
TEXT
block() { # block LABEL: the text of the tutorial's block under <!-- LABEL -->
  awk -v label="<!-- $1 -->" '$0 == label { found = 1; next } found && /^```/ { if (inside) exit; inside = 1; next } inside' docs/tutorial.md
}
cp Tests/Tutorial/bias_relu.ptx "$scratch/user"
for program in wrn own-kernel; do
  block "program: $program" > "$scratch/user/Program.cs"
  block "prints: $program" > "$scratch/expected"
  [ -s "$scratch/user/Program.cs" ] && [ -s "$scratch/expected" ] || fail "docs/tutorial.md has no program $program"
  (cd "$scratch/user" && dotnet build -v q --nologo >&2 && dotnet bin/Debug/net10.0/user.dll) > "$scratch/printed"
  diff "$scratch/expected" "$scratch/printed" >&2 || fail "the program '$program' of docs/tutorial.md prints something else with the packages"
done

# What a package must hold; restoring has unpacked them.
for name in Engine Kernels Models Simulator; do
  [ -e "$packages/WrnEngine.$name.$version.snupkg" ] || fail "WrnEngine.$name has no symbols"
  unpacked=$scratch/cache/$(echo "wrnengine.$name" | tr '[:upper:]' '[:lower:]')/$version
  nuspec=$(cat "$unpacked"/*.nuspec)
  for element in '<license type="expression">MIT' '<readme>' '<description>' '<tags>'; do
    [[ $nuspec == *"$element"* ]] || fail "WrnEngine.$name has no $element"
  done
  readme=$(sed -n 's:.*<readme>\(.*\)</readme>.*:\1:p' <<< "$nuspec")
  for file in "lib/net10.0/WrnEngine.$name.dll" "lib/net10.0/WrnEngine.$name.xml" "$readme"; do
    [ -s "$unpacked/$file" ] || fail "WrnEngine.$name has no $file"
  done
done

# The tools, from the same folder.
for tool in Training:wrn PtxSim:ptxsim; do
  (cd "$scratch/user" && dotnet tool install "WrnEngine.${tool%:*}" --version "$version" --tool-path "$scratch/tools" > /dev/null)
  "$scratch/tools/${tool#*:}" --version > /dev/null || fail "the tool ${tool#*:} does not start"
done
echo "check-packages.sh: $(ls "$packages"/WrnEngine.*.nupkg | wc -l) packages of version $version in $packages are good" >&2
