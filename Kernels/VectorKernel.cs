namespace WrnEngine.Kernels;

/// <summary>
/// A kernel in each element type and two widths: <c>name_f32</c> and <c>name_bf16</c> take one element at a time, <c>name_vec4_f32</c> and
/// <c>name_vec8_bf16</c> 16 bytes.
/// </summary>
/// <typeparam name="TArguments">As of <see cref="Kernel{TArguments}"/>.</typeparam>
/// <param name="library">Where it is from.</param>
/// <param name="stem">Of its <c>.cu</c> files.</param>
/// <param name="name">Its name without width and type.</param>
/// <param name="bFloat16Vector">Elements of bfloat16 at a time, where they are not 8.</param>
internal sealed class VectorKernel<TArguments>(KernelLibrary library, string stem, string name, int bFloat16Vector = 8) where TArguments : unmanaged
{
    private readonly TypedKernel<TArguments> _scalar = new(library, stem, name);
    private readonly Kernel<TArguments> _float32 = new(library, stem, name + "_vec4_f32");
    private readonly Kernel<TArguments> _bFloat16 = new(library, stem + "_bf16", $"{name}_vec{bFloat16Vector}_bf16");

    /// <summary>Elements of a thread in the wider version.</summary>
    public int VectorOf(ElementType type) => type == ElementType.Float32 ? 4 : bFloat16Vector;

    /// <param name="type">Of the elements.</param>
    /// <param name="vector">Elements of a thread: 1 or <see cref="VectorOf"/>.</param>
    public Kernel<TArguments> For(ElementType type, int vector) => vector == 1 ? _scalar.For(type) : type == ElementType.Float32 ? _float32 : _bFloat16;
}
