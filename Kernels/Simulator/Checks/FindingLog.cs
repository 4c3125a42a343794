using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Checks;

/// <summary>Collects findings, one per instruction and kind of mistake; repetitions only count.</summary>
internal sealed class FindingLog(KernelProgram program, int most)
{
    private readonly Dictionary<(CheckKinds Check, Instr? Instr, string Kind, Instr? Other), int> _places = [];
    private readonly List<Finding> _findings = [];

    public IReadOnlyList<Finding> Findings => _findings;

    /// <param name="check">The check that speaks.</param>
    /// <param name="w">The warp.</param>
    /// <param name="instr">The instruction to blame.</param>
    /// <param name="lane">The thread's lane.</param>
    /// <param name="kind">What repetitions are recognised by.</param>
    /// <param name="message">The clause for the reader.</param>
    /// <param name="address">Address, if it is about one.</param>
    /// <param name="size">Bytes of the access.</param>
    /// <param name="other">The other party of a race, with its instruction.</param>
    public void Add(CheckKinds check, Warp w, Instr instr, int lane, string kind, string message, ulong? address = null, int size = 0, (Instr? Instr, OtherParty Party)? other = null)
    {
        (CheckKinds, Instr, string, Instr?) key = (check, instr, kind, other?.Instr);
        if (_places.TryGetValue(key, out int at))
        {
            _findings[at] = _findings[at] with { Count = _findings[at].Count + 1 };
            return;
        }
        if (_findings.Count >= most)
        {
            return;
        }
        _places.Add(key, _findings.Count);
        (string? file, int line) = GridScheduler.SourceOf(program, instr);
        _findings.Add(new Finding
        {
            Check = check,
            Message = message,
            Kernel = program.Entry.Function.Name,
            PtxFile = program.FileName,
            PtxLine = instr.Line,
            SourceFile = file,
            SourceLine = line,
            Block = w.Block.Position,
            Thread = w.ThreadOf(lane),
            Address = address,
            Size = size,
            Other = other?.Party,
        });
    }
}
