namespace WrnEngine.Training.Data.Download;

/// <summary>A file inside an archive.</summary>
/// <param name="Path">Its full name there.</param>
/// <param name="Name">Its name once unpacked.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Hexadecimal.</param>
internal sealed record ArchiveMember(string Path, string Name, long Size, string Sha256);

/// <summary>A data set that can be downloaded: one archive, or the files themselves.</summary>
/// <param name="Key">The name on the command line.</param>
/// <param name="Title">The name in sentences.</param>
/// <param name="Folders">The folders below the data folder where it is looked for; it is put into the first one.</param>
/// <param name="Files">What is downloaded.</param>
internal sealed record RemoteDataset(string Key, string Title, IReadOnlyList<string> Folders, IReadOnlyList<RemoteFile> Files)
{
    /// <summary>What the archive, the only file, is unpacked to; empty where the files are the data set.</summary>
    public IReadOnlyList<ArchiveMember> Members { get; init; } = [];

    /// <summary>Finds the set in further places and under further names.</summary>
    public Func<string, bool>? IsElsewhere { get; init; }

    /// <summary>The folder that has the set or a part of it, or else is to have it.</summary>
    public string FolderIn(string dataDirectory) =>
        DataFolder.Find(DataFolder.Candidates(dataDirectory, Folders), FinalNames(withExtra: true)) ?? Path.Combine(dataDirectory, Folders[0]);

    /// <summary>True when nothing has to be downloaded.</summary>
    public bool IsComplete(string dataDirectory, bool withExtra)
    {
        if (IsElsewhere?.Invoke(dataDirectory) == true) return true;
        string folder = FolderIn(dataDirectory);
        return FinalNames(withExtra).All(name => File.Exists(Path.Combine(folder, name)));
    }

    private IEnumerable<string> FinalNames(bool withExtra) =>
        Members.Count > 0 ? Members.Select(m => m.Name) : Files.Where(f => withExtra || !f.IsExtra).Select(f => f.Name);
}
