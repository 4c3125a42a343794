using CsCheck;
using WrnEngine.Rng;
using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training.Data;

[TestFixture]
[Category("Training")]
public class BatchLoaderTests
{
    private static readonly ImageDataset Images = TestImages.Create(50, 8, 8);

    [Test]
    public void TrainingGoesThroughTheShuffledEpochAndDropsTheRest()
    {
        using BatchLoader loader = Training(ImageSubset.All(Images), 8);
        int[] order = [.. Enumerable.Range(0, 50)];
        Philox.Shuffle(order, 3, 6);
        loader.StartEpoch(6);
        List<Seen> batches = Take(loader);
        Assert.That(loader.BatchesPerEpoch, Is.EqualTo(6));
        Assert.That(batches.SelectMany(batch => batch.Indices), Is.EqualTo(order.Take(48)));
        Assert.That(batches.Select(batch => (batch.Epoch, batch.Step)), Is.EqualTo(Enumerable.Range(0, 6).Select(step => (6, step))));
    }

    [Test]
    public void EveryBatchHoldsItsImagesAndLabels()
    {
        var transform = new CropFlipTransform(ChannelNormalization.Paper, 8, 3);
        using BatchLoader loader = Training(new ImageSubset(Images, [.. Enumerable.Range(10, 30)]), 7);
        float[] expected = new float[Images.ImageSize];
        loader.StartEpoch(2);
        while (loader.Next() is { } batch)
        {
            for (int i = 0; i < batch.Count; i++)
            {
                transform.Apply(Images, batch.Indices[i], 2, expected);
                Assert.That(batch.Images.Slice(i * Images.ImageSize, Images.ImageSize).SequenceEqual(expected));
                Assert.That(batch.Labels[i], Is.EqualTo(Images.Labels[batch.Indices[i]]));
                Assert.That(batch.Indices[i], Is.InRange(10, 39));
            }
        }
    }

    [Test]
    public void EvaluationKeepsOrderAndTheSmallLastBatch()
    {
        using var loader = new BatchLoader(
            ImageSubset.All(Images), new NormalizeTransform(ChannelNormalization.Paper, 8), 16, BatchOrder.Evaluation, 3);
        for (int round = 0; round < 2; round++)
        {
            loader.StartEpoch(1);
            List<Seen> batches = Take(loader);
            Assert.That(batches.Select(batch => batch.Indices.Length), Is.EqualTo((int[])[16, 16, 16, 2]));
            Assert.That(batches.SelectMany(batch => batch.Indices), Is.EqualTo(Enumerable.Range(0, 50)));
        }
    }

    [Test]
    public void AnEvaluationBatchMayBeLargerThanTheSet()
    {
        using var loader = new BatchLoader(
            ImageSubset.All(Images), new NormalizeTransform(ChannelNormalization.Paper, 8), int.MaxValue, BatchOrder.Evaluation, 3);
        loader.StartEpoch(1);
        Assert.That(Take(loader).Single().Indices, Has.Length.EqualTo(50));
    }

    [Test]
    public void AnEmptySetHasNoBatches()
    {
        using var loader = new BatchLoader(
            new ImageSubset(Images, []), new NormalizeTransform(ChannelNormalization.Paper, 8), 4, BatchOrder.Evaluation, 3);
        loader.StartEpoch(0);
        Assert.That(loader.Next(), Is.Null);
    }

