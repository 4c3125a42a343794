using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Ops;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Engine.Ops;

/// <summary>
/// A batch norm that convolutions read is never written, and nobody can tell: values and gradients are those of the plain graph, whoever else reads it.
/// </summary>
public class FusionTests
{
    private static readonly Shape Images = [3, 17, 9, 10];

    /// <summary>Graphs over y = relu(batchNorm(x)) and two weights; their result is reduced to a loss.</summary>
    private static readonly Dictionary<string, Func<Tensor, Tensor, Tensor, Tensor>> Graphs = new()
    {
        ["one convolution"] = (y, w3, w1) => y.Conv2d(w3, 1, 1),
        ["stride 2"] = (y, w3, w1) => y.Conv2d(w3, 2, 1),
        ["two convolutions"] = (y, w3, w1) => y.Conv2d(w3, 1, 1) + y.Conv2d(w1),
        ["the same weight twice"] = (y, w3, w1) => y.Conv2d(w3, 1, 1) * y.Conv2d(w3, 1, 1),
        ["read before a convolution"] = (y, w3, w1) => y.Exp().Conv2d(w1) + y.Conv2d(w3, 1, 1),
        ["read after a convolution"] = (y, w3, w1) => y.Conv2d(w3, 1, 1) + y.Exp().Conv2d(w1),
        ["a view"] = (y, w3, w1) => y.Reshape(y.Shape).Conv2d(w3, 1, 1) + y.Conv2d(w1),
        ["added to itself"] = (y, w3, w1) => y.Conv2dAdd(w3, 1, 1, y, moments: true),
        ["no convolution"] = (y, w3, w1) => y.Exp(),
        ["dropout"] = (y, w3, w1) => y.Dropout(0.3f, new DropoutKey(1, 2, 3), null).Conv2d(w3, 1, 1),
        ["norm of a convolution's output"] = (y, w3, w1) =>
        {
            var h = y.Conv2dAdd(w3, 1, 1, residual: null, moments: true);
            return h.BatchNormRelu(Tensor.Full([17], 1.5f, y.Device), Tensor.Full([17], 0.1f, y.Device), null, null).Conv2d(w1) + h;
        },
        ["one of two results unused"] = (y, w3, w1) =>
        {
            _ = y.Conv2d(w1);
            return y.Conv2d(w3, 1, 1);
        },
    };

    private static IEnumerable<TestCaseData> Cases() =>
        from graph in Graphs.Keys from relu in new[] { true, false } select new TestCaseData(graph, relu).SetName($"{{m}}({graph}{(relu ? "" : ", no ReLU")})");

    [TestCaseSource(nameof(Cases))]
    public void GivesThePlainGraphsNumbers(string graph, bool relu)
    {
        var (plain, fused) = (Run(graph, relu, fuse: false), Run(graph, relu, fuse: true));
        foreach (var (name, expected) in plain)
        {
            double largest = expected.Max(Math.Abs), error = expected.Zip(fused[name], (a, b) => Math.Abs((double)a - b)).Max();
            Assert.That(error, Is.LessThan(2e-5 * largest), name);
        }
    }

    [Test]
    public void WhatConvolutionsReadIsNeverWritten()
    {
        using var device = new CpuDevice(2);
        using var step = new StepScope();
        using var tape = new GradTape();
        var (x, weight, bias, w3) = (Parameter(device, "x", Images), Parameter(device, "weight", [17]), Parameter(device, "bias", [17]), Parameter(device, "w", [17, 17, 3, 3]));
        var y = x.BatchNormRelu(weight, bias, null, null);
        y.Conv2d(w3, 1, 1).Sum().Backward();
        Assert.That(y.Buffer.Deferred, Is.Not.Null);
        Assert.That(y.ToArray<float>(), Is.All.GreaterThanOrEqualTo(0));
        Assert.That(y.Buffer.Deferred, Is.Null);
    }

