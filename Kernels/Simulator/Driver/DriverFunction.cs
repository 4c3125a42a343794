using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;
using Dim3 = WrnEngine.Kernels.Simulator.Machine.Dim3;

namespace WrnEngine.Kernels.Simulator.Driver;

/// <summary>A kernel as the interface knows it: its attributes, and whether a launch fits it.</summary>
internal sealed class DriverFunction(DriverModule module, PtxEntry entry)
{
    private int? _maxDynamicShared;
    private int _carveout = -1;

    public DriverModule Module => module;

    public PtxEntry Entry => entry;

    /// <summary>Threads per block that registers and launch bounds leave possible.</summary>
    public int MaxThreads(SimulatedDeviceProperties device)
    {
        int registersPerWarp = (Math.Max(entry.Registers, 1) * device.WarpSize + 255) / 256 * 256;
        int byRegisters = device.RegistersPerBlock / registersPerWarp * device.WarpSize;
        long byBounds = (entry.RequiredBlock ?? entry.MaxBlock)?.Count ?? int.MaxValue;
        return (int)Math.Min(Math.Min(byRegisters, byBounds), device.MaxThreadsPerBlock);
    }

    public int MaxDynamicShared(SimulatedDeviceProperties device) => _maxDynamicShared ?? Math.Max(device.MaxSharedBytesPerBlock - entry.SharedBytes, 0);

    public bool TryGetAttribute(SimulatedDeviceProperties device, CudaFunctionAttribute attribute, out int value)
    {
        int? known = attribute switch
        {
            CudaFunctionAttribute.MaxThreadsPerBlock => MaxThreads(device),
            CudaFunctionAttribute.SharedSizeBytes => entry.SharedBytes,
            CudaFunctionAttribute.ConstSizeBytes => entry.ConstantBytes,
            CudaFunctionAttribute.LocalSizeBytes => entry.LocalBytes,
            CudaFunctionAttribute.NumRegs => entry.Registers,
            CudaFunctionAttribute.PtxVersion => TargetOf(module.Loaded.Module.Target),
            CudaFunctionAttribute.BinaryVersion => device.ComputeCapability,
            CudaFunctionAttribute.MaxDynamicSharedSizeBytes => MaxDynamicShared(device),
            CudaFunctionAttribute.PreferredSharedMemoryCarveout => _carveout,
            CudaFunctionAttribute.CacheModeCa or CudaFunctionAttribute.ClusterSizeMustBeSet or CudaFunctionAttribute.RequiredClusterWidth
                or CudaFunctionAttribute.RequiredClusterHeight or CudaFunctionAttribute.RequiredClusterDepth
                or CudaFunctionAttribute.NonPortableClusterSizeAllowed or CudaFunctionAttribute.ClusterSchedulingPolicyPreference => 0,
            _ => null,
        };
        value = known ?? 0;
        return known != null;
    }

    public CudaResult SetAttribute(SimulatedDeviceProperties device, CudaFunctionAttribute attribute, int value)
    {
        switch (attribute)
        {
            case CudaFunctionAttribute.MaxDynamicSharedSizeBytes when value >= 0 && value + (long)entry.SharedBytes <= device.MaxSharedBytesPerBlockOptin:
                _maxDynamicShared = value;
                return CudaResult.Success;
            case CudaFunctionAttribute.PreferredSharedMemoryCarveout when value is >= -1 and <= 100:
                _carveout = value;
                return CudaResult.Success;
            default:
                return CudaResult.InvalidValue;
        }
    }

    /// <summary>What a driver answers to a launch of this shape before anything runs.</summary>
    public CudaResult CheckLaunch(SimulatedDeviceProperties device, Extent grid, Extent block, uint dynamicSharedBytes)
    {
        if (!grid.FitsIn(device.MaxGrid) || !block.FitsIn(device.MaxBlock) || block.Count > (ulong)device.MaxThreadsPerBlock)
        {
            return CudaResult.InvalidValue;
        }

        if (dynamicSharedBytes > MaxDynamicShared(device))
        {
            return CudaResult.InvalidValue;
        }

        bool wrongShape = entry.RequiredBlock is Dim3 required && required != block.ToDim3();
        return wrongShape || block.Count > (ulong)MaxThreads(device) ? CudaResult.LaunchOutOfResources : CudaResult.Success;
    }

    /// <summary>Collects the parameter block from either of cuLaunchKernel's two forms.</summary>
    public unsafe CudaResult ReadParameters(void** parameters, void** extra, out byte[] block)
    {
        block = new byte[entry.ParameterBytes];
        if (extra != null)
        {
            return parameters == null ? ReadBuffer((nint*)extra, block) : CudaResult.InvalidValue;
        }

        if (entry.Parameters.Count > 0 && parameters == null)
        {
            return CudaResult.InvalidValue;
        }

        for (int i = 0; i < entry.Parameters.Count; i++)
        {
            if (parameters[i] == null)
            {
                return CudaResult.InvalidValue;
            }

            PtxParameter parameter = entry.Parameters[i];
            new ReadOnlySpan<byte>(parameters[i], parameter.Size).CopyTo(block.AsSpan(parameter.Offset));
        }

        return CudaResult.Success;
    }

    private static unsafe CudaResult ReadBuffer(nint* extra, byte[] block)
    {
        byte* buffer = null;
        nuint? size = null;
        for (; *extra != CudaLaunchParam.End; extra += 2)
        {
            switch (*extra)
            {
                case CudaLaunchParam.BufferPointer:
                    buffer = (byte*)extra[1];
                    break;
                case CudaLaunchParam.BufferSize when extra[1] != 0:
                    size = *(nuint*)extra[1];
                    break;
                default:
                    return CudaResult.InvalidValue;
            }
        }

        if (size is null || (buffer == null && size != 0))
        {
            return CudaResult.InvalidValue;
        }

        // The real driver takes no padding either: a block of another size is "too many resources requested".
        if (size != (nuint)block.Length)
        {
            return CudaResult.LaunchOutOfResources;
        }

        new ReadOnlySpan<byte>(buffer, block.Length).CopyTo(block);
        return CudaResult.Success;
    }

    private static int TargetOf(string target)
    {
        int digits = target.IndexOf('_', StringComparison.Ordinal) + 1;
        int end = digits;
        while (end < target.Length && char.IsAsciiDigit(target[end]))
        {
            end++;
        }

        return int.TryParse(target.AsSpan(digits, end - digits), out int value) ? value : 0;
    }
}

/// <summary>Grid or block extents as the interface gives them, before they are known to fit an int.</summary>
internal readonly record struct Extent(uint X, uint Y, uint Z)
{
    public ulong Count => (ulong)X * Y * Z;

    public bool FitsIn(Dim3 limit) => X > 0 && Y > 0 && Z > 0 && X <= limit.X && Y <= limit.Y && Z <= limit.Z;

    public Dim3 ToDim3() => new((int)X, (int)Y, (int)Z);
}
