using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Devices.Cuda;
using WrnEngine.Kernels;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Tensors;
using WrnEngine.Tests.Kernels.OwnKernel;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Kernels;

/// <summary>A user's kernel as an op, as <c>docs/own-kernel.md</c> says: the code in there is the code here (<see cref="OwnKernelDocumentTests"/>).</summary>
[Category("Kernels")]
public class OwnKernelTests
{
    private const string PtxFile = "Tests/Kernels/OwnKernel/squared_relu.ptx";

    [TearDown]
    public void ForgetFindings() => SimulatorDriver.Reset(new SimulatorDriverOptions());

    [Test]
    public void StepsOfTheDocument()
    {
        string ptx = EmbeddedFile.Read(PtxFile);
        using var output = new StringWriter();
        RunTheOp(ptx, output);
        Assert.That(output.ToString().ReplaceLineEndings("\n"), Is.EqualTo(OwnKernelDocument.Block("prints")));
    }

    [Test]
    public void GradientAgreesWithDifferences()
    {
        using CudaDevice device = Open();
        var squaredRelu = new SquaredRelu(device, EmbeddedFile.Read(PtxFile));
        float[] x = [-2, -0.5f, 0.25f, 1, 3], gradY = [1, 2, -1, 0.5f, 3];
        double error = GradientCheck.WorstError(squaredRelu.Apply, device, x, gradY);
        Assert.That(error, Is.LessThan(1e-3));
        Assert.That(SimulatorDriver.Findings, Is.Empty);
        // The check itself is worth something: an op whose backward pass is wrong does not pass.
        Assert.That(GradientCheck.WorstError(v => WrongGradient(squaredRelu, v), device, x, gradY), Is.GreaterThan(0.1));
    }

    /// <summary>The same as computed on the host, for lengths around the block's, with x used twice: the second gradient is added to the first.</summary>
    [TestCase(1)]
    [TestCase(255)]
    [TestCase(257)]
    [TestCase(1000)]
    public void AgreesWithTheDefinition(int count)
    {
        using CudaDevice device = Open();
        var squaredRelu = new SquaredRelu(device, EmbeddedFile.Read(PtxFile));
        var data = TestData.For($"squared ReLU {count}");
        float[] x = data.Normal([count]).ToFloats(), gradY = data.Normal([count]).ToFloats();
        using (new StepScope())
        {
            Tensor input = Tensor.From(x, [count], device), grad = Tensor.From(gradY, [count], device);
            input.RequiresGrad = true;
            for (int pass = 1; pass <= 2; pass++)
            {
                using var tape = new GradTape();
                Tensor y = squaredRelu.Apply(input);
                tape.Backward(y, grad);
                Assert.That(y.ToArray<float>(), Is.EqualTo(x.Select(v => Math.Max(v, 0) * Math.Max(v, 0))));
                int times = pass;
                Assert.That(input.Grad!.ToArray<float>(), Is.EqualTo(x.Select((v, i) => Summed(2 * Math.Max(v, 0) * gradY[i], times))));
            }
        }
        Assert.That(SimulatorDriver.Findings, Is.Empty);
        Assert.That(device.Memory.LiveBuffers, Is.Zero);
    }

    [Test]
    public void NaNStaysNaN()
    {
        using CudaDevice device = Open();
        var squaredRelu = new SquaredRelu(device, EmbeddedFile.Read(PtxFile));
        using var step = new StepScope();
        Assert.That(float.IsNaN(squaredRelu.Apply(Tensor.From([float.NaN], [1], device)).Item()));
    }

    [Test]
    public void EmptyTensorsAreNothingToDo()
    {
        using CudaDevice device = Open();
        var squaredRelu = new SquaredRelu(device, EmbeddedFile.Read(PtxFile));
        using var step = new StepScope();
        Assert.That(squaredRelu.Apply(Tensor.Empty([0], device)).ToArray<float>(), Is.Empty);
    }

    [Test]
    public void ATensorOfAnotherDeviceIsRefused()
    {
        using CudaDevice device = Open();
        using var cpu = new CpuDevice(1, ArenaMode.Separate);
        var squaredRelu = new SquaredRelu(device, EmbeddedFile.Read(PtxFile));
        using var step = new StepScope();
        Assert.That(() => squaredRelu.Apply(Tensor.From([1f], [1], cpu)), Throws.ArgumentException);
    }

