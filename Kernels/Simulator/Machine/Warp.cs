using System.Runtime.InteropServices;

namespace WrnEngine.Kernels.Simulator.Machine;

/// <summary>32 threads: their registers, their splits, and the interpreter (in <c>Warp.Run.cs</c>).</summary>
internal sealed unsafe partial class Warp : IDisposable
{
    public const int Lanes = 32;
    public const uint Full = 0xFFFF_FFFF;

    private readonly KernelProgram _program;
    private readonly List<Split> _splits = [];
    private readonly Stack<Split> _spareSplits = new();
    private byte* _memory;

    /// <summary>Base of the register file: registers behind it, constants before it. Each holds its 32 lanes side by side.</summary>
    public byte* R;

    /// <summary>Lanes that carry out the current instruction.</summary>
    public uint Mask;

    /// <summary>The carry flag of each lane.</summary>
    public uint Carry;

    /// <summary>Lanes that have not exited.</summary>
    public uint Live;

    /// <summary>Lanes that exist.</summary>
    public uint Initial;

    /// <summary>Start of the current activation's local variables.</summary>
    public int LocalBase;

    /// <summary>Lowest byte of each lane's <c>alloca</c> memory; null in programs without it.</summary>
    public int[]? StackTop;

    public int Index;

    /// <summary>The instruction being carried out.</summary>
    public Instr Current = null!;

    public Split CurrentSplit = null!;

    /// <summary>Addresses of the current memory instruction as the threads see them, one per lane.</summary>
    public readonly ulong* Addresses;

    /// <summary>Host addresses of the same bytes.</summary>
    public readonly byte** Pointers;

    /// <summary>Values deposited by a collective instruction, 64 bytes per lane.</summary>
    public readonly byte* Exchange;

    /// <summary>Predicates deposited by a collective instruction.</summary>
    public uint ExchangePredicate;

    /// <summary>Definedness of each register, one bit per lane; null without initcheck.</summary>
    public uint[]? Defined;

    /// <summary>Instructions carried out so far, the clock of the special registers.</summary>
    public long Ticks;

    public readonly AsyncCopies Copies = new();

    public Warp(Block block, LaunchContext context)
    {
        Block = block;
        Context = context;
        _program = context.Program;
        int constants = (_program.ConstantBytes + 63) / 64 * 64;
        int registers = (_program.RegisterBytes + 63) / 64 * 64;
        const int Scratch = (Lanes * 8 * 2) + (Lanes * 64);
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)(constants + registers + Scratch), 64);
        R = _memory + constants;
        Addresses = (ulong*)(R + registers);
        Pointers = (byte**)(Addresses + Lanes);
        Exchange = (byte*)(Pointers + Lanes);
        if (context.Options.Checks.HasFlag(Checks.CheckKinds.Initcheck))
        {
            Defined = new uint[_program.RegisterCount];
        }
        WriteConstants();
    }

    public Block Block { get; }

    public LaunchContext Context { get; }

    public bool IsFinished => Live == 0;

    public bool HasReady
    {
        get
        {
            foreach (Split split in _splits)
            {
                if (split.State == SplitState.Ready)
                {
                    return true;
                }
            }
            return false;
        }
    }

    public IReadOnlyList<Split> Splits => _splits;

    /// <summary>Prepares the warp for a new block.</summary>
    public void Start(int index, uint lanes)
    {
        Index = index;
        Initial = lanes;
        Live = lanes;
        Carry = 0;
        _turn = 0;
        LocalBase = 0;
        if (_program.UsesStack)
        {
            StackTop ??= new int[Lanes];
            Array.Fill(StackTop, Block.LocalBytesPerThread);
        }
        Copies.Clear();
        _splits.Clear();
        _spareSplits.Clear();
        NativeMemory.Clear(R, (nuint)_program.RegisterBytes);
        if (Defined != null)
        {
            Array.Clear(Defined);
        }
        if (lanes != 0)
        {
            _splits.Add(new Split { Code = _program.Entry, Mask = lanes });
        }
    }

    /// <summary>The thread of a lane inside its block.</summary>
    public Dim3 ThreadOf(int lane) => Context.BlockExtent.PositionOf((Index * Lanes) + lane);

    /// <summary>Sets a 32-bit value for all lanes.</summary>
    public void Broadcast(int slot, uint value) => new Span<uint>(R + slot, Lanes).Fill(value);

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
        R = null;
    }

    private void WriteConstants()
    {
        foreach (FunctionCode function in _program.Reachable)
        {
            foreach (ConstantSlot constant in function.Constants)
            {
                ulong value = constant.Bits + (constant.Symbol is { } symbol ? Context.AddressOf(symbol) : 0);
                for (int lane = 0; lane < Lanes; lane++)
                {
                    switch (constant.Size)
                    {
                        case 0: *(uint*)(R + constant.Slot) = value != 0 ? Full : 0; break;
                        case 1: R[constant.Slot + lane] = (byte)value; break;
                        case 2: ((ushort*)(R + constant.Slot))[lane] = (ushort)value; break;
                        case 4: ((uint*)(R + constant.Slot))[lane] = (uint)value; break;
                        case 8: ((ulong*)(R + constant.Slot))[lane] = value; break;
                        default:
                            ((ulong*)(R + constant.Slot))[2 * lane] = value;
                            ((ulong*)(R + constant.Slot))[(2 * lane) + 1] = 0;
                            break;
                    }
                }
            }
        }
    }
}
