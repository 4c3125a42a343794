namespace WrnEngine.Kernels;

/// <summary>
/// A kernel in each element type: <c>name_f32</c> of <c>stem.cu</c>, and <c>name_bf16</c> of <c>stem_bf16.cu</c>, which is compiled for compute capability
/// 8.0 and loaded when it is first needed.
/// </summary>
/// <typeparam name="TArguments">As of <see cref="Kernel{TArguments}"/>.</typeparam>
internal sealed class TypedKernel<TArguments>(KernelLibrary library, string stem, string name) where TArguments : unmanaged
{
    private readonly Kernel<TArguments> _float32 = new(library, stem, name + "_f32"), _bFloat16 = new(library, stem + "_bf16", name + "_bf16");

    public Kernel<TArguments> For(ElementType type) => type == ElementType.Float32 ? _float32 : _bFloat16;
}
