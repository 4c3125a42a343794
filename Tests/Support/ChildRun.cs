using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Text.RegularExpressions;

namespace WrnEngine.Tests.Support;

/// <summary>Tests run again in a process of their own where vector instructions that this machine has are switched off.</summary>
internal sealed record ChildRun(int ExitCode, string Output)
{
    public const string LevelVariable = "WRN_TEST_INSTRUCTION_SET";
    private const int TimeoutMinutes = 20;

    /// <summary>In a child: the level that its parent asked for, AVX2 or portable; null in every other process.</summary>
    public static string? ExpectedLevel => Environment.GetEnvironmentVariable(LevelVariable);

    /// <summary>A run for each level below the one of this process; they run beside each other: each uses little more than one core.</summary>
    public static Dictionary<string, Task<ChildRun>> BelowThisProcess(string filter)
    {
        var children = new Dictionary<string, Task<ChildRun>>();
        if (Vector512.IsHardwareAccelerated) children.Add("AVX2", Task.Run(() => Start(filter, "AVX2", "DOTNET_EnableAVX512")));
        if (Avx2.IsSupported) children.Add("portable", Task.Run(() => Start(filter, "portable", "DOTNET_EnableAVX2")));
        return children;
    }

    public void AssertPassed(int moreThan)
    {
        string summary = Output.Length > 3000 ? Output[^3000..] : Output;
        Assert.That(ExitCode, Is.Zero, summary);
        Assert.That(Count("succeeded"), Is.GreaterThan(moreThan), summary);
        Assert.That(Count("failed"), Is.Zero, summary);
    }

    private static ChildRun Start(string filter, string level, string switchedOff)
    {
        string host = Environment.ProcessPath ?? throw new InvalidOperationException("the path of this process is unknown");
        var start = new ProcessStartInfo(host) { RedirectStandardOutput = true, RedirectStandardError = true };
        // Under `dotnet WrnEngine.Tests.dll` the process is dotnet and wants the assembly first.
        if (Path.GetFileNameWithoutExtension(host) == "dotnet") start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "WrnEngine.Tests.dll"));
        foreach (string argument in (string[])["--filter", filter, "--no-ansi", "--no-progress"]) start.ArgumentList.Add(argument);
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
        return new ChildRun(child.ExitCode, output.Result + errors.Result);
    }

    private int Count(string kind)
    {
        var match = Regex.Matches(Output, $@"^\s*{kind}: (\d+)", RegexOptions.Multiline);
        return match.Count == 0 ? -1 : int.Parse(match[^1].Groups[1].Value);
    }
}
