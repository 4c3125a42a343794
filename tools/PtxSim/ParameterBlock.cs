using System.Buffers.Binary;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Tools.PtxSim;

/// <summary>Lays arguments out as the kernel's parameter block.</summary>
internal static class ParameterBlock
{
    /// <summary>The block's bytes; <paramref name="addressOf"/> gives the device address of a buffer argument.</summary>
    /// <exception cref="ToolException">Number or sizes of the arguments are not those of the parameters.</exception>
    public static byte[] Build(PtxEntry entry, IReadOnlyList<KernelArgument> arguments, Func<BufferArgument, ulong> addressOf)
    {
        var block = new byte[entry.ParameterBytes];
        bool oneToOne = arguments.Count == entry.Parameters.Count
            && entry.Parameters.Zip(arguments).All(static pair => Fits(pair.Second, pair.First.Size));
        if (oneToOne)
        {
            for (int i = 0; i < arguments.Count; i++)
            {
                PtxParameter parameter = entry.Parameters[i];
                Write(arguments[i], block.AsSpan(parameter.Offset, parameter.Size), addressOf);
            }

            return block;
        }

        if (entry.Parameters is [{ Alignment: var alignment, Size: > 8 or 3 or 5 or 6 or 7 } structure])
        {
            PackFields(entry, structure.Size, alignment, arguments, block, addressOf);
            return block;
        }

        if (arguments.Count != entry.Parameters.Count)
        {
            throw new ToolException(
                ExitCode.Usage,
                $"{entry.Name} takes {Count(entry.Parameters.Count, "parameter")} ({Describe(entry)}) but {Count(arguments.Count, "--arg")} "
                + $"{(arguments.Count == 1 ? "was" : "were")} given.");
        }

        int wrong = Enumerable.Range(0, arguments.Count).First(i => !Fits(arguments[i], entry.Parameters[i].Size));
        throw new ToolException(
            ExitCode.Usage,
            $"--arg {arguments[wrong].Text} does not fit parameter {wrong + 1} of {entry.Name}, which is .{entry.Parameters[wrong].Type} of "
            + $"{Count(entry.Parameters[wrong].Size, "byte")}.");
    }

    /// <summary>`u64 x, u64 y, u32 n`.</summary>
    public static string Describe(PtxEntry entry) =>
        entry.Parameters.Count == 0 ? "none" : string.Join(", ", entry.Parameters.Select(static p => $"{p.Type} {p.Name}"));

    private static string Count(int number, string what) => $"{number} {what}{(number == 1 ? "" : "s")}";

    private static void PackFields(
        PtxEntry entry, int size, int alignment, IReadOnlyList<KernelArgument> arguments, byte[] block, Func<BufferArgument, ulong> addressOf)
    {
        int offset = 0;
        foreach (KernelArgument argument in arguments)
        {
            int field = SizeOf(argument);
            offset = (offset + field - 1) / field * field;
            if (offset + field > size)
            {
                offset = int.MaxValue - alignment;
                break;
            }

            Write(argument, block.AsSpan(offset, field), addressOf);
            offset += field;
        }

        if ((offset + alignment - 1) / alignment * alignment != size)
        {
            string layout = string.Join(", ", arguments.Select(static argument => $"{argument.Text} ({SizeOf(argument)})"));
            throw new ToolException(
                ExitCode.Usage,
                $"{entry.Name} takes one struct of {size} bytes, which the fields {(layout.Length == 0 ? "(none were given)" : layout)} do not fill.");
        }
    }

    private static int SizeOf(KernelArgument argument) => argument switch
    {
        IntegerArgument integer => integer.Size,
        FloatArgument number => number.Size,
        _ => sizeof(ulong),
    };

    private static bool Fits(KernelArgument argument, int size) => argument switch
    {
        IntegerArgument integer => size is 1 or 2 or 4 or 8 && integer.FitsIn(size),
        _ => SizeOf(argument) == size,
    };

    private static void Write(KernelArgument argument, Span<byte> target, Func<BufferArgument, ulong> addressOf)
    {
        switch (argument)
        {
            case IntegerArgument integer:
                integer.Write(target);
                break;
            case FloatArgument number:
                number.Write(target);
                break;
            case BufferArgument buffer:
                BinaryPrimitives.WriteUInt64LittleEndian(target, addressOf(buffer));
                break;
        }
    }
}
