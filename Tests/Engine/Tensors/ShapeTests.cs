using WrnEngine.Tensors;

namespace WrnEngine.Tests.Engine.Tensors;

public class ShapeTests
{
    [Test]
    public void SizesAndCounts()
    {
        Shape s = [2, 3, 4, 5];
        Assert.That((s.Rank, s.Numel, s[0], s[-1], s.ToString()), Is.EqualTo((4, 120L, 2, 5, "[2, 3, 4, 5]")));
        Assert.That((Shape.Scalar.Rank, Shape.Scalar.Numel, Shape.Scalar.ToString()), Is.EqualTo((0, 1L, "[]")));
        Assert.That(default(Shape), Is.EqualTo(Shape.Scalar));
        Assert.That(new Shape(3, 0, 2).Numel, Is.Zero);
    }

    [Test]
    public void Strides()
    {
        Shape s = [2, 3, 4, 5];
        Assert.That(s.RowMajorStrides(), Is.EqualTo(new[] { 60, 20, 5, 1 }));
        Assert.That(s.StorageStrides(), Is.EqualTo(new[] { 60, 1, 15, 3 }), "channels last");
        Assert.That(new Shape(3, 4, 5).StorageStrides(), Is.EqualTo(new[] { 20, 5, 1 }));
    }

    [Test]
    public void Equality()
    {
        Assert.That(new Shape(2, 3) == [2, 3], Is.True);
        Assert.That(new Shape(2, 3) != [3, 2], Is.True);
        Assert.That(new Shape(2, 3) == [2, 3, 1], Is.False);
        Assert.That(new HashSet<Shape> { new(2, 3), new(2, 3), new(3, 2) }, Has.Count.EqualTo(2));
    }

    [Test]
    public void AShapeDoesNotChangeWithTheArrayItCameFrom()
    {
        int[] dims = [2, 3];
        var s = new Shape(dims);
        dims[0] = 9;
        Assert.That(s[0], Is.EqualTo(2));
    }

    [Test]
    public void Mistakes()
    {
        Assert.That(() => new Shape(2, -1), Throws.ArgumentException.With.Message.Contains("-1"));
        Assert.That(() => new Shape(2, 3)[2], Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("axis 2").And.Message.Contains("[2, 3]"));
        Assert.That(() => new Shape(2, 3)[-3], Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Shape(1 << 20, 1 << 20, 1 << 20, 1 << 20).Numel, Throws.TypeOf<OverflowException>());
    }

    [TestCase(new[] { 2, 3, 4 }, new[] { 3, 1 }, new[] { 2, 3, 4 })]
    [TestCase(new[] { 2, 1 }, new[] { 1, 3 }, new[] { 2, 3 })]
    [TestCase(new int[0], new[] { 5 }, new[] { 5 })]
    [TestCase(new[] { 1 }, new[] { 0 }, new[] { 0 })]
    public void Broadcast(int[] a, int[] b, int[] expected)
    {
        Assert.That(Shape.TryBroadcast(new Shape(a), new Shape(b), out var result), Is.True);
        Assert.That(result, Is.EqualTo(new Shape(expected)));
        Assert.That(Shape.TryBroadcast(new Shape(b), new Shape(a), out result), Is.True);
        Assert.That(result, Is.EqualTo(new Shape(expected)));
    }

    [TestCase(new[] { 2, 3 }, new[] { 2 })]
    [TestCase(new[] { 2, 3, 4 }, new[] { 2, 1, 1, 3 })]
    public void NoBroadcast(int[] a, int[] b) => Assert.That(Shape.TryBroadcast(new Shape(a), new Shape(b), out _), Is.False);

    [Test]
    public void PadLeft()
    {
        Assert.That(new Shape(3, 4).PadLeft(4), Is.EqualTo(new Shape(1, 1, 3, 4)));
        Assert.That(new Shape(3, 4).PadLeft(1), Is.EqualTo(new Shape(3, 4)));
    }
}
