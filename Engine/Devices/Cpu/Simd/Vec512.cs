using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace WrnEngine.Devices.Cpu.Simd;

/// <summary>Sixteen lanes: AVX-512.</summary>
internal readonly unsafe struct Vec512(Vector512<float> value) : IVec<Vec512>
{
    private readonly Vector512<float> _value = value;

    private Vec512(Vector512<uint> bits) : this(bits.AsSingle()) { }

    private Vec512(Vector512<int> bits) : this(bits.AsSingle()) { }

    public static int Count => 16;

    public static Vec512 Zero => new(Vector512<float>.Zero);

    public static Vec512 LaneBits => new(Vector512<uint>.Indices);

    private Vector512<uint> Bits => _value.AsUInt32();

    private Vector512<int> Signed => _value.AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 Create(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 CreateBits(uint bits) => new(Vector512.Create(bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* target) => _value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreNonTemporal(float* target) => _value.StoreAlignedNonTemporal(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddTo(double* target)
    {
        var (low, high) = Vector512.Widen(_value);
        (Vector512.Load(target) + low).Store(target);
        (Vector512.Load(target + 8) + high).Store(target + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 operator +(Vec512 a, Vec512 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 operator -(Vec512 a, Vec512 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 operator *(Vec512 a, Vec512 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 operator /(Vec512 a, Vec512 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 operator &(Vec512 a, Vec512 b) => new(a._value & b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 operator |(Vec512 a, Vec512 b) => new(a._value | b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 operator ^(Vec512 a, Vec512 b) => new(a._value ^ b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 MultiplyAdd(Vec512 a, Vec512 b, Vec512 c) => new(Vector512.MultiplyAddEstimate(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 Sqrt(Vec512 a) => new(Vector512.Sqrt(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 LessThan(Vec512 a, Vec512 b) => new(Vector512.LessThan(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 LessOrEqual(Vec512 a, Vec512 b) => new(Vector512.LessThanOrEqual(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 Equal(Vec512 a, Vec512 b) => new(Vector512.Equals(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 Larger(Vec512 a, Vec512 b) => new(Avx512F.Max(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 Select(Vec512 mask, Vec512 ifTrue, Vec512 ifFalse) => new(Vector512.ConditionalSelect(mask._value, ifTrue._value, ifFalse._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 AddBits(Vec512 a, Vec512 b) => new(a.Bits + b.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 SubtractBits(Vec512 a, Vec512 b) => new(a.Bits - b.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 EqualBits(Vec512 a, Vec512 b) => new(Vector512.Equals(a.Bits, b.Bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 LessThanBits(Vec512 a, Vec512 b) => new(Vector512.LessThan(a.Signed, b.Signed));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 ShiftLeftBits(Vec512 a, int count) => new(a.Bits << count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 ShiftRightBits(Vec512 a, int count) => new(a.Bits >>> count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 ShiftRightSignedBits(Vec512 a, int count) => new(a.Signed >> count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 ConvertBits(Vec512 a) => new(Vector512.ConvertToSingle(a.Signed));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vec512 Low, Vec512 High) MultiplyBits(Vec512 a, Vec512 b)
    {
        // The processor multiplies the even lanes only; the odd ones are shifted down for a second product.
        var even = MultiplyEven(a.Bits, b.Bits);
        var odd = MultiplyEven((a.Bits.AsUInt64() >> 32).AsUInt32(), (b.Bits.AsUInt64() >> 32).AsUInt32());
        var lowHalf = Vector512.Create(0xFFFF_FFFFUL);
        var low = Vector512.ConditionalSelect(lowHalf, even, odd << 32);
        var high = Vector512.ConditionalSelect(lowHalf, even >> 32, odd);
        return (new(low.AsUInt32()), new(high.AsUInt32()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> MultiplyEven(Vector512<uint> a, Vector512<uint> b) => Avx512F.Multiply(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float SumAcross() => Vector512.Sum(_value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float MaxAcross() => new Vec256(Vector256.Max(_value.GetLower(), _value.GetUpper())).MaxAcross();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool AnyBits() => Bits != Vector512<uint>.Zero;
}
