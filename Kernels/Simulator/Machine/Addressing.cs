using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Machine;

internal enum AccessPattern
{
    Scattered,

    /// <summary>All lanes are active and lane i touches the bytes right behind lane i - 1.</summary>
    Contiguous,

    /// <summary>All lanes are active and touch the same bytes.</summary>
    Uniform,
}

/// <summary>An address operand: register or constant, 4 or 8 bytes wide, plus an offset, in a space.</summary>
internal readonly record struct AddressOperand(int Slot, bool Wide, long Offset, StateSpace Space)
{
    /// <summary>Whether it names a local variable, whose place depends on the activation.</summary>
    public bool FrameRelative { get; init; }
}

/// <summary>Turns the addresses of a warp into host pointers. Nothing is ever touched that did not pass the range test here.</summary>
internal static unsafe class Addressing
{
    /// <summary>Fills <see cref="Warp.Addresses"/> and <see cref="Warp.Pointers"/> for the active lanes.</summary>
    /// <param name="w">The warp.</param>
    /// <param name="operand">The address.</param>
    /// <param name="size">Bytes of each access.</param>
    /// <param name="alignment">Power of two that each address must be a multiple of.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static AccessPattern Resolve(Warp w, in AddressOperand operand, int size, int alignment)
    {
        ulong windowBase;
        ulong limit;
        byte* host;
        switch (operand.Space)
        {
            case StateSpace.Shared:
                windowBase = 0;
                limit = (ulong)w.Block.SharedBytes;
                host = w.Block.Shared;
                break;
            case StateSpace.Local or StateSpace.Param:
                return ResolveSlowly(w, operand, size, alignment);
            default:
                windowBase = DeviceMemory.WindowBase;
                limit = (ulong)w.Context.GlobalTop;
                host = w.Context.GlobalHost;
                break;
        }
        if (limit < (ulong)size)
        {
            return ResolveSlowly(w, operand, size, alignment);
        }
        Vector512<ulong> last = Vector512.Create(limit - (ulong)size);
        Vector512<ulong> low = Vector512.Create((ulong)alignment - 1);
        Vector512<ulong> shift = Vector512.Create((ulong)operand.Offset - windowBase);
        Vector512<ulong> hostBase = Vector512.Create((ulong)host);
        Vector512<ulong> window = Vector512.Create(windowBase);
        byte* source = w.R + operand.Slot;
        uint bad = 0;
        Vector512<ulong> first = default;
        Vector512<ulong> step = Vector512<ulong>.Indices * (ulong)size;
        bool contiguous = true;
        bool uniform = true;
        for (int v = 0; v < 4; v++)
        {
            // A 32-bit register holds the address itself; shared offsets fit.
            Vector512<ulong> address = operand.Wide
                ? Vector512.Load((ulong*)(source + (64 * v)))
                : Widen((uint*)(source + (32 * v)));
            Vector512<ulong> offset = address + shift;
            if (!operand.Wide)
            {
                offset &= Vector512.Create(0xFFFF_FFFFUL);
            }
            Vector512<ulong> wrong = Vector512.GreaterThan(offset, last) | ~Vector512.Equals(offset & low, Vector512<ulong>.Zero);
            bad |= (uint)wrong.ExtractMostSignificantBits() << (8 * v);
            (offset + window).Store(w.Addresses + (8 * v));
            (offset + hostBase).Store((ulong*)w.Pointers + (8 * v));
            if (v == 0)
            {
                first = Vector512.Create(offset.ToScalar());
            }
            uniform &= Vector512.EqualsAll(offset, first);
            contiguous &= Vector512.EqualsAll(offset, first + step);
            step += Vector512.Create(8UL * (ulong)size);
        }
        if ((bad & w.Mask) != 0)
        {
            return ResolveSlowly(w, operand, size, alignment);
        }
        return w.Mask != Warp.Full ? AccessPattern.Scattered
            : contiguous ? AccessPattern.Contiguous
            : uniform ? AccessPattern.Uniform
            : AccessPattern.Scattered;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Widen(uint* p)
    {
        (Vector256<ulong> lower, Vector256<ulong> upper) = Vector256.Widen(Vector256.Load(p));
        return Vector512.Create(lower, upper);
    }

    private static AccessPattern ResolveSlowly(Warp w, in AddressOperand operand, int size, int alignment)
    {
        for (uint left = w.Mask; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            byte* source = w.R + operand.Slot;
            ulong address = operand.Wide ? ((ulong*)source)[lane] + (ulong)operand.Offset : (uint)(((uint*)source)[lane] + (uint)operand.Offset);
            if (operand.FrameRelative)
            {
                address += (ulong)w.LocalBase;
            }
            w.Addresses[lane] = address;
            w.Pointers[lane] = Pointer(w, operand.Space, lane, address, size, alignment);
        }
        return AccessPattern.Scattered;
    }

    /// <summary>The host address of one lane's access, or a fault.</summary>
    public static byte* Pointer(Warp w, StateSpace space, int lane, ulong address, int size, int alignment)
    {
        if ((address & ((ulong)alignment - 1)) != 0)
        {
            w.Context.Checks?.OnBadAddress(w, lane, address, size, $"misaligned {size}-byte access to {NameOf(space)} memory");
            throw new KernelFault(LaunchStatus.MisalignedAddress, $"misaligned address: 0x{address:x} is not a multiple of {alignment}", lane, address);
        }
        byte* pointer = space switch
        {
            StateSpace.Shared => Inside(w.Block.Shared, address, size, w.Block.SharedBytes),
            StateSpace.Local => LocalPointer(w, lane, address, size),
            StateSpace.Param => Inside(w.Context.Parameters, address, size, w.Context.Program.ParameterBytes),
            StateSpace.Generic => GenericPointer(w, lane, address, size),
            _ => Inside(w.Context.GlobalHost, address - DeviceMemory.WindowBase, size, w.Context.GlobalTop),
        };
        if (pointer == null)
        {
            w.Context.Checks?.OnBadAddress(w, lane, address, size, $"{size}-byte access outside of {NameOf(space)} memory");
            string where = space switch
            {
                StateSpace.Shared => $"outside of the block's {w.Block.SharedBytes} bytes of shared memory",
                StateSpace.Local => $"outside of the thread's {w.Block.LocalBytesPerThread} bytes of local memory",
                StateSpace.Param => $"outside of the {w.Context.Program.ParameterBytes} bytes of parameters",
                _ => "in no memory",
            };
            throw new KernelFault(LaunchStatus.IllegalAddress, $"illegal address: {size} bytes at 0x{address:x} are {where}", lane, address);
        }
        return pointer;
    }

    /// <summary>The space a generic address lies in.</summary>
    public static StateSpace SpaceOf(ulong address) =>
        address - AddressWindows.Shared < AddressWindows.Size ? StateSpace.Shared
        : address - AddressWindows.Local < AddressWindows.Size ? StateSpace.Local
        : address - AddressWindows.Param < AddressWindows.Size ? StateSpace.Param
        : StateSpace.Global;

    private static byte* GenericPointer(Warp w, int lane, ulong address, int size) => SpaceOf(address) switch
    {
        StateSpace.Shared => Inside(w.Block.Shared, address - AddressWindows.Shared, size, w.Block.SharedBytes),
        StateSpace.Local => LocalPointer(w, lane, address - AddressWindows.Local, size),
        StateSpace.Param => Inside(w.Context.Parameters, address - AddressWindows.Param, size, w.Context.Program.ParameterBytes),
        _ => Inside(w.Context.GlobalHost, address - DeviceMemory.WindowBase, size, w.Context.GlobalTop),
    };

    private static byte* LocalPointer(Warp w, int lane, ulong address, int size)
    {
        byte* thread = w.Block.Local + ((long)((w.Index * Warp.Lanes) + lane) * w.Block.LocalBytesPerThread);
        return Inside(thread, address, size, w.Block.LocalBytesPerThread);
    }

    private static byte* Inside(byte* start, ulong offset, int size, long limit) =>
        limit >= size && offset <= (ulong)(limit - size) ? start + offset : null;

    private static string NameOf(StateSpace space) => space switch
    {
        StateSpace.Generic => "generic",
        StateSpace.Constant => "constant",
        _ => space.ToString().ToLowerInvariant(),
    };
}
