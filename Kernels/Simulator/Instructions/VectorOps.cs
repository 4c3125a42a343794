using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace WrnEngine.Kernels.Simulator.Instructions;

internal readonly struct AddOp<T> : IBinary<T>
{
    public static Vector512<T> Invoke(Vector512<T> a, Vector512<T> b) => a + b;
}

internal readonly struct SubOp<T> : IBinary<T>
{
    public static Vector512<T> Invoke(Vector512<T> a, Vector512<T> b) => a - b;
}

internal readonly struct MulOp<T> : IBinary<T>
{
    public static Vector512<T> Invoke(Vector512<T> a, Vector512<T> b) => a * b;
}

internal readonly struct MadOp<T> : ITernary<T>
{
    public static Vector512<T> Invoke(Vector512<T> a, Vector512<T> b, Vector512<T> c) => (a * b) + c;
}

internal readonly struct MinOp<T> : IBinary<T>
{
    public static Vector512<T> Invoke(Vector512<T> a, Vector512<T> b) => Vector512.Min(a, b);
}

internal readonly struct MaxOp<T> : IBinary<T>
{
    public static Vector512<T> Invoke(Vector512<T> a, Vector512<T> b) => Vector512.Max(a, b);
}

internal readonly struct AndOp<T> : IBinary<T>
{
    public static Vector512<T> Invoke(Vector512<T> a, Vector512<T> b) => a & b;
}

internal readonly struct OrOp<T> : IBinary<T>
{
    public static Vector512<T> Invoke(Vector512<T> a, Vector512<T> b) => a | b;
}

internal readonly struct XorOp<T> : IBinary<T>
{
    public static Vector512<T> Invoke(Vector512<T> a, Vector512<T> b) => a ^ b;
}

internal readonly struct CopyOp<T> : IUnary<T>
{
    public static Vector512<T> Invoke(Vector512<T> a) => a;
}

internal readonly struct NotOp<T> : IUnary<T>
{
    public static Vector512<T> Invoke(Vector512<T> a) => ~a;
}

internal readonly struct NegateOp<T> : IUnary<T>
{
    public static Vector512<T> Invoke(Vector512<T> a) => Vector512<T>.Zero - a;
}

internal readonly struct AbsOp<T> : IUnary<T>
{
    public static Vector512<T> Invoke(Vector512<T> a) =>
        Vector512.ConditionalSelect(Vector512.LessThan(a, Vector512<T>.Zero), Vector512<T>.Zero - a, a);
}

internal readonly struct ShiftLeftOp<T> : IShift<T>
{
    public static Vector512<T> Invoke(Vector512<T> a, int count) => a << count;
}

/// <summary>Arithmetic for signed, logical for unsigned types.</summary>
internal readonly struct ShiftRightOp<T> : IShift<T>
{
    public static Vector512<T> Invoke(Vector512<T> a, int count) => a >> count;
}

/// <summary>PTX shifts clamp: a count of 32 or more leaves nothing (or the sign), which is what the vector instructions do.</summary>
internal readonly struct ShiftLeft32Op : IBinary<uint>
{
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b)
    {
        if (Avx512F.IsSupported)
        {
            return Avx512F.ShiftLeftLogicalVariable(a, b);
        }
        Span<uint> lanes = stackalloc uint[16];
        for (int i = 0; i < lanes.Length; i++)
        {
            lanes[i] = b[i] > 31 ? 0 : a[i] << (int)b[i];
        }
        return Vector512.Create<uint>(lanes);
    }
}

internal readonly struct ShiftRightLogical32Op : IBinary<uint>
{
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b)
    {
        if (Avx512F.IsSupported)
        {
            return Avx512F.ShiftRightLogicalVariable(a, b);
        }
        Span<uint> lanes = stackalloc uint[16];
        for (int i = 0; i < lanes.Length; i++)
        {
            lanes[i] = b[i] > 31 ? 0 : a[i] >> (int)b[i];
        }
        return Vector512.Create<uint>(lanes);
    }
}

internal readonly struct ShiftRightArithmetic32Op : IBinary<uint>
{
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b)
    {
        if (Avx512F.IsSupported)
        {
            return Avx512F.ShiftRightArithmeticVariable(a.AsInt32(), b).AsUInt32();
        }
        Span<uint> lanes = stackalloc uint[16];
        for (int i = 0; i < lanes.Length; i++)
        {
            lanes[i] = (uint)((int)a[i] >> (int)Math.Min(b[i], 31u));
        }
        return Vector512.Create<uint>(lanes);
    }
}

