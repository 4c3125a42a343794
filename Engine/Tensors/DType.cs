namespace WrnEngine.Tensors;

/// <summary>The element type of a tensor. Data, not a type parameter: one code path serves every type.</summary>
public enum DType
{
    /// <summary>IEEE 754 single precision: the reference type of every op.</summary>
    Float32,

    /// <summary>bfloat16 (8 exponent bits, 7 fraction bits), for activations under mixed precision on CUDA.</summary>
    BFloat16,

    /// <summary>32-bit signed integers: class labels, indices, counts.</summary>
    Int32,

    /// <summary>Bytes: image pixels as they are stored.</summary>
    UInt8,
}

/// <summary>Properties of <see cref="DType"/> values.</summary>
public static class DTypes
{
    /// <summary>Bytes per element.</summary>
    public static int SizeInBytes(this DType dtype) => dtype switch
    {
        DType.Float32 or DType.Int32 => 4,
        DType.BFloat16 => 2,
        DType.UInt8 => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "unknown element type"),
    };

    /// <summary>The short name used in messages and kernel names: f32, bf16, i32, u8.</summary>
    public static string ShortName(this DType dtype) => dtype switch
    {
        DType.Float32 => "f32",
        DType.BFloat16 => "bf16",
        DType.Int32 => "i32",
        DType.UInt8 => "u8",
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "unknown element type"),
    };

    /// <summary>The dtype that stores elements of the C# type <typeparamref name="T"/>.</summary>
    /// <exception cref="NotSupportedException">No dtype stores that type.</exception>
    public static DType Of<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? DType.Float32
        : typeof(T) == typeof(int) ? DType.Int32
        : typeof(T) == typeof(byte) ? DType.UInt8
        : throw new NotSupportedException($"no tensor element type stores {typeof(T).Name}; use float, int or byte");
}
