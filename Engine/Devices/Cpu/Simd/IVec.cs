namespace WrnEngine.Devices.Cpu.Simd;

/// <summary>
/// A register of <see cref="Count"/> float32 lanes. Kernels are written once against this interface and compiled for
/// <see cref="Vec512"/> (AVX-512), <see cref="Vec256"/> (AVX2), <see cref="Vec128"/> (portable) and <see cref="Vec1"/> (tails): every
/// lane gives the same bits whichever register carries it. Members with "Bits" see the lanes as 32-bit integers; comparisons give
/// lanes of all ones or all zeros.
/// </summary>
internal unsafe interface IVec<TSelf> where TSelf : unmanaged, IVec<TSelf>
{
    /// <summary>Lanes.</summary>
    static abstract int Count { get; }

    /// <summary>All lanes zero.</summary>
    static abstract TSelf Zero { get; }

    /// <summary>The integers 0, 1, .. Count - 1 as bits.</summary>
    static abstract TSelf LaneBits { get; }

    static abstract TSelf Create(float value);

    static abstract TSelf CreateBits(uint bits);

    static abstract TSelf Load(float* source);

    void Store(float* target);

    /// <summary>Stores past the caches; <paramref name="target"/> must be aligned to the register's size.</summary>
    void StoreNonTemporal(float* target);

    /// <summary>Adds the lanes to Count doubles.</summary>
    void AddTo(double* target);

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    static abstract TSelf operator /(TSelf a, TSelf b);

    static abstract TSelf operator &(TSelf a, TSelf b);

    static abstract TSelf operator |(TSelf a, TSelf b);

    static abstract TSelf operator ^(TSelf a, TSelf b);

    /// <summary>a b + c, rounded once where the processor has FMA.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    static abstract TSelf Sqrt(TSelf a);

    static abstract TSelf LessThan(TSelf a, TSelf b);

    static abstract TSelf LessOrEqual(TSelf a, TSelf b);

    static abstract TSelf Equal(TSelf a, TSelf b);

    /// <summary>a &gt; b ? a : b, so b where either is NaN: one instruction of the processor.</summary>
    static abstract TSelf Larger(TSelf a, TSelf b);

    /// <summary>Lane by lane <paramref name="ifTrue"/> where the mask is ones, else <paramref name="ifFalse"/>.</summary>
    static abstract TSelf Select(TSelf mask, TSelf ifTrue, TSelf ifFalse);

    static abstract TSelf AddBits(TSelf a, TSelf b);

    static abstract TSelf SubtractBits(TSelf a, TSelf b);

    static abstract TSelf EqualBits(TSelf a, TSelf b);

    static abstract TSelf LessThanBits(TSelf a, TSelf b);

    static abstract TSelf ShiftLeftBits(TSelf a, int count);

    static abstract TSelf ShiftRightBits(TSelf a, int count);

    /// <summary>Shifts right, copying the sign.</summary>
    static abstract TSelf ShiftRightSignedBits(TSelf a, int count);

    /// <summary>The signed integers in the lanes as floats.</summary>
    static abstract TSelf ConvertBits(TSelf a);

    /// <summary>The low and the high 32 bits of the unsigned products.</summary>
    static abstract (TSelf Low, TSelf High) MultiplyBits(TSelf a, TSelf b);

    /// <summary>The sum of the lanes.</summary>
    float SumAcross();

    /// <summary>The largest lane; NaN lanes are passed over or win, as they happen to.</summary>
    float MaxAcross();

    /// <summary>True when a lane has a bit set.</summary>
    bool AnyBits();
}
