using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using WrnEngine.Devices.Cuda.Libraries;

namespace WrnEngine.Devices.Cuda.CuBlas;

/// <summary>Turns cuBLAS's return codes into exceptions.</summary>
public static unsafe class CuBlasErrors
{
    /// <summary>Throws unless the call succeeded.</summary>
    /// <exception cref="CudaLibraryException">The status is not <see cref="CuBlasStatus.Success"/>.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check(this CuBlasApi api, CuBlasStatus status, string call)
    {
        if (status != CuBlasStatus.Success) Throw(api, status, call);
    }

    /// <summary>`CUBLAS_STATUS_NOT_SUPPORTED (15): the functionality is not supported`.</summary>
    public static string Describe(this CuBlasApi api, CuBlasStatus status)
    {
        ArgumentNullException.ThrowIfNull(api);
        string name = Marshal.PtrToStringUTF8((nint)api.GetStatusName(status)) ?? $"cuBLAS status {status}";
        string? text = Marshal.PtrToStringUTF8((nint)api.GetStatusString(status));
        return $"{name} ({(int)status}){(string.IsNullOrEmpty(text) ? "" : $": {text.TrimEnd('.', '\n')}")}";
    }

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Throw(CuBlasApi api, CuBlasStatus status, string call) =>
        throw new CudaLibraryException($"{call} failed with {api.Describe(status)}.", call, (int)status);
}
