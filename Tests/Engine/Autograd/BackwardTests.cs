using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Ops;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Engine.Autograd;

/// <summary>How gradients meet: shared inputs, several passes, residual branches, kept intermediate gradients.</summary>
[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
[LeakCheck]
public class BackwardTests(TestDevice device) : DeviceFixture(device)
{
    private Tensor Leaf(params float[] values)
    {
        var t = Tensor.From(values, [values.Length], Device);
        t.RequiresGrad = true;
        return t;
    }

    private static float[] GradOf(Tensor t) => t.Grad!.ToArray<float>();

    [Test]
    public void AnInputUsedTwiceByOneOp()
    {
        using var step = new StepScope();
        using var tape = new GradTape();
        var x = Leaf(1, -2, 3);
        (x + x).Sum().Backward();
        Assert.That(GradOf(x), Is.EqualTo(new float[] { 2, 2, 2 }));
    }

    [Test]
    public void TheSquareOfAnInput()
    {
        using var step = new StepScope();
        using var tape = new GradTape();
        var x = Leaf(1, -2, 3);
        (x * x).Sum().Backward();
        Assert.That(GradOf(x), Is.EqualTo(new float[] { 2, -4, 6 }));
    }

    [Test]
    public void AnIntermediateResultUsedTwiceByOneOp()
    {
        using var step = new StepScope();
        using var tape = new GradTape();
        var x = Leaf(1, -2, 3);
        var h = x * 3f;
        ((h + h) * h).Sum().Backward(); // 2 h^2, h = 3 x: 36 x
        Assert.That(GradOf(x), Is.EqualTo(new float[] { 36, -72, 108 }));
    }

    [Test]
    public void SubtractingATensorFromItself()
    {
        using var step = new StepScope();
        using var tape = new GradTape();
        var x = Leaf(1, 2);
        var h = x * 2f;
        ((h - h) + h).Sum().Backward();
        Assert.That(GradOf(x), Is.EqualTo(new float[] { 2, 2 }));
    }

    [Test]
    public void ASecondPassAddsUnlessZeroed()
    {
        using var step = new StepScope();
        var x = Leaf(1, 2);
        Tensor? buffer = null;
        for (int pass = 1; pass <= 3; pass++)
        {
            using var tape = new GradTape();
            (x * 5f).Sum().Backward();
            Assert.That(GradOf(x), Is.EqualTo(new float[] { 5 * pass, 5 * pass }));
            Assert.That(x.Grad, Is.SameAs(buffer ??= x.Grad), "the gradient keeps its buffer");
        }
        x.GradIsFresh = false;
        using var last = new GradTape();
        (x * 7f).Sum().Backward();
        Assert.That(GradOf(x), Is.EqualTo(new float[] { 7, 7 }), "after zeroing the pass overwrites");
        Assert.That(x.Grad, Is.SameAs(buffer));
    }

    /// <summary>
    /// y = f(x) + x: the sum's gradient is shared by both branches without a copy, and the branch that adds to it must not change the other's.
    /// </summary>
    [Test]
    public void AResidualBranchDoesNotDisturbTheShortcut()
    {
        using var step = new StepScope();
        using var tape = new GradTape();
        var x = Leaf(1, -2, 3);
        var h = x * 2f;
        var y = h.Exp() + h;
        var z = y.Relu() + y; // y shared by two readers, its gradient passed on twice
        z.Sum().Backward();
        var expected = new float[] { 1, -2, 3 }.Select(v =>
        {
            double e = Math.Exp(2 * v), sum = e + 2 * v;
            return (float)((sum > 0 ? 2 : 1) * (e + 1) * 2);
        }).ToArray();
        Assert.That(GradOf(x), Is.EqualTo(expected).Within(1e-5).Percent);
    }

    [Test]
    public void AnIdentityChainSharesOneGradientSafely()
    {
        using var step = new StepScope();
        using var tape = new GradTape();
        var a = Leaf(1, 2);
        var b = Leaf(3, 4);
        var (h, k) = (a * 1f, b * 1f);
        var sum = h + k;         // both get the very buffer of sum's gradient
        var again = sum + h;     // h gets it first, and later adds to its share
        (again + k * 10f).Sum().Backward();
        Assert.That(GradOf(a), Is.EqualTo(new float[] { 2, 2 }));
        Assert.That(GradOf(b), Is.EqualTo(new float[] { 11, 11 }));
    }

    [Test]
    public void ADeepResidualChain()
    {
        using var step = new StepScope();
        using var tape = new GradTape();
        var x = Leaf(1, -1);
        var h = x * 1f;
        for (int i = 0; i < 10; i++)
        {
            var branch = h * 0.5f;
            var next = branch + h;
            branch.Release();
            h.Release();
            h = next;
        }
        h.Sum().Backward();
        Assert.That(GradOf(x), Is.EqualTo(new float[] { 57.665039f, 57.665039f }).Within(1e-4).Percent);
    }

    [Test]
    public void RetainedGradientsOfIntermediateResults()
    {
        using var step = new StepScope();
        using var tape = new GradTape();
        var x = Leaf(1, 2, 3);
        var h = x * 2f;
        var dropped = h * 1f;
        h.RetainsGrad = true;
        var y = dropped * h;
        y.RetainsGrad = true;
        y.Sum().Backward();
        Assert.That(GradOf(h), Is.EqualTo(new float[] { 4, 8, 12 }), "2 h");
        Assert.That(GradOf(y), Is.EqualTo(new float[] { 1, 1, 1 }));
        Assert.That(GradOf(x), Is.EqualTo(new float[] { 8, 16, 24 }));
        Assert.That(dropped.Grad, Is.Null, "gradients of other results are gone");
    }

    /// <summary>A kept gradient shares its buffer with gradients further back, which go on being added to.</summary>
    [Test]
    public void ARetainedGradientIsNotChangedByLaterAdditions()
    {
        using var step = new StepScope();
        using var tape = new GradTape();
        var x = Leaf(1, 2);
        var h = x * 1f;
        var other = h * 4f;
        var y = h + other;
        y.RetainsGrad = true;
        y.Sum().Backward();
        Assert.That(GradOf(y), Is.EqualTo(new float[] { 1, 1 }));
        Assert.That(GradOf(x), Is.EqualTo(new float[] { 5, 5 }));
    }

    /// <summary>As in PyTorch: d(x)/d(x) is 1, passes add up, and a result whose pass has run is not taken for a leaf.</summary>
    [Test]
    public void ALeafIsItsOwnLoss()
    {
        using var step = new StepScope();
        using var tape = new GradTape();
        var x = Tensor.From(new float[] { 5 }, [1], Device);
        Assert.That(() => x.Backward(), Throws.InvalidOperationException, "it requires no gradient");
        x.RequiresGrad = true;
        x.Backward();
        Assert.That(x.Grad!.ToArray<float>(), Is.EqualTo(new float[] { 1 }));
        x.Backward(Tensor.From(new float[] { 3 }, [1], Device));
        Assert.That(x.Grad!.ToArray<float>(), Is.EqualTo(new float[] { 4 }));
        var y = x * 2f;
        Assert.That((x.IsLeaf, y.IsLeaf), Is.EqualTo((true, false)));
        y.Backward();
        Assert.That(x.Grad!.ToArray<float>(), Is.EqualTo(new float[] { 6 }));
        Assert.That(() => y.Backward(), Throws.InvalidOperationException.With.Message.Contains("backward already ran"));
    }

    [Test]
    public void AGivenGradientStartsThePassAndIsNotChanged()
    {
        using var step = new StepScope();
        using var tape = new GradTape();
        var x = Leaf(1, 2);
        var h = x * 1f;
        var y = h + h;
        var gradient = Tensor.From([10f, 20f], [2], Device);
        tape.Backward(y, gradient);
        Assert.That(GradOf(x), Is.EqualTo(new float[] { 20, 40 }));
        Assert.That(gradient.ToArray<float>(), Is.EqualTo(new float[] { 10, 20 }));
    }

    [Test]
    public void OpsThatTheLossDoesNotDependOnAreLeftOut()
    {
        using var step = new StepScope();
        using var tape = new GradTape();
        var (x, unused) = (Leaf(1, 2), Leaf(3, 4));
        var loss = (x * 2f).Sum();
        var aside = (unused * x).Exp();
        loss.Backward();
        Assert.That(GradOf(x), Is.EqualTo(new float[] { 2, 2 }));
        Assert.That(unused.Grad, Is.Null);
        Assert.That(aside.Grad, Is.Null);
        Assert.That(tape.Count, Is.Zero);
    }

    [Test]
    public void ConstantsGetNoGradient()
    {
        using var step = new StepScope();
        using var tape = new GradTape();
        var x = Leaf(1, 2);
        var constant = Tensor.From([3f, 4f], [2], Device);
        var y = x * constant;
        Assert.That(y.RequiresGrad, Is.True);
        Assert.That((constant + constant).RequiresGrad, Is.False);
        y.Sum().Backward();
        Assert.That(constant.Grad, Is.Null);
        Assert.That(GradOf(x), Is.EqualTo(new float[] { 3, 4 }));
    }
}
