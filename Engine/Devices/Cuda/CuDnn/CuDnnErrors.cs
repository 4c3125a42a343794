using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using WrnEngine.Devices.Cuda.Libraries;

namespace WrnEngine.Devices.Cuda.CuDnn;

/// <summary>Turns cuDNN's return codes into exceptions.</summary>
public static unsafe class CuDnnErrors
{
    private const int TextLength = 512;

    /// <summary>Throws unless the call succeeded.</summary>
    /// <exception cref="CudaLibraryException">The status is not <see cref="CuDnnStatus.Success"/>.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check(this CuDnnApi api, CuDnnStatus status, string call)
    {
        if (status != CuDnnStatus.Success) Throw(api, status, call);
    }

    /// <summary>False where the library has no way to do what was asked, which is no error while one is being looked for.</summary>
    /// <exception cref="CudaLibraryException">It failed for another reason.</exception>
    public static bool Succeeds(this CuDnnApi api, CuDnnStatus status, string call)
    {
        if (status.IsNotSupported) return false;
        api.Check(status, call);
        return true;
    }

    extension(CuDnnStatus status)
    {
        /// <summary>Whether the status is of the category CUDNN_STATUS_NOT_SUPPORTED.</summary>
        public bool IsNotSupported => (int)status / 1000 == (int)CuDnnStatus.NotSupported / 1000;
    }

    /// <summary>`CUDNN_STATUS_BAD_PARAM (2000): what the library says of this thread's last error`.</summary>
    public static string Describe(this CuDnnApi api, CuDnnStatus status)
    {
        ArgumentNullException.ThrowIfNull(api);
        string name = Marshal.PtrToStringUTF8((nint)api.GetErrorString(status)) ?? $"cuDNN status {status}";
        byte* room = stackalloc byte[TextLength];
        room[0] = 0;
        api.GetLastErrorString(room, TextLength);
        room[TextLength - 1] = 0;
        string text = (Marshal.PtrToStringUTF8((nint)room) ?? "").Trim().TrimEnd('.').ReplaceLineEndings(" ");
        return $"{name} ({(int)status}){(text.Length == 0 ? "" : $": {text}")}";
    }

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Throw(CuDnnApi api, CuDnnStatus status, string call) =>
        throw new CudaLibraryException($"{call} failed with {api.Describe(status)}.", call, (int)status);
}
