using System.Reflection;
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

    /// <summary>True when the device runs some version of a file.</summary>
    public bool Has(string stem) => _modules.ContainsKey(stem) || TargetOf(stem) is not null;

    /// <summary>
    /// Loads PTX that is not from this build, a user's own, at once; its kernels are found under <paramref name="stem"/>, as those of an embedded file. The
    /// context must be current on the calling thread.
    /// </summary>
    /// <exception cref="ArgumentException">There are kernels under that name.</exception>
    /// <exception cref="CudaException">The driver refused the PTX: the message has its log.</exception>
    public void Add(string stem, string ptx)
    {
        ArgumentException.ThrowIfNullOrEmpty(stem);
        ArgumentException.ThrowIfNullOrEmpty(ptx);
        if (_modules.ContainsKey(stem) || Embedded.Any(file => file.Stem == stem))
        {
            throw new ArgumentException($"there are kernels under the name {stem} already; add these under another one", nameof(stem));
        }

        _modules[stem] = Load(ptx);
    }

    /// <summary>A kernel by its file's stem and its name.</summary>
    /// <exception cref="CudaException">The driver refused the file, or it has no such kernel.</exception>
    /// <exception cref="NotSupportedException">No version of the file runs on the device.</exception>
    public CuFunction Function(string stem, string name)
    {
        CuFunction function;
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
        {
            api.Check(api.ModuleGetFunction(&function, ModuleOf(stem), text), $"cuModuleGetFunction({name})");
        }

        return function;
    }

    /// <summary>Unloads every file.</summary>
    public void Dispose()
    {
        foreach (CuModule module in _modules.Values)
        {
            api.Check(api.ModuleUnload(module), "cuModuleUnload");
        }

        _modules.Clear();
    }

    private CuModule ModuleOf(string stem)
    {
        if (_modules.TryGetValue(stem, out CuModule module))
        {
            return module;
        }

        int target = TargetOf(stem)
            ?? throw new NotSupportedException($"the kernels of {stem} do not run on compute capability {computeCapability / 10}.{computeCapability % 10}");
        return _modules[stem] = Load(PtxOf(stem, target));
    }

    private int? TargetOf(string stem) =>
        Embedded.Where(file => file.Stem == stem && file.Target <= computeCapability).Select(file => (int?)file.Target).Max();

    private CuModule Load(string ptx)
    {
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
                string reason = Encoding.UTF8.GetString(System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated(log)).Trim();
                throw new CudaException($"cuModuleLoadDataEx failed with {api.Describe(result)}{(reason.Length > 0 ? ": " + reason : "")}.", "cuModuleLoadDataEx", result);
            }
        }

        return module;
    }

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
