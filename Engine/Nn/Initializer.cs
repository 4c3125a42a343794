using WrnEngine.Devices;
using WrnEngine.Rng;
using WrnEngine.Tensors;

namespace WrnEngine.Nn;

/// <summary>
/// Makes initial weights on the host from Philox, so that they are the same bits on every device: each tensor has an ordinal in the order
/// of creation, and each element its logical index (OIHW for convolution weights).
/// </summary>
public sealed class Initializer
{
    private readonly ulong _seed;
    private int _ordinal;

    /// <summary>Starts numbering tensors at 0.</summary>
    public Initializer(ulong seed, Device device)
    {
        _seed = seed;
        Device = device;
    }

    /// <summary>Where the tensors are made.</summary>
    public Device Device { get; }

    /// <summary>Normal with mean 0 and standard deviation sqrt(2 / fan-in). He et al., 2015, equation 10; the authors' choice since 2016.</summary>
    public Tensor KaimingNormal(Shape shape)
    {
        long fanIn = shape.Numel / shape[0];
        return Normal(shape, MathF.Sqrt(2f / fanIn));
    }

    /// <summary>Normal with mean 0 and the given standard deviation.</summary>
    public Tensor Normal(Shape shape, float std)
    {
        var values = new float[shape.Numel];
        int ordinal = _ordinal++;
        for (int i = 0; i < values.Length; i += 4)
        {
            var words = Philox.Block(_seed, (uint)(i / 4), 0, 0, RandomPurpose.Weights, ordinal);
            var (n0, n1) = BoxMuller(words[0], words[1]);
            var (n2, n3) = BoxMuller(words[2], words[3]);
            ReadOnlySpan<double> block = [n0, n1, n2, n3];
            for (int j = 0; j < 4 && i + j < values.Length; j++) values[i + j] = (float)(block[j] * std);
        }
        return Tensor.From(values, shape, Device);
    }

    /// <summary>Uniform on low &lt;= x &lt; high.</summary>
    public Tensor Uniform(Shape shape, float low, float high)
    {
        var values = new float[shape.Numel];
        int ordinal = _ordinal++;
        for (int i = 0; i < values.Length; i += 4)
        {
            var words = Philox.Block(_seed, (uint)(i / 4), 0, 0, RandomPurpose.Weights, ordinal);
            for (int j = 0; j < 4 && i + j < values.Length; j++) values[i + j] = low + (high - low) * Philox.Uniform(words[j]);
        }
        return Tensor.From(values, shape, Device);
    }

    /// <summary>All elements equal; takes no random numbers.</summary>
    public Tensor Constant(Shape shape, float value) => Tensor.Full(shape, value, Device);

    /// <summary>Two independent standard normal numbers from two words; the first uniform is moved off zero for the logarithm.</summary>
    private static (double, double) BoxMuller(uint a, uint b)
    {
        double u = (a + 1.0) * (1.0 / 4294967296.0), v = b * (1.0 / 4294967296.0);
        double radius = Math.Sqrt(-2 * Math.Log(u));
        return (radius * Math.Cos(2 * Math.PI * v), radius * Math.Sin(2 * Math.PI * v));
    }
}
