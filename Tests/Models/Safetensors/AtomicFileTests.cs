using WrnEngine.Models.Safetensors;
using WrnEngine.Tests.Training.Checkpoints;

namespace WrnEngine.Tests.Models.Safetensors;

public class AtomicFileTests
{
    [Test]
    public void CreatesAndReplaces()
    {
        using var folder = new ScratchFolder();
        string path = folder["a.bin"];
        AtomicFile.Write(path, s => s.Write([1, 2, 3]));
        AtomicFile.Write(path, s => s.Write([4]));
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 4 }));
        Assert.That(folder.Content.Single(), Is.EqualTo("a.bin"));
    }

    [Test]
    public void AFailureLeavesTheOldFileAndNothingElse()
    {
        using var folder = new ScratchFolder();
        string path = folder["a.bin"];
        AtomicFile.Write(path, s => s.Write([1, 2, 3]));
        Assert.That(
            () => AtomicFile.Write(path, s =>
            {
                s.Write(new byte[10_000]);
                throw new IOException("No space left on device");
            }),
            Throws.InstanceOf<IOException>().With.Message.EqualTo($"cannot write '{path}': No space left on device; the old file is untouched"));
        Assert.That(() => AtomicFile.Write(path, _ => throw new InvalidOperationException("a bug")), Throws.InvalidOperationException);
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(folder.Content.Single(), Is.EqualTo("a.bin"));
    }

    [Test]
    public void WhatAKilledProcessLeftIsOverwritten()
    {
        using var folder = new ScratchFolder();
        string path = folder["a.bin"];
        File.WriteAllBytes(path + AtomicFile.TemporarySuffix, new byte[100_000]);
        AtomicFile.Write(path, s => s.Write([1]));
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 1 }));
        Assert.That(folder.Content.Single(), Is.EqualTo("a.bin"));
    }

    [Test]
    public void AReaderKeepsTheOldContent()
    {
        using var folder = new ScratchFolder();
        string path = folder["a.safetensors"];
        Save(path, 1);
        using var old = SafetensorsFile.Open(path);
        Save(path, 2);
        byte[] value = new byte[1];
        old.Read(old.Find("x")!, value);
        Assert.That(value[0], Is.EqualTo(1));
        using var replaced = SafetensorsFile.Open(path);
        replaced.Read(replaced.Find("x")!, value);
        Assert.That(value[0], Is.EqualTo(2));
    }

    [Test]
    public void PlacesThatCannotBeWritten()
    {
        using var folder = new ScratchFolder();
        string inMissingFolder = Path.Combine(folder["missing"], "a.bin");
        Assert.That(() => AtomicFile.Write(inMissingFolder, _ => { }), Throws.InstanceOf<IOException>().With.Message.Contains(inMissingFolder).And.Message.Contains("its folder does not exist"));
        string folderPath = folder["folder"];
        Directory.CreateDirectory(Path.Combine(folderPath, "not empty"));
        Assert.That(() => AtomicFile.Write(folderPath, s => s.Write([1])), Throws.InstanceOf<IOException>().With.Message.StartsWith($"cannot write '{folderPath}': "));
        Assert.That(folder.Content.Single(), Is.EqualTo("folder"));
    }

    private static void Save(string path, byte value)
    {
        var writer = new SafetensorsWriter();
        writer.Add("x", SafetensorsDType.U8, [1], new[] { value });
        writer.Save(path);
    }
}
