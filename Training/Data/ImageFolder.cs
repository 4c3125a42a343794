namespace WrnEngine.Training.Data;

/// <summary>The image files below one folder of classes, and their labels.</summary>
internal sealed record ImageFolder(IReadOnlyList<ClassFile> Files, int[] Labels)
{
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg"];

    private static readonly EnumerationOptions VisibleEntries = new() { AttributesToSkip = FileAttributes.Hidden, IgnoreInaccessible = false };

    /// <summary>The class folders below a folder, sorted by ordinal comparison: their place is the label.</summary>
    /// <exception cref="DatasetException">There are none, or the folder can't be read.</exception>
    public static string[] ClassNames(string folder)
    {
        string[] names = DataFolder.Guard(
            folder, () => Directory.GetDirectories(folder, "*", VisibleEntries).Select(path => Path.GetFileName(path)).ToArray());
        Array.Sort(names, StringComparer.Ordinal);
        if (names.Length > 0)
            return names;
        string found = DataFolder.Guard(folder, () => Directory.EnumerateFiles(folder).Any(IsImage)) ? "holds images but no class folders" : "is empty";
        throw new DatasetException(DatasetError.Invalid, $"{folder} {found}; put the images of each class into {Path.Combine(folder, "<class>")}.");
    }

    /// <summary>Lists the images of every class.</summary>
    /// <param name="folder">The folder with the class folders.</param>
    /// <param name="classNames">The classes of the data set, sorted.</param>
    /// <exception cref="DatasetException">A class has no images, isn't one of the data set's, or can't be read.</exception>
    public static ImageFolder Scan(string folder, string[] classNames)
    {
        var files = new List<ClassFile>();
        var labels = new List<int>();
        foreach (string className in ClassNames(folder))
        {
            string path = Path.Combine(folder, className);
            int label = Array.BinarySearch(classNames, className, StringComparer.Ordinal);
            if (label < 0)
            {
                throw new DatasetException(
                    DatasetError.Invalid,
                    $"{path} is a class that training does not have; its classes are {List(classNames)}; add it there or take it away here.");
            }

            string[] images = DataFolder.Guard(
                path, () => Directory.EnumerateFiles(path, "*", VisibleEntries).Select(file => Path.GetFileName(file)).Where(IsImage).ToArray());
            if (images.Length == 0)
            {
                throw new DatasetException(
                    DatasetError.Invalid,
                    $"{path} has no {string.Join(", ", Extensions)} files (folders inside it aren't read); add images or delete the folder.");
            }

            Array.Sort(images, StringComparer.Ordinal);
            files.AddRange(images.Select(name => new ClassFile(path, name)));
            labels.AddRange(Enumerable.Repeat(label, images.Length));
        }

        return new ImageFolder(files, [.. labels]);
    }

    /// <summary>Whether a file is called like a picture.</summary>
    public static bool IsImage(string path) => Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    private static string List(string[] names)
    {
        const int Shown = 8;
        return string.Join(", ", names.Take(Shown)) + (names.Length > Shown ? $" and {names.Length - Shown} more" : "");
    }
}
