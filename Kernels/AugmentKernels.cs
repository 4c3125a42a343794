using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>Which crops and flips <see cref="AugmentKernels"/> makes.</summary>
/// <param name="Seed">The run's seed: the random numbers' key.</param>
/// <param name="Epoch">Their third counter word, where no address is given.</param>
/// <param name="EpochAt">Its address on the device, read when the kernel runs; or 0.</param>
/// <param name="Domain">Their fourth counter word.</param>
/// <param name="Padding">Pixels that an image is mirrored around by, before a crop of its own size.</param>
/// <param name="Flip">Whether half of the samples are mirrored left to right.</param>
public readonly record struct AugmentDraw(ulong Seed, uint Epoch, nint EpochAt, uint Domain, int Padding, bool Flip);

/// <summary>Launches the kernels of <c>augment.cu</c> and <c>augment_bf16.cu</c>. Addresses are on the device.</summary>
public sealed class AugmentKernels(KernelLibrary library)
{
    private const int Threads = 256;
    private const int ValuesPerBlock = 4096;

    private readonly TypedKernel<AugmentArgs> _augment = new(library, "augment", "augment");

    /// <summary>Samples of a batch, cropped, flipped and normalised.</summary>
    /// <param name="stream">Where.</param>
    /// <param name="n">Samples.</param>
    /// <param name="h">Rows of an image.</param>
    /// <param name="w">Columns of an image.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="images">[count, H, W, C] bytes.</param>
    /// <param name="indices">[N] int32, each below count.</param>
    /// <param name="mean">[C], subtracted.</param>
    /// <param name="scale">[C], multiplied by afterwards.</param>
    /// <param name="draw">Crops and flips.</param>
    /// <param name="y">[N, H, W, C] of <paramref name="type"/>.</param>
    /// <param name="type">Of y.</param>
    public void Augment(
        CuStream stream, int n, int h, int w, int channels, nint images, nint indices, nint mean, nint scale, in AugmentDraw draw, nint y,
        ElementType type)
    {
        int size = checked(h * w * channels);
        var grid = new Dim3((uint)n, (uint)((size + ValuesPerBlock - 1) / ValuesPerBlock));
        _augment.For(type).Launch(stream, grid, Threads, new AugmentArgs
        {
            Images = images,
            Indices = indices,
            Mean = mean,
            Scale = scale,
            Y = y,
            EpochAt = draw.EpochAt,
            Key0 = (uint)draw.Seed,
            Key1 = (uint)(draw.Seed >> 32),
            Step = draw.Epoch,
            Domain = draw.Domain,
            H = h,
            W = w,
            Channels = channels,
            Padding = draw.Padding,
            Flips = draw.Flip ? 1 : 0,
        });
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct AugmentArgs
    {
        public nint Images, Indices, Mean, Scale, Y, EpochAt;
        public uint Key0, Key1, Step, Domain;
        public int H, W, Channels, Padding, Flips, Unused;
    }
}
