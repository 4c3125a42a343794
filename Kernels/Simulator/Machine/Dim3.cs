namespace WrnEngine.Kernels.Simulator.Machine;

/// <summary>Extent of a grid or block, or a position inside one; x runs fastest.</summary>
public readonly record struct Dim3(int X, int Y = 1, int Z = 1)
{
    /// <summary>Number of positions.</summary>
    public long Count => (long)X * Y * Z;

    internal Dim3 PositionOf(long linear) => new((int)(linear % X), (int)(linear / X % Y), (int)(linear / ((long)X * Y)));

    public override string ToString() => $"({X},{Y},{Z})";
}
