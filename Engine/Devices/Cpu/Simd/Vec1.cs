using System.Runtime.CompilerServices;

namespace WrnEngine.Devices.Cpu.Simd;

/// <summary>One lane: what is left over when a loop's length is not a multiple of the register.</summary>
internal readonly unsafe struct Vec1(float value) : IVec<Vec1>
{
    private readonly float _value = value;

    private Vec1(uint bits) : this(BitConverter.UInt32BitsToSingle(bits)) { }

    private Vec1(bool mask) : this(mask ? uint.MaxValue : 0) { }

    public static int Count => 1;

    public static Vec1 Zero => new(0f);

    public static Vec1 LaneBits => new(0u);

    /// <summary>The lane.</summary>
    public float Value => _value;

    private uint Bits => BitConverter.SingleToUInt32Bits(_value);

    public static Vec1 Create(float value) => new(value);

    public static Vec1 CreateBits(uint bits) => new(bits);

    public static Vec1 Load(float* source) => new(*source);

    public void Store(float* target) => *target = _value;

    public void StoreNonTemporal(float* target) => *target = _value;

    public void AddTo(double* target) => *target += _value;

    public static Vec1 operator +(Vec1 a, Vec1 b) => new(a._value + b._value);

    public static Vec1 operator -(Vec1 a, Vec1 b) => new(a._value - b._value);

    public static Vec1 operator *(Vec1 a, Vec1 b) => new(a._value * b._value);

    public static Vec1 operator /(Vec1 a, Vec1 b) => new(a._value / b._value);

    public static Vec1 operator &(Vec1 a, Vec1 b) => new(a.Bits & b.Bits);

    public static Vec1 operator |(Vec1 a, Vec1 b) => new(a.Bits | b.Bits);

    public static Vec1 operator ^(Vec1 a, Vec1 b) => new(a.Bits ^ b.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec1 MultiplyAdd(Vec1 a, Vec1 b, Vec1 c) => new(float.MultiplyAddEstimate(a._value, b._value, c._value));

    public static Vec1 Sqrt(Vec1 a) => new(MathF.Sqrt(a._value));

    public static Vec1 LessThan(Vec1 a, Vec1 b) => new(a._value < b._value);

    public static Vec1 LessOrEqual(Vec1 a, Vec1 b) => new(a._value <= b._value);

    public static Vec1 Equal(Vec1 a, Vec1 b) => new(a._value == b._value);

    public static Vec1 Larger(Vec1 a, Vec1 b) => a._value > b._value ? a : b;

    public static Vec1 Select(Vec1 mask, Vec1 ifTrue, Vec1 ifFalse) => mask.Bits != 0 ? ifTrue : ifFalse;

    public static Vec1 AddBits(Vec1 a, Vec1 b) => new(a.Bits + b.Bits);

    public static Vec1 SubtractBits(Vec1 a, Vec1 b) => new(a.Bits - b.Bits);

    public static Vec1 EqualBits(Vec1 a, Vec1 b) => new(a.Bits == b.Bits);

    public static Vec1 LessThanBits(Vec1 a, Vec1 b) => new((int)a.Bits < (int)b.Bits);

    public static Vec1 ShiftLeftBits(Vec1 a, int count) => new(a.Bits << count);

    public static Vec1 ShiftRightBits(Vec1 a, int count) => new(a.Bits >> count);

    public static Vec1 ShiftRightSignedBits(Vec1 a, int count) => new((uint)((int)a.Bits >> count));

    public static Vec1 ConvertBits(Vec1 a) => new((float)(int)a.Bits);

    public static (Vec1 Low, Vec1 High) MultiplyBits(Vec1 a, Vec1 b)
    {
        ulong product = (ulong)a.Bits * b.Bits;
        return (new((uint)product), new((uint)(product >> 32)));
    }

    public float SumAcross() => _value;

    public float MaxAcross() => _value;

    public bool AnyBits() => Bits != 0;
}
