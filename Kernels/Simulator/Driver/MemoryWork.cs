using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels.Simulator.Driver;

/// <summary>Which way a copy goes.</summary>
internal enum CopyKind
{
    HostToDevice,
    DeviceToHost,
    DeviceToDevice,
}

/// <summary>A copy. Host memory is read or written when the copy runs, unless the bytes were staged by the call.</summary>
internal sealed unsafe class CopyWork(CopyKind kind, ulong destination, ulong source, long bytes, byte[]? staged = null) : Work
{
    public override CudaResult Execute(DriverContext context)
    {
        switch (kind)
        {
            case CopyKind.HostToDevice:
                byte* target = context.Memory.HostPointer(destination, bytes);
                fixed (byte* stagedBytes = staged)
                {
                    Buffer.MemoryCopy(stagedBytes == null ? (byte*)source : stagedBytes, target, bytes, bytes);
                }

                context.Memory.MarkInitialized(destination, bytes);
                break;
            case CopyKind.DeviceToHost:
                Buffer.MemoryCopy(context.Memory.HostPointer(source, bytes), (byte*)destination, bytes, bytes);
                break;
            default:
                context.Memory.Copy(destination, source, bytes);
                break;
        }

        return CudaResult.Success;
    }

    public override CudaGraphUpdateResult CompareForUpdate(Work other) => other switch
    {
        CopyWork copy when copy.Kind == kind => CudaGraphUpdateResult.Success,
        CopyWork => CudaGraphUpdateResult.ErrorParametersChanged,
        _ => CudaGraphUpdateResult.ErrorNodeTypeChanged,
    };

    private CopyKind Kind => kind;
}

/// <summary>A fill with elements of one or four bytes.</summary>
internal sealed class MemsetWork(ulong destination, uint value, int elementSize, long count) : Work
{
    public override CudaResult Execute(DriverContext context)
    {
        context.Memory.Fill(destination, value, elementSize, count);
        return CudaResult.Success;
    }
}