    [Test]
    public void AGradientThatIsKeptIsNotMasked()
    {
        using var device = new CpuDevice(2);
        using var step = new StepScope();
        using var tape = new GradTape();
        var (x, weight, bias, w3) = (Parameter(device, "x", Images), Parameter(device, "weight", [17]), Parameter(device, "bias", [17]), Parameter(device, "w", [17, 17, 3, 3]));
        var y = x.BatchNormRelu(weight, bias, null, null);
        y.RetainsGrad = true;
        y.Conv2d(w3, 1, 1).Sum().Backward();
        Assert.That(y.Grad!.ToArray<float>().Count(v => v == 0), Is.Zero);
    }

    [Test]
    public void AnAbandonedBackwardPassLeavesNothing()
    {
        using var device = new CpuDevice(2);
        using (new StepScope())
        {
            using var tape = new GradTape();
            var (x, weight, bias, w3) = (Parameter(device, "x", Images), Parameter(device, "weight", [17]), Parameter(device, "bias", [17]), Parameter(device, "w", [17, 17, 3, 3]));
            x.BatchNormRelu(weight, bias, null, null).Conv2dAdd(w3, 1, 1, residual: null, moments: true);
        }
        Assert.That(device.Memory.LiveBuffers, Is.Zero);
    }

    [Test]
    public void MomentsOfOverwrittenValuesAreForgotten()
    {
        using var device = new CpuDevice(1);
        using var step = new StepScope();
        var (x, w, one, zero) = (Parameter(device, "x", Images), Parameter(device, "w", [17, 17, 3, 3]), Tensor.Full([17], 1, device), Tensor.Zeros([17], device));
        var y = x.Conv2dAdd(w, 1, 1, residual: null, moments: true);
        y.CopyFrom<float>(TestData.For("other").Normal(y.Shape, mean: 5).ToFloats());
        Assert.That(y.BatchNorm(one, zero, null, null).ToArray<float>().Average(), Is.Zero.Within(1e-5));
    }

    [Test]
    public void AResidualOfAnotherShapeIsNamed()
    {
        using var device = new CpuDevice(1);
        using var step = new StepScope();
        var (x, w) = (Tensor.Zeros([1, 2, 4, 4], device), Tensor.Zeros([3, 2, 3, 3], device));
        Assert.That(
            () => x.Conv2dAdd(w, 1, 1, Tensor.Zeros([1, 3, 4, 5], device), moments: false),
            Throws.TypeOf<ShapeException>().With.Message.Contains("[1, 3, 4, 5]").And.Message.Contains("[1, 3, 4, 4]"));
    }

    private static Dictionary<string, float[]> Run(string graph, bool relu, bool fuse)
    {
        using var device = new CpuDevice(2, ArenaMode.Guarded, fuse: fuse);
        var results = new Dictionary<string, float[]>();
        using (var step = new StepScope())
        using (var tape = new GradTape())
        {
            var parameters = new Dictionary<string, Tensor>
            {
                ["x"] = Parameter(device, "x", Images),
                ["weight"] = Parameter(device, "weight", [17]),
                ["bias"] = Parameter(device, "bias", [17]),
                ["w3"] = Parameter(device, "w3", [17, 17, 3, 3]),
                ["w1"] = Parameter(device, "w1", [17, 17, 1, 1]),
            };
            var (mean, variance) = (Tensor.Zeros([17], device), Tensor.Full([17], 1, device));
            var y = parameters["x"].BatchNorm(parameters["weight"], parameters["bias"], mean, variance, relu: relu);
            var result = Graphs[graph](y, parameters["w3"], parameters["w1"]);
            results["result"] = result.ToArray<float>();
            var coefficients = Parameter(device, "coefficients", result.Shape);
            (result * coefficients).Sum().Backward();
            foreach (var (name, value) in parameters)
                if (value.Grad is not null) results[name] = value.Grad.ToArray<float>();
            results["running mean"] = mean.ToArray<float>();
            results["running variance"] = variance.ToArray<float>();
        }
        Assert.That(device.Memory.LiveBuffers, Is.Zero);
        return results;
    }

    private static Tensor Parameter(Device device, string name, Shape shape)
    {
        var t = Tensor.From(TestData.For(name).Normal(shape).ToFloats(), shape, device);
        t.RequiresGrad = true;
        return t;
    }
}
