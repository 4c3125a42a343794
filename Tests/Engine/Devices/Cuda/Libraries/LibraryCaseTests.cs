using WrnEngine.Devices;
using WrnEngine.Devices.Cuda;
using WrnEngine.Devices.Cuda.CuDnn;
using WrnEngine.Devices.Cuda.Libraries;
using WrnEngine.Tensors;
using WrnEngine.Tests.Engine.Devices.Cuda.CuDnn;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.OpCases;
using WrnEngine.Tests.Support.Oracle;

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

    private static bool IsBareBFloat16Gradient(OpCase c) =>
        c.ComputesIn == DType.BFloat16 && c.Method.EndsWith(nameof(IConvOps.Conv2dBackwardWeight), StringComparison.Ordinal) && !HasPieces(c);

    private static bool HasPieces(OpCase c) => c.Name.Contains(" with ", StringComparison.Ordinal);

    private static IEnumerable<OpCase> Convolutions() => CasesOf<IConvOps>().Where(c => !IsBareBFloat16Gradient(c));

    private static IEnumerable<OpCase> RoundedGradients() => CasesOf<IConvOps>().Where(IsBareBFloat16Gradient);

    private static IEnumerable<OpCase> Products() => CasesOf<IMatMulOps>();

    private static IEnumerable<OpCase> Norms() => CasesOf<INormOps>();

    [TestCaseSource(nameof(Convolutions))]
    public void ConvolutionMatchesTheOracle(OpCase c)
    {
        Verify(c);
        if (c.ComputesIn == DType.BFloat16 && HasPieces(c)) Assert.That(TestCuDnn.Ran, Is.Empty, "the pieces would round in between");
        else Assert.That(TestCuDnn.Ran.Select(r => r.Algorithm), Is.EqualTo(new[] { TestCuDnn.Steady, TestCuDnn.Steady }), "once on trial, once in earnest");
    }

    /// <summary>cuDNN rounds these gradients to bfloat16 before they are added.</summary>
    [TestCaseSource(nameof(RoundedGradients))]
    public void GradientOfBFloat16MatchesTheOracle(OpCase c)
    {
        var tensors = c.Upload(Device, c.CreateArrays());
        c.Run(Device, tensors);
        var expected = c.CreateExpected();
        double relative = 1.0 / 256, size = expected.Typical["gradWeight"];
        TensorAssert.AreClose(RefArray.From(tensors["gradWeight"]) * (1 / size), expected["gradWeight"] * (1 / size), relative, "gradWeight");
        Assert.That(TestCuDnn.Ran, Has.Count.EqualTo(2).And.All.Matches<(string, int, CuDnnMathType Math)>(r => r.Math == CuDnnMathType.TensorOp));
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
