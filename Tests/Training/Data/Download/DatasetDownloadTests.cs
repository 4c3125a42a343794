using System.Formats.Tar;
using System.IO.Compression;
using WrnEngine.Training;
using WrnEngine.Training.Data;
using WrnEngine.Training.Data.Download;

namespace WrnEngine.Tests.Training.Data.Download;

/// <summary>Whole data sets: archives, files, what is there already, and two processes at once.</summary>
[TestFixture]
[Category("Training")]
public class DatasetDownloadTests
{
    private static readonly byte[] One = TestDownload.Bytes(3000), Two = TestDownload.Bytes(5000, seed: 2), Archive = Pack();

    private static readonly RemoteDataset Packed = new(
        "packed", "Packed", ["packed-bin"], [TestDownload.File(Archive, "https://a.test/set.tar.gz") with { Name = "set.tar.gz" }])
    {
        Members = [new("set/one.bin", "one.bin", One.Length, TestDownload.Sha256(One)), new("set/two.bin", "two.bin", Two.Length, TestDownload.Sha256(Two))],
    };

    private static readonly RemoteDataset Loose = new("loose", "Loose", ["loose", "LOOSE"],
    [
        TestDownload.File(One, "https://a.test/one.bin") with { Name = "one.bin" },
        TestDownload.File(Two, "https://a.test/two.bin") with { Name = "two.bin", IsExtra = true },
    ]);

    [Test]
    public void AnArchiveIsUnpackedAndRemoved()
    {
        using var folder = new TempFolder();
        using var server = Server();
        string output = Run(server, Packed, folder["data"]);
        Assert.That(Files(folder["data"]), Is.EqualTo(".packed.download.lock packed-bin/one.bin packed-bin/two.bin"));
        Assert.That(File.ReadAllBytes(folder["data/packed-bin/two.bin"]), Is.EqualTo(Two));
        Assert.That(output, Does.EndWith($"Unpacking {folder["data/set.tar.gz"]}\nPacked is in {folder["data/packed-bin"]}.\n"));
        Assert.That(Run(server, Packed, folder["data"]), Is.Empty);
        Assert.That(Run(server, Packed, folder["data/packed-bin"]), Is.Empty, "the folder itself is given");
        Assert.That(server.Log, Is.EqualTo("a.test/set.tar.gz"));
    }

    [Test]
    public void AnArchiveThatSomebodyPutThereIsUsedAndLeft()
    {
        using var folder = new TempFolder();
        using var server = Server();
        folder.Write("set.tar.gz", Archive);
        Run(server, Packed, folder.Path);
        Assert.That(Files(folder.Path), Is.EqualTo(".packed.download.lock packed-bin/one.bin packed-bin/two.bin set.tar.gz"));
        Assert.That(server.Requests, Is.Empty);

        using var other = new TempFolder();
        other.Write("set.tar.gz", Archive.AsSpan(1));
        var error = Assert.Throws<DatasetException>(() => Run(server, Packed, other.Path))!;
        Assert.That((error.Error, error.Message), Is.EqualTo((DatasetError.Invalid,
            $"{other["set.tar.gz"]} is not the archive of Packed: it has {Archive.Length - 1:N0} bytes instead of {Archive.Length:N0}; remove it, or put the right one there.")));
    }

    [Test]
    public void AnIncompleteSetIsCompletedWhereItIs()
    {
        using var folder = new TempFolder();
        using var server = Server();
        folder.Write("one.bin", [1]);
        Run(server, Packed, folder.Path);
        Assert.That(File.ReadAllBytes(folder["one.bin"]), Is.EqualTo(One));
        Assert.That(File.ReadAllBytes(folder["two.bin"]), Is.EqualTo(Two));
    }

    [Test]
    public void OnlyMissingFilesAreFetchedAndExtraOnesWhenAskedFor()
    {
        using var folder = new TempFolder();
        using var server = Server();
        Run(server, Loose, folder.Path);
        Assert.That(Files(folder.Path), Is.EqualTo(".loose.download.lock loose/one.bin"));
        Assert.That(Run(server, Loose, folder.Path), Is.Empty);
        Run(server, Loose, folder.Path, withExtra: true);
        Assert.That(server.Log, Is.EqualTo("a.test/one.bin a.test/two.bin"));

        using var elsewhere = new TempFolder();
        elsewhere.Write("LOOSE/one.bin", One);
        Run(server, Loose, elsewhere.Path, withExtra: true);
        Assert.That(Files(elsewhere.Path), Is.EqualTo(".loose.download.lock LOOSE/one.bin LOOSE/two.bin"));
    }

