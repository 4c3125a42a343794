using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Nn;
using WrnEngine.Ops;
using WrnEngine.Optim;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Engine.Nn;

/// <summary>Names, modes and lifetimes of modules, and momentum that leaves an optimizer and comes back.</summary>
[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
public class ModuleOwnershipTests(TestDevice device) : DeviceFixture(device)
{
#pragma warning disable IDISP004 // Register takes ownership.
    /// <summary>A tensor of its own, a bare convolution and a batch norm, one level down.</summary>
    private sealed class Outer : Module
    {
        public Outer(Initializer init)
        {
            RegisterParameter("scale", init.Constant([1], 2));
            Register("inner", new Inner(init));
        }

        protected override Tensor ForwardCore(Tensor x) => x;
    }

    private sealed class Inner : Module
    {
        public Inner(Initializer init)
        {
            Register("conv", new Conv2d(1, 2, 3, init));
            Register("norm", new BatchNorm2d(2, init));
        }

        protected override Tensor ForwardCore(Tensor x) => x;
    }
#pragma warning restore IDISP004

    [Test, LeakCheck]
    public void NamesAreJoinedByDots()
    {
        using var module = new Outer(new Initializer(1, Device));
        Assert.That(string.Join(" ", module.NamedParameters().Select(p => p.Name)), Is.EqualTo("scale inner.conv inner.norm.weight inner.norm.bias"));
        Assert.That(string.Join(" ", module.NamedBuffers("m").Select(p => p.Name)), Is.EqualTo("m.inner.norm.running_mean m.inner.norm.running_var"));
        Assert.That(string.Join(" ", module.NamedModules("m").Select(p => p.Name)), Is.EqualTo("m m.inner m.inner.conv m.inner.norm"));
        Assert.That(module.ParameterCount, Is.EqualTo(1 + 18 + 4));
        Assert.That(module.NamedParameters().All(p => p.Value.RequiresGrad), Is.True);
        Assert.That(module.NamedBuffers().Any(p => p.Value.RequiresGrad), Is.False);
    }

    [Test, LeakCheck]
    public void ModesReachEveryModule()
    {
        using var module = new Outer(new Initializer(1, Device));
        Assert.That(module.NamedModules().All(m => m.Module.IsTraining), Is.True);
        module.Eval();
        Assert.That(module.NamedModules().Any(m => m.Module.IsTraining), Is.False);
        module.Train();
        Assert.That(module.NamedModules().All(m => m.Module.IsTraining), Is.True);
    }

    /// <summary>A module made inside a step keeps its tensors when the step ends, and gives them back when it is disposed of.</summary>
    [Test, LeakCheck]
    public void AStepDoesNotTakeAModulesTensors()
    {
        Outer module;
        using (new StepScope()) module = new Outer(new Initializer(1, Device));
        var tensors = module.NamedParameters().Concat(module.NamedBuffers()).Select(t => t.Value).ToList();
        Assert.That(tensors[0].ToArray<float>(), Is.All.EqualTo(2f));
        Assert.That(tensors.Any(t => t.IsReleased), Is.False);
        module.Dispose();
        Assert.That(tensors.All(t => t.IsReleased), Is.True);
    }

    [Test, LeakCheck]
    public void BatchNormStartsAsTheAuthorsDoes()
    {
        using var norm = new BatchNorm2d(2000, new Initializer(4, Device));
        float[] weight = norm.Weight.ToArray<float>();
        Assert.That(weight, Is.All.InRange(0f, MathF.BitDecrement(1)));
        Assert.That(weight.Average(), Is.EqualTo(0.5).Within(0.03));
        Assert.That(norm.Bias.ToArray<float>(), Is.All.Zero);
        Assert.That(norm.RunningMean.ToArray<float>(), Is.All.Zero);
        Assert.That(norm.RunningVar.ToArray<float>(), Is.All.EqualTo(1f));
    }

    [Test, LeakCheck]
    public void LinearStartsAsTheAuthorsDoes()
    {
        using var linear = new Linear(64, 500, new Initializer(4, Device));
        float[] weight = linear.Weight.ToArray<float>();
        Assert.That(weight, Is.All.InRange(-0.125f, MathF.BitDecrement(0.125f)));
        Assert.That(weight.Average(v => v * (double)v), Is.EqualTo(0.25 * 0.25 / 12).Within(3).Percent);
        Assert.That(linear.Bias.ToArray<float>(), Is.All.Zero);
    }

    /// <summary>An optimizer that is given another's momentum takes the same steps, to the bit.</summary>
    [Test, LeakCheck]
    public void MomentumComesBackToTheBit()
    {
        using var a = new Outer(new Initializer(1, Device));
        using var b = new Outer(new Initializer(1, Device));
        using var first = new Sgd(a.NamedParameters(), 0.1f, momentum: 0.9f, weightDecay: 0.01f, nesterov: true);
        using var second = new Sgd(b.NamedParameters(), 0.1f, momentum: 0.9f, weightDecay: 0.01f, nesterov: true);
        for (int i = 0; i < 3; i++) Step(a, first, i);
        Assert.That(second.MomentumBuffers(), Is.Empty);
        foreach (var (name, value) in first.MomentumBuffers()) second.LoadMomentum(name, value.ToArray<float>());
        foreach (var (x, y) in a.NamedParameters().Zip(b.NamedParameters())) y.Value.CopyFrom<float>(x.Value.ToArray<float>());
        Step(a, first, 3);
        Step(b, second, 3);
        foreach (var (x, y) in a.NamedParameters().Zip(b.NamedParameters()))
            TensorAssert.AreBitIdentical(y.Value.ToArray<float>(), x.Value.ToArray<float>(), x.Name);
        foreach (var (x, y) in first.MomentumBuffers().Zip(second.MomentumBuffers()))
            TensorAssert.AreBitIdentical(y.Value.ToArray<float>(), x.Value.ToArray<float>(), x.Name);
        first.ResetMomentum();
        Assert.That(first.MomentumBuffers(), Is.Empty);
        Assert.That(() => first.LoadMomentum("nothing", [1f]), Throws.ArgumentException.With.Message.Contains("'nothing'"));
        Assert.That(() => first.LoadMomentum("scale", [1f, 2f]), Throws.InstanceOf<ShapeException>());
    }

    /// <summary>One step along gradients that depend on its number: those of the sum of each parameter times random weights.</summary>
    private void Step(Module module, Sgd optimizer, int number)
    {
        var data = TestData.For($"step {number}");
        optimizer.ZeroGrad();
        foreach (var (_, parameter) in module.NamedParameters())
        {
            using var step = new StepScope();
            using var tape = new GradTape();
            tape.Backward((parameter * Upload(data.Normal(parameter.Shape))).Sum());
        }
        optimizer.Step();
    }
}
