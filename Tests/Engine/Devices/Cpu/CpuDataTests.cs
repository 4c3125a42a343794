using System.Runtime.Intrinsics;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Devices.Cpu.Simd;
using WrnEngine.Rng;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Engine.Devices.Cpu;

/// <summary>The vectorised generator against the scalar one, and dropout on batches of many parts.</summary>
[Category("Cpu")]
public unsafe class CpuDataTests
{
    [Test]
    public void EveryRegisterWidthDrawsThePhiloxWords()
    {
        CheckWords<Vec1>();
        CheckWords<Vec128>();
        if (Vector256.IsHardwareAccelerated) CheckWords<Vec256>();
        if (Vector512.IsHardwareAccelerated) CheckWords<Vec512>();
    }

    private static void CheckWords<V>() where V : unmanaged, IVec<V>
    {
        float* words = stackalloc float[4 * V.Count];
        foreach (uint block in (uint[])[0, 1, 12_345, 0x7FFF_FFF0, 0xFFFF_FFF0])
            foreach (ulong seed in (ulong[])[0, 42, 0xFEDC_BA98_7654_3210, ulong.MaxValue])
            {
                var (w0, w1, w2, w3) = PhiloxVector.Words(seed, V.AddBits(V.LaneBits, V.CreateBits(block)), 49_999, 77, 0x4_0003);
                w0.Store(words);
                w1.Store(words + V.Count);
                w2.Store(words + 2 * V.Count);
                w3.Store(words + 3 * V.Count);
                for (int lane = 0; lane < V.Count; lane++)
                {
                    var expected = Philox.Block((uint)seed, (uint)(seed >> 32), block + (uint)lane, 49_999, 77, 0x4_0003);
                    for (int word = 0; word < 4; word++)
                        Assert.That(BitConverter.SingleToUInt32Bits(words[word * V.Count + lane]), Is.EqualTo(expected[word]), $"{typeof(V).Name} lane {lane} word {word}");
                }
            }
    }

    [TestCase(3, 33, 24, 22)]
    [TestCase(5, 160, 7, 9)]
    [TestCase(2, 3, 64, 64)]
    public void ImagesMatchTheOracleForAnyNumberOfThreads(int n, int c, int h, int w) => Check([n, c, h, w]);

    [TestCase(7, 10_003)]
    [TestCase(40_001, 3)]
    public void FeaturesMatchTheOracleForAnyNumberOfThreads(int n, int features) => Check([n, features]);

    private static void Check(Shape shape)
    {
        var data = new TestData(13);
        RefArray x = data.AwayFromZero(shape), samples = data.Integers([shape[0]], 50_000), start = data.Normal(shape);
        var key = new DropoutKey(0x1234_5678_9ABC_DEF0, 391, 5);
        var results = TeamSizes.SameBits(d =>
        {
            Tensor input = x.ToTensor(d), indices = samples.ToTensor(d, DType.Int32), y = Tensor.Empty(shape, d), added = start.ToTensor(d);
            d.Data.Dropout(input, indices, 0.3f, key, y, accumulate: false);
            d.Data.Dropout(input, indices, 0.3f, key, added, accumulate: true);
            return [y, added];
        });
        var expected = DropoutOracle.Apply(x, samples, 0.3f, key);
        TensorAssert.AreClose(results[0], expected, 2e-7);
        TensorAssert.AreClose(results[1], start + expected, 2e-7, "accumulated");
        for (int i = 0; i < expected.Count; i++)
            if ((expected.Values[i] == 0) != (results[0].Values[i] == 0)) Assert.Fail($"the mask differs at element {i}");
    }

    [Test]
    public void ProbabilityOneDropsEverythingAndZeroNothing()
    {
        using var d = new CpuDevice(1);
        using var scope = new StepScope();
        Tensor x = Tensor.Full([3, 5, 4, 4], 2, d), y = Tensor.Empty(x.Shape, d);
        d.Data.Dropout(x, null, 1, new DropoutKey(1, 2, 3), y, accumulate: false);
        Assert.That(y.ToArray<float>(), Is.All.Zero);
        d.Data.Dropout(x, null, 0, new DropoutKey(1, 2, 3), y, accumulate: false);
        Assert.That(y.ToArray<float>(), Is.All.EqualTo(2));
        Assert.That(() => d.Data.Dropout(x, null, 1.5f, default, y, accumulate: false), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
