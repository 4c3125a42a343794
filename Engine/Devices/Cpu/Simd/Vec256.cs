using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace WrnEngine.Devices.Cpu.Simd;

/// <summary>Eight lanes: AVX2.</summary>
internal readonly unsafe struct Vec256(Vector256<float> value) : IVec<Vec256>
{
    private readonly Vector256<float> _value = value;

    private Vec256(Vector256<uint> bits) : this(bits.AsSingle()) { }

    private Vec256(Vector256<int> bits) : this(bits.AsSingle()) { }

    public static int Count => 8;

    public static Vec256 Zero => new(Vector256<float>.Zero);

    public static Vec256 LaneBits => new(Vector256<uint>.Indices);

    private Vector256<uint> Bits => _value.AsUInt32();

    private Vector256<int> Signed => _value.AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 Create(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 CreateBits(uint bits) => new(Vector256.Create(bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 Load(float* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* target) => _value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreNonTemporal(float* target) => _value.StoreAlignedNonTemporal(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddTo(double* target)
    {
        var (low, high) = Vector256.Widen(_value);
        (Vector256.Load(target) + low).Store(target);
        (Vector256.Load(target + 4) + high).Store(target + 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 operator +(Vec256 a, Vec256 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 operator -(Vec256 a, Vec256 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 operator *(Vec256 a, Vec256 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 operator /(Vec256 a, Vec256 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 operator &(Vec256 a, Vec256 b) => new(a._value & b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 operator |(Vec256 a, Vec256 b) => new(a._value | b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 operator ^(Vec256 a, Vec256 b) => new(a._value ^ b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 MultiplyAdd(Vec256 a, Vec256 b, Vec256 c) => new(Vector256.MultiplyAddEstimate(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 Sqrt(Vec256 a) => new(Vector256.Sqrt(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 LessThan(Vec256 a, Vec256 b) => new(Vector256.LessThan(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 LessOrEqual(Vec256 a, Vec256 b) => new(Vector256.LessThanOrEqual(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 Equal(Vec256 a, Vec256 b) => new(Vector256.Equals(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 Larger(Vec256 a, Vec256 b) => new(Avx.Max(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 Select(Vec256 mask, Vec256 ifTrue, Vec256 ifFalse) => new(Vector256.ConditionalSelect(mask._value, ifTrue._value, ifFalse._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 AddBits(Vec256 a, Vec256 b) => new(a.Bits + b.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 SubtractBits(Vec256 a, Vec256 b) => new(a.Bits - b.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 EqualBits(Vec256 a, Vec256 b) => new(Vector256.Equals(a.Bits, b.Bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 LessThanBits(Vec256 a, Vec256 b) => new(Vector256.LessThan(a.Signed, b.Signed));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 ShiftLeftBits(Vec256 a, int count) => new(a.Bits << count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 ShiftRightBits(Vec256 a, int count) => new(a.Bits >>> count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 ShiftRightSignedBits(Vec256 a, int count) => new(a.Signed >> count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 ConvertBits(Vec256 a) => new(Vector256.ConvertToSingle(a.Signed));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vec256 Low, Vec256 High) MultiplyBits(Vec256 a, Vec256 b)
    {
        // The processor multiplies the even lanes only; the odd ones are shifted down for a second product.
        var even = MultiplyEven(a.Bits, b.Bits);
        var odd = MultiplyEven((a.Bits.AsUInt64() >> 32).AsUInt32(), (b.Bits.AsUInt64() >> 32).AsUInt32());
        var lowHalf = Vector256.Create(0xFFFF_FFFFUL);
        var low = Vector256.ConditionalSelect(lowHalf, even, odd << 32);
        var high = Vector256.ConditionalSelect(lowHalf, even >> 32, odd);
        return (new(low.AsUInt32()), new(high.AsUInt32()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> MultiplyEven(Vector256<uint> a, Vector256<uint> b) => Avx2.Multiply(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float SumAcross() => Vector256.Sum(_value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float MaxAcross() => new Vec128(Vector128.Max(_value.GetLower(), _value.GetUpper())).MaxAcross();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool AnyBits() => Bits != Vector256<uint>.Zero;
}
