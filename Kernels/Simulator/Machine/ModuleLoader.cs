using System.Buffers.Binary;
using System.Numerics;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Machine;

/// <summary>Gives module variables their addresses and initial values.</summary>
internal static class ModuleLoader
{
    public static LoadedModule Load(SimulatedDevice device, PtxModule module)
    {
        int target = int.TryParse(module.Target.AsSpan(3).TrimEnd("af"), out int number) ? number : 0;
        if (target > device.Properties.ComputeCapability)
        {
            throw new PtxException($"the module is for {module.Target}, the device is sm_{device.Properties.ComputeCapability}", module.FileName, 1, module.Target);
        }
        var globals = new Dictionary<string, (ulong Address, long Size)>();
        try
        {
            foreach (PtxVariable variable in module.Variables)
            {
                if (variable.Space is not (StateSpace.Global or StateSpace.Constant) || globals.ContainsKey(variable.Name))
                {
                    continue;
                }
                if (variable.IsExtern)
                {
                    if (module.Variables.Any(other => other.Name == variable.Name && !other.IsExtern))
                    {
                        continue;
                    }
                    throw new PtxException("this external variable is defined nowhere", module.FileName, variable.Line, variable.Name);
                }
                if (!device.Memory.TryAllocate(Math.Max(variable.Size, 1), out ulong address, variable.Name))
                {
                    throw new InsufficientMemoryException($"The variable {variable.Name} of {variable.Size} bytes does not fit into the memory of the simulated device.");
                }
                globals.Add(variable.Name, (address, variable.Size));
            }
            foreach (PtxVariable variable in module.Variables)
            {
                if (!variable.IsExtern && globals.TryGetValue(variable.Name, out (ulong Address, long Size) place))
                {
                    Initialize(device, module, variable, place.Address, globals);
                }
            }
        }
        catch
        {
            foreach ((ulong address, _) in globals.Values)
            {
                device.Memory.Release(address);
            }
            throw;
        }
        return new LoadedModule(device, module, globals);
    }

    private static void Initialize(
        SimulatedDevice device, PtxModule module, PtxVariable variable, ulong address, Dictionary<string, (ulong Address, long Size)> globals)
    {
        if (variable.Size == 0)
        {
            return;
        }
        if (variable.Initial is null)
        {
            // Without an initial value a variable is zero.
            device.Memory.Fill(address, 0, 1, variable.Size);
            return;
        }
        byte[] bytes = (byte[])variable.Initial.Clone();
        foreach ((int offset, string symbol, long addend, ulong mask, int line) in variable.Relocations)
        {
            ulong value = globals.TryGetValue(symbol, out (ulong Address, long Size) place) ? place.Address
                : module.FindFunction(symbol) is { } function ? AddressWindows.Code + ((ulong)function.Ordinal * 16)
                : throw new PtxException("this initial value names a variable that is not in global or constant memory", module.FileName, line, symbol);
            value += (ulong)addend;
            if (mask != ulong.MaxValue)
            {
                // The bits of the address under the mask, moved down to the lowest.
                value = (value & mask) >> BitOperations.TrailingZeroCount(mask);
                bytes[offset] = (byte)value;
                if (variable.Type.Size > 1)
                {
                    throw new PtxException("a part of an address goes into an 8-bit element", module.FileName, line, symbol);
                }
            }
            else if (variable.Type.Size == 8)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(offset), value);
            }
            else if (variable.Type.Size == 4)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(offset), (uint)value);
            }
            else
            {
                throw new PtxException("an address needs an element of 32 or 64 bits", module.FileName, line, symbol);
            }
        }
        device.Memory.CopyIn(address, bytes);
    }
}
