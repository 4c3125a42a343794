using WrnEngine.Tools.GpuCheck;

namespace WrnEngine.Tests.Tools.GpuCheck;

/// <summary>What the user can get wrong: one sentence, exit code 1, nothing started.</summary>
[Category("Training")]
public class CommandLineTests
{
    [TestCase("--device is 'tpu'", "--device", "tpu")]
    [TestCase("the steps are devices, tests, sanitizer, agreement, bench, layers, pytorch, train", "--only", "devices,benhc")]
    [TestCase("--minutes is 0", "--minutes", "0")]
    [TestCase("--document /nowhere/gpu.md is not there", "--document", "/nowhere/gpu.md")]
    [TestCase("--fast", "--fast")]
    public void Refuses(string words, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.That(CommandLine.Run(args, output, error), Is.EqualTo(1));
        Assert.That(error.ToString(), Does.StartWith("gpu-check: ").And.Contain(words));
        Assert.That(error.ToString().TrimEnd(), Does.Not.Contain("\n").And.EndWith("."));
        Assert.That(output.ToString(), Is.Empty);
    }
}
