using System.Numerics;

namespace WrnEngine.Devices.Cpu.Conv;

/// <summary>
/// The backward-input pass's epilogue: zeroes the gradient where relu(x * scale + shift) was not positive, then sums g and g * x per
/// channel: the reductions of the batch norm's backward. <c>FirstStrip</c> is where this phase's cells begin.
/// </summary>
internal sealed unsafe class GradInputEpilogue(float* x, float* scale, float* shift, ChannelSums? sums, int firstStrip) : IStripEpilogue
{
    public void Apply(int strip, float* target, long origin, int* offsets, int pixels, int channelStart, int channelEnd)
    {
        int c = channelStart;
        for (; c + Vector<float>.Count <= channelEnd; c += Vector<float>.Count)
        {
            var a = Vector.Load(scale + c);
            var b = Vector.Load(shift + c);
            Vector<float> sum = default, sumX = default;
            for (int p = 0; p < pixels; p++)
            {
                float* gradient = target + offsets[p] + c;
                var input = Vector.Load(x + origin + offsets[p] + c);
                var g = Vector.ConditionalSelect(Vector.GreaterThan(input * a + b, Vector<float>.Zero), Vector.Load(gradient), Vector<float>.Zero);
                g.Store(gradient);
                sum += g;
                sumX += g * input;
            }
            if (sums is null) continue;
            sum.Store(sums.First(firstStrip + strip) + c);
            sumX.Store(sums.Second(firstStrip + strip) + c);
        }
        for (; c < channelEnd; c++)
        {
            float sum = 0, sumX = 0;
            for (int p = 0; p < pixels; p++)
            {
                float* gradient = target + offsets[p] + c;
                float input = x[origin + offsets[p] + c];
                if (!(input * scale[c] + shift[c] > 0)) *gradient = 0;
                sum += *gradient;
                sumX += *gradient * input;
            }
            if (sums is null) continue;
            sums.First(firstStrip + strip)[c] = sum;
            sums.Second(firstStrip + strip)[c] = sumX;
        }
    }
}
