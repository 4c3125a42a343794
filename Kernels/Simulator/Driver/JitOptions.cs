using System.Text;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels.Simulator.Driver;

/// <summary>The options of a module load that carry something back: the logs and their lengths.</summary>
internal readonly unsafe struct JitOptions(uint count, CudaJitOption* options, void** values)
{
    /// <summary>Writes the error log, empties the information log, and answers how long they are.</summary>
    public void Report(string error)
    {
        Write(CudaJitOption.ErrorLogBuffer, CudaJitOption.ErrorLogBufferSizeBytes, error);
        Write(CudaJitOption.InfoLogBuffer, CudaJitOption.InfoLogBufferSizeBytes, "");
    }

    private void Write(CudaJitOption bufferOption, CudaJitOption sizeOption, string text)
    {
        int buffer = IndexOf(bufferOption);
        int size = IndexOf(sizeOption);
        if (buffer < 0 || size < 0 || values[buffer] == null)
        {
            return;
        }

        // The size travels as the pointer's value: capacity in, bytes written out.
        int capacity = (int)Math.Min((uint)values[size], int.MaxValue);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int written = Math.Min(bytes.Length, Math.Max(capacity - 1, 0));
        if (capacity > 0)
        {
            bytes.AsSpan(0, written).CopyTo(new Span<byte>(values[buffer], capacity));
            ((byte*)values[buffer])[written] = 0;
        }

        values[size] = (void*)written;
    }

    private int IndexOf(CudaJitOption option)
    {
        for (int i = 0; i < count; i++)
        {
            if (options[i] == option)
            {
                return i;
            }
        }

        return -1;
    }
}
