using WrnEngine.Training.Data.Decoding;

namespace WrnEngine.Training.Data;

/// <summary>
/// Reads a folder of images: <c>train/&lt;class&gt;/*.png</c> (or .jpg, .jpeg) and <c>test/&lt;class&gt;</c> or <c>val/&lt;class&gt;</c>. Images
/// of one size, or resized to one, become bytes in memory where they fit into the budget; otherwise, and always for ImageNet's augmentation,
/// they are decoded each time a batch needs them.
/// </summary>
internal static class ImageFolderLoader
{
    /// <summary>The name on the command line.</summary>
    public const string Key = "folder";

    /// <summary>The side of a sample with ImageNet's augmentation, where nothing else is said.</summary>
    public const int ImageNetSide = 224;

    /// <summary>Images up to this size are augmented as CIFAR's are, larger ones as ImageNet's.</summary>
    public const int LargestSmallSide = 64;

    private static readonly string[] TestFolders = ["test", "val"];

    /// <summary>Lists the images and decodes those that stay in memory.</summary>
    /// <exception cref="DatasetException">A folder is missing, a class is empty, an image can't be read or has another size.</exception>
    public static LoadedImages Load(DatasetOptions options)
    {
        string root = options.DataDirectory;
        if (!Directory.Exists(root))
            throw new DatasetException(DatasetError.NotFound, $"There is no folder {root}; point --data-dir at a folder with train/<class>/*.png.");
        string trainFolder = Path.Combine(root, "train");
        if (!Directory.Exists(trainFolder))
            throw Missing(root, "train");
        string testFolder = TestFolders.Select(name => Path.Combine(root, name)).FirstOrDefault(Directory.Exists) ?? throw Missing(root, "test (or val)");

        string[] classNames = ImageFolder.ClassNames(trainFolder);
        ImageFolder train = ImageFolder.Scan(trainFolder, classNames), test = ImageFolder.Scan(testFolder, classNames);
        int threads = Math.Max(1, options.Threads);
        (Augmentation augmentation, ImageFit fit, int height, int width) = Decide(options, train.Files[0].Path);
        if (augmentation == Augmentation.ImageNet)
        {
            return new LoadedImages(Wrap(train), Wrap(test))
            {
                Augmentation = augmentation,
                Normalization = NormalizationSource.ImageNet,
            };
        }

        long needed = ((long)train.Files.Count + test.Files.Count) * height * width * ImageDataset.Channels;
        if (needed <= options.MemoryBudget)
            return new LoadedImages(Decode(train), Decode(test)) { Augmentation = augmentation };
        return new LoadedImages(Wrap(train), Wrap(test))
        {
            Augmentation = augmentation,
            Notices = [$"the images of {root} would take {needed / 1e9:F1} GB in memory: they are decoded again for every batch."],
        };

        ImageDataset Wrap(ImageFolder folder) => new(Key, classNames, height, width, new ImageFiles(folder.Files, fit), folder.Labels);

        ImageDataset Decode(ImageFolder folder)
        {
            var files = new ImageFiles(folder.Files, fit);
            int size = height * width * ImageDataset.Channels;
            byte[] pixels = GC.AllocateUninitializedArray<byte>(checked(folder.Files.Count * size));
            DataFolder.InParallel(folder.Files.Count, threads, i => files.Read(i).Pixels.CopyTo(pixels.AsSpan(i * size, size)));
            return new ImageDataset(Key, classNames, height, width, pixels, folder.Labels);
        }
    }

    /// <summary>Augmentation, what becomes of a file, and the size of a sample; the first file stands for all where nothing was said.</summary>
    private static (Augmentation Augmentation, ImageFit Fit, int Height, int Width) Decide(DatasetOptions options, string firstFile)
    {
        Augmentation augmentation = options.Augmentation;
        if (options.ImageSize is { } side)
        {
            if (augmentation == Augmentation.Auto)
                augmentation = side <= LargestSmallSide ? Augmentation.CropFlip : Augmentation.ImageNet;
            return (augmentation, augmentation == Augmentation.ImageNet ? ImageFit.AsItIs : ImageFit.Square(side), side, side);
        }

        if (augmentation == Augmentation.ImageNet)
            return (augmentation, ImageFit.AsItIs, ImageNetSide, ImageNetSide);
        (int height, int width) = ImageDecoder.ReadSize(firstFile);
        if (augmentation == Augmentation.Auto)
        {
            if (height > LargestSmallSide || width > LargestSmallSide)
                return (Augmentation.ImageNet, ImageFit.AsItIs, ImageNetSide, ImageNetSide);
            augmentation = Augmentation.CropFlip;
        }

        if (height > ImageDataset.MaxSide || width > ImageDataset.MaxSide)
        {
            throw new DatasetException(
                DatasetError.Request,
                $"{firstFile} has {width} x {height} pixels, and a network reads at most {ImageDataset.MaxSide} a side; give --image-size S to resize.");
        }

        return (augmentation, ImageFit.Exactly(height, width), height, width);
    }

    private static DatasetException Missing(string root, string folder) => new(
        DatasetError.NotFound,
        $"{root} has no folder {folder}; an image folder needs train/<class>/*.png (or .jpg) and test/<class> or val/<class>.");
}
