using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>Which opcode is decoded by what.</summary>
internal static class InstructionSet
{
    private static readonly Dictionary<string, Action<Lowering, PtxInstruction>> Table = Build();

    public static void Lower(Lowering lowering, PtxInstruction instruction)
    {
        if (!Table.TryGetValue(instruction.Opcode, out Action<Lowering, PtxInstruction>? lower))
        {
            throw lowering.Error("this instruction is not supported", instruction.FullName);
        }
        lower(lowering, instruction);
    }

    public static bool Knows(string opcode) => Table.ContainsKey(opcode);

    private static Dictionary<string, Action<Lowering, PtxInstruction>> Build()
    {
        var table = new Dictionary<string, Action<Lowering, PtxInstruction>>();
        IntegerInstructions.AddTo(table);
        BitInstructions.AddTo(table);
        FloatInstructions.AddTo(table);
        CompareInstructions.AddTo(table);
        MoveInstructions.AddTo(table);
        ConvertInstructions.AddTo(table);
        MemoryInstructions.AddTo(table);
        AtomicInstructions.AddTo(table);
        ControlInstructions.AddTo(table);
        WarpInstructions.AddTo(table);
        AsyncInstructions.AddTo(table);
        MatrixInstructions.AddTo(table);
        VideoInstructions.AddTo(table);
        StackInstructions.AddTo(table);
        return table;
    }
}
