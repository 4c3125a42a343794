using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Ops;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Engine.Autograd;

/// <summary>When the tape records, what it keeps alive and for how long, and what it says when it is misused.</summary>
[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
[LeakCheck]
public class TapeTests(TestDevice device) : DeviceFixture(device)
{
    private Tensor Leaf(params float[] values)
    {
        var t = Tensor.From(values, [values.Length], Device);
        t.RequiresGrad = true;
        return t;
    }

    [Test]
    public void NothingIsRecordedOutsideATape()
    {
        using var step = new StepScope();
        var y = Leaf(1, 2) * 2f;
        Assert.That(y.RequiresGrad, Is.False);
        using var tape = new GradTape();
        Assert.That(tape.Count, Is.Zero);
    }

    [Test]
    public void NoGradStopsRecordingAndNests()
    {
        using var step = new StepScope();
        using var tape = new GradTape();
        var x = Leaf(1, 2);
        using (new NoGrad())
        {
            using (new NoGrad()) Assert.That((x * 2f).RequiresGrad, Is.False);
            Assert.That((x * 2f).RequiresGrad, Is.False);
        }
        Assert.That(tape.Count, Is.Zero);
        Assert.That((x * 2f).RequiresGrad, Is.True);
        Assert.That(tape.Count, Is.EqualTo(1));
    }

    [Test]
    public void ANoGradResultIsAConstantOfTheLoss()
    {
        using var step = new StepScope();
        using var tape = new GradTape();
        var x = Leaf(3);
        Tensor factor;
        using (new NoGrad()) factor = x * 2f;
        (x * factor).Sum().Backward();
        Assert.That(x.Grad!.ToArray<float>(), Is.EqualTo(new float[] { 6 }), "not 4 x = 12");
    }

    [Test]
    public void TheInnermostTapeRecords()
    {
        using var step = new StepScope();
        using var outer = new GradTape();
        var x = Leaf(1);
        _ = x * 2f;
        using (var inner = new GradTape())
        {
            _ = x * 2f;
            Assert.That((inner.Count, outer.Count), Is.EqualTo((1, 1)));
        }
        Assert.That(GradTape.Current, Is.SameAs(outer));
    }

    [Test]
    public void HandlesMayBeReleasedBeforeTheBackwardPass()
    {
        using var step = new StepScope();
        using var tape = new GradTape();
        var x = Leaf(1, 2);
        var h = x * 3f;
        var e = h.Exp();
        var loss = e.Sum();
        h.Release();
        e.Release();
        loss.Backward();
        Assert.That(x.Grad!.ToArray<float>(), Is.EqualTo(new[] { 3 * MathF.Exp(3), 3 * MathF.Exp(6) }).Within(1e-4).Percent);
    }

    [Test]
    public void ThePassFreesWhatWasSavedAsItGoes()
    {
        using var step = new StepScope();
        var x = Leaf(1, 2);
        int afterPass;
        using (var tape = new GradTape())
        {
            int before = Device.Memory.LiveBuffers;
            var h = x;
            for (int i = 0; i < 5; i++)
            {
                var next = h.Exp() * 0.01f;
                if (h != x) h.Release();
                h = next;
            }
            var loss = h.Sum();
            h.Release();
            Assert.That(Device.Memory.LiveBuffers, Is.GreaterThan(before + 5), "the tape holds saved results");
            loss.Backward();
            Assert.That(tape.Count, Is.Zero);
            afterPass = Device.Memory.LiveBuffers;
        }
        Assert.That(Device.Memory.LiveBuffers, Is.EqualTo(afterPass), "the closing tape had nothing left to free");
    }

    [Test]
    public void ATapeThatIsGivenUpFreesWhatItSaved()
    {
        using var step = new StepScope();
        var x = Leaf(1, 2);
        int before = Device.Memory.LiveBuffers;
        using (var tape = new GradTape())
        {
            var h = x.Exp();
            h.Release();
            Assert.That(Device.Memory.LiveBuffers, Is.EqualTo(before + 1), "saved for the backward pass");
        }
        Assert.That(Device.Memory.LiveBuffers, Is.EqualTo(before));
        Assert.That(GradTape.Current, Is.Null);
    }

    [Test]
    public void AGradientNeedsALossOfOneElement()
    {
        using var step = new StepScope();
        using var tape = new GradTape();
        var y = Leaf(1, 2) * 2f;
        Assert.That(() => y.Backward(), Throws.TypeOf<ShapeException>().With.Message.Contains("[2]").And.Message.Contains("reduce it to one element"));
    }

    [Test]
    public void AGivenGradientMustHaveTheShapeOfTheLoss()
    {
        using var step = new StepScope();
        using var tape = new GradTape();
        var y = Leaf(1, 2) * 2f;
        Assert.That(() => y.Backward(Tensor.Zeros([3], Device)), Throws.TypeOf<ShapeException>().With.Message.Contains("[3]").And.Message.Contains("[2]"));
    }

    [Test]
    public void ASecondPassOverOneLossIsAnError()
    {
        using var step = new StepScope();
        using var tape = new GradTape();
        var loss = (Leaf(1, 2) * 2f).Sum();
        loss.Backward();
        Assert.That(() => loss.Backward(), Throws.InvalidOperationException.With.Message.Contains("backward already ran"));
    }

    [Test]
    public void ALossThatDependsOnNothingIsAnError()
    {
        using var step = new StepScope();
        using var tape = new GradTape();
        var loss = Tensor.From([1f], [1], Device).Sum();
        Assert.That(() => loss.Backward(), Throws.InvalidOperationException.With.Message.Contains("no input requires a gradient"));
    }

    [Test]
    public void BackwardOutsideATapeIsAnError()
    {
        using var step = new StepScope();
        Tensor loss;
        using (new GradTape()) loss = (Leaf(1, 2) * 2f).Sum();
        Assert.That(() => loss.Backward(), Throws.InvalidOperationException.With.Message.Contains("no tape is recording").And.Message.Contains("new GradTape()"));
    }

    [Test]
    public void ALossOfAnotherTapeIsAnError()
    {
        using var step = new StepScope();
        using var first = new GradTape();
        var loss = (Leaf(1, 2) * 2f).Sum();
        using var second = new GradTape();
        Assert.That(() => loss.Backward(), Throws.InvalidOperationException.With.Message.Contains("on this tape"));
        Assert.That(() => first.Backward(loss), Throws.Nothing);
    }

    [Test]
    public void WithoutAStepScopeThePassLeavesOnlyWhatTheCallerMade()
    {
        var x = Tensor.From([1f, 2f, 3f, 4f], [1, 2, 2, 1], Device);
        x.RequiresGrad = true;
        var made = new List<Tensor> { x };
        using (var tape = new GradTape())
        {
            Tensor Made(Tensor t)
            {
                made.Add(t);
                return t;
            }
            var square = Made(x.Multiply(x));
            var flat = Made(square.Reshape(4));
            var negative = Made(flat.Subtract(Made(flat.Negate())));
            var loss = Made(Made(negative.Divide(Made(flat.Exp()))).Sum(keepDims: true));
            loss.Backward();
        }
        Assert.That(x.Grad!.ToArray<float>(), Has.All.Not.NaN);
        foreach (var t in made) t.Release();
    }
}
