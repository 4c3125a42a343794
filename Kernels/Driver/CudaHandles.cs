using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace WrnEngine.Kernels.Driver;

// Each handle is one pointer by value, as in cuda.h; types of their own keep a stream from being passed as an event.

/// <summary>CUcontext.</summary>
public readonly record struct CuContext(nint Value);

/// <summary>CUmodule.</summary>
public readonly record struct CuModule(nint Value);

/// <summary>CUfunction.</summary>
public readonly record struct CuFunction(nint Value);

/// <summary>CUstream.</summary>
public readonly record struct CuStream(nint Value)
{
    /// <summary>CU_STREAM_LEGACY: the default stream that waits for, and is waited for by, every blocking stream. So is the null handle.</summary>
    public static CuStream Legacy => new(1);

    /// <summary>CU_STREAM_PER_THREAD: the calling thread's own default stream.</summary>
    public static CuStream PerThread => new(2);
}

/// <summary>CUevent.</summary>
public readonly record struct CuEvent(nint Value);

/// <summary>CUgraph.</summary>
public readonly record struct CuGraph(nint Value);

/// <summary>CUgraphExec.</summary>
public readonly record struct CuGraphExec(nint Value);

/// <summary>CUgraphNode.</summary>
public readonly record struct CuGraphNode(nint Value);

/// <summary>CUuuid: 16 bytes.</summary>
[InlineArray(16)]
public struct CudaUuid
{
    private byte _first;

    /// <summary>The form that nvidia-smi prints.</summary>
    public override readonly string ToString()
    {
        string hex = Convert.ToHexStringLower(this);
        return $"GPU-{hex[..8]}-{hex[8..12]}-{hex[12..16]}-{hex[16..20]}-{hex[20..]}";
    }
}

/// <summary>CUgraphExecUpdateResultInfo: why cuGraphExecUpdate refused, and at which nodes.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct CudaGraphUpdateInfo(CudaGraphUpdateResult Result, CuGraphNode ErrorNode, CuGraphNode ErrorFromNode);
