using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Text.RegularExpressions;
using WrnEngine.Devices.Cpu;

namespace WrnEngine.Tests.Engine.Determinism;

/// <summary>
/// Runs every test of category Cpu again in processes of their own where AVX-512, or AVX2 as well, is switched off, so that each path
/// that the CPU device can take is held against the oracle on any machine that has them all.
/// </summary>
public class InstructionSetTests
{
    private const string LevelVariable = "WRN_TEST_INSTRUCTION_SET";
    private const int TimeoutMinutes = 20;

    private static string? ExpectedLevel => Environment.GetEnvironmentVariable(LevelVariable);

    /// <summary>In a child process: the level is the one that its parent asked for.</summary>
    [Test]
    [Category("Cpu")]
    public void TheLevelIsTheOneThisProcessWasStartedFor()
    {
        switch (ExpectedLevel)
        {
            case null:
                Assert.That(CpuDevice.InstructionSet, Is.EqualTo(Vector512.IsHardwareAccelerated ? "AVX-512" : Avx2.IsSupported ? "AVX2" : "portable SIMD"));
                break;
            case "AVX2":
                Assert.That((Avx512F.IsSupported, Vector512.IsHardwareAccelerated, Avx2.IsSupported, Fma.IsSupported), Is.EqualTo((false, false, true, true)));
                Assert.That(CpuDevice.InstructionSet, Is.EqualTo("AVX2"));
                break;
            case "portable":
                Assert.That((Avx512F.IsSupported, Vector256.IsHardwareAccelerated, Avx2.IsSupported, Fma.IsSupported), Is.EqualTo((false, false, false, false)));
                Assert.That(CpuDevice.InstructionSet, Is.EqualTo("portable SIMD"));
                break;
            default:
                Assert.Fail($"{LevelVariable} is '{ExpectedLevel}'");
                break;
        }
    }

    /// <summary>The children run beside each other: each of them uses little more than one core.</summary>
    private readonly Lazy<Dictionary<string, Task<(int ExitCode, string Output)>>> _children = new(() =>
    {
        var children = new Dictionary<string, Task<(int ExitCode, string Output)>>();
        if (Vector512.IsHardwareAccelerated) children.Add("AVX2", Task.Run(() => RunChild("AVX2", "DOTNET_EnableAVX512")));
        if (Avx2.IsSupported) children.Add("portable", Task.Run(() => RunChild("portable", "DOTNET_EnableAVX2")));
        return children;
    });

    [TestCase("AVX2")]
    [TestCase("portable")]
    [Category("InstructionSets")]
    public async Task EveryCpuTestPassesWith(string level)
    {
        if (ExpectedLevel is not null) Assert.Ignore("this process is itself such a run");
        if (!_children.Value.TryGetValue(level, out var child))
        {
            Assert.Ignore($"the tests of this process take the {CpuDevice.InstructionSet} path, the highest that this processor has; {level} is not below it");
            return;
        }
        var (exitCode, output) = await child;
        string summary = output.Length > 3000 ? output[^3000..] : output;
        Assert.That(exitCode, Is.Zero, summary);
        Assert.That(Count(output, "succeeded"), Is.GreaterThan(1000), summary);
        Assert.That(Count(output, "failed"), Is.Zero, summary);
    }

    private static (int ExitCode, string Output) RunChild(string level, string switchedOff)
    {
        string host = Environment.ProcessPath ?? throw new InvalidOperationException("the path of this process is unknown");
        var start = new ProcessStartInfo(host) { RedirectStandardOutput = true, RedirectStandardError = true };
        // Under `dotnet WrnEngine.Tests.dll` the process is dotnet and wants the assembly first.
        if (Path.GetFileNameWithoutExtension(host) == "dotnet") start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "WrnEngine.Tests.dll"));
        foreach (string argument in (string[])["--filter", "TestCategory=Cpu", "--no-ansi", "--no-progress"]) start.ArgumentList.Add(argument);
        start.Environment[LevelVariable] = level;
        start.Environment[switchedOff] = "0";
        // A run this short is over before compiling twice pays.
        start.Environment["DOTNET_TieredCompilation"] = "0";
        // Variables by which `dotnet test` talks to the process it started are not the child's.
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("TESTINGPLATFORM_", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(name);
        using var child = Process.Start(start)!;
        var output = child.StandardOutput.ReadToEndAsync();
        var errors = child.StandardError.ReadToEndAsync();
        if (!child.WaitForExit(TimeSpan.FromMinutes(TimeoutMinutes)))
        {
            child.Kill(entireProcessTree: true);
            throw new TimeoutException($"the child process did not end within {TimeoutMinutes} minutes");
        }
        return (child.ExitCode, output.Result + errors.Result);
    }

    private static int Count(string output, string kind)
    {
        var match = Regex.Matches(output, $@"^\s*{kind}: (\d+)", RegexOptions.Multiline);
        return match.Count == 0 ? -1 : int.Parse(match[^1].Groups[1].Value);
    }
}
