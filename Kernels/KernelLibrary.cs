using System.Runtime.InteropServices;
using System.Text;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>
/// The project's kernels on one context: PTX files embedded in this assembly, named <c>stem.sm_NN</c> after their <c>.cu</c> file and its compute
/// capability. A file is loaded when its first kernel is launched, in the highest version that the device runs.
/// </summary>
/// <param name="api">The driver.</param>
/// <param name="computeCapability">Of the device, as 10 major + minor.</param>
public sealed unsafe class KernelLibrary(CudaApi api, int computeCapability) : IDisposable
{
    private const string ResourcePrefix = "ptx/";

    private static readonly Lazy<(string Stem, PtxHeader Header)[]> LazyHeaders = new(
        () => [.. Embedded!.Select(file => (file.Stem, PtxHeader.Read(PtxOf(file.Stem, file.Target))))]);

    private readonly Dictionary<string, CuModule> _modules = [];

    /// <summary>The driver.</summary>
    public CudaApi Api => api;

    /// <summary>10 major + minor of the device.</summary>
    public int ComputeCapability => computeCapability;

    /// <summary>Stems and targets of all embedded files.</summary>
    public static IReadOnlyList<(string Stem, int Target)> Embedded { get; } = [.. FindEmbedded()];

    /// <summary>The text of an embedded file.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static string PtxOf(string stem, int target)
    {
        using Stream stream = typeof(KernelLibrary).Assembly.GetManifestResourceStream($"{ResourcePrefix}{stem}.sm_{target}")
            ?? throw new ArgumentException($"there is no PTX of {stem} for sm_{target} in this build");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>The lowest compute capability that the kernels of this build run on, as 10 major + minor.</summary>
    public static int LowestTarget => Embedded.Min(file => file.Target);

    /// <summary>
    /// Why the kernels of this build do not run on a device, as the rest of a sentence that names it; null where they do. The driver is not asked to load
    /// anything.
    /// </summary>
    /// <param name="device">What the driver says about it.</param>
    /// <param name="driverVersion">Of cuDriverGetVersion: 1000 major + 10 minor.</param>
    public static string? ProblemOf(CudaDeviceInfo device, int driverVersion)
    {
        ArgumentNullException.ThrowIfNull(device);
        int capability = 10 * device.Major + device.Minor;
        if (capability < LowestTarget)
        {
            return $"{device.Name} has compute capability {device.ComputeCapability}, and the kernels need {Capability(LowestTarget)} or later";
        }

        PtxVersion newest = default;
        foreach (var (_, header) in LazyHeaders.Value)
        {
            if (header.Target <= capability && (header.Version?.MinimumDriver ?? 0) > (newest.MinimumDriver ?? 0))
            {
                newest = header.Version!.Value;
            }
        }

        return TooOld(newest, driverVersion) is { } problem ? $"the kernels are {problem}" : null;
    }

    /// <summary>True when the device runs some version of a file.</summary>
    public bool Has(string stem) => _modules.ContainsKey(stem) || TargetOf(stem) is not null;

    /// <summary>
    /// Loads PTX that is not from this build, a user's own, at once; its kernels are found under <paramref name="stem"/>, as those of an embedded file. The
    /// context must be current on the calling thread.
    /// </summary>
    /// <exception cref="ArgumentException">There are kernels under that name.</exception>
    /// <exception cref="NotSupportedException">It is for a later device or driver than this one; nothing was loaded.</exception>
    /// <exception cref="CudaException">The driver refused the PTX: the message has its log.</exception>
    public void Add(string stem, string ptx)
    {
        ArgumentException.ThrowIfNullOrEmpty(stem);
        ArgumentException.ThrowIfNullOrEmpty(ptx);
        if (_modules.ContainsKey(stem) || Embedded.Any(file => file.Stem == stem))
        {
            throw new ArgumentException($"there are kernels under the name {stem} already; add these under another one", nameof(stem));
        }

        _modules[stem] = Load(stem, ptx);
    }

    /// <summary>A kernel by its file's stem and its name.</summary>
    /// <exception cref="CudaException">The driver refused the file, or it has no such kernel.</exception>
    /// <exception cref="NotSupportedException">No version of the file runs on the device or with its driver.</exception>
    public CuFunction Function(string stem, string name)
    {
        CuFunction function;
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
        {
            api.Check(api.ModuleGetFunction(&function, ModuleOf(stem), text), $"cuModuleGetFunction({name})");
        }

        return function;
    }

    /// <summary>Unloads every file, also when the driver refuses for one of them.</summary>
    /// <exception cref="CudaException">It did: the first time.</exception>
    public void Dispose()
    {
        var errors = new ReleaseErrors(api);
        foreach (CuModule module in _modules.Values)
        {
            errors.Note(api.ModuleUnload(module), "cuModuleUnload");
        }

        _modules.Clear();
        errors.Throw();
    }

    private CuModule ModuleOf(string stem)
    {
        if (_modules.TryGetValue(stem, out CuModule module))
        {
            return module;
        }

        int target = TargetOf(stem)
            ?? throw new NotSupportedException($"the kernels of {stem} do not run on compute capability {Capability(computeCapability)}");
        return _modules[stem] = Load(stem, PtxOf(stem, target));
    }

    private int? TargetOf(string stem) =>
        Embedded.Where(file => file.Stem == stem && file.Target <= computeCapability).Select(file => (int?)file.Target).Max();

    private CuModule Load(string stem, string ptx)
    {
        PtxHeader header = PtxHeader.Read(ptx);
        int version;
        api.Check(api.DriverGetVersion(&version), "cuDriverGetVersion");
        if (TooOld(header.Version, version) is { } problem)
        {
            throw new NotSupportedException($"the kernels of {stem} are {problem}");
        }

        if (header.Target > computeCapability)
        {
            throw new NotSupportedException(
                $"the kernels of {stem} are compiled for compute capability {Capability(header.Target.Value)}, and the device has {Capability(computeCapability)}");
        }

        const int LogBytes = 8192;
        byte* log = stackalloc byte[LogBytes];
        log[0] = 0;
        CudaJitOption* options = stackalloc CudaJitOption[2] { CudaJitOption.ErrorLogBuffer, CudaJitOption.ErrorLogBufferSizeBytes };
        void** values = stackalloc void*[2];
        values[0] = log;
        values[1] = (void*)LogBytes;
        CuModule module;
        fixed (byte* image = Encoding.UTF8.GetBytes(ptx + '\0'))
        {
            CudaResult result = api.ModuleLoadDataEx(&module, image, 2, options, values);
            if (result != CudaResult.Success)
            {
                log[LogBytes - 1] = 0; // a full log may come without its end
                string reason = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(log)).Trim();
                string call = $"cuModuleLoadDataEx({stem})";
                string advice = Advice(result, header, version) is { } sentence ? $" {sentence}" : "";
                throw new CudaException($"{call} failed with {api.Describe(result)}{(reason.Length > 0 ? ": " + reason.TrimEnd('.') : "")}.{advice}", call, result);
            }
        }

        return module;
    }

