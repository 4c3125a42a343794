using WrnEngine.Tests.Training.Data;
using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training.Processes;

/// <summary>
/// Files in the layout of CIFAR-10 for runs in processes of their own: the first records hold procedural images, the rest are holes in the
/// files, which load in a fraction of a second and take no room on the disk.
/// </summary>
internal sealed class TinyCifar : IDisposable
{
    public const int Images = 48;
    public const int BatchSize = 8;
    public const int StepsPerEpoch = Images / BatchSize;

    private readonly TempFolder _folder = new();

    public TinyCifar()
    {
        var (train, test) = SyntheticDataset.Create(seed: 3, threads: 2, Images, Images);
        var layout = CifarLayout.Cifar10;
        foreach (string file in layout.Files)
        {
            using var stream = File.Create(_folder[file]);
            var images = file == layout.TestFile ? test : train;
            for (int i = 0; i < Images; i++) stream.Write(Record(images, i));
            stream.SetLength((long)layout.RecordSize * layout.TrainRecords);
        }
    }

    /// <summary>The folder.</summary>
    public string Path => _folder.Path;

    /// <summary>
    /// A run on them with everything that could break exactness: augmentation, dropout, momentum that is thrown away at drops of the rate.
    /// </summary>
    public string[] Arguments =>
    [
        "train", "--depth", "10", "--k", "1", "--dropout", "0.3", "--dataset", "cifar10", "--data-dir", Path, "--normalize", "paper",
        "--train-images", $"{Images}", "-b", $"{BatchSize}", "--epochs", "400", "--decay-epochs", "2,4,7,12", "--eval-every", "0", "--seed", "9",
    ];

    private static byte[] Record(ImageDataset images, int index)
    {
        byte[] record = new byte[CifarLayout.Cifar10.RecordSize];
        record[0] = (byte)images.Labels[index];
        var pixels = images.Pixels.AsSpan(index * CifarLayout.PixelBytes, CifarLayout.PixelBytes);
        for (int p = 0; p < CifarLayout.PlaneSize; p++)
            for (int c = 0; c < ImageDataset.Channels; c++)
                record[1 + c * CifarLayout.PlaneSize + p] = pixels[p * ImageDataset.Channels + c];
        return record;
    }

    public void Dispose() => _folder.Dispose();
}
