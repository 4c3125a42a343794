using System.Reflection;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Tools.PtxSim;

namespace WrnEngine.Tests.Tools.PtxSim;

/// <summary>The example that README and docs/simulator.md run: the sums are right, and the planted bug is found where it is.</summary>
public sealed class ExampleTests : PtxSimFixture
{
    [SetUp]
    public void WriteFiles()
    {
        File.WriteAllText(InFolder("block_sum.ptx"), Example("block_sum.ptx"));
        File.WriteAllText(InFolder("block_sum.cu"), Example("block_sum.cu"));
        Write("x.bin", Enumerable.Repeat(1, 1000).ToArray());
    }

    [Test]
    public void SumsAreRight()
    {
        Assert.That(RunBlockSum("block_sum"), Is.Zero, () => Output + Error);
        Assert.That(Output + Error, Is.Empty);
        Assert.That(Read<int>("sums.bin"), Is.EqualTo(Sums));
    }

    [Test]
    public void MissingBarrierIsFoundAtBothLines()
    {
        Assert.That(RunBlockSum("block_sum_racy", "--check", "racecheck"), Is.EqualTo(6), () => Output + Error);
        Assert.That(Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(1));
        string[] source = Example("block_sum.cu").Split('\n');
        int write = Array.FindLastIndex(source, static line => line.Contains("partial[t] = i < n", StringComparison.Ordinal)) + 1;
        int read = Array.FindLastIndex(source, static line => line.Contains("partial[t] += ", StringComparison.Ordinal)) + 1;
        Assert.That(Output, Does.StartWith("racecheck: race between warps in shared memory").And.Contain($"block_sum.cu:{write}").And.Contain($"block_sum.cu:{read}"));
        Assert.That(Read<int>("sums.bin"), Is.Not.EqualTo(Sums));
    }

    [Test]
    public void CommittedPtxIsWhatClangMakes()
    {
        if (!ClangIsInstalled())
        {
            Assert.Ignore("clang-19 is not installed");
        }

        string compiled = ClangCompiler.Compile(InFolder("block_sum.cu"), SimulatedDeviceProperties.Sm75, [], TextWriter.Null);
        Assert.That(Code(compiled), Is.EqualTo(Code(Example("block_sum.ptx"))), "compile it again, as docs/simulator.md says");

        // File names and the comments that repeat them depend on where clang was started.
        static string[] Code(string ptx) =>
            [.. ptx.Split('\n').Select(static line => line.Split("//")[0].TrimEnd()).Where(static line => line.Length > 0 && !line.StartsWith("\t.file", StringComparison.Ordinal))];
    }

    private static readonly int[] Sums = [256, 256, 256, 232];

    private int RunBlockSum(string entry, params string[] more) => Run(
    [
        "run", InFolder("block_sum.ptx"), "--entry", entry, "--grid", "4", "--block", "256",
        "--arg", $"in:{InFolder("x.bin")}", "--arg", $"out:{InFolder("sums.bin")}:16", "--arg", "s32:1000", .. more,
    ]);

    private static string Example(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream($"Examples/{name}")!);
        return reader.ReadToEnd();
    }
}