    private static string? TooOld(PtxVersion? ptx, int driverVersion) =>
        ptx?.MinimumDriver is { } needed && needed > driverVersion
            ? $"PTX {ptx}, which needs a driver of CUDA {CudaVersionText.Of(needed)} or later, and this one is of CUDA {CudaVersionText.Of(driverVersion)}: update the driver"
            : null;

    // What the codes of a refused module mean for whoever sees them.
    private string? Advice(CudaResult result, PtxHeader header, int driverVersion) => result switch
    {
        CudaResult.UnsupportedPtxVersion =>
            $"The file is PTX {header.Version} and the driver is of CUDA {CudaVersionText.Of(driverVersion)}: update the driver, or compile with an older toolkit.",
        CudaResult.NoBinaryForGpu =>
            $"The file is for sm_{header.Target} and the device has compute capability {Capability(computeCapability)}: compile for that or an earlier one.",
        CudaResult.JitCompilerNotFound or CudaResult.JitCompilationDisabled =>
            "The driver compiles PTX with libnvidia-ptxjitcompiler.so: reinstall the driver with it, and do not set CUDA_DISABLE_PTX_JIT.",
        _ => null,
    };

    private static string Capability(int number) => $"{number / 10}.{number % 10}";

    private static IEnumerable<(string Stem, int Target)> FindEmbedded()
    {
        foreach (string resource in typeof(KernelLibrary).Assembly.GetManifestResourceNames())
        {
            int separator = resource.LastIndexOf(".sm_", StringComparison.Ordinal);
            if (resource.StartsWith(ResourcePrefix, StringComparison.Ordinal) && separator > 0 && int.TryParse(resource[(separator + 4)..], out int target))
            {
                yield return (resource[ResourcePrefix.Length..separator], target);
            }
        }
    }
}
