using WrnEngine.Tensors;

namespace WrnEngine.Tests.Engine.Tensors;

public class DTypeTests
{
    [TestCase(DType.Float32, 4, "f32")]
    [TestCase(DType.BFloat16, 2, "bf16")]
    [TestCase(DType.Int32, 4, "i32")]
    [TestCase(DType.UInt8, 1, "u8")]
    public void SizesAndNames(DType dtype, int size, string name) => Assert.That((dtype.SizeInBytes(), dtype.ShortName()), Is.EqualTo((size, name)));

    [Test]
    public void EveryTypeIsListedAbove() => Assert.That(Enum.GetValues<DType>(), Has.Length.EqualTo(4));

    [Test]
    public void HostTypes()
    {
        Assert.That((DTypes.Of<float>(), DTypes.Of<int>(), DTypes.Of<byte>()), Is.EqualTo((DType.Float32, DType.Int32, DType.UInt8)));
        Assert.That(DTypes.Of<long>, Throws.TypeOf<NotSupportedException>());
    }
}
