using System.Text.Json;
using System.Text.Json.Nodes;
using WrnEngine.Models.Safetensors;

namespace WrnEngine.Training.Runs;

/// <summary>JSON that people and programs read: indented, camelCase, written in one piece.</summary>
internal static class JsonFile
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>A value as JSON, by its public properties.</summary>
    public static JsonNode? Node<T>(T value) => JsonSerializer.SerializeToNode(value, Options);

    /// <summary>JSON as text.</summary>
    public static string Text(JsonNode content) => content.ToJsonString(Options);

    /// <summary>Replaces a file.</summary>
    public static void Write(string path, JsonObject content)
    {
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(content, Options);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(text);
            stream.WriteByte((byte)'\n');
        });
    }
}
