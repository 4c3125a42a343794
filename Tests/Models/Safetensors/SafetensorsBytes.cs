using System.Buffers.Binary;
using System.Text;
using WrnEngine.Models.Safetensors;

namespace WrnEngine.Tests.Models.Safetensors;

/// <summary>Puts files together that a writer would not write.</summary>
internal static class SafetensorsBytes
{
    public static byte[] File(string header, int dataLength = 0, ulong? claimed = null) => File(Encoding.UTF8.GetBytes(header), dataLength, claimed);

    public static byte[] File(byte[] header, int dataLength = 0, ulong? claimed = null)
    {
        byte[] file = new byte[8 + header.Length + dataLength];
        BinaryPrimitives.WriteUInt64LittleEndian(file, claimed ?? (ulong)header.Length);
        header.CopyTo(file, 8);
        return file;
    }

    public static string Tensor(string name, string dtype, string shape, string offsets) =>
        $"\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":[{shape}],\"data_offsets\":[{offsets}]}}";

    /// <summary>Reads everything a file holds.</summary>
    public static List<(SafetensorsTensorInfo Info, byte[] Data)> ReadAll(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        using var file = SafetensorsFile.Open(stream, "test.safetensors");
        var tensors = new List<(SafetensorsTensorInfo, byte[])>();
        foreach (var info in file.Tensors)
        {
            byte[] data = new byte[info.SizeInBytes];
            file.Read(info, data);
            tensors.Add((info, data));
        }
        return tensors;
    }

    public static SafetensorsException? Failure(byte[] bytes)
    {
        try
        {
            ReadAll(bytes);
            return null;
        }
        catch (SafetensorsException e)
        {
            return e;
        }
    }
}
