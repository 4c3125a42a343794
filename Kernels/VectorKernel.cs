namespace WrnEngine.Kernels;

/// <summary>
/// A kernel in each element type and two widths: <c>name_f32</c> and <c>name_bf16</c> take one element at a time, <c>name_vec4_f32</c> and
/// <c>name_vec8_bf16</c> 16 bytes.
/// </summary>
/// <typeparam name="TArguments">As of <see cref="Kernel{TArguments}"/>.</typeparam>
internal sealed class VectorKernel<TArguments>(KernelLibrary library, string stem, string name) where TArguments : unmanaged
{
    private readonly TypedKernel<TArguments> _scalar = new(library, stem, name);
    private readonly Kernel<TArguments> _float32 = new(library, stem, name + "_vec4_f32"), _bFloat16 = new(library, stem + "_bf16", name + "_vec8_bf16");

    /// <param name="type">Of the elements.</param>
    /// <param name="vector">Elements of a thread: 1 or the type's <see cref="ElementTypes.PackWidth"/>.</param>
    public Kernel<TArguments> For(ElementType type, int vector) => vector == 1 ? _scalar.For(type) : type == ElementType.Float32 ? _float32 : _bFloat16;
}