    [Test]
    public void ANameIsTakenOnce()
    {
        using CudaDevice device = Open();
        string ptx = EmbeddedFile.Read(PtxFile);
        Assert.That(device.Context.Library.Has("mine"), Is.False);
        device.AddKernels("mine", ptx);
        Assert.That(device.Context.Library.Has("mine"), Is.True);
        Assert.That(() => device.AddKernels("mine", ptx), Throws.ArgumentException.With.Message.Contains("under the name mine already"));
        Assert.That(() => device.AddKernels("elementwise", ptx), Throws.ArgumentException.With.Message.Contains("elementwise"));
    }

    [Test]
    public void BadPtxSaysWhereItIsBad()
    {
        using CudaDevice device = Open();
        string ptx = EmbeddedFile.Read(PtxFile).Replace("mul.f32", "mull.f32", StringComparison.Ordinal);
        Assert.That(() => device.AddKernels("bad", ptx), Throws.TypeOf<CudaException>().With.Message.Contains("mull"));
        Assert.That(device.Context.Library.Has("bad"), Is.False);
    }

    [Test]
    public void AMissingKernelIsNamed()
    {
        using CudaDevice device = Open();
        device.AddKernels("mine", EmbeddedFile.Read(PtxFile));
        var missing = new Kernel<long>(device.Context.Library, "mine", "cubed_relu_f32");
        Assert.That(() => device.Launch(missing, 1, 32, 0L), Throws.TypeOf<CudaException>().With.Message.Contains("cubed_relu_f32"));
    }

    [Test]
    public void AStructOfAnotherSizeIsRefused()
    {
        using CudaDevice device = Open();
        device.AddKernels("mine", EmbeddedFile.Read(PtxFile));
        var kernel = new Kernel<long>(device.Context.Library, "mine", "squared_relu_forward_f32");
        Assert.That(() => device.Launch(kernel, 1, 32, 0L), Throws.TypeOf<CudaException>().With.Message.Contains("squared_relu_forward_f32"));
    }

    /// <summary>The tests see the engine's internals, users do not: all that the example calls must be public.</summary>
    [TestCase(typeof(CudaDevice), nameof(CudaDevice.AddKernels))]
    [TestCase(typeof(CudaDevice), nameof(CudaDevice.Launch))]
    [TestCase(typeof(CudaDevice), "get_Context")]
    [TestCase(typeof(CudaContext), "get_Library")]
    [TestCase(typeof(Tensor), "get_DevicePointer")]
    [TestCase(typeof(Tensor), nameof(Tensor.Empty))]
    [TestCase(typeof(Tensor), nameof(Tensor.From))]
    [TestCase(typeof(GradTape), nameof(GradTape.Records))]
    [TestCase(typeof(GradTape), nameof(GradTape.Record))]
    [TestCase(typeof(GradNode), nameof(GradNode.Saved))]
    [TestCase(typeof(GradNode), nameof(GradNode.GradInput))]
    [TestCase(typeof(GradNode), "get_GradOutput")]
    public void WhatTheExampleCallsIsPublic(Type type, string method) =>
        Assert.That(type.IsPublic && type.GetMethods().Any(m => m.Name == method), $"{type.Name}.{method}");

    /// <summary>The document's fifth step; it writes what it prints there to <paramref name="output"/>.</summary>
    internal static void RunTheOp(string ptx, TextWriter output)
    {
        SimulatorDriver.Options = new SimulatorDriverOptions { Checks = CheckKinds.All };
        using var device = new CudaDevice(SimulatorDriver.Table, "ptxsim", options: new CudaOptions { Arena = ArenaMode.Separate });
        var squaredRelu = new SquaredRelu(device, ptx);

        using var step = new StepScope();
        using var tape = new GradTape();
        Tensor x = Tensor.From([-1f, 0.5f, 2f], [3], device);
        x.RequiresGrad = true;
        Tensor y = squaredRelu.Apply(x);
        tape.Backward(y, gradient: Tensor.From([1f, 1f, 1f], [3], device));

        output.WriteLine(string.Join(" ", y.ToArray<float>()));
        output.WriteLine(string.Join(" ", x.Grad!.ToArray<float>()));
        foreach (Finding finding in SimulatorDriver.Findings) output.WriteLine(finding);
    }

    private static CudaDevice Open()
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions { Checks = CheckKinds.All });
        return new CudaDevice(SimulatorDriver.Table, "ptxsim", options: new CudaOptions { Arena = ArenaMode.Separate });
    }

    private static float Summed(float value, int times) => times == 1 ? value : value + value;

    /// <summary>The op with a backward pass that hands the gradient through.</summary>
    private static Tensor WrongGradient(SquaredRelu op, Tensor x)
    {
        Tensor y;
        using (new NoGrad()) y = op.Apply(x);
        if (GradTape.Records(x)) GradTape.Record("wrong", y, [x], [], node => node.PassGradient(0, node.GradOutput));
        return y;
    }
}
