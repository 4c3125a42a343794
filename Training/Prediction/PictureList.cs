using WrnEngine.Training.Data;

namespace WrnEngine.Training.Prediction;

/// <summary>The picture files that a user's arguments mean.</summary>
internal static class PictureList
{
    private static readonly EnumerationOptions Visible = new()
    {
        AttributesToSkip = FileAttributes.Hidden | FileAttributes.ReparsePoint, // a link could lead around in circles
        RecurseSubdirectories = true,
        IgnoreInaccessible = false,
    };

    /// <summary>
    /// The files in the order of the arguments: a file stands for itself, whatever it is called; a folder for every PNG and JPEG file in it and in the folders
    /// below, sorted by path.
    /// </summary>
    /// <exception cref="DatasetException">There is no such file or folder, or a folder can't be read or holds no picture.</exception>
    public static IEnumerable<string> Files(string argument)
    {
        if (File.Exists(argument)) return [argument];
        if (!Directory.Exists(argument)) throw new DatasetException(DatasetError.NotFound, $"there is no file or folder '{argument}'.");
        string[] files = DataFolder.Guard(argument, () => Directory.EnumerateFiles(argument, "*", Visible).Where(ImageFolder.IsImage).ToArray());
        if (files.Length == 0) throw new DatasetException(DatasetError.Invalid, $"{argument} holds no PNG or JPEG file; name a file or another folder.");
        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }
}
