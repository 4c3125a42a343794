using WrnEngine.Devices.Cuda.CuBlas;
using WrnEngine.Devices.Cuda.CuDnn;

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
}
