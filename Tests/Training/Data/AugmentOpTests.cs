using System.Runtime.InteropServices;
using WrnEngine.Devices;
using WrnEngine.Ops;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training.Data;

/// <summary>Batches made on a device from bytes are those of the host's loader, bit for bit.</summary>
[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
public class AugmentOpTests(TestDevice device) : DeviceFixture(device)
{
    private const ulong Seed = 0x1234_5678_9ABC_DEF0;

    private static readonly ChannelNormalization Normalization = new([125.3f, 122.95f, 113.87f], [62.99f, 62.09f, 66.7f]);

    [TestCase(0), TestCase(199)]
    public void CropsAndFlipsAreTheLoaders(int epoch)
    {
        var images = TestImages.Create(40, 12, 9);
        var settings = new AugmentSettings(Seed, (uint)epoch, CropFlip.Padding, Flip: true);
        using var loader = new BatchLoader(
            new ImageSubset(images, [.. Enumerable.Range(3, 33)]), new CropFlipTransform(Normalization, 9, Seed), 16, BatchOrder.Training, Seed);
        AssertSameBatches(images, loader, epoch, settings);
    }

    [Test]
    public void EvaluationBatchesAreTheLoaders()
    {
        var images = TestImages.Create(20, 5, 7);
        using var loader = new BatchLoader(ImageSubset.All(images), new NormalizeTransform(Normalization, 7), 8, BatchOrder.Evaluation, seed: 0);
        AssertSameBatches(images, loader, 0, default);
    }

    [Test]
    public void AnImageIsMovedAsTheHostMovesIt()
    {
        for (int index = 0; index < 200; index++)
        {
            var move = CropFlip.Draw(Seed, index, epoch: 7);
            Assert.That(
                new AugmentSettings(Seed, 7, CropFlip.Padding, Flip: true).Draw(index),
                Is.EqualTo((move.Top - CropFlip.Padding, move.Left - CropFlip.Padding, move.Flip)));
        }
    }

    [Test]
    public void WhatDoesNotFitIsRefused()
    {
        using var scope = new StepScope();
        Tensor images = Tensor.Zeros([2, 3, 4, 8], Device, DType.UInt8), indices = Tensor.Zeros([1], Device, DType.Int32), three = Tensor.Zeros([3], Device);
        Assert.That(() => images.Augment(indices, three, three, new AugmentSettings(1, 0, 4, true)), Throws.TypeOf<ShapeException>().With.Message.Contains("4 x 8"));
        Assert.That(() => images.Augment(indices, three, Tensor.Zeros([2], Device)), Throws.TypeOf<ShapeException>());
        Assert.That(() => images.Augment(three, three, three), Throws.TypeOf<ShapeException>().With.Message.Contains("i32"));
        Assert.That(() => three.Augment(indices, three, three), Throws.TypeOf<ShapeException>().With.Message.Contains("u8"));
    }

    private void AssertSameBatches(ImageDataset images, BatchLoader loader, int epoch, AugmentSettings settings)
    {
        using var scope = new StepScope();
        var pixels = Tensor.Empty([images.Count, ImageDataset.Channels, images.Height, images.Width], Device, DType.UInt8);
        Device.CopyFromHost(images.Pixels, pixels);
        var mean = Tensor.From<float>(Normalization.Mean, [3], Device);
        var scale = Tensor.From<float>([.. Normalization.Std.ToArray().Select(std => 1 / std)], [3], Device);
        int batches = 0;
        loader.StartEpoch(epoch);
        for (; loader.Next() is { } batch; batches++)
        {
            var made = pixels.Augment(Tensor.From<int>(batch.Indices, [batch.Count], Device), mean, scale, settings);
            float[] stored = new float[batch.Images.Length];
            Device.CopyToHost(made, MemoryMarshal.AsBytes(stored.AsSpan()));
            TensorAssert.AreBitIdentical(stored, batch.Images.ToArray(), $"batch {batch.Step}");
        }
        Assert.That(batches, Is.EqualTo(loader.BatchesPerEpoch).And.GreaterThan(1));
    }
}
