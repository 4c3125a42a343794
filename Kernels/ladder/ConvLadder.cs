using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels.Ladder;

/// <summary>A convolution 3x3, stride 1, padding 1: x [Batch, Height, Width, InChannels], weight [OutChannels, 3, 3, InChannels].</summary>
public readonly record struct ConvLadderShape(int Batch, int Height, int Width, int InChannels, int OutChannels)
{
    /// <summary>Elements of x.</summary>
    public int InputCount => Batch * Height * Width * InChannels;

    /// <summary>Elements of the weight.</summary>
    public int WeightCount => OutChannels * 9 * InChannels;

    /// <summary>Elements of y [Batch, Height, Width, OutChannels].</summary>
    public int OutputCount => Batch * Height * Width * OutChannels;

    /// <inheritdoc/>
    public override string ToString() => $"[{Batch}, {Height}, {Width}, {InChannels}] to {OutChannels} channels";
}

/// <summary>Twin of <c>ConvArgs</c>, which every rung takes; addresses are on the device.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct ConvLadderArgs(nint X, nint Weight, nint Y, int Batch, int Height, int Width, int InChannels, int OutChannels)
{
    /// <summary>The arguments for a shape.</summary>
    public ConvLadderArgs(nint x, nint weight, nint y, ConvLadderShape shape)
        : this(x, weight, y, shape.Batch, shape.Height, shape.Width, shape.InChannels, shape.OutChannels)
    {
    }
}

/// <summary>One rung of the convolution ladder.</summary>
/// <param name="Name">Of the <c>.cu</c> file and of the kernel in it.</param>
/// <param name="Target">Compute capability that it is built for, as 10 major + minor.</param>
/// <param name="InChannelMultiple">What InChannels must be a multiple of.</param>
/// <param name="Grid">Blocks of <see cref="ConvLadder.Block"/> for a shape.</param>
public sealed record ConvRung(string Name, int Target, int InChannelMultiple, Func<ConvLadderShape, Dim3> Grid)
{
    /// <summary>What OutChannels must be a multiple of.</summary>
    public int OutChannelMultiple { get; init; } = 1;

    /// <summary>True when it takes tf32 numbers: 10 bits of mantissa.</summary>
    public bool RoundsToTf32 { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>A convolution six times, each a step faster than the one before: see <c>docs/kernel-ladder.md</c>. For teaching; the engine uses none of it.</summary>
public static class ConvLadder
{
    private const int Threads = 256;

    /// <summary>Threads of a block, in every rung.</summary>
    public static Dim3 Block => Threads;

    /// <summary>From the first to the last.</summary>
    public static IReadOnlyList<ConvRung> Rungs { get; } =
    [
        new("conv_1_naive", 75, 1, shape => Ceiling(shape.OutputCount, Threads)),
        new("conv_2_coalesced", 75, 1, shape => Ceiling(shape.OutputCount, Threads / 8)),
        new("conv_3_shared_tile", 75, 1, shape => Tiles(shape, 4, 16)),
        new("conv_4_register_tile", 75, 1, shape => Tiles(shape, 8, 64)),
        new("conv_5_vectorised", 75, 4, shape => Tiles(shape, 8, 64)),
        new("conv_6_tensor_cores", 80, 4, shape => Tiles(shape, 8, 64)) { OutChannelMultiple = 2, RoundsToTf32 = true },
    ];

    /// <summary>Blocks that take <paramref name="side"/> x <paramref name="side"/> pixels of an image and <paramref name="channels"/> output channels.</summary>
    private static Dim3 Tiles(ConvLadderShape shape, int side, int channels) =>
        new(Ceiling(shape.Height, side) * Ceiling(shape.Width, side), Ceiling(shape.OutChannels, channels), (uint)shape.Batch);

    private static uint Ceiling(int count, int size) => (uint)((count + size - 1) / size);
}
