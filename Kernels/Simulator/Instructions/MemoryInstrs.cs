using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>A load or store: where, how many bytes per element, how many elements.</summary>
internal abstract class MemoryInstr(AddressOperand address, int size, int count) : Instr
{
    protected readonly AddressOperand Address = address;

    /// <summary>Bytes of one element in memory.</summary>
    protected readonly int Size = size;

    protected readonly int Count = count;

    protected AccessPattern Resolve(Warp w, AccessKind kind)
    {
        AccessPattern pattern = Addressing.Resolve(w, Address, Size * Count, Size * Count);
        if (w.Context.Observed)
        {
            w.Context.Counters?.Access(w, Address.Space, kind, Size * Count);
            w.Context.Checks?.OnAccess(w, this, Address.Space, kind, Size * Count);
            w.Context.Options.Observer?.OnAccess(new WarpAccess(w, this, Address.Space, kind, Size * Count));
        }
        return pattern;
    }
}

/// <summary>One element into a register of the same size: the load of inner loops.</summary>
internal sealed unsafe class LoadOne<T>(AddressOperand address, int d) : MemoryInstr(address, sizeof(T), 1)
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(Warp w)
    {
        AccessPattern pattern = Resolve(w, AccessKind.Read);
        byte* to = w.R + d;
        byte** from = w.Pointers;
        switch (pattern)
        {
            case AccessPattern.Contiguous when sizeof(T) > 1:
                for (int v = 0; v < Lanes.Vectors<T>(); v++)
                {
                    Vector512.Load(from[0] + (64 * v)).Store(to + (64 * v));
                }
                break;
            case AccessPattern.Uniform when sizeof(T) > 1:
                Vector512<T> value = Vector512.Create(*(T*)from[0]);
                for (int v = 0; v < Lanes.Vectors<T>(); v++)
                {
                    value.Store((T*)to + (v * Vector512<T>.Count));
                }
                break;
            default:
                if (w.Mask == Warp.Full)
                {
                    for (int lane = 0; lane < Warp.Lanes; lane++)
                    {
                        ((T*)to)[lane] = *(T*)from[lane];
                    }
                    break;
                }
                for (uint left = w.Mask; left != 0; left &= left - 1)
                {
                    int lane = Lanes.First(left);
                    ((T*)to)[lane] = *(T*)from[lane];
                }
                break;
        }
    }
}

/// <summary>Any load: several elements, or registers wider than what is in memory.</summary>
internal sealed unsafe class LoadMany(AddressOperand address, int size, bool signed, (int Slot, int Size)[] places)
    : MemoryInstr(address, size, places.Length)
{
    public override void Execute(Warp w)
    {
        Resolve(w, AccessKind.Read);
        for (uint left = w.Mask; left != 0; left &= left - 1)
        {
            int lane = Lanes.First(left);
            byte* from = w.Pointers[lane];
            for (int k = 0; k < places.Length; k++)
            {
                (int slot, int registerSize) = places[k];
                if (slot == int.MinValue)
                {
                    continue;
                }
                if (Size == 16)
                {
                    ((UInt128*)(w.R + slot))[lane] = ((UInt128*)from)[k];
                    continue;
                }
                ulong value = Lanes.Get(from, Size, k);
                Lanes.Set(w.R + slot, registerSize, lane, signed ? (ulong)IntegerInstructions.SignExtend(value, Size) : value);
            }
        }
    }
}

/// <summary>Several 32-bit elements at once, the vector load of inner loops.</summary>
internal sealed unsafe class LoadWords(AddressOperand address, int[] places) : MemoryInstr(address, 4, places.Length)
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(Warp w)
    {
        Resolve(w, AccessKind.Read);
        byte* r = w.R;
        for (uint left = w.Mask; left != 0; left &= left - 1)
        {
            int lane = Lanes.First(left);
            var from = (uint*)w.Pointers[lane];
            for (int k = 0; k < places.Length; k++)
            {
                ((uint*)(r + places[k]))[lane] = from[k];
            }
        }
    }
}

/// <summary>One element from a register of the same size.</summary>
internal sealed unsafe class StoreOne<T>(AddressOperand address, int s) : MemoryInstr(address, sizeof(T), 1), IStoreValue
    where T : unmanaged
{
    public bool IsInMemory(Warp w, int lane, int size) => Lanes.Get(w.R + s, sizeof(T), lane) == Lanes.Get(w.Pointers[lane], sizeof(T), 0);

    public bool SameValue(Warp w, int lane, int other) => Lanes.Get(w.R + s, sizeof(T), lane) == Lanes.Get(w.R + s, sizeof(T), other);

    public void CopyValue(Warp w, int lane, Span<byte> value) => new ReadOnlySpan<byte>(w.R + s + (sizeof(T) * lane), sizeof(T)).CopyTo(value);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(Warp w)
    {
        AccessPattern pattern = Resolve(w, AccessKind.Write);
        byte* from = w.R + s;
        byte** to = w.Pointers;
        if (pattern == AccessPattern.Contiguous && sizeof(T) > 1)
        {
            for (int v = 0; v < Lanes.Vectors<T>(); v++)
            {
                Vector512.Load(from + (64 * v)).Store(to[0] + (64 * v));
            }
            return;
        }
        for (uint left = w.Mask; left != 0; left &= left - 1)
        {
            int lane = Lanes.First(left);
            *(T*)to[lane] = ((T*)from)[lane];
        }
    }
}

