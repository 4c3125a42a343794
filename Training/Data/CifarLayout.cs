namespace WrnEngine.Training.Data;

/// <summary>The files of a binary CIFAR set. A record is <paramref name="LabelBytes"/> label bytes, the class last, then three planes.</summary>
/// <param name="Key">The name on the command line.</param>
/// <param name="Title">The name in sentences.</param>
/// <param name="Folder">The folder in the official archive.</param>
/// <param name="Archive">The official archive.</param>
/// <param name="TrainFiles">Files with training images, in order.</param>
/// <param name="TestFile">The file with the test images.</param>
/// <param name="TrainRecords">Records in each training file.</param>
/// <param name="TestRecords">Records in the test file.</param>
/// <param name="LabelBytes">1 (class), or 2 (superclass, class).</param>
/// <param name="ClassNames">One name per class.</param>
internal sealed record CifarLayout(
    string Key,
    string Title,
    string Folder,
    string Archive,
    IReadOnlyList<string> TrainFiles,
    string TestFile,
    int TrainRecords,
    int TestRecords,
    int LabelBytes,
    IReadOnlyList<string> ClassNames)
{
    public const int Side = 32;
    public const int PlaneSize = Side * Side;
    public const int PixelBytes = ImageDataset.Channels * PlaneSize;

    public static CifarLayout Cifar10 { get; } = new(
        "cifar10", "CIFAR-10", "cifar-10-batches-bin", "cifar-10-binary.tar.gz",
        [.. Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin")], "test_batch.bin", 10_000, 10_000, 1, CifarClassNames.Cifar10);

    public static CifarLayout Cifar100 { get; } = new(
        "cifar100", "CIFAR-100", "cifar-100-binary", "cifar-100-binary.tar.gz",
        ["train.bin"], "test.bin", 50_000, 10_000, 2, CifarClassNames.Cifar100);

    public int RecordSize => LabelBytes + PixelBytes;

    public IEnumerable<string> Files => TrainFiles.Append(TestFile);
}
