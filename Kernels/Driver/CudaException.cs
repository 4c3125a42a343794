using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace WrnEngine.Kernels.Driver;

/// <summary>A driver call that failed: names the call, CUDA's code and CUDA's text.</summary>
public sealed class CudaException(string message, string call, CudaResult result) : Exception(message)
{
    /// <summary>The call, by its documented name.</summary>
    public string Call { get; } = call;

    /// <summary>What it returned.</summary>
    public CudaResult Result { get; } = result;

    /// <summary>Nothing further works on this context: it has to be reset, as after a wild address or a failed assertion on the device.</summary>
    public bool IsSticky => CudaErrors.IsSticky(Result);
}

/// <summary>Turns return codes into exceptions, and codes into CUDA's words.</summary>
public static unsafe class CudaErrors
{
    /// <summary>Throws unless the call succeeded.</summary>
    /// <exception cref="CudaException">The result is not <see cref="CudaResult.Success"/>.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check(this CudaApi api, CudaResult result, string call)
    {
        if (result != CudaResult.Success)
        {
            Throw(api, result, call);
        }
    }

    /// <summary>True for errors after which every call in the context answers with the same code: cuda.h says of each that the process has to be ended.</summary>
    public static bool IsSticky(CudaResult result) => result is CudaResult.IllegalAddress or CudaResult.LaunchTimeout or CudaResult.Assert
        or CudaResult.HardwareStackError or CudaResult.IllegalInstruction or CudaResult.MisalignedAddress or CudaResult.InvalidAddressSpace
        or CudaResult.InvalidPc or CudaResult.LaunchFailed or CudaResult.TensorMemoryLeak or CudaResult.EccUncorrectable
        or CudaResult.NvlinkUncorrectable or CudaResult.Contained;

    /// <summary>The exception for a call that failed.</summary>
    public static CudaException Exception(this CudaApi api, CudaResult result, string call) =>
        new($"{call} failed with {api.Describe(result)}.", call, result);

    /// <summary>`CUDA_ERROR_OUT_OF_MEMORY (2): out of memory`, as far as the driver knows the code.</summary>
    public static string Describe(this CudaApi api, CudaResult result)
    {
        byte* name = null;
        byte* text = null;
        if (api.GetErrorName == null || api.GetErrorName(result, &name) != CudaResult.Success || name == null)
        {
            return $"CUDA error {(int)result} ({result})";
        }

        string described = $"{Marshal.PtrToStringUTF8((nint)name)} ({(int)result})";
        bool hasText = api.GetErrorString != null && api.GetErrorString(result, &text) == CudaResult.Success && text != null;
        return hasText ? $"{described}: {Marshal.PtrToStringUTF8((nint)text)}" : described;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Throw(CudaApi api, CudaResult result, string call) => throw api.Exception(result, call);
}
