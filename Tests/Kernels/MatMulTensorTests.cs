using WrnEngine.Kernels;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Kernels;

/// <summary>Matrix products on tensor cores against sums in double precision, on numbers that both types hold exactly.</summary>
[TestFixture]
public sealed class MatMulTensorTests : TensorCoreFixture
{
    private static readonly (int M, int N, int K)[] Sizes = [(8, 8, 8), (40, 24, 56), (136, 72, 24), (64, 144, 160)];

    private static IEnumerable<TestCaseData> Cases() =>
        from type in Enum.GetValues<TensorCoreType>()
        from size in Sizes
        from a in (bool[])[false, true]
        from b in (bool[])[false, true]
        select new TestCaseData(type, new MatMulTensorShape(size.M, size.N, size.K, a, b));

    [TestCaseSource(nameof(Cases))]
    public void ProductAgreesWithTheOracle(TensorCoreType type, MatMulTensorShape s)
    {
        var (a, b, _, _) = Operands(s);

        nint c = Allocate((type == TensorCoreType.BFloat16 ? 2L : 4L) * s.M * s.N);
        Kernels().MatMul(Context.Stream, type, s, Upload(type, a), Upload(type, b), c, cIsFloat: false, accumulate: false);

        AssertClose(type, Read(type, c, [s.M, s.N]), Product(s, a, b), s.K, Math.Sqrt(s.K), "c");
    }

    [Test]
    public void BiasAccumulationAndFloatResults([Values] TensorCoreType type, [Values] bool cIsFloat)
    {
        var s = new MatMulTensorShape(136, 72, 24, true, false);
        var (a, b, bias, before) = Operands(s);
        var stored = cIsFloat ? TensorCoreType.Tf32 : type;
        nint c = Upload(stored, before);

        Kernels().MatMul(Context.Stream, type, s, Upload(type, a), Upload(type, b), c, cIsFloat, accumulate: true, Upload(bias));

        var expected = Product(s, a, b) + before;
        for (int row = 0; row < s.M; row++)
            for (int column = 0; column < s.N; column++)
                expected[row, column] += bias.Values[column];
        AssertClose(stored, Read(stored, c, [s.M, s.N]), expected, s.K, Math.Sqrt(s.K), "c");
    }

    [Test]
    public void RowsThatAreNotWholeChunksAreRefused()
    {
        var s = new MatMulTensorShape(128, 10, 640, false, true);
        Assert.That(Kernels().Supports(TensorCoreType.Tf32, s), Is.False);
        Assert.That(Kernels().Supports(TensorCoreType.Tf32, s with { N = 12 }), Is.True);
        Assert.That(Kernels().Supports(TensorCoreType.BFloat16, s with { N = 12 }), Is.False);
        var e = Assert.Throws<NotSupportedException>(() => Kernels().MatMul(Context.Stream, TensorCoreType.Tf32, s, 0, 0, 0, false, false));
        Assert.That(e!.Message, Does.Contain("640, 640 and 10"));
    }

    private MatMulTensorKernels Kernels() => new(Context.Library);

    private static (RefArray A, RefArray B, RefArray Bias, RefArray Before) Operands(in MatMulTensorShape s)
    {
        var data = TestData.For($"product {s.M} {s.N} {s.K}");
        return (
            Exact(data, s.TransposeA ? [s.K, s.M] : [s.M, s.K]), Exact(data, s.TransposeB ? [s.N, s.K] : [s.K, s.N]),
            data.Normal([s.N]), Exact(data, [s.M, s.N]));
    }

    private static RefArray Product(in MatMulTensorShape s, RefArray a, RefArray b)
    {
        var c = new RefArray([s.M, s.N]);
        for (int row = 0; row < s.M; row++)
            for (int column = 0; column < s.N; column++)
                for (int k = 0; k < s.K; k++)
                    c[row, column] += (s.TransposeA ? a[k, row] : a[row, k]) * (s.TransposeB ? b[column, k] : b[k, column]);
        return c;
    }
}
