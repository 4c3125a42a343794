using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace WrnEngine.Training.Explain;

/// <summary>Arrays in a page's data: base64 of the little-endian bytes, which keeps every bit of a float32 in 16/3 characters.</summary>
internal static class Base64Values
{
    /// <summary>The values as text.</summary>
    public static JsonNode Of<T>(ReadOnlySpan<T> values) where T : unmanaged => JsonValue.Create(Convert.ToBase64String(MemoryMarshal.AsBytes(values)));

    /// <summary>The values back.</summary>
    public static T[] Read<T>(JsonNode node) where T : unmanaged => MemoryMarshal.Cast<byte, T>(Convert.FromBase64String((string)node!)).ToArray();
}
