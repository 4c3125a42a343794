namespace WrnEngine.Devices.Profiling;

/// <summary>What a profiled device has seen of one op on one shape.</summary>
/// <param name="Op">Name of the op.</param>
/// <param name="Detail">Shapes, and what was fused with it.</param>
/// <param name="Flops">Floating-point operations of one call, by the definition of the op; 0 where they do not matter.</param>
/// <param name="Bytes">Bytes of the tensors that one call reads and writes.</param>
public sealed record OpTiming(string Op, string Detail, double Flops, double Bytes)
{
    /// <summary>Calls so far.</summary>
    public int Calls { get; private set; }

    /// <summary>Seconds of all calls together.</summary>
    public double Seconds { get; private set; }

    /// <summary>Seconds of the last call.</summary>
    public double LastSeconds { get; private set; }

    /// <summary>Elements of the largest tensor of one call.</summary>
    public long Elements { get; init; }

    internal void Add(double seconds)
    {
        LastSeconds = seconds;
        Calls++;
        Seconds += seconds;
    }
}
