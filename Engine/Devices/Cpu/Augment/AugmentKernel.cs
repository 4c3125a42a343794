using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Augment;

/// <summary>Crops, flips and normalises samples of channels-last bytes. The range counts samples.</summary>
internal readonly unsafe struct AugmentKernel(
    byte* images, int* indices, float* mean, float* scale, AugmentSettings settings, float* y, int channels, int height, int width) : IRangeKernel
{
    public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
    {
        long size = (long)height * width * channels;
        for (long n = start; n < end; n++)
        {
            int index = indices[n];
            var (down, right, flipped) = settings.Draw(index);
            byte* image = images + index * size;
            float* target = y + n * size;
            for (int h = 0; h < height; h++)
            {
                byte* row = image + (long)AugmentSettings.Reflect(h + down, height) * width * channels;
                for (int w = 0; w < width; w++, target += channels)
                {
                    byte* pixel = row + (long)AugmentSettings.Reflect((flipped ? width - 1 - w : w) + right, width) * channels;
                    for (int c = 0; c < channels; c++) target[c] = (pixel[c] - mean[c]) * scale[c];
                }
            }
        }
    }
}
