using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using WrnEngine.Models.Safetensors;

namespace WrnEngine.Tools.GpuCheck;

/// <summary>Reports and their parts as JSON files that are never torn.</summary>
internal static class ReportFile
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // units and shapes stay readable
    };

    /// <summary>Replaces a file.</summary>
    public static void Write<T>(string path, T value) => AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, value, Options));

    /// <summary>Reads a file; null where there is none, or where it is not what this build writes.</summary>
    public static T? Read<T>(string path)
        where T : class
    {
        if (!File.Exists(path)) return null;
        try
        {
            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize<T>(stream, Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
