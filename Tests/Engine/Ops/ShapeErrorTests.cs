using WrnEngine.Devices;
using WrnEngine.Ops;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Engine.Ops;

/// <summary>What ops say to tensors that do not fit: the op, the shapes and what to do, in one sentence.</summary>
[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
[LeakCheck]
public class ShapeErrorTests(TestDevice device) : DeviceFixture(device)
{
    private Tensor T(params int[] dims) => Tensor.Zeros(new Shape(dims), Device);

    private Tensor Labels(params int[] dims) => Tensor.Zeros(new Shape(dims), Device, DType.Int32);

    private static void Fails(Func<Tensor> op, params string[] words)
    {
        var error = Assert.Throws<ShapeException>(() => op())!;
        foreach (string word in words) Assert.That(error.Message, Does.Contain(word));
        Assert.That(error.Message, Does.Not.Contain('\n'));
        Assert.That(error.ParamName, Is.Null, "a parameter's name would be appended to the sentence");
    }

    [Test]
    public void Arithmetic()
    {
        using var scope = new StepScope();
        Fails(() => T(2, 3) + T(2), "add", "[2, 3]", "[2]", "do not broadcast");
        Fails(() => T(2, 3) - T(4, 3), "subtract", "[2, 3]", "[4, 3]");
        Fails(() => T(2, 3) * T(3, 2), "multiply");
        Fails(() => T(2, 3) / T(3, 2), "divide");
        Fails(() => T(3) + Labels(3), "add", "i32", "f32");
        Fails(() => Labels(3).Exp(), "exp", "i32");
        Fails(() => Labels(3).Negate(), "negate", "i32");
    }

    [Test]
    public void Products()
    {
        using var scope = new StepScope();
        Fails(() => T(2, 3).MatMul(T(2, 3)), "matmul", "[2, 3]", "3 columns", "2 rows", "must be equal");
        Fails(() => T(2, 3, 1).MatMul(T(3, 2)), "matmul", "[2, 3, 1]", "rank 2");
        Fails(() => T(2, 3).Linear(T(5, 4)), "linear", "[2, 3]", "3 features", "[5, 4]");
        Fails(() => T(2, 3).Linear(T(5, 3), T(4)), "linear", "bias", "[4]", "[5]");
        Fails(() => T(2, 3, 4, 4).Linear(T(5, 48)), "linear", "Flatten()");
    }

    [Test]
    public void Convolutions()
    {
        using var scope = new StepScope();
        Fails(() => T(2, 3, 8, 8).Conv2d(T(4, 5, 3, 3)), "conv2d", "[2, 3, 8, 8]", "3 channels", "[4, 5, 3, 3]");
        Fails(() => T(3, 8, 8).Conv2d(T(4, 3, 3, 3)), "conv2d", "[3, 8, 8]", "[N, inC, H, W]");
        Fails(() => T(2, 3, 8, 8).Conv2d(T(4, 3)), "conv2d", "[4, 3]", "[outC, inC, kH, kW]");
        Fails(() => T(2, 3, 2, 2).Conv2d(T(4, 3, 3, 3)), "conv2d", "larger than x [2, 3, 2, 2]", "add padding");
        Fails(() => T(2, 3, 8, 8).Conv2d(T(4, 3, 3, 3), stride: 0), "conv2d", "stride", "at least 1");
        Fails(() => T(2, 3, 8, 8).Conv2d(T(4, 3, 3, 3), padding: -1), "conv2d", "padding", "not be negative");
    }

    [Test]
    public void Pools()
    {
        using var scope = new StepScope();
        Fails(() => T(2, 3).MaxPool2d(2), "max_pool2d", "[2, 3]", "[N, C, H, W]");
        Fails(() => T(1, 3, 4, 4).MaxPool2d(5), "max_pool2d", "window of 5", "[1, 3, 4, 4]");
        Fails(() => T(1, 3, 4, 4).MaxPool2d(2, padding: 2), "max_pool2d", "padding 2", "half the kernel size 2");
        Fails(() => T(1, 3, 4, 4).AveragePool2d(2, stride: 0), "average_pool2d", "stride 0");
        Fails(() => T(3, 4, 4).GlobalAveragePool2d(), "global_average_pool2d", "[3, 4, 4]");
    }

    [Test]
    public void BatchNorms()
    {
        using var scope = new StepScope();
        Fails(() => T(2, 3, 4, 4).BatchNorm(T(4), T(3), null, null), "batch_norm", "weight", "[4]", "[3]", "[2, 3, 4, 4]");
        Fails(() => T(2, 3, 4, 4).BatchNormRelu(T(3), T(3), T(2), T(3)), "batch_norm_relu", "runningMean", "[2]");
        Fails(() => T(2, 3, 4).BatchNorm(T(3), T(3), null, null), "batch_norm", "[2, 3, 4]", "[N, C, H, W]");
        Fails(() => T(1, 3, 1, 1).BatchNorm(T(3), T(3), null, null), "batch_norm", "one value per channel", "larger batch");
        Fails(() => T(2, 3).BatchNormInference(T(3), T(3), T(3), T(1, 3)), "batch_norm", "runningVar", "[1, 3]");
    }

    [Test]
    public void Losses()
    {
        using var scope = new StepScope();
        Fails(() => T(4, 10).SoftmaxCrossEntropy(T(4)), "softmax_cross_entropy", "f32[4]", "i32[4]");
        Fails(() => T(4, 10).SoftmaxCrossEntropy(Labels(5)), "softmax_cross_entropy", "i32[5]", "[4, 10]");
        Fails(() => T(4, 10).SoftmaxCrossEntropy(Labels(4), 1.5f), "softmax_cross_entropy", "1.5", "between 0 and 1");
        Fails(() => T(4, 10).SoftmaxCrossEntropy(Labels(4), float.NaN), "softmax_cross_entropy", "smoothing");
        Fails(() => T(0, 10).SoftmaxCrossEntropy(Labels(0)), "softmax_cross_entropy", "empty");
        Fails(() => T(4).LogSoftmax(), "log_softmax", "[4]", "[N, classes]");
        Fails(() => T(4).ArgMax(), "argmax", "[4]");
        Fails(() => T(4, 10).TopKCount(Labels(4), 11), "top_k_count", "11", "10 classes");
        Fails(() => T(4, 10).TopKCount(Labels(4), 0), "top_k_count", "0");
    }

    [Test]
    public void Reductions()
    {
        using var scope = new StepScope();
        Fails(() => T(2, 3).Sum([0, -2]), "sum", "twice", "[2, 3]");
        Assert.That(() => T(2, 3).Mean([2]), Throws.InstanceOf<ArgumentException>().With.Message.Contains("axis 2").And.Message.Contains("[2, 3]"));
        Fails(() => Labels(2).Mean(), "mean", "i32");
    }

    [Test]
    public void Reshapes()
    {
        using var scope = new StepScope();
        Fails(() => T(2, 3).Reshape(4, 2), "reshape", "[2, 3] has 6 elements", "[4, 2] would have 8");
        Fails(() => T(2, 3).Reshape(-1, 4), "reshape", "[2, 3]", "-1");
        Fails(() => Labels(2, 3, 4, 4).Reshape(2, 48), "reshape", "does not do for i32");
    }

    [Test]
    public void Dropouts()
    {
        using var scope = new StepScope();
        Fails(() => T(2, 3).Dropout(1, default), "dropout", "1", "0 <= p < 1");
        Fails(() => T(2, 3).Dropout(float.NaN, default), "dropout", "0 <= p < 1");
        Fails(() => T(2, 3, 4).Dropout(0.5f, default), "dropout", "[2, 3, 4]");
        Fails(() => T(2, 3).Dropout(0.5f, default, Labels(3)), "dropout", "i32[3]", "i32[2]");
    }

    [Test]
    public void TwoDevices()
    {
        using var scope = new StepScope();
        using var other = new WrnEngine.Devices.Cpu.CpuDevice(1, WrnEngine.Devices.ArenaMode.Guarded);
        using var otherScope = new StepScope();
        var elsewhere = Tensor.Zeros([3], other);
        Fails(() => T(3) + elsewhere, "add", "one device");
    }
}
