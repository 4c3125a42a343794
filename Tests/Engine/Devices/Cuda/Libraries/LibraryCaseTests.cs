using WrnEngine.Devices;
using WrnEngine.Devices.Cuda;
using WrnEngine.Devices.Cuda.Libraries;
using WrnEngine.Tests.Engine.Devices.Cuda.CuDnn;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.OpCases;

namespace WrnEngine.Tests.Engine.Devices.Cuda.Libraries;

/// <summary>
/// The cases of convolutions, products and batch norms on a device that leaves them to cuDNN and cuBLAS: the same cases, the same tolerances as on every
/// device. With <see cref="CudaOptions.Deterministic"/>, so that each is computed twice and not fifty times.
/// </summary>
public class LibraryCaseTests : LibraryFixture
{
    private static readonly CudaOptions Options = new() { Conv = Implementation.Cudnn, Norm = Implementation.Cudnn, Deterministic = true };

    protected override bool KeepsDevice => true;

    [OneTimeSetUp]
    public void OpenOnce() => Open(Options);

    private static IEnumerable<OpCase> CasesOf<TFamily>() => AllCases.All().Where(c => c.Method.StartsWith(typeof(TFamily).Name + ".", StringComparison.Ordinal));

    private static IEnumerable<OpCase> Convolutions() => CasesOf<IConvOps>();

    private static IEnumerable<OpCase> Products() => CasesOf<IMatMulOps>();

    private static IEnumerable<OpCase> Norms() => CasesOf<INormOps>();

    [TestCaseSource(nameof(Convolutions))]
    public void ConvolutionMatchesTheOracle(OpCase c)
    {
        Verify(c);
        Assert.That(TestCuDnn.Ran.Select(r => r.Algorithm), Is.EqualTo(new[] { TestCuDnn.Steady, TestCuDnn.Steady }), "once on trial, once in earnest");
    }

    [TestCaseSource(nameof(Products))]
    public void ProductMatchesTheOracle(OpCase c)
    {
        Verify(c);
        Assert.That(TestLibrary.Calls.Count(call => call == "cublasGemmEx"), Is.EqualTo(2), "once on trial, once in earnest");
    }

    [TestCaseSource(nameof(Norms))]
    public void NormMatchesTheOracle(OpCase c)
    {
        Verify(c);
    }
}
