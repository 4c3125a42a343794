using System.Buffers.Binary;

namespace WrnEngine.Models.Safetensors.Naming;

/// <summary>Writes a network's parameters and running statistics under another program's names.</summary>
/// <example><code>
/// WeightExport.Writer(model, NamingScheme.Find("timm"), SafetensorsDType.F16).Save("model.safetensors");
/// </code></example>
public static class WeightExport
{
    /// <summary>Collects the tensors of a network; metadata are the caller's to add.</summary>
    /// <param name="model">The network.</param>
    /// <param name="names">What its tensors are called.</param>
    /// <param name="type">What its values are written as: F32, F16 or BF16.</param>
    /// <param name="batches">Batches that the running statistics have seen, for programs that count them.</param>
    /// <exception cref="ArgumentException">The scheme has no names for this network.</exception>
    /// <exception cref="OverflowException">A value is too large for the type; the message names the tensor.</exception>
    public static SafetensorsWriter Writer(WideResNet model, NamingScheme names, SafetensorsDType type, long batches = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(names);
        if (names.Refusal(model.Options) is { } refusal) throw new ArgumentException(refusal);
        var writer = new SafetensorsWriter();
        byte[] count = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(count, batches);
        foreach (var (own, value) in model.NamedParameters().Concat(model.NamedBuffers()))
        {
            long[] shape = [.. value.Shape.Dims.ToArray().Select(d => (long)d)];
            try
            {
                writer.Add(names.Rename(own), type, shape, FloatEncoding.Encode(value.ToArray<float>(), type));
            }
            catch (OverflowException e)
            {
                throw new OverflowException($"tensor '{own}': {e.Message}", e);
            }

            if (names.CounterBeside(own) is { } counter) writer.Add(counter, SafetensorsDType.I64, [], count);
        }

        return writer;
    }
}
