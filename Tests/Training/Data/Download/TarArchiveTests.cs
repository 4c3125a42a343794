using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using WrnEngine.Training.Data;
using WrnEngine.Training.Data.Download;

namespace WrnEngine.Tests.Training.Data.Download;

[TestFixture]
[Category("Training")]
public class TarArchiveTests
{
    private static readonly byte[] One = TestDownload.Bytes(3000), Two = TestDownload.Bytes(512, seed: 2);

    private static readonly ArchiveMember[] Members =
        [new("set/one.bin", "one.bin", One.Length, TestDownload.Sha256(One)), new("set/two.bin", "two.bin", Two.Length, TestDownload.Sha256(Two))];

    private static readonly string[] Elsewhere =
        ["../evil", "/tmp/wrn-evil-absolute", "set/../../evil", "one.bin", "./set/one.bin", "set//one.bin", "SET/one.bin", "set\\one.bin"];

    [Test]
    public void TheMembersAreUnpackedAndNothingElse(
        [Values(TarEntryFormat.V7, TarEntryFormat.Ustar, TarEntryFormat.Pax, TarEntryFormat.Gnu)] TarEntryFormat format)
    {
        using var folder = new TempFolder();
        string archive = Write(folder, writer =>
        {
            if (format == TarEntryFormat.Pax) writer.WriteEntry(new PaxGlobalExtendedAttributesTarEntry(new Dictionary<string, string> { ["comment"] = "hello" }));
            Add(writer, format, "set/one.bin", One);
            Add(writer, format, "set/readme.html", Two);
            Add(writer, format, "set/two.bin", Two);
        });
        TarArchive.Unpack(archive, Members, folder["out/set"] is var target && Directory.CreateDirectory(folder["out"]).Exists ? target : "");
        Assert.That(Files(folder["out"]), Is.EqualTo("set/one.bin set/two.bin"));
        Assert.That(File.ReadAllBytes(folder["out/set/one.bin"]), Is.EqualTo(One));
        Assert.That(File.ReadAllBytes(folder["out/set/two.bin"]), Is.EqualTo(Two));
    }

    [Test]
    public void AnIncompleteFolderIsCompleted()
    {
        using var folder = new TempFolder();
        folder.Write("set/one.bin", [1]);
        folder.Write("set/mine.txt", [2]);
        folder.Write(".set.unpacking/left-over", [3]);
        TarArchive.Unpack(Whole(folder), Members, folder["set"]);
        Assert.That(File.ReadAllBytes(folder["set/one.bin"]), Is.EqualTo(One));
        Assert.That(Files(folder.Path), Is.EqualTo("a.tar.gz set/mine.txt set/one.bin set/two.bin"));
    }

