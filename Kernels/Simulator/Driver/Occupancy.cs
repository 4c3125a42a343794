using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Driver;

/// <summary>How many blocks of a kernel a multiprocessor holds at once.</summary>
internal static unsafe class Occupancy
{
    public static int ActiveBlocks(SimulatedDeviceProperties device, DriverFunction function, int blockSize, nuint dynamicSharedBytes)
    {
        ulong shared = (ulong)function.Entry.SharedBytes + dynamicSharedBytes;
        bool fits = blockSize <= function.MaxThreads(device) && shared <= (ulong)device.MaxSharedBytesPerBlockOptin;
        return fits ? device.ResidentBlocks(blockSize, function.Entry.Registers, (int)shared) : 0;
    }

    /// <summary>The block size that keeps the most threads resident; of equal ones the largest.</summary>
    public static (int GridSize, int BlockSize) PotentialBlockSize(
        SimulatedDeviceProperties device, DriverFunction function, delegate* unmanaged[Cdecl]<int, nuint> sharedOf, nuint dynamicSharedBytes, int limit)
    {
        int most = function.MaxThreads(device);
        if (limit > 0 && limit < most)
        {
            most = limit;
        }

        (int threads, int blocks, int size) best = default;
        int first = (most + device.WarpSize - 1) / device.WarpSize * device.WarpSize;
        for (int rounded = first; rounded > 0; rounded -= device.WarpSize)
        {
            int blockSize = Math.Min(rounded, most);
            int blocks = ActiveBlocks(device, function, blockSize, sharedOf == null ? dynamicSharedBytes : sharedOf(blockSize));
            if (blocks * blockSize > best.threads)
            {
                best = (blocks * blockSize, blocks, blockSize);
            }
        }

        return (best.blocks * device.MultiprocessorCount, best.size);
    }
}
