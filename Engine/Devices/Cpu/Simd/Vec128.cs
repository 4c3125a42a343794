using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace WrnEngine.Devices.Cpu.Simd;

/// <summary>Four lanes: SSE2, AdvSimd or plain C#, whatever the runtime makes of <see cref="Vector128"/>.</summary>
internal readonly unsafe struct Vec128(Vector128<float> value) : IVec<Vec128>
{
    private readonly Vector128<float> _value = value;

    private Vec128(Vector128<uint> bits) : this(bits.AsSingle()) { }

    private Vec128(Vector128<int> bits) : this(bits.AsSingle()) { }

    public static int Count => 4;

    public static Vec128 Zero => new(Vector128<float>.Zero);

    public static Vec128 LaneBits => new(Vector128<uint>.Indices);

    private Vector128<uint> Bits => _value.AsUInt32();

    private Vector128<int> Signed => _value.AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 Create(float value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 CreateBits(uint bits) => new(Vector128.Create(bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 Load(float* source) => new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* target) => _value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreNonTemporal(float* target) => _value.StoreAlignedNonTemporal(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddTo(double* target)
    {
        var (low, high) = Vector128.Widen(_value);
        (Vector128.Load(target) + low).Store(target);
        (Vector128.Load(target + 2) + high).Store(target + 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 operator +(Vec128 a, Vec128 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 operator -(Vec128 a, Vec128 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 operator *(Vec128 a, Vec128 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 operator /(Vec128 a, Vec128 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 operator &(Vec128 a, Vec128 b) => new(a._value & b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 operator |(Vec128 a, Vec128 b) => new(a._value | b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 operator ^(Vec128 a, Vec128 b) => new(a._value ^ b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 MultiplyAdd(Vec128 a, Vec128 b, Vec128 c) => new(Vector128.MultiplyAddEstimate(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 Sqrt(Vec128 a) => new(Vector128.Sqrt(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 LessThan(Vec128 a, Vec128 b) => new(Vector128.LessThan(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 LessOrEqual(Vec128 a, Vec128 b) => new(Vector128.LessThanOrEqual(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 Equal(Vec128 a, Vec128 b) => new(Vector128.Equals(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 Larger(Vec128 a, Vec128 b) => Select(LessThan(b, a), a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 Select(Vec128 mask, Vec128 ifTrue, Vec128 ifFalse) => new(Vector128.ConditionalSelect(mask._value, ifTrue._value, ifFalse._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 AddBits(Vec128 a, Vec128 b) => new(a.Bits + b.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 SubtractBits(Vec128 a, Vec128 b) => new(a.Bits - b.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 EqualBits(Vec128 a, Vec128 b) => new(Vector128.Equals(a.Bits, b.Bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 LessThanBits(Vec128 a, Vec128 b) => new(Vector128.LessThan(a.Signed, b.Signed));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 ShiftLeftBits(Vec128 a, int count) => new(a.Bits << count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 ShiftRightBits(Vec128 a, int count) => new(a.Bits >>> count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 ShiftRightSignedBits(Vec128 a, int count) => new(a.Signed >> count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 ConvertBits(Vec128 a) => new(Vector128.ConvertToSingle(a.Signed));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vec128 Low, Vec128 High) MultiplyBits(Vec128 a, Vec128 b)
    {
        // The processor multiplies the even lanes only; the odd ones are shifted down for a second product.
        var even = MultiplyEven(a.Bits, b.Bits);
        var odd = MultiplyEven((a.Bits.AsUInt64() >> 32).AsUInt32(), (b.Bits.AsUInt64() >> 32).AsUInt32());
        var lowHalf = Vector128.Create(0xFFFF_FFFFUL);
        var low = Vector128.ConditionalSelect(lowHalf, even, odd << 32);
        var high = Vector128.ConditionalSelect(lowHalf, even >> 32, odd);
        return (new(low.AsUInt32()), new(high.AsUInt32()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> MultiplyEven(Vector128<uint> a, Vector128<uint> b) =>
        Sse2.IsSupported ? Sse2.Multiply(a, b) : Vector128.Create((ulong)a[0] * b[0], (ulong)a[2] * b[2]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float SumAcross() => Vector128.Sum(_value);

    public float MaxAcross() => MathF.Max(MathF.Max(_value[0], _value[1]), MathF.Max(_value[2], _value[3]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool AnyBits() => Bits != Vector128<uint>.Zero;
}