/// <summary>Any store.</summary>
internal sealed unsafe class StoreMany(AddressOperand address, int size, (int Slot, int Size)[] sources) : MemoryInstr(address, size, sources.Length), IStoreValue
{
    public bool SameValue(Warp w, int lane, int other) =>
        Array.TrueForAll(sources, source => Size < 16 && Lanes.Get(w.R + source.Slot, Size, lane) == Lanes.Get(w.R + source.Slot, Size, other));

    public void CopyValue(Warp w, int lane, Span<byte> value)
    {
        for (int k = 0; k < sources.Length; k++) new ReadOnlySpan<byte>(w.R + sources[k].Slot + (sources[k].Size * lane), Size).CopyTo(value[(Size * k)..]);
    }

    public bool IsInMemory(Warp w, int lane, int size)
    {
        for (int k = 0; k < sources.Length; k++)
        {
            if (Size == 16 || Lanes.Get(w.R + sources[k].Slot, Size, lane) != Lanes.Get(w.Pointers[lane], Size, k))
            {
                return false;
            }
        }
        return true;
    }

    public override void Execute(Warp w)
    {
        Resolve(w, AccessKind.Write);
        for (uint left = w.Mask; left != 0; left &= left - 1)
        {
            int lane = Lanes.First(left);
            byte* to = w.Pointers[lane];
            for (int k = 0; k < sources.Length; k++)
            {
                (int slot, int registerSize) = sources[k];
                if (Size == 16)
                {
                    ((UInt128*)to)[k] = ((UInt128*)(w.R + slot))[lane];
                    continue;
                }
                Lanes.Set(to, Size, k, Lanes.Get(w.R + slot, registerSize, lane));
            }
        }
    }
}

/// <summary>A kernel parameter at a fixed offset: the same value for every lane.</summary>
internal sealed unsafe class LoadParameter(int offset, int size, bool signed, (int Slot, int Size)[] places) : Instr
{
    public override void Execute(Warp w)
    {
        byte* from = w.Context.Parameters + offset;
        for (int k = 0; k < places.Length; k++)
        {
            (int slot, int registerSize) = places[k];
            if (slot == int.MinValue)
            {
                continue;
            }
            if (size == 16)
            {
                for (uint left = w.Mask; left != 0; left &= left - 1)
                {
                    ((UInt128*)(w.R + slot))[Lanes.First(left)] = ((UInt128*)from)[k];
                }
                continue;
            }
            ulong value = Lanes.Get(from, size, k);
            value = signed ? (ulong)IntegerInstructions.SignExtend(value, size) : value;
            if (registerSize == 4)
            {
                Lanes.Store(w.R + slot, 0, Vector512.Create((uint)value), w.Mask);
                Lanes.Store(w.R + slot, 1, Vector512.Create((uint)value), w.Mask);
            }
            else if (registerSize == 8)
            {
                for (int v = 0; v < 4; v++)
                {
                    Lanes.Store(w.R + slot, v, Vector512.Create(value), w.Mask);
                }
            }
            else
            {
                for (uint left = w.Mask; left != 0; left &= left - 1)
                {
                    Lanes.Set(w.R + slot, registerSize, Lanes.First(left), value);
                }
            }
        }
    }
}

/// <summary>Parameters and results of device functions: a byte array per lane inside the register file.</summary>
internal sealed unsafe class CallParameterAccess(PtxVariable variable, int offset, int size, bool signed, bool store, (int Slot, int Size)[] places) : Instr
{
    public override void Execute(Warp w)
    {
        int stride = Warp.Stride((int)Math.Max(variable.Size, 1));
        for (uint left = w.Mask; left != 0; left &= left - 1)
        {
            int lane = Lanes.First(left);
            byte* storage = w.R + variable.Offset + (lane * stride) + offset;
            for (int k = 0; k < places.Length; k++)
            {
                (int slot, int registerSize) = places[k];
                if (slot == int.MinValue)
                {
                    continue;
                }
                if (size == 16)
                {
                    UInt128* register = (UInt128*)(w.R + slot) + lane;
                    if (store)
                    {
                        Unsafe.WriteUnaligned(storage + (16 * k), *register);
                    }
                    else
                    {
                        *register = Unsafe.ReadUnaligned<UInt128>(storage + (16 * k));
                    }
                }
                else if (store)
                {
                    Lanes.Set(storage, size, k, Lanes.Get(w.R + slot, registerSize, lane));
                }
                else
                {
                    ulong value = Lanes.Get(storage, size, k);
                    Lanes.Set(w.R + slot, registerSize, lane, signed ? (ulong)IntegerInstructions.SignExtend(value, size) : value);
                }
            }
        }
    }
}
