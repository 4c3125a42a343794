using System.Numerics;
using System.Runtime.CompilerServices;

namespace WrnEngine.Kernels.Simulator.Machine;

internal sealed unsafe partial class Warp
{
    private void Call(Split split, CallInstr call, uint mask)
    {
        FunctionCode callee = call.Callee ?? CalleeOf(call, mask, out mask);
        if (mask != split.Mask)
        {
            // Lanes that do not call now: those of another target come back to this instruction, the others go on behind it.
            uint rest = split.Mask & ~mask;
            bool again = call.Callee is null;
            if (again)
            {
                _splits.Add(NewSplit(split.Code, split.Pc, rest, split.Join, split.Frame));
            }
            else
            {
                split.Join = new Join { Code = split.Code, Pc = split.Pc + 1, Expected = split.Mask, Arrived = rest, Parent = split.Join, Frame = split.Frame, IsReturn = true };
            }
            split.Mask = mask;
        }
        int depth = (split.Frame?.Depth ?? 0) + 1;
        int localBase = (split.Frame?.LocalBase ?? 0) + split.Code.LocalBytes;
        if (depth > MaxCallDepth || localBase + callee.LocalBytes > (StackTop?.Min() ?? Block.LocalBytesPerThread))
        {
            throw new KernelFault(LaunchStatus.HardwareStackError, $"calls are nested {depth} deep: the stack is exhausted", BitOperations.TrailingZeroCount(mask));
        }
        byte[]? saved = null;
        // Arguments are read before the callee's registers, which may hold them, are touched.
        byte[] arguments = Read(call.Arguments);
        if (callee.IsRecursive)
        {
            saved = new ReadOnlySpan<byte>(R + callee.RegisterStart, callee.RegisterEnd - callee.RegisterStart).ToArray();
        }
        var frame = new Frame { Caller = split.Frame, Code = callee, Call = call, Depth = depth, LocalBase = localBase, Saved = saved, StackTop = (int[]?)StackTop?.Clone() };
        split.Join = split.Join is { IsReturn: true } join && join.Code == split.Code && join.Pc == split.Pc + 1 && join.Frame == split.Frame && join.Expected != mask
            ? join
            : new Join { Code = split.Code, Pc = split.Pc + 1, Expected = mask, Parent = split.Join, Frame = split.Frame, IsReturn = true };
        Write(Formals(callee, false), arguments, mask);
        split.Frame = frame;
        split.Code = callee;
        split.Pc = 0;
        LocalBase = localBase;
    }

    /// <summary>Lanes return to their caller. Returns whether the split goes on.</summary>
    private bool Return(Split split, uint mask)
    {
        Frame frame = split.Frame!;
        var call = (CallInstr)frame.Call;
        byte[] results = Read(Formals(frame.Code, true));
        if (frame.Saved is { } saved)
        {
            Restore(frame.Code, saved, mask);
        }
        Write(call.Results, results, mask);
        for (uint left = StackTop is null ? 0 : mask; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            StackTop![lane] = frame.StackTop![lane];
        }
        Join join = split.Join!;
        split.Mask &= ~mask;
        while (!join.IsReturn)
        {
            // An early return: the lanes will not come to the meeting places of this activation.
            join.Expected &= ~mask;
            if (join.Expected != 0 && join.Arrived == join.Expected)
            {
                ReleaseEarly(join);
            }
            join = join.Parent!;
        }
        join.Arrived |= mask;
        if (split.Mask != 0)
        {
            if (join.Arrived == join.Expected)
            {
                ReleaseEarly(join);
            }
            return true;
        }
        if (join.Arrived != join.Expected)
        {
            split.State = SplitState.Done;
            return false;
        }
        split.Mask = join.Arrived;
        split.Join = join.Parent;
        split.Code = join.Code;
        split.Pc = join.Pc;
        split.Frame = join.Frame;
        LocalBase = split.Frame?.LocalBase ?? 0;
        return true;
    }

