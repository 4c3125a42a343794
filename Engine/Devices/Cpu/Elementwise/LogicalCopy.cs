using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cpu.Elementwise;

/// <summary>Copies between tensors of different shape in logical order: a transposition for each one that is stored channels-last.</summary>
internal static unsafe class LogicalCopy
{
    private const int Tile = 32;

    public static void Run(CpuDevice device, Tensor x, Tensor y)
    {
        if (x.DType != y.DType || x.DType.SizeInBytes() != sizeof(uint))
            throw new ArgumentException($"cannot copy {x.DType.ShortName()}{x.Shape} to {y.DType.ShortName()}{y.Shape}: reshaping on the cpu takes f32 or i32 on both sides");
        bool fromRowMajor = StorageOrder.IsRowMajor(x.Shape), toRowMajor = StorageOrder.IsRowMajor(y.Shape);
        if (x.Shape == y.Shape || (fromRowMajor && toRowMajor)) device.Copy(x, y);
        else if (toRowMajor) ToLogical(device.Team, x.Address, y.Address, x.Shape);
        else if (fromRowMajor) FromLogical(device.Team, x.Address, y.Address, y.Shape);
        else
        {
            var logical = device.Memory.Allocate(x.SizeInBytes);
            ToLogical(device.Team, x.Address, logical.Address, x.Shape);
            FromLogical(device.Team, logical.Address, y.Address, y.Shape);
            logical.Release();
        }
    }

    /// <summary>[N, H, W, C] as stored to [N, C, H, W].</summary>
    public static void ToLogical(ThreadTeam team, nint stored, nint logical, Shape shape) =>
        Transpose(team, stored, logical, shape[0], shape[2] * shape[3], shape[1]);

    /// <summary>[N, C, H, W] to [N, H, W, C] as stored.</summary>
    public static void FromLogical(ThreadTeam team, nint logical, nint stored, Shape shape) =>
        Transpose(team, logical, stored, shape[0], shape[1], shape[2] * shape[3]);

    /// <summary>Each of <paramref name="batch"/> matrices [rows, columns] to [columns, rows], in square tiles that stay in the L1 cache.</summary>
    private static void Transpose(ThreadTeam team, nint source, nint target, int batch, int rows, int columns)
    {
        int bands = (rows + Tile - 1) / Tile;
        void Band(int part)
        {
            var (n, band) = Math.DivRem(part, bands);
            long offset = (long)n * rows * columns;
            uint* s = (uint*)source + offset, t = (uint*)target + offset;
            int firstRow = band * Tile, endRow = Math.Min(rows, firstRow + Tile);
            for (int firstColumn = 0; firstColumn < columns; firstColumn += Tile)
            {
                int endColumn = Math.Min(columns, firstColumn + Tile);
                for (int c = firstColumn; c < endColumn; c++)
                    for (int r = firstRow; r < endRow; r++) t[(long)c * rows + r] = s[(long)r * columns + c];
            }
        }
        if ((long)batch * rows * columns <= Simd.VectorLoops.BlockSize)
            for (int part = 0; part < batch * bands; part++) Band(part);
        else team.For(batch * bands, Band);
    }
}