    [Test]
    public void TheSecondProcessWaitsAndFindsTheFilesThere()
    {
        using var folder = new TempFolder();
        using var server = Server();
        string output = "";
        var second = new Thread(() => output = Run(server, Loose, folder.Path));
        using (new FileStream(folder[".loose.download.lock"], FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            second.Start();
            Assert.That(second.Join(300), Is.False, "it waits");
            folder.Write("loose/one.bin", One);
        }

        second.Join();
        Assert.That(output, Is.EqualTo($"Another process is downloading Loose into {folder.Path}; waiting for it.\n"));
        Assert.That(server.Requests, Is.Empty);
    }

    [Test]
    public void AFolderThatCannotBeMadeIsNamed()
    {
        using var folder = new TempFolder();
        using var server = Server();
        string file = folder.Write("file", [1]);
        var error = Assert.Throws<DatasetException>(() => Run(server, Loose, Path.Combine(file, "data")))!;
        Assert.That(error.Error, Is.EqualTo(DatasetError.Unreadable));
        Assert.That(error.Message, Does.StartWith($"Loose cannot be put into {file}/data (").And.EndWith("); give another --data-dir."));
    }

    [Test]
    public void WhatNobodyAskedForLeavesNothingBehind()
    {
        using var folder = new TempFolder();
        using var server = new TestServer((_, answer) => answer.Send(404));
        Assert.That(() => Run(server, Packed, folder["new"], isAsked: false), Throws.InstanceOf<DatasetException>());
        Assert.That(Directory.Exists(folder["new"]), Is.False);
    }

    [Test]
    public void TheCatalogIsPlausible()
    {
        Assert.That(string.Join(' ', DownloadCatalog.All.Select(s => s.Key)), Is.EqualTo("cifar10 cifar100 svhn fashion-mnist"));
        foreach (RemoteDataset set in DownloadCatalog.All)
        {
            foreach (RemoteFile file in set.Files)
            {
                Assert.That(file.Size, Is.GreaterThan(5000));
                Assert.That(file.Md5, Does.Match("^[0-9a-f]{32}$"));
                Assert.That(file.Sha256, Does.Match("^[0-9a-f]{64}$"));
                Assert.That(file.Urls, Is.Not.Empty.And.Unique);
                Assert.That(file.Urls.Select(u => new Uri(u)), Has.All.Matches<Uri>(u => file.Allows(u!) && u!.AbsolutePath.EndsWith($"/{file.Name}", StringComparison.Ordinal)));
            }

            foreach (ArchiveMember member in set.Members) Assert.That(member.Sha256, Does.Match("^[0-9a-f]{64}$"));
        }

        Assert.That(DownloadCatalog.All[0].Members.Select(m => m.Name), Is.EqualTo(CifarLayout.Cifar10.Files));
        Assert.That(DownloadCatalog.All[0].Members, Has.All.Property("Size").EqualTo(10_000 * CifarLayout.Cifar10.RecordSize));
        Assert.That(DownloadCatalog.All[1].Members.Select(m => (m.Name, m.Size)),
            Is.EqualTo(new[] { ("train.bin", 50_000L * CifarLayout.Cifar100.RecordSize), ("test.bin", 10_000L * CifarLayout.Cifar100.RecordSize) }));
    }

    private static TestServer Server() => new((request, answer) => answer.SendFile(request, request.Path switch
    {
        "/one.bin" => One,
        "/two.bin" => Two,
        _ => Archive,
    }));

    private static string Run(TestServer server, RemoteDataset set, string directory, bool withExtra = false, bool isAsked = true)
    {
        using var output = new StringWriter();
        using var stop = new StopSignal();
        using var download = new DatasetDownload(new Terminal(output, output, isLive: false), stop, TestDownload.Limits, () => server.CreateHandler());
        download.Run(set, directory, withExtra, isAsked);
        return output.ToString();
    }

    private static byte[] Pack()
    {
        using var stream = new MemoryStream();
        using (var packed = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true))
        using (var writer = new TarWriter(packed))
        {
            foreach (var (name, content) in new[] { ("set/one.bin", One), ("set/two.bin", Two) })
            {
                using var data = new MemoryStream(content);
                writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = data });
            }
        }

        return stream.ToArray();
    }

    private static string Files(string folder) => string.Join(' ', Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(folder, f)).Order(StringComparer.Ordinal));
}
