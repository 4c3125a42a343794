using CsCheck;
using WrnEngine.Tensors;

namespace WrnEngine.Tests.Engine.Tensors;

public class StorageOrderTests
{
    [Test]
    public void FromLogicalTransposesEachSample()
    {
        var stored = new int[12];
        StorageOrder.FromLogical<int>([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], stored, [2, 2, 1, 3]);
        Assert.That(stored, Is.EqualTo(new[] { 0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11 }));
    }

    [Test]
    public void ThereAndBack() =>
        Gen.Int[0, 4].Array[0, 5].Sample(
            dims =>
            {
                var shape = new Shape(dims);
                var logical = Enumerable.Range(0, (int)shape.Numel).ToArray();
                var (stored, back) = (new int[logical.Length], new int[logical.Length]);
                StorageOrder.FromLogical<int>(logical, stored, shape);
                StorageOrder.ToLogical<int>(stored, back, shape);
                return back.SequenceEqual(logical) && (!StorageOrder.IsRowMajor(shape) || stored.SequenceEqual(logical));
            },
            iter: 300, threads: 1);

    [TestCase(new[] { 2, 3, 4, 5 }, false)]
    [TestCase(new[] { 2, 1, 4, 5 }, true)]
    [TestCase(new[] { 2, 3, 1, 1 }, true)]
    [TestCase(new[] { 2, 3, 4 }, true)]
    public void RowMajor(int[] shape, bool expected) => Assert.That(StorageOrder.IsRowMajor(new Shape(shape)), Is.EqualTo(expected));
}
