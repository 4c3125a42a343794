using System.Numerics;

namespace WrnEngine.Devices.Cpu.Conv;

/// <summary>The forward pass's epilogue: adds the residual, then sums the output and its squares per channel.</summary>
internal sealed unsafe class OutputEpilogue(float* residual, ChannelSums? sums) : IStripEpilogue
{
    public void Apply(int strip, float* target, long origin, int* offsets, int pixels, int channelStart, int channelEnd)
    {
        int c = channelStart;
        for (; c + Vector<float>.Count <= channelEnd; c += Vector<float>.Count)
        {
            Vector<float> sum = default, squares = default;
            for (int p = 0; p < pixels; p++)
            {
                float* y = target + offsets[p] + c;
                var v = Vector.Load(y);
                if (residual != null)
                {
                    v += Vector.Load(residual + origin + offsets[p] + c);
                    v.Store(y);
                }
                sum += v;
                squares += v * v;
            }
            if (sums is null) continue;
            sum.Store(sums.First(strip) + c);
            squares.Store(sums.Second(strip) + c);
        }
        for (; c < channelEnd; c++)
        {
            float sum = 0, squares = 0;
            for (int p = 0; p < pixels; p++)
            {
                float* y = target + offsets[p] + c;
                if (residual != null) *y += residual[origin + offsets[p] + c];
                sum += *y;
                squares += *y * *y;
            }
            if (sums is null) continue;
            sums.First(strip)[c] = sum;
            sums.Second(strip)[c] = squares;
        }
    }
}
