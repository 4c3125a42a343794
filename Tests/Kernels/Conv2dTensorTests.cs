using WrnEngine.Devices;
using WrnEngine.Kernels;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Kernels;

/// <summary>Convolutions on tensor cores against the double-precision oracle, on numbers that both types hold exactly.</summary>
[TestFixture]
public sealed class Conv2dTensorTests : TensorCoreFixture
{
    private static readonly Conv2dTensorShape[] Shapes =
    [
        new(1, 8, 1, 1, 8, 3, 3, 1, 1, 1, 1), // one pixel
        new(2, 16, 5, 7, 24, 3, 3, 1, 1, 1, 1),
        new(1, 8, 9, 9, 8, 5, 5, 1, 1, 2, 2),
        new(2, 24, 9, 7, 16, 3, 3, 2, 2, 1, 1),
        new(3, 64, 7, 5, 160, 1, 1, 1, 1, 0, 0),
        new(2, 16, 8, 7, 40, 1, 1, 2, 2, 0, 0), // phases without taps
        new(2, 160, 5, 5, 64, 3, 3, 1, 1, 1, 1),
        new(2, 8, 13, 11, 16, 3, 2, 3, 1, 2, 1), // nothing square
        new(4, 16, 17, 16, 16, 3, 3, 1, 1, 1, 1), // many tiles of pixels, depth split
    ];

    private static readonly Dictionary<Conv2dTensorShape, Operands> Known = [];

    private sealed record Operands(RefArray X, RefArray Weight, RefArray GradY, RefArray Y, RefArray GradX, RefArray GradWeight);

    private static IEnumerable<TestCaseData> Cases() =>
        from shape in Shapes
        from type in Enum.GetValues<TensorCoreType>()
        select new TestCaseData(type, shape).SetArgDisplayNames(type.ToString(), Describe(shape));

    [TestCaseSource(nameof(Cases))]
    public void ForwardAgreesWithTheOracle(TensorCoreType type, Conv2dTensorShape s)
    {
        var o = OperandsOf(s);
        nint x = Upload(type, o.X), weight = Upload(type, o.Weight), y = Allocate(Bytes(type, o.Y));

        Kernels().Forward(Context.Stream, type, s, x, weight, y);

        AssertClose(type, Read(type, y, o.Y.Shape), o.Y, Terms(s), Math.Sqrt(Terms(s)), "y");
    }

    [TestCaseSource(nameof(Cases))]
    public void BackwardInputAgreesWithTheOracle(TensorCoreType type, Conv2dTensorShape s)
    {
        var o = OperandsOf(s);
        nint gradY = Upload(type, o.GradY), weight = Upload(type, o.Weight), gradX = Allocate(Bytes(type, o.X));

        Kernels().BackwardInput(Context.Stream, type, s, gradY, weight, gradX, accumulate: false);

        long terms = (long)s.Taps * s.OutChannels;
        AssertClose(type, Read(type, gradX, o.X.Shape), o.GradX, terms, Math.Sqrt(terms), "gradX");
    }

    [TestCaseSource(nameof(Cases))]
    public void BackwardWeightAgreesWithTheOracle(TensorCoreType type, Conv2dTensorShape s)
    {
        var o = OperandsOf(s);
        nint x = Upload(type, o.X), gradY = Upload(type, o.GradY), gradWeight = Allocate(4L * o.Weight.Count);
        var kernels = Kernels();

        nint scratch = Allocate(kernels.BackwardWeightScratchBytes(type, s, accumulate: false));
        kernels.BackwardWeight(Context.Stream, type, s, x, gradY, gradWeight, accumulate: false, scratch: scratch);

        AssertClose(TensorCoreType.Tf32, Read(TensorCoreType.Tf32, gradWeight, o.Weight.Shape), o.GradWeight, s.OutPixels, Math.Sqrt(s.OutPixels), "gradWeight");
    }

    private static Operands OperandsOf(Conv2dTensorShape s)
    {
        if (Known.TryGetValue(s, out var operands)) return operands;
        var data = TestData.For(Describe(s));
        var shape = ShapeOf(s);
        var (x, weight) = (Exact(data, [s.N, s.InChannels, s.H, s.W]), Exact(data, [s.OutChannels, s.InChannels, s.KernelH, s.KernelW]));
        var gradY = Exact(data, [s.N, s.OutChannels, s.OutH, s.OutW]);
        return Known[s] = new Operands(
            x, weight, gradY, ConvOracle.Forward(shape, x, weight), ConvOracle.BackwardInput(shape, gradY, weight), ConvOracle.BackwardWeight(shape, x, gradY));
    }

    private Conv2dTensorKernels Kernels(int? width = null) => new(Context.Library, Context.Multiprocessors, width);

    private static Conv2dShape ShapeOf(in Conv2dTensorShape s) =>
        new(s.N, s.InChannels, s.H, s.W, s.OutChannels, s.KernelH, s.KernelW, s.StrideH, s.StrideW, s.PaddingH, s.PaddingW);

    private static long Terms(in Conv2dTensorShape s) => (long)s.Taps * s.InChannels;

    private static long Bytes(TensorCoreType type, RefArray x) => (type == TensorCoreType.BFloat16 ? 2L : 4L) * x.Count;

    private static string Describe(in Conv2dTensorShape s) =>
        $"{s.N}x{s.InChannels}x{s.H}x{s.W} to {s.OutChannels}, {s.KernelH}x{s.KernelW} stride {s.StrideH},{s.StrideW} padding {s.PaddingH},{s.PaddingW}";
}
