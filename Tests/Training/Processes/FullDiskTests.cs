using System.Diagnostics;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Training;

namespace WrnEngine.Tests.Training.Processes;

/// <summary>
/// A file system that is really full, or really read-only: small ones in memory, mounted where nobody else sees them. A checkpoint of the network
/// takes 620 KB, and while it is replaced there are two.
/// </summary>
[Category("Training")]
public class FullDiskTests
{
    private TinyImages _data = null!;
    private TempFolder _folder = null!;

    [OneTimeSetUp]
    public void CreateData() => _data = new TinyImages();

    [OneTimeTearDown]
    public void RemoveData() => _data.Dispose();

    [SetUp]
    public void SetUp()
    {
        _folder = new TempFolder();
        Directory.CreateDirectory(_folder["disk"]);
        Directory.CreateDirectory(_folder["kept"]);
        if (!OperatingSystem.IsLinux()) Assert.Ignore("needs Linux namespaces");
        string? problem = null;
        try
        {
            var (code, _, error) = OnDisk("1m", "true");
            if (code != 0) problem = error;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            problem = e.Message;
        }

        if (problem is not null) Assert.Ignore($"this system does not let us mount in a namespace of our own: {problem}");
    }

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void AFullDiskEndsTheRunAndTheOldCheckpointStays()
    {
        string[] limit = ["--max-steps", "4"];
        // Room for one checkpoint and a half: the second save fails in the middle.
        var (code, output, error) = OnDisk("1m", Command([.. _data.Arguments, "--output", "disk/run", "--save-every", "1", .. limit]));
        Assert.That(code, Is.EqualTo(ExitCode.InputOutput), output + error);
        Assert.That(error, Does.Match(@"^wrn: cannot write 'disk/run/last\.safetensors': No space left on device; the old file is untouched\n$"));
        Assert.That(TinyRun.Files(_folder["kept"]), Is.EqualTo("config.json last.safetensors"));
        Assert.That(RunFiles.Steps(_folder["kept"]), Is.EqualTo(1));

        (code, output, error) = Wrn.Run(["--resume", _folder["kept"], "--data-dir", _data.Path, .. limit]);
        Assert.That(code, Is.Zero, output + error);
        (code, output, error) = Wrn.Run([.. _data.Arguments, "--output", _folder["whole"], .. limit]);
        Assert.That(code, Is.Zero, output + error);
        RunFiles.AssertEqual(_folder, "whole", "kept");
    }

    [Test]
    public void ADiskWithoutAnyRoomIsFoundOutAtTheStart()
    {
        string fill = "dd if=/dev/zero of=disk/fill bs=4k status=none 2>/dev/null; ";
        var (code, output, error) = OnDisk("64k", fill + Command([.. _data.Arguments, "--output", "disk/run", "--max-steps", "1"]));
        Assert.That(code, Is.EqualTo(ExitCode.InputOutput), output + error);
        Assert.That(error, Does.Match(@"^wrn: the run folder disk/run cannot be written \(No space left on device\); choose another place\.\n$"));
        Assert.That(output, Is.Empty);
    }

    [Test]
    public void AReadOnlyFolderIsFoundOutAtTheStart()
    {
        var (code, output, error) = Wrn.Run([.. _data.Arguments, "--output", _folder["run"], "--max-steps", "2"]);
        Assert.That(code, Is.Zero, output + error);
        string resume = "cp -r run disk/ && mount -o remount,ro disk && " + Command(["--resume", "disk/run", "--data-dir", _data.Path, "--max-steps", "3"]);
        (code, output, error) = OnDisk("4m", resume);
        Assert.That(code, Is.EqualTo(ExitCode.InputOutput), output + error);
        Assert.That(error, Does.Match(@"^wrn: the run folder disk/run cannot be written \(Read-only file system\); choose another place\.\n$"));
        Assert.That(RunFiles.Hash(_folder["kept"]), Is.EqualTo(RunFiles.Hash(_folder["run"])));
    }

    private static string Command(IEnumerable<string> arguments) =>
        string.Join(' ', WrnProcess.Command.Concat(arguments).Select(a => $"'{a}'"));

    /// <summary>Runs a command with a small file system mounted on disk/, and copies what is then in disk/run to kept/.</summary>
    private (int ExitCode, string Output, string Error) OnDisk(string size, string command)
    {
        var start = new ProcessStartInfo("unshare", ["-rm", "sh", "-c",
            $"mount -t tmpfs -o size={size} tmpfs disk || exit 99; {command}; code=$?; [ -d disk/run ] && cp disk/run/* kept/ 2>/dev/null; exit $code"])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }
}
