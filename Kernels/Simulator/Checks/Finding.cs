using System.Globalization;
using System.Text;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Checks;

/// <summary>One thing a check found, at one place in the kernel.</summary>
public sealed record Finding
{
    /// <summary>The single check that reports this.</summary>
    public required CheckKinds Check { get; init; }

    /// <summary>What is wrong, in one clause.</summary>
    public required string Message { get; init; }

    public string Kernel { get; init; } = "";

    public string PtxFile { get; init; } = "";

    /// <summary>Line in the PTX text; 0 when the finding has no instruction (a leak, a double free).</summary>
    public int PtxLine { get; init; }

    /// <summary>The <c>.cu</c> file of the nearest <c>.loc</c>, if there is one.</summary>
    public string? SourceFile { get; init; }

    public int SourceLine { get; init; }

    public Dim3 Block { get; init; }

    public Dim3 Thread { get; init; }

    /// <summary>Address in the space the instruction names (shared addresses count from the start of the block's shared memory).</summary>
    public ulong? Address { get; init; }

    /// <summary>Bytes of the access.</summary>
    public int Size { get; init; }

    /// <summary>The other access of a race.</summary>
    public OtherParty? Other { get; init; }

    /// <summary>How often the same instruction was found guilty of the same.</summary>
    public long Count { get; init; } = 1;

    /// <summary>The name as users type it.</summary>
    public string CheckName => Check.ToString().ToLowerInvariant();

    public override string ToString()
    {
        var text = new StringBuilder().Append(CheckName).Append(": ").Append(Message);
        if (Address is { } address)
        {
            text.Append(CultureInfo.InvariantCulture, $" at 0x{address:x}");
        }
        if (Kernel.Length > 0)
        {
            text.Append(" in ").Append(Kernel);
        }
        if (PtxLine > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" ({PtxFile}:{PtxLine}");
            text.Append(SourceFile is null ? ")" : $", {SourceFile}:{SourceLine})");
            text.Append(CultureInfo.InvariantCulture, $", block {Block} thread {Thread}");
        }
        if (Other is { } other)
        {
            text.Append("; other party: ").Append(other);
        }
        if (Count > 1)
        {
            text.Append(CultureInfo.InvariantCulture, $" [{Count} times]");
        }
        return text.ToString();
    }
}

/// <summary>The earlier access of a race.</summary>
public sealed record OtherParty(string Access, int PtxLine, string? SourceFile, int SourceLine, Dim3 Block, Dim3 Thread)
{
    public override string ToString() =>
        $"{Access} at line {PtxLine}{(SourceFile is null ? "" : $" ({SourceFile}:{SourceLine})")} by block {Block} thread {Thread}";
}
