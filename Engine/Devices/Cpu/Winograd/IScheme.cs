using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Winograd;

/// <summary>
/// A way to compute a tile of outputs of a filter with three taps from fewer products than the definition has, in one dimension:
/// <c>y[k] = sum over i of A[k, ProductOf(i)] (G g)[i] (B^T d)[ValueOf(i)]</c>. A tile in two dimensions is the same along both axes, one
/// after the other, so its numbers go by pairs: plane = row * length of a line + column. Products with the same <see cref="ProductOf"/> are
/// added before they are transformed; values with the same <see cref="ValueOf"/> are computed once.
/// </summary>
internal interface IScheme
{
    /// <summary>Outputs of a tile.</summary>
    static abstract int OutTile { get; }

    /// <summary>Inputs that a tile of outputs reads.</summary>
    static abstract int InTile { get; }

    /// <summary>Inputs from one tile to the next.</summary>
    static abstract int InStep { get; }

    /// <summary>Length of B^T d.</summary>
    static abstract int Values { get; }

    /// <summary>Length of G g.</summary>
    static abstract int Filters { get; }

    /// <summary>Length of what A^T reads.</summary>
    static abstract int Products { get; }

    /// <summary>The value that number <paramref name="filter"/> of G g is multiplied with.</summary>
    static abstract int ValueOf(int filter);

    /// <summary>Where that product is added.</summary>
    static abstract int ProductOf(int filter);

    /// <summary>B^T d: from the inputs of a tile to values.</summary>
    static abstract void Input<V, TFrom, TTo>(TFrom from, TTo to) where V : unmanaged, IVec<V> where TFrom : struct, ILineSource<V> where TTo : struct, ILineTarget<V>;

    /// <summary>G g: from three taps.</summary>
    static abstract void Filter<V, TFrom, TTo>(TFrom from, TTo to) where V : unmanaged, IVec<V> where TFrom : struct, ILineSource<V> where TTo : struct, ILineTarget<V>;

    /// <summary>A^T m: from products to the outputs of a tile.</summary>
    static abstract void Output<V, TFrom, TTo>(TFrom from, TTo to) where V : unmanaged, IVec<V> where TFrom : struct, ILineSource<V> where TTo : struct, ILineTarget<V>;
}

/// <summary>
/// A scheme of forward passes, and so of weight gradients too: these are its adjoint, dg = G^T [(B^T d) . (A dy)], with the sum over the tiles
/// inside.
/// </summary>
internal interface IForwardScheme : IScheme
{
    /// <summary>A dy: from the gradients of a tile's outputs to those of its products.</summary>
    static abstract void OutputAdjoint<V, TFrom, TTo>(TFrom from, TTo to) where V : unmanaged, IVec<V> where TFrom : struct, ILineSource<V> where TTo : struct, ILineTarget<V>;

    /// <summary>G^T u: to the gradients of three taps.</summary>
    static abstract void FilterAdjoint<V, TFrom, TTo>(TFrom from, TTo to) where V : unmanaged, IVec<V> where TFrom : struct, ILineSource<V> where TTo : struct, ILineTarget<V>;
}

/// <summary>Numbers that all schemes share or that follow from theirs.</summary>
internal static class Scheme
{
    /// <summary>Taps in a row of the filter.</summary>
    public const int Taps = 3;

    /// <summary>Taps of the filter.</summary>
    public const int TapCount = Taps * Taps;

    /// <summary>Lanes of the widest register.</summary>
    public const int Lanes = 16;

    /// <summary>Planes of transformed inputs.</summary>
    public static int ValuePlanes<S>() where S : IScheme => S.Values * S.Values;

    /// <summary>Planes of transformed filters, one product each.</summary>
    public static int FilterPlanes<S>() where S : IScheme => S.Filters * S.Filters;

    /// <summary>Planes of products.</summary>
    public static int ProductPlanes<S>() where S : IScheme => S.Products * S.Products;

    /// <summary>Outputs of a tile.</summary>
    public static int Pixels<S>() where S : IScheme => S.OutTile * S.OutTile;

    /// <summary>The first address in <paramref name="memory"/> where a register of the widest kind lies in one line of the cache.</summary>
    public static unsafe float* Aligned(float* memory) => (float*)(((nint)memory + (Lanes * sizeof(float)) - 1) & -(nint)(Lanes * sizeof(float)));
}
