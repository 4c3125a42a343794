using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>Launches the kernels of <c>elementwise.cu</c> and <c>elementwise_bf16.cu</c>. Addresses are on the device; the arrays of a call are dense and of one type.</summary>
public sealed class ElementwiseKernels(KernelLibrary library)
{
    private const string Stem = "elementwise";

    private readonly TypedKernel<FillArgs> _fill = new(library, Stem, "fill");
    private readonly TypedKernel<AddScaledArgs> _addScaled = new(library, Stem, "add_scaled");

    /// <summary>e^x; saves the result.</summary>
    public UnaryFunction Exp { get; } = new(library, "exp");

    /// <summary>Natural logarithm; saves the argument.</summary>
    public UnaryFunction Log { get; } = new(library, "log");

    /// <summary>Square root; saves the result.</summary>
    public UnaryFunction Sqrt { get; } = new(library, "sqrt");

    /// <summary>max(x, 0), with NaN kept; saves the result.</summary>
    public UnaryFunction Relu { get; } = new(library, "relu");

    /// <summary>-x; saves nothing, its gradient is <see cref="UnaryFunction.Forward"/> of the gradient, or <see cref="AddScaled"/> with -1.</summary>
    public UnaryFunction Negate { get; } = new(library, "negate");

    /// <summary>y = value.</summary>
    public void Fill(CuStream stream, ElementType type, nint y, long count, float value) =>
        _fill.For(type).Launch(stream, LaunchGrid.ForElements(count, type.PackWidth()), LaunchGrid.Threads, new FillArgs { Y = y, Count = count, Value = value });

    /// <summary>y = a + alpha x, in one rounding; y may be a or x.</summary>
    public void AddScaled(CuStream stream, ElementType type, nint a, nint x, float alpha, nint y, long count) =>
        _addScaled.For(type).Launch(stream, LaunchGrid.ForElements(count, type.PackWidth()), LaunchGrid.Threads,
            new AddScaledArgs { A = a, X = x, Y = y, Count = count, Alpha = alpha });

    [StructLayout(LayoutKind.Sequential)]
    private struct FillArgs
    {
        public nint Y;
        public long Count;
        public float Value;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct AddScaledArgs
    {
        public nint A;
        public nint X;
        public nint Y;
        public long Count;
        public float Alpha;
    }
}

/// <summary>A function of one number and its derivative.</summary>
public sealed class UnaryFunction
{
    private readonly TypedKernel<ForwardArgs> _forward;
    private readonly TypedKernel<BackwardArgs> _backward;

    internal UnaryFunction(KernelLibrary library, string name)
    {
        _forward = new(library, "elementwise", name + "_forward");
        _backward = new(library, "elementwise", name + "_backward");
    }

    /// <summary>y = f(x); y may be x.</summary>
    public void Forward(CuStream stream, ElementType type, nint x, nint y, long count) =>
        _forward.For(type).Launch(stream, LaunchGrid.ForElements(count, type.PackWidth()), LaunchGrid.Threads, new ForwardArgs { X = x, Y = y, Count = count });

    /// <summary>gradX (+)= gradY f'(x), from what the function saves.</summary>
    public void Backward(CuStream stream, ElementType type, nint saved, nint gradY, nint gradX, long count, bool accumulate) =>
        _backward.For(type).Launch(stream, LaunchGrid.ForElements(count, type.PackWidth()), LaunchGrid.Threads,
            new BackwardArgs { Saved = saved, GradY = gradY, GradX = gradX, Count = count, Accumulate = accumulate ? 1 : 0 });

    [StructLayout(LayoutKind.Sequential)]
    private struct ForwardArgs
    {
        public nint X;
        public nint Y;
        public long Count;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct BackwardArgs
    {
        public nint Saved;
        public nint GradY;
        public nint GradX;
        public long Count;
        public int Accumulate;
    }
}
