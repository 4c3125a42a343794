using System.Runtime.InteropServices;
using System.Text;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels.Simulator.Driver;

/// <summary>cuGetErrorName and cuGetErrorString. The strings live as long as the process, as those of a driver do.</summary>
internal static class ErrorTexts
{
    private static readonly Dictionary<CudaResult, nint> Names = [];
    private static readonly Dictionary<CudaResult, nint> Texts = [];
    private static readonly Dictionary<string, nint> Detailed = [];
    private static (CudaResult Result, string? Sentence) _detail;

    /// <summary>Remembers what the last fault was about, so that the text of its error code says more than the code.</summary>
    public static void Detail(CudaResult result, string sentence) => _detail = (result, sentence);

    public static void ClearDetail() => _detail = default;

    /// <summary>The address of `CUDA_ERROR_...`, or 0 for a number that is no code.</summary>
    public static nint Name(CudaResult result)
    {
        if (!Enum.IsDefined(result))
        {
            return 0;
        }

        if (!Names.TryGetValue(result, out nint name))
        {
            name = Marshal.StringToCoTaskMemUTF8(Spell(result));
            Names.Add(result, name);
        }

        return name;
    }

    /// <summary>The address of a description, or 0 for a number that is no code.</summary>
    public static nint Text(CudaResult result)
    {
        if (!Enum.IsDefined(result))
        {
            return 0;
        }

        string text = Describe(result);
        if (result == _detail.Result && !string.IsNullOrEmpty(_detail.Sentence))
        {
            return Keep(Detailed, $"{text}: {_detail.Sentence}", $"{text}: {_detail.Sentence}");
        }

        return Keep(Texts, result, text);
    }

    private static nint Keep<TKey>(Dictionary<TKey, nint> kept, TKey key, string text)
        where TKey : notnull
    {
        if (!kept.TryGetValue(key, out nint address))
        {
            address = Marshal.StringToCoTaskMemUTF8(text);
            kept.Add(key, address);
        }

        return address;
    }

    /// <summary>The name in the header: NoBinaryForGpu is CUDA_ERROR_NO_BINARY_FOR_GPU.</summary>
    internal static string Spell(CudaResult result)
    {
        if (result == CudaResult.Success)
        {
            return "CUDA_SUCCESS";
        }

        var name = new StringBuilder("CUDA_ERROR");
        foreach (char letter in result.ToString())
        {
            if (char.IsAsciiLetterUpper(letter))
            {
                name.Append('_');
            }

            name.Append(char.ToUpperInvariant(letter));
        }

        return name.ToString();
    }

    private static string Describe(CudaResult result) => result switch
    {
        CudaResult.Success => "no error",
        CudaResult.InvalidValue => "invalid argument",
        CudaResult.OutOfMemory => "out of memory",
        CudaResult.NotInitialized => "cuInit was not called",
        CudaResult.InvalidDevice => "invalid device ordinal",
        CudaResult.InvalidImage => "the module image is not valid",
        CudaResult.InvalidContext => "no valid context is current",
        CudaResult.NoBinaryForGpu => "the image holds no code for this device",
        CudaResult.InvalidPtx => "the PTX could not be compiled",
        CudaResult.UnsupportedPtxVersion => "the PTX is of a version newer than the driver",
        CudaResult.InvalidHandle => "invalid resource handle",
        CudaResult.IllegalState => "the operation does not fit the state of the object",
        CudaResult.NotFound => "the named symbol was not found",
        CudaResult.NotReady => "the device is not ready yet",
        CudaResult.IllegalAddress => "an illegal memory access was encountered",
        CudaResult.LaunchOutOfResources => "too many resources requested for launch",
        CudaResult.LaunchTimeout => "the launch timed out and was ended",
        CudaResult.ContextIsDestroyed => "the context was destroyed",
        CudaResult.Assert => "an assertion failed on the device",
        CudaResult.HostMemoryAlreadyRegistered => "part of the host memory is registered already",
        CudaResult.HostMemoryNotRegistered => "the host memory is not registered",
        CudaResult.HardwareStackError => "the stack of a thread overflowed",
        CudaResult.IllegalInstruction => "an illegal instruction was encountered",
        CudaResult.MisalignedAddress => "a misaligned address was encountered",
        CudaResult.InvalidAddressSpace => "an operation met an address of another space",
        CudaResult.InvalidPc => "the program counter left the code",
        CudaResult.LaunchFailed => "the launch failed",
        CudaResult.NotSupported => "the operation is not supported",
        CudaResult.StreamCaptureUnsupported => "the operation is not permitted while a stream is being captured",
        CudaResult.StreamCaptureInvalidated => "the capture was invalidated by an earlier error",
        CudaResult.StreamCaptureMerge => "the operation would merge two separate captures",
        CudaResult.StreamCaptureUnmatched => "the capture did not begin in this stream",
        CudaResult.StreamCaptureUnjoined => "the capture was forked to another stream and not joined again",
        CudaResult.StreamCaptureIsolation => "a captured operation would depend on work outside of the capture",
        CudaResult.StreamCaptureImplicit => "the operation would make the default stream depend on a stream under capture",
        CudaResult.CapturedEvent => "the event was last recorded in a capture",
        CudaResult.StreamCaptureWrongThread => "the capture has to be ended by the thread that began it",
        CudaResult.GraphExecUpdateFailure => "the executable graph cannot take over this graph",
        _ => Spell(result)["CUDA_ERROR_".Length..].Replace('_', ' ').ToLowerInvariant(),
    };
}
