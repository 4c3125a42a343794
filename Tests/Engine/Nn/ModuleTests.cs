using WrnEngine.Devices;
using WrnEngine.Nn;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Engine.Nn;

/// <summary>Names, ownership and modes of modules.</summary>
[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
[LeakCheck]
public class ModuleTests(TestDevice device) : DeviceFixture(device)
{
    private sealed class Pair : Module
    {
        private readonly Conv2d _conv;
        private readonly BatchNorm2d _norm;

        public Pair(Initializer init)
        {
            _conv = Register("conv0", new Conv2d(3, 4, 3, init));
            _norm = Register("bn0", new BatchNorm2d(4, init));
        }

        protected override Tensor ForwardCore(Tensor x) => _norm.Forward(_conv.Forward(x));
    }

    private sealed class Net : Module
    {
        private readonly Pair _pair;
        private readonly Linear _fc;

        public Net(Initializer init)
        {
            _pair = Register("block", new Pair(init));
            _fc = Register("fc", new Linear(4, 2, init));
            Scale = RegisterParameter("scale", init.Constant([1], 1));
        }

        public Tensor Scale { get; }

        protected override Tensor ForwardCore(Tensor x) => _fc.Forward(_pair.Forward(x));
    }

    private Net Build() => new(new Initializer(1, Device));

    [Test]
    public void NamesAreJoinedByDots()
    {
        using var net = Build();
        Assert.That(
            net.NamedParameters().Select(p => p.Name),
            Is.EqualTo(new[] { "scale", "block.conv0", "block.bn0.weight", "block.bn0.bias", "fc.weight", "fc.bias" }), "a bare convolution carries its module's name");
        Assert.That(net.NamedBuffers().Select(p => p.Name), Is.EqualTo(new[] { "block.bn0.running_mean", "block.bn0.running_var" }));
        Assert.That(net.NamedModules().Select(m => m.Name), Is.EqualTo(new[] { "", "block", "block.conv0", "block.bn0", "fc" }));
        Assert.That(net.NamedParameters("net").First().Name, Is.EqualTo("net.scale"));
    }

    [Test]
    public void ParametersAreCountedAndRequireGradients()
    {
        using var net = Build();
        Assert.That(net.ParameterCount, Is.EqualTo(1 + 4 * 27 + 8 + 8 + 2));
        Assert.That(net.NamedParameters().Select(p => p.Value.RequiresGrad), Has.All.True);
        Assert.That(net.NamedBuffers().Select(p => p.Value.RequiresGrad), Has.All.False);
    }

    [Test]
    public void TheModeReachesEveryModule()
    {
        using var net = Build();
        Assert.That(net.NamedModules().Select(m => m.Module.IsTraining), Has.All.True);
        net.Eval();
        Assert.That(net.NamedModules().Select(m => m.Module.IsTraining), Has.All.False);
        net.Train();
        Assert.That(net.NamedModules().Select(m => m.Module.IsTraining), Has.All.True);
    }

    [Test]
    public void ModulesOwnTheirTensorsWhateverScopeIsOpen()
    {
        Net net;
        using (new StepScope()) net = Build();
        Assert.That(net.NamedParameters().Concat(net.NamedBuffers()).Select(t => t.Value.IsReleased), Has.All.False);
        var all = net.NamedParameters().Concat(net.NamedBuffers()).Select(t => t.Value).ToList();
        net.Dispose();
        Assert.That(all.Select(t => t.IsReleased), Has.All.True);
    }
}
