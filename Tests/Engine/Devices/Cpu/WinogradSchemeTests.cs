using WrnEngine.Devices.Cpu.Simd;
using WrnEngine.Devices.Cpu.Winograd;

namespace WrnEngine.Tests.Engine.Devices.Cpu;

/// <summary>
/// Each scheme against the convolution that it stands for, in exact arithmetic: its matrices are read off from unit vectors, their numbers are
/// multiples of 1/24, and the identity between them is one of integers.
/// </summary>
[Category("Cpu")]
public unsafe class WinogradSchemeTests
{
    private const int Denominator = 24;

    private delegate void Transform(MemoryLine<Vec1> from, MemoryLine<Vec1> to);

    [Test]
    public void StrideOneIsACorrelation() => Check<StrideOne>((output, tap, input) => input == output + tap);

    [Test]
    public void StridedForwardIsACorrelationOfStrideTwo() => Check<StridedForward>((output, tap, input) => input == 2 * output + tap);

    /// <summary>Taps in reverse; the tile begins with an odd pixel.</summary>
    [Test]
    public void StridedBackwardIsItsTranspose() => Check<StridedBackward>((output, tap, input) => 2 * input == output + tap - 1);

    [Test]
    public void AdjointsAreTransposes()
    {
        CheckAdjoints<StrideOne>();
        CheckAdjoints<StridedForward>();
    }

    private static void Check<S>(Func<int, int, int, bool> multiplies) where S : IScheme
    {
        var a = Matrix(S.Output<Vec1, MemoryLine<Vec1>, MemoryLine<Vec1>>, S.OutTile, S.Products);
        var g = Matrix(S.Filter<Vec1, MemoryLine<Vec1>, MemoryLine<Vec1>>, S.Filters, Scheme.Taps);
        var b = Matrix(S.Input<Vec1, MemoryLine<Vec1>, MemoryLine<Vec1>>, S.Values, S.InTile);
        for (int output = 0; output < S.OutTile; output++)
            for (int tap = 0; tap < Scheme.Taps; tap++)
                for (int input = 0; input < S.InTile; input++)
                {
                    long sum = 0;
                    for (int i = 0; i < S.Filters; i++) sum += a[output, S.ProductOf(i)] * g[i, tap] * b[S.ValueOf(i), input];
                    long expected = multiplies(output, tap, input) ? Denominator * Denominator * Denominator : 0;
                    Assert.That(sum, Is.EqualTo(expected), $"output {output}, tap {tap}, input {input}");
                }
    }

    private static void CheckAdjoints<S>() where S : IForwardScheme
    {
        var a = Matrix(S.Output<Vec1, MemoryLine<Vec1>, MemoryLine<Vec1>>, S.OutTile, S.Products);
        var g = Matrix(S.Filter<Vec1, MemoryLine<Vec1>, MemoryLine<Vec1>>, S.Filters, Scheme.Taps);
        var outputAdjoint = Matrix(S.OutputAdjoint<Vec1, MemoryLine<Vec1>, MemoryLine<Vec1>>, S.Products, S.OutTile);
        var filterAdjoint = Matrix(S.FilterAdjoint<Vec1, MemoryLine<Vec1>, MemoryLine<Vec1>>, Scheme.Taps, S.Filters);
        for (int i = 0; i < S.Products; i++)
            for (int k = 0; k < S.OutTile; k++) Assert.That(outputAdjoint[i, k], Is.EqualTo(a[k, i]), $"A {k}, {i}");
        for (int i = 0; i < S.Filters; i++)
            for (int tap = 0; tap < Scheme.Taps; tap++) Assert.That(filterAdjoint[tap, i], Is.EqualTo(g[i, tap]), $"G {i}, {tap}");
    }

    /// <summary>The matrix of a transform in units of 1 / <see cref="Denominator"/>.</summary>
    private static long[,] Matrix(Transform transform, int rows, int columns)
    {
        var matrix = new long[rows, columns];
        float* from = stackalloc float[columns], to = stackalloc float[rows];
        for (int column = 0; column < columns; column++)
        {
            new Span<float>(from, columns).Clear();
            from[column] = 1;
            new Span<float>(to, rows).Fill(float.NaN);
            transform(new MemoryLine<Vec1>(from, 1), new MemoryLine<Vec1>(to, 1));
            for (int row = 0; row < rows; row++)
            {
                double scaled = (double)to[row] * Denominator;
                Assert.That(Math.Abs(scaled - Math.Round(scaled)), Is.LessThan(1e-5), $"row {row}, column {column} is {to[row]}");
                matrix[row, column] = (long)Math.Round(scaled);
            }
        }
        return matrix;
    }
}
