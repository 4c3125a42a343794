using WrnEngine.Devices.Cuda.Libraries;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Devices.Cuda.CuDnn;

/// <summary>Finds and loads cuDNN 9; one of another major version is named and left alone. What was taken stays loaded for the life of the process.</summary>
public static unsafe class CuDnnLibrary
{
    /// <summary>The major version whose interface <see cref="CuDnnApi"/> is.</summary>
    public const int Major = 9;

    // Behind the one that is wanted, those that are only looked for so that a user who has one learns why it is not used.
    private static readonly string[] Names = OperatingSystem.IsWindows()
        ? ["cudnn64_9.dll", "cudnn64_8.dll", "cudnn64_10.dll"]
        : ["libcudnn.so.9", "libcudnn.so", "libcudnn.so.8", "libcudnn.so.10"];

    /// <summary>Loads cuDNN as the environment says.</summary>
    public static LibraryLoad<CuDnnApi> Load() =>
        Load(LibraryPlaces.Candidates(Names, "cudnn", ["CUDNN_PATH", "CUDA_PATH", "CUDA_HOME"], Environment.GetEnvironmentVariable), OpenedLibrary.Open);

    internal static LibraryLoad<CuDnnApi> Load(IEnumerable<string> candidates, Func<string, (OpenedLibrary?, string)> open)
    {
        var attempts = new List<CudaLoadAttempt>();
        var notes = new List<string>();
        foreach (string path in candidates)
        {
            var (library, outcome) = open(path);
            if (library is null)
            {
                attempts.Add(new(path, outcome));
                continue;
            }

            var api = new CuDnnApi();
            string? version = VersionOf(library);
            string? problem = version is null ? "is not cuDNN"
                : MajorOf(version) != Major ? $"is cuDNN {version}"
                : library.Bind(CuDnnApi.Symbols, api.Entries) is { } missing ? $"has no {missing}" : null;
            if (problem is null)
            {
                attempts.Add(new(path, outcome));
                return new(api, path, version, attempts) { Notes = notes };
            }

            library.Close();
            attempts.Add(new(path, problem));
            string note = version is null ? "" : $"cuDNN {version} ({path}) is ignored: {(MajorOf(version) != Major ? $"this program uses cuDNN {Major}" : problem)}.";
            if (note.Length > 0) notes.Add(note);
        }

        return new(null, null, null, attempts) { Notes = notes };
    }

    /// <summary>9.6.0 for 90600, 8.9.7 for 8907: the number's form changed with cuDNN 9.</summary>
    public static string VersionText(long number)
    {
        long perMajor = number >= 10_000 ? 10_000 : 1_000;
        return $"{number / perMajor}.{number % perMajor / 100}.{number % 100}";
    }

    private static int MajorOf(string version) => int.Parse(version.AsSpan(0, version.IndexOf('.')), provider: System.Globalization.CultureInfo.InvariantCulture);

    private static string? VersionOf(OpenedLibrary library)
    {
        var getVersion = (delegate* unmanaged[Cdecl]<nuint>)library.Resolve("cudnnGetVersion");
        return getVersion == null ? null : VersionText((long)getVersion());
    }
}
