using System.Runtime.InteropServices;

namespace WrnEngine.Kernels.Driver;

/// <summary>One place where the driver's library was looked for, and what was found there.</summary>
public sealed record CudaLoadAttempt(string Path, string Outcome);

/// <summary>What looking for the driver came to: a table, or the reasons why there is none.</summary>
/// <param name="Api">The filled table, or null.</param>
/// <param name="LibraryPath">The library that the table, or the missing symbol, belongs to.</param>
/// <param name="MissingSymbol">The first exported name that the library lacks, or null.</param>
/// <param name="Attempts">Every place that was tried, in order.</param>
public sealed record CudaLoadResult(CudaApi? Api, string? LibraryPath, string? MissingSymbol, IReadOnlyList<CudaLoadAttempt> Attempts)
{
    /// <summary>What a driver that lacks a symbol says of its version, as cuDriverGetVersion counts.</summary>
    public int? OldVersion { get; init; }

    /// <summary>One sentence for a user who asked for a CUDA device.</summary>
    public string Explain()
    {
        if (Api != null)
        {
            return $"The CUDA driver was loaded from {LibraryPath}.";
        }

        if (MissingSymbol != null)
        {
            string what = OldVersion is { } version ? $"is of CUDA {CudaVersionText.Of(version)} and " : "";
            return $"The CUDA driver {LibraryPath} {what}has no {MissingSymbol}: install a driver of CUDA 12.0 (525.60) or later.";
        }

        string tried = string.Join("; ", Attempts.Select(attempt => $"{attempt.Path}: {attempt.Outcome}"));
        return $"No CUDA driver was found (tried {tried}); install the NVIDIA driver or point {CudaLibrary.PathVariable} to its library.";
    }
}

/// <summary>Finds and loads the real CUDA driver. The library stays loaded for the life of the process, as CUDA wants it.</summary>
public static class CudaLibrary
{
    /// <summary>Environment variable with a library file, or folders to look in first (separated as PATH is).</summary>
    public const string PathVariable = "WRN_CUDA_LIBRARY_PATH";

    /// <summary>Loads the driver as the environment says. A missing driver is a result, not an exception.</summary>
    /// <param name="perThreadDefaultStream">Bind the `_ptsz` and `_ptds` variants, whose stream 0 is the calling thread's own.</param>
    public static CudaLoadResult Load(bool perThreadDefaultStream = false) =>
        Load(Candidates(Environment.GetEnvironmentVariable(PathVariable)), perThreadDefaultStream);

    /// <summary>Loads the first of the candidates that exists.</summary>
    public static CudaLoadResult Load(IEnumerable<string> candidates, bool perThreadDefaultStream = false)
    {
        var attempts = new List<CudaLoadAttempt>();
        foreach (string path in candidates)
        {
            // The system loader says nothing useful about a bare name; about a file it says why.
            if (Path.IsPathFullyQualified(path) && !File.Exists(path))
            {
                attempts.Add(new(path, "no such file"));
                continue;
            }

            nint library;
            try
            {
                library = NativeLibrary.Load(path);
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
            {
                attempts.Add(new(path, Path.IsPathFullyQualified(path) ? "not loadable: " + FirstLine(e.Message) : "not on the loader's path"));
                continue;
            }

            attempts.Add(new(path, "loaded"));
            (CudaApi? api, string? missing) = Bind(name => NativeLibrary.TryGetExport(library, name, out nint entry) ? entry : 0, perThreadDefaultStream);
#if MANAGED_CUDA
            try
            {
                api = api is null || perThreadDefaultStream ? api : ManagedCuda.ManagedCudaDriver.Create();
            }
            catch (DllNotFoundException e)
            {
                attempts[^1] = new(path, "loadable, but not found by ManagedCuda: " + FirstLine(e.Message));
                return new(null, null, null, attempts);
            }
#endif
            return new(api, path, missing, attempts) { OldVersion = missing is null ? null : VersionOf(library) };
        }

        return new(null, null, null, attempts);
    }

    /// <summary>Fills a table from a source of entry points; the name of the first that is missing otherwise.</summary>
    public static (CudaApi? Api, string? Missing) Bind(Func<string, nint> resolve, bool perThreadDefaultStream = false)
    {
        var api = new CudaApi();
        for (int i = 0; i < CudaSymbols.All.Length; i++)
        {
            CudaSymbol symbol = CudaSymbols.All[i];
            string name = perThreadDefaultStream ? symbol.Export + symbol.PerThread : symbol.Export;
            nint entry = resolve(name);
            if (entry == 0)
            {
                return (null, name);
            }

            api.Entries[i] = entry;
        }

        return (api, null);
    }

    /// <summary>Where the driver is looked for, in order: the variable's folders or file, then the loader's path, then the known places.</summary>
    public static IEnumerable<string> Candidates(string? pathVariable)
    {
        string[] names = OperatingSystem.IsWindows() ? ["nvcuda.dll"] : ["libcuda.so.1", "libcuda.so"];
        foreach (string entry in (pathVariable ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string full = Path.GetFullPath(entry);
            if (!Directory.Exists(full))
            {
                yield return full;
                continue;
            }

            foreach (string name in names)
            {
                yield return Path.Combine(full, name);
            }
        }

        foreach (string name in names)
        {
            yield return name;
        }

        if (OperatingSystem.IsLinux())
        {
            // Windows' driver as WSL shows it, which the loader does not always know.
            yield return "/usr/lib/wsl/lib/libcuda.so.1";
        }
    }

    // A driver of any age has this entry, and it needs no cuInit.
    private static unsafe int? VersionOf(nint library)
    {
        int version = 0;
        bool answers = NativeLibrary.TryGetExport(library, "cuDriverGetVersion", out nint entry)
            && ((delegate* unmanaged[Cdecl]<int*, CudaResult>)entry)(&version) == CudaResult.Success;
        return answers ? version : null;
    }

    private static string FirstLine(string text) => text.Split('\n', 2)[0].TrimEnd();
}
