using WrnEngine.Devices;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Kernels.Simulator.Metrics;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Kernels;

/// <summary>The common cases of elementwise ops, sums, dropout and SGD move the bytes that they must, in whole sectors, without bank conflicts.</summary>
public class CoalescedOpsTests : SimulatedDeviceFixture
{
    private static readonly Shape Activations = [4, 160, 8, 8];

    protected override SimulatorDriverOptions Options => base.Options with { CollectMetrics = true };

    [Test]
    public void Unary() => AssertCoalesced("relu_forward_f32", reads: 1, writes: 1, (x, y) => Device.Elementwise.Unary(UnaryOp.Relu, x, y));

    [Test]
    public void UnaryBackward() =>
        AssertCoalesced("exp_backward_f32", reads: 2, writes: 1, (x, y) => Device.Elementwise.UnaryBackward(UnaryOp.Exp, x, x, y, accumulate: false));

    [Test]
    public void AddScaled() => AssertCoalesced("add_scaled_f32", reads: 2, writes: 1, (x, y) => Device.Elementwise.AddScaled(x, y, 0.5f, y));

    [Test]
    public void BinaryOfEqualShapes() => AssertCoalesced("add_rows_f32", reads: 2, writes: 1, (x, y) => Device.Elementwise.Binary(BinaryOp.Add, x, x, y));

    [Test]
    public void BinaryWithAScalar()
    {
        var scalar = Tensor.Full(Shape.Scalar, 2, Device);
        AssertCoalesced("multiply_rows_f32", reads: 1, writes: 1, (x, y) => Device.Elementwise.Binary(BinaryOp.Multiply, x, scalar, y), allowance: 1.05);
    }

    [Test]
    public void BinaryWithAVectorPerChannel()
    {
        var vector = Tensor.Full([160, 1, 1], 2, Device);
        // Each thread loads its channels' part of the vector once.
        AssertCoalesced("multiply_rows_f32", reads: 2, writes: 1, (x, y) => Device.Elementwise.Binary(BinaryOp.Multiply, x, vector, y));
    }

    [TestCase(160)]
    [TestCase(16)]
    [TestCase(7)]
    public void SumPerChannel(int channels)
    {
        var (x, y) = (Tensor.Full([16, channels, 16, 16], 0.5f, Device), Tensor.Empty([channels, 1, 1], Device));
        var launches = Launches(() => Device.Elementwise.ReduceSum(x, y, 1, accumulate: false));
        Assert.That(launches.Select(l => l.Kernel), Is.EqualTo((string[])[channels % 4 == 0 ? "reduce_sum_columns_pack_f32" : "reduce_sum_columns_f32", "reduce_sum_finish_f32"]));
        AssertSectors(launches[0], x.SizeInBytes, channels % 4 == 0 ? 1.04 : 1.15); // partial sums are doubles, and rows of seven begin anywhere
        Assert.That(y.ToArray<float>(), Is.All.EqualTo(16 * 16 * 16 * 0.5f));
    }

    [Test]
    public void SumOfEverything()
    {
        var (x, y) = (Tensor.Full([40_003], 0.25f, Device), Tensor.Empty(Shape.Scalar, Device));
        var launches = Launches(() => Device.Elementwise.ReduceSum(x, y, 1, accumulate: false));
        Assert.That(launches.Select(l => l.Kernel), Is.EqualTo((string[])["reduce_sum_rows_block_f32", "reduce_sum_finish_f32"]));
        AssertSectors(launches[0], x.SizeInBytes, 1.05); // and partial sums
        Assert.That(y.Item(), Is.EqualTo(40_003 * 0.25f));
    }

    [Test]
    public void Transposition()
    {
        var (x, y) = (Tensor.Full([2, 64, 8, 8], 1, Device), Tensor.Empty([2, 4096], Device));
        var launches = Launches(() => Device.Elementwise.CopyLogical(x, y));
        Assert.That(launches.Select(l => l.Kernel), Is.EqualTo((string[])["transpose_b32"]));
        AssertSectors(launches[0], 2 * x.SizeInBytes, 1);
    }

    [Test]
    public void Channels()
    {
        var y = Tensor.Empty([4, 320, 8, 8], Device);
        var x = Tensor.Full(Activations, 1, Device);
        var launches = Launches(() => Device.Elementwise.ResizeChannels(x, y, accumulate: false));
        AssertSectors(launches[0], x.SizeInBytes + y.SizeInBytes, 1);
    }

    [Test]
    public void Dropout() =>
        AssertCoalesced("dropout_nhwc_f32", reads: 1, writes: 1, (x, y) => Device.Data.Dropout(x, null, 0.3f, new DropoutKey(1, 2, 3), y, accumulate: false));

