using System.Runtime.InteropServices;
using CsCheck;
using WrnEngine.Devices;
using WrnEngine.Ops;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Engine.Tensors;

/// <summary>Values in and out, the channels-last layout, reshapes with and without a copy, printing.</summary>
[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
[LeakCheck]
public class TensorTests(TestDevice device) : DeviceFixture(device)
{
    private static float[] Count(long n) => Enumerable.Range(0, (int)n).Select(i => (float)i).ToArray();

    private float[] Stored(Tensor t)
    {
        var stored = new float[t.Numel];
        Device.CopyToHost(t, MemoryMarshal.AsBytes(stored.AsSpan()));
        return stored;
    }

    [Test]
    public void ImagesAreStoredChannelsLast()
    {
        using var scope = new StepScope();
        var t = Tensor.From(Count(12), [1, 3, 2, 2], Device);
        Assert.That(Stored(t), Is.EqualTo(new float[] { 0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11 }));
        Assert.That(t.ToArray<float>(), Is.EqualTo(Count(12)));
    }

    [Test]
    public void OtherRanksAreRowMajor()
    {
        using var scope = new StepScope();
        foreach (Shape s in (Shape[])[[], [6], [2, 3], [2, 3, 4], [2, 3, 4, 2, 2]])
            Assert.That(Stored(Tensor.From(Count(s.Numel), s, Device)), Is.EqualTo(Count(s.Numel)), s.ToString());
    }

    [Test]
    public void StoredOrderFollowsTheStorageStrides() =>
        Gen.Select(Gen.Int[1, 4], Gen.Int[1, 5], Gen.Int[1, 5], Gen.Int[1, 5]).Sample(
            (n, c, h, w) =>
            {
                using var scope = new StepScope();
                Shape shape = [n, c, h, w];
                var t = Tensor.From(Count(shape.Numel), shape, Device);
                var (stored, strides) = (Stored(t), shape.StorageStrides());
                for (int i = 0; i < t.Numel; i++)
                {
                    int[] at = [i / (c * h * w), i / (h * w) % c, i / w % h, i % w];
                    if (stored[at.Select((x, axis) => x * strides[axis]).Sum()] != i) return false;
                }
                return t.ToArray<float>().SequenceEqual(Count(shape.Numel));
            },
            iter: 100, threads: 1);

    [Test]
    public void EveryTypeGoesInAndOut()
    {
        using var scope = new StepScope();
        Assert.That(Tensor.From([1, -2, int.MaxValue, 4], [1, 2, 2, 1], Device).ToArray<int>(), Is.EqualTo(new[] { 1, -2, int.MaxValue, 4 }));
        Assert.That(Tensor.From(new byte[] { 1, 2, 255, 4 }, [1, 2, 1, 2], Device).ToArray<byte>(), Is.EqualTo(new byte[] { 1, 2, 255, 4 }));
        Assert.That(Tensor.Full([2], -1.5f, Device).ToArray<float>(), Is.EqualTo(new[] { -1.5f, -1.5f }));
        Assert.That(Tensor.Zeros([3], Device, DType.Int32).ToArray<int>(), Is.EqualTo(new[] { 0, 0, 0 }));
        Assert.That(Tensor.From([2.5f], [1, 1], Device).Item(), Is.EqualTo(2.5f));
    }

    [Test]
    public void MistakesAreNamed()
    {
        using var scope = new StepScope();
        var t = Tensor.Zeros([2, 3], Device);
        Assert.That(() => Tensor.From([1f, 2f], [3], Device), Throws.TypeOf<ShapeException>().With.Message.Contains("2 values").And.Message.Contains("[3]"));
        Assert.That(() => t.ToArray<int>(), Throws.TypeOf<ShapeException>().With.Message.Contains("f32").And.Message.Contains("i32"));
        Assert.That(() => t.CopyFrom<byte>([1]), Throws.TypeOf<ShapeException>().With.Message.Contains("u8"));
        Assert.That(t.Item, Throws.TypeOf<ShapeException>().With.Message.Contains("[2, 3]"));
        Assert.That(() => Tensor.From(new double[1], [1], Device), Throws.TypeOf<NotSupportedException>().With.Message.Contains("Double"));
    }

    [TestCase(new[] { 2, 3, 1, 1 }, new[] { 2, 3 })]
    [TestCase(new[] { 4, 6 }, new[] { 2, 12 })]
    [TestCase(new[] { 2, 1, 3, 4 }, new[] { 24 })]
    [TestCase(new[] { 2, 3, 4, 5 }, new[] { 2, 3, 4, 5 })]
    [TestCase(new[] { 24 }, new[] { 2, 1, 3, 4 })]
    public void ReshapeSharesMemoryWhereTheOrdersAgree(int[] from, int[] to)
    {
        using var scope = new StepScope();
        var x = Tensor.From(Count(new Shape(from).Numel), new Shape(from), Device);
        int live = Device.Memory.LiveBuffers;
        var y = x.Reshape(new Shape(to));
        Assert.That(y.Address, Is.EqualTo(x.Address));
        Assert.That(Device.Memory.LiveBuffers, Is.EqualTo(live));
        Assert.That(y.ToArray<float>(), Is.EqualTo(x.ToArray<float>()));
    }

    [TestCase(new[] { 2, 3, 4, 5 }, new[] { 2, 60 })]
    [TestCase(new[] { 2, 60 }, new[] { 2, 3, 4, 5 })]
    [TestCase(new[] { 2, 3, 4, 5 }, new[] { 2, 5, 4, 3 })]
    [TestCase(new[] { 2, 3, 4, 5 }, new[] { 2, 3, 5, 4 })]
    public void ReshapeMovesElementsWhereTheOrdersDiffer(int[] from, int[] to)
    {
        using var scope = new StepScope();
        var x = Tensor.From(Count(new Shape(from).Numel), new Shape(from), Device);
        var y = x.Reshape(new Shape(to));
        Assert.That(y.Address, Is.Not.EqualTo(x.Address));
        Assert.That(y.Shape, Is.EqualTo(new Shape(to)));
        Assert.That(y.ToArray<float>(), Is.EqualTo(x.ToArray<float>()));
    }

    [Test]
    public void PrintingShowsTypeShapeDeviceAndValues()
    {
        using var scope = new StepScope();
        Assert.That(Tensor.From([1f, -2.5f, 0.33333f, 4f], [2, 2], Device).ToString(), Is.EqualTo($"f32[2, 2] on {Device.Name}\n[[1, -2.5],\n [0.3333, 4]]"));
        Assert.That(Tensor.From([7], [], Device).ToString(), Is.EqualTo($"i32[] on {Device.Name}\n7"));
        Assert.That(Tensor.From(new byte[] { 1, 2 }, [2], Device).ToString(), Does.EndWith("[1, 2]"));
        Assert.That(
            Tensor.From(Count(8), [1, 2, 2, 2], Device).ToString(),
            Is.EqualTo($"f32[1, 2, 2, 2] on {Device.Name}\n[[[[0, 1],\n   [2, 3]],\n  [[4, 5],\n   [6, 7]]]]"), "logical order");
    }

    [Test]
    public void PrintingLeavesOutTheMiddleOfLongAxes()
    {
        using var scope = new StepScope();
        string text = Tensor.From(Count(1000), [1000], Device).ToString();
        Assert.That(text, Does.EndWith("[0, 1, 2, ..., 997, 998, 999]"));
        Assert.That(Tensor.Zeros([100, 100, 100], Device).ToString(), Has.Length.LessThan(2000));
    }

    [Test]
    public void PrintingNonFiniteAndReleased()
    {
        var t = Tensor.From([float.NaN, float.PositiveInfinity], [2], Device);
        Assert.That(t.ToString(), Does.EndWith("[NaN, Infinity]"));
        t.Release();
        Assert.That(t.ToString(), Does.EndWith("(released)"));
    }
}