    private FunctionCode CalleeOf(CallInstr call, uint mask, out uint lanes)
    {
        var addresses = (ulong*)(R + call.AddressSlot);
        int first = BitOperations.TrailingZeroCount(mask);
        ulong address = addresses[first];
        lanes = 0;
        for (uint left = mask; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            if (addresses[lane] == address)
            {
                lanes |= 1u << lane;
            }
        }
        ulong ordinal = (address - AddressWindows.Code) / 16;
        FunctionCode? callee = address >= AddressWindows.Code && address % 16 == 0 && ordinal < (ulong)_program.Functions.Count ? _program.Functions[(int)ordinal] : null;
        if (callee is null || Formals(callee, false).Length != call.Arguments.Length)
        {
            throw new KernelFault(LaunchStatus.InvalidPc, $"a call goes to 0x{address:x}, which is no function of this form", first, address);
        }
        return callee;
    }

    private static ParameterStorage[] Formals(FunctionCode callee, bool results)
    {
        List<Ptx.PtxVariable> formals = results ? callee.Function.Results : callee.Function.Parameters;
        var storage = new ParameterStorage[formals.Count];
        for (int i = 0; i < storage.Length; i++)
        {
            storage[i] = StorageOf(formals[i]);
        }
        return storage;
    }

    internal static ParameterStorage StorageOf(Ptx.PtxVariable variable) =>
        variable.Register is { } register
            ? new ParameterStorage(register.Slot, register.Type.Size, false)
            : new ParameterStorage(variable.Offset, (int)variable.Size, true);

    /// <summary>Bytes per lane of a parameter kept as an array in the register file.</summary>
    internal static int Stride(int size) => (size + 15) / 16 * 16;

    private byte[] Read(ParameterStorage[] storage)
    {
        int total = 0;
        foreach (ParameterStorage item in storage)
        {
            total += Stride(item.Size);
        }
        var bytes = new byte[total * Lanes];
        int at = 0;
        foreach (ParameterStorage item in storage)
        {
            for (int lane = 0; lane < Lanes; lane++)
            {
                new ReadOnlySpan<byte>(Place(item, lane), item.Size).CopyTo(bytes.AsSpan(at + (lane * Stride(item.Size))));
            }
            at += Stride(item.Size) * Lanes;
        }
        return bytes;
    }

    private void Write(ParameterStorage[] storage, byte[] bytes, uint mask)
    {
        int at = 0;
        foreach (ParameterStorage item in storage)
        {
            for (uint left = mask; left != 0; left &= left - 1)
            {
                int lane = BitOperations.TrailingZeroCount(left);
                int from = at + (lane * Stride(item.Size));
                if (from + item.Size <= bytes.Length)
                {
                    bytes.AsSpan(from, item.Size).CopyTo(new Span<byte>(Place(item, lane), item.Size));
                }
            }
            at += Stride(item.Size) * Lanes;
        }
    }

    private byte* Place(ParameterStorage item, int lane) => R + item.Slot + (lane * (item.PerLaneArray ? Stride(item.Size) : item.Size));

    /// <summary>Puts back what a recursive call found, for the lanes that return.</summary>
    private void Restore(FunctionCode code, byte[] saved, uint mask)
    {
        if (mask == Full)
        {
            saved.CopyTo(new Span<byte>(R + code.RegisterStart, saved.Length));
            return;
        }
        foreach ((int slot, int size) in code.Slots)
        {
            int from = slot - code.RegisterStart;
            if (size == 0)
            {
                uint old = Unsafe.ReadUnaligned<uint>(ref saved[from]);
                uint* predicate = (uint*)(R + slot);
                *predicate = (*predicate & ~mask) | (old & mask);
                continue;
            }
            for (uint left = mask; left != 0; left &= left - 1)
            {
                int lane = BitOperations.TrailingZeroCount(left);
                saved.AsSpan(from + (lane * size), size).CopyTo(new Span<byte>(R + slot + (lane * size), size));
            }
        }
    }
}