    [Test]
    public void Sgd()
    {
        Tensor[] weights = [Tensor.Full([64, 64, 3, 3], 1, Device), Tensor.Full([160], 1, Device)];
        var slots = weights.Select(w => new SgdSlot(w, Tensor.Full(w.Shape, 1, Device), Tensor.Zeros(w.Shape, Device), 5e-4f, false)).ToArray();
        var launches = Launches(() => Device.Optimizer.SgdStep(slots, new SgdSettings(0.1f, 0.9f, 0, true)));
        Assert.That(launches.Select(l => l.Kernel), Is.EqualTo((string[])["sgd_step_f32"]));
        // A block reads its slot from the table beside its 4096 elements.
        AssertSectors(launches[0], 5 * weights.Sum(w => w.SizeInBytes), 1.1);
    }

    [Test]
    public void BFloat16()
    {
        AssertCoalesced("relu_forward_bf16", reads: 1, writes: 1, (x, y) => Device.Elementwise.Unary(UnaryOp.Relu, x, y), dtype: DType.BFloat16);
        AssertCoalesced("add_scaled_bf16", reads: 2, writes: 1, (x, y) => Device.Elementwise.AddScaled(x, y, 0.5f, y), dtype: DType.BFloat16);
        AssertCoalesced("add_rows_bf16", reads: 2, writes: 1, (x, y) => Device.Elementwise.Binary(BinaryOp.Add, x, x, y), dtype: DType.BFloat16);
        AssertCoalesced("resize_channels_bf16", reads: 1, writes: 1, (x, y) => Device.Elementwise.ResizeChannels(x, y, accumulate: false), dtype: DType.BFloat16);
        AssertCoalesced("has_non_finite_bf16", reads: 1, writes: 0, (x, _) => Device.Elementwise.HasNonFinite(x), dtype: DType.BFloat16);
        AssertCoalesced("transpose_b16", reads: 1, writes: 1, (x, y) => Device.Elementwise.CopyLogical(x, y.View([4, 10_240])), dtype: DType.BFloat16);
    }

    [TestCase(160, "reduce_sum_columns_pack_bf16")]
    [TestCase(32, "reduce_sum_columns_pack_bf16")]
    [TestCase(12, "reduce_sum_columns_bf16")]
    public void SumPerChannelOfBFloat16(int channels, string kernel)
    {
        var (x, y) = (Ones([16, channels, 16, 16], DType.BFloat16), Tensor.Empty([channels, 1, 1], Device));
        var launches = Launches(() => Device.Elementwise.ReduceSum(x, y, 1, accumulate: false));
        Assert.That(launches.Select(l => l.Kernel), Is.EqualTo((string[])[kernel, "reduce_sum_finish_f32"]));
        AssertSectors(launches[0], x.SizeInBytes, channels % 8 == 0 ? 1.08 : 1.5); // partial sums are doubles; rows of twelve begin within sectors
        Assert.That(y.ToArray<float>(), Is.All.EqualTo(16 * 16 * 16));
    }

    private Tensor Ones(Shape shape, DType dtype)
    {
        var ones = Tensor.Full(shape, 1, Device);
        if (dtype == DType.Float32) return ones;
        var cast = Tensor.Empty(shape, Device, dtype);
        Device.Elementwise.Cast(ones, cast);
        return cast;
    }

    private void AssertCoalesced(
        string kernel, int reads, int writes, Action<Tensor, Tensor> run, double allowance = 1.01, DType dtype = DType.Float32)
    {
        var (x, y) = (Ones(Activations, dtype), Ones(Activations, dtype));
        var launches = Launches(() => run(x, y));
        Assert.That(launches.Select(l => l.Kernel), Is.EqualTo((string[])[kernel]));
        AssertSectors(launches[0], (reads + writes) * x.SizeInBytes, allowance);
    }

    private static void AssertSectors((string Kernel, LaunchMetrics Metrics) launch, long bytes, double allowance)
    {
        TestContext.Out.WriteLine($"{launch.Kernel}: {launch.Metrics.SectorsPerRequest:F2} sectors a request, {32.0 * launch.Metrics.GlobalSectors / bytes:F3} of {bytes} bytes, "
            + $"{launch.Metrics.SharedBankConflicts} bank conflicts, {launch.Metrics.RegistersPerThread} registers");
        Assert.Multiple(() =>
        {
            Assert.That(32 * launch.Metrics.GlobalSectors, Is.InRange(0.99 * bytes, allowance * bytes), $"bytes that {launch.Kernel} moved");
            Assert.That(launch.Metrics.SharedBankConflicts, Is.Zero, "bank conflicts");
            Assert.That(launch.Metrics.RegistersPerThread, Is.AtMost(128), "registers");
        });
    }
}
