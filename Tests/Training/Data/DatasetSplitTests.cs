using CsCheck;
using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training.Data;

[TestFixture]
[Category("Training")]
public class DatasetSplitTests
{
    private static readonly ImageDataset Test = TestImages.Create(8, 8, 8);

    [Test]
    public void EverythingByDefault()
    {
        DatasetSplit split = Split(TestImages.Create(20, 8, 8), null, 0, 1);
        Assert.That(split.Train.Indices.ToArray(), Is.EqualTo(Enumerable.Range(0, 20)));
        Assert.That(split.Test.Count, Is.EqualTo(8));
        Assert.That(split.Validation, Is.Null);
    }

    [Test]
    public void TrainImagesTakesTheFirst() =>
        Assert.That(Split(TestImages.Create(20, 8, 8), 7, 0, 1).Train.Indices.ToArray(), Is.EqualTo(Enumerable.Range(0, 7)));

    [Test]
    public void ValidationIsBalancedDisjointAndDrawnByTheSeed()
    {
        ImageDataset train = Balanced(500);
        DatasetSplit split = Split(train, 100, 53, 7);
        int[] held = split.Validation!.Indices.ToArray();
        Assert.That(held.Length, Is.EqualTo(53));
        Assert.That(held.Intersect(split.Train.Indices.ToArray()), Is.Empty);
        Assert.That(held.GroupBy(i => train.Labels[i]).Select(group => group.Count()), Has.All.InRange(5, 6));
        Assert.That(held, Is.Ordered.And.Unique);
        Assert.That(Split(train, null, 53, 7).Validation!.Indices.ToArray(), Is.EqualTo(held), "whatever --train-images says");
        Assert.That(Split(train, null, 53, 8).Validation!.Indices.ToArray(), Is.Not.EqualTo(held));
    }

    [Test]
    public void AnyTwoSizesThatFitGiveAPartition() =>
        Gen.Int[1, 60].SelectMany(count => Gen.Select(Gen.Const(count), Gen.Int[0, count - 1], Gen.ULong)).Sample((count, held, seed) =>
        {
            DatasetSplit split = Split(TestImages.Create(count, 5, 5, classes: 3, seed), null, held, seed);
            int[] all = [.. split.Train.Indices, .. split.Validation is { } validation ? validation.Indices : []];
            return split.Train.Count == count - held && all.Order().SequenceEqual(Enumerable.Range(0, count));
        });

    [TestCase(0, 0, "--train-images 0 leaves nothing to train on; give at least 1.")]
    [TestCase(null, -1, "--val-images -1 is negative; give 0 or more.")]
    [TestCase(21, 0, "--train-images 21 is too many: test has 20 training images; ask for fewer.")]
    [TestCase(null, 20, "--val-images 20 leaves nothing to train on: test has 20 training images; ask for fewer.")]
    [TestCase(15, 6, "--train-images 15 and --val-images 6 are too many together: test has 20 training images; ask for fewer.")]
    [TestCase(
        int.MaxValue, int.MaxValue,
        "--train-images 2147483647 and --val-images 2147483647 are too many together: test has 20 training images; ask for fewer.")]
    public void AskingForTooMuchIsOneSentence(int? trainImages, int validationImages, string message)
    {
        DatasetException e = Assert.Throws<DatasetException>(() => Split(TestImages.Create(20, 8, 8), trainImages, validationImages, 1))!;
        Assert.That((e.Error, e.Message), Is.EqualTo((DatasetError.Request, message)));
    }

    private static DatasetSplit Split(ImageDataset train, int? trainImages, int validationImages, ulong seed) =>
        DatasetSplit.Create(train, Test, ChannelNormalization.Paper, trainImages, validationImages, seed);

    private static ImageDataset Balanced(int count) => new(
        "test", [.. Enumerable.Range(0, 10).Select(i => $"{i}")], 1, 1, new byte[count * 3],
        [.. Enumerable.Range(0, count).Select(i => i / 3 % 10)]);
}
