using System.Globalization;
using System.Text.RegularExpressions;

namespace WrnEngine.Kernels.Driver;

/// <summary>A version of the PTX language: what <c>.version 7.5</c> at the head of a file says.</summary>
public readonly record struct PtxVersion(int Major, int Minor)
{
    // The release notes of the PTX ISA: each version with the CUDA it came with. Up to CUDA 11.8 the minor numbers run side by side.
    private static readonly (int Ptx, int Cuda)[] Releases =
    [
        (60, 9000), (61, 9010), (62, 9020), (63, 10000), (64, 10010), (65, 10020),
        (70, 11000), (71, 11010), (72, 11020), (73, 11030), (74, 11040), (75, 11050), (76, 11060), (77, 11070), (78, 11080),
        (80, 12000), (81, 12010), (82, 12020), (83, 12030), (84, 12040), (85, 12050), (86, 12070), (87, 12080), (88, 12090),
        (90, 13000), (91, 13010),
    ];

    /// <summary>The oldest driver that takes it, as cuDriverGetVersion counts (1000 major + 10 minor); null for a version that this table does not know.</summary>
    public int? MinimumDriver
    {
        get
        {
            foreach (var (ptx, cuda) in Releases)
            {
                if (ptx == 10 * Major + Minor) return cuda;
            }

            return null;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Major}.{Minor}";
}

/// <summary>What the head of a PTX file says about who can run it.</summary>
/// <param name="Version">The language's version, or null where the text has none.</param>
/// <param name="Target">10 major + minor of the compute capability that it was compiled for, or null.</param>
public readonly partial record struct PtxHeader(PtxVersion? Version, int? Target)
{
    [GeneratedRegex(@"^\s*\.version\s+(\d+)\.(\d+)", RegexOptions.Multiline)]
    private static partial Regex VersionLine();

    [GeneratedRegex(@"^\s*\.target\s+sm_(\d+)", RegexOptions.Multiline)]
    private static partial Regex TargetLine();

    /// <summary>Reads it from the beginning of a file.</summary>
    public static PtxHeader Read(string ptx)
    {
        Match version = VersionLine().Match(ptx), target = TargetLine().Match(ptx);
        return new(version.Success ? new(Number(version, 1), Number(version, 2)) : null, target.Success ? Number(target, 1) : null);
    }

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
}

/// <summary>CUDA's versions for people.</summary>
internal static class CudaVersionText
{
    /// <summary>12080 is `12.8`.</summary>
    public static string Of(int version) => $"{version / 1000}.{version % 1000 / 10}";
}
