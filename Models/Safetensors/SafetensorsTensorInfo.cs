namespace WrnEngine.Models.Safetensors;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="DType">Type of its elements.</param>
/// <param name="Shape">Sizes, outermost first; empty for a scalar. The elements lie in row-major order.</param>
/// <param name="Begin">First byte, counted from the start of the data section.</param>
/// <param name="End">The byte behind the last one.</param>
public sealed record SafetensorsTensorInfo(string Name, SafetensorsDType DType, IReadOnlyList<long> Shape, long Begin, long End)
{
    /// <summary>Bytes of data.</summary>
    public long SizeInBytes => End - Begin;
}