/// <summary>Single precision: a NaN result is always 0x7fffffff.</summary>
internal static class Single
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Canonical(Vector512<float> x) =>
        Vector512.ConditionalSelect(Vector512.Equals(x, x), x, Vector512.Create(0x7FFF_FFFFu).AsSingle());

    /// <summary>Subnormal numbers become zero of their sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Flush(Vector512<float> x)
    {
        Vector512<uint> bits = x.AsUInt32();
        Vector512<uint> tiny = Vector512.Equals(bits & Vector512.Create(0x7F80_0000u), Vector512<uint>.Zero);
        return Vector512.ConditionalSelect(tiny, bits & Vector512.Create(0x8000_0000u), bits).AsSingle();
    }

    /// <summary>Clamps to [0, 1]; NaN becomes +0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Saturate(Vector512<float> x)
    {
        Vector512<float> positive = Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), x, Vector512<float>.Zero);
        return Vector512.ConditionalSelect(Vector512.GreaterThan(positive, Vector512<float>.One), Vector512<float>.One, positive);
    }
}

internal readonly struct AddF32 : IBinary<float>
{
    public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => Single.Canonical(a + b);
}

internal readonly struct SubF32 : IBinary<float>
{
    public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => Single.Canonical(a - b);
}

internal readonly struct MulF32 : IBinary<float>
{
    public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => Single.Canonical(a * b);
}

internal readonly struct DivF32 : IBinary<float>
{
    public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => Single.Canonical(a / b);
}

internal readonly struct FmaF32 : ITernary<float>
{
    public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        Single.Canonical(Vector512.FusedMultiplyAdd(a, b, c));
}

/// <summary>A NaN operand gives way to the other one; -0 is below +0.</summary>
internal readonly struct MinF32 : IBinary<float>
{
    public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => Single.Canonical(Vector512.MinNumber(a, b));
}

internal readonly struct MaxF32 : IBinary<float>
{
    public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => Single.Canonical(Vector512.MaxNumber(a, b));
}

/// <summary>The <c>.NaN</c> forms: one NaN operand makes the result NaN.</summary>
internal readonly struct MinNanF32 : IBinary<float>
{
    public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => Single.Canonical(Vector512.Min(a, b));
}

internal readonly struct MaxNanF32 : IBinary<float>
{
    public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => Single.Canonical(Vector512.Max(a, b));
}

internal readonly struct SqrtF32 : IUnary<float>
{
    public static Vector512<float> Invoke(Vector512<float> a) => Single.Canonical(Vector512.Sqrt(a));
}

internal readonly struct ReciprocalF32 : IUnary<float>
{
    public static Vector512<float> Invoke(Vector512<float> a) => Single.Canonical(Vector512<float>.One / a);
}

/// <summary>Changes the sign bit; a NaN comes out canonical.</summary>
internal readonly struct NegateF32 : IUnary<float>
{
    public static Vector512<float> Invoke(Vector512<float> a) => Single.Canonical((a.AsUInt32() ^ Vector512.Create(0x8000_0000u)).AsSingle());
}

internal readonly struct AbsF32 : IUnary<float>
{
    public static Vector512<float> Invoke(Vector512<float> a) => Single.Canonical((a.AsUInt32() & Vector512.Create(0x7FFF_FFFFu)).AsSingle());
}

internal readonly struct FtzUnary<TOp> : IUnary<float>
    where TOp : struct, IUnary<float>
{
    public static Vector512<float> Invoke(Vector512<float> a) => Single.Flush(TOp.Invoke(Single.Flush(a)));
}

internal readonly struct FtzBinary<TOp> : IBinary<float>
    where TOp : struct, IBinary<float>
{
    public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => Single.Flush(TOp.Invoke(Single.Flush(a), Single.Flush(b)));
}

internal readonly struct FtzTernary<TOp> : ITernary<float>
    where TOp : struct, ITernary<float>
{
    public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        Single.Flush(TOp.Invoke(Single.Flush(a), Single.Flush(b), Single.Flush(c)));
}

internal readonly struct SatBinary<TOp> : IBinary<float>
    where TOp : struct, IBinary<float>
{
    public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => Single.Saturate(TOp.Invoke(a, b));
}

internal readonly struct SatTernary<TOp> : ITernary<float>
    where TOp : struct, ITernary<float>
{
    public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Single.Saturate(TOp.Invoke(a, b, c));
}

internal readonly struct AddF64 : IBinary<double>
{
    public static Vector512<double> Invoke(Vector512<double> a, Vector512<double> b) => a + b;
}

internal readonly struct FmaF64 : ITernary<double>
{
    public static Vector512<double> Invoke(Vector512<double> a, Vector512<double> b, Vector512<double> c) => Vector512.FusedMultiplyAdd(a, b, c);
}

internal readonly struct DivOp<T> : IBinary<T>
{
    public static Vector512<T> Invoke(Vector512<T> a, Vector512<T> b) => a / b;
}

internal readonly struct MinF64 : IBinary<double>
{
    public static Vector512<double> Invoke(Vector512<double> a, Vector512<double> b) => Vector512.MinNumber(a, b);
}

internal readonly struct MaxF64 : IBinary<double>
{
    public static Vector512<double> Invoke(Vector512<double> a, Vector512<double> b) => Vector512.MaxNumber(a, b);
}
