using WrnEngine.Devices.Cuda.CuBlas;
using WrnEngine.Devices.Cuda.CuDnn;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Devices.Cuda.Libraries;

/// <summary>The optional libraries of a machine, found or not.</summary>
/// <param name="CuBlas">Matrix products.</param>
/// <param name="CuDnn">Convolutions and batch norms.</param>
public sealed record CudaLibraries(LibraryLoad<CuBlasApi> CuBlas, LibraryLoad<CuDnnApi> CuDnn)
{
    /// <summary>Nothing was looked for: the project's kernels alone.</summary>
    public static CudaLibraries None { get; } = new(LibraryLoad<CuBlasApi>.None, LibraryLoad<CuDnnApi>.None);

    /// <summary>Sentences about libraries that are there and are not used.</summary>
    public IEnumerable<string> Notes => CuBlas.Notes.Concat(CuDnn.Notes);

    /// <summary>Looks for them, as the environment says.</summary>
    /// <param name="driverVersion">Of cuDriverGetVersion.</param>
    public static CudaLibraries Load(int driverVersion)
    {
        // cuDNN needs cuBLAS by its name alone, which may be on nobody's path: one that is loaded is found.
        var cuBlas = CuBlasLibrary.Load(driverVersion);
        return new(cuBlas, CuDnnLibrary.Load());
    }

    /// <summary>Where cuDNN was found, or what was tried.</summary>
    public string CuDnnSentence() => CuDnn.Api is null
        ? NotFound($"cuDNN {CuDnnLibrary.Major}", CuDnn.Attempts)
        : $"cuDNN {CuDnn.Version} from {CuDnn.Path}.";

    /// <summary>Where cuBLAS was found, or what was tried.</summary>
    public string CuBlasSentence() => CuBlas.Api is null ? NotFound("cuBLAS", CuBlas.Attempts) : $"cuBLAS from {CuBlas.Path}.";

    private static string NotFound(string what, IReadOnlyList<CudaLoadAttempt> attempts)
    {
        string tried = attempts.Count == 0 ? "" : $" (tried {string.Join("; ", attempts.Select(a => $"{a.Path}: {a.Outcome}"))})";
        return $"No {what} was found{tried}; it is optional, and {CudaLibrary.PathVariable} may name its folder.";
    }
}
