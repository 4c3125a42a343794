using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>
/// Places in the register file. Device functions come first and keep their place in every kernel; each kernel's own registers follow.
/// Constants grow downwards from the special registers, in the same order.
/// </summary>
internal sealed class RegisterLayout
{
    private int _predicateLine;
    private int _predicatesLeft;

    public int Top { get; private set; }

    public int Bottom { get; private set; } = -SpecialRegisters.FileBytes;

    public int Count { get; private set; }

    public (int Top, int Bottom, int Count) Mark => (Top, Bottom, Count);

    public void Restore((int Top, int Bottom, int Count) mark)
    {
        (Top, Bottom, Count) = mark;
        _predicatesLeft = 0;
    }

    public int NextIndex() => Count++;

    /// <summary>Room for 32 lanes of <paramref name="size"/> bytes; 0 is a predicate.</summary>
    public int Allocate(int size)
    {
        if (size == 0)
        {
            if (_predicatesLeft == 0)
            {
                _predicateLine = Top;
                _predicatesLeft = 16;
                Top += 64;
            }
            return _predicateLine + (4 * (16 - _predicatesLeft--));
        }
        int slot = Top;
        Top += (Math.Max(32 * size, 64) + 63) / 64 * 64;
        return slot;
    }

    /// <summary>Starts a new line of predicates, so that functions do not share one.</summary>
    public void NewFunction() => _predicatesLeft = 0;

    public int AllocateConstant(int size)
    {
        Bottom -= Math.Max(32 * size, 64);
        return Bottom;
    }
}