    [Test]
    public void GoingOnFromAnyStepEqualsTheStraightRun()
    {
        using BatchLoader straight = Training(ImageSubset.All(Images), 4);
        using BatchLoader resumed = Training(ImageSubset.All(Images), 4);
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 12], Gen.Int[0, 12]).Sample(
            (epoch, step, taken) =>
            {
                straight.StartEpoch(epoch);
                List<Seen> expected = Take(straight);

                // The loader is left in the middle of something else first.
                resumed.StartEpoch(epoch + 1);
                for (int i = 0; i < taken; i++)
                    resumed.Next();
                resumed.StartEpoch(epoch, step);
                List<Seen> actual = Take(resumed);
                return actual.Count == 12 - step && actual.Zip(expected.Skip(step)).All(pair => pair.First.Equals(pair.Second));
            },
            iter: 100,
            threads: 1);
    }

    [Test]
    public void SlowAndFastConsumersSeeTheSame()
    {
        using BatchLoader fast = Training(ImageSubset.All(Images), 4);
        using BatchLoader slow = Training(ImageSubset.All(Images), 4);
        fast.StartEpoch(1);
        slow.StartEpoch(1);
        List<Seen> expected = Take(fast);
        List<Seen> actual = Take(slow, () => Thread.Sleep(3));
        Assert.That(actual.Zip(expected).All(pair => pair.First.Equals(pair.Second)) && actual.Count == expected.Count);
    }

    [Test]
    public void ABatchStaysAsItIsUntilTheNextCall()
    {
        using BatchLoader loader = Training(ImageSubset.All(Images), 4);
        loader.StartEpoch(1);
        while (loader.Next() is { } batch)
        {
            float[] before = batch.Images.ToArray();
            Thread.Sleep(2); // time enough for the loader to fill what it may
            Assert.That(batch.Images.SequenceEqual(before));
        }
    }

    [Test]
    public void BeforeTheFirstEpochThereIsNothing()
    {
        using BatchLoader loader = Training(ImageSubset.All(Images), 4);
        Assert.That(loader.Next(), Is.Null);
        loader.StartEpoch(1, step: 12);
        Assert.That(loader.Next(), Is.Null);
        Assert.That(() => loader.StartEpoch(1, 13), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void ABatchLargerThanTheTrainingSetIsOneSentence()
    {
        DatasetException e = Assert.Throws<DatasetException>(() => Training(ImageSubset.All(Images), 51).Dispose())!;
        Assert.That((e.Error, e.Message), Is.EqualTo(
            (DatasetError.Request, "--batch-size 51 is larger than the 50 training images of test; give 50 or less.")));
    }

    [Test]
    public void WhatGoesWrongOnTheThreadSurfacesAtTheConsumer()
    {
        using var loader = new BatchLoader(ImageSubset.All(Images), new FailsAt(20), 8, BatchOrder.Evaluation, 3);
        for (int round = 0; round < 2; round++)
        {
            loader.StartEpoch(1);
            Assert.That(loader.Next()!.Step, Is.Zero);
            Assert.That(loader.Next()!.Step, Is.EqualTo(1));
            Assert.That(() => loader.Next(), Throws.InvalidOperationException.With.Message.EqualTo("sample 20"));
            Assert.That(() => loader.Next(), Throws.InvalidOperationException, "and again");
        }

        loader.StartEpoch(1, 3);
        Assert.That(loader.Next()!.Step, Is.EqualTo(3), "it works on after another start");
    }

    [Test, CancelAfter(20_000)]
    public void DisposeEndsTheThreadWhateverItDoes()
    {
        for (int i = 0; i < 100; i++)
        {
            using BatchLoader loader = Training(ImageSubset.All(Images), 4);
            if (i % 4 > 0)
                loader.StartEpoch(i);
            for (int taken = 0; taken < i % 7; taken++)
                loader.Next();
        }
    }

    [Test]
    public void ADisposedLoaderSaysSo()
    {
        using BatchLoader loader = Training(ImageSubset.All(Images), 4);
        loader.StartEpoch(1);
        ImageBatch batch = loader.Next()!;
#pragma warning disable IDISP016 // using it after its end is what is tested
        loader.Dispose();
        loader.Dispose();
        Assert.That(loader.Next, Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => loader.StartEpoch(1), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => batch.Images.Length, Throws.InstanceOf<ObjectDisposedException>());
#pragma warning restore IDISP016
    }

    [Test, CancelAfter(20_000)]
    public void AWaitingConsumerIsWokenByDispose()
    {
        using var entered = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        using var loader = new BatchLoader(ImageSubset.All(Images), new Blocks(entered, leave), 8, BatchOrder.Evaluation, 3);
        loader.StartEpoch(1);
        Task<ImageBatch?> waiting = Task.Run(loader.Next);
        entered.Wait();
        Task ending = Task.Run(loader.Dispose);
        Assert.That(async () => await waiting, Throws.InstanceOf<ObjectDisposedException>());
        leave.Set();
        ending.Wait();
    }

    [Test]
    public void NothingIsAllocatedPerBatch()
    {
        ImageDataset images = TestImages.Create(4_000, 8, 8);
        using BatchLoader loader = Training(ImageSubset.All(images), 4);
        Run(0);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        Run(1);
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;

        // 1,000 batches; the test runner's own threads allocate a little meanwhile.
        Assert.That(allocated, Is.LessThan(16_000));

        void Run(int epoch)
        {
            loader.StartEpoch(epoch);
            while (loader.Next() is not null)
            {
            }
        }
    }

    [Test]
    public unsafe void BuffersAreAligned()
    {
        using BatchLoader loader = Training(ImageSubset.All(Images), 3);
        loader.StartEpoch(1);
        while (loader.Next() is { } batch)
            fixed (float* images = batch.Images)
                Assert.That((nint)images % 64, Is.EqualTo((nint)0));
    }

    private static BatchLoader Training(ImageSubset images, int batchSize) =>
        new(images, new CropFlipTransform(ChannelNormalization.Paper, 8, 3), batchSize, BatchOrder.Training, 3);

    private static List<Seen> Take(BatchLoader loader, Action? pause = null)
    {
        var batches = new List<Seen>();
        while (loader.Next() is { } batch)
        {
            pause?.Invoke();
            batches.Add(new Seen(batch.Epoch, batch.Step, batch.Indices.ToArray(), batch.Labels.ToArray(), batch.Images.ToArray()));
        }

        return batches;
    }

    private sealed record Seen(int Epoch, int Step, int[] Indices, int[] Labels, float[] Images)
    {
        public bool Equals(Seen? other) =>
            other is not null && (Epoch, Step) == (other.Epoch, other.Step) && Indices.AsSpan().SequenceEqual(other.Indices)
            && Labels.AsSpan().SequenceEqual(other.Labels) && Images.AsSpan().SequenceEqual(other.Images);

        public override int GetHashCode() => HashCode.Combine(Epoch, Step);
    }

    private sealed class FailsAt(int sample) : SampleTransform
    {
        public override void Apply(ImageDataset images, int index, int epoch, Span<float> destination)
        {
            if (index == sample)
                throw new InvalidOperationException($"sample {index}");
            destination.Clear();
        }
    }

    private sealed class Blocks(ManualResetEventSlim entered, ManualResetEventSlim leave) : SampleTransform
    {
        public override void Apply(ImageDataset images, int index, int epoch, Span<float> destination)
        {
            entered.Set();
            leave.Wait();
        }
    }
}
