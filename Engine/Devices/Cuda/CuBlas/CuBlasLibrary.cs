using WrnEngine.Devices.Cuda.Libraries;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Devices.Cuda.CuBlas;

/// <summary>Finds and loads cuBLAS. What was taken stays loaded for the life of the process.</summary>
public static class CuBlasLibrary
{
    private const int Newest = 13, Oldest = 11;

    /// <summary>Loads the newest cuBLAS that the driver can run, as the environment says.</summary>
    /// <param name="driverVersion">Of cuDriverGetVersion; a library of a later CUDA does not run on it.</param>
    public static LibraryLoad<CuBlasApi> Load(int driverVersion) =>
        Load(LibraryPlaces.Candidates(Names(driverVersion), "cublas", ["CUDA_PATH", "CUDA_HOME"], Environment.GetEnvironmentVariable), OpenedLibrary.Open);

    /// <summary>File names that a driver can run, the newest first.</summary>
    public static IReadOnlyList<string> Names(int driverVersion)
    {
        int newest = Math.Min(Newest, driverVersion / 1000);
        return [.. Enumerable.Range(Oldest, Math.Max(0, newest - Oldest + 1)).Reverse().Select(
            major => OperatingSystem.IsWindows() ? $"cublas64_{major}.dll" : $"libcublas.so.{major}")];
    }

    internal static LibraryLoad<CuBlasApi> Load(IEnumerable<string> candidates, Func<string, (OpenedLibrary?, string)> open)
    {
        var attempts = new List<CudaLoadAttempt>();
        foreach (string path in candidates)
        {
            var (library, outcome) = open(path);
            if (library is null)
            {
                attempts.Add(new(path, outcome));
                continue;
            }

            var api = new CuBlasApi();
            if (library.Bind(CuBlasApi.Symbols, api.Entries) is { } missing)
            {
                library.Close();
                attempts.Add(new(path, $"has no {missing}"));
                continue;
            }

#if MANAGED_CUDA
            try
            {
                ManagedCuda.ManagedCudaBlas.Fill(api);
            }
            catch (DllNotFoundException e)
            {
                library.Close();
                attempts.Add(new(path, "loadable, but not found by ManagedCuda: " + e.Message.Split('\n')[0]));
                continue;
            }

#endif
            attempts.Add(new(path, outcome));
            return new(api, path, null, attempts);
        }

        return new(null, null, null, attempts);
    }
}
