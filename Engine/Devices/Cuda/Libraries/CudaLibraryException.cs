namespace WrnEngine.Devices.Cuda.Libraries;

/// <summary>A call of cuBLAS or cuDNN that failed: names the call, the library's code and its text.</summary>
/// <param name="message">The whole sentence.</param>
/// <param name="call">The call, by its documented name.</param>
/// <param name="status">What it returned.</param>
public sealed class CudaLibraryException(string message, string call, int status) : Exception(message)
{
    /// <summary>The call, by its documented name.</summary>
    public string Call { get; } = call;

    /// <summary>What it returned.</summary>
    public int Status { get; } = status;
}
