using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Tensors;

namespace WrnEngine.Tests.Engine.Devices.Cpu;

[TestFixture]
[Category("Cpu")]
public class CpuMatMulTests
{
    private static readonly (int M, int N, int K)[] Sizes =
    [
        (1, 1, 1), (1, 10, 3), (5, 3, 17), (6, 64, 8), (7, 65, 9), (12, 16, 33), (13, 47, 5), (100, 130, 70), (97, 8, 513), (3, 200, 1030), (128, 10, 640),
    ];

    [Test]
    public void ProductsMatchDoublePrecision(
        [ValueSource(nameof(Sizes))] (int M, int N, int K) size, [Values] bool transposeA, [Values] bool transposeB, [Values] bool accumulate, [Values] bool withBias)
    {
        var (m, n, k) = size;
        float[] a = Numbers(m * k, 1), b = Numbers(k * n, 2), start = Numbers(m * n, 3), bias = Numbers(n, 4);
        using var one = new CpuDevice(1, ArenaMode.Guarded);
        float[] result = Product(one);
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++)
            {
                double sum = (accumulate ? start[i * n + j] : 0) + (withBias ? bias[j] : 0), size1 = Math.Abs(sum);
                for (int l = 0; l < k; l++)
                {
                    double product = (double)a[transposeA ? l * m + i : i * k + l] * b[transposeB ? j * k + l : l * n + j];
                    sum += product;
                    size1 += Math.Abs(product);
                }
                Assert.That(float.IsFinite(result[i * n + j]), Is.True);
                Assert.That(result[i * n + j], Is.EqualTo(sum).Within(1e-7 * (2 + Math.Sqrt(k)) * size1), $"c[{i}, {j}]");
            }
        foreach (int threads in (int[])[2, 3])
        {
            using var more = new CpuDevice(threads);
            Assert.That(Product(more), Is.EqualTo(result), $"{threads} threads must give the same bits");
        }

        float[] Product(CpuDevice device)
        {
            var ta = Tensor.From(a, transposeA ? [k, m] : [m, k], device);
            var tb = Tensor.From(b, transposeB ? [n, k] : [k, n], device);
            var tc = accumulate ? Tensor.From(start, [m, n], device) : Tensor.Empty([m, n], device);
            device.MatMul.MatMul(ta, transposeA, tb, transposeB, tc, accumulate, withBias ? Tensor.From(bias, [n], device) : null);
            ((CpuMemory)device.Memory).CheckGuards();
            return tc.ToArray<float>();
        }
    }

    [Test]
    public void AnEmptySumIsZeroOrTheBias()
    {
        using var device = new CpuDevice(2);
        var a = Tensor.Empty([2, 0], device);
        var b = Tensor.Empty([0, 3], device);
        var c = Tensor.From([1f, 2, 3, 4, 5, 6], [2, 3], device);
        device.MatMul.MatMul(a, false, b, false, c, accumulate: true);
        Assert.That(c.ToArray<float>(), Is.EqualTo((float[])[1, 2, 3, 4, 5, 6]));
        device.MatMul.MatMul(a, false, b, false, c, accumulate: false, Tensor.From([7f, 8, 9], [3], device));
        Assert.That(c.ToArray<float>(), Is.EqualTo((float[])[7, 8, 9, 7, 8, 9]));
        device.MatMul.MatMul(a, false, b, false, c, accumulate: false);
        Assert.That(c.ToArray<float>(), Is.All.Zero);
    }

    private static float[] Numbers(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 2 - 1))];
    }
}
