using System.Runtime.InteropServices;
using System.Text;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>Functions that the device's runtime defines: <c>vprintf</c>, <c>__assertfail</c>, <c>malloc</c> and <c>free</c> of the device heap.</summary>
internal static class SystemCalls
{
    public static bool Lower(Lowering l, PtxInstruction i, string name, ParameterStorage[] arguments, ParameterStorage[] results)
    {
        switch (name, arguments.Length, results.Length)
        {
            case ("vprintf", 2, 1):
                l.Emit(new PrintInstr(arguments[0], arguments[1], results[0]) { Source = i }, InstrClass.Other);
                return true;
            case ("__assertfail", 5, 0):
                l.Emit(new AssertInstr(arguments) { Source = i }, InstrClass.Other);
                return true;
            case ("malloc", 1, 1):
                l.Emit(new HeapInstr(arguments[0], results[0]) { Source = i }, InstrClass.Other);
                return true;
            case ("free", 1, 0):
                l.Emit(new HeapInstr(arguments[0], null) { Source = i }, InstrClass.Other);
                return true;
            default:
                return false;
        }
    }

    /// <summary><c>malloc</c> and <c>free</c> of the device's heap, which outlives the launch. Without room <c>malloc</c> gives null.</summary>
    private sealed unsafe class HeapInstr(ParameterStorage argument, ParameterStorage? result) : Instr, IOrderSensitive
    {
        public bool IsOrderSensitive => true;

        public override void Execute(Warp w)
        {
            DeviceMemory memory = w.Context.Device.Memory;
            for (uint left = w.Mask; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                ulong value = Argument(w, argument, lane);
                if (result is null)
                {
                    if (value != 0 && memory.Release(value) != FreeOutcome.Freed)
                    {
                        throw new KernelFault(LaunchStatus.IllegalAddress, $"free of 0x{value:x}, which is no allocation of the heap", lane);
                    }
                    continue;
                }
                bool done = memory.TryAllocate((long)Math.Min(value, long.MaxValue), out ulong address, "device heap");
                w.Context.GlobalTop = memory.Top;
                byte* place = w.R + result.Value.Slot + (lane * (result.Value.PerLaneArray ? Warp.Stride(result.Value.Size) : result.Value.Size));
                Lanes.Set(place, result.Value.Size, 0, done ? address : 0);
            }
        }
    }

    private static unsafe ulong Argument(Warp w, ParameterStorage storage, int lane)
    {
        byte* place = w.R + storage.Slot + (lane * (storage.PerLaneArray ? Warp.Stride(storage.Size) : storage.Size));
        return Lanes.Get(place, storage.Size, 0);
    }

    private static unsafe string Text(Warp w, int lane, ulong address)
    {
        var bytes = new List<byte>();
        for (int n = 0; n < 4096; n++)
        {
            byte c = *Addressing.Pointer(w, StateSpace.Generic, lane, address + (ulong)n, 1, 1);
            if (c == 0)
            {
                break;
            }
            bytes.Add(c);
        }
        return Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(bytes));
    }

    private sealed unsafe class PrintInstr(ParameterStorage format, ParameterStorage arguments, ParameterStorage result) : Instr, IOrderSensitive
    {
        public bool IsOrderSensitive => true;

        public override void Execute(Warp w)
        {
            for (uint left = w.Mask; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                string pattern = Text(w, lane, Argument(w, format, lane));
                ulong at = Argument(w, arguments, lane);
                string text = PrintFormat.Format(
                    pattern,
                    (size, alignment) =>
                    {
                        at = (at + (ulong)alignment - 1) / (ulong)alignment * (ulong)alignment;
                        ulong value = Lanes.Get(Addressing.Pointer(w, StateSpace.Generic, lane, at, size, alignment), size, 0);
                        at += (ulong)size;
                        return value;
                    },
                    address => Text(w, lane, address),
                    out int count);
                w.Context.Print(text);
                byte* place = w.R + result.Slot + (lane * (result.PerLaneArray ? Warp.Stride(result.Size) : result.Size));
                Lanes.Set(place, result.Size, 0, (ulong)count);
            }
        }
    }

    private sealed class AssertInstr(ParameterStorage[] arguments) : Instr, IOrderSensitive
    {
        public bool IsOrderSensitive => true;

        public override void Execute(Warp w)
        {
            int lane = Lanes.First(w.Mask);
            string condition = Text(w, lane, Argument(w, arguments[0], lane));
            string file = Text(w, lane, Argument(w, arguments[1], lane));
            ulong line = Argument(w, arguments[2], lane);
            string function = Text(w, lane, Argument(w, arguments[3], lane));
            throw new KernelFault(LaunchStatus.Assert, $"{file}:{line}: {function}: assertion `{condition}` failed", lane);
        }
    }
}
