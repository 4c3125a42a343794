using CsCheck;
using WrnEngine.Devices;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.OpCases;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Engine.Ops;

/// <summary>Random shapes, for the cases nobody thought of; a failure prints the smallest one found and its seed.</summary>
[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
[LeakCheck]
public class RandomShapeTests(TestDevice device) : DeviceFixture(device)
{
    private static readonly Gen<Conv2dShape> Convolutions =
        from n in Gen.Int[1, 3]
        from c in Gen.Int[1, 35]
        from k in Gen.Int[1, 35]
        from r in Gen.Int[1, 4]
        from s in Gen.Int[1, 4]
        from strideH in Gen.Int[1, 3]
        from strideW in Gen.Int[1, 3]
        from padH in Gen.Int[0, 3]
        from padW in Gen.Int[0, 3]
        from h in Gen.Int[Math.Max(1, r - 2 * padH), 12]
        from w in Gen.Int[Math.Max(1, s - 2 * padW), 12]
        select new Conv2dShape(n, c, h, w, k, r, s, strideH, strideW, padH, padW);

    private static readonly Gen<Shape> Shapes = Gen.Int[1, 6].Array[0, 5].Select(d => new Shape(d));

    [Test]
    public void Convolution() => Convolutions.Sample(
        s =>
        {
            using var scope = new StepScope();
            var data = TestData.For(s.ToString());
            var x = data.Normal([s.N, s.InChannels, s.H, s.W]);
            var weight = data.Normal([s.OutChannels, s.InChannels, s.KernelH, s.KernelW]);
            var gradY = data.Normal([s.N, s.OutChannels, s.OutH, s.OutW]);
            var (tx, tw, tg) = (Upload(x), Upload(weight), Upload(gradY));
            var (y, gradX, gradWeight) = (Tensor.Empty(gradY.Shape, Device), Tensor.Empty(x.Shape, Device), Tensor.Empty(weight.Shape, Device));
            Device.Conv.Conv2dForward(s, tx, tw, y);
            Device.Conv.Conv2dBackwardInput(s, tg, tw, gradX, accumulate: false);
            Device.Conv.Conv2dBackwardWeight(s, tx, tg, gradWeight, accumulate: false);
            Check(y, ConvOracle.Forward(s, x, weight), s.InChannels * s.KernelH * s.KernelW, "forward", ConvCases.ErrorFactor(s));
            Check(gradX, ConvOracle.BackwardInput(s, gradY, weight), s.OutChannels * s.KernelH * s.KernelW, "backward input", ConvCases.ErrorFactor(s));
            Check(gradWeight, ConvOracle.BackwardWeight(s, x, gradY), s.N * s.OutH * s.OutW, "backward weight", ConvCases.ErrorFactor(s, backwardWeight: true));
        },
        iter: 60, threads: 1);

    [Test]
    public void MatMul() => Gen.Select(Gen.Int[1, 70], Gen.Int[1, 70], Gen.Int[1, 70], Gen.Bool, Gen.Bool).Sample(
        (m, n, k, transposeA, transposeB) =>
        {
            using var scope = new StepScope();
            var data = TestData.For($"{m} {n} {k}");
            var a = data.Normal(transposeA ? [k, m] : [m, k]);
            var b = data.Normal(transposeB ? [n, k] : [k, n]);
            var c = Tensor.Empty([m, n], Device);
            Device.MatMul.MatMul(Upload(a), transposeA, Upload(b), transposeB, c, accumulate: false);
            Check(c, MatMulOracle.MatMul(a, transposeA, b, transposeB), k, "product");
        },
        iter: 60, threads: 1);

    /// <summary>A shape against itself with any of its axes set to 1 and leading ones dropped.</summary>
    [Test]
    public void BroadcastingAndItsInverse() => Gen.Select(Shapes, Gen.Int[0, 31], Gen.Int[0, 5]).Sample(
        (shape, ones, dropped) =>
        {
            using var scope = new StepScope();
            int drop = Math.Min(dropped, shape.Rank);
            var small = new Shape(shape.Dims[drop..].ToArray().Select((d, axis) => (ones >> axis & 1) == 1 ? 1 : d).ToArray());
            var data = TestData.For($"{shape} {small}");
            var (x, b) = (data.Normal(shape), data.Normal(small));
            var (y, sum) = (Tensor.Empty(shape, Device), Tensor.Empty(small, Device));
            Device.Elementwise.Binary(BinaryOp.Subtract, Upload(b), Upload(x), y);
            Check(y, ElementwiseOracle.Binary(BinaryOp.Subtract, b, x), 1, $"{small} - {shape}");
            Device.Elementwise.ReduceSum(Upload(x), sum, 1, accumulate: false);
            Check(sum, ElementwiseOracle.SumTo(x, small), shape.Numel / small.Numel, $"{shape} summed to {small}");
        },
        iter: 300, threads: 1);

    [Test]
    public void Pooling() => Gen.Select(Gen.Int[1, 20], Gen.Int[1, 9], Gen.Int[1, 9], Gen.Int[1, 4], Gen.Int[1, 3], Gen.Int[0, 2]).Sample(
        (c, h, w, kernel, stride, padding) =>
        {
            if (padding > kernel / 2 || h + 2 * padding < kernel || w + 2 * padding < kernel) return;
            using var scope = new StepScope();
            var s = new Pool2dShape(2, c, h, w, kernel, kernel, stride, stride, padding, padding);
            var data = TestData.For(s.ToString());
            var x = data.Distinct([2, c, h, w]);
            var gradY = data.Normal([2, c, s.OutH, s.OutW]);
            var (y, index, gradX) = (Tensor.Empty(gradY.Shape, Device), Tensor.Empty(gradY.Shape, Device, DType.Int32), Tensor.Empty(x.Shape, Device));
            Device.Pool.MaxPool2d(s, Upload(x), y, index);
            var expected = PoolOracle.Max(s, x);
            Check(y, expected.Y, 1, "maximum");
            Check(index, expected.Index, 1, "index");
            Device.Pool.MaxPool2dBackward(s, index, Upload(gradY), gradX, accumulate: false);
            Check(gradX, PoolOracle.MaxBackward(s, expected.Index, gradY), kernel * kernel, "maximum backward");
            Device.Pool.AveragePool2d(s, Upload(x), y);
            TensorAssert.AreClose(y, PoolOracle.Average(s, x), kernel * kernel, x.Rms(), "average");
            Device.Pool.AveragePool2dBackward(s, Upload(gradY), gradX, accumulate: false);
            Check(gradX, PoolOracle.AverageBackward(s, gradY), kernel * kernel, "average backward");
        },
        iter: 150, threads: 1);

    private static void Check(Tensor actual, RefArray expected, long reductionLength, string what, int errorFactor = 1) =>
        TensorAssert.AreClose(actual, expected, reductionLength * errorFactor * errorFactor, Math.Sqrt(reductionLength), what);
}