    [Test]
    public void NamesLinksAndDevicesThatLeadElsewhereAreIgnored()
    {
        using var folder = new TempFolder();
        string outside = folder.Write("outside.txt", [1]);
        string archive = Write(folder, writer =>
        {
            foreach (string name in Elsewhere)
                Add(writer, TarEntryFormat.Gnu, name, [6, 6, 6]);
            writer.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "set/link") { LinkName = outside });
            writer.WriteEntry(new PaxTarEntry(TarEntryType.HardLink, "set/hard") { LinkName = outside });
            writer.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "set/link/sub"));
            writer.WriteEntry(new PaxTarEntry(TarEntryType.CharacterDevice, "set/device") { DeviceMajor = 1, DeviceMinor = 3 });
            writer.WriteEntry(new PaxTarEntry(TarEntryType.Fifo, "set/fifo"));
            Add(writer, TarEntryFormat.Pax, new string('x', 300) + "/one.bin", [6]);
            Add(writer, TarEntryFormat.Ustar, "set/one.bin", One);
            Add(writer, TarEntryFormat.Ustar, "set/two.bin", Two);
        });
        TarArchive.Unpack(archive, Members, folder["set"]);
        Assert.That(Files(folder.Path), Is.EqualTo("a.tar.gz outside.txt set/one.bin set/two.bin"));
        Assert.That(File.ReadAllBytes(folder["set/one.bin"]), Is.EqualTo(One));
        Assert.That(File.Exists("/tmp/wrn-evil-absolute"), Is.False);
        Assert.That(File.ReadAllBytes(outside), Is.EqualTo(new byte[] { 1 }));
    }

    [TestCase(TarEntryType.SymbolicLink)]
    [TestCase(TarEntryType.HardLink)]
    [TestCase(TarEntryType.Directory)]
    [TestCase(TarEntryType.Fifo)]
    public void AMemberThatIsNotAFileIsRefused(TarEntryType type)
    {
        using var folder = new TempFolder();
        string archive = Write(folder, writer =>
        {
            Add(writer, TarEntryFormat.Ustar, "set/one.bin", One);
            var entry = new UstarTarEntry(type, "set/two.bin");
            if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink) entry.LinkName = "one.bin";
            writer.WriteEntry(entry);
        });
        string archiveProblem = type == TarEntryType.Directory ? "lacks set/two.bin|is not a file" : "set/two.bin in it is not a file"; // a directory's name ends in a slash
        Assert.That(Fails(folder, archive), Does.Match(archiveProblem));
    }

    [Test]
    public void WhatIsMissingTwiceThereOrOfAnotherSizeIsSaid()
    {
        using var folder = new TempFolder();
        Assert.That(Fails(folder, Write(folder, w => Add(w, TarEntryFormat.Ustar, "set/two.bin", Two))), Does.Contain("it lacks set/one.bin"));
        Assert.That(Fails(folder, Write(folder, w =>
        {
            Add(w, TarEntryFormat.Ustar, "set/one.bin", One);
            Add(w, TarEntryFormat.Ustar, "set/one.bin", One);
        })), Does.Contain("it holds set/one.bin twice"));
        Assert.That(Fails(folder, Write(folder, w => Add(w, TarEntryFormat.Ustar, "set/one.bin", One[1..]))), Does.Contain("has 2,999 bytes instead of 3,000"));
        byte[] other = [.. One];
        other[7] ^= 1;
        Assert.That(Fails(folder, Write(folder, w => Add(w, TarEntryFormat.Ustar, "set/one.bin", other))), Does.Contain("the SHA-256 of set/one.bin in it is"));
    }

    [Test]
    public void ASizeThatLiesIsRefused([Values(1L << 40, long.MaxValue, 4000)] long size)
    {
        using var folder = new TempFolder();
        byte[] tar = Unpacked(Whole(folder));
        Span<byte> field = tar.AsSpan(124, 12);
        field[0] = 0x80;
        for (int i = 11; i > 0; i--, size >>= 8) field[i] = (byte)size;
        FixChecksum(tar.AsSpan(0, 512));
        string error = Fails(folder, folder.Write("a.tar.gz", TempFolder.Gzip(tar)));
        Assert.That(error, Does.Contain("it unpacks to more than it should").Or.Contain("has 4,000 bytes instead of 3,000"));
    }

    [Test]
    public void AMillionEntriesAndAFlatBombEndEarly([Values] bool isBomb)
    {
        using var folder = new TempFolder();
        byte[] header = Unpacked(Write(folder, w => w.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "x"))))[..512];
        string path = folder["bomb.tar.gz"];
        using (var stream = new GZipStream(File.Create(path), CompressionLevel.Fastest))
        {
            if (isBomb)
            {
                Encoding.ASCII.GetBytes("00200000000\0").CopyTo(header, 124); // 16 MiB
                FixChecksum(header);
                stream.Write(header);
                stream.Write(new byte[1 << 24]);
            }
            else
            {
                for (int i = 0; i < 40_000; i++) stream.Write(header); // 20 MB, the start of a million
            }
        }

        Assert.That(Fails(folder, path), Does.Contain("it unpacks to more than it should"));
    }

    [Test]
    public void DamageIsATypedError()
    {
        using var folder = new TempFolder();
        byte[] packed = File.ReadAllBytes(Whole(folder));
        for (int i = 0; i < packed.Length; i += 11)
        {
            byte[] broken = [.. packed];
            broken[i] ^= (byte)(1 << (i % 8));
            Try(i % 2 == 0 ? broken : packed[..i]);
        }

        byte[] tar = Unpacked(Whole(folder));
        for (int i = 0; i < 512; i += 3)
        {
            byte[] broken = [.. tar];
            broken[i] ^= 0x41;
            Try(TempFolder.Gzip(broken));
        }

        void Try(byte[] archive)
        {
            string path = folder.Write("b.tar.gz", archive);
            try
            {
                TarArchive.Unpack(path, Members, folder["damaged"]);
                Assert.That(File.ReadAllBytes(folder["damaged/one.bin"]), Is.EqualTo(One));
                Directory.Delete(folder["damaged"], recursive: true);
            }
            catch (DatasetException e)
            {
                Assert.That(e.Error, Is.EqualTo(DatasetError.Invalid));
                Assert.That(Directory.Exists(folder["damaged"]), Is.False);
            }
        }
    }

    private static string Fails(TempFolder folder, string archive)
    {
        var error = Assert.Throws<DatasetException>(() => TarArchive.Unpack(archive, Members, folder["target"]))!;
        Assert.That(error.Error, Is.EqualTo(DatasetError.Invalid));
        Assert.That(error.Message, Does.StartWith($"{archive} is not the archive that it should be: ").And.EndWith("; remove it and fetch it again."));
        Assert.That(Directory.GetDirectories(folder.Path), Is.Empty);
        return error.Message;
    }

    private static string Whole(TempFolder folder) => Write(folder, writer =>
    {
        Add(writer, TarEntryFormat.Ustar, "set/one.bin", One);
        Add(writer, TarEntryFormat.Ustar, "set/two.bin", Two);
    });

    private static string Write(TempFolder folder, Action<TarWriter> write)
    {
        using var stream = new MemoryStream();
        using (var packed = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true))
        using (var writer = new TarWriter(packed, TarEntryFormat.Pax)) write(writer);
        return folder.Write("a.tar.gz", stream.ToArray());
    }

    private static void Add(TarWriter writer, TarEntryFormat format, string name, byte[] content)
    {
        using var data = new MemoryStream(content);
        TarEntry entry = format switch
        {
            TarEntryFormat.V7 => new V7TarEntry(TarEntryType.V7RegularFile, name),
            TarEntryFormat.Gnu => new GnuTarEntry(TarEntryType.RegularFile, name),
            TarEntryFormat.Ustar => new UstarTarEntry(TarEntryType.RegularFile, name),
            _ => new PaxTarEntry(TarEntryType.RegularFile, name),
        };
        entry.DataStream = data;
        writer.WriteEntry(entry);
    }

    private static byte[] Unpacked(string path)
    {
        using var stream = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var tar = new MemoryStream();
        stream.CopyTo(tar);
        return tar.ToArray();
    }

    private static void FixChecksum(Span<byte> header)
    {
        header.Slice(148, 8).Fill((byte)' ');
        int sum = 0;
        foreach (byte b in header) sum += b;
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header[148..]);
    }

    private static string Files(string folder) => string.Join(' ', Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/')).Order(StringComparer.Ordinal));
}
