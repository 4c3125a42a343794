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
    private readonly bool _normsStartAtOne;
    private int _ordinal;

    /// <summary>Starts numbering tensors at 0.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="device">Where the tensors are made.</param>
    /// <param name="normsStartAtOne">
    /// Batch norms start with weight 1, as in He et al.'s networks; otherwise U(0, 1), the default of Torch7, as in the paper's.
    /// </param>
    public Initializer(ulong seed, Device device, bool normsStartAtOne = false)
    {
        _seed = seed;
        _normsStartAtOne = normsStartAtOne;
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
        if (!Device.HoldsData) return Tensor.Empty(shape, Device);
        var values = new float[shape.Numel];
        int ordinal = _ordinal++;
        ForBlocks(values.Length, i =>
        {
            var words = Philox.Block(_seed, (uint)(i / 4), 0, 0, RandomPurpose.Weights, ordinal);
            var (n0, n1) = BoxMuller(words[0], words[1]);
            var (n2, n3) = BoxMuller(words[2], words[3]);
            ReadOnlySpan<double> block = [n0, n1, n2, n3];
            for (int j = 0; j < 4 && i + j < values.Length; j++) values[i + j] = (float)(block[j] * std);
        });
        return Tensor.From(values, shape, Device);
    }

    /// <summary>Uniform on low &lt;= x &lt; high.</summary>
    public Tensor Uniform(Shape shape, float low, float high)
    {
        if (!Device.HoldsData) return Tensor.Empty(shape, Device);
        var values = new float[shape.Numel];
        int ordinal = _ordinal++;
        for (int i = 0; i < values.Length; i += 4)
        {
            var words = Philox.Block(_seed, (uint)(i / 4), 0, 0, RandomPurpose.Weights, ordinal);
            for (int j = 0; j < 4 && i + j < values.Length; j++) values[i + j] = low + (high - low) * Philox.Uniform(words[j]);
        }
        return Tensor.From(values, shape, Device);
    }

    /// <summary>The scale of a batch norm, [channels].</summary>
    public Tensor BatchNormWeight(int channels) => _normsStartAtOne ? Constant([channels], 1) : Uniform([channels], 0, 1);

    /// <summary>All elements equal; takes no random numbers.</summary>
    public Tensor Constant(Shape shape, float value) => Device.HoldsData ? Tensor.Full(shape, value, Device) : Tensor.Empty(shape, Device);

    /// <summary>Calls with 0, 4, 8, ... on several threads: a network of 100 million weights would take seconds on one.</summary>
    private static void ForBlocks(int count, Action<int> body)
    {
        const int Part = 1 << 16;
        if (count <= Part) Run(0);
        else Parallel.For(0, (count + Part - 1) / Part, Run);

        void Run(int part)
        {
            for (int i = part * Part; i < Math.Min(count, (part + 1) * Part); i += 4) body(i);
        }
    }

    /// <summary>Two independent standard normal numbers from two words; the first uniform is moved off zero for the logarithm.</summary>
    private static (double, double) BoxMuller(uint a, uint b)
    {
        double u = (a + 1.0) * (1.0 / 4294967296.0), v = b * (1.0 / 4294967296.0);
        double radius = Math.Sqrt(-2 * Math.Log(u));
        return (radius * Math.Cos(2 * Math.PI * v), radius * Math.Sin(2 * Math.PI * v));
    }
}
