namespace WrnEngine.Kernels;

/// <summary>The element type of a kernel's activations. What they are computed with, and numbers per channel, are float32 in any case.</summary>
public enum ElementType
{
    /// <summary>float32: compute capability 7.5.</summary>
    Float32,

    /// <summary>bfloat16: compute capability 8.0.</summary>
    BFloat16,
}

/// <summary>What follows from an <see cref="ElementType"/>.</summary>
public static class ElementTypes
{
    /// <summary>Bytes of an element.</summary>
    public static int SizeInBytes(this ElementType type) => type == ElementType.Float32 ? sizeof(float) : sizeof(ushort);

    /// <summary>Elements that a thread loads and stores at once where it can: 16 bytes of them.</summary>
    public static int PackWidth(this ElementType type) => 16 / type.SizeInBytes();
}
