using System.Runtime.InteropServices;
using WrnEngine.Devices.Cuda;
using WrnEngine.Devices.Cuda.CuBlas;
using WrnEngine.Devices.Cuda.CuDnn;
using WrnEngine.Devices.Cuda.Libraries;
using WrnEngine.Tests.Engine.Devices.Cuda.CuBlas;
using WrnEngine.Tests.Engine.Devices.Cuda.CuDnn;

namespace WrnEngine.Tests.Engine.Devices.Cuda.Libraries;

/// <summary>
/// What the test tables for cuBLAS and cuDNN share: calls by name, live handles and descriptors, failures on demand. Their functions have the C signatures of
/// the libraries, look at every argument, and compute by the oracle on the simulator's memory.
/// </summary>
internal static class TestLibrary
{
    private static readonly Dictionary<nint, object> Live = [];
    private static readonly Dictionary<(string, int), nint> Texts = [];
    private static nint _next;

    /// <summary>Every call since the last <see cref="Reset"/>, in order.</summary>
    public static List<string> Calls { get; } = [];

    /// <summary>What a table's functions did not like, beside the status that they answered.</summary>
    public static List<string> Problems { get; } = [];

    /// <summary>Handles and descriptors that exist.</summary>
    public static int LiveCount => Live.Count;

    /// <summary>Asked before each call: a status other than 0 is the call's answer, and it does nothing but let go of what it destroys.</summary>
    public static Func<string, int>? Intercept { get; set; }

    /// <summary>Both libraries, as found.</summary>
    public static CudaLibraries Both => new(
        new LibraryLoad<CuBlasApi>(TestCuBlas.Table, "libcublas.so.12", null, []), new LibraryLoad<CuDnnApi>(TestCuDnn.Table, "libcudnn.so.9", "9.6.0", []));

    public static void Reset()
    {
        Live.Clear();
        Calls.Clear();
        Problems.Clear();
        Intercept = null;
    }

    /// <summary>Runs the body of a function: an exception becomes a problem and a status, for none may cross into the caller.</summary>
    public static int Run(string call, int internalError, Func<int> body)
    {
        Calls.Add(call);
        try
        {
            int demanded = Intercept?.Invoke(call) ?? 0;
            if (demanded != 0 && !call.Contains("Destroy", StringComparison.Ordinal)) return demanded;
            int status = body();
            return demanded != 0 ? demanded : status;
        }
#pragma warning disable CA1031 // whatever it is
        catch (Exception e)
#pragma warning restore CA1031
        {
            Problems.Add($"{call}: {e.Message}");
            return internalError;
        }
    }

    public static nint Add(object made)
    {
        Live[++_next << 4] = made;
        return _next << 4;
    }

    public static T Get<T>(nint handle) where T : class =>
        Live.GetValueOrDefault(handle) as T ?? throw new ArgumentException($"{handle} is no live {typeof(T).Name}");

    public static int Remove<T>(nint handle) where T : class
    {
        _ = Get<T>(handle);
        Live.Remove(handle);
        return 0;
    }

    /// <summary>A C string that lives as long as the process.</summary>
    public static nint Text(string text, int kind)
    {
        if (!Texts.TryGetValue((text, kind), out nint address)) Texts[(text, kind)] = address = Marshal.StringToCoTaskMemUTF8(text);
        return address;
    }

    public static void Require(bool condition, string what)
    {
        if (!condition) throw new ArgumentException(what);
    }
}
